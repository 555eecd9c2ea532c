"""Whether intermediate tables, of which only the newest are kept, are those that a release was made with."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import psycopg


def are_of(conn: psycopg.Connection[Any], tables: Collection[str], release_id: int, mart: str) -> bool:
    """Whether all these tables say what they said when the mart of the release was built.

    They do when they were built before the release was attached and not since; or when the release that they were
    built for shows the same of the mart, made from the same files by the same code.
    """
    if not tables:
        return True
    row = conn.execute(
        """with built as (
            select max(built_at) as at, count(*) as tables
            from audit.built_model
            where model = any(%(tables)s) and relation = (
                select oid from pg_class where relnamespace = 'intermediate'::regnamespace and relname = model)),
        attached as (
            select subject::bigint as release_id, max(at) as at from audit.ledger
            where kind = 'release.attached' group by subject),
        built_for as (
            select attached.release_id from attached join built on attached.at >= built.at
            order by attached.at limit 1)
        select built.tables = %(count)s and (
            exists (select from attached where release_id = %(release_id)s and at >= built.at)
            or exists (
                select from audit.release_table as asked
                join audit.release_table as other on other.mart = asked.mart and other.fingerprint = asked.fingerprint
                join built_for on built_for.release_id = other.release_id
                where asked.release_id = %(release_id)s and asked.mart = %(mart)s))
        from built""",
        {"tables": sorted(tables), "count": len(tables), "release_id": release_id, "mart": mart},
    ).fetchone()
    return bool(row and row[0])
