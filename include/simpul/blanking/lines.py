"""Text files: a row of a person becomes a blank one, so that all below it keep their numbers."""

from __future__ import annotations

import csv
import io
import re
from bisect import bisect_right
from collections.abc import Collection, Iterator

from simpul.blanking.columns import Table
from simpul.blanking.sought import Sought
from simpul.readers.encoding import TextFacts
from simpul.readers.places import starts_of
from simpul.readers.sniff import HEAD

_STEP = 1 << 20
_BOM = b"\xef\xbb\xbf"
_END = re.compile(rb"\r*\n?\Z")
_DELIMITERS = b";,\t|"


def blank_lines(
    content: bytes,
    rows: Collection[int],
    sought: Sought,
    delimiter: str | None,
    dataset: str | None = None,
    kept: Collection[int] = (),
) -> tuple[bytes, dict[int, bytes], list[int]]:
    """The text without the rows that are named and those that are about the person.

    Args:
        content: of the file.
        rows: to blank whatever stands in them, from 1.
        sought: whom to look for.
        delimiter: by which it was read; None: the most frequent.
        dataset: as which it was recognised.
        kept: rows of somebody else, whatever they tell.

    Returns:
        The content, the rows that were not blank before with what stood in them, and rows of others out of which a
        number was taken.
    """
    encoding = _encoding(content)
    wide = encoding.startswith("utf-16")
    mark = b"" if wide or not content.startswith(_BOM) else _BOM
    text = (
        content.decode(encoding, "surrogatepass").encode("utf-8", "surrogatepass")
        if wide
        else content[len(mark) :]
    )
    is_old_mac = b"\n" not in text and b"\r" in text
    if is_old_mac:
        text = text.replace(b"\r", b"\n")
    hits = [found.start() for found in sought.pattern.finditer(text)] if sought.pattern else []
    hits += sought.coded_in(text)
    if not rows and not hits:
        return content, {}, []
    mark_of_fields = delimiter or chr(max(_DELIMITERS, key=text[:_STEP].count))
    starts = starts_of(_steps(text), mark_of_fields)
    ends = [*starts[1:], len(text)]
    wanted = {row for row in rows if 0 < row <= len(starts)}
    lines = (text[begin:end] for begin, end in zip(starts, ends, strict=True))
    encoding_of_lines = "utf-8" if wide else encoding
    table = Table(
        (_cells(line, mark_of_fields, encoding_of_lines) for line in lines), sought, dataset, is_ragged=True
    )
    told = {row for hit in hits if (row := bisect_right(starts, hit))}
    wanted |= {
        row
        for row in told - wanted - {*kept}
        if table.is_own(_cells(text[starts[row - 1] : ends[row - 1]], mark_of_fields, encoding_of_lines))
    }
    pieces: list[bytes] = []
    done, blanked, masked = 0, {}, []
    for row in sorted(wanted | told):
        begin, end = starts[row - 1], ends[row - 1]
        line = text[begin:end]
        if row in wanted:
            less = mark_of_fields.encode() * line.count(mark_of_fields.encode()) + _END.search(line)[0]  # type: ignore[index]
            if less != line:
                blanked[row] = line
        else:
            less = sought.masked(line)
            if less != line:
                masked.append(row)
        pieces += [text[done:begin], less]
        done = end
    made = b"".join([*pieces, text[done:]])
    if is_old_mac:
        made = made.replace(b"\n", b"\r")
    if wide:
        return made.decode("utf-8", "surrogatepass").encode(encoding, "surrogatepass"), blanked, masked
    return mark + made, blanked, masked


def _cells(line: bytes, delimiter: str, encoding: str) -> list[str]:
    text = line.decode(encoding, "replace")
    try:
        return next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), [])
    except csv.Error:  # a cell of more than 128 KiB: quotes that were never closed
        return text.rstrip("\r\n").split(delimiter)


def _encoding(content: bytes) -> str:
    facts = TextFacts(content[:HEAD])
    for step in _steps(content):
        facts.feed(step)
    return facts.encoding()


def _steps(content: bytes) -> Iterator[bytes]:
    for start in range(0, len(content), _STEP):
        yield content[start : start + _STEP]
