"""``simpul notices``: who is told what happened, by e-mail or webhook."""

from __future__ import annotations

from typing import Annotated

import typer

from simpul.cli.shared import AsJson, say, show_json

app = typer.Typer(help="Notices by e-mail or webhook: what would be told, and a trial.", no_args_is_help=True)
commands = typer.Typer()
commands.add_typer(app, name="notices")


@app.command("list")
def pending(as_json: AsJson = False) -> None:
    """Show what nobody was told yet, and how many addresses there are."""
    from simpul import notices
    from simpul.database import connect, ensure_database

    ensure_database()
    with connect(application_name="simpul notices") as conn:
        notice = notices.pending(conn)
    ways = len(notices.addresses())
    if as_json:
        show_json({"addresses": ways, "lines": [{"id": id_, "en": en} for id_, en in notice.lines]})
        return
    say(f"{ways} addresses in {notices.SECRET} of the secrets; {len(notice.lines)} lines wait to be told")
    if notice.lines:
        say(notice.body)


@app.command("send")
def send(
    trial: Annotated[
        bool, typer.Option("--trial", help="Send a trial message instead of what waits.")
    ] = False,
) -> None:
    """Send what waits now, instead of with the next run; or try the addresses."""
    from simpul import notices
    from simpul.database import ensure_database
    from simpul.errors import SimpulError

    if not notices.addresses():
        raise SimpulError(
            "nobody is to be told anything",
            code="no_addresses",
            hint=f"write one Apprise URL per line into secrets/{notices.SECRET} (docs/runbooks/notices.md)",
        )
    if trial:
        words = "Percobaan pemberitahuan Simpul.\n\nA trial of Simpul's notices."
        notices.deliver("Simpul: percobaan / trial", words, notices.addresses())
        say("every address took the trial")
        return
    ensure_database()
    say(f"{notices.send()} lines were sent")
