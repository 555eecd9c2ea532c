"""Listings into files, byte for byte the same every time."""

from __future__ import annotations

import csv
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

from sample.layouts import Listing

ZIP_DATE = (2024, 7, 1, 8, 0, 0)
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"
XLSX_PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{TYPES}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{TYPES}.worksheet+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
}


def write_csv(path: Path, listing: Listing, *, delimiter: str = ",", newline: str = "\n") -> None:
    """UTF-8 without BOM; quotes only where a cell needs them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=delimiter, lineterminator=newline)
        writer.writerow(listing.headers.values())
        writer.writerows(zip(*(listing.columns[column] for column in listing.headers), strict=True))


def write_table(path: Path, headers: Sequence[str], columns: Iterable[Iterable[object]]) -> None:
    """A plain CSV file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(headers)
        writer.writerows(zip(*columns, strict=True))


def write_xlsx(path: Path, listing: Listing, sheet: str) -> None:
    """One sheet: texts as inline strings, whole numbers as numbers (a spreadsheet's own form of a spoilt NIK).

    Written by hand because XLSX libraries stamp the time of writing into the file; stored, not deflated, because zlib
    builds compress to different bytes.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    workbook = (f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>'
                f'<sheet name="{escape(sheet)}" sheetId="1" r:id="rId1"/></sheets></workbook>')  # fmt: skip
    rows = zip(*(listing.columns[column] for column in listing.headers), strict=True)
    lines = [
        _row(number, cells) for number, cells in enumerate([tuple(listing.headers.values()), *rows], start=1)
    ]
    content = f'<worksheet xmlns="{MAIN}"><sheetData>{"".join(lines)}</sheetData></worksheet>'
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, part in (
            XLSX_PARTS | {"xl/workbook.xml": workbook, "xl/worksheets/sheet1.xml": content}
        ).items():
            entry = zipfile.ZipInfo(name, ZIP_DATE)
            entry.create_system = 3  # the same on every platform
            archive.writestr(entry, '<?xml version="1.0" encoding="UTF-8"?>' + part)


def _row(number: int, cells: Sequence[str | int]) -> str:
    inner = "".join(_cell(f"{chr(65 + at)}{number}", cell) for at, cell in enumerate(cells))
    return f'<row r="{number}">{inner}</row>'


def _cell(place: str, value: str | int) -> str:
    if isinstance(value, int):
        return f'<c r="{place}"><v>{value}</v></c>'
    if not value:
        return ""
    return f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'


def write_cover_letter(path: Path, facts: dict[str, object]) -> None:
    """The side file of a delivery: ``<file name>.yml``."""
    lines = [
        f"{key}: {value}" if isinstance(value, int) else f'{key}: "{value}"' for key, value in facts.items()
    ]
    path.with_name(path.name + ".yml").write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
