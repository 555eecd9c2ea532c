"""What recognition found: which contract and edition a table is of, and what each of its columns means."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from simpul.contract import Contract, Edition, load_fields
from simpul.errors import LONG_NUMBER
from simpul.headings import HeadingMap


@dataclass(frozen=True)
class Grid:
    """The first rows of a table: a sheet, or a CSV file cut at one delimiter. Row 1 is ``rows[0]``."""

    rows: Sequence[Sequence[str | None]]
    sheet: str | None = None
    delimiter: str | None = None
    is_hidden: bool = False


_NUMBER = re.compile(r"[(\[-]? *0*([0-9]{1,3}) *[)\].]?")
_FEW = 3  # so many plain numbers in a row count columns; two may be a record


def counts_columns(row: Sequence[str | None]) -> bool:
    """Whether a row only numbers the columns: ``1 | 2 | 3``, ``(1) | (2)`` (which a spreadsheet turns into -1, -2), or
    such numbers behind ``KOLOM``.
    """
    cells = [text for cell in row if cell and (text := cell.strip())]
    is_said = bool(cells) and cells[0].lower() in ("kolom", "column")
    found = [_NUMBER.fullmatch(cell) for cell in cells[is_said:]]
    numbers = [int(number[1]) for number in found if number]
    if len(numbers) < len(found) or not numbers:
        return False
    first = 2 if is_said and numbers[0] == 2 else 1  # KOLOM may stand in the place of 1
    is_marked = is_said or not cells[0][0].isdigit()
    return numbers == list(range(first, first + len(numbers))) and len(numbers) >= (2 if is_marked else _FEW)


def letter(position: int) -> str:
    """Column letter of a 0-based position, as a spreadsheet shows it: 0 → A, 26 → AA."""
    name = ""
    position += 1
    while position:
        position, rest = divmod(position - 1, 26)
        name = chr(65 + rest) + name
    return name


@dataclass(frozen=True)
class Layout:
    """A table understood: where its heading is and what stands in which position (0-based)."""

    contract: Contract
    edition: Edition
    map: HeadingMap
    headings: tuple[str, ...]  # composed, one per position
    header_row: int  # 1-based row of the first heading row
    sheet: str | None = None
    delimiter: str | None = None
    notes: tuple[str, ...] = field(default=())
    titles: tuple[str, ...] = ()  # the texts of the rows above the heading, and of a sheet of titles
    slip: tuple[str, str] | None = None  # a misspelt heading, and what it is read as
    is_numbered: bool = False  # below the heading stands a row of the columns' numbers

    @property
    def named_sheet(self) -> str | None:
        """What addresses call the sheet: its name, but for a number that may be a NIK."""
        return None if self.sheet is None else LONG_NUMBER.sub("…", self.sheet)

    @property
    def width(self) -> int:
        """Number of fields of a record."""
        return len(self.headings)

    @property
    def first_row(self) -> int:
        """1-based row of the first record."""
        return self.header_row + self.edition.header_rows + self.is_numbered

    @cached_property
    def codes(self) -> frozenset[int]:
        """Positions of columns whose values are codes: numbers typed there are no figures."""
        fields = load_fields()
        codes = {one.column for one in self.contract.columns if fields[one.field].type == "code"}
        return frozenset(position for name, position in self.map.columns.items() if name in codes)

    @property
    def is_melted(self) -> bool:
        return self.edition.melt is not None

    @cached_property
    def extra(self) -> dict[int, str]:
        """Positions that the contract does not know → their key in ``_extra``: the heading, told apart by the column
        letter where it is blank or met twice.
        """
        known = {*self.map.columns.values(), *self.map.melted}
        unknown = {n: text for n, text in enumerate(self.headings) if n not in known}
        texts = list(unknown.values())
        return {
            n: text if text and texts.count(text) == 1 else f"{text} [{letter(n)}]".strip()
            for n, text in unknown.items()
        }
