"""Workbooks: the cells of a person's rows leave the sheet, and their texts leave the table of shared texts.

An .xlsx file is altered where the rows stand and nowhere else. Other formats (.xls, .xlsb, .ods) cannot be altered so;
they come back as .xlsx with the same sheets, cells and row numbers, without their looks.
"""

from __future__ import annotations

import html
import re
import zipfile
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import closing
from pathlib import Path

from simpul.blanking import convert, leavings
from simpul.blanking.columns import Table
from simpul.blanking.columns import texts as as_texts
from simpul.blanking.sought import Sought
from simpul.readers import guards
from simpul.readers.workbook import Workbook, parts_of

_CELL_TEXT = re.compile(rb"<(?:\w+:)?v>([^<]*)</")
_IS_SHARED = rb"\bt\s*=\s*['\"]s['\"]"
_SHARED_CELL = re.compile(rb"<(?:\w+:)?c\b[^>]*%s[^>]*>\s*<(?:\w+:)?v>(\d+)<" % _IS_SHARED)
_ITEM = re.compile(rb"<(\w+:)?si\b[^>]*?(?:/>|>.*?</(?:\w+:)?si>)", re.S)
_TEXT = re.compile(rb"<(\w+:)?(si|is)(?:\s[^>]*)?(?<!/)>(.*?)</(?:\w+:)?\2>", re.S)
_RUN = re.compile(rb"<(?:\w+:)?r>")
_SOUND = re.compile(rb"<(?:\w+:)?rPh\b.*?</(?:\w+:)?rPh>", re.S)  # how to say it
_ROW_NUMBER = re.compile(rb"\br\s*=\s*['\"](\d+)['\"]")
_TAG = re.compile(rb"<[^>]*>")
_OPENING = re.compile(rb"<(?:\w+:)?row\b[^>]*>")
_CELL = re.compile(rb"<(\w+:)?c\b([^>]*?)(?:/>|>(.*?)</(?:\w+:)?c>)", re.S)
_FORMULA = re.compile(rb"<(?:\w+:)?f\b[^>]*?(?:/>|>.*?</(?:\w+:)?f>)", re.S)
_COLUMN = re.compile(rb"\br\s*=\s*['\"]([A-Z]+)\d*['\"]")
_EXPONENT = re.compile(rb"\d\.?\d*[eE]\+?\d\d?")
_TYPE = re.compile(rb"\s+t\s*=\s*['\"](\w*)['\"]")
_PACKED_FAST = 1  # a full sheet is packed in seconds, and a third larger

Places = Mapping[str | None, Collection[int]]
"""Sheet → rows."""


