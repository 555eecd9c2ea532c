"""Rows that no release will be built from again: those of replaced and withdrawn files leave ``raw`` after a while."""

from __future__ import annotations

import logging
from typing import Any

import psycopg
from psycopg import errors as pg
from psycopg import sql

from simpul import ledger, ledger_held
from simpul.contract import load_contracts
from simpul.database import advisory_lock, connect, no_values
from simpul.release.register import LOCK
from simpul.settings import get_settings

log = logging.getLogger("simpul.release")

_LOCK_TIMEOUT_MS = 500  # the table's parent is locked for everybody: a moment, or tomorrow

# the moment since which nothing but history asks for the rows: the newer file landed, or a person withdrew this one
_OLD = """
select file.file_id, replace(file.dataset, '.', '__') as parent
from audit.file
left join audit.file as newer on newer.file_id = file.superseded_by
where file.status in ('superseded', 'refused') and file.rows_dropped_at is null and file.dataset is not null
    and not (file.status = 'superseded' and file.dataset = any(%(told)s))
    and clock_timestamp() - make_interval(days => %(days)s) >
        case file.status when 'superseded' then newer.landed_at
            else (select max(at) from audit.ledger where kind = 'file.withdrawn' and subject = file.file_id) end
    and not exists (
        select from audit.release_input as input join audit.release using (release_id)
        where input.file_id = file.file_id and release.status in ('candidate', 'published'))
"""


def drop_old_rows(days: int | None = None) -> dict[str, Any]:
    """Drop the raw tables of files superseded or withdrawn ``days`` ago that no kept release is made from.

    Replaced editions of statistical tables stay: every release tells what they said (`fct_poverty_source`).

    Their bytes stay in the archive, their records of quarantine and their verdicts in the database, and ``audit.file``
    says when the rows left. A table that somebody reads now stays for the next call.

    Args:
        days: of grace; default: the setting ``keep_rows_days``.

    Returns:
        ``{"files": [file_id …], "waiting": tables that are being read}``
    """
    grace = get_settings().keep_rows_days if days is None else days
    dropped, waiting = [], 0
    with no_values("dropping old rows"), connect(autocommit=True, application_name="simpul maintain") as conn:
        for file_id, parent in conn.execute(
            _OLD + " order by 1", {"days": grace, "told": _told_on()}
        ).fetchall():
            try:
                if _drop(conn, file_id, parent, grace):
                    dropped.append(file_id)
            except (pg.LockNotAvailable, pg.DeadlockDetected):
                waiting += 1
    if dropped or waiting:
        log.info("dropped the rows of %d old files, %d are being read", len(dropped), waiting)
    return {"files": dropped, "waiting": waiting}


def _told_on() -> list[str]:
    """Datasets of which a release reads replaced editions too: one record per figure, some hundreds in a table."""
    return [dataset for dataset, contract in load_contracts().items() if contract.is_melted]


def _drop(conn: psycopg.Connection[Any], file_id: str, parent: str, days: int) -> bool:
    """One file in one transaction; False = a release has been opened from it just now."""
    with conn.transaction(), advisory_lock(conn, LOCK):
        conn.execute("select set_config('lock_timeout', %s, true)", (f"{_LOCK_TIMEOUT_MS}ms",))
        query = _OLD + " and file.file_id = %(file_id)s for update of file"
        if conn.execute(query, {"days": days, "told": _told_on(), "file_id": file_id}).fetchone() is None:
            return False
        conn.execute(sql.SQL("drop table if exists {}").format(sql.Identifier("raw", f"{parent}__{file_id}")))
        conn.execute(
            "update audit.file set rows_dropped_at = clock_timestamp() where file_id = %s", (file_id,)
        )
        held = ledger_held.digests(conn, ["audit.file"], [file_id])
        ledger.append(conn, "file.rows_dropped", file_id, {"days": days, "held": held})
    return True
