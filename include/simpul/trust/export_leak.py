"""Which export is this file, or part of a file? By its mark, its rows, the persons in it, and their order."""

from __future__ import annotations

import codecs
import csv
import hashlib
import itertools
import zipfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
from psycopg.rows import dict_row

from simpul.blanking.looking import numbers_in, views
from simpul.errors import SimpulError
from simpul.identifying import tells_whom
from simpul.readers.workbook import cell_text
from simpul.trust import export_keys
from simpul.trust.export_cells import known

_ORDER_ROWS = 20_000  # more tell nothing further
_ORDER_PAIRS = 7  # so many pairs in order by chance: one in 40,000
_NOISE = 0.1  # names are shared by many: an export that holds less of the file is not meant
_SHORT = 9  # digits: a count, a number within a list or one of ours is met anywhere
_FEW, _NUMBERED = 8, 0.9  # so many of them, and so great a share
ANYWHERE = -1
_IN_ORDER = 0.95  # a few rows that were moved by hand do not hide it


@dataclass
class Overlap:
    """How much of the best column of the file one column of an export holds."""

    column: str  # of the export; empty: whole rows
    position: int  # column of the file from 1; 0: whole rows; ANYWHERE: numbers wherever they stand
    found: int
    tested: int

    @property
    def share(self) -> float:
        """Of what could be compared."""
        return self.found / self.tested


@dataclass
class Candidate:
    """An export and what speaks for it, strongest first."""

    export: dict[str, Any]
    has_mark: bool = False
    is_comparable: bool = True  # False: never finished, or its key is gone
    is_same_bytes: bool = False
    is_same_rows: bool = False
    order: float | None = None  # share of neighbours that stand as this export put them; None: cannot be told
    overlaps: list[Overlap] = field(default_factory=list)

    @property
    def is_in_order(self) -> bool:
        """Whether the rows stand as this export shuffled them."""
        return self.order is not None and self.order >= _IN_ORDER

    @property
    def share(self) -> float:
        """Best overlap."""
        return max((overlap.share for overlap in self.overlaps), default=0.0)

    @property
    def strength(self) -> tuple[bool, bool, bool, bool, float]:
        """For ranking. A mark can be copied into a file, rows cannot: it counts where they agree."""
        return (
            self.is_same_bytes,
            self.has_mark and (bool(self.overlaps) or not self.is_comparable),
            self.is_in_order,
            self.is_same_rows,
            round(self.share, 3),
        )

    def as_dict(self) -> dict[str, Any]:
        """For a program."""
        return asdict(self) | {"is_in_order": self.is_in_order, "share": self.share}


@dataclass
class Seen:
    """A file as the keys see it; holds values of persons in memory only, for the order."""

    sha256: str
    marks: set[str]
    rows: int
    texts: list[list[str]]  # the first rows
    columns: dict[str, dict[int, Any]]  # key name → position → sorted hashes, but for short numbers
    short: dict[str, dict[int, Any]]  # the same of short numbers, which are in every list
    row_sets: dict[str, set[str]]
    keyless: list[int] = field(default_factory=list)  # exports whose key is gone: known by mark or bytes only
    unsketched: list[int] = field(default_factory=list)  # of which not all columns that tell whom were kept
    numbered: list[int] = field(default_factory=list)  # that only hold the short numbers of a column


