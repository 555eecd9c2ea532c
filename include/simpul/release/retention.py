"""Old releases leave without anybody waiting: detached concurrently, dropped when nobody reads them any more."""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import psycopg
from psycopg import errors as pg
from psycopg import sql

from simpul import ledger
from simpul.clock import WIB
from simpul.database import advisory_lock, connect
from simpul.release import catalog, register
from simpul.release.catalog import RELEASE
from simpul.settings import get_settings

log = logging.getLogger("simpul.release")

_LOCK_TIMEOUT_MS = 500


@dataclass(frozen=True)
class Published:
    """What decides whether a published release is kept."""

    release_id: int
    published_at: datetime
    is_pinned: bool = False
    is_rolled_back: bool = False


def kept(
    releases: Collection[Published], current: int | None, now: datetime, *, days: int, months: int
) -> set[int]:
    """Numbers of the releases that stay readable; the others have had their time.

    A release is built whenever something lands, thirteen times on a busy day: what is kept is counted in time, so that
    "what we knew last month" does not depend on how much was delivered since.

    Args:
        releases: all published ones.
        current: the one that readers see; it stays, and so does the one that `rollback` would go to.
        now: the moment to count from.
        days: every release of so many days stays.
        months: of so many calendar months (as people in Jakarta count them) before this one, and of this one, the last
            release stays: the last that was not rolled back, where there is one.
    """
    stay = {one.release_id for one in releases if one.is_pinned or one.release_id == current}
    stay |= {one.release_id for one in releases if one.published_at > now - timedelta(days=days)}
    before = [
        one.release_id for one in releases if one.release_id < (current or 0) and not one.is_rolled_back
    ]
    stay |= {max(before)} if before else set()
    this_month = _month(now)
    last: dict[int, Published] = {}
    for one in sorted(releases, key=lambda one: (not one.is_rolled_back, one.published_at, one.release_id)):
        last[_month(one.published_at)] = one
    return stay | {one.release_id for month, one in last.items() if month >= this_month - months}


def _month(moment: datetime) -> int:
    """Months since year 0."""
    local = moment.astimezone(WIB)
    return local.year * 12 + local.month


def retire_old(days: int | None = None, months: int | None = None) -> dict[str, Any]:
    """Retire the published releases that are not `kept`, and drop their tables.

    The tables of refused releases go too, except those of the last one: somebody may be looking at why. A table that is
    still being read stays for the next call.

    Args:
        days: as of `kept`; default: the setting ``keep_days``.
        months: as of `kept`; default: the setting ``keep_months``.

    Returns:
        ``{"retired": [release_id …], "dropped": tables, "waiting": tables that are still read}``
    """
    settings = get_settings()
    span = {
        "days": settings.keep_days if days is None else days,
        "months": settings.keep_months if months is None else months,
    }
    with connect(application_name="simpul retire") as conn, advisory_lock(conn, register.LOCK):
        retired = _retire(conn, span)
    dropped = waiting = 0
    with (
        connect(autocommit=True, application_name="simpul retire") as conn,
        advisory_lock(conn, "release retire", wait=False) as got,
    ):
        if not got:
            return {"retired": retired, "dropped": 0, "waiting": 0}
        conn.execute(f"set lock_timeout = '{_LOCK_TIMEOUT_MS}ms'")
        _finish_detaching(conn)
        _forget_candidate(conn)
        for parent, table in _unwanted(conn):
            if _drop(conn, parent, table):
                dropped += 1
            else:
                waiting += 1
    if dropped or waiting:
        log.info(
            "retired %s releases, dropped %s tables, %s are still being read", len(retired), dropped, waiting
        )
    return {"retired": retired, "dropped": dropped, "waiting": waiting}


def _retire(conn: psycopg.Connection[Any], span: dict[str, int]) -> list[int]:
    """Make them unreadable, in the caller's transaction; their numbers."""
    rows = conn.execute(
        """select release_id, coalesce(published_at, created_at), is_pinned,
            reason_code is not distinct from 'rolled_back'
        from audit.release where status = 'published'"""
    ).fetchall()
    published: Sequence[Published] = [Published(*row) for row in rows]
    moment = conn.execute(
        "select clock_timestamp(), (select release_id from audit.release_pointer)"
    ).fetchone()
    assert moment is not None
    now, current = moment
    stay = kept(published, current, now, **span)
    old = sorted(one.release_id for one in published if one.release_id not in stay)
    conn.execute("update audit.release set status = 'retired' where release_id = any(%s)", (old,))
    for release_id in old:
        ledger.append(conn, "release.retired", str(release_id), dict(span))
    return old


def _unwanted(conn: psycopg.Connection[Any]) -> list[tuple[str | None, str]]:
    """Tables in schema release that belong to no release anybody may read: (parent if attached, table)."""
    return conn.execute(
        """with kept as (
            select release_id from audit.release where status in ('candidate', 'published')
            union all (select max(release_id) from audit.release where status = 'refused')),
        -- a kept release may show what an earlier one stored
        shown as (
            select mart, stored_in from audit.release_table join kept using (release_id)),
        tables as (
            select c.relname, p.relname as parent, regexp_replace(c.relname, '__r[0-9]+$', '') as mart,
                substring(c.relname from '__r([0-9]+)$')::bigint as release_id
            from pg_class c left join pg_inherits i on i.inhrelid = c.oid left join pg_class p on p.oid = i.inhparent
            where c.relnamespace = 'release'::regnamespace and c.relkind = 'r')
        select parent, relname from tables
        where release_id is not null and release_id not in (select release_id from kept where release_id is not null)
            and (mart, release_id) not in (select mart, stored_in from shown)
        order by release_id, relname"""
    ).fetchall()


def _forget_candidate(conn: psycopg.Connection[Any]) -> None:
    """Views that stood for stored tables in a build that came to nothing would keep these from being dropped."""
    views = conn.execute(
        """select viewname from pg_views where schemaname = %s
            and not exists (select from audit.release where status = 'candidate')""",
        (catalog.CANDIDATE,),
    ).fetchall()
    for (view,) in views:
        catalog.drop(conn, catalog.CANDIDATE, view)


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
