"""``simpul pack``: the pack of a region for its TKPK's coordination meeting."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from simpul.cli.shared import AsJson, say, show_json
from simpul.errors import SimpulError

commands = typer.Typer()


@commands.command()
def pack(
    year: Annotated[int, typer.Option(min=1976, max=2100, help="Year of the report: nothing later is told.")],
    region: Annotated[
        str | None, typer.Option(help="Kemendagri code of a province, regency or city: 36, 12.74.")
    ] = None,
    of_all: Annotated[
        bool, typer.Option("--all", help="Every province, regency and city with data of that year.")
    ] = False,
    release: Annotated[
        str | None, typer.Option(help="Label or number of a kept release; default: the one that is shown.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder; default: reports/packs/<release> in the home.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write the rakor pack (LP2KD) of a region as PDF, XLSX and HTML. Every figure names its file, release and gate,
    and the `simpul evidence` call that follows it; what is missing is said. Nothing in it names a person.
    """
    from simpul.database import ensure_database
    from simpul.pack import regions_with_data, write_pack

    if of_all == bool(region):
        raise SimpulError(
            "a pack is of one region, or of all", code="region", hint="--region 12.74, or --all"
        )
    ensure_database()
    codes = regions_with_data(year, release) if of_all else [region or ""]
    written = []
    with typer.progressbar(codes, label="packs", file=sys.stderr, hidden=as_json or len(codes) < 2) as bar:
        for code in bar:
            written.append(write_pack(code, year, release, out))
    for warning in (warning for one in written for warning in one.warnings):
        typer.secho(f"simpul: {warning}", err=True, fg=typer.colors.YELLOW)
    if as_json:
        told = [asdict(one) for one in written]
        show_json(told if of_all else told[0])
        return
    for one in written:
        typer.echo(f"{one.region} ({one.region_code}) {one.year}: release {one.release_id}, {one.proofs} proofs from"
                   f" {one.sources} files, {one.asked_for} kinds of files to ask for (chapter 7)")  # fmt: skip
        for path in one.files.values():
            typer.echo(f"  {path}")
    if not written:
        say(f"no region has data of {year}")
