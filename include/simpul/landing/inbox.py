"""The inbox: which files wait there, whose they are, and whether they have stopped growing."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterable, Iterator, Sequence, Set
from itertools import chain
from pathlib import Path
from typing import Any

from simpul.contract import AGENCIES, contracts_stamp
from simpul.database import connect, no_values
from simpul.errors import SimpulError
from simpul.landing.register import DISMISSED, contracts_fingerprint, path_text
from simpul.landing.result import Unsettled
from simpul.landing.whole import PATIENCE, looks_whole
from simpul.readers.letter import SUFFIXES, letter_fingerprint
from simpul.readers.reasons import printable
from simpul.settings import get_settings
from simpul.stamps import stamp

# how browsers, copy tools and offices call what is not finished, and what no agency means to send
_PARTIAL = (
    ".part",
    ".partial",
    ".filepart",
    ".crdownload",
    ".download",
    ".tmp",
    ".temp",
    ".swp",
    ".lock",
    "~",
)
_NOISE = {"thumbs.db", "desktop.ini"}
_DONE = ("landed", "superseded", "duplicate", "refused", "unpacked")
ANYBODY = "any"  # folder of what came out of a zip that lay outside the inbox


def is_delivery(name: str) -> bool:
    """Whether a file of this name is meant to be landed: no hidden, partial or lock file, no cover letter."""
    lowered = name.lower()
    return not (
        lowered.startswith((".", "~$")) or lowered.endswith((*_PARTIAL, *SUFFIXES)) or lowered in _NOISE
    )


def deliveries(path: Path) -> list[Path]:
    """``path`` itself, or all deliveries below it when it is a folder, oldest first."""
    if not path.is_dir():
        return [path]
    found = [
        Path(root, name)
        for root, _, names in os.walk(path)
        for name in names
        if is_delivery(name) and not Path(root, name).is_symlink()
    ]
    return sorted(found, key=lambda file: (file.stat().st_mtime_ns, file))


def mark_of(path: Path | str) -> str:
    """16 hexadecimal digits that stand for a path where the path itself may not be said."""
    return hashlib.sha256(path_text(Path(path)).encode()).hexdigest()[:16]


def find(mark: str) -> Path:
    """The delivery whose path has this `mark_of`.

    Raises:
        SimpulError: it is not there any more.
    """
    for path in _files(_wanted(())):
        if mark_of(path) == mark:
            return path
    raise SimpulError(f"the file {mark} is no longer in the inbox", code="not_there")


def agency_of(path: Path) -> str | None:
    """The agency in whose folder ``path`` lies, of the inbox or of what we fetched or unpacked; None outside these,
    ``""`` in no agency's folder.
    """
    for root in _roots():
        if path.is_relative_to(root):
            parts = path.relative_to(root).parts
            if parts[0] == ANYBODY and root == get_settings().unpacked:
                return None
            return _agency(parts[0]) if len(parts) > 1 else ""
    return None


def _roots() -> tuple[Path, ...]:
    """Where deliveries lie: what agencies drop, what we fetch from them, and what came out of zips."""
    settings = get_settings()
    return settings.inbox, settings.fetched, settings.unpacked


def _agency(folder: str) -> str:
    """Whose folder this is, whatever case it is written in; ``""`` when it is nobody's."""
    return folder.lower() if folder.lower() in AGENCIES else ""


def settle(path: Path) -> None:
    """Return once the file has kept its size and time for `settle_seconds`; waits at most about as long.

    A file that does not look whole must have been quiet for `PATIENCE` times as long. If it stays cut short, it is held
    when it is read.

    Raises:
        Unsettled: it is still changing, or may be.
        SimpulError: there is no such file.
    """
    wait = get_settings().settle_seconds
    before = _stat(path)
    age = time.time() - before.st_mtime
    if 0 <= age < PATIENCE * wait and not looks_whole(path, before.st_size):
        raise Unsettled(
            f"'{printable(path.name)}' does not look whole yet",
            hint=f"it is taken once it has not changed for {PATIENCE * wait:g} s",
        )
    if 0 <= wait <= age:
        return
    time.sleep(wait - age if age >= 0 else wait)  # a time in the future tells nothing: watch it instead
    after = _stat(path)
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise Unsettled(
            f"'{printable(path.name)}' is still being written", hint="it is taken at the next look"
        )


