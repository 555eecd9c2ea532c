"""Rows that say what the records above them add up to: they are no records, and tell whether some are missing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from simpul.readers.reasons import below_note

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


class TableEnd:
    """Where a table ends: at the first note below it. A total ends it, too, unless it was of a group: then the records
    of the next one follow, with a name of theirs between at most, and another total behind them.

    Attributes:
        row: of the note; 0 while the table goes on.
    """

    def __init__(self) -> None:
        self.row = 0
        self._may_go_on = False
        self._resumed: tuple[int, int] | None = None

    def goes_on(self, row: int, cells: Sequence[str | None], *, is_note: bool, is_record: bool) -> bool:
        """Whether the table goes on at a row that begins like a note, or stands below one.

        Args:
            row: its number.
            cells: its texts.
            is_note: whether it begins like a note.
            is_record: whether it has the shape of a record.

        Raises:
            Held: a record, and the table has ended.
        """
        if is_record:
            if is_note or not self._may_go_on:
                raise below_note(row, self.row or row)
            self._resumed = self._resumed or (row, self.row)
            self.row = 0
            return True
        filled = [text for cell in cells if cell and (text := cell.strip())]
        is_sum = bool(filled) and is_total(filled[0])
        if is_sum:
            self._resumed = None
        if not self.row:
            self.row, self._may_go_on = row, is_sum
        elif len(filled) > 1 and not is_sum:
            self._may_go_on = False  # another heading, or a signature
        return False

    def close(self) -> None:
        """The file ends.

        Raises:
            Held: records stand below the last total.
        """
        if self._resumed:
            raise below_note(*self._resumed)


def is_total(cell: str) -> bool:
    """Whether a row whose first cell says this is one of totals."""
    return _TOTAL.match(cell) is not None
