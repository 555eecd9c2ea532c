"""From an empty database to what the ledger tells, event by event; the ledger itself is put back as it was written."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import psycopg
from psycopg.types.json import Jsonb

from simpul import (
    gate,
    ledger,
    ledger_anchors,
    ledger_contents,
    ledger_held,
    ledger_journal,
    release,
    transform,
)
from simpul.database import advisory_lock, connect, no_values
from simpul.errors import SimpulError
from simpul.ledger_journal import Line
from simpul.rebuild import fates
from simpul.rebuild.checking import Checked
from simpul.rebuild.comparing import Difference, differences, is_asked
from simpul.rebuild.doing import Doing, put_back
from simpul.trust import erasure

log = logging.getLogger("simpul.rebuild")

Progress = Callable[[int, int, str], None]
"""Told events done, all events, and what comes next."""

Verdict = Literal["the same", "partly", "not comparable", "another"]
Outcome = Literal["the same", "partly", "another"]


@dataclass(frozen=True)
class ReleaseThenAndNow:
    """A kept release. ``now`` None: it could not be made. ``by_same_code``: its inputs and the code have the hash that
    they had; where not, contracts, dbt project or libraries are of another version. ``why_not``: why the two hashes are
    not to be compared (English, Indonesian); None: they are. Then its tables are, of which nothing was taken out:
    ``same``, ``others`` (they should be the same and are not), and ``left_out``, tables that cannot be compared.
    """

    release_id: int
    then: str
    now: str | None
    by_same_code: bool
    why_not: tuple[str, str] | None = None
    same: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()

    @property
    def is_same(self) -> bool:
        """Whether it says the same as then."""
        return self.then == self.now

    @property
    def verdict(self) -> Verdict:
        """In a word. One that could not be made at all is another in any case."""
        if self.is_same:
            return "the same"
        if not self.why_not or not self.now or self.others:
            return "another"
        return "partly" if self.same else "not comparable"


@dataclass(frozen=True)
class Rebuilt:
    """What came of it. ``is_same``: all kept releases have their content hash, and nothing else differs. ``outcome``:
    "partly" where nothing differs, but not all could be compared. ``notes``: what somebody should know, and is no
    difference (English, Indonesian).
    """

    events: int
    files: int
    releases: tuple[ReleaseThenAndNow, ...]
    shown_then: int | None
    shown_now: int | None
    differences: tuple[Difference, ...]
    problems: tuple[str, ...]
    notes: tuple[tuple[str, str], ...] = ()

    @property
    def is_same(self) -> bool:
        """See above."""
        return self.outcome == "the same"

    @property
    def outcome(self) -> Outcome:
        """In a word."""
        nothing_differs = (
            not self.differences and not self.problems and self.shown_then == self.shown_now
            and all(one.verdict != "another" for one in self.releases)
        )  # fmt: skip
        if not nothing_differs:
            return "another"
        return "the same" if all(one.is_same for one in self.releases) else "partly"

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        told = asdict(self)
        told["releases"] = [
            asdict(one) | {"is_same": one.is_same, "verdict": one.verdict} for one in self.releases
        ]
        return {"is_same": self.is_same, "outcome": self.outcome, **told}


def rebuild(checked: Checked, progress: Progress = lambda done, of, what: None) -> Rebuilt:
    """Make the warehouse anew; after a crash or a failure it goes on behind the last event that was done.

    Args:
        checked: the archive; of files that are damaged nothing is made, and what comes of it is not called the same.
        progress: see `Progress`.

    Raises:
        SimpulError: the database is not empty, another rebuild is at work, or an event cannot be done once more.
    """
    lines = checked.lines
    if not lines:
        raise SimpulError(
            f"the archive has no journal to go by: {'; '.join(checked.problems)}",
            code="journal",
            hint="see docs/runbooks/backup.md",
        )
    with (
        connect(autocommit=True, application_name="simpul rebuild") as guard,
        advisory_lock(guard, ledger.REBUILDING, wait=False) as got,
    ):
        if not got:
            raise SimpulError(
                "another rebuild is at work, or somebody writes to this warehouse", code="busy",
                hint="wait for it to end; stop what runs on this database (`simpul down`)",
            )  # fmt: skip
        number, done = _begin(guard, lines)
        told = fates.read(lines)
        found = _differences_so_far(guard, number)
        told.rows = fates.believed(told.rows, lines)
        put_back(fates.BEFORE, told.rows)
        doing = Doing(told, checked.damaged)
        for line in lines[done:]:
            progress(line.number - 1, len(lines), f"{line.kind} {line.subject[:40]}")
            with ledger.retold() as heard:
                doing.do(line)
            if landed := _landed_before(guard, told, line, heard, checked.damaged):
                heard.append(("file.landed", line.subject, landed))
            found += _held_against(lines, line, heard, checked.damaged, told)
            _keep(guard, number, line, found)
        for name in checked.damaged:
            told.rows["audit.rewritten_file"].pop(name, None)  # there is no such file
        put_back(fates.AFTER, told.rows)
        progress(len(lines), len(lines), "comparing")
        return _end(guard, number, checked, told, found)


def _begin(conn: psycopg.Connection[Any], lines: Sequence[Line]) -> tuple[int, int]:
    """Number of this rebuild, and how many events are done.

    Raises:
        SimpulError: the warehouse holds something that no unfinished rebuild of this journal has made.
    """
    last = lines[-1]
    row = conn.execute(
        "select rebuild_id, last_hash from audit.rebuild where finished_at is null order by 1 desc limit 1"
    ).fetchone()
    told = [hash_ for (hash_,) in conn.execute("select hash from audit.ledger order by event_id").fetchall()]
    if row:
        if wrong := _why_not_on(conn, lines, told, row[1]):
            raise SimpulError(
                f"a rebuild was begun here and cannot go on: {wrong}", code="not_empty",
                hint="make it in another, empty database (SIMPUL_DSN) or home (SIMPUL_HOME), and leave this one",
            )  # fmt: skip
        return row[0], len(told)
    if told or conn.execute("select exists (select from audit.file)").fetchone() == (True,):
        raise SimpulError(
            "this warehouse is not empty, so it is not made anew",
            code="not_empty",
            hint="name another database (SIMPUL_DSN) or home (SIMPUL_HOME), and rebuild before `simpul up`",
        )
    made = conn.execute(
        "insert into audit.rebuild (events, last_hash) values (%s, %s) returning rebuild_id",
        (last.number, last.hash),
    ).fetchone()
    assert made is not None
    return made[0], 0


def _why_not_on(
    conn: psycopg.Connection[Any], lines: Sequence[Line], told: Sequence[str], last_hash: str
) -> str | None:
    """What speaks against going on with what an earlier try has made; None: nothing."""
    if last_hash != lines[-1].hash:
        return "it was of another archive, or of this one before more happened"
    of_then = [line.hash for line in lines]
    strange = next((n for n, one in enumerate(told) if of_then[n : n + 1] != [one]), None)
    if strange is not None:
        return f"event {strange + 1} of the ledger is not one of the archive's; somebody has written since"
    row = conn.execute(
        "select file_id from audit.file where not file_id = any(%s) order by 1 limit 1",
        (sorted({line.subject for line in lines}),),
    ).fetchone()
    return f"file {row[0]} is not one of the archive's; somebody has landed it since" if row else None


def _differences_so_far(conn: psycopg.Connection[Any], number: int) -> list[Difference]:
    row = conn.execute(
        "select found -> 'differences' from audit.rebuild where rebuild_id = %s", (number,)
    ).fetchone()
    return [Difference(**one) for one in (row[0] if row else None) or ()]


def _keep(conn: psycopg.Connection[Any], number: int, line: Line, found: Sequence[Difference]) -> None:
    """The event is done: it stands in the ledger, and what differed beside it."""
    with no_values(f"event {line.number}"), conn.transaction():
        ledger.restore(conn, line.text)
        conn.execute(
            "update audit.rebuild set found = jsonb_build_object('differences', %s::jsonb) where rebuild_id = %s",
            (Jsonb([one.as_dict() for one in found]), number),
        )


def _landed_before(
    conn: psycopg.Connection[Any],
    told: fates.Fates,
    line: Line,
    heard: Sequence[tuple[str, str, dict[str, Any]]],
    damaged: frozenset[str],
) -> dict[str, Any] | None:
    """What the register says of a file that had landed when the rebuild was killed, before its event was done."""
    if not _is_due(told, line, damaged) or any(kind == "file.landed" for kind, *_ in heard):
        return None
    row = conn.execute(
        """select dataset, slice_key as slice, rows_read, rows_loaded, rows_quarantined, array(
            select older.file_id from audit.file as older where older.superseded_by = file.file_id) as supersedes
        from audit.file where file_id = %s and status = 'landed'""",
        (line.subject,),
    )
    names = [column.name for column in row.description or ()]
    return next((dict(zip(names, found, strict=True)) for found in row.fetchall()), None)


def _is_due(told: fates.Fates, line: Line, damaged: frozenset[str]) -> bool:
    """Whether the file is to land with this event."""
    fate = told.files.get(line.subject)
    return (
        fate is not None and fate.judged == line.number and fate.last == "file.landed"
        and line.subject not in damaged | told.gone
    )  # fmt: skip


def _held_against(
    lines: Sequence[Line],
    line: Line,
    heard: Sequence[tuple[str, str, dict[str, Any]]],
    damaged: frozenset[str],
    told: fates.Fates,
) -> list[Difference]:
    """What was heard while an event was done once more, against the same events of then. Some acts tell of several:
    a gate also lands the file, a build also attaches.
    """
    found = []
    for kind, subject, detail in heard:
        if not is_asked(kind) or (kind == "release.attached" and told.why_not_comparable(int(subject))):
            continue
        then = next(
            (one for one in lines[line.number - 1 :] if (one.kind, one.subject) == (kind, subject)), None
        )
        if then is not None:
            taken = told.taken(subject, then.number)
            found += differences(then.number, kind, subject, then.detail, detail, taken)
        else:
            found.append(Difference(line.number, kind, subject, "happened", False, True))
    if _is_due(told, line, damaged) and not any(kind == "file.landed" for kind, *_ in heard):
        found.append(Difference(line.number, "file.landed", line.subject, "happened", True, False))
    return found


def _end(
    conn: psycopg.Connection[Any],
    number: int,
    checked: Checked,
    told: fates.Fates,
    found: Sequence[Difference],
) -> Rebuilt:
    """Hold it all against what was told, and write it down."""
    problems = list(checked.problems)
    if (broken := ledger.verify(conn)) is not None:
        problems.append(f"the ledger is broken at event {broken} · rantai buku putus pada peristiwa {broken}")
    problems += ledger_anchors.contradictions(conn)
    then = {
        int(line.subject): line.detail["content_hash"]
        for line in checked.lines
        if line.kind == "release.attached"
    }
    now = dict(
        conn.execute(
            "select release_id, content_hash from audit.release where status = 'published'"
        ).fetchall()
    )
    releases = tuple(
        ReleaseThenAndNow(
            release_id, then[release_id], now.get(release_id),
            release.hash_by_code_of_today(conn, release_id, told.contents_at(fate.opened or 0))
            == fate.row["inputs_hash"],
            why := told.why_not_comparable(release_id),
            *(_tables(conn, checked.lines, told, release_id) if why and now.get(release_id) else ()),
        )
        for release_id, fate in sorted(told.releases.items()) if fate.is_shown
    )  # fmt: skip
    shown = [
        int(line.detail["to"] if line.kind == "release.rolled_back" else line.subject)
        for line in checked.lines if line.kind in ("release.published", "release.rolled_back")
    ]  # fmt: skip
    files = conn.execute("select count(*) from audit.file").fetchone()
    done = Rebuilt(
        len(checked.lines), files[0] if files else 0, releases, shown[-1] if shown else None, release.current(),
        tuple(found), tuple(problems), tuple(erasure.after_rebuild(conn)),
    )  # fmt: skip
    with conn.transaction():
        conn.execute(
            "update audit.rebuild set finished_at = clock_timestamp(), is_same = %s, found = %s where rebuild_id = %s",
            (done.is_same, Jsonb(done.as_dict()), number),
        )
        ledger.append(
            conn, "warehouse.rebuilt", str(number),
            {"events": done.events, "files": done.files, "is_same": done.is_same, "outcome": done.outcome,
             "releases": {str(one.release_id): one.now for one in releases},
             "hashes": release.table_hashes(conn, [one.release_id for one in releases if one.now]),
             "held": ledger_held.others(conn) | ledger_held.digests(conn, ["audit.rebuild"], [number]),
             "contents": ledger_contents.others(conn),
             "not_comparable": [one.release_id for one in releases if one.verdict == "not comparable"],
             "partly": {str(one.release_id): list(one.left_out) for one in releases if one.verdict == "partly"}},
        )  # fmt: skip
    ledger_journal.keep_quietly()
    gate.update_index()
    return done


def _tables(
    conn: psycopg.Connection[Any], lines: Sequence[Line], told: fates.Fates, release_id: int
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Tables of a release that say the same as then, those that should and do not, and those that cannot be compared:
    they count persons, or are made from lists that rows were taken out of since. A ledger from before it told the
    hashes of tables leaves them all out.
    """
    then = next(
        (line.detail.get("hashes") or {} for line in reversed(lines)
         if (line.kind, line.subject) == ("release.attached", str(release_id))), {},
    )  # fmt: skip
    now = release.table_hashes(conn, [release_id]).get(str(release_id), {})
    reads = release.reads(json.loads(transform.ensure_manifest().read_text(encoding="utf-8")))
    return compared(then, now, reads, told.altered_datasets)


# schemas of our own; of quarantine only cells of tables of BPS are read, which no erasure touches
_OF_PERSONS_OR_TIME = frozenset({"identity", "audit"})


def compared(
    then: Mapping[str, str],
    now: Mapping[str, str],
    reads: Mapping[str, frozenset[str]],
    altered: frozenset[str],
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """See `_tables`.

    Args:
        then: table → hash.
        now: the same.
        reads: table → datasets and schemas that it is made from.
        altered: datasets that rows were taken out of.
    """
    marts = sorted(then.keys() | now.keys())
    fit = [
        mart for mart in marts
        if mart in then and mart in reads and not reads[mart] & (altered | _OF_PERSONS_OR_TIME)
    ]  # fmt: skip
    same = [mart for mart in fit if then[mart] == now.get(mart)]
    others = [mart for mart in fit if then[mart] != now.get(mart)]
    return tuple(same), tuple(others), tuple(mart for mart in marts if mart not in fit)
