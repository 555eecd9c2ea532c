"""The pack for reckoning: a sheet per chapter, real numbers with their formats, nothing that a spreadsheet runs."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Iterable
from decimal import Decimal
from math import ceil
from typing import Any

from simpul.pack.model import Document, Kind, Picture, Table
from simpul.pack.pages import PROOF, numbered
from simpul.pack.words import plain, told
from simpul.trust.export_cells import for_sheet, guard

_FORMATS: dict[Kind, str] = {
    "count": "#,##0",
    "percent": "0.00",
    "points": "+0.00;-0.00;0.00",
    "index": "0.00",
    "as_printed": "#,##0",  # and as many decimals as it has
    "date": "[$-421]d mmmm yyyy",
}
_NARROW, _WIDE = 11, 32  # letters of a column
_LEAST = 6  # columns that a long text reaches over
_LINE = 13.5  # points
_ROW = 15.0
_IN_SIGHT = 12 * _ROW  # that much of a window may stand still while the rest is scrolled
_PIXELS = 640
_PAGE = (210 / 25.4 - 2) / (
    297 / 25.4 - 1.5
)  # height of a printed page by its width, within the margins of a sheet
_EPOCH = (1980, 1, 1, 0, 0, 0)


def written(view: dict[str, Any], document: Document) -> bytes:
    """XLSX."""
    import openpyxl
    from openpyxl.workbook.properties import CalcProperties

    book = openpyxl.Workbook()
    book.remove(book.active)
    book.calculation = CalcProperties(fullCalcOnLoad=False)
    _cover(book.create_sheet("Sampul"), view)
    for chapter, told_chapter in zip(document.chapters, view["chapters"], strict=True):
        sheet = _Sheet(
            book.create_sheet(f"{told_chapter['number']} {chapter.short}"), view, told_chapter["blocks"]
        )
        sheet.title(f"{told_chapter['number']} {chapter.title}")
        for block, told_block in zip(chapter.blocks, told_chapter["blocks"], strict=True):
            match block:
                case Table():
                    sheet.table(block, told_block)
                case Picture():
                    sheet.picture(told_block)
                case _:
                    sheet.text(told_block)
        sheet.freeze()
    _list(book, view, "Sumber", "Lampiran A Berkas sumber", {
        "No": "code", "Berkas": "name", "Kumpulan data": "dataset", "sha256": "sha256", "Pengirim": "sender",
        "Diterima": "received", "Gerbang masuk": "gate", "Pengecualian": "waivers", "Arsip": "archive",
    }, view["sources"], (6, 44, 36, 15, 22, 18, 34, 22, 10))  # fmt: skip
    if view["sets"]:
        _list(book, view, "Daftar", "Lampiran A Daftar berkas", {
            "Daftar": "name", "Jumlah berkas": "count", "Berkas": "files",
        }, view["sets"], (18, 14, 110))  # fmt: skip
    _list(book, view, "Bukti", "Lampiran B Bukti setiap angka", {
        "No": "number", "Perintah": "call", "Berkas dan baris": "files",
    }, view["proofs"], (6, 110, 40))  # fmt: skip
    return _settled(book, document)


class _Sheet:
    """A chapter, from the top down."""

    def __init__(self, sheet: Any, view: dict[str, Any], blocks: list[dict[str, Any]]) -> None:
        from openpyxl.utils import get_column_letter

        self.sheet, self.row, self.top = sheet, 1, 1
        self.headings: list[int] = []
        self.widths = _widths(blocks)
        _set_up(sheet, view)
        for place, width in enumerate(self.widths, start=1):
            sheet.column_dimensions[get_column_letter(place)].width = width

    def title(self, text: str) -> None:
        self._line(text, size=15, bold=True, colour="0B5394")
        self.row += 1

    def text(self, block: dict[str, Any]) -> None:
        if block["kind"] == "part":
            self.row += 1
            self._line(f"{block['number']} {block['text']}", size=12, bold=True, colour="0B5394")
        else:
            is_missing = block["kind"] == "missing"
            self._line(block["text"], colour="8A4B00" if is_missing else None, is_long=True)

    def picture(self, block: dict[str, Any]) -> None:
        from openpyxl.drawing.image import Image

        image = Image(io.BytesIO(block["png"]))
        image.width, image.height = _PIXELS, int(image.height * _PIXELS / image.width)
        self._turn_page()
        self._line(f"{block['name']}. {block['title']}", bold=True)
        self.sheet.add_image(image, f"A{self.row}")
        self.row += image.height // 20 + 2
        self._below(block, f"Bukti {block['proofs']}. ")

    def table(self, table: Table, block: dict[str, Any]) -> None:
        from openpyxl.styles import Alignment, Border, Font, PatternFill, Side

        self._line(f"{block['name']}. {block['title']}", bold=True)
        self.headings.append(self.row)
        headings = [column.heading for column in table.columns]
        if table.proofs:
            headings.append(PROOF)
        for place, heading in enumerate(headings, start=1):
            cell = self.sheet.cell(self.row, place, guard(heading))
            cell.font, cell.fill = Font(bold=True), PatternFill("solid", fgColor="EAF1F8")
            cell.alignment = Alignment(wrap_text=True, vertical="bottom")
            cell.border = Border(bottom=Side(style="medium", color="0B5394"))
        self._grow(headings, 1.15)
        self.row += 1
        for row, told_cells in zip(table.rows, block["rows"], strict=True):
            for place, (column, value) in enumerate(zip(table.columns, row.cells, strict=True), start=1):
                self._put(self.sheet.cell(self.row, place), column.kind, value)
            if table.proofs:
                self._put(self.sheet.cell(self.row, len(headings)), "text", numbered(row.proofs))
            self._grow([cell["text"] for cell in told_cells])
            self.row += 1
        self._below(block, "")

    def freeze(self) -> None:
        """What stays in sight: the headings of the only table; of several, which stand below each other, the title."""
        above = sum(
            self.sheet.row_dimensions[row].height or _ROW for row in range(1, (self.headings or [1])[0] + 1)
        )
        is_one = len(self.headings) == 1 and above <= _IN_SIGHT
        self.sheet.freeze_panes = f"A{self.headings[0] + 1 if is_one else 2}"

    def _turn_page(self) -> None:
        """Begin a printed page before a picture, which the end of a page would cut; not where one has just begun."""
        from openpyxl.worksheet.pagebreak import Break

        page = _PAGE * 0.75 * sum(7 * width + 5 for width in self.widths)  # a letter is 7 pixels wide
        if (
            sum(self.sheet.row_dimensions[row].height or _ROW for row in range(self.top, self.row))
            > 0.3 * page
        ):
            self.sheet.row_breaks.append(Break(id=self.row - 1))
            self.top = self.row

    def _grow(self, texts: list[str], factor: float = 1.0) -> None:
        self.sheet.row_dimensions[self.row].height = _height(texts, self.widths, factor)

    def _put(self, cell: Any, kind: Kind, value: Any) -> None:
        from openpyxl.styles import Alignment, Font

        is_number = isinstance(value, int | float | Decimal) and not isinstance(value, bool)
        if (kind in _FORMATS and is_number) or (kind == "date" and isinstance(value, dt.date)):
            cell.value = for_sheet(value)
            cell.number_format = _FORMATS[kind]
            if kind == "as_printed" and (digits := -int(Decimal(str(value)).as_tuple().exponent)) > 0:
                cell.number_format += "." + "0" * digits
            cell.alignment = Alignment(horizontal="right", vertical="top", indent=1)
            return
        text = told(kind, value)
        cell.value, cell.data_type = for_sheet(guard(text)), "s"
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        if text != plain(value) and not isinstance(value, bool):
            cell.font = Font(italic=True, color="8A4B00")

    def _below(self, block: dict[str, Any], before: str) -> None:
        if block["note"]:
            self._line(block["note"], size=9, colour="555555", is_long=True)
        lines = [f"{before if n == 0 else ''}{line}" for n, line in enumerate(block["sources"])]
        for line in lines:
            self._line(line, size=8, colour="555555", is_long=True)
        self.row += 1

    def _line(self, text: str, *, size: int = 10, bold: bool = False, colour: str | None = None,
              is_long: bool = False) -> None:  # fmt: skip
        from openpyxl.styles import Alignment, Font

        cell = self.sheet.cell(self.row, 1)
        cell.value, cell.data_type = for_sheet(guard(text)), "s"
        cell.font = Font(size=size, bold=bold, color=colour)
        self.sheet.merge_cells(
            start_row=self.row, start_column=1, end_row=self.row, end_column=len(self.widths)
        )
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        if is_long:  # a merged cell does not grow with its text
            lines = ceil(len(text) * size / 10 / sum(self.widths))
            self.sheet.row_dimensions[self.row].height = 1.35 * size * lines + 2
        self.row += 1


def _height(texts: Iterable[str], widths: Iterable[float], factor: float = 1.0) -> float:
    """Of a row with its longest cell: not every program does this by itself when it opens a file."""
    lines = max(ceil(len(text) * factor / (width - 1)) for text, width in zip(texts, widths, strict=False))
    return _LINE * max(1, lines) + 2


def _widths(blocks: list[dict[str, Any]]) -> list[float]:
    """Of the columns of a sheet: its tables stand below each other and share them."""
    widths = [float(_NARROW)] * _LEAST
    for block in blocks:
        if block["kind"] == "table":
            cells = [[cell["text"] for cell in row] for row in block["rows"]]
            words = [max(column["heading"].split(), key=len) for column in block["columns"]]
            for place, texts in enumerate(zip(words, *cells, strict=True)):
                longest = max(len(text) for text in texts)
                widths += [float(_NARROW)] * (place + 1 - len(widths))
                widths[place] = max(widths[place], min(_WIDE, 1.1 * longest + 2))
    return widths


def _cover(sheet: Any, view: dict[str, Any]) -> None:
    from openpyxl.styles import Alignment, Font

    _set_up(sheet, view)
    sheet.column_dimensions["A"].width = 100
    for number, (text, size, bold) in enumerate(
        (
            (view["subtitle"], 12, False), (view["title"], 18, True),
            (f"{view['region']} ({view['region_code']})", 16, True),
            (f"Tahun {view['year']}", 14, False), (view["release"], 10, False),
            (f"Bahan rilis dibuka {view['made']}", 10, False),
            ("Tanpa nama, NIK, atau alamat siapa pun.", 9, False),
            (view["internal"], 9, True),
            ("Tulisan miring: angkanya belum ada atau ditahan. Nomor “Bukti”: lembar Bukti.", 9, False),
        ),
        start=2,
    ):  # fmt: skip
        cell = sheet.cell(number, 1)
        cell.value, cell.data_type = guard(text), "s"
        cell.font, cell.alignment = Font(size=size, bold=bold), Alignment(wrap_text=True, vertical="top")
        sheet.row_dimensions[number].height = 1.6 * size * -(-len(text) * size // 1000)


def _list(book: Any, view: dict[str, Any], name: str, title: str, columns: dict[str, str], rows: list[dict[str, Any]],
          widths: tuple[int, ...]) -> None:  # fmt: skip
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter

    sheet = book.create_sheet(name)
    _set_up(sheet, view)
    sheet["A1"], sheet["A1"].font = title, Font(size=15, bold=True, color="0B5394")
    for place, (heading, width) in enumerate(zip(columns, widths, strict=True), start=1):
        cell = sheet.cell(2, place, heading)
        cell.font, cell.fill = Font(bold=True), PatternFill("solid", fgColor="EAF1F8")
        sheet.column_dimensions[get_column_letter(place)].width = width
    for number, row in enumerate(rows, start=3):
        for place, key in enumerate(columns.values(), start=1):
            cell = sheet.cell(number, place)
            cell.value, cell.data_type = for_sheet(guard(row[key])), "s"
            cell.alignment = Alignment(wrap_text=True, vertical="top")
        sheet.row_dimensions[number].height = _height((row[key] for key in columns.values()), widths)
    sheet.freeze_panes = "A3"
    sheet.print_title_rows = "2:2"


def _set_up(sheet: Any, view: dict[str, Any]) -> None:
    """A4 across, as wide as one page, with page numbers."""
    sheet.page_setup.paperSize, sheet.page_setup.orientation = sheet.PAPERSIZE_A4, "landscape"
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.sheet_view.showGridLines = False
    sheet.sheet_format.defaultRowHeight, sheet.sheet_format.customHeight = _ROW, True
    sheet.oddFooter.left.text = f"{view['region']} {view['year']}, {view['release']}".replace("&", "&&")
    sheet.oddFooter.right.text = "Halaman &P dari &N"


def _settled(book: Any, document: Document) -> bytes:
    """The file, with every time in it that of the release: the same release gives the same bytes."""
    from openpyxl.writer.excel import ExcelWriter

    book.properties.creator = "Simpul"
    book.properties.title = f"LP2KD {document.region} {document.year}"
    made = document.made_at.replace(tzinfo=None, microsecond=0)
    book.properties.created = made
    draft = io.BytesIO()
    with zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED) as archive:
        ExcelWriter(book, archive).save()
    now = book.properties.modified.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    told_time = made.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    settled = io.BytesIO()
    with zipfile.ZipFile(draft) as before, zipfile.ZipFile(settled, "w", zipfile.ZIP_DEFLATED) as after:
        for entry in before.infolist():
            content = before.read(entry)
            if entry.filename == "docProps/core.xml":
                content = content.replace(now, told_time)
            fixed = zipfile.ZipInfo(entry.filename, _EPOCH)
            fixed.compress_type = zipfile.ZIP_DEFLATED
            after.writestr(fixed, content)
    return settled.getvalue()
