"""Is an archive enough to make the warehouse anew? Its journal is read, and every byte that the journal names."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from simpul import ledger_journal
from simpul.landing import archive
from simpul.ledger_journal import Line
from simpul.settings import get_settings


@dataclass(frozen=True)
class Checked:
    """What an archive holds. ``problems``: what is missing or damaged, in both languages; empty = it is enough.

    ``damaged``: file ids whose bytes, or whose letter's, are not there as they were delivered. ``strays``: how many
    archived contents no receipt names: a landing that a crash cut off; nothing of them was ever in the warehouse.
    """

    lines: list[Line]
    contents: int
    bytes: int
    strays: int
    problems: tuple[str, ...]
    damaged: frozenset[str]


def check(progress: Callable[[int], None] = lambda size: None) -> Checked:
    """Read journal and archive of `Settings.archive`; needs no database.

    Args:
        progress: told the bytes read.
    """
    lines, problems = ledger_journal.read()
    problems += ledger_journal.losses(lines)
    damaged: set[str] = set()
    wanted: dict[str, list[tuple[str, str, str]]] = {}
    for sha256, *named in _wanted(lines):
        wanted.setdefault(sha256, []).append((named[0], named[1], named[2]))
    size = 0
    for sha256, named in wanted.items():
        path = archive.kept_at(sha256)
        if wrong := archive.damage(sha256, progress):
            damaged |= {file_id for file_id, *_ in named}
            file_id, what, apa = named[0]
            problems.append(
                f"{path}: {what} of file {file_id} is {wrong}, its SHA-256 was {sha256}"
                f" · {apa} berkas {file_id} {_ID[wrong]}, SHA-256 semestinya {sha256}"
            )
        else:
            size += path.stat().st_size
    known = {archive.kept_at(sha256).name for sha256 in wanted}
    found = {path.name for path in get_settings().archive.glob("[0-9a-f][0-9a-f]/*")}
    return Checked(lines, len(wanted), size, len(found - known), tuple(problems), frozenset(damaged))


_ID = {"gone": "hilang", "altered": "berubah"}


def _wanted(lines: list[Line]) -> Iterator[tuple[str, str, str, str]]:
    """SHA-256, file id, and what it is in both languages; of everything that the last word on each file names."""
    last = {line.subject: row for line in lines for row in line.about.get("audit.file", ())}
    for file_id, row in last.items():
        told = row["structure"] or {}
        letters = [told.get("letter", {}).get("sha256"), *told.get("earlier_letters", ())]
        for sha256 in filter(None, letters):
            yield sha256, file_id, "the letter", "surat pengantar"
        if not row.get("bytes_dropped_at"):  # their time was over
            yield row["sha256"], file_id, "the content", "isi"


def take_over(source: Path) -> int:
    """Copy another archive into ours, what is not there yet; returns how many files that were. `check` comes after it.

    Raises:
        OSError: it cannot be read, or the disk does not take it.
    """
    target = get_settings().archive
    copied = 0
    for path in [ledger_journal.path(source), *sorted(source.glob("[0-9a-f][0-9a-f]/*"))]:
        to = target / path.relative_to(source)
        if path.is_file() and not to.exists():
            to.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            shutil.copy2(path, to)
            copied += 1
    return copied
