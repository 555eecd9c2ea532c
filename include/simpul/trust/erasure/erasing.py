"""The order of an erasure: ask, mark, write files anew, delete in one transaction, clear what is left, search, certify.

Killed at any point it goes on where it was when it is run again: until its transaction commits nothing of the warehouse
has changed; after it, only copies of what the database no longer knows are left, and the plan in the vault tells which.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from simpul import erased, ledger, ledger_contents, ledger_held, release
from simpul.database import advisory_lock, beside, connect, no_values
from simpul.errors import SimpulError
from simpul.identity import backends
from simpul.landing import refusing, rewriting
from simpul.ledger import Decision
from simpul.trust import marked
from simpul.trust.erasure import certificate, contents, exported, mentions, persons, searching, warehouse
from simpul.trust.erasure import rows as raw_rows
from simpul.trust.erasure.persons import Person

log = logging.getLogger("simpul.trust")

Progress = Callable[[str], None]


@dataclass
class Erasure:
    """What came of it, or would (``erasure`` None): counts and addresses, no value."""

    person_ids: list[int]
    erasure: int | None = None
    certificate: Path | None = None
    found: dict[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """For a program."""
        return asdict(self) | {"certificate": self.certificate and str(self.certificate)}


def preview(person_id: int) -> Erasure:
    """What an erasure would find in the tables. Changes nothing; the archive is not looked through."""
    with no_values("looking for a person"), connect(application_name="simpul erase") as conn:
        person = persons.find(conn, person_id)
        rows = _rows(conn, person)
        gone = warehouse.erase(conn, person, rows)
        conn.rollback()
    found = {"rows": dict(gone.rows), "of_others": rows.of_others, "numbers_shared": len(person.shared)}
    return Erasure(person.ids, found=found)


def erase(
    person_id: int,
    decision: Decision,
    asked_by: str,
    approved_by: str,
    progress: Progress = lambda line: None,
) -> Erasure:
    """Erase a person from everywhere, or go on with an erasure that was begun.

    Args:
        person_id: a number of the person, of any release.
        decision: who runs it, and the reason.
        asked_by: who asks for it.
        approved_by: who approves it: somebody else.
        progress: told what is being done.

    Raises:
        SimpulError: one person alone asks and approves; no reason; no such person; a release is being built; a
            delivered copy cannot be replaced; or something is left that is to be removed by hand (then run it again).
    """
    _check_people(decision, asked_by, approved_by)
    with _alone() as guard, no_values("erasing a person"):
        number = _begun(guard, person_id) or _begin(guard, person_id, decision, asked_by, approved_by)
        person = persons.planned(number)
        if person is None:
            raise SimpulError(
                f"the plan of erasure {number} is gone from the vault", code="erasure",
                hint="restore home/secrets, or see docs/runbooks/erase-a-person.md",
            )  # fmt: skip
        if not _is_deleted(guard, number):
            _delete(guard, person, progress)
        return _finish(guard, person, decision, progress)


def _check_people(decision: Decision, asked_by: str, approved_by: str) -> None:
    if not (decision.why or decision.why_id):
        raise SimpulError(
            "no reason is given", code="no_reason", hint="say it: --reason TEXT, --reason-id TEKS"
        )
    if (
        not asked_by.strip()
        or not approved_by.strip()
        or asked_by.strip().lower() == approved_by.strip().lower()
    ):
        raise SimpulError(
            "an erasure takes two people: one asks, another approves",
            code="two_people",
            hint="--by NAME --approved-by OTHER · harus disetujui orang lain",
        )
    Decision(asked_by, asked_by), Decision(approved_by, approved_by)  # no long number among them


@contextmanager
def _alone() -> Iterator[psycopg.Connection[Any]]:
    """Nothing lands, is judged, exported, opened, published or withdrawn meanwhile; who does waits for us."""
    with (
        connect(autocommit=True, application_name="simpul erase") as guard,
        ledger.writing(guard),
        advisory_lock(guard, rewriting.ERASING),
        advisory_lock(guard, release.LOCK),
    ):
        with guard.transaction():
            release.close_idle(guard, "a person is erased")
        yield guard


def _begun(conn: psycopg.Connection[Any], person_id: int) -> int | None:
    row = conn.execute(
        "select erasure_id from audit.erasure where status = 'begun' and %s = any(person_ids) order by 1 limit 1",
        (person_id,),
    ).fetchone()
    return row[0] if row else None


def _begin(
    conn: psycopg.Connection[Any], person_id: int, decision: Decision, asked_by: str, approved_by: str
) -> int:
    """The register and the ledger say it before anything is touched; the plan is in the vault by then."""
    with conn.transaction():
        person = persons.find(conn, person_id)
        if any(map(person.is_named_in, filter(None, (decision.why, decision.why_id)))):
            raise SimpulError(
                "the reason names the person: the register and the ledger would keep the name", code="named",
                hint="say the number of the request instead · sebutkan nomor permohonan, bukan nama",
            )  # fmt: skip
        row = conn.execute(
            "insert into audit.erasure (person_ids, asked_by, approved_by, run_by, why, why_id)"
            " values (%s, %s, %s, %s, %s, %s) returning erasure_id",
            (person.ids, asked_by.strip(), approved_by.strip(), decision.by, decision.why, decision.why_id),
        ).fetchone()
        assert row is not None
        person.erasure = row[0]
        ledger.append(
            conn,
            "erasure.begun",
            str(row[0]),
            {
                "person_ids": person.ids,
                "asked_by": asked_by.strip(),
                "approved_by": approved_by.strip(),
                **decision.as_dict(),
            },
        )
        person.keep()
    return person.erasure


def _is_deleted(conn: psycopg.Connection[Any], number: int) -> bool:
    row = conn.execute("select found ? 'rows' from audit.erasure where erasure_id = %s", (number,)).fetchone()
    return bool(row and row[0])


def _rows(conn: psycopg.Connection[Any], person: Person) -> raw_rows.Rows:
    persons.mark_shared(conn, person)
    return raw_rows.find(conn, person)


def _delete(guard: psycopg.Connection[Any], person: Person, progress: Progress) -> None:
    progress("looking for the person's rows")
    rows = _rows(guard, person)
    person.files.clear()
    progress("looking through the archive")
    made = contents.rewrite(guard, person, rows, progress)
    if locked := rewriting.unwritable_copies(guard, sorted(person.files)):
        raise SimpulError(
            f"{len(locked)} delivered copies cannot be replaced: {', '.join(locked)}", code="inbox",
            hint="make their folders writable for Simpul, or remove the files there, and run it again",
        )  # fmt: skip
    person.paths = warehouse.masked_paths(guard, person)
    person.keep()  # with what becomes of which content
    _mark(person, rows)
    progress("deleting")
    with beside(ledger_held.others, "simpul erase, before") as altered, guard.transaction():
        asked = exported.asked(guard, person)
        gone = warehouse.erase(guard, person, rows)
        warehouse.settle_files(guard, person, rows, made.blanked, made.sizes)
        warehouse.rename_files(guard, person)
        exports = exported.forget(guard, asked)
        held = ledger_held.more(ledger_held.others(guard), altered.result())
        held |= ledger_held.digests(guard, ["audit.erasure_payment"], [person.erasure])
        found = {
            "rows": dict(gone.rows),
            "tables": sorted(gone.oids),
            "of_others": rows.of_others,
            "exports": exports.hold,
            "exports_untold": exports.large,
            "exports_unknown": exports.unknown,
            "unreadable": made.unreadable,
        }
        guard.execute(
            "update audit.erasure set found = %s where erasure_id = %s", (Jsonb(found), person.erasure)
        )
        ledger.append(
            guard,
            "erasure.deleted",
            str(person.erasure),
            {"rows": sum(gone.rows.values()), "files": len(person.files), "exports": exports.hold,
             "release": gone.of_releases(guard), "held": held,
             "contents": ledger_contents.changed(guard, gone.oids)},
        )  # fmt: skip


def _mark(person: Person, rows: raw_rows.Rows) -> None:
    """Whoever comes again is known by these. Before anything is deleted: after a crash nobody slips in between."""
    texts: list[tuple[erased.Kind, str]] = [
        ("number", number) for number in person.numbers if number not in {*person.shared, *person.minor}
    ]
    texts += [("who", f"{number} {name}") for number in person.numbers for name in person.names]
    texts += [
        ("card", refusing.card(card, day, name))
        for card in person.cards
        for day in person.births
        for name in person.names
    ]
    texts += [("row", refusing.row(dataset, text)) for dataset, text in rows.texts.values()]
    erased.add(person.erasure, texts)


def _finish(
    guard: psycopg.Connection[Any], person: Person, decision: Decision, progress: Progress
) -> Erasure:
    number = person.erasure
    row = guard.execute("select found from audit.erasure where erasure_id = %s", (number,)).fetchone()
    assert row is not None
    found = row[0]
    progress("clearing delivered copies and old contents")
    for old, new in person.paths.items():
        rewriting.rename(Path(old), Path(new))
    copies = sum(rewriting.replace_copies(guard, before, after) for before, after in person.files.items())
    if person.sought.own_pattern is not None:
        copies += searching.clear_scratch(searching.by_number(person.sought))
    found["copies"] = found.get("copies", 0) + copies
    for before in person.files:
        rewriting.drop(guard, before)
    backends.forget()
    progress("clearing pages of the database")
    warehouse.vacuum(set(found["tables"]))
    progress("searching again")
    left = _left(guard, person, _mask(guard, person, found))
    if left:
        guard.execute("update audit.erasure set found = %s where erasure_id = %s", (Jsonb(found), number))
        raise SimpulError(
            f"erasure {number} has deleted, but something is left: {'; '.join(left)}", code="left",
            hint="see docs/runbooks/erase-a-person.md, then run it again",
        )  # fmt: skip
    with guard.transaction():
        guard.execute(
            "update audit.erasure set status = 'done', done_at = clock_timestamp(), found = %s where erasure_id = %s",
            (Jsonb({**found, "left": 0 if person.sought.own else None}), number),
        )
        path, sha256 = certificate.write(guard, number)
        guard.execute("update audit.erasure set certificate = %s where erasure_id = %s", (sha256, number))
        held = ledger_held.digests(guard, ["audit.erasure"], [number])
        told = {"certificate": sha256, "by": decision.by, "vault": marked.told(number), "held": held}
        ledger.append(guard, "erasure.done", str(number), told)
    person.forget()
    log.info("erasure %s is done", number)
    return Erasure(person.ids, number, path, found)


def _mask(guard: psycopg.Connection[Any], person: Person, found: dict[str, Any]) -> dict[str, int]:
    """The number leaves rows of others that mention it, as it left them in the archive; where it still stands."""
    numbers = sorted(person.sought.own)
    if not numbers:  # every number is another's as well: rows were found by number and name
        return {}
    told = searching.in_database(guard, numbers)
    with guard.transaction():
        gone = mentions.mask(guard, person.sought, sorted(told))
        if not gone.rows:
            return told
        found["rows"] = {**found["rows"], **gone.rows}
        guard.execute(
            "update audit.erasure set found = %s where erasure_id = %s", (Jsonb(found), person.erasure)
        )
        if rows := ledger_contents.changed(guard, gone.oids):
            ledger.append(guard, "erasure.masked", str(person.erasure), {"contents": rows})
    warehouse.vacuum(gone.oids)
    return searching.in_database(guard, numbers, among=told)


def _left(guard: psycopg.Connection[Any], person: Person, told: dict[str, int]) -> list[str]:
    if person.sought.own_pattern is None:
        return []
    found = [f"{table}: {count} rows" for table, count in told.items()]
    return found + list(searching.in_files(searching.by_number(person.sought)))


def lift(erasure: int, decision: Decision, asked_by: str, approved_by: str) -> int:
    """Let who was erased come again: their records are taken when they are delivered the next time. Again: no change.

    Returns:
        How many fingerprints were forgotten.

    Raises:
        SimpulError: one person alone asks and approves, no reason, or no such erasure.
    """
    _check_people(decision, asked_by, approved_by)
    # the vault's marks are read and written whole: what an erasure beside this one marks would be lost
    with connect(application_name="simpul erase") as conn, advisory_lock(conn, rewriting.ERASING):
        row = conn.execute(
            "select status, lifted_at is not null from audit.erasure where erasure_id = %s for update",
            (erasure,),
        ).fetchone()
        if row is None or row[0] != "done":
            raise SimpulError(
                f"there is no erasure {erasure} that is done",
                code="erasure",
                hint="see `simpul erase --list`",
            )
        if not row[1]:
            conn.execute(
                "update audit.erasure set lifted_at = clock_timestamp() where erasure_id = %s", (erasure,)
            )
            told = {"asked_by": asked_by.strip(), "approved_by": approved_by.strip(), **decision.as_dict()}
            ledger.append(conn, "erasure.lifted", str(erasure), told)
        # before the commit: killed in between, it is not lifted, and run again it says so once
        forgotten = erased.lift(erasure)
        conn.commit()
    return forgotten


def listed(conn: psycopg.Connection[Any]) -> list[dict[str, Any]]:
    """All erasures, newest first."""
    from psycopg.rows import dict_row

    with conn.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            "select erasure_id, person_ids, status, asked_by, approved_by, run_by, why, why_id, begun_at, done_at"
            " from audit.erasure order by erasure_id desc"
        ).fetchall()
