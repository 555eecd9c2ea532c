"""Rows → CSV or XLSX. Both are written row by row, so memory does not grow with them."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from simpul.errors import SimpulError
from simpul.trust import export_cells

_SHEET_ROWS = 1_048_575  # below the heading
FORMATS = (".csv", ".xlsx")


class Writer(Protocol):
    """Takes one row of `export_cells.plain` values after the other."""

    def __call__(self, cells: Iterable[Any], /) -> None: ...


@contextmanager
def writing(draft: Path, suffix: str, heading: list[str], mark: str) -> Iterator[Writer]:
    """A writer for ``draft``; when the block ends well the file is whole."""
    with (_csv if suffix == ".csv" else _xlsx)(draft, heading, mark) as write:
        yield write


@contextmanager
def _csv(draft: Path, heading: list[str], mark: str) -> Iterator[Writer]:
    """Texts are quoted and numbers are not: a reader that cares can tell 12.10 the region from 12.1 the number."""
    with draft.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_NONNUMERIC)
        writer.writerow(heading)
        yield writer.writerow


@contextmanager
def _xlsx(draft: Path, heading: list[str], mark: str) -> Iterator[Writer]:
    import openpyxl

    book = openpyxl.Workbook(write_only=True)
    book.properties.identifier = book.properties.keywords = mark
    book.properties.creator = "simpul export"
    sheet = book.create_sheet("export")
    sheet.append(heading)
    rows = 0

    def write(cells: Iterable[Any]) -> None:
        nonlocal rows
        rows += 1
        if rows > _SHEET_ROWS:
            raise SimpulError(
                f"a sheet holds {_SHEET_ROWS:,} rows, and there are more",
                code="too_many_rows",
                hint="write .csv, or limit the rows with --where",
            )
        sheet.append([export_cells.for_sheet(cell) for cell in cells])

    try:
        yield write
    except BaseException:
        sheet.close()  # lets go of the part that openpyxl keeps beside the file until it is saved
        Path(sheet._writer.out).unlink(missing_ok=True)
        raise
    book.save(draft)
