"""Checks of a workbook before it is opened: a few kilobytes must not ask for a hundred gigabytes."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from simpul.readers.ahead import ahead
from simpul.readers.layout import letter
from simpul.readers.reasons import Held

if TYPE_CHECKING:
    from simpul.readers.cut_sheet import CutSheet

MAX_BYTES = 4 << 30  # of one part of the workbook, unpacked
MAX_RATIO = 400  # unpacked : packed, for parts above 64 MiB; real sheets reach 60
MAX_CELLS = 32_000_000  # rows × columns that the reader would hold in memory, 85 bytes each
MAX_COLUMNS = 16_384
PROBE_MEMORY = 3 << 30
_RATIO_FROM = 64 << 20
_WORKSHEET = re.compile(rb"<(\w+:)?worksheet\b")
_STEP = 512 << 10
_TEXT_LIMIT = 16 << 20  # bytes without a tag; a cell holds 32,767 characters
_CUTS = (b"<row ", b"<c ", b"<")  # where a sheet may be parted, best first
MAX_ERRORS = 100_000


class _Signs:
    """What is looked for in a sheet's XML. Patterns begin with plain text, which makes them five times as fast."""

    def __init__(self, prefix: bytes) -> None:
        self.prefix = prefix
        p = re.escape(prefix)
        self.row = re.compile(rb'<%srow\b(?:[^>]*?\br="(\d{1,9})")?' % p)
        self.wide_column = re.compile(rb'<%sc r="([A-Z]{2,3})' % p)
        self.error = re.compile(
            rb'<%sc r="([A-Z]{1,3})(\d+)"[^>]*\bt="e"[^>]*>.*?<%sv>(#[^<]{1,20})<' % (p, p), re.S
        )
        self.formula = re.compile(rb"<%sf[ />]" % p)
        # a formula whose number was never stored; an empty text is a value
        self.uncomputed = re.compile(
            rb'<%sc\b(?![^>]*\bt="str")[^>]*>\s*<%sf\b[^>]*(?:/>|>[^<]*</%sf>)\s*(?:<%sv\s*/>|<%sv></%sv>)?\s*</%sc>'
            % ((p,) * 7)
        )

    @classmethod
    def of(cls, block: bytes) -> _Signs:
        """By the names that the beginning of the sheet uses."""
        found = _WORKSHEET.search(block)
        return cls((found[1] or b"") if found else b"")


def _too_large(en: str, id_: str) -> Held:
    return Held(
        f"the workbook is not read: {en}; delete what stands far outside the table, or save the table as CSV",
        f"buku kerja tidak dibaca: {id_}; hapus isi yang jauh di luar tabel, atau simpan sebagai CSV",
        code="too_large",
    )


def check_zip(path: Path) -> None:
    """Refuse parts that unpack to more than a table can be.

    Raises:
        Held: code ``too_large``.
    """
    with zipfile.ZipFile(path) as archive:
        for part in archive.infolist():
            ratio = part.file_size / max(part.compress_size, 1)
            if part.file_size > MAX_BYTES or (part.file_size > _RATIO_FROM and ratio > MAX_RATIO):
                size = f"{part.file_size >> 20} MiB"
                raise _too_large(
                    f"a part of {part.compress_size >> 10} KiB unpacks to {size}",
                    f"bagian sebesar {part.compress_size >> 10} KiB mengembang menjadi {size}",
                )


def _column(name: bytes) -> int:
    number = 0
    for byte in name:
        number = number * 26 + byte - 64
    return number