def blank_book(
    source: Path,
    target: Path,
    rows: Places,
    sought: Sought,
    dataset: str | None = None,
    kept: Places | None = None,
) -> tuple[dict[tuple[str, int], bytes], list[tuple[str, int]]]:
    """Write ``target`` without the rows that are named and those that are about the person.

    Args:
        source: an .xlsx file.
        target: to write.
        rows: sheet → rows to blank whatever stands in them.
        sought: whom to look for.
        dataset: as which it was recognised.
        kept: sheet → rows of somebody else, whatever they tell.

    Returns:
        (Sheet, row) → what stood there, of rows that were not blank before; and places out of which a number was
        taken: rows of others, and parts that are no sheet (``(part, 0)``).

    Raises:
        Held: it is damaged, or a part of it unpacks to more than a table can be.
    """
    parts = parts_of(source)
    if parts is None:
        raise guards.damaged()
    guards.check_zip(source)
    blanked: dict[tuple[str, int], bytes] = {}
    masked: list[tuple[str, int]] = []
    with zipfile.ZipFile(source) as book:
        strings = next((part for kind, part in parts.shared.items() if kind.endswith("/sharedStrings")), None)
        texts = _Shared(book.read(strings) if strings else b"", sought)
        changed: dict[str, bytes] = {}
        places = {part for part, _ in parts.sheets.values()}
        gone: dict[str, list[int]] = {}
        loose: set[int] = set()  # shared texts of the rows that go
        for name, (part, _) in parts.sheets.items():
            sheet = book.read(part)
            wanted, others = set(rows.get(name, ())), set((kept or {}).get(name, ()))
            told = _spans(sheet, wanted, others, sought, texts, dataset)
            if told is None:
                _put(changed, part, sheet, sought.uncoded(sheet))
                continue
            spans, mentions = told
            for row, (start, _, end) in spans.items():
                blanked[name, row] = _row_text(sheet[start:end], texts)
                loose |= {int(index) for index in _SHARED_CELL.findall(sheet, start, end)}
            gone[part] = [*spans]
            _put(changed, part, sheet, _less(sheet, spans, mentions, sought))
            masked += [(name, row) for row in mentions]
        if strings and (loose or texts.of_person):
            sheets = (changed.get(part) or book.read(part) for part in places)
            _put(changed, strings, texts.content, _less_texts(texts, loose, sheets, sought))
        elif strings:
            _put(changed, strings, texts.content, sought.uncoded(texts.content))
        if any(gone.values()):
            changed |= _around_cells(book, places, changed, sought)
        beside = leavings.parts(book, places | ({strings} if strings else set()), gone, sought)
        # what was changed alone is beside the rows of a sheet, or a text that no cell shows
        masked += [(part, 0) for part in beside] or [
            (part, 0) for part in changed if not blanked and not masked
        ]
        if changed or beside:
            _write(book, target, changed | beside)
    return blanked, masked


def _put(changed: dict[str, bytes], part: str, before: bytes, made: bytes) -> None:
    if made != before:
        changed[part] = made


def _around_cells(
    book: zipfile.ZipFile, sheets: Iterable[str], changed: Mapping[str, bytes], sought: Sought
) -> dict[str, bytes]:
    """Part of a sheet → its content, where what stands around its cells told of the person."""
    made = {}
    for part in sheets:
        before = changed.get(part) or book.read(part)
        if (less := leavings.around_cells(before, sought)) != before:
            made[part] = less
    return made


class _Shared:
    """The table of shared texts, as it stands in its part."""

    def __init__(self, content: bytes, sought: Sought) -> None:
        self.content = content
        self._spans: list[tuple[int, int]] | None = None
        pattern = sought.pattern
        hits = [found.start() for found in pattern.finditer(content)] if pattern else []
        hits += _in_runs(content, pattern)
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
        return _as_shown(self.content[start:end])

    def without(self, indexes: Collection[int]) -> bytes:
        """Their places stay, because cells count them."""
        pieces, done = [], 0
        for index in sorted(indexes):
            start, end = self.spans[index]
            prefix = _ITEM.match(self.content, start)[1] or b""  # type: ignore[index]
            pieces += [self.content[done:start], b"<%ssi><%st/></%ssi>" % (prefix, prefix, prefix)]
            done = end
        return b"".join([*pieces, self.content[done:]])


Span = tuple[int, int, int]
"""Where the element of a row begins, where its opening tag and where the element end."""


def _spans(
    sheet: bytes, wanted: set[int], kept: set[int], sought: Sought, texts: _Shared, dataset: str | None
) -> tuple[dict[int, Span], dict[int, Span]] | None:
    """Filled rows to blank, and rows of others with a number of the person's own; None: nothing is told there."""
    places = []
    if sought.pattern:
        places += [found.start() for found in sought.pattern.finditer(sheet)]
        places += _in_runs(sheet, sought.pattern)
    if texts.of_person:
        marks = b"|".join(str(index).encode() for index in sorted(texts.of_person))
        places += [found.start() for found in re.finditer(rb"<(?:\w+:)?v>(?:%s)</" % marks, sheet)]
    if not wanted and not places:
        return None
    above = (_cells(sheet[start:end], texts) for _, (start, _, end) in _rows(sheet))
    table = Table(above, sought, dataset)
    found: dict[int, Span] = {}
    mentions: dict[int, Span] = {}
    nearest = deque(sorted(set(places)))
    for number, (start, tag_end, end) in _rows(sheet):
        while nearest and nearest[0] < start:
            nearest.popleft()
        is_hit = bool(nearest) and nearest[0] < end
        if not is_hit and number not in wanted:
            continue
        row = sheet[start:end]
        is_filled = b"<" in sheet[tag_end : sheet.rfind(b"<", tag_end, end)]
        if not is_filled:
            continue
        if number in wanted or (number not in kept and table.is_own(_cells(row, texts))):
            found[number] = start, tag_end, end
        elif sought.own_pattern and sought.own_pattern.search(_row_text(row, texts)):
            mentions[number] = start, tag_end, end
    return found, mentions


