"""``simpul opendata``: what the public may have of a release."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from simpul.cli.shared import AsJson, Why, WhyId, decided, say, show_json, show_table

commands = typer.Typer()


@commands.command()
def opendata(
    out: Annotated[Path, typer.Option(help="Folder for the package; new, empty, or an earlier package.")],
    release: Annotated[
        int | None, typer.Option(help="A kept release; default: the one that is shown.")
    ] = None,
    k: Annotated[
        int | None, typer.Option("--k", min=5, help="Counts of 1 to K − 1 are suppressed.  [default: 5]")
    ] = None,
    why: Why = None,
    why_id: WhyId = None,
    as_json: AsJson = False,
) -> None:
    """Write a release as open data: small groups suppressed, with its records for catalogues. A release is cut once,
    with a reason; asked again, the same bytes are written.
    """
    from simpul.database import ensure_database
    from simpul.settings import get_settings
    from simpul.trust.opendata import open_cut

    ensure_database()
    settings = get_settings()
    if any(".invalid" in address for address in (settings.open_data_contact, settings.open_data_url)):
        say(
            "the package names an address that nobody has: set SIMPUL_OPEN_DATA_CONTACT and SIMPUL_OPEN_DATA_URL"
            " before it is published"
        )
    opened = open_cut(out, release, k, decided(why, why_id, is_needed=False))
    if not opened.is_new and (why or why_id):
        say(
            f"release {opened.release_id} was opened before: who did and why stands in the ledger (opendata.cut), the"
            " reason given now is kept nowhere"
        )
    if as_json:
        show_json(asdict(opened))
        return
    heading = ("table", "rows", "counts", "suppressed")
    lines = [
        (name, *(f"{of[column]:,}" for column in ("rows", "counts", "suppressed")))
        for name, of in opened.tables.items()
    ]
    show_table(heading, lines, right=(1, 2, 3))
    was = "opened" if opened.is_new else "written again"
    say(f"release {opened.release_id} is {was}, k = {opened.k}: {opened.folder}")
