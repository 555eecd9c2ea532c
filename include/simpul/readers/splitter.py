r"""Cuts the bytes of a CSV file into records, at the speed of COPY while the file is sound.

A block of sound records is recognised as a whole and passed on untouched (see `clean`); only a block that is not sound
is read record by record. There a malformed or blank record is replaced by an empty one, so that counting records still
gives the row number; the caller removes those rows again.

Quotes follow RFC 4180 as Python's ``csv`` reads it. PostgreSQL would toggle at *any* quote, so records where that makes
a difference are quoted anew. An unbalanced quote spoils one line, not the rest of the file: reading resumes at the next
line. So does a quote that is closed again only behind other records: a line break within a cell is kept, but no whole
record stands in one. A file without any quote may go to COPY in its text format, which PostgreSQL reads a fifth faster
than CSV.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Literal, NamedTuple

from simpul.readers.clean import Clean, CleanCheck, Suspect, holds_records, is_text
from simpul.readers.quoting import NEWLINE, QUOTE, RETURN, read_quoted
from simpul.readers.reasons import Held
from simpul.readers.total_rows import TableEnd, TotalRows

RECORD_LIMIT = 1 << 20  # bytes; a quote still open after so many is taken as unbalanced
_FEW_QUOTES = 40  # so many are read sooner one by one than by vector arithmetic
LINE_LIMIT = 4 << 20
FIELD_LIMIT = 16_384  # columns of the widest sheet; a line with more is not taken apart
PIECE = 4 << 10  # a block that is not sound is looked at in such pieces before it is read record by record

Verdict = Literal["data", "skip", "footer", "context"]


class Malformed(NamedTuple):
    """A record that cannot be loaded: its row as a spreadsheet shows it, the rule it breaks, its bytes."""

    row: int
    rule: str
    raw: bytes
    fields: int


class _Record(NamedTuple):
    raw: bytes  # without its line end
    fields: list[bytes] | None  # None: quotes do not balance, or there are too many to look at
    is_verbatim: bool  # PostgreSQL reads `raw` as `fields`
    crowd: int = 0  # number of fields, when there are too many


@dataclass(frozen=True)
class Marks:
    """Tells rows that are no data by their first non-blank cell.

    ``judge`` decides for one record; ``is_record`` tells a record that stands among notes, where none may stand;
    ``suspect`` answers quickly whether a block may hold such a row at all.
    """

    judge: Callable[[list[bytes]], Verdict]
    is_record: Callable[[list[bytes]], bool]
    suspect: Suspect


class Splitter:
    """Splits one file. Feed UTF-8 chunks to `blocks` (bytes for COPY) or `rows` (lists of text), then read the counts.

    Args:
        delimiter: one ASCII character.
        width: number of fields of a sound record.
        first_row: row number of the first record fed, 1-based.
        marks: tells footers and rows to skip; None = every row is data.
        as_text: `blocks` gives COPY's text format instead of CSV. Only for files without a quote.

    Attributes:
        row: number of the next record.
        skipped: ``blank``, ``skip`` and ``footer`` rows.
        totals: rows of totals, which are among the skipped.
        malformed: records turned away, in order; the caller may take them out while reading.
        holes: row numbers that hold an empty placeholder in what `blocks` gave.
        good: sound records.
        bad: malformed records.
        cut_off: row of a last record that breaks off where the bytes do; 0 = it is whole.
    """

    def __init__(
        self, delimiter: str, width: int, first_row: int, marks: Marks | None = None, *, as_text: bool = False
    ) -> None:
        self.delimiter = delimiter.encode("ascii")
        self.width = width
        self.row = first_row
        self.marks = marks
        self.as_text = as_text
        self.skipped: Counter[str] = Counter()
        self.totals = TotalRows()
        self.malformed: list[Malformed] = []
        self.holes = array("q")
        self.good = 0
        self.bad = 0
        self.cut_off = 0
        self.position = 0  # end of the record that `_records` gave last
        self._pending = 0  # holes not yet written: at the end of the file nobody needs them
        self._next_hole = first_row
        self._carry = b""
        self._is_open = False  # no line end follows the record that `_records` gave last
        self._end = TableEnd()
        self._clean = CleanCheck(self.delimiter, width, marks.suspect if marks else None, RECORD_LIMIT)

    # ------------------------------------------------------------------------------------------------------ for COPY
    def blocks(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        r"""The records as PostgreSQL reads them alike: line ends ``\n``, one record per row from ``first_row`` on."""
        for data, is_last in self._filled(chunks):
            clean = self._taken(data)
            if clean is not None:
                yield from self._passed_on(clean)
            elif len(data) <= 2 * PIECE or self._end.row:
                yield from self._careful(data, is_last)
            else:
                yield from self._in_pieces(data)
            if is_last and self._carry:
                yield from self._careful(self._carry, True)
        self._end.close()

    def _in_pieces(self, data: bytes) -> Iterator[bytes]:
        """Most of a block that is not sound may be sound all the same.

        A piece that ends before its first record does is made longer: a quote is open, and what follows may close it.
        Only that record is read by the longer piece.
        """
        begin, reach = 0, PIECE
        while begin < len(data):
            piece, most = data[begin : begin + reach], None if reach == PIECE else 1
            clean = None if most else self._taken(piece)
            yield from self._careful(piece, False, most) if clean is None else self._passed_on(clean)
            used = len(piece) - len(self._carry) if not most or self._carry else self.position
            self._carry = b""
            if not used and begin + reach >= len(data):
                break
            begin, reach = begin + used, PIECE if used else 2 * reach
        self._carry = data[begin:]

    def _taken(self, data: bytes) -> Clean | None:
        """The sound records at the front of ``data``; None when it is to be read record by record."""
        if self._end.row or 0 < data.count(QUOTE) < _FEW_QUOTES:
            return None
        return self._clean.take(data)

    def _passed_on(self, clean: Clean) -> Iterator[bytes]:
        self._carry = clean.rest
        if not clean.count:
            return
        self._next_hole = self.row - self._pending
        self.row += clean.count
        self.good += clean.count
        if self._pending:
            yield self._flush()
        block = clean.block
        yield block.replace(b"\\", rb"\\") if self.as_text and b"\\" in block else block

    def _careful(self, data: bytes, is_last: bool, most: int | None = None) -> Iterator[bytes]:
        """Record by record; ``most``: no further than so many, what follows is left to the caller."""
        out: list[bytes] = []
        for record in islice(self._records(data, is_last), most):
            fields = self._accept(record)
            if fields is None:
                continue
            if self._pending:
                out.append(self._flush())
            out.append(self._written(record, fields))
        if out:
            yield b"".join(out)

    def _written(self, record: _Record, fields: list[bytes]) -> bytes:
        is_whole = record.is_verbatim and len(fields) == len(record.fields or ())
        # a line of nothing but \. would end the data
        if is_whole and (b"\\" not in record.raw if self.as_text else record.raw != b"\\."):
            return record.raw + NEWLINE
        return (self._escaped(fields) if self.as_text else self._quoted(fields)) + NEWLINE

    def _quoted(self, fields: list[bytes]) -> bytes:
        return self.delimiter.join(
            QUOTE + field.replace(QUOTE, b'""') + QUOTE if field else b"" for field in fields
        )

    def _escaped(self, fields: list[bytes]) -> bytes:
        marks = (
            (b"\\", rb"\\"),
            (RETURN, rb"\r"),
            (NEWLINE, rb"\n"),
            (self.delimiter, b"\\" + self.delimiter),
        )
        for mark, escape in marks:
            fields = [field.replace(mark, escape) for field in fields]
        return self.delimiter.join(fields)

    def _flush(self) -> bytes:
        self.holes.extend(range(self._next_hole, self._next_hole + self._pending))
        placeholders = self._clean.unit * self._pending
        self._pending = 0
        return placeholders

    # -------------------------------------------------------------------------------------------------- for row work
    def rows(self, chunks: Iterable[bytes]) -> Iterator[tuple[int, list[str]]]:
        """The sound records as (row, fields), and rows that say something of the records below them, of any width.
        Malformed ones are collected, blank and skipped ones counted.
        """
        for data, is_last in self._filled(chunks):
            for record in self._records(data, is_last):
                fields = self._accept(record)
                if fields is not None:
                    self._pending = 0
                    yield self.row - 1, [field.decode("utf-8") for field in fields]
        self._end.close()

    # ------------------------------------------------------------------------------------------------------- cutting
    def _filled(self, chunks: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
        """Chunks with what was left of the one before; the last is told."""
        for chunk in chunks:
            data = self._carry + chunk
            self._carry = b""
            if len(data) > LINE_LIMIT and NEWLINE not in data:
                raise Held(
                    f"no line end within {LINE_LIMIT >> 20} MiB, so this is no table of lines: save the table anew as"
                    " CSV or .xlsx and deliver that",
                    f"tidak ada akhir baris dalam {LINE_LIMIT >> 20} MiB, jadi bukan tabel: simpan ulang sebagai CSV"
                    " atau .xlsx lalu kirim kembali",
                )
            yield data, False
        data, self._carry = self._carry, b""
        if data:
            yield data, True

    def _records(self, data: bytes, is_last: bool) -> Iterator[_Record]:
        """Record by record; what is not complete stays in ``_carry``."""
        self.position, size = 0, len(data)
        while (start := self.position) < size:
            end = data.find(NEWLINE, start)
            if end < 0:
                if not is_last:
                    break
                end = size
            if end - start > FIELD_LIMIT and (crowd := data.count(self.delimiter, start, end)) >= FIELD_LIMIT:
                self.position = end + 1
                yield _Record(_line(data, start, end), None, False, crowd + 1)
                continue
            if data.find(QUOTE, start, end) < 0:
                line = _line(data, start, end)
                self.position = end + 1
                self._is_open = end == size
                yield _Record(line, line.split(self.delimiter), RETURN not in line)
                continue
            found = read_quoted(data, start, end, self.delimiter, is_last=is_last)
            if found is None and not is_last and size - start <= RECORD_LIMIT:
                break  # the quote may be closed in what follows
            if found is None or found[1] is None:  # only the first line is lost
                self.position = end + 1
                self._is_open = end == size
                yield _Record(_line(data, start, end), None, False)
                continue
            stop, fields, is_verbatim = found
            if stop > end and self._swallow(fields):
                fields, stop = None, end  # no quote was meant: only the first line is lost
            self.position = stop + 1
            self._is_open = stop == size
            yield _Record(_line(data, start, stop), fields, is_verbatim)
        self._carry = data[self.position :]

    def _swallow(self, fields: list[bytes] | None) -> bool:
        """Whether a whole record stands among the lines of a cell."""
        lines = (line for field in fields or () for line in field.split(NEWLINE)[1:-1])
        return holds_records(self.width) and any(
            line.count(self.delimiter) >= self.width - 1 for line in lines
        )

    # -------------------------------------------------------------------------------------------------------- judging
    def _accept(self, record: _Record) -> list[bytes] | None:
        """Count the record; its fields when it is data and sound."""
        self._next_hole = self.row - self._pending
        self.row += 1
        left = self._is_no_data(record)
        if left == "context":
            return record.fields
        if left:
            self.skipped[left] += 1
            self._pending += 1
            if left != "blank":
                self._keep_total(record.fields or [])
            return None
        fields = record.fields
        if fields and len(fields) > self.width and not any(field.strip() for field in fields[self.width :]):
            fields = fields[: self.width]  # blank columns to the right of the table
        if rule := self._broken_rule(record, fields):
            found = record.crowd or len(record.fields or ())
            self.malformed.append(Malformed(self.row - 1, rule, record.raw, found))
            self.bad += 1
            if self._is_open and not (fields and len(fields) > self.width):
                self.cut_off = self.row - 1
            self._pending += 1
            return None
        self.good += 1
        return fields

    def _keep_total(self, fields: list[bytes]) -> None:
        cells = [field.decode("utf-8", errors="replace").strip() for field in fields]
        self.totals.keep(self.row - 1, next(filter(None, cells), ""), cells)

    def _is_no_data(self, record: _Record) -> str | None:
        """Why the row is no record: ``blank``, ``skip``, ``footer``, ``context``; None for a record."""
        fields = record.fields
        if self._end.row and not record.raw.strip(self.delimiter + b" "):
            return "blank"
        if not self._end.row:
            if fields is None:
                return None
            if not any(fields):
                return "blank"
        verdict: Verdict = self.marks.judge(fields) if fields and self.marks else "data"
        if verdict == "footer" or self._end.row:
            cells = [field.decode("utf-8", errors="replace") for field in fields or []]
            is_record = bool(fields and self.marks and self.marks.is_record(fields))
            if not self._end.goes_on(self.row - 1, cells, is_note=verdict == "footer", is_record=is_record):
                return "footer"
        return None if verdict == "data" else verdict

    def _broken_rule(self, record: _Record, fields: list[bytes] | None) -> str | None:
        if b"\0" in record.raw:
            return "nul_byte"
        if not is_text(record.raw):
            return "encoding"
        if fields is None and not record.crowd:
            return "unbalanced_quote"
        return None if fields and len(fields) == self.width else "field_count"


def _line(data: bytes, start: int, end: int) -> bytes:
    line = data[start:end]
    return line[:-1] if line.endswith(RETURN) else line
