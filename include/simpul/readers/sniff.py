"""Tells what a file is by its bytes. The extension is only a hint to the person who sent it."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import Literal

from simpul.readers.encoding import wide_encoding
from simpul.readers.guards import protected
from simpul.readers.reasons import Held

HEAD = 256 << 10
Format = Literal["csv", "excel", "json"]

_JSON = re.compile(rb"[\[{]\s*[\"{\[\]}]")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_CONTROL = bytes(byte for byte in range(32) if byte not in b"\t\n\v\f\r")
GZIP = b"\x1f\x8b"
_OTHER = (
    (b"%PDF", "a PDF document", "dokumen PDF"),
    (GZIP, "a gzip archive", "arsip gzip"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", "arsip 7-Zip"),
    (b"Rar!", "a RAR archive", "arsip RAR"),
    (b"BZh", "a bzip2 archive", "arsip bzip2"),
    (b"\xfd7zXZ", "an xz archive", "arsip xz"),
    (b"\x89PNG", "a picture", "gambar"),
    (b"\xff\xd8\xff", "a picture", "gambar"),
    (b"GIF8", "a picture", "gambar"),
    (b"SQLite format 3", "an SQLite database", "basis data SQLite"),
    (b"\x7fELF", "a program", "program"),
    (b"MZ", "a program", "program"),
    (b"{\\rtf", "a rich-text document", "dokumen RTF"),
    (b"PAR1", "a Parquet file", "berkas Parquet"),
)
_MARKUP = (
    (
        re.compile(rb"<(!doctype\s+html|html|head|body|table|meta)\b", re.I),
        "a web page (HTML)",
        "halaman web (HTML)",
    ),
    (
        re.compile(rb"<\?mso-application|<(ss:)?workbook\b", re.I),
        "an XML spreadsheet of 2003",
        "lembar kerja XML 2003",
    ),
    (re.compile(rb"<\?xml\b", re.I), "an XML document", "dokumen XML"),
)


def is_container(head: bytes) -> bool:
    """Whether the bytes are those of a workbook or archive, not of a text."""
    return head.startswith((_OLE, *_ZIP))


def _not_a_table(en: str, id_: str) -> Held:
    return Held(
        f"the content is {en}, not a table: save it as .xlsx or .csv and deliver that",
        f"isi berkas adalah {id_}, bukan tabel: simpan sebagai .xlsx atau .csv lalu kirim kembali",
        code="not_a_table",
    )


def sniff(head: bytes, path: Path) -> Format:
    """The format by content.

    Args:
        head: the first `HEAD` bytes.
        path: the file itself, to look into archives.

    Raises:
        Held: the file is empty, protected, damaged, or no table.
    """
    if not head:
        raise Held(
            "the file is empty (0 bytes): deliver it again, with its table",
            "berkas kosong (0 bita): kirim ulang beserta tabelnya",
            code="empty",
        )
    if head.startswith(_OLE):
        return _ole(path)
    if head.startswith(_ZIP):
        return _zip(path)
    if other := next((item for item in _OTHER if _is(item[0], head)), None):
        raise _not_a_table(*other[1:])
    return "json" if _JSON.match(_checked_text(head)) else "csv"


def _is(magic: bytes, head: bytes) -> bool:
    # a text may begin with two or three letters that are also the sign of a program or an archive
    return head.startswith(magic) and (magic not in (b"MZ", b"BZh") or b"\0" in head[:4096])


def _checked_text(head: bytes) -> bytes:
    """The first characters that are no blanks. Holds what is no text, blank, or text of another kind."""
    if wide := wide_encoding(head):
        text = head.decode(wide, errors="replace").removeprefix("\ufeff").encode()
    else:
        text = head.removeprefix(b"\xef\xbb\xbf")
        sample = text[:4096]
        if len(sample) - len(sample.translate(None, _CONTROL)) > len(sample) // 20:
            raise _not_a_table("binary data of an unknown kind", "data biner yang tidak dikenal")
    start = text.lstrip()[:1024]
    if not start:
        raise Held(
            "the file holds nothing but blanks: deliver it again, with its table",
            "berkas hanya memuat spasi kosong: kirim ulang beserta tabelnya",
            code="empty",
        )
    markups = _MARKUP if start.startswith(b"<") else ()
    if markup := next((item for item in markups if item[0].search(start)), None):
        raise _not_a_table(*markup[1:])
    return start


def _ole(path: Path) -> Format:
    """An OLE container is an old workbook, or the safe in which Office keeps a workbook with a password."""
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            if "EncryptedPackage".encode("utf-16-le") in chunk:
                raise protected()
            if "Workbook".encode("utf-16-le") in chunk or "Book".encode("utf-16-le") in chunk:
                return "excel"
            if len(chunk) == 1 << 20:
                file.seek(-64, 1)  # a name may lie across two chunks
    raise _not_a_table("an old Office document without a workbook", "dokumen Office lama tanpa buku kerja")


def _zip(path: Path) -> Format:
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, OSError, NotImplementedError, ValueError):
        raise Held(
            "the workbook is damaged: it breaks off before its end. Copy or download it again",
            "buku kerja rusak: isinya terpotong. Salin atau unduh ulang berkasnya",
            code="damaged",
        ) from None
    names = {member.filename for member in members}
    if any(member.flag_bits & 0x1 for member in members):
        raise Held(
            "the archive is encrypted: deliver the files inside it without a password",
            "arsip terenkripsi: kirim berkas di dalamnya tanpa kata sandi",
            code="protected",
        )
    if _is_workbook(names):
        return "excel"
    if "word/document.xml" in names:
        raise _not_a_table("a Word document", "dokumen Word")
    raise Held(
        f"the content is a zip archive with {len(members)} files, not a workbook: unpack it and deliver the files",
        f"isi berkas adalah arsip zip berisi {len(members)} berkas, bukan buku kerja: ekstrak lalu kirim berkasnya",
        code="archive",
    )


def _is_workbook(names: set[str]) -> bool:
    return bool({"xl/workbook.xml", "xl/workbook.bin"} & names) or {"content.xml", "mimetype"} <= names


def is_plain_zip(path: Path) -> bool:
    """Whether ``path`` is a zip of files, rather than a document that is kept as one."""
    with path.open("rb") as file:
        if not file.read(4).startswith(_ZIP):
            return False
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, OSError, NotImplementedError, ValueError):
        return False
    return not _is_workbook(names) and "word/document.xml" not in names
