"""Whole tables that an event holds by what they say: delivered rows, reference data, who is whom (ADR 0062).

An event that stands for such a table tells it as ``contents``: ``schema.table`` → how many columns and rows it has and
a digest of them, as they are when the transaction ends; null: the table is about to be another, and held by nothing.
The last event that tells of a table counts, and of what no event tells nothing is known, which is no problem.

A table may gain columns later, as contracts do: what it said without them it still says, while they are empty.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import partial
from typing import Any

import psycopg
from psycopg import sql

from simpul.database import beside

Content = dict[str, Any] | None
"""``columns``, ``rows``, ``digest``; None: it is not there."""
Contents = dict[str, Content]
"""By ``schema.table``."""

# Cells are hashed as they are: no text, no order, no sort, no memory, and no setting of a session. PostgreSQL adds up
# the hashes of a row's cells, so the second hash is what binds them to each other. `offset 0` is a fence: without it
# the first is made twice.
_SUMS = """
select count(*), coalesce(sum(hashint8extended(line, 0)), 0)::text, coalesce(sum(hashint8extended(line, 1)), 0)::text,
    count(*) filter (where more > 0)
from (select hash_record_extended(row({columns}), 0) as line, num_nonnulls({more}) as more from {table} offset 0)
    as lines
"""
_COLUMNS = """
select n.nspname || '.' || c.relname, array_agg(a.attname::text order by a.attnum)
from pg_class as c join pg_namespace as n on n.oid = c.relnamespace join pg_attribute as a on a.attrelid = c.oid
where n.nspname || '.' || c.relname = any(%s) and c.relkind = 'r' and a.attnum > 0 and not a.attisdropped group by 1
"""
_SAID = """
select distinct on (one.key) one.key, one.value
from audit.ledger cross join lateral jsonb_each(detail -> 'contents') as one
where detail ? 'contents' order by one.key, event_id desc
"""


def contents(conn: psycopg.Connection[Any], tables: Iterable[str]) -> Contents:
    """What an event tells of these tables as ``contents``. Reads them from end to end."""
    wanted = list(tables)
    columns = _columns(conn, wanted)
    return {table: _content(conn, table, columns[table]) if table in columns else None for table in wanted}


def said(conn: psycopg.Connection[Any]) -> Contents:
    """What the ledger tells of tables, the last word on each."""
    return {table: content for table, content in conn.execute(_SAID) if content is not None}


def others(
    conn: psycopg.Connection[Any],
    among: Collection[str] | None = None,
    progress: Callable[[str], None] = lambda table: None,
) -> Contents:
    """Tables that do not say what the last event tells of them, with what they say now.

    Args:
        conn: to the warehouse.
        among: look at these only.
        progress: told the table that is read next.
    """
    told = {table: one for table, one in said(conn).items() if among is None or table in among}
    columns = _columns(conn, told)
    found: Contents = {}
    for table, one in sorted(told.items()):
        if table not in columns:
            found[table] = None
            continue
        progress(table)
        if (now := _content(conn, table, columns[table], one["columns"])) != one:
            has_more = len(columns[table]) > one["columns"]
            found[table] = _content(conn, table, columns[table]) if has_more else now
    return found


def changed(conn: psycopg.Connection[Any], oids: Collection[int]) -> Contents:
    """What an act has changed in tables that the ledger tells of: the event of the act tells it, and no more than that.
    What somebody had altered before it stays a problem: another connection still sees it.

    Args:
        conn: in the transaction of the act.
        oids: tables that it wrote to.
    """
    names = [
        name
        for (name,) in conn.execute(
            "select n.nspname || '.' || c.relname from pg_class as c join pg_namespace as n on n.oid = c.relnamespace"
            " where c.oid = any(%s::oid[])",
            (list(oids),),
        )
    ]
    with beside(partial(others, among=names), "simpul contents, before") as altered:
        now = others(conn, names)
        return {table: content for table, content in now.items() if table not in altered.result()}


def problems(
    conn: psycopg.Connection[Any],
    among: Collection[str] | None = None,
    progress: Callable[[str], None] = lambda table: None,
) -> Iterator[str]:
    """`others`, in both languages. A table of rows that is gone is told by who counts the files."""
    told = said(conn)
    for table, content in others(conn, among, progress).items():
        if content is None:
            if not table.startswith("raw."):
                yield f"{table}: the ledger tells of it, and it is gone · tabelnya hilang"
        elif (rows := (told[table] or {})["rows"]) != content["rows"]:
            yield (
                f"{table}: has {content['rows']} rows, and the ledger tells of {rows}"
                f" · berisi {content['rows']} baris, menurut buku peristiwa {rows}"
            )
        else:
            yield f"{table}: says something else than the ledger tells · isinya bukan yang dicatat buku peristiwa"


def _columns(conn: psycopg.Connection[Any], tables: Iterable[str]) -> dict[str, list[str]]:
    return dict(conn.execute(_COLUMNS, (list(tables),)).fetchall())


def _content(
    conn: psycopg.Connection[Any], table: str, columns: list[str], first: int | None = None
) -> dict[str, Any]:
    """``first``: of so many columns; where one of the others holds anything, it is another content."""
    names, more = columns[:first], columns[first:] if first else []
    row = conn.execute(
        sql.SQL(_SUMS).format(
            columns=sql.SQL(", ").join(map(sql.Identifier, names)),
            more=sql.SQL(", ").join(map(sql.Identifier, more)) if more else sql.SQL("null"),
            table=sql.Identifier(*table.split(".", 1)),
        )
    ).fetchone()
    assert row is not None
    told: dict[str, Any] = {"names": names, "rows": row[0], "sums": [row[1], row[2]]}
    if row[3]:
        told["more"] = row[3]
    digest = hashlib.sha256(json.dumps(told).encode()).hexdigest()
    return {"columns": len(names), "rows": row[0], "digest": digest}
