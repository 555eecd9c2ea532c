"""The texts that a file may be read as, and the long numbers in them: as bytes, in archives, escaped, in base64."""

from __future__ import annotations

import base64
import binascii
import io
import lzma
import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from simpul.blanking.sought import BETWEEN, FIRST
from simpul.readers.sniff import GZIP

# what follows is looked at and not taken: a number may begin among the digits that seemed to be one
_NUMBER = re.compile(rb"([1-9])%s(?=((?:%s\d){15})(?!\d))" % (FIRST, BETWEEN))
_PARTED = re.compile(BETWEEN)
_FLOAT = re.compile(rb"(?<![\d.])([1-9])\.(\d{1,15})[eE]\+?15(?!\d)")
_BASE64 = re.compile(rb"[A-Za-z0-9+/]{24,}={0,2}")
_ESCAPED = re.compile(rb"(?:\\u00[0-7][0-9a-fA-F]){6,}")
_ESCAPE = re.compile(rb"\\u00([0-7][0-9a-fA-F])")
_MOST = 4 << 30  # bytes of a member of an archive


def numbers_in(text: bytes) -> set[str]:
    """Numbers of sixteen digits, also parted, and as a spreadsheet stores large numbers."""
    pairs = (match.groups() for match in _NUMBER.finditer(text))
    found = {
        (first + (others if others.isdigit() else _PARTED.sub(b"", others))).decode()
        for first, others in pairs
    }
    return found | {(match[1] + match[2]).ljust(16, b"0").decode() for match in _FLOAT.finditer(text)}


def views(path: Path) -> Iterator[bytes]:
    """A file as it is, as other texts it may be, and what is packed into it."""
    content = path.read_bytes()
    yield from texts(content)
    for inside in packed(content):
        yield from texts(inside)


def texts(content: bytes) -> Iterator[bytes]:
    """Bytes as they are; without noughts (UTF-16); what is base64, escaped or compressed in them."""
    yield content
    if b"\0" in content[: 1 << 16]:
        yield content.replace(b"\0", b"")
    for run in _BASE64.finditer(content):
        for skip in range(4):
            part = run[0].rstrip(b"=")[skip:]
            try:
                yield base64.b64decode(part + b"=" * (-len(part) % 4))
            except binascii.Error:
                continue
    for run in _ESCAPED.finditer(content):
        yield _ESCAPE.sub(lambda found: bytes([int(found[1], 16)]), run[0])
    if content[:1] == b"\x78":
        try:
            yield zlib.decompress(content)
        except zlib.error:
            return


def packed(content: bytes) -> Iterator[bytes]:
    """The members of an archive, also of a workbook within a zip; what nobody can open is passed over."""
    if content.startswith(GZIP):
        try:
            inside = zlib.decompressobj(wbits=31).decompress(content, _MOST)
        except zlib.error:
            return
        yield inside
        yield from packed(inside)
    if not content.startswith(b"PK"):
        return
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for info in archive.infolist():
                if not info.is_dir() and not info.flag_bits & 0x1 and info.file_size <= _MOST:
                    member = archive.read(info)
                    yield member
                    yield from packed(member)
    except (
        zipfile.BadZipFile,
        zlib.error,
        lzma.LZMAError,
        OSError,
        EOFError,
        NotImplementedError,
        RuntimeError,
        ValueError,
    ):
        return
