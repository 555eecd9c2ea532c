"""Workbooks (.xlsx .xls .xlsb .ods) as rows of text, as a spreadsheet shows them but without its formats."""

from __future__ import annotations

import datetime as dt
import itertools
import zipfile
import zlib
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from xml.etree import ElementTree

from simpul.errors import SimpulError
from simpul.readers import cut_sheet, guards
from simpul.readers.cut_sheet import CutSheet
from simpul.readers.layout import Grid
from simpul.readers.reasons import Held, printable

if TYPE_CHECKING:
    from python_calamine import CalamineSheet, CalamineWorkbook

Cells = list[str | None]
_PART_LIMIT = 16 << 20
_TEXT_ONLY = {str}
_T = TypeVar("_T")


def cell_text(value: Any) -> str | None:
    """Text of a cell: integers without ``.0``, other numbers in their shortest form, dates ISO, blank = None.

    A number keeps what the workbook kept: a NIK typed as a number has lost its last digit there, and is not repaired.
    """
    kind = type(value)
    if kind is str:
        return value or None
    if kind is float:
        return str(int(value)) if value.is_integer() and abs(value) < 1e21 else repr(value)
    if kind is bool:
        return "TRUE" if value else "FALSE"
    if kind is int:
        return str(value)
    if kind is dt.datetime:
        return value.date().isoformat() if value.time() == dt.time.min else value.isoformat(sep=" ")
    if kind is dt.date or kind is dt.time:
        return value.isoformat()
    return None if value is None else str(value)


def _cell_text_with_comma(value: Any) -> str | None:
    text = cell_text(value)
    return text.replace(".", ",") if text and type(value) is float else text


@dataclass(frozen=True)
class Parts:
    """What the index of an .xlsx file says."""

    sheets: dict[str, tuple[str, bool]]  # name → part of the archive, whether it is hidden
    shared: dict[str, str]  # relation type → part: the texts and number formats of all sheets
    is_1904: bool
    sizes: dict[str, int]  # part → bytes unpacked


