"""Whether a file looks as if its writer had finished: over a slow share a copy may be quiet for a while."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

from simpul.readers.sniff import is_container

PATIENCE = 15
"""A file that does not look whole is taken after so many times `settle_seconds` (30 s by default) without a change."""
_SMALL = 64 << 10  # such a file travels in one piece; many tables of BPS have no line end at their end
_TAIL = 8 << 10
_OLE_SECTOR = 512
_DELIMITERS = (b",", b";", b"\t", b"|")
_UNWRITTEN = bytes(64)  # some systems set the size of a copy before they write it
_LINE_END = re.compile(rb"\r\n?|\n")


def looks_whole(path: Path, size: int) -> bool:
    """Whether nothing shows that ``path`` is still being written. Reads its first and last bytes only.

    - A zip archive (.xlsx) ends with its index, an old workbook with a whole sector.
    - A text ends with a line end. A small one may not, when its last line has as many fields as the one before.
    """
    if size == 0:
        return False
    with path.open("rb") as file:
        head = file.read(8)
        file.seek(max(size - _TAIL, 0))
        tail = file.read(_TAIL)
    if is_container(head):
        return zipfile.is_zipfile(path) if head.startswith(b"PK") else size % _OLE_SECTOR == 0
    if tail.endswith(_UNWRITTEN):
        return False
    text = tail.replace(b"\0", b"").rstrip(b" \t\x1a")  # UTF-16 has a zero in every second byte
    lines = _LINE_END.split(text)
    if not lines[-1]:
        return True
    if size > _SMALL or len(lines) < 2:
        return size <= _SMALL
    delimiter = max(_DELIMITERS, key=lines[-2].count)
    return lines[-1].count(delimiter) >= lines[-2].count(delimiter)
