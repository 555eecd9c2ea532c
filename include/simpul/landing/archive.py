"""The archive: every delivered byte, kept once under its own hash, never altered."""

from __future__ import annotations

import errno
import hashlib
import os
import queue
import stat
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from simpul.errors import SimpulError
from simpul.landing.result import Unsettled
from simpul.readers.encoding import TextFacts
from simpul.readers.reasons import printable
from simpul.readers.sniff import HEAD, is_container
from simpul.settings import get_settings

_STEP = 1 << 20
_READ_ONLY = 0o440
_STALE_SECONDS = 24 * 3600


@dataclass
class Archived:
    """A file as it was archived."""

    sha256: str
    size: int
    mtime_ns: int
    facts: TextFacts | None  # None: not a text, or not looked at
    _flusher: threading.Thread | None = None
    _trouble: list[OSError] = field(default_factory=list)

    @property
    def relative(self) -> str:
        """Path below the archive."""
        return relative_path(self.sha256)

    @property
    def path(self) -> Path:
        return kept_at(self.sha256)

    def wait(self) -> None:
        """Return once the bytes are on disk. Call before anything says that they are.

        Raises:
            SimpulError: the disk did not take them.
        """
        if self._flusher:
            self._flusher.join()
        if self._trouble:
            raise _disk(self._trouble[0])


def relative_path(sha256: str) -> str:
    """``<first two digits>/<sha256>``"""
    return f"{sha256[:2]}/{sha256}"


def stands_for(sha256: str) -> str:
    """SHA-256 of the bytes that are read for what was delivered under a hash. Always the same, as long as nothing may
    be taken out of a delivery: the one place to say otherwise.
    """
    return sha256


def kept_at(sha256: str) -> Path:
    """Where they lie."""
    return get_settings().archive / relative_path(stands_for(sha256))


def store(path: Path, progress: Callable[[int], None] | None = None) -> Archived:
    """Copy ``path`` into the archive, hashing on the way.

    The copy is renamed into place when it is whole, and written through to disk in the background while the caller goes
    on; `Archived.wait` joins that.

    Raises:
        Unsettled: the file changed while it was read; nothing was kept.
        SimpulError: it cannot be read, or the disk is full (``disk``).
    """
    archive = get_settings().archive
    incoming = archive / ".incoming"
    incoming.mkdir(parents=True, exist_ok=True, mode=0o700)
    _sweep(incoming)
    part = incoming / f"{uuid.uuid4().hex}.part"
    try:
        sha256, size, mtime_ns, facts, target = _copy(path, part, progress)
        final = archive / relative_path(sha256)
        final.parent.mkdir(exist_ok=True, mode=0o700)
        part.replace(final)  # the same bytes may be there: then this heals a copy that was damaged
    except OSError as error:
        part.unlink(missing_ok=True)
        raise _disk(error, path) from None
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    trouble: list[OSError] = []
    flusher = threading.Thread(target=_flush, args=(target, final.parent, trouble), name="simpul-archive")
    flusher.start()
    return Archived(sha256, size, mtime_ns, facts, flusher, trouble)


def store_bytes(content: bytes) -> str:
    """Keep something small (a cover letter) beside the deliveries; returns its sha256.

    Raises:
        SimpulError: the disk does not take it.
    """
    sha256 = hashlib.sha256(content).hexdigest()
    final = get_settings().archive / relative_path(sha256)
    if final.is_file() and final.read_bytes() == content:
        return sha256
    part = final.parent.parent / ".incoming" / f"{uuid.uuid4().hex}.part"
    try:
        part.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        final.parent.mkdir(exist_ok=True, mode=0o700)
        with part.open("xb") as file:
            file.write(content)
            file.flush()
            os.fchmod(file.fileno(), _READ_ONLY)
            os.fsync(file.fileno())
        part.replace(final)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise _disk(error) from None
    return sha256


def reopen(sha256: str, size: int, mtime_ns: int) -> Archived:
    """What was archived before, for landing it once more.

    Raises:
        SimpulError: the bytes are gone or were altered.
    """
    if damage(sha256):
        raise SimpulError(
            f"the archived bytes of {sha256[:16]} are gone or damaged",
            code="archive",
            hint="see `simpul verify`",
        )
    return Archived(sha256, size, mtime_ns, None)


