"""A delivered file opened: what it is, its first rows, and a way to read it from the top."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from simpul.contract import Contract
from simpul.readers.encoding import TextFacts, as_utf8, check_allowed
from simpul.readers.layout import Grid, Layout
from simpul.readers.marks import marks_of, record_test
from simpul.readers.reasons import Held
from simpul.readers.recognise import known_footer, recognise
from simpul.readers.sniff import HEAD, Format, sniff
from simpul.readers.splitter import Splitter
from simpul.readers.webapi import MAX_BYTES, WebApiTable, parse
from simpul.readers.workbook import Workbook

CHUNK = 1 << 20
Progress = Callable[[int], None]
Rows = Iterator[tuple[int, list[str | None]]]


@dataclass
class Source:
    """A file whose format is known. Close it when done."""

    path: Path
    format: Format
    encoding: str | None = None  # CSV and JSON
    has_newline: bool = True
    has_quote: bool = True
    book: Workbook | None = None
    table: WebApiTable | None = None

    @classmethod
    def open(cls, path: Path, facts: TextFacts | None = None) -> Source:
        """Tell what ``path`` is by its content.

        Args:
            path: the file, unaltered.
            facts: what a pass over all bytes found; without it the encoding is judged by reading the file once more.

        Raises:
            Held: nothing that can be read as a table.
        """
        head = _head(path)
        file_format = sniff(head, path)
        if file_format == "excel":
            return cls(path, "excel", book=Workbook(path))
        if facts is None:
            facts = TextFacts(head)
            for chunk in _chunks(path):
                facts.feed(chunk)
        encoding = facts.encoding()
        if file_format == "json":
            return cls(path, "json", encoding, table=parse(_text(path, encoding)))
        text = b"".join(as_utf8([head], encoding))
        has_newline = b"\n" in text or b"\r" not in text
        return cls(path, "csv", encoding, has_newline=has_newline, has_quote=facts.has_quote)

    def close(self) -> None:
        if self.book:
            self.book.close()

    def grids(self, contracts: Iterable[Contract]) -> list[Grid]:
        """The first rows, once per sheet or per delimiter that a contract knows."""
        editions = [
            edition
            for contract in contracts
            for edition in contract.editions
            if self.format in edition.format
        ]
        depth = max((edition.search_rows + edition.header_rows for edition in editions), default=1)
        if self.book:
            return [self.book.grid(name, is_hidden, depth) for name, is_hidden in self.book.sheets]
        if self.table:
            return [Grid([[self.table.title], self.table.headings, *self.table.rows[:depth]])]
        delimiters = dict.fromkeys(mark for edition in editions for mark in edition.delimiters)
        grids = [Grid(self._first_rows(mark, depth), delimiter=mark) for mark in delimiters]
        # a delimiter that cuts nothing is not the one; trying it would only cost time
        return [grid for grid in grids if any(len(row) > 1 for row in grid.rows)] or grids[:1]

    def recognise(
        self,
        contracts: Iterable[Contract],
        dataset: str | None = None,
        sheet: str | None = None,
        edition: str | None = None,
        agency: str | None = None,
    ) -> Layout:
        """The layout of the table inside. See `recognise.recognise`.

        Raises:
            Held: not known, ambiguous, only notes, or in an encoding that the layout does not have.
        """
        contracts = list(contracts)
        grids = self.grids(contracts)
        if not any(cell for grid in grids for row in grid.rows for cell in row):
            raise Held(
                "the file holds no filled cell: deliver it again, with its table",
                "berkas tidak memuat sel berisi: kirim ulang beserta tabelnya",
                code="empty",
            )
        try:
            layout = recognise(
                grids, contracts, self.format, dataset=dataset, sheet=sheet, edition=edition, agency=agency
            )
        except Held as held:
            if held.code == "unknown" and all(known_footer(grid.rows, contracts) for grid in grids):
                raise Held(
                    "the file holds only notes, neither heading nor records: deliver it again, with its table",
                    "berkas hanya memuat catatan, tanpa judul kolom dan tanpa data: kirim ulang beserta tabelnya",
                    code="footer_only",
                ) from None
            raise
        if self.encoding:
            self.encoding = check_allowed(self.encoding, layout.edition.encodings)
        return layout

    def splitter(self, layout: Layout) -> Splitter:
        """For the CSV records below the heading of ``layout``."""
        assert layout.delimiter is not None
        marks = marks_of(layout.edition, layout.delimiter, record_test(layout))
        return Splitter(layout.delimiter, layout.width, layout.first_row, marks, as_text=not self.has_quote)

    def body(self, layout: Layout, progress: Progress | None = None) -> Iterator[bytes]:
        """UTF-8 chunks of a CSV file from its first record on."""
        assert self.encoding is not None and layout.delimiter is not None
        chunks = as_utf8(_chunks(self.path, progress), self.encoding, has_newline=self.has_newline)
        head = next(chunks, b"")
        skip = layout.first_row - 1
        while (cut := _end_of_record(head, skip, layout.delimiter)) is None:
            more = next(chunks, None)
            if more is None or len(head) > 16 * CHUNK:
                return
            head += more
        if cut < len(head):
            yield head[cut:]
        yield from chunks

    def sheet_rows(self, layout: Layout) -> Rows:
        """Rows of a workbook's sheet, or of a JSON body, from the first record on."""
        if self.table:
            return self.table.numbered()
        assert self.book is not None and layout.sheet is not None
        return self.book.rows(layout.sheet, layout.first_row, layout.edition.decimal, layout.codes)

    def _first_rows(self, delimiter: str, depth: int) -> list[list[str]]:
        assert self.encoding is not None
        text = b"".join(as_utf8([_head(self.path)], self.encoding, has_newline=self.has_newline))
        head = TitleSplitter(delimiter)
        rows: list[list[str]] = []
        for fields in head.all(text):
            rows.append(fields)
            if len(rows) == depth:
                break
        return rows


class TitleSplitter(Splitter):
    """Cuts the rows above the records, which may have any number of fields and be blank."""

    def __init__(self, delimiter: str) -> None:
        super().__init__(delimiter, 1, 1)

    def all(self, text: bytes) -> Iterator[list[str]]:
        for record in self._records(text, True):
            fields = record.fields if record.fields is not None else [record.raw]
            yield [field.decode("utf-8", errors="replace") for field in fields]

    def end_of(self, text: bytes, count: int) -> int | None:
        """Where record ``count`` + 1 begins; None when ``text`` ends before that is sure."""
        records = self._records(text, False)
        for _ in range(count):
            if next(records, None) is None:
                return None
        records.close()
        return self.position


def _end_of_record(text: bytes, count: int, delimiter: str) -> int | None:
    return TitleSplitter(delimiter).end_of(text, count)


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(HEAD)


def _text(path: Path, encoding: str) -> str:
    """A small text whole; of a large one no more than shows that it is too large."""
    chunks = as_utf8(_chunks(path), encoding)
    text = b""
    while len(text) <= MAX_BYTES and (chunk := next(chunks, None)) is not None:
        text += chunk
    return text.decode("utf-8", errors="replace")


def _chunks(path: Path, progress: Progress | None = None) -> Iterator[bytes]:
    with path.open("rb", buffering=0) as file:
        while chunk := file.read(CHUNK):
            yield chunk
            if progress:
                progress(len(chunk))
