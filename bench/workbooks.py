"""One large clean delivery as a workbook, written as Excel writes it: every text once, in the table of shared texts."""

from __future__ import annotations

import csv
import tempfile
import zipfile
from itertools import islice
from pathlib import Path
from xml.sax.saxutils import escape

from bench.files import HEADINGS, NAME, write_delivery

WORKBOOK = Path(NAME).with_suffix(".xlsx").name
FULL_SHEET = 1_048_576
"""Rows of a sheet that holds no more, the heading included."""
_SPACE = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_KIND}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_KIND}.worksheet+xml"/>'
    f'<Override PartName="/xl/sharedStrings.xml" ContentType="{_KIND}.sharedStrings+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1"'
    f' Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook {_SPACE} xmlns:r="{_OFFICE}"><sheets>'
    '<sheet name="Data" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="rId2" Type="{_OFFICE}/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
}
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_STEP = 10_000


def write_workbook(path: Path, rows: int) -> int:
    """Write ``rows`` records as one sheet below a heading, always the same; returns the size in bytes.

    A tenth of the cells hold a text that no other cell holds (numbers of persons and families), as in a list of people.
    """
    letters = [chr(65 + n) for n in range(len(HEADINGS))]
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        text = Path(folder, NAME)
        write_delivery(text, rows)
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            for name, content in _PARTS.items():
                archive.writestr(name, _HEAD + content)
            numbers: dict[str, int] = {}
            with (
                text.open(encoding="ascii", newline="") as lines,
                archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet,
            ):
                sheet.write(f"{_HEAD}<worksheet {_SPACE}><sheetData>".encode())
                records = enumerate(csv.reader(lines, delimiter=";"), 1)
                while batch := list(islice(records, _STEP)):
                    sheet.write(
                        "".join(_row(number, cells, letters, numbers) for number, cells in batch).encode()
                    )
                sheet.write(b"</sheetData></worksheet>")
            with archive.open("xl/sharedStrings.xml", "w", force_zip64=True) as shared:
                shared.write(f'{_HEAD}<sst {_SPACE} uniqueCount="{len(numbers)}">'.encode())
                known = iter(numbers)
                while some := list(islice(known, _STEP)):
                    shared.write("".join(f"<si><t>{escape(value)}</t></si>" for value in some).encode())
                shared.write(b"</sst>")
    return path.stat().st_size


def _row(number: int, cells: list[str], letters: list[str], numbers: dict[str, int]) -> str:
    filled = "".join(
        f'<c r="{letter}{number}" t="s"><v>{numbers.setdefault(cell, len(numbers))}</v></c>'
        for letter, cell in zip(letters, cells, strict=True)
        if cell
    )
    return f'<row r="{number}" spans="1:{len(letters)}">{filled}</row>'
