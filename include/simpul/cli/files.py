"""``simpul files``: what was received, how each file stands, and why one is held."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import typer

from simpul.cli.shared import AsJson, say, show_json, show_table

commands = typer.Typer()

Status = Literal["received", "loaded", "landed", "held", "duplicate", "unpacked", "superseded", "refused"]


@commands.command()
def files(
    status: Annotated[Status | None, typer.Option(help="Only files that stand so.")] = None,
    dataset: Annotated[str | None, typer.Option(help="Only files of this dataset.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many, newest first.")] = 100,
    as_json: AsJson = False,
) -> None:
    """List the files received, newest first; of held and withdrawn ones also why, and what to do."""
    from simpul.database import connect, ensure_database, no_values
    from simpul.landing import received

    ensure_database()
    with no_values("reading the register"), connect(application_name="simpul files") as conn:
        found = received.files(conn, status=status, dataset=dataset, limit=limit)
    if as_json:
        show_json(found)
        return
    if not found:
        say("no such file was received" if status or dataset else "no file was received yet")
        return
    heading = ("status", "received", "records", "set aside", "dataset", "period", "region", "file id", "file")
    show_table(heading, [_line(file) for file in found], right=(2, 3))
    for file in found:
        if file["status"] in ("held", "refused") and (file["reason"] or file["reason_id"]):
            _show_reason(file)
    if any(file["is_waiting"] for file in found):
        say(
            "after mending: save the file anew in its place, or `simpul land PATH` once its cover letter is right;"
            " one that nobody will mend: simpul withdraw FILE_ID"
        )


def _line(file: dict[str, Any]) -> tuple[str, ...]:
    from simpul.clock import told

    counts = ("–" if file[name] is None else f"{file[name]:,}" for name in ("rows_read", "rows_quarantined"))
    names = (file[name] or "–" for name in ("dataset", "period", "region_code", "file_id", "file_name"))
    return (file["status"], told(file["received_at"]), *counts, *names)


def _show_reason(file: dict[str, Any]) -> None:
    mended = ""
    if file["status"] == "held" and not file["is_waiting"]:
        mended = "; withdrawn" if file["is_dismissed"] else "; a later delivery has landed in its place"
    typer.secho(
        f"\n{file['file_name']} ({file['file_id']}): {file['status']}{mended}", fg=typer.colors.YELLOW
    )
    for language, reason in (("en", file["reason"]), ("id", file["reason_id"])):
        if reason:
            typer.echo(f"  {language}: {reason}")
