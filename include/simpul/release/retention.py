"""Old releases leave without anybody waiting: detached concurrently, dropped when nobody reads them any more."""

from __future__ import annotations

import logging
from typing import Any

import psycopg
from psycopg import errors as pg
from psycopg import sql

from simpul import ledger
from simpul.database import advisory_lock, connect
from simpul.release import catalog, register
from simpul.release.catalog import RELEASE

log = logging.getLogger("simpul.release")

KEEP = 12  # a year of monthly releases
_LOCK_TIMEOUT_MS = 500


def retire_old(keep: int = KEEP) -> dict[str, Any]:
    """Retire published releases beyond the newest ``keep`` (never the pointed or a pinned one) and drop their tables.

    The tables of refused releases go too, except those of the last one: somebody may be looking at why. A table that is
    still being read stays for the next call.

    Args:
        keep: published releases to keep, at least 1.

    Returns:
        ``{"retired": [release_id …], "dropped": tables, "waiting": tables that are still read}``
    """
    with connect(application_name="simpul retire") as conn, advisory_lock(conn, register.LOCK):
        retired = [
            row[0]
            for row in conn.execute(
                """with old as (
                    select release_id from audit.release where status = 'published' order by release_id desc offset %s)
                update audit.release r set status = 'retired' from old
                where r.release_id = old.release_id and not r.is_pinned
                    and r.release_id is distinct from (select release_id from audit.release_pointer)
                returning r.release_id""",
                (max(keep, 1),),
            ).fetchall()
        ]
        for release_id in sorted(retired):
            ledger.append(conn, "release.retired", str(release_id), {"keep": keep})
    dropped = waiting = 0
    with (
        connect(autocommit=True, application_name="simpul retire") as conn,
        advisory_lock(conn, "release retire", wait=False) as got,
    ):
        if not got:
            return {"retired": sorted(retired), "dropped": 0, "waiting": 0}
        conn.execute(f"set lock_timeout = '{_LOCK_TIMEOUT_MS}ms'")
        _finish_detaching(conn)
        for parent, table in _unwanted(conn):
            if _drop(conn, parent, table):
                dropped += 1
            else:
                waiting += 1
    if dropped or waiting:
        log.info(
            "retired %s releases, dropped %s tables, %s are still being read", len(retired), dropped, waiting
        )
    return {"retired": sorted(retired), "dropped": dropped, "waiting": waiting}


def _unwanted(conn: psycopg.Connection[Any]) -> list[tuple[str | None, str]]:
    """Tables in schema release that belong to no release anybody may read: (parent if attached, table)."""
    return conn.execute(
        """with kept as (
            select release_id from audit.release where status in ('candidate', 'published')
            union all (select max(release_id) from audit.release where status = 'refused')),
        tables as (
            select c.oid, c.relname, p.relname as parent, substring(c.relname from '__r([0-9]+)$')::bigint as release_id
            from pg_class c left join pg_inherits i on i.inhrelid = c.oid left join pg_class p on p.oid = i.inhparent
            where c.relnamespace = 'release'::regnamespace and c.relkind = 'r')
        select parent, relname from tables
        where release_id is not null and release_id not in (select release_id from kept where release_id is not null)
        order by release_id, relname"""
    ).fetchall()


def _drop(conn: psycopg.Connection[Any], parent: str | None, table: str) -> bool:
    """Detach (no reader waits for it: it waits for them, briefly) and drop. False = somebody still reads it."""
    try:
        if parent:
            conn.execute(
                sql.SQL("alter table {} detach partition {} concurrently").format(
                    catalog.name(RELEASE, parent), catalog.name(RELEASE, table)
                )
            )
        conn.execute(sql.SQL("drop table {}").format(catalog.name(RELEASE, table)))
        return True
    except (pg.LockNotAvailable, pg.DeadlockDetected, pg.ObjectInUse):
        return False
    except pg.ObjectNotInPrerequisiteState:
        # a parent can let go of one partition at a time, and another one is still waiting for its readers
        return False


def _finish_detaching(conn: psycopg.Connection[Any]) -> None:
    """A detach that gave up on its readers has to be finished before the parent can start another one."""
    pending = conn.execute(
        """select p.relname, c.relname
        from pg_inherits i join pg_class p on p.oid = i.inhparent join pg_class c on c.oid = i.inhrelid
        where i.inhdetachpending and p.relnamespace = 'release'::regnamespace"""
    ).fetchall()
    for parent, table in pending:
        try:
            conn.execute(
                sql.SQL("alter table {} detach partition {} finalize").format(
                    catalog.name(RELEASE, parent), catalog.name(RELEASE, table)
                )
            )
        except (pg.LockNotAvailable, pg.DeadlockDetected):
            log.info("release.%s is still being read", table)
