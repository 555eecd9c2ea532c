"""``simpul erase``: one person leaves, everywhere, and a certificate says so."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from simpul.cli.shared import AsJson, Why, WhyId, decided, say, show_json, show_table
from simpul.errors import SimpulError

commands = typer.Typer()

People = Annotated[str | None, typer.Option("--by", help="Who asks for it.")]
Approved = Annotated[str | None, typer.Option("--approved-by", help="Who approves it: another person.")]


@commands.command()
def erase(
    person_id: Annotated[
        int | None, typer.Argument(help="Number of the person (marts_person.person).")
    ] = None,
    why: Why = None,
    why_id: WhyId = None,
    by: People = None,
    approved_by: Approved = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Count what would be erased; change nothing.")
    ] = False,
    verify: Annotated[
        Path | None, typer.Option("--verify", help="Hold a certificate against the ledger, and search again.")
    ] = None,
    lift: Annotated[
        int | None, typer.Option("--lift", help="Number of an erasure: let the person come again.")
    ] = None,
    show: Annotated[bool, typer.Option("--list", help="List all erasures.")] = False,
    as_json: AsJson = False,
) -> None:
    """Erase one person from raw, archive, quarantine, identity, every kept release and everything made of them.

    Two people stand for it, the ledger keeps it, and a certificate without any value is written. Interrupted, run it
    again. See docs/runbooks/erase-a-person.md.
    """
    from simpul.database import ensure_database
    from simpul.trust import erasure

    if sum(map(bool, (person_id is not None, verify, lift is not None, show))) != 1:
        raise SimpulError("say whom: a number, or --verify FILE, --lift NUMBER, --list", code="usage")
    ensure_database()
    if show:
        _list(as_json)
    elif verify:
        _verify(verify, as_json)
    elif lift is not None:
        count = erasure.lift(lift, decided(why, why_id), by or "", approved_by or "")
        say(f"{count} fingerprints are forgotten; what is delivered of the person from now on is taken")
    elif dry_run:
        assert person_id is not None
        _show(erasure.preview(person_id), as_json)
    else:
        assert person_id is not None
        _show(
            erasure.erase(person_id, decided(why, why_id), by or "", approved_by or "", progress=say), as_json
        )


def _show(done: object, as_json: bool) -> None:
    from simpul.trust.erasure import Erasure

    assert isinstance(done, Erasure)
    if as_json:
        show_json(done.as_dict())
        return
    rows = [(table, f"{count:,}") for table, count in sorted(done.found["rows"].items())]
    show_table(("table", "rows"), rows, right=(1,))
    if done.certificate:
        typer.echo(done.certificate.read_text(encoding="utf-8"), nl=False)
        say(f"kept in {done.certificate}; build a release now: simpul run")
    else:
        say(f"nothing was changed; numbers of the person: {', '.join(map(str, done.person_ids))}")


def _verify(path: Path, as_json: bool) -> None:
    from simpul.trust import erasure

    check = erasure.verify(path)
    if as_json:
        show_json(check.as_dict())
    else:
        for english, indonesian in check.problems:
            typer.echo(f"{english}\n{indonesian}")
        if check.is_sound:
            say(f"the certificate of erasure {check.erasure} is sound, and nothing was found")
    if not check.is_sound:
        raise typer.Exit(1)


def _list(as_json: bool) -> None:
    from simpul.clock import told
    from simpul.database import connect
    from simpul.trust import erasure

    with connect(application_name="simpul erase") as conn:
        found = erasure.listed(conn)
    if as_json:
        show_json(found)
        return
    if not found:
        say("nobody was ever erased")
        return
    rows = [
        (
            str(one["erasure_id"]), one["status"], told(one["begun_at"]), ", ".join(map(str, one["person_ids"])),
            one["asked_by"], one["approved_by"], one["why_id"] or one["why"],
        )
        for one in found
    ]  # fmt: skip
    show_table(("no", "status", "when", "person", "asked by", "approved by", "reason"), rows)
