"""``simpul sample``: write the files of a synthetic city, to try things with and to measure them by."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simpul.cli.shared import AsJson
from simpul.errors import SimpulError
from simpul.settings import get_settings

if TYPE_CHECKING:
    from sample import SampleReport

commands = typer.Typer()

STEPS = 6  # the people, four files, the tables of BPS


@commands.command()
def sample(
    people: Annotated[int, typer.Option(min=1, help="Size of the city.")] = 175_000,
    seed: Annotated[int, typer.Option(help="The same seed and size give the same bytes everywhere.")] = 1,
    out: Annotated[
        Path | None, typer.Option(help="Folder to write to; without it, work/sample under SIMPUL_HOME.")
    ] = None,
    truth: Annotated[
        Path | None, typer.Option(help="Also write who each record really is, to this folder outside OUT.")
    ] = None,
    later: Annotated[
        Path | None, typer.Option(help="Also write what comes later that year, to this folder.")
    ] = None,
    findings: Annotated[
        bool, typer.Option("--findings", help="Also plant payments that auditors would find, in small lists.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Write a synthetic city's deliveries of Dinas Sosial, BPJS and BPS: invented people, real layouts and figures."""
    from sample import write_sample

    folder = out or get_settings().work / "sample"
    try:
        steps = STEPS + bool(truth) + 3 * bool(later) + 4 * findings
        with typer.progressbar(length=steps, label="writing", hidden=as_json) as bar:
            report = write_sample(
                folder,
                people,
                seed,
                truth=truth,
                later=later,
                findings=findings,
                progress=lambda step: bar.update(1),
            )
    except (ValueError, OSError) as error:
        raise SimpulError(f"the sample cannot be written: {error}", code="sample") from error
    typer.echo(json.dumps({"out": str(folder)} | asdict(report)) if as_json else _summary(report, folder))


def _summary(report: SampleReport, folder: Path) -> str:
    lines = [f"{report.people:,} people in {report.families:,} families, all invented → {folder}"]
    lines += [f"  {records:>9,} records  {file}" for file, records in report.files.items()]
    lines += [f"  {len(report.statistics):>9,} tables   bps/ (figures that BPS published)"]
    return "\n".join(lines)
