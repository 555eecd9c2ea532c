"""``simpul rebuild``: the warehouse from its archive alone."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from simpul.cli.shared import AsJson, say, show_json, show_table

commands = typer.Typer()
_PARTLY = 3


@commands.command()
def rebuild(
    source: Annotated[
        Path | None,
        typer.Option(
            "--from", help="An archive elsewhere, copied into the home first.", exists=True, file_okay=False
        ),
    ] = None,
    check_only: Annotated[
        bool, typer.Option("--check", help="Only look whether the archive is whole; needs no database.")
    ] = False,
    anyway: Annotated[
        bool,
        typer.Option("--anyway", help="Go on without what is missing or damaged; it is not the same then."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Make the warehouse anew in an empty database, from the archive alone; run again, it goes on where it stopped.

    Everything that the ledger tells is done once more, and held against it. Exit code 1 when anything differs, 3 when
    nothing does, but not all could be compared (somebody was erased since, or lists have had their time).
    """
    from simpul import rebuild as again
    from simpul.database import ensure_database
    from simpul.errors import SimpulError
    from simpul.settings import get_settings

    get_settings().prepare()
    if source:
        say(f"{again.take_over(source)} files taken over from {source}")
    size = sum(path.stat().st_size for path in get_settings().archive.glob("[0-9a-f][0-9a-f]/*"))
    hidden = as_json or not sys.stderr.isatty()
    with typer.progressbar(length=size, label="reading the archive", hidden=hidden, file=sys.stderr) as bar:
        checked = again.check(bar.update)
    if check_only:
        _show_check(checked, as_json)
        raise typer.Exit(1 if checked.problems else 0)
    if checked.problems and not anyway:
        for problem in checked.problems:
            typer.secho(problem, fg=typer.colors.RED, err=True)
        raise SimpulError(
            f"the archive lacks {len(checked.problems)} things, so the warehouse would not be the same",
            code="archive",
            hint="bring them back from another copy of the archive, or go on without them: --anyway",
        )
    ensure_database()
    done = again.rebuild(checked, lambda at, of, what: say(f"{at} of {of} events: {what}"))
    if as_json:
        show_json(done.as_dict())
    else:
        _show(done)
    if not done.is_same:
        raise typer.Exit(_PARTLY if done.outcome == "partly" else 1)


def _show_check(checked, as_json: bool) -> None:
    if as_json:
        show_json(
            {"events": len(checked.lines), "contents": checked.contents, "bytes": checked.bytes,
             "strays": checked.strays, "problems": list(checked.problems)}
        )  # fmt: skip
        return
    for problem in checked.problems:
        typer.secho(problem, fg=typer.colors.RED)
    verdict = (
        f"{len(checked.problems)} things are missing or damaged"
        if checked.problems
        else "the archive is whole"
    )
    strays = f"; {checked.strays} contents that no receipt names" if checked.strays else ""
    typer.echo(
        f"{len(checked.lines)} events, {checked.contents} contents, {checked.bytes:,} bytes: {verdict}{strays}"
    )


def _show(done) -> None:
    show_table(
        ("release", "content hash then", "now", ""),
        [
            (
                str(one.release_id), one.then[:16], (one.now or "–")[:16],
                one.verdict + ("" if one.by_same_code else ", by other code"),
            )
            for one in done.releases
        ],
    )  # fmt: skip
    for one in done.releases:
        if one.verdict in ("not comparable", "partly"):
            english, indonesian = one.why_not
            typer.echo(f"release {one.release_id} cannot be compared: {english}")
            typer.echo(f"rilis {one.release_id} tidak dapat dibandingkan: {indonesian}")
            typer.echo(f"  {len(one.same)} tables are the same · tabel sama: {', '.join(one.same) or '–'}")
            typer.echo(f"  not compared · tidak dibandingkan: {', '.join(one.left_out) or '–'}")
        if one.others:
            typer.secho(
                f"release {one.release_id}: other tables · tabel lain: {', '.join(one.others)}", fg="red"
            )
    for note in done.notes:
        typer.secho("\n".join(note), fg="yellow")
    for one in done.differences:
        typer.secho(
            f"event {one.number} {one.kind} {one.subject}: {one.what} was {one.then}, is {one.now}", fg="red"
        )
    for problem in done.problems:
        typer.secho(problem, fg="red")
    shown = f"release {done.shown_now} is shown" if done.shown_now else "no release is shown"
    verdict = {
        "the same": "the same as before · sama seperti semula",
        "partly": "PARTLY the same: nothing differs, not all could be compared · SEBAGIAN sama: tidak ada yang berbeda,"
        " tidak semua dapat dibandingkan",
        "another": "NOT the same · TIDAK sama",
    }[done.outcome]
    typer.echo(f"{done.events} events, {done.files} files, {shown}: {verdict}")
