"""``simpul templates``: write the forms that agencies are asked to fill where no layout of their own exists."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from simpul.cli.shared import AsJson, show_json
from simpul.errors import SimpulError

commands = typer.Typer()


@commands.command()
def templates(
    datasets: Annotated[
        list[str] | None, typer.Argument(metavar="[DATASET]...", help="Of these datasets only: dinsos.pmks …")
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder to write to.")] = Path("templates"),
    as_json: AsJson = False,
) -> None:
    """Write this project's own templates as XLSX and CSV, each with an invented example."""
    from simpul.templates import write_templates

    try:
        written = write_templates(out, datasets or ())
    except OSError as error:
        raise SimpulError(f"the templates cannot be written: {error}", code="templates") from error
    if as_json:
        show_json({"written": [str(path) for path in written]})
        return
    for path in written:
        typer.echo(str(path))