def scan_xlsx_sheet(
    path: Path, part: str, sheet: str, cut: CutSheet | None = None
) -> dict[tuple[int, int], str]:
    """Refuse a sheet whose cells lie so far apart that a dense table of them would not fit.

    The ``dimension`` that a sheet states may lie, so the cells themselves are looked at (a scan, no parsing).

    Args:
        path: an .xlsx file.
        part: name of the sheet's XML inside it.
        sheet: its name for people.
        cut: takes the sheet in parts while it is looked at.

    Returns:
        (row, position) → text of cells that show an error (``#REF!``): the reader would give them as blank.

    Raises:
        Held: code ``too_large`` or ``damaged``, or ``not_computed`` where formulas hold no value.
    """
    rows, columns, uncomputed = 1, 26, 0  # columns A–Z are not looked for one by one
    is_implicit = False  # rows without a number: legal, and met in no real file
    errors: dict[tuple[int, int], str] = {}
    signs: _Signs | None = None
    for block in _blocks(unpacked(path, part)):
        signs = signs or _Signs.of(block)
        if cut:
            cut.take(block, signs.prefix)
        numbers = signs.row.findall(block)
        is_implicit = is_implicit or b"" in numbers
        rows = max([rows, *(int(number) for number in numbers if number)])
        columns = max([columns, *map(_column, set(signs.wide_column.findall(block)))])
        if rows * columns > MAX_CELLS or columns > MAX_COLUMNS:
            raise _too_large(
                f"sheet '{sheet}' reaches from A1 to {letter(columns - 1)}{rows}",
                f"lembar '{sheet}' terbentang dari A1 sampai {letter(columns - 1)}{rows}",
            )
        if b't="e"' in block and len(errors) < MAX_ERRORS:
            for name, row, text in signs.error.findall(block):
                errors[int(row), _column(name) - 1] = text.decode("ascii", "replace")
        if signs.formula.search(block):
            uncomputed += len(signs.uncomputed.findall(block))
    if uncomputed:
        raise Held(
            f"sheet '{sheet}': {uncomputed} formulas hold no computed value; save the workbook in Excel and deliver"
            " that",
            f"lembar '{sheet}': {uncomputed} rumus tanpa hasil hitungan; simpan buku kerja di Excel, lalu kirim"
            " kembali",
            code="not_computed",
        )
    if is_implicit:
        check_by_probe(path)
        if cut:
            cut.is_sound = (
                False  # a row without a number counts from the one before, which another part may hold
            )
    return errors


def unpacked(path: Path, part: str) -> Iterator[bytes]:
    """A part of a workbook in chunks, bounded whatever the archive's index says, read in a thread ahead.

    Raises:
        Held: code ``too_large`` or ``damaged``.
    """
    total = 0
    try:
        with zipfile.ZipFile(path) as archive, archive.open(part) as file:
            for chunk in ahead(iter(lambda: file.read(_STEP), b"")):
                total += len(chunk)
                if total > MAX_BYTES:
                    raise _too_large(
                        f"a part unpacks to more than {MAX_BYTES >> 30} GiB",
                        "suatu bagian mengembang terlalu besar",
                    )
                yield chunk
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, KeyError, NotImplementedError):
        raise damaged() from None


def _blocks(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Pieces that do not cut a tag, nor a row if it can be helped."""
    carry = b""
    for chunk in chunks:
        data = carry + chunk
        cut = next((found for mark in _CUTS if (found := data.rfind(mark)) > 0), 0)
        if not cut and len(data) > _TEXT_LIMIT:
            raise damaged()
        yield data[:cut]
        carry = data[cut:]
    yield carry


def protected() -> Held:
    """The workbook wants a password."""
    return Held(
        "the workbook is protected by a password: remove the password and deliver it again",
        "buku kerja dilindungi kata sandi: hapus kata sandi lalu kirim kembali",
        code="protected",
    )


def damaged() -> Held:
    """The workbook cannot be read to its end."""
    return Held(
        "the workbook is damaged and cannot be read to its end: save it anew in Excel and deliver that",
        "buku kerja rusak dan tidak terbaca sampai akhir: simpan ulang di Excel, lalu kirim kembali",
        code="damaged",
    )


_PROBE = """
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[2]), int(sys.argv[2])))
from python_calamine import CalamineWorkbook
with CalamineWorkbook.from_path(sys.argv[1]) as book:
    for sheet in book.sheets_metadata:
        book.get_sheet_by_name(sheet.name)
"""


def check_by_probe(path: Path) -> None:
    """Open the workbook in a child process with bounded memory: for formats whose extent cannot be scanned cheaply.

    Raises:
        Held: the child ran out of memory or crashed.
    """
    done = subprocess.run(
        [sys.executable, "-I", "-c", _PROBE, str(path), str(PROBE_MEMORY)],
        capture_output=True, timeout=600, check=False,
    )  # fmt: skip
    if done.returncode < 0 or b"MemoryError" in done.stderr or b"memory allocation" in done.stderr:
        raise _too_large(
            "its sheets need more memory than a table can", "lembarnya memerlukan memori terlalu besar"
        )
