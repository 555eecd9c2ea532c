"""What is kept for longer than its contract says: told by upkeep and by a command, removed when a person says so.

Nothing goes by itself: a list that is in use is due like any other, and whoever withdraws it decides that. What nothing
is made from any more (replaced, withdrawn, held, doubled) can be removed here, rows and bytes; the register keeps that
it was there.
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

from simpul import ledger, release
from simpul.contract import Contract, load_contracts
from simpul.database import advisory_lock, connect, no_values
from simpul.errors import SimpulError
from simpul.landing.archive import relative_path
from simpul.landing.rewriting import ERASING
from simpul.ledger import Decision
from simpul.settings import get_settings

log = logging.getLogger("simpul.trust")

Kind = Literal["rows", "file", "release"]
_IN_USE = ("received", "loaded", "landed")
_FILES = """
select file.file_id, file.status, file.received_at + make_interval(months => %(months)s),
    exists (
        select from audit.release_input as input join audit.release using (release_id)
        where input.file_id = file.file_id and release.status in ('candidate', 'published')) as is_made_from,
    exists (select from audit.file as twin where twin.sha256 = file.sha256 and twin.archive_path is not null and (
        twin.status = any(%(in_use)s)
        or twin.received_at + make_interval(months => %(months)s) > clock_timestamp())) as is_shared,
    to_regclass(format('raw.%%I', replace(file.dataset, '.', '__') || '__' || file.file_id)) is not null as has_rows,
    file.archive_path is not null as has_bytes
from audit.file where dataset = %(dataset)s and received_at + make_interval(months => %(months)s) <= clock_timestamp()
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
        dataset: whose contract says so.
        kind: rows of a file, its bytes, or a release.
        subject: file id or number of the release.
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
    return found


_RELEASE = (
    "releases leave by `keep_days`, `keep_months` and `simpul unpin`",
    "rilis dihapus menurut `keep_days`, `keep_months`, dan `simpul unpin`",
)
_USED = ("it is in use: `simpul withdraw` it first", "masih dipakai: tarik dulu dengan `simpul withdraw`")
_MADE = ("a kept release was made from it", "rilis yang disimpan dibuat darinya")
_SHARED = ("the same bytes were received later, too", "isi yang sama juga diterima kemudian")


def _rows_and_files(conn: psycopg.Connection[Any], name: str, contract: Contract) -> Iterable[Due]:
    kinds: tuple[tuple[Kind, int | None], ...] = (
        ("rows", contract.retention.rows_months),
        ("file", contract.retention.files_months),
    )
    for kind, months in kinds:
        if not months:
            continue
        values = {"dataset": name, "months": months, "in_use": list(_IN_USE)}
        for file_id, status, since, made, shared, has_rows, has_bytes in conn.execute(
            _FILES, values
        ).fetchall():
            if not (has_rows if kind == "rows" else has_bytes):
                continue
            blocked = (
                _USED
                if status in _IN_USE
                else _MADE
                if made
                else _SHARED
                if shared and kind == "file"
                else None
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
        advisory_lock(conn, ERASING),
        advisory_lock(conn, release.LOCK),
    ):
        ready = [one for one in due(conn, contracts) if one.blocked is None]
        if not dry_run:
            for one in ready:
                _remove(conn, one, decision)
    return ready


def _remove(conn: psycopg.Connection[Any], one: Due, decision: Decision) -> None:
    """One file in one transaction; its bytes go once nobody's receipt tells of them any more."""
    with conn.transaction():
        told = {"dataset": one.dataset, "since": one.since.isoformat(), **decision.as_dict()}
        if one.kind == "rows":
            table = f"{one.dataset.replace('.', '__')}__{one.subject}"
            conn.execute(sql.SQL("drop table if exists {}").format(sql.Identifier("raw", table)))
            conn.execute(
                "update audit.file set rows_dropped_at = clock_timestamp() where file_id = %s", (one.subject,)
            )
            ledger.append(conn, "file.rows_dropped", one.subject, told)
            return
        row = conn.execute(
            "update audit.file set bytes_dropped_at = clock_timestamp(), archive_path = null where file_id = %s"
            " returning sha256",
            (one.subject,),
        ).fetchone()
        assert row is not None
        # the records that were set aside are a copy of what stood in the file
        conn.execute("update quarantine.row set raw = null where file_id = %s", (one.subject,))
        ledger.append(conn, "file.bytes_dropped", one.subject, told)
        left = conn.execute(
            "select 1 from audit.file where sha256 = %s and archive_path is not null limit 1", (row[0],)
        ).fetchone()
    if left is None:
        (get_settings().archive / relative_path(row[0])).unlink(missing_ok=True)


def told(found: Iterable[Due]) -> dict[str, int]:
    """``dataset kind`` → how many are due, for a log and a task."""
    return dict(Counter(f"{one.dataset} {one.kind}" for one in found))
