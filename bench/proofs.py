"""Figures of the full-size proofs (`make prove`) in bench/PROOFS.md: a proof that runs again replaces only its own."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from bench import machine

PATH = Path(__file__).with_name("PROOFS.md")
_MARK = "<!-- proof:{} -->"
_HEAD = """# Proofs

Written by `make prove`: do not edit by hand. What takes too long for every run is shown here at full size; `make test`
runs a small cut of each.
"""


def keep(name: str, title: str, figures: Sequence[tuple[str, str]], *, path: Path = PATH) -> None:
    """Write a proof's section.

    Args:
        name: of the section, letters and ``_``.
        title: what was proved.
        figures: what was counted or measured, and how it came out.
        path: the file.
    """
    lines = [
        f"## {title}",
        "",
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC at commit {machine.commit()} on {machine.describe()}"
        f" (load before: {machine.load():.1f}).",
        "",
        "| what | figure |",
        "| --- | --- |",
        *(f"| {what} | {figure} |" for what, figure in figures),
    ]
    sections = _read(path) | {name: "\n".join(lines)}
    parts = [_HEAD, *(f"{_MARK.format(known)}\n{text.strip()}\n" for known, text in sorted(sections.items()))]
    path.write_text("\n".join(parts), encoding="utf-8")


def _read(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    pieces = re.split(_MARK.format(r"(\w+)"), path.read_text(encoding="utf-8"))
    return dict(zip(pieces[1::2], pieces[2::2], strict=True))