def damage(sha256: str, progress: Callable[[int], None] | None = None) -> str | None:
    """What is wrong with the bytes that were delivered under a hash: ``gone`` or ``altered``; None = nothing."""
    path = kept_at(sha256)
    if not path.is_file():
        return "gone"
    return None if hash_file(path, progress) == stands_for(sha256) else "altered"


def hash_file(path: Path, progress: Callable[[int], None] | None = None) -> str:
    """sha256 of a file."""
    digest = hashlib.sha256()
    with path.open("rb", buffering=0) as file:
        while chunk := file.read(_STEP):
            digest.update(chunk)
            if progress:
                progress(len(chunk))
    return digest.hexdigest()


def _copy(
    path: Path, part: Path, progress: Callable[[int], None] | None
) -> tuple[str, int, int, TextFacts | None, int]:
    """Returns the hash, size, time, what was seen of the text, and the open descriptor of the copy."""
    digest = _Digest()
    facts: TextFacts | None = None
    size = 0
    with digest, path.open("rb", buffering=0) as source:
        before = os.fstat(source.fileno())
        if not stat.S_ISREG(before.st_mode):
            raise SimpulError(f"'{printable(path.name)}' is no ordinary file", code="not_a_file")
        target = os.open(part, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
        try:
            # not past the size it had: a file may grow as fast as it is read
            while size <= before.st_size and (chunk := source.read(_STEP)):
                digest.update(chunk)
                _write_all(target, chunk)
                if size == 0 and not is_container(chunk):
                    facts = TextFacts(chunk[:HEAD])
                if facts:
                    facts.feed(chunk)
                size += len(chunk)
                if progress:
                    progress(len(chunk))
            after, now = os.fstat(source.fileno()), path.stat()
            if _mark(before) != _mark(after) or _mark(before) != _mark(now) or size != before.st_size:
                raise Unsettled(
                    f"'{printable(path.name)}' changed while it was read", hint="it is taken at the next look"
                )
            os.fchmod(target, _READ_ONLY)
        except BaseException:
            os.close(target)
            raise
    return digest.hexdigest(), size, before.st_mtime_ns, facts, target


class _Digest:
    """sha256 in a thread of its own: hashing and writing both let go of the interpreter, so they run side by side."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()
        self._queue: queue.Queue[bytes | None] = queue.Queue(maxsize=4)
        self._thread = threading.Thread(target=self._run, name="simpul-sha256")
        self.update = self._queue.put

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *error: object) -> None:
        self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (chunk := self._queue.get()) is not None:
            self._hash.update(chunk)

    def hexdigest(self) -> str:
        return self._hash.hexdigest()


def _write_all(descriptor: int, chunk: bytes) -> None:
    view = memoryview(chunk)
    while view:
        view = view[os.write(descriptor, view) :]


def _mark(found: os.stat_result) -> tuple[int, int, int]:
    return found.st_ino, found.st_size, found.st_mtime_ns


def _flush(descriptor: int, folder: Path, trouble: list[OSError]) -> None:
    try:
        os.fsync(descriptor)
        directory = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)
    except OSError as error:
        trouble.append(error)
    finally:
        os.close(descriptor)


def _sweep(incoming: Path) -> None:
    """Remove copies that a killed process left behind."""
    for part in incoming.glob("*.part"):
        try:
            if time.time() - part.stat().st_mtime > _STALE_SECONDS:
                part.unlink()
        except FileNotFoundError:
            continue


def _disk(error: OSError, path: Path | None = None) -> SimpulError:
    name = f" '{printable(path.name)}'" if path else ""
    if isinstance(error, FileNotFoundError):
        return SimpulError(f"there is no file{name}", code="missing_file")
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return SimpulError(
            f"the disk of the archive is full; file{name} was not taken", code="disk", hint="make room"
        )
    return SimpulError(f"file{name} cannot be read or archived: {error.strerror}", code="disk")
