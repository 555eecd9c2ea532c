"""Workbooks: the cells of a person's rows leave the sheet, and their texts leave the table of shared texts.

An .xlsx file is altered where the rows stand and nowhere else. Other formats (.xls, .xlsb, .ods) cannot be altered so;
they come back as .xlsx with the same sheets, cells and row numbers, without their looks.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Collection, Mapping
from contextlib import closing
from pathlib import Path

from simpul.blanking.sought import Sought
from simpul.readers import guards
from simpul.readers.workbook import Workbook, parts_of

_CELL_TEXT = re.compile(rb"<(?:\w+:)?v>([^<]*)</")
_SHARED_CELL = re.compile(rb'<(?:\w+:)?c\b[^>]*\bt="s"[^>]*>\s*<(?:\w+:)?v>(\d+)<')
_ITEM = re.compile(rb"<(\w+:)?si\b[^>]*?(?:/>|>.*?</(?:\w+:)?si>)", re.S)
_ROW_NUMBER = re.compile(rb'\br="(\d+)"')
_TAG = re.compile(rb"<[^>]*>")
_PACKED_FAST = 1  # a full sheet is packed in seconds, and a third larger


def blank_book(
    source: Path, target: Path, rows: Mapping[str | None, Collection[int]], sought: Sought
) -> dict[tuple[str, int], bytes]:
    """Write ``target`` without the rows that are named and those that are about the person.

    Args:
        source: an .xlsx file.
        target: to write.
        rows: sheet → rows to blank whatever stands in them.
        sought: whom to look for.

    Returns:
        (Sheet, row) → what stood there, of rows that were not blank before; ``("", n)`` for other parts (comments,
        caches of pivot tables) out of which a number was taken.

    Raises:
        Held: it is damaged, or a part of it unpacks to more than a table can be.
    """
    parts = parts_of(source)
    if parts is None:
        raise guards.damaged()
    guards.check_zip(source)
    blanked: dict[tuple[str, int], bytes] = {}
    with zipfile.ZipFile(source) as book:
        strings = next((part for kind, part in parts.shared.items() if kind.endswith("/sharedStrings")), None)
        texts = _Shared(book.read(strings) if strings else b"", sought)
        changed: dict[str, bytes] = {}
        loose: set[int] = set()  # shared texts of the rows that go
        for name, (part, _) in parts.sheets.items():
            sheet = book.read(part)
            spans = _spans(sheet, set(rows.get(name, ())), sought, texts)
            if not spans:
                continue
            for row, (start, _, end) in spans.items():
                blanked[name, row] = _row_text(sheet[start:end], texts)
            pieces: list[bytes] = []
            done = 0
            for start, tag_end, end in sorted(spans.values()):
                loose |= {int(index) for index in _SHARED_CELL.findall(sheet, start, end)}
                pieces += [sheet[done:start], sheet[start:tag_end].rstrip(b">").rstrip(b"/") + b"/>"]
                done = end
            changed[part] = b"".join([*pieces, sheet[done:]])
        if loose and strings:
            for part, _ in parts.sheets.values():
                loose -= _still_used(changed.get(part) or book.read(part), loose)
            changed[strings] = texts.without(loose)
        others = _other_parts(book, {*changed, *(part for part, _ in parts.sheets.values())}, sought)
        blanked |= {("", -number): b"" for number, _ in enumerate(others, 1)}
        if blanked:
            _write(book, target, changed | others)
    return blanked


class _Shared:
    """The table of shared texts, as it stands in its part."""

    def __init__(self, content: bytes, sought: Sought) -> None:
        self.content = content
        self._spans: list[tuple[int, int]] | None = None
        pattern = sought.pattern
        hits = [found.start() for found in pattern.finditer(content)] if pattern else []
        self.of_person = {index for hit in hits if (index := self._index_at(hit)) is not None}

    @property
    def spans(self) -> list[tuple[int, int]]:
        if self._spans is None:
            self._spans = [found.span() for found in _ITEM.finditer(self.content)]
        return self._spans

    def _index_at(self, place: int) -> int | None:
        return next((index for index, (start, end) in enumerate(self.spans) if start <= place < end), None)

    def text(self, index: int) -> bytes:
        start, end = self.spans[index]
        return _TAG.sub(b" ", self.content[start:end])

    def without(self, indexes: Collection[int]) -> bytes:
        """Their places stay, because cells count them."""
        pieces, done = [], 0
        for index in sorted(indexes):
            start, end = self.spans[index]
            prefix = _ITEM.match(self.content, start)[1] or b""  # type: ignore[index]
            pieces += [self.content[done:start], b"<%ssi><%st/></%ssi>" % (prefix, prefix, prefix)]
            done = end
        return b"".join([*pieces, self.content[done:]])


def _spans(sheet: bytes, wanted: set[int], sought: Sought, texts: _Shared) -> dict[int, tuple[int, int, int]]:
    """Row → where its element begins, where its opening tag and where the element end; of filled rows only."""
    opening = re.compile(rb"<(?:\w+:)?row\b[^>]*>")
    places = []
    if sought.pattern:
        places += [found.start() for found in sought.pattern.finditer(sheet)]
    if texts.of_person:
        marks = b"|".join(str(index).encode() for index in sorted(texts.of_person))
        places += [found.start() for found in re.finditer(rb"<(?:\w+:)?v>(?:%s)</" % marks, sheet)]
    if not wanted and not places:
        return {}
    found: dict[int, tuple[int, int, int]] = {}
    number, nearest = 0, sorted(set(places))
    for tag in opening.finditer(sheet):
        told = _ROW_NUMBER.search(tag[0])
        number = int(told[1]) if told else number + 1
        if tag[0].endswith(b"/>"):
            continue
        close = sheet.find(b"row>", tag.end())
        end = len(sheet) if close < 0 else close + 4
        while nearest and nearest[0] < tag.start():
            nearest.pop(0)
        is_hit = bool(nearest) and nearest[0] < end
        is_filled = b"<" in sheet[tag.end() : sheet.rfind(b"<", tag.end(), end)]
        is_meant = number in wanted or (is_hit and sought.is_in(_row_text(sheet[tag.start() : end], texts)))
        if is_filled and is_meant:
            found[number] = (tag.start(), tag.end(), end)
    return found


def _row_text(row: bytes, texts: _Shared) -> bytes:
    shared = [texts.text(int(index)) for index in _SHARED_CELL.findall(row)]
    return b" | ".join([*shared, *_CELL_TEXT.findall(row), _TAG.sub(b" | ", row)])


def _still_used(sheet: bytes, indexes: set[int]) -> set[int]:
    marks = b"|".join(str(index).encode() for index in sorted(indexes))
    pattern = re.compile(rb'<(?:\w+:)?c\b[^>]*\bt="s"[^>]*>\s*<(?:\w+:)?v>(%s)</' % marks)
    return {int(found) for found in pattern.findall(sheet)}


def _other_parts(book: zipfile.ZipFile, known: set[str], sought: Sought) -> dict[str, bytes]:
    """Parts that are no sheet out of which a number of the person's own is taken."""
    if sought.own_pattern is None:
        return {}
    altered = {}
    for name in book.namelist():
        if name not in known:
            content = book.read(name)
            less = sought.own_pattern.sub(b"", content)
            if less != content:
                altered[name] = less
    return altered