def discover(*agencies: str) -> list[str]:
    """Paths in the inbox that wait to be landed, oldest first so that corrections come after what they correct.

    Left out: files that are still changing, and those already received with the same size and time. What a crash left
    half done is found again; so is a file whose cover letter has changed since, and a held one when a contract has.

    Args:
        agencies: only the folders of these; ``""`` means what lies in no agency's folder.
    """
    found = sorted(_waiting(_files(_wanted(agencies))), key=lambda item: (item[1].st_mtime_ns, item[0]))
    if not found:
        return []
    with no_values("looking up received files"), connect() as conn:
        rows = conn.execute(
            "select source_path, bytes, mtime_ns, status, structure from audit.file where source_path = any(%s)"
            " order by received_at, file_id",
            ([path_text(path) for path, _ in found],),
        ).fetchall()
    newest = {tuple(row[:3]): row[3:] for row in rows}
    return [
        str(path)
        for path, state in found
        if (last := newest.get((path_text(path), state.st_size, state.st_mtime_ns))) is None
        or not _is_decided(path, *last)
    ]


class Watch:
    """`discover`, again and again: asks the database only when something has changed since nothing waited."""

    def __init__(self, *agencies: str) -> None:
        self.agencies = agencies
        self._quiet: object = None  # what lay there when nothing waited

    def look(self) -> list[str]:
        """See `discover`."""
        there = self._what_is_there()
        if there == self._quiet:
            return []
        waiting = discover(*self.agencies)
        self._quiet = None if waiting else there
        return waiting

    def look_at_versions(self) -> frozenset[tuple[str, int, str | None]]:
        """As `look`, with the time of each file and what its cover letter says: another word about it is news."""
        found = set()
        for path in map(Path, self.look()):
            try:
                found.add((str(path), path.stat().st_mtime_ns, letter_fingerprint(path)))
            except OSError:  # gone since
                continue
        return frozenset(found)

    def _what_is_there(self) -> tuple[object, ...]:
        """All that `discover` depends on: settled files, cover letters, contracts."""
        files = list(_files(_wanted(self.agencies)))
        settled = {(path, state.st_size, state.st_mtime_ns) for path, state in _waiting(files)}
        letters = stamp(path for path in files if path.name.lower().endswith(SUFFIXES))
        return settled, letters, contracts_stamp()


def _wanted(agencies: Sequence[str]) -> set[str]:
    return set(agencies or (*AGENCIES, ""))


def _is_decided(path: Path, status: str, structure: dict[str, Any] | None) -> bool:
    """Whether another look at the file, whose newest receipt is this, would come to nothing new."""
    read = ((structure or {}).get("letter") or {}).get("sha256")
    if status == "held" and DISMISSED not in (structure or {}):
        contracts = (structure or {}).get("contracts")
        return (letter_fingerprint(path), contracts_fingerprint()) == (read, contracts)
    # a letter taken away says nothing; older duplicates do not tell which letter was read
    return status in (*_DONE, "held") and (structure is None or letter_fingerprint(path) in (None, read))


def _waiting(files: Iterable[Path]) -> list[tuple[Path, os.stat_result]]:
    """The settled deliveries among them."""
    wait = get_settings().settle_seconds
    settled: list[tuple[Path, os.stat_result]] = []
    doubtful: list[tuple[Path, os.stat_result]] = []
    now = time.time()
    for path in files:
        if not is_delivery(path.name):
            continue
        try:
            state = path.stat()
        except FileNotFoundError:
            continue
        age = now - state.st_mtime
        if age >= wait and (age >= PATIENCE * wait or _looks_whole(path, state)):
            settled.append((path, state))
        elif age < 0:
            doubtful.append((path, state))
    if doubtful:
        time.sleep(wait)
        settled += [item for item in doubtful if _unchanged(*item)]
    return settled


def _files(agencies: Set[str]) -> Iterator[Path]:
    """Every file of these agencies but in hidden folders. Links are not followed: they could point anywhere."""
    roots = _roots()
    for root, folders, names in chain.from_iterable(map(os.walk, roots)):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        if Path(root) in roots:
            folders[:] = [name for name in folders if _agency(name) in agencies]
            names = names if "" in agencies else []
        for name in names:
            path = Path(root, name)
            if not path.is_symlink() and path.is_file():
                yield path


def _looks_whole(path: Path, state: os.stat_result) -> bool:
    try:
        return looks_whole(path, state.st_size)
    except OSError:  # gone, or locked by whoever writes it
        return False


def _unchanged(path: Path, before: os.stat_result) -> bool:
    try:
        now = path.stat()
    except FileNotFoundError:
        return False
    return (now.st_size, now.st_mtime_ns) == (before.st_size, before.st_mtime_ns)


def _stat(path: Path) -> os.stat_result:
    try:
        return path.stat()
    except OSError as error:
        raise SimpulError(
            f"'{printable(str(path))}' cannot be opened: {error.strerror}",
            code="missing_file",
            hint="check the path",
        ) from None
