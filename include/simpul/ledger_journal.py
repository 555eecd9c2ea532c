"""The journal: the ledger once more, as a file in the archive, with the rows of the register that its events are about.

Archive and journal together are enough to make the warehouse anew (`simpul.rebuild`, ADR 0050): the archive holds the
bytes, the journal in which order they came, what was said about them, and what people decided. A line is written once
and never altered. Long numbers in names of files are hidden, as wherever they are printed.

The rows stand beside the chain, so they are held twice: what an event tells of a row must be what the row says
(`simpul.ledger_said`), and before each anchor the ledger is told what all lines come to (`seal`, ADR 0062).
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from simpul import ledger
from simpul.database import connect, no_values
from simpul.errors import SimpulError
from simpul.ledger_said import KEYS, Said
from simpul.ledger_verifier import (
    ANEW,
    KEPT,
    Journal,
    Misfit,
    read_event,
    read_line,
    told_of_journal,
    told_of_loss,
)
from simpul.settings import get_settings

log = logging.getLogger("simpul.ledger")

_STEP = 1 << 16
ROOTS = ("inbox", "fetched", "unpacked")
"""Folders of `Settings` whose place may be another when the warehouse is made anew."""

# first word of an event's kind → relation → its rows that the event's subject names, as JSON; no cell of a delivery
_ABOUT: dict[str, dict[str, str]] = {
    "file": {
        "audit.file": "select to_jsonb(f) from audit.file as f where file_id = %(subject)s",
        # a file that is written anew was judged, and weighed as a delivery, with the rows that it has lost
        "audit.rewritten_file": """select to_jsonb(r) from audit.rewritten_file as r
            where file_id = %(subject)s and %(kind)s = 'file.rewritten' order by rewritten_id""",
        "audit.gate_result": """select to_jsonb(r) - 'gate_result_id' - 'rule_version_id' from audit.gate_result as r
            where file_id = %(subject)s and door = 'landing' and %(kind)s = 'file.rewritten' order by gate_result_id""",
        "audit.delivery": """select to_jsonb(d) from audit.delivery as d
            where file_id = %(subject)s and %(kind)s = 'file.rewritten'""",
        "quarantine.row": """select to_jsonb(q) - 'quarantine_id' - 'raw' from quarantine.row as q
            where file_id = %(subject)s and %(kind)s = 'file.bytes_dropped' order by quarantine_id""",
    },
    "quarantine": {
        "quarantine.row": """select jsonb_build_object('file_id', file_id, 'sheet', sheet, 'row', "row", 'column',
            "column", 'rule_code', rule_code) from quarantine.row where file_id = %(subject)s
            and to_jsonb(quarantine_id) in (select jsonb_array_elements(%(detail)s::jsonb -> 'records'))"""
    },
    "release": {
        "audit.release": "select to_jsonb(r) - 'tables' from audit.release as r where release_id = %(subject)s::bigint",
        "audit.release_input": """select to_jsonb(file_id) from audit.release_input
            where release_id = %(subject)s::bigint and %(kind)s = 'release.opened' order by file_id""",
        "audit.linkage_figure": """select to_jsonb(f) from audit.linkage_figure as f
            where release_id = %(subject)s::bigint and figure in ('run', 'model')""",
    },
    "waiver": {"audit.waiver": "select to_jsonb(w) from audit.waiver as w where waiver_id = %(subject)s::bigint"},
    "access": {
        "audit.person_region_grant": """select to_jsonb(g) from audit.person_region_grant as g
            where role_name = %(subject)s"""
    },
    "export": {
        "audit.export": "select to_jsonb(e) from audit.export as e where export_id = %(subject)s::bigint",
        "audit.export_sketch": "select to_jsonb(s) from audit.export_sketch as s where export_id = %(subject)s::bigint",
    },
    "erasure": {
        "audit.erasure": "select to_jsonb(e) from audit.erasure as e where erasure_id = %(subject)s::bigint",
        "audit.erasure_payment": """select to_jsonb(p) from audit.erasure_payment as p
            where erasure_id = %(subject)s::bigint""",
        # an export that held the person has forgotten the number; numbers of the erased stay taken
        "audit.export_sketch": """select to_jsonb(s) from audit.export_sketch as s join audit.erasure
            on found -> 'exports' @> to_jsonb(export_id) where erasure_id = %(subject)s::bigint""",
        "identity.person_key": """select to_jsonb(k) from identity.person_key as k join audit.erasure
            on person_id = any(person_ids) and anchor = '#erased ' || person_id
            where erasure_id = %(subject)s::bigint""",
        "identity.family_key": """select to_jsonb(k) from identity.family_key as k
            where no_kk = '#erased ' || family_id""",
    },
    "identity": {  # numbers of persons and families whose time was over stay taken
        "identity.person_key": """select to_jsonb(k) from identity.person_key as k
            where anchor = '#removed ' || person_id""",
        "identity.family_key": """select to_jsonb(k) from identity.family_key as k
            where no_kk = '#removed ' || family_id""",
    },
    "opendata": {
        "audit.open_data_cut": "select to_jsonb(c) from audit.open_data_cut as c"
        " where release_id = %(subject)s::bigint",
        "audit.open_data_cell": """select to_jsonb(c) from audit.open_data_cell as c
            join audit.open_data_cut using (cut_id) where release_id = %(subject)s::bigint""",
    },
}  # fmt: skip


@dataclass(frozen=True)
class Line:
    """An event of the ledger and the rows that it is about.

    ``place``: of a file, where it lay: ``root`` (one of `ROOTS`, or None) and the path below it. ``text``: the event
    as the ledger exports it. ``seal``: SHA-256 of the whole line.
    """

    number: int
    kind: str
    subject: str
    detail: dict[str, Any]
    at: str
    hash: str
    previous: str | None
    about: Mapping[str, list[Any]]
    place: Mapping[str, str | None] | None
    text: str
    seal: str = ""


def path(archive: Path | None = None) -> Path:
    """Where the journal of an archive is; default: of ours."""
    return (archive or get_settings().archive) / "journal" / "events.jsonl"


def keep() -> int:
    """Write down what the ledger tells and the journal does not yet; returns how many events those were.

    What a crash left out comes with the next call. Nothing is written where the journal is of another ledger, or its
    end is damaged: `problems` tells.

    Raises:
        SimpulError: see above; or the database fails.
        OSError: the disk does not take it.
    """
    target = path()
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (
        _alone(target),
        no_values("keeping the journal"),
        connect(autocommit=True, application_name="simpul journal") as conn,
    ):
        last = _last(target)
        if last and not _is_ours(conn, last):
            raise SimpulError(
                f"the journal of the archive ends with event {last.number}, which is not one of this ledger",
                code="journal",
                hint="it is another warehouse's, or the database is older than it: see docs/runbooks/backup.md",
            )
        if not last and _was_kept(conn):  # the file is gone: what was told of its lines is not of these
            ledger.append(conn, ANEW, "journal", {"by": ledger.whoami()})
        written = 0
        with os.fdopen(os.open(target, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "wb") as out:
            for text in ledger.export(conn, after=last.number if last else 0):
                event = json.loads(text)
                body = {"event": text.rstrip("\n"), **_told(conn, event)}
                out.write(_sealed(body))
                written += 1
            out.flush()
            os.fsync(out.fileno())
    return written


def seal() -> None:
    """Keep the journal and tell the ledger what its lines come to, so that the next anchor holds them as well.

    Nothing is told where nothing was written since it was told last.

    Raises:
        SimpulError: see `keep`; or the journal does not fit the ledger.
        OSError: the disk does not take it.
    """
    keep()
    lines, wrong = read()
    if wrong:
        raise SimpulError(
            f"the journal is not sealed: {wrong[0]}", code="journal", hint="see `simpul verify`"
        )
    if not lines or lines[-1].kind == KEPT:
        return
    with connect(autocommit=True, application_name="simpul journal") as conn:
        ledger.append(conn, KEPT, "journal", {"lines": len(lines), "digest": _come_to(lines)})
    keep()


def seal_quietly() -> None:
    """`seal`; trouble is logged, and undoes nothing."""
    try:
        seal()
    except (SimpulError, OSError) as error:
        log.error("the journal in the archive is not sealed: %s", error)


def keep_quietly() -> None:
    """`keep` where this process has told the ledger anything since. Trouble is logged, and undoes nothing."""
    if not ledger.has_news():
        return
    try:
        keep()
    except (SimpulError, OSError) as error:
        log.error("the journal in the archive is not up to date: %s", error)
    else:
        ledger.news_is_kept()


def read(archive: Path | None = None) -> tuple[list[Line], list[str]]:
    """All lines, up to the first that does not fit, and what is wrong (English · Indonesian).

    The chain of hashes is followed: a line that was left out, moved or altered does not fit. What stands beside the
    events is held against what they tell of it (`contradictions`) and of the journal as a whole (`seal`).
    """
    source = path(archive)
    lines: list[Line] = []
    if not source.is_file():
        return lines, [f"{source} is missing · tidak ada"]
    journal = Journal()
    with source.open("rb") as file:
        for number, raw in enumerate(file, 1):
            try:
                line = _opened(raw)
                read_event(line.text, number, lines[-1].hash if lines else None)
            except Misfit as misfit:
                return lines, [
                    f"{source}, line {number}: {misfit.args[0]} · baris {number}: {misfit.args[1]}"
                ]
            journal.add(line.seal, line.kind, line.detail)
            lines.append(line)
    wrong = [f"{source}, {one}" for one in contradictions(lines)]
    if altered := journal.altered():
        wrong.append(f"{source}, {' · '.join(told_of_journal(*altered))}")
    return lines, wrong


def losses(lines: Sequence[Line]) -> list[str]:
    """Events that say that the journal was written anew (English · Indonesian). Nothing is wrong with its lines, but
    nobody can say any more whether they are those of before.
    """
    return [" · ".join(told_of_loss(line.number)) for line in lines if line.kind == ANEW]


def said_by(lines: Sequence[Line]) -> Said:
    """What the events tell of registers. Of then: what a rebuild made of a release is not in the archive."""
    return Said((line.kind, line.subject, line.detail) for line in lines if line.kind != "warehouse.rebuilt")


def contradictions(lines: Sequence[Line]) -> list[str]:
    """Rows beside the events that say something else than the events; rows that events tell of, and are not there."""
    last: dict[tuple[str, str], list[Any]] = {}
    for line in lines:
        word = line.kind.split(".")[0]
        for relation in KEYS.keys() & _ABOUT.get(word, {}).keys():
            last[relation, line.subject] = list(line.about.get(relation, ()))
    said, found = said_by(lines), []
    for relation in KEYS:
        rows = [row for (of, _), told in last.items() if of == relation for row in told]
        found += said.contradictions(
            relation, [_of_then(row) for row in rows], is_whole=relation in _ALWAYS_TOLD
        )
    return found


# a release that was made anew may have another hash since; which it had, its own event tells
def _of_then(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "content_hash"}


# of the others, journals from before ADR 0059 hold no rows
_ALWAYS_TOLD = ("audit.waiver", "audit.person_region_grant")


def problems(conn: psycopg.Connection[Any]) -> list[str]:
    """What is wrong with the journal of this ledger, in both languages; empty = nothing. What was not kept yet is kept.

    Raises:
        SimpulError: the database fails.
    """
    try:
        keep()
    except (SimpulError, OSError) as error:
        log.error("the journal in the archive is not up to date: %s", error)
    lines, wrong = read()
    if wrong:
        return wrong
    if lines and not _is_ours(conn, lines[-1]):
        return [
            f"the journal's event {lines[-1].number} is not that of the ledger"
            f" · peristiwa {lines[-1].number} pada jurnal bukan milik buku ini"
        ]
    row = conn.execute("select coalesce(max(event_id), 0) from audit.ledger").fetchone()
    found, behind = losses(lines), (row[0] if row else 0) - len(lines)
    if behind:
        found.append(
            f"the journal lacks the last {behind} events · jurnal kurang {behind} peristiwa terakhir"
        )
    return found


def _told(conn: psycopg.Connection[Any], event: dict[str, Any]) -> dict[str, Any]:
    """``about`` and ``place`` of a line."""
    asked = {"subject": event["subject"], "kind": event["kind"], "detail": json.dumps(event["detail"])}
    word = event["kind"].split(".")[0]
    about = {
        name: [row for (row,) in conn.execute(query, asked)] for name, query in _ABOUT.get(word, {}).items()
    }
    for row in about.get("audit.file", ()):
        # a number in a name is a person's: an erasure could not reach it here
        row["file_name"], row["source_path"] = row["printable_name"], row["printable_path"]
    told: dict[str, Any] = {"about": {name: rows for name, rows in about.items() if rows}}
    if files := about.get("audit.file"):
        told["place"] = place_of(Path(files[0]["source_path"]))
    return told


def place_of(source: Path) -> dict[str, str | None]:
    """A path, told from the folder of ours that it lies in."""
    settings = get_settings()
    for root in ROOTS:
        if source.is_relative_to(folder := getattr(settings, root)):
            return {"root": root, "path": str(source.relative_to(folder))}
    return {"root": None, "path": str(source)}


def found_at(place: Mapping[str, str | None]) -> Path:
    """Where what `place_of` told lies by the settings of today."""
    below = Path(str(place["path"]))
    return getattr(get_settings(), place["root"]) / below if place["root"] else below


# ------------------------------------------------------------------------------------------------------------- lines
def _sealed(body: dict[str, Any]) -> bytes:
    """A line: its SHA-256, a blank, the body. Against a disk that forgets; against people there is `seal`."""
    text = json.dumps(body, ensure_ascii=False, sort_keys=True).encode()
    return hashlib.sha256(text).hexdigest().encode() + b" " + text + b"\n"


def _opened(raw: bytes) -> Line:
    """What a line says.

    Raises:
        Misfit: it is damaged, or was cut off.
    """
    seal, event_text = read_line(raw.decode("utf-8", "surrogateescape"))
    try:
        body = json.loads(raw[65:])
        event = json.loads(event_text)
        return Line(
            event["event_id"], event["kind"], event["subject"], event["detail"], event["at"], event["hash"],
            event["previous_hash"], body["about"], body.get("place"), event_text, seal,
        )  # fmt: skip
    except (ValueError, KeyError, TypeError):
        raise Misfit("the line cannot be read", "barisnya tidak terbaca") from None


def _come_to(lines: Sequence[Line]) -> str:
    journal = Journal()
    for line in lines:
        journal.add(line.seal, line.kind, line.detail)
    return journal.digests[-1]


def _was_kept(conn: psycopg.Connection[Any]) -> bool:
    row = conn.execute("select exists (select from audit.ledger where kind = %s)", (KEPT,)).fetchone()
    return bool(row and row[0])


def _last(target: Path) -> Line | None:
    """The last whole line; what a killed process left behind it is taken away.

    Raises:
        SimpulError: it is damaged.
    """
    if not target.exists():
        return None
    with target.open("r+b") as file:
        size = end = file.seek(0, os.SEEK_END)
        tail = b""
        while end and tail.count(b"\n") < 2:
            start = max(0, end - _STEP)
            file.seek(start)
            tail, end = file.read(end - start) + tail, start
        whole = tail[: tail.rfind(b"\n") + 1]
        if len(whole) < len(tail):
            file.truncate(size - len(tail) + len(whole))
    if not whole:
        return None
    try:
        return _opened(whole.splitlines(keepends=True)[-1])
    except Misfit:
        raise SimpulError(
            f"the last line of {target} is damaged",
            code="journal",
            hint="put it aside under another name: the next command writes the journal anew from the ledger",
        ) from None


def _is_ours(conn: psycopg.Connection[Any], line: Line) -> bool:
    row = conn.execute("select hash from audit.ledger where event_id = %s", (line.number,)).fetchone()
    return row == (line.hash,)


@contextmanager
def _alone(target: Path) -> Iterator[None]:
    """One process writes at a time."""
    with target.with_name(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