class Workbook:
    """An opened workbook. One sheet is held in memory at a time, a large one of an .xlsx file only in part.

    Attributes:
        sheets: name, and whether it is hidden.

    Raises:
        Held: protected, damaged, too large, or without a sheet.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._book: CalamineWorkbook | None = None
        self._open: tuple[str, CalamineSheet | CutSheet] | None = None
        self._errors: dict[tuple[int, int], str] = {}
        self._parts: Parts | None = None
        if zipfile.is_zipfile(path):
            guards.check_zip(path)
            self._parts = parts_of(path)
        if self._parts:
            self.sheets = [(name, is_hidden) for name, (_, is_hidden) in self._parts.sheets.items()]
        else:
            guards.check_by_probe(path)
            self.sheets = self._listed()
        if not self.sheets:
            raise Held(
                "the workbook has no sheet with cells: deliver it again, with its table",
                "buku kerja tidak memiliki lembar berisi sel: kirim ulang beserta tabelnya",
                code="empty",
            )

    def _listed(self) -> list[tuple[str, bool]]:
        from python_calamine import SheetTypeEnum, SheetVisibleEnum

        return [
            (sheet.name, sheet.visible != SheetVisibleEnum.Visible)
            for sheet in self._whole_book().sheets_metadata
            if sheet.typ == SheetTypeEnum.WorkSheet
        ]

    def _whole_book(self) -> CalamineWorkbook:
        """The workbook itself, opened when it is first needed: the texts of all its sheets are then in memory."""
        if self._book is None:
            for shared in self._parts.shared.values() if self._parts else ():
                for _ in guards.unpacked(self.path, shared):
                    pass  # calamine would believe what the index says of their size
            self._book = _open_book(self.path)
        return self._book

    def _sheet(self, name: str) -> CalamineSheet | CutSheet:
        if self._open and self._open[0] == name:
            return self._open[1]
        self._let_go()  # of the other one, first
        self._open = (name, self._cut(name) or _read_sheet(self._whole_book(), name))
        return self._open[1]

    def _let_go(self) -> None:
        if self._open and isinstance(self._open[1], CutSheet):
            self._open[1].close()
        self._open, self._errors = None, {}

    def _cut(self, name: str) -> CutSheet | None:
        """Look through a sheet of an .xlsx file before it is opened; a large one comes back cut."""
        if not self._parts:
            return None
        part = self._parts.sheets[name][0]
        if self._parts.sizes.get(part, 0) < cut_sheet.LARGE:
            self._errors = guards.scan_xlsx_sheet(self.path, part, printable(name))
            return None
        if self._book:
            self._book.close()  # its texts need not be in memory twice
            self._book = None
        cut = CutSheet(self._parts.shared, is_1904=self._parts.is_1904)
        try:
            for shared in self._parts.shared.values():
                cut.add(shared, guards.unpacked(self.path, shared))
            self._errors = guards.scan_xlsx_sheet(self.path, part, printable(name), cut)
            if cut.is_sound:
                cut.finish(_open_book)
                return cut
        except OSError as error:  # of writing: what cannot be read is held
            cut.close()
            raise SimpulError(
                f"a large sheet is written out once more to be read, and cannot be: {error.strerror}",
                code="disk",
                hint="make room",
            ) from None
        except BaseException:
            cut.close()
            raise
        cut.close()
        return None

    def rows(
        self, name: str, start: int = 1, decimal: str = ".", codes: Collection[int] = ()
    ) -> Iterator[tuple[int, Cells]]:
        """Rows of a sheet from row ``start`` on, numbered as the spreadsheet shows them; column A is position 0.

        A blank cell is empty or None, or left out at the end of a row. A cell that holds a number, not a text, is
        written with the ``decimal`` mark of the table: the cells beside it that hold text are read by the same mark. In
        the positions of ``codes`` there are no figures, and a region typed as 12.74 keeps its point.
        """
        sheet = self._sheet(name)
        numbered = sheet.rows(_read_sheet) if isinstance(sheet, CutSheet) else _whole_rows(sheet)
        text, errors = cell_text if decimal == "." else _cell_text_with_comma, self._errors
        error_rows = {row for row, _ in errors}
        for number, left, row in numbered:
            if number < start:
                continue
            if set(map(type, row)) == _TEXT_ONLY:  # a list of persons: every cell is a text, or blank
                cells = row
            else:
                cells = [value if type(value) is str else text(value) for value in row]
            if left:
                cells = [None] * left + cells
            for position in codes:
                if left <= position < len(cells) and type(row[position - left]) is float:
                    cells[position] = cell_text(row[position - left])
            if number in error_rows:
                last = max(position for row_, position in errors if row_ == number)
                cells += [None] * (last + 1 - len(cells))
                cells = [cell or errors.get((number, position)) for position, cell in enumerate(cells)]
            yield number, cells

    def grid(self, name: str, is_hidden: bool, depth: int) -> Grid:
        """The first ``depth`` rows of a sheet, from row 1."""
        rows: list[Cells] = []
        for number, cells in itertools.takewhile(lambda item: item[0] <= depth, self.rows(name)):
            rows.extend([] for _ in range(number - 1 - len(rows)))
            rows.append(cells)
        return Grid(rows, sheet=name, is_hidden=is_hidden)

    def close(self) -> None:
        self._let_go()
        if self._book:
            self._book.close()


def _whole_rows(sheet: CalamineSheet) -> Iterator[tuple[int, int, list[Any]]]:
    if sheet.start is not None:
        left = sheet.start[1]  # the reader begins at row 1, but at the first filled column
        for number, values in enumerate(sheet.iter_rows(), 1):
            yield number, left, values


# ------------------------------------------------------------------------------------------------------------ calamine
def _open_book(path: Path) -> CalamineWorkbook:
    from python_calamine import CalamineWorkbook

    return _told(lambda: CalamineWorkbook.from_path(str(path)))


def _read_sheet(book: CalamineWorkbook, name: str) -> CalamineSheet:
    return _told(lambda: book.get_sheet_by_name(name))


def _told(job: Callable[[], _T]) -> _T:
    """Do it, and say in our words why it cannot be done."""
    from python_calamine import CalamineError, PasswordError

    try:
        return job()
    except PasswordError:
        raise guards.protected() from None
    except CalamineError:
        raise guards.damaged() from None
    except BaseException as error:  # a panic of the reader is no Exception
        if type(error).__name__ == "PanicException":
            raise guards.damaged() from None
        raise


# ----------------------------------------------------------------------------------------------------- index of .xlsx
def parts_of(path: Path) -> Parts | None:
    """What the index says; None for other formats.

    Raises:
        Held: it is damaged, or names two sheets alike.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            names = {info.filename: info.file_size for info in archive.infolist()}
            if "xl/workbook.xml" not in names:
                return None
            book = _xml(archive, "xl/workbook.xml")
            relations = {
                relation.get("Id"): (relation.get("Type", ""), _target(relation.get("Target", "")))
                for relation in _xml(archive, "xl/_rels/workbook.xml.rels")
            }
    except (
        KeyError,
        ElementTree.ParseError,
        zipfile.BadZipFile,
        zlib.error,
        ValueError,
        OSError,
        EOFError,
        NotImplementedError,
    ):
        raise guards.damaged() from None
    sheets: dict[str, tuple[str, bool]] = {}
    is_1904 = False
    for element in book.iter():
        kind = element.tag.rpartition("}")[2]
        if kind == "workbookPr":
            is_1904 = element.get("date1904", "0").lower() in ("1", "true", "on")
        if kind != "sheet":
            continue
        key = next((value for name, value in element.attrib.items() if name.endswith("}id")), None)
        relation, part = relations.get(key, ("", ""))
        if not relation.endswith("/worksheet"):
            continue  # a chart, a dialogue
        name = element.get("name", "")
        if name in sheets or part not in names:
            raise guards.damaged()
        sheets[name] = (part, element.get("state", "visible") != "visible")
    shared = {
        kind: part
        for kind, part in relations.values()
        if kind.endswith(("/sharedStrings", "/styles")) and part in names
    }
    return Parts(sheets, shared, is_1904, names)


def _target(text: str) -> str:
    """Part that a relation of the workbook points to."""
    plain = text.lstrip("/")
    return plain if plain.startswith("xl/") else f"xl/{plain}"


def _xml(archive: zipfile.ZipFile, part: str) -> ElementTree.Element:
    """A small part, parsed. No entity is ever expanded: a document type is refused."""
    with archive.open(part) as file:
        text = file.read(_PART_LIMIT)
    if b"<!DOCTYPE" in text or b"<!ENTITY" in text:
        raise ValueError(part)
    return ElementTree.fromstring(text)  # noqa: S314 — no document type, bounded size
