"""What is kept for longer than its contract says: told by upkeep and by a command, removed when a person says so.

Nothing goes by itself: a list that is in use is due like any other, and whoever withdraws it decides that. What nothing
is made from any more (replaced, withdrawn, held, doubled) can be removed here, rows and bytes; the register keeps that
it was there. So can what identity remembers of persons of whom nobody speaks any more (`simpul.trust.unspoken`).
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal

import psycopg
from psycopg import sql

from simpul import ledger, ledger_held, release
from simpul.contract import Contract, load_contracts
from simpul.database import advisory_lock, connect, no_values
from simpul.errors import SimpulError
from simpul.identity import backends
from simpul.landing import rewriting
from simpul.landing.archive import relative_path
from simpul.landing.rewriting import ERASING
from simpul.ledger import Decision
from simpul.settings import get_settings
from simpul.trust import unspoken

log = logging.getLogger("simpul.trust")

Kind = Literal["rows", "file", "release", "persons", "families"]
_IN_USE = ("received", "loaded", "landed")
UNKNOWN = "?"
"""In place of a dataset: what such a file holds nobody knows, so it is kept as long as the longest list of persons."""
IDENTITY = "identity"
"""In place of a dataset: persons and families of whom nobody speaks any more."""
_MANY: dict[unspoken.Kind, Kind] = {"person": "persons", "family": "families"}
_FILES = """
select file.file_id, file.status, file.received_at + make_interval(months => %(months)s),
    exists (
        select from audit.release_input as input join audit.release using (release_id)
        where input.file_id = file.file_id and release.status in ('candidate', 'published')) as is_made_from,
    exists (select from audit.file as twin where twin.sha256 = file.sha256 and twin.archive_path is not null and (
        twin.status = any(%(in_use)s)
        or twin.received_at + make_interval(months => %(months)s) > clock_timestamp())) as is_shared,
    to_regclass(format('raw.%%I', replace(coalesce(file.dataset, '?'), '.', '__') || '__' || file.file_id)) is not null
        as has_rows,
    file.archive_path is not null as has_bytes
from audit.file where dataset is not distinct from %(dataset)s
    and received_at + make_interval(months => %(months)s) <= clock_timestamp()
order by received_at, file_id
"""
_RELEASES = """
select release_id, created_at + make_interval(months => %(months)s) from audit.release
where status = 'published' and created_at + make_interval(months => %(months)s) <= clock_timestamp() and exists (
    select from audit.release_input join audit.file using (file_id)
    where release_input.release_id = release.release_id and dataset = %(dataset)s)
