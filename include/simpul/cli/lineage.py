"""``simpul lineage``: OpenLineage events of a release, written again from the audit tables."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from simpul.cli.shared import AsJson, show_json

commands = typer.Typer()


@commands.command()
def lineage(
    out: Annotated[
        Path | None, typer.Option(help="Folder to write into; default: that of the events.")
    ] = None,
    release: Annotated[
        int | None, typer.Option(help="Number of the release; default: the one shown.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write the OpenLineage events of a release and of all files that it is made from (docs/lineage.md).

    They are written by themselves at every landing and publication, unless SIMPUL_LINEAGE is false. This is for a tool
    that begins now, or for events that were removed or could not be written.
    """
    from simpul import pipeline
    from simpul import release as releases
    from simpul.database import ensure_database
    from simpul.errors import SimpulError
    from simpul.settings import get_settings

    ensure_database()
    number = release if release is not None else releases.current()
    if number is None or number not in {one.release_id for one in releases.list_releases()}:
        raise SimpulError(
            f"there is no release {number}" if number else "nothing is published yet",
            code="release",
            hint="`simpul releases` lists them",
        )
    path = pipeline.write_lineage(out or get_settings().lineage_dir / "again", number)
    if as_json:
        show_json({"release_id": number, "file": str(path)})
    else:
        typer.echo(path)