def identify(conn: psycopg.Connection[Any], path: Path) -> tuple[Seen, list[Candidate]]:
    """The exports that the file may come from, likeliest first, and what was seen of it.

    Raises:
        SimpulError: it cannot be read as CSV or XLSX.
    """
    keys = {export_keys.name_of(key): key for key in export_keys.live_keys()}
    seen = look(path, keys)
    found: list[Candidate] = []
    with conn.cursor(row_factory=dict_row) as cursor:
        exports = cursor.execute("select * from audit.export order by export_id desc").fetchall()
    for export in exports:
        mark = export.pop("mark")
        one = Candidate(export, has_mark=mark in seen.marks, is_same_bytes=export["sha256"] == seen.sha256)
        key = keys.get(export["key_id"])
        one.is_comparable = bool(key and export["finished_at"])
        if key and one.is_comparable:
            one.is_same_rows = export["row_set"] in seen.row_sets[export["key_id"]]
            one.overlaps = _overlaps(conn, export["export_id"], seen.columns[export["key_id"]])
            if one.overlaps:
                one.order = _order(export_keys.order_key(key, export["export_id"]), seen.texts)
            short = _overlaps(conn, export["export_id"], seen.short[export["key_id"]])
            if not one.overlaps and any(of.found >= _FEW and of.share >= _NUMBERED for of in short):
                seen.numbered.append(export["export_id"])
            if not _is_sketched(conn, export):
                seen.unsketched.append(export["export_id"])
        if export["finished_at"] and not key:
            seen.keyless.append(export["export_id"])
        if one.has_mark or one.is_same_bytes or one.is_same_rows or one.overlaps:
            found.append(one)
    return seen, sorted(found, key=lambda one: one.strength, reverse=True)


def _is_sketched(conn: psycopg.Connection[Any], export: dict[str, Any]) -> bool:
    """Whether all columns are kept by which it could be named: which they are is known better than it was."""
    table = export["relation"].rpartition(".")[2]
    kept = conn.execute(
        "select column_name from audit.export_sketch where export_id = %s", (export["export_id"],)
    )
    return {name for name in export["columns"] if tells_whom(table, name)} <= {name for (name,) in kept}


def look(path: Path, keys: dict[str, bytes]) -> Seen:
    """Hash every cell of a file under every key, and every number of sixteen digits wherever it stands: in a sentence,
    parted by blanks, in what is packed into it.
    """
    hashes: dict[str, dict[int, set[bytes]]] = {name: {} for name in keys}
    short: dict[str, dict[int, set[bytes]]] = {name: {} for name in keys}
    sums = {name: export_keys.RowSet() for name in keys}
    first: dict[str, bytes] = {}
    texts: list[list[str]] = []
    marks, count = set(_marks_of_properties(path)), 0
    numbers = _numbers_of(path)
    for row in _rows_or_none(path, bool(numbers)):
        # the column of marks is not what was read from the warehouse
        own = {cell for cell in row if export_keys.MARK.fullmatch(cell.strip())}
        marks |= {cell.strip() for cell in own}
        cells = ["" if cell in own else known(cell) for cell in row]
        if not any(cells):
            continue
        count += 1
        if len(texts) < _ORDER_ROWS:
            texts.append(cells)
        for name, key in keys.items():
            hashed = export_keys.hash_of_row(key, cells)
            sums[name].add(hashed)
            first.setdefault(name, hashed)
            hashes[name].setdefault(0, set()).add(hashed[:8])
            for position, cell in enumerate(cells, 1):
                if cell:
                    of = short if cell.isdigit() and len(cell) <= _SHORT else hashes
                    of[name].setdefault(position, set()).add(export_keys.hash_of(key, cell))
    for name, key in keys.items():
        if numbers:
            hashes[name][ANYWHERE] = {export_keys.hash_of(key, number) for number in numbers}
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    return Seen(
        sha256,
        marks,
        count,
        texts,
        _all_sorted(hashes),
        _all_sorted(short),
        {name: {sums[name].result(), sums[name].without(first.get(name, b""))} for name in keys},
    )


def _numbers(hashes: bytes) -> Any:
    return np.frombuffer(hashes, ">u8").astype(np.uint64)


def _all_sorted(of: dict[str, dict[int, set[bytes]]]) -> dict[str, dict[int, Any]]:
    return {name: {at: _sorted(found) for at, found in columns.items()} for name, columns in of.items()}


def _sorted(hashes: set[bytes]) -> Any:
    return np.sort(_numbers(b"".join(hashes)))


