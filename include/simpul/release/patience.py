"""Short tries for a lock instead of one long wait: behind whoever waits for a strong lock, every reader waits too."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any, TypeVar

import psycopg
from psycopg import errors as pg

from simpul.errors import ReleaseError

log = logging.getLogger("simpul.release")

T = TypeVar("T")
GIVE_UP_SECONDS = 60.0
LOCK_TIMEOUT_MS = 200  # the longest that a reader can be held up behind us
_BUSY = (pg.LockNotAvailable, pg.DeadlockDetected, pg.SerializationFailure)


def patiently(
    conn: psycopg.Connection[Any],
    doing: str,
    work: Callable[[], T],
    *,
    give_up_after: float = GIVE_UP_SECONDS,
    lock_timeout_ms: int = LOCK_TIMEOUT_MS,
) -> T:
    """Run ``work`` in one transaction; when a lock cannot be had, or it deadlocks, roll back and try again.

    Args:
        conn: connection outside a transaction.
        doing: what is being done, for the message.
        work: all of it is done or nothing; it may run several times.
        give_up_after: seconds of trying.
        lock_timeout_ms: how long one try waits for one lock.

    Raises:
        ReleaseError: still busy after ``give_up_after``; names the sessions in the way, never their queries.
    """
    deadline = time.monotonic() + give_up_after
    attempt = 0
    while True:
        try:
            with conn.transaction():
                conn.execute("select set_config('lock_timeout', %s, true)", (f"{lock_timeout_ms}ms",))
                return work()
        except _BUSY as error:
            attempt += 1
            if time.monotonic() >= deadline:
                raise ReleaseError(
                    f"{doing}: another session holds a lock ({type(error).__name__}, {attempt} tries)",
                    code="busy",
                    hint=f"end what is in the way and run again; open transactions: {_in_the_way(conn)}",
                ) from None
            log.info("%s: %s, trying again", doing, type(error).__name__)
            time.sleep(min(2.0, 0.02 * 2 ** min(attempt, 6)))


def _in_the_way(conn: psycopg.Connection[Any]) -> str:
    """The oldest open transactions on published tables: process, role, program, minutes."""
    rows = conn.execute(
        """select distinct a.pid, a.usename, a.application_name,
            round(extract(epoch from now() - coalesce(a.xact_start, a.backend_start)) / 60) as minutes
        from pg_locks l join pg_stat_activity a using (pid) join pg_class c on c.oid = l.relation
        where c.relnamespace::regnamespace::text in ('release', 'marts', 'marts_person', 'candidate')
            and l.database = (select oid from pg_database where datname = current_database())
            and a.pid <> pg_backend_pid()
        order by minutes desc limit 5"""
    ).fetchall()
    return (
        "; ".join(
            f"process {pid} ({user}, {program or '-'}, {minutes} min)" for pid, user, program, minutes in rows
        )
        or "none left"
    )
