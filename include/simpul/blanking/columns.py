"""Whose number stands in a row: of the person whom the row is about, or of somebody whom it only mentions.

A child's row may name the number of the head of the family, a remark the number of a neighbour: such a row is the
child's, and only the number leaves it. The heading of the column decides, as the contracts spell it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from functools import cache

from simpul.blanking.sought import Sought, letters
from simpul.contract import load_contracts
from simpul.headings import heading_key

NUMBER_FIELDS = frozenset({"nik", "no_ktp"})
"""Fields of the dictionary that hold the number of the person whom a record is about."""
HEADING_ROWS = 200
"""A heading is looked for in so many rows, above the first that holds a number of sixteen digits."""
_RELATIVES = {
    "KEPALA", "KK", "KEPKEL", "KRT", "IBU", "AYAH", "BAPAK", "ORTU", "ORANGTUA", "SUAMI", "ISTRI", "ISTERI",
    "PASANGAN", "WALI", "PENDAMPING", "PETUGAS", "PENGURUS", "PENANGGUNG", "PELAPOR", "SAKSI", "PENDATA", "OPERATOR",
    "HEAD", "MOTHER", "FATHER", "PARENT", "SPOUSE", "GUARDIAN",
}  # fmt: skip


@cache
def own_headings(dataset: str | None = None) -> tuple[frozenset[str], ...]:
    """How columns with the number of a row's person are spelt (`heading_key`): by one contract, or by any of them.

    Without a dataset spellings that name a relative count only where a table has no other: in a list of families
    the head is whom the row is about.
    """
    contracts = load_contracts()
    chosen = [contracts[dataset]] if dataset in contracts else contracts.values()
    spelt = {
        text
        for contract in chosen
        for column in contract.columns
        if column.field in NUMBER_FIELDS
        for text in (column.header, column.column, *column.aliases)
    }
    if dataset in contracts:
        return (frozenset(map(heading_key, spelt)),)
    plain = {text for text in spelt if not _names_relative(text)}
    return frozenset(map(heading_key, plain)), frozenset(map(heading_key, spelt))


def _names_relative(heading: str) -> bool:
    return not _RELATIVES.isdisjoint(letters(heading).split())


class Table:
    """The columns of a table, by the rows above its first number.

    Args:
        above: rows of the table from the top; read until one holds a number of sixteen digits alone in a cell.
        sought: whom to look for.
        dataset: as which the file was recognised.
        is_ragged: a row with another count of cells than the heading is broken: its columns tell nothing.
    """

    def __init__(
        self,
        above: Iterable[Sequence[str]],
        sought: Sought,
        dataset: str | None = None,
        *,
        is_ragged: bool = False,
    ) -> None:
        self._sought, self._is_ragged, self._width = sought, is_ragged, 0
        self._labels: dict[int, list[str]] = {}
        heads: list[Sequence[str]] = []
        for cells, _ in zip(above, range(HEADING_ROWS), strict=False):
            if any(map(_is_number, cells)):
                break
            heads.append(cells)
            for position, cell in enumerate(cells):
                if cell.strip():
                    self._labels.setdefault(position, []).append(cell)
        self._own: frozenset[int] = frozenset()
        for spelt in own_headings(dataset):
            rows = [
                (cells, {n for n, cell in enumerate(cells) if heading_key(cell) in spelt}) for cells in heads
            ]
            self._own = frozenset[int]().union(*(found for _, found in rows))
            if self._own:
                self._width = next(len(cells) for cells, found in reversed(rows) if found)
                break

    def is_own(self, cells: Sequence[str]) -> bool:
        """Whether a row is the person's, and not another's that mentions their number."""
        sought = self._sought
        if sought.is_told(cells):
            return True
        text = " | ".join(cells).encode("utf-8", "replace")
        if not sought.is_in(text):
            return False
        if self._own and self._is_ragged and len(cells) != self._width:
            return sought.is_named(text)
        places = {n for n, cell in enumerate(cells) if sought.is_alone(cell)}
        if self._own:
            return not places.isdisjoint(self._own)
        return any(not _names_relative(" ".join(self._labels.get(n, ()))) for n in places)


def is_own_record(record: dict[str, str], sought: Sought, dataset: str | None) -> bool:
    """As `Table.is_own`, of a record that tells its headings itself; a broken line (``_raw``) has none."""
    if set(record) == {"_raw"}:
        text = record["_raw"].encode("utf-8", "replace")
        return sought.is_in(text) and sought.is_named(text)
    return Table([[*record]], sought, dataset).is_own([str(cell or "") for cell in record.values()])


def _is_number(cell: str) -> bool:
    digits = "".join(char for char in cell.removesuffix(".0") if char.isdigit())
    return len(digits) == 16 and len(cell.strip()) <= 24


def texts(cells: Collection[object]) -> list[str]:
    """Cells of a workbook as text: whole numbers without an exponent."""
    return [
        "" if cell is None else f"{cell:.0f}" if isinstance(cell, float) and cell.is_integer() else str(cell)
        for cell in cells
    ]
