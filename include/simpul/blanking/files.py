"""One delivered file, whatever it is, written anew without the rows of a person."""

from __future__ import annotations

import gzip
import hashlib
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from simpul.blanking.books import blank_book, convert_book
from simpul.blanking.lines import blank_lines
from simpul.blanking.sought import Sought
from simpul.readers import guards
from simpul.readers.reasons import Held
from simpul.readers.sniff import GZIP, HEAD, is_container, is_plain_zip, sniff
from simpul.readers.workbook import parts_of

Rows = Mapping[str | None, Collection[int]]
"""Sheet (None: the text file itself) → rows as a spreadsheet shows them."""


class Unreadable(Exception):
    """Nobody can look into the file: it is encrypted, damaged, or no table. Says why, without a value."""


@dataclass(frozen=True)
class Blanked:
    """What was taken out of a file. Nothing: no target was written.

    Attributes:
        rows: sheet (``""``: a text file) → rows that were not blank before.
        texts: what stood in them, by sheet and row: to be held against what was loaded, then forgotten.
        masked: (sheet, row) of others' rows out of which a number was taken; ``(part, 0)``: not of a sheet.
        doubt: why nobody can say that nothing of the person is in it: it is no table, or a member of it is none.
    """

    rows: dict[str, list[int]] = field(default_factory=dict)
    texts: dict[tuple[str, int], bytes] = field(default_factory=dict, repr=False)
    masked: list[tuple[str, int]] = field(default_factory=list)
    doubt: str | None = None

    @property
    def is_written(self) -> bool:
        """Whether there is a target."""
        return bool(self.rows or self.masked)

    @property
    def count(self) -> int:
        """Rows."""
        return sum(map(len, self.rows.values()))


def blank(
    source: Path,
    target: Path,
    rows: Rows,
    sought: Sought,
    *,
    delimiter: str | None = None,
    dataset: str | None = None,
    kept: Rows | None = None,
    members: Mapping[str, Path] | None = None,
) -> Blanked:
    """Write ``target`` as ``source`` without the rows that are named and those that are about the person.

    Args:
        source: the file; it is not altered.
        target: beside it, on the same disk; written only if anything was taken out.
        rows: to blank whatever stands in them.
        sought: whom to look for.
        delimiter: by which a text was read, where that is known.
        dataset: as which it was recognised, where that is known: its contract says which number is whose.
        kept: rows that are somebody else's, whatever they tell.
        members: for a zip: hash of a member → the file that takes its place.

    Raises:
        Unreadable: it cannot be looked into.
        OSError: of reading and writing.
    """
    try:
        if is_plain_zip(source):
            return _zip(source, target, sought, members or {})
        with source.open("rb") as file:
            head = file.read(HEAD)
        if head.startswith(GZIP):
            return _gzip(source, target, sought)
        if is_container(head):
            writer = blank_book if zipfile.is_zipfile(source) and parts_of(source) else convert_book
            return _blanked(*writer(source, target, rows, sought, dataset, kept))
        doubt = _doubt(head, source)
        if doubt is not None:
            return _no_table(source, target, sought, doubt)
        wanted, others = _of_text(rows), _of_text(kept or {})
        content, lines, masked = blank_lines(source.read_bytes(), wanted, sought, delimiter, dataset, others)
        done = _blanked({("", row): text for row, text in lines.items()}, [("", row) for row in masked])
        if done.is_written:
            target.touch(0o600)
            target.write_bytes(content)
        return done
    except Held as held:
        target.unlink(missing_ok=True)
        raise Unreadable(held.reason) from None
    except (
        zipfile.BadZipFile,
        gzip.BadGzipFile,
        zlib.error,
        EOFError,
        RuntimeError,
        UnicodeError,
        ValueError,
        KeyError,
    ) as error:
        target.unlink(missing_ok=True)
        raise Unreadable(f"it cannot be read ({type(error).__name__})") from None


def _doubt(head: bytes, source: Path) -> str | None:
    """Why a file is no table, empty for one without rows (JSON); None for a text that is one, or is blank."""
    try:
        return "" if sniff(head, source) == "json" else None
    except Held as held:
        return None if held.code == "empty" else held.reason


def _no_table(source: Path, target: Path, sought: Sought, doubt: str) -> Blanked:
    """A number that stands there as it is goes; what else is in it nobody knows."""
    content = source.read_bytes()
    less = sought.masked(content)
    if less == content:
        return Blanked(doubt=doubt or None)
    target.touch(0o600)
    target.write_bytes(less)
    return Blanked(masked=[("", 0)], doubt=doubt or "its records are no rows")


def _gzip(source: Path, target: Path, sought: Sought) -> Blanked:
    """One file that is packed."""
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".members-") as scratch:
        inside, made = Path(scratch, "0"), Path(scratch, "0.made")
        with gzip.open(source) as stream, inside.open("wb") as file:
            while chunk := stream.read(1 << 20):
                file.write(chunk)
                if file.tell() > guards.MAX_BYTES:
                    return Blanked(doubt="it unpacks to more than a table can be")
        done = blank(inside, made, {}, sought)
        if done.is_written:
            target.touch(0o600)
            with target.open("wb") as file, gzip.GzipFile("", "wb", 6, file, mtime=0) as packed:
                packed.write(made.read_bytes())
    return done


def _of_text(rows: Rows) -> list[int]:
    return [*rows.get(None, ()), *rows.get("", ())]


def _blanked(texts: dict[tuple[str, int], bytes], masked: list[tuple[str, int]]) -> Blanked:
    rows: dict[str, list[int]] = {}
    for sheet, row in sorted(texts):
        rows.setdefault(sheet, []).append(row)
    return Blanked(rows, texts, masked)


def _zip(source: Path, target: Path, sought: Sought, members: Mapping[str, Path]) -> Blanked:
    """Its members one by one: what was written anew already takes its place, the others are looked into."""
    guards.check_zip(source)
    rows: dict[str, list[int]] = {}
    masked: list[tuple[str, int]] = []
    doubts: list[str] = []
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".members-") as scratch:
        fresh: dict[str, Path] = {}
        with zipfile.ZipFile(source) as packed:
            for number, info in enumerate(packed.infolist()):
                if info.is_dir():
                    continue
                member, made = Path(scratch, f"{number}"), Path(scratch, f"{number}.made")
                with packed.open(info) as stream, member.open("wb") as file:
                    shutil.copyfileobj(stream, file, 1 << 20)
                before = _hash(member)
                if before in members:
                    fresh[info.filename] = members[before]
                    rows[info.filename] = [0]
                    continue
                try:
                    found = blank(member, made, {}, sought)
                except Unreadable as error:  # nobody could land it either
                    doubts.append(str(error))
                    continue
                doubts += [found.doubt] if found.doubt else []
                if found.is_written:
                    fresh[info.filename] = made
                    masked += [(info.filename, row) for _, row in found.masked]
                if found.rows:
                    rows[info.filename] = [row for of_sheet in found.rows.values() for row in of_sheet]
                member.unlink()
            if fresh:
                _pack(packed, target, fresh)
    return Blanked(rows, masked=masked, doubt="; ".join(sorted(set(doubts))) or None)


def _pack(packed: zipfile.ZipFile, target: Path, fresh: Mapping[str, Path]) -> None:
    target.touch(0o600)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as made:
        for info in packed.infolist():
            told = zipfile.ZipInfo(info.filename, info.date_time)
            told.compress_type, told.external_attr = zipfile.ZIP_DEFLATED, info.external_attr
            if info.filename in fresh:
                made.writestr(told, fresh[info.filename].read_bytes())
            else:
                made.writestr(told, packed.read(info))


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
