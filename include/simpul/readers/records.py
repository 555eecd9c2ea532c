"""From the rows of a table to the records of its dataset: melting, headings inside the data, fixed values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from operator import itemgetter
from typing import NamedTuple

from simpul.contract import MeltRows
from simpul.headings import heading_key
from simpul.readers.layout import Layout, letter
from simpul.readers.marks import cell_verdict, first_cell, record_test, said_by_row
from simpul.readers.reasons import Held
from simpul.readers.total_rows import TableEnd, TotalRows

Cells = list[str | None]


class Record(NamedTuple):
    """One raw record and its address. ``values`` follow the contract's columns, None = empty."""

    row: int
    column: str | None  # melted tables: the heading of the figure
    values: Sequence[str | None]
    extra: dict[str, str] | None


class RecordReader:
    """Turns rows into records and counts what is no record.

    Attributes:
        skipped: ``blank``, ``skip``, ``footer``, ``context`` rows and ``empty`` cells of a melted table in rows without
            a name.
        rows: rows that hold records.
        figures: filled cells of a melted table.
        totals: rows of totals, which are among the skipped.
    """

    def __init__(self, layout: Layout, constants: dict[str, str] | None = None) -> None:
        self.layout = layout
        self.skipped: Counter[str] = Counter()
        self.rows = 0
        self.figures = 0
        self.totals = TotalRows()
        names = layout.contract.column_names
        self._slot = {name: n for n, name in enumerate(names)}
        self._template: list[str | None] = [None] * len(names)
        for name, value in {**layout.edition.constants, **(constants or {})}.items():
            self._template[self._slot[name]] = value
        # a plain row becomes a record in one step: cells, then the fixed values, picked in the order of the contract
        self._width = width = layout.width
        self._has_extra = bool(layout.extra)
        fixed = {slot: width + n for n, slot in enumerate(range(len(names)))}
        picks = fixed | {self._slot[name]: position for name, position in layout.map.columns.items()}
        order = [picks[slot] for slot in range(len(names))]
        self._pick = itemgetter(*order) if len(order) > 1 else lambda cells: (cells[order[0]],)
        self._is_direct = (
            not layout.edition.context
            and not layout.edition.context_rows
            and not any(self._template[self._slot[name]] for name in layout.map.columns)
        )
        self._moves = [(position, self._slot[name]) for name, position in layout.map.columns.items()]
        self._context: str | None = None
        self._labels: dict[str, dict[str, str]] = {}

    def read(self, rows: Iterable[tuple[int, Cells]]) -> Iterator[Record]:
        """Records of ``rows`` (row number, cells), which start below the heading.

        Raises:
            Held: a record stands below the notes; of a melted table, a value has no heading.
        """
        judge = cell_verdict(self.layout.edition)
        judges = bool(self.layout.edition.footer or self.layout.edition.skip_rows)
        is_record = record_test(self.layout)
        end = TableEnd()
        emit: Callable[[int, Cells], Iterable[Record]] = self._melt if self.layout.is_melted else self._plain
        has_context = bool(self.layout.edition.context_rows)
        for number, cells in rows:
            first = first_cell(cells)
            if not first:
                self.skipped["blank"] += 1
                continue
            verdict = judge(first) if judges else "data"
            if verdict == "footer" or end.row:
                is_note = verdict == "footer"
                if not end.goes_on(number, cells, is_note=is_note, is_record=is_record(cells)):
                    verdict = "footer"
            if verdict != "data":
                self.skipped[verdict] += 1
                self.totals.keep(number, first, cells)
                continue
            if has_context and (said := said_by_row(self.layout.edition, cells)) is not None:
                self.skipped["context"] += 1
                for name, value in said.items():
                    self._template[self._slot[name]] = value
                continue
            yield from emit(number, cells)
        end.close()

    def _base(self, cells: Cells) -> list[str | None]:
        values = self._template.copy()
        for position, slot in self._moves:
            if position < len(cells) and (cell := cells[position]):
                values[slot] = cell
        if context := self.layout.edition.context:
            text = (values[self._slot[context.column]] or "").strip()
            if text and text == text.upper() and text != text.lower():
                self._context = text
            values[self._slot[context.fills]] = self._context
        return values

    def _extra(self, cells: Cells) -> dict[str, str] | None:
        """Cells of columns that the contract does not know, also right of the last heading."""
        width = self._width
        if not self._has_extra and len(cells) <= width:
            return None
        found = {key: cell for n, key in self.layout.extra.items() if n < len(cells) and (cell := cells[n])}
        beyond = {f"[{letter(n)}]": cell for n, cell in enumerate(cells[width:], width) if cell}
        return found | beyond or None

    def _plain(self, number: int, cells: Cells) -> tuple[Record]:
        self.rows += 1
        extra = self._extra(cells)
        if not self._is_direct:
            return (Record(number, None, self._base(cells), extra),)
        missing = self._width - len(cells)
        if missing:
            cells = cells + [None] * missing if missing > 0 else cells[: self._width]
        return (Record(number, None, self._pick(cells + self._template), extra),)

    def _melt(self, number: int, cells: Cells) -> Iterator[Record]:
        melt = self.layout.edition.melt
        assert melt is not None
        for n, cell in enumerate(cells):
            if cell and cell.strip() and (n >= self.layout.width or not self.layout.headings[n]):
                raise Held(
                    f"row {number}, column {letter(n)} holds a value without a heading: write the heading, or delete"
                    " the value",
                    f"baris {number}, kolom {letter(n)} memuat nilai tanpa judul kolom: tulis judulnya, atau hapus"
                    " nilainya",
                    code="no_heading",
                )
        base = self._base(cells)
        if melt.rows:
            for name, value in self._said_by(melt.rows, base[self._slot[melt.rows.column]] or "").items():
                base[self._slot[name]] = value
        extra = self._extra(cells)
        is_named = any((base[slot] or "").strip() for _, slot in self._moves)
        is_row = False
        for position, sets in self.layout.map.melted.items():
            cell = cells[position] if position < len(cells) else None
            if not cell or not cell.strip():
                if melt.blank == "none" or not is_named:
                    self.skipped["empty"] += 1
                    continue
                cell = None  # a figure that is lost: a record without it, so that a rule can tell its address
            self.figures += cell is not None
            values = base.copy()
            for name, value in sets.items():
                values[self._slot[name]] = value
            values[self._slot[melt.value]] = cell
            is_row = True
            yield Record(number, self.layout.headings[position], values, extra)
        self.rows += is_row

    def _said_by(self, rows: MeltRows, label: str) -> dict[str, str]:
        """What the label of a row says; nothing when it fits no pattern, or two that say different things."""
        if label not in self._labels:
            said = [found for pattern in rows.patterns if (found := pattern.read(label)) is not None]
            self._labels[label] = said[0] if said and all(one == said[0] for one in said) else {}
        return self._labels[label]


def unknown_columns(layout: Layout) -> list[str]:
    """Headings kept in ``_extra``, for the register."""
    return [key for n, key in layout.extra.items() if heading_key(layout.headings[n])]
