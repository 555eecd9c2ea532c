"""``simpul export | exports``: published tables as files, and which export a file is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simpul.cli.shared import AsJson, Why, WhyId, decided, say, show_json, show_table

if TYPE_CHECKING:
    from simpul.trust.export_leak import Candidate

app = typer.Typer(help="What was exported, and which export a file is.", no_args_is_help=True)
commands = typer.Typer()
commands.add_typer(app, name="exports")

_SHOWN = 10
NONE_KNOWN = 3
"""Exit code: the file comes from no export that is known."""


@commands.command()
def export(
    table: Annotated[
        str, typer.Argument(help="A published table: rpt_program_coverage, marts_person.person.")
    ],
    out: Annotated[Path, typer.Option(help="The file to write: .csv or .xlsx.")],
    where: Annotated[str | None, typer.Option(help='Rows to take: "column=value …"; all must hold.')] = None,
    columns: Annotated[str | None, typer.Option(help="Columns to take: a,b. All without it.")] = None,
    role: Annotated[
        str | None,
        typer.Option(help="Read as this role: caseworker or steward for persons, bi_reader for the marts."),
    ] = None,
    release: Annotated[
        int | None, typer.Option(help="A release that is kept; the published one without it.")
    ] = None,
    why: Why = None,
    why_id: WhyId = None,
    as_json: AsJson = False,
) -> None:
    """Write a published table to a file. The register keeps who, when, why, and by what the file is known again."""
    from simpul.database import ensure_database
    from simpul.trust import exports

    decision = decided(why, why_id, is_needed=False)
    ensure_database()
    made = exports.write(
        table, out, decision, columns=columns, where=where, role=role, release_id=release, progress=say
    )
    if as_json:
        show_json(vars(made))
        return
    say(f"export {made.export_id}: {made.rows:,} rows of {made.relation}, release {made.release_id} → {out}")
    if not made.rows:
        say("no row is so, or none that the role may see: `simpul access list` says who sees which region")


@app.command("list")
def list_exports(as_json: AsJson = False) -> None:
    """List all exports, newest first: who, when, what, how many rows, why."""
    from simpul.clock import told
    from simpul.database import connect, ensure_database
    from simpul.trust import exports

    ensure_database()
    with connect(application_name="simpul exports") as conn:
        found = exports.listed(conn)
    if as_json:
        show_json(found)
        return
    if not found:
        say("nothing was ever exported")
        return
    rows = [
        (
            str(one["export_id"]),
            told(one["begun_at"]),
            one["exported_by"],
            one["role_name"],
            one["relation"],
            ",".join(one["identity_columns"]) or "–",
            "not finished" if one["rows"] is None else f"{one['rows']:,}",
            one["why_id"] or one["why"] or "–",
        )
        for one in found
    ]
    show_table(("no", "when", "by", "role", "table", "identity", "rows", "reason"), rows, right=(6,))


@app.command()
def identify(
    file: Annotated[Path, typer.Argument(help="A leaked file or a part of it: CSV or a workbook.")],
    as_json: AsJson = False,
) -> None:
    """Name the exports that a file may come from, likeliest first, with the evidence. Exit code 3 when it comes from
    none that is known. See docs/runbooks/leak.md.
    """
    from simpul.database import connect, ensure_database
    from simpul.trust import export_leak, export_verdict

    ensure_database()
    with connect(application_name="simpul exports") as conn:
        seen, found = export_leak.identify(conn, file)
    said = export_verdict.verdict(seen, found)
    if as_json:
        show_json({"rows": seen.rows, "verdict": said, "exports": [one.as_dict() for one in found]})
    else:
        _show_candidates(found, said)
    if not found:
        raise typer.Exit(NONE_KNOWN)


def _show_candidates(found: Sequence[Candidate], said: Sequence[tuple[str, str]]) -> None:
    from simpul.clock import told

    rows = [
        (
            str(one.export["export_id"]),
            _evidence(one),
            one.export["exported_by"],
            one.export["role_name"],
            told(one.export["begun_at"]),
            one.export["relation"],
            one.export["why_id"] or one.export["why"] or "–",
        )
        for one in found[:_SHOWN]
    ]
    if rows:
        show_table(("no", "evidence", "by", "role", "when", "table", "reason"), rows)
    for english, indonesian in said:
        typer.echo(f"{english}\n{indonesian}")


def _evidence(one: Candidate) -> str:
    """``mark, order 100 %, all rows, nik 40/40``."""
    parts = ["same bytes"] * one.is_same_bytes + ["mark"] * one.has_mark
    if one.is_in_order:
        parts.append("order")
    if one.is_same_rows:
        parts.append("all rows")
    parts += [f"{overlap.column or 'rows'} {overlap.found}/{overlap.tested}" for overlap in one.overlaps]
    return ", ".join(parts)


@app.command("rotate-key")
def rotate_key() -> None:
    """Make a new key for the exports to come; the old ones stay and go on naming the exports they made."""
    from simpul.trust import export_keys

    say(f"new exports are made with key {export_keys.rotate()}")
