"""An archived file written anew without rows of erased persons: its number stays, its content has another hash.

Until the transaction that says so commits, both contents are in the archive; after it the old one goes, and the copies
where it was delivered are replaced. A crash in between leaves one content too many, which doing it again removes.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from simpul.errors import SimpulError
from simpul.files import replacing
from simpul.landing.archive import hash_file, relative_path
from simpul.landing.inbox import mark_of
from simpul.readers.letter import SUFFIXES
from simpul.settings import get_settings

_READ_ONLY = 0o440
ERASING = "erasing"
"""Lock: shared by whoever brings records in or takes them out as a file, held alone by whoever erases a person."""


def draft_path(sha256: str) -> Path:
    """Where the new content of an archived file is written: on the same disk, nobody's delivery."""
    folder = get_settings().archive / ".incoming"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder / f"{sha256[:16]}.rewritten.part"


def archive_draft(draft: Path) -> tuple[str, int]:
    """Move a draft to its place in the archive; its hash and size."""
    sha256 = hash_file(draft)
    final = get_settings().archive / relative_path(sha256)
    final.parent.mkdir(exist_ok=True, mode=0o700)
    descriptor = os.open(draft, os.O_RDWR)
    try:
        os.fsync(descriptor)
        os.fchmod(descriptor, _READ_ONLY)
    finally:
        os.close(descriptor)
    size = draft.stat().st_size
    draft.replace(final)
    return sha256, size


def current(conn: psycopg.Connection[Any], sha256: str) -> str:
    """The hash of what a content was written anew as, after all erasures that hold; the same where it never was."""
    row = conn.execute(
        """with recursive written as (
            select sha256_before, sha256_after from audit.rewritten_file left join audit.erasure using (erasure_id)
            where lifted_at is null),
        step as (
            select sha256_after, 1 as depth from written where sha256_before = %(sha)s
            union
            select w.sha256_after, depth + 1 from step join written w on w.sha256_before = step.sha256_after
            where depth < 1000)
        select sha256_after from step order by depth desc limit 1""",
        {"sha": sha256},
    ).fetchone()
    return row[0] if row else sha256


def blanked(conn: psycopg.Connection[Any], sha256: str) -> int:
    """How many rows were blanked in a content on its way from what was delivered; the most, if it came by two ways."""
    row = conn.execute(
        """with recursive back as (
            select sha256_before, rows, 1 as depth from audit.rewritten_file where sha256_after = %(sha)s
            union
            select r.sha256_before, back.rows + r.rows, depth + 1 from back
            join audit.rewritten_file r on r.sha256_after = back.sha256_before
            where depth < 1000)
        select coalesce(max(rows), 0) from back""",
        {"sha": sha256},
    ).fetchone()
    return int(row[0]) if row else 0


def put(conn: psycopg.Connection[Any], rows: Sequence[Mapping[str, Any]]) -> None:
    """Write rows of ``audit.rewritten_file`` as they were told elsewhere (as JSON); the file is there."""
    conn.execute(
        "insert into audit.rewritten_file overriding system value"
        " select * from jsonb_populate_recordset(null::audit.rewritten_file, %s)",
        (Jsonb(list(rows)),),
    )


def unwritable_copies(conn: psycopg.Connection[Any], contents: list[str]) -> list[str]:
    """Marks of the paths (`mark_of`) at which such a content lies and could not be replaced."""
    return [
        mark_of(path)
        for sha256 in contents
        for path in copies(conn, sha256)
        if not os.access(path.parent, os.W_OK | os.X_OK)
    ]


def copies(conn: psycopg.Connection[Any], sha256: str) -> list[Path]:
    """Where receipts of this content say that it was found and a file of its size lies."""
    rows = conn.execute(
        "select distinct source_path, bytes from audit.file where sha256 = %s", (sha256,)
    ).fetchall()
    return [path for text, size in rows if (path := Path(text)).is_file() and path.stat().st_size == size]


def replace_copies(conn: psycopg.Connection[Any], before: str, after: str) -> int:
    """Put the new content where the old one was delivered, with the time of the old; how many copies there were.

    Raises:
        SimpulError: one cannot be replaced; its mark says which.
    """
    rows = conn.execute("select distinct source_path from audit.file where sha256 = %s", (after,)).fetchall()
    return sum(replace_copy(Path(path), before, after) for (path,) in rows)


def replace_copy(path: Path, before: str, after: str) -> bool:
    """As `replace_copies`, of one path; whether it held the old content."""
    if not path.is_file() or path.is_relative_to(get_settings().archive) or hash_file(path) != before:
        return False
    told = path.stat()
    try:
        with replacing(path) as draft:
            shutil.copyfile(get_settings().archive / relative_path(after), draft)
            draft.chmod(told.st_mode & 0o777)
            with suppress(PermissionError):
                os.chown(draft, told.st_uid, told.st_gid)
            os.utime(draft, ns=(told.st_atime_ns, told.st_mtime_ns))
    except OSError as error:
        raise SimpulError(
            f"the delivered copy {mark_of(path)} cannot be replaced: {error.strerror}",
            code="inbox",
            hint="make its folder writable for Simpul, or remove the file there, and run it again",
        ) from None
    return True


def remove_copies(conn: psycopg.Connection[Any], sha256: str) -> int:
    """Remove a content where it was delivered or laid out, with the letter beside it; how many copies there were.

    Raises:
        SimpulError: one cannot be removed; its mark says which.
    """
    gone = 0
    for path in copies(conn, sha256):
        if path.is_relative_to(get_settings().archive) or hash_file(path) != sha256:
            continue
        try:
            for one in (path, *(path.with_name(path.name + suffix) for suffix in SUFFIXES)):
                one.unlink(missing_ok=True)
        except OSError as error:
            raise SimpulError(
                f"the delivered copy {mark_of(path)} cannot be removed: {error.strerror}",
                code="inbox",
                hint="make its folder writable for Simpul, or remove the file there, and run it again",
            ) from None
        gone += 1
    return gone


def rename(old: Path, new: Path) -> None:
    """A delivered file, and its cover letter with it, under a name that tells nobody; again = no change."""
    for before in (old, *(old.with_name(old.name + suffix) for suffix in SUFFIXES)):
        if before.is_file():
            new.parent.mkdir(parents=True, exist_ok=True)
            before.rename(new.with_name(new.name + before.name.removeprefix(old.name)))


def drop(conn: psycopg.Connection[Any], sha256: str) -> bool:
    """Remove a content of which no receipt tells any more; whether it was there."""
    path = get_settings().archive / relative_path(sha256)
    if (
        conn.execute("select 1 from audit.file where sha256 = %s limit 1", (sha256,)).fetchone()
        or not path.is_file()
    ):
        return False
    path.unlink()
    return True
