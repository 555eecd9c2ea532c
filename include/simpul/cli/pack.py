"""``simpul pack``: the pack of a region for its TKPK's coordination meeting."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simpul.cli.shared import AsJson, say, show_json
from simpul.errors import SimpulError

if TYPE_CHECKING:
    from simpul.pack import Pack

commands = typer.Typer()


@commands.command()
def pack(
    year: Annotated[int, typer.Option(min=1976, max=2100, help="Year of the report: nothing later is told.")],
    region: Annotated[
        str | None, typer.Option(help="Kemendagri code of a province, regency or city: 36, 12.74.")
    ] = None,
    of_all: Annotated[
        bool,
        typer.Option(
            "--all",
            help="Every province, regency and city with data of that year; one that fails does not stop the others.",
        ),
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
    from simpul.pack import Failed, Pack, regions_with_data, write_pack, write_packs

    if of_all == bool(region):
        raise SimpulError(
            "a pack is of one region, or of all", code="region", hint="--region 12.74, or --all"
        )
    ensure_database()
    told: list[Pack | Failed] = []
    if of_all:
        codes = regions_with_data(year, release)
        done = write_packs(codes, year, release, out)
        hidden = as_json or len(codes) < 2
        with typer.progressbar(done, length=len(codes), label="packs", file=sys.stderr, hidden=hidden) as bar:
            told = list(bar)
    else:
        told = [write_pack(region or "", year, release, out)]
    written = [one for one in told if isinstance(one, Pack)]
    failed = [one for one in told if isinstance(one, Failed)]
    for warning in dict.fromkeys(warning for one in written for warning in one.warnings):
        typer.secho(f"simpul: {warning}", err=True, fg=typer.colors.YELLOW)
    if as_json:
        shown = [asdict(one) for one in written]
        show_json(shown if of_all else shown[0])
    else:
        _say(written)
        if of_all and not told:
            say(f"no region has data of {year}")
    for one in failed:
        hint = f" — {one.hint}" if one.hint else ""
        typer.secho(f"simpul: no pack of {one.region_code}: {one.error}{hint}", err=True, fg=typer.colors.RED)
    if failed:
        typer.secho(f"simpul: {len(failed)} of {len(failed) + len(written)} packs could not be written"
                    f" · {len(failed)} dari {len(failed) + len(written)} paket tidak dapat ditulis",
                    err=True, fg=typer.colors.RED)  # fmt: skip
        raise typer.Exit(1)


def _say(written: Sequence[Pack]) -> None:
    for one in written:
        typer.echo(f"{one.region} ({one.region_code}) {one.year}: release {one.release_id}, {one.proofs} proofs from"
                   f" {one.sources} files, {one.asked_for} kinds of files to ask for (chapter 7)")  # fmt: skip
        for path in one.files.values():
            typer.echo(f"  {path}")
