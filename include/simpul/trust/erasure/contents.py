"""Every archived content is looked into, and written anew where it holds rows of the person."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from simpul.blanking import Blanked, Unreadable, blank
from simpul.errors import SimpulError
from simpul.landing import rewriting
from simpul.landing.archive import relative_path
from simpul.landing.persons import of_persons
from simpul.settings import get_settings
from simpul.trust.erasure.persons import Person
from simpul.trust.erasure.rows import Rows, raw_of_others

_WORD = re.compile(r"\w{4,}")
_CONTENTS = """
select sha256, array_agg(file_id order by file_id), max(structure ->> 'delimiter'), max(dataset)
from audit.file where archive_path is not null and (dataset is null or dataset = any(%s))
group by sha256 order by bool_or(status = 'unpacked'), sha256
"""


@dataclass
class Contents:
    """What came of it.

    Attributes:
        blanked: sha256 before → rows.
        sizes: sha256 after → bytes.
        unreadable: file ids of contents that nobody can look into, in whole or in part, with the reason.
    """

    blanked: dict[str, int] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)
    unreadable: dict[str, str] = field(default_factory=dict)


def rewrite(
    conn: psycopg.Connection[Any],
    person: Person,
    rows: Rows,
    progress: Callable[[str], None] = lambda line: None,
) -> Contents:
    """Write the new contents into the archive, beside the old ones. Zips come last: their members are known then.

    Fills ``person.files``. Nothing else changes: until the database says so, nobody reads them.
    """
    found = Contents()
    archive = get_settings().archive
    members: dict[str, Path] = {}
    contents = conn.execute(_CONTENTS, (sorted(of_persons()),)).fetchall()
    for number, (sha256, file_ids, delimiter, dataset) in enumerate(contents, 1):
        progress(f"archive {number}/{len(contents)}")
        source = archive / relative_path(sha256)
        if not source.is_file():
            # a backup may bring it back: the certificate names it, and `erase --verify` will find who is in it
            found.unreadable[file_ids[0]] = "the archived content is not there"
            continue
        draft = rewriting.draft_path(sha256)
        draft.unlink(missing_ok=True)
        try:
            done = blank(
                source,
                draft,
                rows.of(file_ids),
                person.sought,
                delimiter=delimiter,
                dataset=dataset,
                kept=rows.of(file_ids, others=True),
                members=members,
            )
        except Unreadable as error:
            found.unreadable[file_ids[0]] = str(error)
            continue
        if done.doubt:
            found.unreadable[file_ids[0]] = done.doubt
        _check(rows, file_ids, done)
        check_others(conn, rows, file_ids, done)
        if done.is_written:
            after, size = rewriting.archive_draft(draft)
            person.files[sha256] = after
            members[sha256] = archive / relative_path(after)
            found.blanked[sha256], found.sizes[after] = done.count, size
    return found


def _check(rows: Rows, file_ids: list[str], done: Blanked) -> None:
    """What is blanked is what was loaded from there: a row that was counted otherwise would be somebody else's."""
    for file_id in file_ids:
        for sheet, row in rows.loaded.get(file_id, set()) | rows.aside.get(file_id, set()):
            _, cells = rows.texts[file_id, sheet, row]
            there = done.texts.get((sheet, row), b"").decode("utf-8", "replace").upper()
            words = set(_WORD.findall(cells.upper()))
            if words and not words & set(_WORD.findall(there)):
                raise SimpulError(
                    f"file {file_id}: row {row} of the archived content is not what was loaded from it",
                    code="erasure", hint="nothing was deleted; see `simpul verify`",
                )  # fmt: skip


def check_others(conn: psycopg.Connection[Any], rows: Rows, file_ids: list[str], done: Blanked) -> None:
    """The other way round: no row is blanked that ``raw`` holds as somebody else's.

    A row that was never loaded (of another sheet, of a list that was held) is the person's by its heading alone; if it
    was set aside, it leaves the quarantine as well.
    """
    for file_id in file_ids:
        rows.settle_doubtful(file_id, done.texts)
        known = rows.loaded[file_id] | rows.aside[file_id] | rows.dropped[file_id]
        others = raw_of_others(conn, file_id, sorted(done.texts.keys() - known))
        if others:
            raise SimpulError(
                f"file {file_id}: rows {', '.join(map(str, others))} are somebody else's, and would be blanked in its"
                " archived content", code="erasure", hint="nothing was deleted; see docs/runbooks/erase-a-person.md",
            )  # fmt: skip
