"""A workbook that can only be read (.xls, .xlsb, .ods), written as an .xlsx file with the same cells."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Collection, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simpul.blanking.columns import texts
from simpul.blanking.sought import Sought
from simpul.settings import get_settings

if TYPE_CHECKING:
    from python_calamine import CalamineWorkbook

# what XML cannot hold, and what reads as if it were written so
_ESCAPED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")


def write(
    book: CalamineWorkbook,
    hidden: Mapping[str, bool],
    target: Path,
    blank: Collection[tuple[str, int]],
    masked: Collection[tuple[str, int]],
    sought: Sought,
) -> None:
    """Write ``target``: cells of ``blank`` rows are gone, texts of ``masked`` rows are without the person's numbers."""
    import openpyxl

    work = get_settings().work
    work.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.TemporaryDirectory(dir=work, prefix=".book-") as scratch:
        before, tempfile.tempdir = (
            tempfile.tempdir,
            scratch,
        )  # openpyxl drafts its sheets there, and leaves them
        made = openpyxl.Workbook(write_only=True)
        try:
            for name in book.sheet_names:
                sheet = made.create_sheet(name)
                if hidden.get(name):
                    sheet.sheet_state = "hidden"
                whole = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
                for number, cells in enumerate(whole, 1):
                    if (name, number) in blank:
                        sheet.append([])
                        continue
                    if (name, number) in masked:
                        cells = list(map(_masked(sought), cells, texts(cells)))
                    sheet.append([_cell(sheet, cell) for cell in cells])
            target.touch(0o600)
            made.save(target)
        finally:
            tempfile.tempdir = before
            for sheet in made.worksheets:  # of a book that was not saved
                with suppress(Exception):
                    sheet.close()


def _masked(sought: Sought) -> Any:
    def told(cell: object, text: str) -> object:
        less = sought.masked(text.encode("utf-8", "replace"))
        return cell if less == text.encode("utf-8", "replace") else less.decode()

    return told


def _cell(sheet: Any, value: Any) -> Any:
    """A text stays a text: neither a formula nor something that cannot be written."""
    from openpyxl.cell import WriteOnlyCell

    if value is None or value == "":
        return None
    if not isinstance(value, str):
        return value
    cell = WriteOnlyCell(sheet, value=_ESCAPED.sub(lambda found: f"_x{ord(found[0]):04X}_", value))
    cell.data_type = "s"
    return cell
