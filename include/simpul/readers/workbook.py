"""Workbooks (.xlsx .xls .xlsb .ods) as rows of text, as a spreadsheet shows them but without its formats."""

from __future__ import annotations

import datetime as dt
import itertools
import zipfile
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from simpul.readers import guards
from simpul.readers.layout import Grid
from simpul.readers.reasons import Held, printable

if TYPE_CHECKING:
    from python_calamine import CalamineSheet

Cells = list[str | None]
_PART_LIMIT = 16 << 20


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


class Workbook:
    """An opened workbook. One sheet is held in memory at a time.

    Raises:
        Held: protected, damaged, too large, or without a sheet.
    """

    def __init__(self, path: Path) -> None:
        from python_calamine import (
            CalamineError,
            CalamineWorkbook,
            PasswordError,
            SheetTypeEnum,
            SheetVisibleEnum,
        )

        self.path = path
        self.is_zip = zipfile.is_zipfile(path)
        if self.is_zip:
            guards.check_zip(path)
        if self._parts is None:
            guards.check_by_probe(path)
        try:
            self._book = CalamineWorkbook.from_path(str(path))
            self.sheets = [
                (sheet.name, sheet.visible != SheetVisibleEnum.Visible)
                for sheet in self._book.sheets_metadata
                if sheet.typ == SheetTypeEnum.WorkSheet
            ]
        except PasswordError:
            raise Held(
                "the workbook is protected by a password: remove the password and deliver it again",
                "buku kerja dilindungi kata sandi: hapus kata sandi lalu kirim kembali",
                code="protected",
            ) from None
        except CalamineError:
            raise guards.damaged() from None
        if not self.sheets:
            raise Held(
                "the workbook has no sheet with cells",
                "buku kerja tidak memiliki lembar berisi sel",
                code="empty",
            )
        self._open: tuple[str, CalamineSheet] | None = None
        self._errors: dict[tuple[int, int], str] = {}

    @cached_property
    def _parts(self) -> dict[str, str] | None:
        """Sheet name → part of the archive, for .xlsx; None for other formats."""
        if not self.is_zip:
            return None
        try:
            with zipfile.ZipFile(self.path) as archive:
                if "xl/workbook.xml" not in archive.namelist():
                    return None
                book = _xml(archive, "xl/workbook.xml")
                targets = {
                    relation.get("Id"): relation.get("Target", "")
                    for relation in _xml(archive, "xl/_rels/workbook.xml.rels")
                }
                parts = {}
                for sheet in book.iter():
                    if sheet.tag.rpartition("}")[2] == "sheet":
                        key = next(
                            (value for name, value in sheet.attrib.items() if name.endswith("}id")), None
                        )
                        target = targets.get(key, "")
                        parts[sheet.get("name", "")] = (
                            target.lstrip("/") if target.startswith("/") else f"xl/{target}"
                        )
                return parts
        except (KeyError, ElementTree.ParseError, zipfile.BadZipFile, ValueError, OSError):
            raise guards.damaged() from None

    def _sheet(self, name: str) -> CalamineSheet:
        from python_calamine import CalamineError

        if self._open and self._open[0] == name:
            return self._open[1]
        self._open = None  # let the other one go first
        self._errors = {}
        if self._parts and name in self._parts:
            self._errors = guards.scan_xlsx_sheet(self.path, self._parts[name], printable(name))
        try:
            sheet = self._book.get_sheet_by_name(name)
        except CalamineError:
            raise guards.damaged() from None
        except BaseException as error:  # a panic of the reader is no Exception
            if type(error).__name__ == "PanicException":
                raise guards.damaged() from None
            raise
        self._open = (name, sheet)
        return sheet

    def rows(self, name: str, start: int = 1, decimal: str = ".") -> Iterator[tuple[int, Cells]]:
        """Rows of a sheet from row ``start`` on, numbered as the spreadsheet shows them; column A is position 0.

        A blank cell is empty or None. A cell that holds a number, not a text, is written with the ``decimal`` mark of
        the table: the cells beside it that hold text are read by the same mark.
        """
        sheet = self._sheet(name)
        if sheet.start is None:
            return
        pad: Cells = [None] * sheet.start[1]  # the reader begins at row 1, but at the first filled column
        text, errors = cell_text if decimal == "." else _cell_text_with_comma, self._errors
        error_rows = {row for row, _ in errors}
        for number, row in enumerate(sheet.iter_rows(), 1):
            if number < start:
                continue
            cells = [value if type(value) is str else text(value) for value in row]
            if pad:
                cells = pad + cells
            if number in error_rows:
                cells = [cell or errors.get((number, position)) for position, cell in enumerate(cells)]
            yield number, cells

    def grid(self, name: str, is_hidden: bool, depth: int) -> Grid:
        """The first ``depth`` rows of a sheet, from row 1."""
        rows: list[Cells] = []
        for number, cells in itertools.takewhile(lambda item: item[0] <= depth, self.rows(name)):
            rows.extend([] for _ in range(number - 1 - len(rows)))
            rows.append(cells)
        return Grid(rows, sheet=name, is_hidden=is_hidden)

    def size(self, name: str) -> int:
        """Rows of a sheet, for progress."""
        return self._sheet(name).total_height

    def close(self) -> None:
        self._open = None
        self._book.close()


def _xml(archive: zipfile.ZipFile, part: str) -> ElementTree.Element:
    """A small part, parsed. No entity is ever expanded: a document type is refused."""
    with archive.open(part) as file:
        text = file.read(_PART_LIMIT)
    if b"<!DOCTYPE" in text or b"<!ENTITY" in text:
        raise ValueError(part)
    return ElementTree.fromstring(text)  # noqa: S314 — no document type, bounded size
