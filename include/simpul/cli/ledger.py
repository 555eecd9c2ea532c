"""``simpul ledger``: what of the ledger is kept and checked outside the database."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from simpul.cli.shared import AsJson, say, show_json

app = typer.Typer(
    help="The ledger outside the database: anchors to print, an export to check.", no_args_is_help=True
)
commands = typer.Typer()
commands.add_typer(app, name="ledger")


@app.command()
def anchor(as_json: AsJson = False) -> None:
    """Write down what the ledger comes to now, and print it: to be mailed, or kept on paper, outside this office.

    A ledger that does not stand up to its earlier anchors gets no new one.
    """
    from simpul import ledger, ledger_anchors, ledger_journal
    from simpul.database import connect, ensure_database
    from simpul.errors import SimpulError

    ensure_database()
    with connect(application_name="simpul ledger") as conn:
        broken = ledger.verify(conn)
        wrong = ledger_anchors.contradictions(conn)
        if broken is not None:
            wrong.insert(0, f"the ledger is broken at event {broken}")
        if wrong:
            raise SimpulError("; ".join(wrong), code="ledger", hint="do not repair it; call the auditor")
        ledger_journal.seal_quietly()  # so that the anchor holds the journal as well
        path = ledger_anchors.write(conn)
    text = path.read_text(encoding="utf-8")
    if as_json:
        drawn = ledger_anchors.read_anchor(text)
        show_json({"file": str(path), **drawn._asdict(), "check": drawn.check})
    else:
        typer.echo(text, nl=False)
        say(f"kept in {path}")


@app.command()
def export(
    out: Annotated[Path, typer.Option(help="File to write: JSON, an event a line.", dir_okay=False)],
    as_json: AsJson = False,
) -> None:
    """Write the whole ledger to a file, and beside it the program that checks it without Simpul."""
    from simpul import ledger_anchors
    from simpul.database import connect, ensure_database

    ensure_database()
    with connect(application_name="simpul ledger") as conn:
        events = ledger_anchors.export(conn, out)
    verifier = out.parent / ledger_anchors.VERIFIER
    if as_json:
        show_json({"file": str(out), "events": events, "verifier": str(verifier)})
    else:
        say(f"{events} events in {out}; check them: python {verifier} {out} ANCHOR.txt …")
