"""Rows that are no data: notes under a table, numbering rows, totals. Told by their first non-blank cell."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from simpul.contract import Edition
from simpul.readers.splitter import Marks, Verdict

# a pattern whose meaning does not change when it is tried at the start of a line instead of on one cell
_SIMPLE = re.compile(
    r"(?P<flags>\(\?i\))?\^(?P<body>(?:[^^$\\(]|\\[^AZzbB0-9]|\\b(?=\.\*\$?$)|\((?!\?)|\(\?:)+?)(?:\\b)?(?:\.\*)?\$?$"
)


def cell_verdict(edition: Edition) -> Callable[[str], Verdict]:
    """The judge over the text of a row's first non-blank cell."""
    footers = [re.compile(pattern) for pattern in edition.footer]
    skips = [re.compile(pattern) for pattern in edition.skip_rows]

    def judge(cell: str) -> Verdict:
        if any(pattern.search(cell) for pattern in footers):
            return "footer"
        return "skip" if any(pattern.search(cell) for pattern in skips) else "data"

    return judge


def first_cell(row: Sequence[str | None]) -> str:
    """Text of the first cell that is not blank; empty for a blank row."""
    return next((text for cell in row if cell and (text := cell.strip())), "")


def marks_of(edition: Edition, delimiter: str) -> Marks | None:
    """What the splitter needs to leave such rows out; None when the edition has none."""
    if not edition.footer and not edition.skip_rows:
        return None
    of_cell = cell_verdict(edition)

    def judge(fields: list[bytes]) -> Verdict:
        first = next((field for field in fields if field.strip()), b"")
        return of_cell(first.decode("utf-8", errors="replace").strip())

    return Marks(judge, _suspect((*edition.footer, *edition.skip_rows), delimiter))


def _suspect(patterns: Sequence[str], delimiter: str) -> Callable[[bytes], bool]:
    """A test over a whole block that never misses such a row; it may be wrong the other way, then `judge` decides."""
    bodies: list[str] = []
    for pattern in patterns:
        simple = _SIMPLE.match(pattern)
        if simple is None:
            return lambda block: True
        bodies.append(f"(?i:{simple['body']})" if simple["flags"] else f"(?:{simple['body']})")
    lead = rf'[\s"{re.escape(delimiter)}]*(?:{"|".join(bodies)})'
    try:
        # the newline is spelled out because searching for a character is fast, searching for a line start is not
        inside, at_start = re.compile(rf"\n{lead}"), re.compile(lead)
    except re.error:
        return lambda block: True

    def suspect(block: bytes) -> bool:
        text = block.decode("utf-8")
        return at_start.match(text) is not None or inside.search(text) is not None

    return suspect
