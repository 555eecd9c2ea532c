"""Workbooks in the formats that no library of ours writes, as small as they can be: one sheet of texts and numbers."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Sequence

Rows = Sequence[Sequence[str | float]]
_SECTOR = 512


# ---------------------------------------------------------------------------------------------------------------- .ods
def ods(rows: Rows) -> bytes:
    """OpenDocument."""
    lines = "".join(f"<table:table-row>{''.join(map(_ods_cell, row))}</table:table-row>" for row in rows)
    spaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "table", "text")
    )
    content = (
        f'<?xml version="1.0"?><office:document-content {spaces}><office:body><office:spreadsheet>'
        f'<table:table table:name="Data">{lines}</table:table></office:spreadsheet></office:body>'
        "</office:document-content>"
    )
    manifest = '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
    return _zip(
        {
            "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
            "content.xml": content,
            "META-INF/manifest.xml": manifest,
        }
    )


def _ods_cell(value: str | float) -> str:
    if isinstance(value, str):
        return f'<table:table-cell office:value-type="string"><text:p>{value}</text:p></table:table-cell>'
    return f'<table:table-cell office:value-type="float" office:value="{value}"/>'


# --------------------------------------------------------------------------------------------------------------- .xlsb
def xlsb(rows: Rows) -> bytes:
    """Excel's binary workbook (MS-XLSB): parts of records, each a number, a length and its bytes."""
    sheet = _bin(0x81) + _bin(0x94, struct.pack("<4I", 0, len(rows) - 1, 0, len(rows[0]) - 1)) + _bin(0x91)
    for number, row in enumerate(rows):
        sheet += _bin(0x00, struct.pack("<I", number) + bytes(13))
        for position, value in enumerate(row):
            place = struct.pack("<II", position, 0)
            if isinstance(value, str):
                sheet += _bin(0x06, place + _wide(value))
            else:
                sheet += _bin(0x05, place + struct.pack("<d", value))
    sheet += _bin(0x92) + _bin(0x82)
    bundle = struct.pack("<II", 0, 1) + _wide("rId1") + _wide("Data")
    book = _bin(0x83) + _bin(0x8F) + _bin(0x9C, bundle) + _bin(0x90) + _bin(0x84)
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006/relationships"

    def relation(kind: str, target: str) -> str:
        return (
            f'<Relationships xmlns="{package}"><Relationship Id="rId1" Type="{office}/{kind}"'
            f' Target="{target}"/></Relationships>'
        )

    return _zip(
        {
            "_rels/.rels": relation("officeDocument", "xl/workbook.bin"),
            "xl/workbook.bin": book,
            "xl/_rels/workbook.bin.rels": relation("worksheet", "worksheets/sheet1.bin"),
            "xl/worksheets/sheet1.bin": sheet,
        }
    )


def _bin(kind: int, content: bytes = b"") -> bytes:
    return _seven_bits(kind) + _seven_bits(len(content)) + content


def _seven_bits(number: int) -> bytes:
    out = b""
    while number > 0x7F:
        out += bytes([number & 0x7F | 0x80])
        number >>= 7
    return out + bytes([number])


def _wide(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


# ---------------------------------------------------------------------------------------------------------------- .xls
def xls(rows: Rows) -> bytes:
    """Excel 97–2003 (BIFF8) in its container (MS-CFB)."""
    version = struct.pack("<H", 0x0600)
    name = b"\x04\x00Data"
    start = len(_biff(0x0809, bytes(16))) + len(_biff(0x0085, bytes(6) + name)) + len(_biff(0x000A))
    stream = _biff(0x0809, version + struct.pack("<H", 0x0005) + bytes(12))
    stream += _biff(0x0085, struct.pack("<IBB", start, 0, 0) + name) + _biff(0x000A)
    stream += _biff(0x0809, version + struct.pack("<H", 0x0010) + bytes(12))
    for number, row in enumerate(rows):
        for position, value in enumerate(row):
            place = struct.pack("<HHH", number, position, 0)
            if isinstance(value, str):
                text = struct.pack("<HB", len(value), 1) + value.encode("utf-16-le")
                stream += _biff(0x0204, place + text)
            else:
                stream += _biff(0x0203, place + struct.pack("<d", value))
    return container({"Workbook": stream + _biff(0x000A)})


def _biff(kind: int, content: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(content)) + content


def container(streams: dict[str, bytes]) -> bytes:
    """The OLE container of old Office documents: one sector of the table of sectors, one of the directory."""
    free, end, table = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
    chain, entries, body = [table, end], [_entry("Root Entry", 5, end, 0, child=1)], b""
    for number, (name, content) in enumerate(streams.items(), 1):
        content = content.ljust(4096, b"\0")  # shorter ones would live elsewhere
        sectors = -(-len(content) // _SECTOR)
        first = len(chain)
        chain += [*range(first + 1, first + sectors), end]
        entries.append(
            _entry(name, 2, first, len(content), right=number + 1 if number < len(streams) else free)
        )
        body += content.ljust(sectors * _SECTOR, b"\0")
    assert len(chain) <= 128 and len(entries) <= 4
    head = (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
        + bytes(16)
        + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6)
        + bytes(6)
    )
    head += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, end, 0, end, 0) + struct.pack(
        "<109I", 0, *[free] * 108
    )
    sectors_table = struct.pack("<128I", *chain, *[free] * (128 - len(chain)))
    return head + sectors_table + b"".join(entries).ljust(_SECTOR, b"\0") + body


def _entry(
    name: str, kind: int, first: int, size: int, *, child: int = 0xFFFFFFFF, right: int = 0xFFFFFFFF
) -> bytes:
    text = (name + "\0").encode("utf-16-le")
    return (
        text.ljust(64, b"\0")
        + struct.pack("<HBBIII", len(text), kind, 1, 0xFFFFFFFF, right, child)
        + bytes(36)
        + struct.pack("<IQ", first, size)
    )


def _zip(parts: dict[str, str | bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()
