"""Rows that say what the records above them add up to: they are no records, and tell whether some are missing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

_TOTAL = re.compile(r"(?i)(?:(?:grand|sub)[ -]?)?(?:jumlah|total)\b")
_MOST = 200


class TotalRow(NamedTuple):
    """Its number as a spreadsheet shows it, and its cells."""

    row: int
    cells: list[str | None]


class TotalRows(list[TotalRow]):
    """As many of them as anybody looks at."""

    def keep(self, row: int, first: str, cells: Sequence[str | None]) -> None:
        """Add a row that is left out, if its ``first`` filled cell says that it is one."""
        if is_total(first) and len(self) < _MOST:
            self.append(TotalRow(row, [*cells]))


def is_total(cell: str) -> bool:
    """Whether a row whose first cell says this is one of totals."""
    return _TOTAL.match(cell) is not None