def _less(sheet: bytes, gone: dict[int, Span], mentions: dict[int, Span], sought: Sought) -> bytes:
    pieces: list[bytes] = []
    done = 0
    for row, (start, tag_end, end) in sorted((gone | mentions).items(), key=lambda one: one[1]):
        if row in gone:
            pieces += [sheet[done:start], sheet[start:tag_end].rstrip(b">").rstrip(b"/") + b"/>"]
        else:
            pieces += [sheet[done:start], _as_texts(sheet[start:end], sought)]
        done = end
    return _masked(b"".join([*pieces, sheet[done:]]), sought)


def _as_shown(element: bytes) -> bytes:
    """A text as a cell shows it, whose runs may look different."""
    return _TAG.sub(b"", _SOUND.sub(b"", element))


def _in_runs(content: bytes, pattern: re.Pattern[bytes] | None) -> list[int]:
    """Where a text stands that holds a number though none of its runs does."""
    if pattern is None or not _RUN.search(content):
        return []
    texts = (found for found in _TEXT.finditer(content) if _RUN.search(found[3]))
    return [found.start() for found in texts if pattern.search(_as_shown(found[3]))]


def _masked(content: bytes, sought: Sought) -> bytes:
    """Without the person's own numbers; a text that held one of them in several runs has one run."""

    def told(found: re.Match[bytes]) -> bytes:
        shown = _as_shown(found[3])
        if not _RUN.search(found[3]) or (less := sought.masked(shown)) == shown:
            return found[0]
        p, kind = found[1] or b"", found[2]
        return b"<%s%s><%st>%s</%st></%s%s>" % (p, kind, p, less, p, p, kind)

    if _in_runs(content, sought.own_pattern):
        content = _TEXT.sub(told, content)
    return sought.masked(content)


def _rows(sheet: bytes) -> Iterator[tuple[int, Span]]:
    number = 0
    for tag in _OPENING.finditer(sheet):
        told = _ROW_NUMBER.search(tag[0])
        number = int(told[1]) if told else number + 1
        if not tag[0].endswith(b"/>"):
            close = sheet.find(b"row>", tag.end())
            yield number, (tag.start(), tag.end(), len(sheet) if close < 0 else close + 4)


def _cells(row: bytes, texts: _Shared) -> list[str]:
    """Texts of a row by position."""
    found: dict[int, str] = {}
    position = -1
    for cell in _CELL.finditer(row):
        told = _COLUMN.search(cell[2])
        position = _position(told[1]) if told else position + 1
        inside = _FORMULA.sub(b"", cell[3] or b"")
        value = _as_shown(inside)
        kind = _TYPE.search(cell[2])
        if kind and kind[1] == b"s" and value.strip().isdigit():
            value = texts.text(int(value))
        text = html.unescape(value.decode("utf-8", "replace")).strip()
        if not kind and _EXPONENT.fullmatch(value):
            text = f"{float(text):.0f}"
        found[position] = text
    return [found.get(n, "") for n in range(max(found, default=-1) + 1)]


def _position(name: bytes) -> int:
    number = 0
    for byte in name:
        number = number * 26 + byte - 64
    return number - 1


