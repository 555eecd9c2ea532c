"""A large sheet of an .xlsx file, cut between its rows into many small ones, so that it is never in memory whole.

The reader of workbooks (calamine) holds a sheet in memory as long as it is read: two gigabytes for a full one. So the
sheet is written out once more, as a workbook whose sheets are some thousand rows each, beside the same shared texts and
number formats: the same reader gives the same values, one small sheet at a time. While rows of one are worked on, the
next is read in a thread (the reader lets go of the interpreter).
"""

from __future__ import annotations

import contextlib
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any
from xml.sax.saxutils import quoteattr

from simpul.readers.ahead import ahead
from simpul.settings import get_settings

if TYPE_CHECKING:
    from python_calamine import CalamineSheet, CalamineWorkbook

LARGE = 32 << 20  # bytes of a sheet's XML from which it is cut; read whole it takes about twice that
PART = 4 << 20  # bytes of XML of one small sheet …
FIRST = 256 << 10  # … the first ones are smaller: to tell what a table is, its beginning is read on its own
_SPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
_NAME = "sheet-"
_STALE_SECONDS = 24 * 3600

Opener = Callable[[Path], "CalamineWorkbook"]
Numbered = Iterator[tuple[int, int, list[Any]]]


class CutSheet:
    """The small workbook that stands for one large sheet.

    Give it the shared parts by `add` and the sheet's XML by `take`, call `finish`, then read `rows`.

    Args:
        shared: parts that the small one takes over as they are, by `add`: relation type → name in the archive.
        is_1904: days are counted from 1904.

    Attributes:
        is_sound: cutting does not change what is read; if not, the sheet must be read whole.
    """

    def __init__(self, shared: dict[str, str], *, is_1904: bool) -> None:
        work = get_settings().work
        work.mkdir(parents=True, exist_ok=True, mode=0o700)
        _sweep(work)
        self._shared, self._is_1904 = shared, is_1904
        self._file = tempfile.NamedTemporaryFile(  # noqa: SIM115 — `close` does
            prefix=_NAME, suffix=".xlsx", dir=work, delete=False
        )
        self._archive = zipfile.ZipFile(self._file, "w", zipfile.ZIP_STORED)
        self.is_sound = True
        self._count = 0
        self._size = 0
        self._part: IO[bytes] | None = None
        self._head = self._row = b""
        self._tail = b""
        self._book: CalamineWorkbook | None = None

    def add(self, part: str, chunks: Iterable[bytes]) -> None:
        """Copy a shared part."""
        with self._archive.open(part, "w", force_zip64=True) as new:
            for chunk in chunks:
                new.write(chunk)

    def take(self, block: bytes, prefix: bytes) -> None:
        """The next bytes of the sheet; a block that begins with a row may begin a part.

        Args:
            block: does not cut a tag.
            prefix: of the names in the sheet, such as ``x:``.
        """
        # a comment or CDATA may hold what only looks like a row (the sign alone is found ten times as fast)
        if b"!" in block and b"<!" in block:
            self.is_sound = False
        if self._part is None:
            self._begin(prefix, block)
        elif self._size >= min(PART, FIRST << (self._count - 1)) and block.startswith(self._row):
            self._end(self._tail)
            self._open_part(self._head)
        self._write(block)

    def _begin(self, prefix: bytes, block: bytes) -> None:
        self._row = b"<%srow " % prefix
        self._tail = b"</%ssheetData></%sworksheet>" % (prefix, prefix)
        first = block.find(self._row)
        self._head = block[:first]
        # what stands before the rows is repeated in every part
        self.is_sound = self.is_sound and first > 0 and b"<%ssheetData" % prefix in self._head
        self._open_part(b"")

    def _open_part(self, head: bytes) -> None:
        self._count += 1
        self._size = 0
        self._part = self._archive.open(f"xl/worksheets/sheet{self._count}.xml", "w", force_zip64=True)
        self._write(head)

    def _write(self, data: bytes) -> None:
        assert self._part is not None
        self._size += len(data)
        self._part.write(data)

    def _end(self, tail: bytes) -> None:
        if self._part:
            self._part.write(tail)
            self._part.close()

    def finish(self, opener: Opener) -> None:
        """Open the small workbook for reading. Its file is then without a name, and gone when the process is."""
        self._end(b"")
        relations = [
            (f"{_OFFICE}/worksheet", f"/xl/worksheets/sheet{n}.xml") for n in range(1, self._count + 1)
        ]
        relations += [(kind, f"/{part}") for kind, part in self._shared.items()]
        self._relate("_rels/.rels", [(f"{_OFFICE}/officeDocument", "/xl/workbook.xml")])
        self._relate("xl/_rels/workbook.xml.rels", relations)
        sheets = "".join(f'<sheet name="{n}" sheetId="{n}" r:id="r{n}"/>' for n in range(1, self._count + 1))
        self._archive.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{_SPACE}" xmlns:r="{_OFFICE}"><workbookPr date1904="{int(self._is_1904)}"/>'
            f"<sheets>{sheets}</sheets></workbook>",
        )
        self._archive.close()
        self._file.flush()
        self._book = opener(Path(self._file.name))
        Path(self._file.name).unlink()

    def _relate(self, part: str, relations: list[tuple[str, str]]) -> None:
        lines = "".join(
            f'<Relationship Id="r{n}" Type={quoteattr(kind)} Target={quoteattr(target)}/>'
            for n, (kind, target) in enumerate(relations, 1)
        )
        self._archive.writestr(part, f'<Relationships xmlns="{_PACKAGE}">{lines}</Relationships>')

    def rows(self, reader: Callable[[CalamineWorkbook, str], CalamineSheet]) -> Numbered:
        """(row number, columns left of the values, values), as reading the sheet whole gives them.

        Args:
            reader: gives a sheet by its name.
        """
        assert self._book is not None
        book, last = self._book, 0
        for sheet in ahead(reader(book, str(number)) for number in range(1, self._count + 1)):
            if sheet.start is None:
                continue
            first, left = sheet.start
            yield from ((row, 0, []) for row in range(last + 1, first + 1))  # blank rows
            for row, values in enumerate(sheet.to_python(), first + 1):
                yield row, left, values
            last = first + sheet.height

    def close(self) -> None:
        """Remove the small workbook."""
        if self._book:
            self._book.close()
        if self._part:
            self._part.close()
        self._archive.close()
        self._file.close()
        Path(self._file.name).unlink(missing_ok=True)


def _sweep(work: Path) -> None:
    """Remove what a process left behind that was killed while it wrote."""
    for file in work.glob(f"{_NAME}*.xlsx"):
        with contextlib.suppress(FileNotFoundError):
            if time.time() - file.stat().st_mtime > _STALE_SECONDS:
                file.unlink()