def _write(book: zipfile.ZipFile, target: Path, changed: Mapping[str, bytes]) -> None:
    target.touch(0o600)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=_PACKED_FAST) as made:
        for info in book.infolist():
            content = changed[info.filename] if info.filename in changed else book.read(info)
            told = zipfile.ZipInfo(info.filename, info.date_time)
            told.compress_type, told.external_attr = zipfile.ZIP_DEFLATED, info.external_attr
            made.writestr(told, content)


def convert_book(
    source: Path, target: Path, rows: Mapping[str | None, Collection[int]], sought: Sought
) -> dict[tuple[str, int], bytes]:
    """As `blank_book`, of a workbook that can only be read; ``target`` is an .xlsx file with the same cells.

    Raises:
        Held: it cannot be read.
    """
    import openpyxl
    from python_calamine import CalamineWorkbook

    blanked: dict[tuple[str, int], bytes] = {}
    made = openpyxl.Workbook(write_only=True)
    with closing(Workbook(source)) as opened:
        names = dict(opened.sheets)
    with closing(CalamineWorkbook.from_path(str(source))) as book:
        for name in book.sheet_names:
            sheet = made.create_sheet(name)
            if names.get(name):
                sheet.sheet_state = "hidden"
            wanted = set(rows.get(name, ()))
            whole = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
            for number, cells in enumerate(whole, 1):
                is_filled = any(cell not in ("", None) for cell in cells)
                if is_filled and (number in wanted or sought.is_in(_cells_text(cells))):
                    blanked[name, number] = _cells_text(cells)
                    cells = []
                sheet.append([None if cell == "" else cell for cell in cells])
    target.touch(0o600)
    made.save(target)
    return blanked


def _cells_text(cells: Collection[object]) -> bytes:
    told = [f"{cell:.0f}" if isinstance(cell, float) else str(cell) for cell in cells]
    return " | ".join(told).encode("utf-8", "replace")
