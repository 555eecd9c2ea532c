"""Rows that say what the records above them add up to: they are no records, and tell whether some are missing."""

from __future__ import annotations

import re
from typing import NamedTuple

_TOTAL = re.compile(r"(?i)(?:(?:grand|sub)[ -]?)?(?:jumlah|total)\b")
MOST = 200


class TotalRow(NamedTuple):
    """Its number as a spreadsheet shows it, and its cells."""

    row: int
    cells: list[str | None]


def is_total(cell: str) -> bool:
    """Whether a row whose first cell says this is one of totals."""
    return _TOTAL.match(cell) is not None