def _overlaps(conn: psycopg.Connection[Any], number: int, columns: dict[int, Any]) -> list[Overlap]:
    """Of each column of the export the column of the file that holds most of the same."""
    overlaps = []
    for name, is_whole, stored in conn.execute(
        "select column_name, is_whole, hashes from audit.export_sketch where export_id = %s", (number,)
    ):
        sketch = _numbers(stored)
        best: Overlap | None = None
        for position, values in columns.items():
            if (position == 0) != (name == "") or not len(sketch):
                continue
            # a sketch of many is fair below its largest hash and says nothing above
            tested = len(values) if is_whole else int(np.searchsorted(values, sketch[-1], side="right"))
            shared = int(np.isin(values, sketch, assume_unique=True).sum())
            if shared and (best is None or shared > best.found):
                best = Overlap(name, position, shared, tested)
        if best and best.share >= _NOISE:
            overlaps.append(best)
    return sorted(overlaps, key=lambda overlap: overlap.share, reverse=True)


def _order(order: str, texts: list[list[str]]) -> float | None:
    """Share of neighbouring rows that stand as this export put them, by the column in which most do."""
    shares = []
    for position in range(max(map(len, texts), default=0)):
        places = [
            export_keys.order_of(order, row[position])
            for row in texts
            if position < len(row) and row[position].isdigit() and len(row[position]) >= 10
        ]
        pairs = [(a, b) for a, b in itertools.pairwise(places) if a != b]
        if len(pairs) >= _ORDER_PAIRS:
            shares.append(sum(a < b for a, b in pairs) / len(pairs))
    return max(shares, default=None)


# ------------------------------------------------------------------------------------------------------ reading a file
def _numbers_of(path: Path) -> set[str]:
    try:
        return {number for text in views(path) for number in numbers_in(text)}
    except OSError:
        return set()  # `_rows` says why


def _rows_or_none(path: Path, has_numbers: bool) -> Iterator[list[str]]:
    """Its rows; of what is no table but holds numbers, none."""
    try:
        yield from _rows(path)
    except SimpulError:
        if not has_numbers:
            raise


def _rows(path: Path) -> Iterator[list[str]]:
    try:
        with path.open("rb") as file:
            head = file.read(1 << 16)
    except OSError as error:
        raise SimpulError(f"{path.name} cannot be read: {error.strerror}", code="format") from None
    yield from _book(path) if head[:4] in (b"PK\x03\x04", b"\xd0\xcf\x11\xe0") else _text(path, head)


def _book(path: Path) -> Iterator[list[str]]:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        with CalamineWorkbook.from_path(str(path)) as book:
            for name in book.sheet_names:
                for row in book.get_sheet_by_name(name).iter_rows():
                    yield [cell_text(cell) or "" for cell in row]
    except (CalamineError, zipfile.BadZipFile, ValueError):
        raise SimpulError(f"{path.name} cannot be read as a workbook", code="format") from None


def _text(path: Path, head: bytes) -> Iterator[list[str]]:
    """Whatever a spreadsheet may have made of it: delimiter and encoding are taken from its beginning."""
    wide = head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    encoding = "utf-16" if wide else "utf-8-sig"
    if not wide:
        try:
            codecs.getincrementaldecoder("utf-8")().decode(head)
        except UnicodeDecodeError:
            encoding = "cp1252"
    line = head.decode(encoding, "replace").split("\n", 1)[0]
    delimiter = max(",;\t|", key=line.count)
    csv.field_size_limit(1 << 24)
    try:
        with path.open(encoding=encoding, errors="replace", newline="") as file:
            yield from csv.reader((text.replace("\x00", "") for text in file), delimiter=delimiter)
    except csv.Error:
        raise SimpulError(f"{path.name} cannot be read as CSV", code="format") from None


def _marks_of_properties(path: Path) -> list[str]:
    """A workbook keeps its properties when rows and columns are taken out of it."""
    try:
        with zipfile.ZipFile(path) as archive:
            text = archive.read("docProps/core.xml")[: 1 << 20].decode("utf-8", "replace")
    except (zipfile.BadZipFile, KeyError, OSError, NotImplementedError, RuntimeError):
        return []
    return [found[0] for found in export_keys.MARK.finditer(text)]