order by release_id
"""


@dataclass(frozen=True)
class Due:
    """Something that is kept beyond its time.

    Attributes:
        dataset: whose contract says so; `UNKNOWN`: a zip, or a file that nobody recognised; `IDENTITY`.
        kind: rows of a file, its bytes, a release, or persons or families that identity remembers.
        subject: file id, number of the release, or how many persons or families.
        since: when its time was over.
        blocked: why it cannot be removed yet, English and Indonesian; None = `remove` takes it.
    """

    dataset: str
    kind: Kind
    subject: str
    since: datetime
    blocked: tuple[str, str] | None = None

    def as_dict(self) -> dict[str, Any]:
        """For a program."""
        return asdict(self)


def due(conn: psycopg.Connection[Any], contracts: Mapping[str, Contract] | None = None) -> list[Due]:
    """All that is kept beyond its time, by dataset, oldest first."""
    found: list[Due] = []
    for name, contract in sorted((contracts or load_contracts()).items()):
        found += _rows_and_files(conn, name, contract)
        if months := contract.retention.releases_months:
            for number, since in conn.execute(_RELEASES, {"dataset": name, "months": months}).fetchall():
                found.append(Due(name, "release", str(number), since, _RELEASE))
    months = [
        one.retention.files_months
        for one in (contracts or load_contracts()).values()
        if one.personal_data != "none" and one.retention.files_months
    ]
    found += _of(conn, UNKNOWN, "file", max(months, default=None))
    silent = unspoken.due(conn, contracts or load_contracts(), _IN_USE)
    for kind, is_blocked in sorted({(one.kind, one.is_blocked) for one in silent}):
        theirs = [one.since for one in silent if (one.kind, one.is_blocked) == (kind, is_blocked)]
        blocked = _HELD if is_blocked else None
        found.append(Due(IDENTITY, _MANY[kind], str(len(theirs)), min(theirs), blocked))
    return found


_RELEASE = (
    "releases leave by `keep_days`, `keep_months` and `simpul unpin`",
    "rilis dihapus menurut `keep_days`, `keep_months`, dan `simpul unpin`",
)
_USED = ("it is in use: `simpul withdraw` it first", "masih dipakai: tarik dulu dengan `simpul withdraw`")
_MADE = ("a kept release was made from it", "rilis yang disimpan dibuat darinya")
_HELD = (
    "files of then that may have held them are kept: remove those first",
    "berkas masa itu yang mungkin memuatnya masih disimpan: hapus dahulu",
)
_SHARED = ("the same bytes were received later, too", "isi yang sama juga diterima kemudian")


def _rows_and_files(conn: psycopg.Connection[Any], name: str, contract: Contract) -> Iterable[Due]:
    yield from _of(conn, name, "rows", contract.retention.rows_months)
    yield from _of(conn, name, "file", contract.retention.files_months)


def _of(conn: psycopg.Connection[Any], name: str, kind: Kind, months: int | None) -> Iterable[Due]:
    if not months:
        return
    values = {"dataset": None if name == UNKNOWN else name, "months": months, "in_use": list(_IN_USE)}
    for file_id, status, since, made, shared, has_rows, has_bytes in conn.execute(_FILES, values).fetchall():
        if not (has_rows if kind == "rows" else has_bytes):
            continue
        blocked = (
            _USED if status in _IN_USE else _MADE if made else _SHARED if shared and kind == "file" else None
        )
        yield Due(name, kind, file_id, since, blocked)


def remove(
    decision: Decision, *, dry_run: bool = False, contracts: Mapping[str, Contract] | None = None
) -> list[Due]:
    """Remove rows and bytes that are due and that nothing needs; what was removed, or would be.

    Raises:
        SimpulError: no reason is given.
    """
    if not dry_run and not (decision.why or decision.why_id):
        raise SimpulError(
            "no reason is given", code="no_reason", hint="say it: --reason TEXT, --reason-id TEKS"
        )
    with (
        no_values("removing what is due"),
        connect(autocommit=True, application_name="simpul retention") as conn,
        ledger.writing(conn),
        advisory_lock(conn, ERASING),
        advisory_lock(conn, release.LOCK),
    ):
        unspoken.note(conn)
        ready = [one for one in due(conn, contracts) if one.blocked is None]
        if not dry_run:
            _check_copies(conn, [one.subject for one in ready if one.kind == "file"])
            for one in ready:
                if one.dataset != IDENTITY:
                    _remove(conn, one, decision)
            _forget(conn, contracts or load_contracts(), decision)
    return ready


def _forget(conn: psycopg.Connection[Any], contracts: Mapping[str, Contract], decision: Decision) -> None:
    """Persons of whom nobody speaks leave identity: those that were held up by files that have just left, too."""
    with advisory_lock(conn, "identity"), conn.transaction():
        leaving = [one for one in unspoken.due(conn, contracts, _IN_USE) if not one.is_blocked]
        if not leaving:
            return
        altered = ledger_held.others(conn, ledger_held.IDENTITY)
        unspoken.remove(conn, leaving)
        count = Counter(_MANY[one.kind] for one in leaving)
        ledger.append(
            conn, "identity.removed", "numbers",
            {
                "persons": count["persons"], "families": count["families"],
                "held": ledger_held.more(ledger_held.others(conn, ledger_held.IDENTITY), altered),
                **decision.as_dict(),
            },
        )  # fmt: skip
    backends.forget()


def _check_copies(conn: psycopg.Connection[Any], files: list[str]) -> None:
    """Before anything is removed: what is delivered twice leaves from both places."""
    contents = conn.execute("select distinct sha256 from audit.file where file_id = any(%s)", (files,))
    if locked := rewriting.unwritable_copies(conn, [sha256 for (sha256,) in contents.fetchall()]):
        raise SimpulError(
            f"{len(locked)} delivered copies cannot be removed: {', '.join(locked)}", code="inbox",
            hint="make their folders writable for Simpul, or remove the files there, and run it again",
        )  # fmt: skip


def _remove(conn: psycopg.Connection[Any], one: Due, decision: Decision) -> None:
    """One file in one transaction; its bytes and its copies go once nobody's receipt tells of them any more."""
    with conn.transaction():
        told = {"dataset": one.dataset, "since": one.since.isoformat(), **decision.as_dict()}
        if one.kind == "rows":
            table = f"{one.dataset.replace('.', '__')}__{one.subject}"
            conn.execute(sql.SQL("drop table if exists {}").format(sql.Identifier("raw", table)))
            conn.execute(
                "update audit.file set rows_dropped_at = clock_timestamp() where file_id = %s", (one.subject,)
            )
            held = ledger_held.digests(conn, ["audit.file"], [one.subject])
            ledger.append(conn, "file.rows_dropped", one.subject, {**told, "held": held})
            return
        row = conn.execute(
            "update audit.file set bytes_dropped_at = clock_timestamp(), archive_path = null where file_id = %s"
            " and archive_path is not null returning sha256, structure #>> '{archive,file_id}'",
            (one.subject,),
        ).fetchone()
        if row is None:  # a zip that went with its last member
            return
        sha256, zipped = row
        # the records that were set aside are a copy of what stood in the file
        conn.execute("update quarantine.row set raw = null where file_id = %s", (one.subject,))
        held = ledger_held.digests(conn, ["audit.file"], [one.subject])
        ledger.append(conn, "file.bytes_dropped", one.subject, {**told, "held": held})
        left = conn.execute(
            "select 1 from audit.file where sha256 = %s and archive_path is not null limit 1", (sha256,)
        ).fetchone()
    if left is None:
        rewriting.remove_copies(conn, sha256)
        (get_settings().archive / relative_path(sha256)).unlink(missing_ok=True)
    if zipped and (due_with := _emptied(conn, zipped, one)):
        _remove(conn, due_with, decision)


def _emptied(conn: psycopg.Connection[Any], zipped: str, member: Due) -> Due | None:
    """A zip goes with the last of its members: it holds their bytes once more."""
    row = conn.execute(
        "select 1 from audit.file as z where file_id = %(zip)s and archive_path is not null and not exists ("
        " select from audit.file as f where f.structure #>> '{archive,file_id}' = %(zip)s"
        " and f.archive_path is not null)"
        " and not exists (select from audit.file as twin where twin.sha256 = z.sha256 and twin.file_id <> z.file_id"
        " and twin.archive_path is not null)",
        {"zip": zipped},
    ).fetchone()
    return Due(UNKNOWN, "file", zipped, member.since) if row else None


def told(found: Iterable[Due]) -> dict[str, int]:
    """``dataset kind`` → how many are due, for a log and a task."""
    counts: Counter[str] = Counter()
    for one in found:
        counts[f"{one.dataset} {one.kind}"] += int(one.subject) if one.dataset == IDENTITY else 1
    return dict(counts)
