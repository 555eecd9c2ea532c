"""A sound delivery taken apart, so that a fault can be put into a named cell of it and the rest stays as it was."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import openpyxl

from simpul.contract import Contract, load_contracts
from simpul.errors import SimpulError
from simpul.readers.layout import Layout
from simpul.readers.reasons import Held
from simpul.readers.source import Source

Cells = list[Any]


@dataclass(frozen=True)
class Place:
    """Where a fault stands, as people count: ``row`` from 1, ``column`` the heading. None: in the file as a whole."""

    sheet: str | None = None
    row: int | None = None
    column: str | None = None


@dataclass(frozen=True)
class _Known:
    layout: Layout
    encoding: str
    is_workbook: bool


@lru_cache(maxsize=4096)
def _known(path: Path, _mtime_ns: int, _bytes: int) -> _Known | None:
    """How a file is to be read, kept: many faults are put into the same files. None: not a delivery of ours."""
    try:
        source = Source.open(path)
        try:
            layout = source.recognise(load_contracts().values())
            return _Known(layout, source.encoding or "utf-8", source.format == "excel")
        finally:
            source.close()
    except (Held, SimpulError):
        return None


def _rows(path: Path, known: _Known) -> list[Cells]:
    if known.is_workbook:
        sheet = openpyxl.load_workbook(path)[known.layout.sheet]
        return [list(row) for row in sheet.iter_rows(values_only=True)]
    text = path.read_bytes().decode(known.encoding)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=known.layout.delimiter or ",")
    return [list(row) for row in reader]


@dataclass
class Good:
    """A file that Simpul recognises, in memory. Faults change ``rows`` and ``name``; `content` writes it again."""

    path: Path
    known: _Known
    others: Sequence[Path] = ()
    """The other files of the folder, for faults that are about two of them."""
    name: str = ""
    letter: str | None = None
    replaced: bytes | None = None
    """Bytes that stand instead of all that is told here."""
    _records: list[int] = field(default_factory=list)

    @classmethod
    def open(cls, path: Path, others: Sequence[Path] = ()) -> Good | None:
        """A delivery, to be changed; None where it is not one that Simpul recognises."""
        stat = path.stat()
        if (known := _known(path, stat.st_mtime_ns, stat.st_size)) is None:
            return None
        letter = path.with_name(f"{path.name}.yml")
        return cls(path, known, others, path.name, letter.read_text() if letter.exists() else None)

    @property
    def layout(self) -> Layout:
        """How it is laid out."""
        return self.known.layout

    @cached_property
    def rows(self) -> list[Cells]:
        """Its cells, row by row, headings included."""
        return _rows(self.path, self.known)

    def siblings(self) -> Iterator[Good]:
        """The other files of the folder that are deliveries of the same dataset."""
        for path in self.others:
            other = Good.open(path)
            if other and other.contract.dataset == self.contract.dataset:
                yield other

    @property
    def contract(self) -> Contract:
        return self.layout.contract

    @property
    def heading(self) -> Cells:
        """The last of the heading rows."""
        return self.rows[self.layout.first_row - 2 - self.layout.is_numbered]

    @property
    def records(self) -> list[int]:
        """Positions in ``rows`` of what is a record: below the heading, filled, no note and no total."""
        if not self._records:
            notes = [
                re.compile(text, re.IGNORECASE) for text in (*self.edition.footer, *self.edition.skip_rows)
            ]
            least = max(2, len(self.layout.map.columns) // 2)
            for number, row in enumerate(self.rows[self.layout.first_row - 1 :], self.layout.first_row - 1):
                first = next((str(cell) for cell in row if cell not in (None, "")), "")
                filled = sum(cell not in (None, "") for cell in row)
                if filled >= min(least, len(row)) and not any(note.search(first) for note in notes):
                    self._records.append(number)
        return self._records

    @property
    def edition(self) -> Any:
        return self.layout.edition

    def position(self, field_name: str) -> int | None:
        """Where the column of a dictionary field stands; None when the file has none."""
        for column in self.contract.columns:
            if column.field == field_name and column.column in self.layout.map.columns:
                return self.layout.map.columns[column.column]
        return None

    def positions(self, *field_names: str) -> tuple[int, ...] | None:
        """Where the columns of dictionary fields stand; None when the file lacks one."""
        found = [position for name in field_names if (position := self.position(name)) is not None]
        return tuple(found) if len(found) == len(field_names) else None

    def text(self, row: int, position: int) -> str:
        """A cell as text, trimmed."""
        cells = self.rows[row]
        value = cells[position] if position < len(cells) else None
        return "" if value is None else str(value).strip()

    def put(self, row: int, position: int, value: Any) -> Place:
        """Write a cell; where it stands."""
        self.rows[row][position] = value
        return self.place(row, position)

    def place(self, row: int | None = None, position: int | None = None) -> Place:
        """An address in this file."""
        heading = None if position is None else self.layout.headings[position]
        return Place(self.layout.sheet, None if row is None else row + 1, heading)

    def filled(self, position: int, test: Callable[[str], bool] = bool) -> list[int]:
        """Records whose cell fits."""
        return [row for row in self.records if test(self.text(row, position))]

    def content(self) -> bytes:
        """The file as it stands now."""
        if self.replaced is not None:
            return self.replaced
        if self.known.is_workbook:
            return self._workbook()
        out = io.StringIO()
        csv.writer(out, delimiter=self.layout.delimiter or ",", lineterminator="\r\n").writerows(self.rows)
        return out.getvalue().encode(self.known.encoding)

    def _workbook(self) -> bytes:
        book = openpyxl.load_workbook(self.path)
        sheet = book[self.layout.sheet]
        for merged in list(sheet.merged_cells.ranges):
            sheet.unmerge_cells(str(merged))
        sheet.delete_rows(1, sheet.max_row)
        for row in self.rows:
            sheet.append(row)
        out = io.BytesIO()
        book.save(out)
        return out.getvalue()
