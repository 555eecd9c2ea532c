"""Sections on the screen and in RESULTS.md, where a section that is measured again replaces only itself."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table as RichTable

from bench import machine
from bench.figures import HEADING, Section

_MARK = "<!-- bench:{} -->"
_HEAD = """# Benchmarks

Written by `make bench` (`python -m bench [NAME …]`): do not edit by hand. Every figure is the median of several rounds
in which we and our peers took turns on the same server, with the least and the most in brackets; ratios are taken round
by round. Goals are those of the design; a goal that was not met says **no**.
"""


def show(section: Section, console: Console) -> None:
    """Print a section for people."""
    figures = [(section.title, HEADING, [figure.cells() for figure in section.figures])]
    tables = figures if section.figures else []
    tables += [(table.title, table.heading, table.rows) for table in section.tables]
    for title, heading, rows in tables:
        drawn = RichTable(title=title, title_justify="left", title_style="bold")
        for place, name in enumerate(heading):
            drawn.add_column(name, overflow="fold", justify="left" if place in (0, 2) else "right")
        for row in rows:
            drawn.add_row(*(cell.replace("**no**", "[red]no[/red]") for cell in row))
        console.print(drawn)
    for remark in section.remarks:
        console.print(f"· {remark}", highlight=False)


def markdown(section: Section, *, load: float) -> str:
    """A section as Markdown: how, machine, figures, tables, remarks."""
    told = ", ".join(f"{name} {number}" for name, number in section.versions.items())
    lines = [
        f"## {section.title}",
        "",
        section.how,
        "",
        f"Measured {datetime.now(UTC):%Y-%m-%d %H:%M} UTC at commit {machine.commit()} on {machine.describe()}"
        f" (load before: {load:.1f}). {told}.",
    ]
    if section.figures:
        lines += ["", *_table(HEADING, [figure.cells() for figure in section.figures])]
    for table in section.tables:
        lines += ["", f"**{table.title}**", "", *_table(table.heading, table.rows)]
    if section.remarks:
        lines += ["", *(f"- {remark}" for remark in section.remarks)]
    return "\n".join(lines) + "\n"


def store(path: Path, name: str, text: str, order: Sequence[str]) -> None:
    """Put the section ``name`` into the file at ``path``; the others stay, all in ``order``."""
    sections = read(path) | {name: text}
    parts = [_HEAD]
    parts += [f"{_MARK.format(known)}\n{sections[known].strip()}\n" for known in order if known in sections]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(parts), encoding="utf-8")


def read(path: Path) -> dict[str, str]:
    """The sections of a file of results, by name."""
    if not path.exists():
        return {}
    pieces = re.split(_MARK.format(r"(\w+)"), path.read_text(encoding="utf-8"))
    return dict(zip(pieces[1::2], pieces[2::2], strict=True))


def _table(heading: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return [
        "| " + " | ".join(heading) + " |",
        "|" + " --- |" * len(heading),
        *("| " + " | ".join(row) + " |" for row in rows),
    ]
