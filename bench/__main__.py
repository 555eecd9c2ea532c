"""``python -m bench [NAME …]``: run benchmarks, show their figures, keep them in bench/RESULTS.md."""

from __future__ import annotations

import logging
import signal
import sys
import time
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from bench import machine, results
from bench.size import FULL, QUICK

BENCHMARKS = {
    "csv": "csv_load",
    "xlsx": "xlsx_load",
    "gate": "gate",
    "build": "build",
    "pipeline": "pipeline",
    "publish": "publish",
    "bi": "bi",
    "dashboards": "dashboards",
    "packs": "packs",
    "link": "link",
    "linkage": "linkage",
    "ledger": "ledger",
    "rebuild": "rebuild",
    "erasure": "erasure",
}
"""Name → module with ``measure(size, say) -> Section``, in the order of the page."""
RESULTS = machine.ROOT / "bench" / "RESULTS.md"


app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(
    names: Annotated[list[str] | None, typer.Argument(help=f"{', '.join(BENCHMARKS)}; default: all.")] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Small, nothing kept: does it all work?")] = False,
    rows: Annotated[int | None, typer.Option(min=100, help="Records of csv, xlsx and link.")] = None,
    people: Annotated[
        int | None, typer.Option(min=1000, help="People of build, pipeline, bi and packs.")
    ] = None,
    publishes: Annotated[int | None, typer.Option(min=1, help="Releases of publish.")] = None,
    records: Annotated[
        int | None, typer.Option(min=1000, help="Records of each population of linkage, events of ledger.")
    ] = None,
    population: Annotated[list[str] | None, typer.Option(help="Only this population of linkage.")] = None,
    rounds: Annotated[int | None, typer.Option(min=1, help="How often each is measured.")] = None,
    peers: Annotated[bool, typer.Option(help="Measure dlt, to_sql and Splink, too.")] = True,
    out: Annotated[Path | None, typer.Option(help="Keep the figures in this file.")] = None,
) -> None:
    """Measure side by side with peers and physical floors, in homes of their own."""
    console = Console()
    wanted = names or list(BENCHMARKS)
    if unknown := set(wanted) - set(BENCHMARKS):
        raise typer.BadParameter(f"{', '.join(sorted(unknown))}: there is {', '.join(BENCHMARKS)}")
    chosen = {
        "rows": rows,
        "people": people,
        "crowd": people,
        "listed": people,
        "publishes": publishes,
        "records": records,
        "populations": tuple(population or ()),
        "rounds": rounds,
    }
    asked = {key: value for key, value in chosen.items() if value}
    size = replace(QUICK if quick else FULL, peers=peers, **asked)
    kept = out or (None if quick else RESULTS)
    missed: list[str] = []
    for name in wanted:
        load, started = machine.load(), time.monotonic()

        def say(line: str, name: str = name, started: float = started) -> None:
            passed = f"{time.monotonic() - started:6.1f} s"
            console.print(f"{passed}  {name}: {line}", style="dim", highlight=False, soft_wrap=True)

        section = import_module(f"bench.{BENCHMARKS[name]}").measure(size, say)
        if quick:
            section.figures = [replace(figure, goal=None) for figure in section.figures]
            section.remarks.append("a quick run: goals are set for the full sizes, so none is asked for")
        missed += [f"{name}: {figure.what}" for figure in section.figures if figure.is_met is False]
        results.show(section, console)
        if kept:
            results.store(kept, name, results.markdown(section, load=load), list(BENCHMARKS))
            console.print(f"kept in {kept}")
    if missed:
        console.print(f"[red]{len(missed)} goals missed:[/red] " + "; ".join(missed), highlight=False)


def _stop(*_: object) -> None:
    """End in good order: what was started is stopped first, whatever else we are told meanwhile."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.exit(143)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _stop)
    logging.basicConfig(level=logging.ERROR, format="%(name)s: %(message)s")
    app()