def _as_texts(row: bytes, sought: Sought) -> bytes:
    """Cells that hold a number of the person's own become texts without a formula: what masks it is no number."""

    def told(cell: re.Match[bytes]) -> bytes:
        prefix, attributes, inside = cell[1] or b"", cell[2], cell[3]
        if not inside or not sought.own_pattern or not sought.own_pattern.search(inside):
            return cell[0]
        kind = _TYPE.search(attributes)
        if not kind or kind[1] != b"inlineStr":
            attributes = _TYPE.sub(b"", attributes) + b' t="str"'
        return b"<%sc%s>%s</%sc>" % (prefix, attributes, _FORMULA.sub(b"", inside), prefix)

    return _CELL.sub(told, row)


def _row_text(row: bytes, texts: _Shared) -> bytes:
    shared = [texts.text(int(index)) for index in _SHARED_CELL.findall(row)]
    inline = [_as_shown(found[3]) for found in _TEXT.finditer(row)]
    return b" | ".join([*shared, *inline, *_CELL_TEXT.findall(row), _TAG.sub(b" | ", row)])


def _less_texts(texts: _Shared, loose: set[int], sheets: Iterable[bytes], sought: Sought) -> bytes:
    """The table of shared texts without those that no row uses any more, and without the person's own numbers."""
    for sheet in sheets:
        if loose:
            loose -= _still_used(sheet, loose)
    return _masked(texts.without(loose), sought)


def _still_used(sheet: bytes, indexes: set[int]) -> set[int]:
    marks = b"|".join(str(index).encode() for index in sorted(indexes))
    pattern = re.compile(rb"<(?:\w+:)?c\b[^>]*%s[^>]*>\s*<(?:\w+:)?v>(%s)</" % (_IS_SHARED, marks))
    return {int(found) for found in pattern.findall(sheet)}


def _write(book: zipfile.ZipFile, target: Path, changed: Mapping[str, bytes]) -> None:
    target.touch(0o600)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=_PACKED_FAST) as made:
        for info in book.infolist():
            content = changed[info.filename] if info.filename in changed else book.read(info)
            told = zipfile.ZipInfo(info.filename, info.date_time)
            told.compress_type, told.external_attr = zipfile.ZIP_DEFLATED, info.external_attr
            made.writestr(told, content)


def convert_book(
    source: Path,
    target: Path,
    rows: Places,
    sought: Sought,
    dataset: str | None = None,
    kept: Places | None = None,
) -> tuple[dict[tuple[str, int], bytes], list[tuple[str, int]]]:
    """As `blank_book`, of a workbook that can only be read; ``target`` is an .xlsx file with the same cells.

    Raises:
        Held: it cannot be read.
    """
    from python_calamine import CalamineError, CalamineWorkbook

    with closing(Workbook(source)) as opened:
        names = dict(opened.sheets)
    blanked: dict[tuple[str, int], bytes] = {}
    masked: list[tuple[str, int]] = []
    try:
        with closing(CalamineWorkbook.from_path(str(source))) as book:
            for name in book.sheet_names:
                whole = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
                table = Table(map(as_texts, whole), sought, dataset)
                wanted, others = set(rows.get(name, ())), set((kept or {}).get(name, ()))
                for number, cells in enumerate(whole, 1):
                    if not any(cell not in ("", None) for cell in cells):
                        continue
                    told = as_texts(cells)
                    text = " | ".join(told).encode("utf-8", "replace")
                    is_told = bool(sought.pattern and sought.pattern.search(text))
                    if number in wanted or (is_told and number not in others and table.is_own(told)):
                        blanked[name, number] = text
                    elif is_told and sought.masked(text) != text:
                        masked.append((name, number))
            if blanked or masked:
                convert.write(book, names, target, blanked.keys(), {*masked}, sought)
    except CalamineError:  # its own words may quote a cell
        raise guards.damaged() from None
    return blanked, masked
