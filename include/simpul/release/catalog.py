"""What the database says about tables: columns, keys, indexes, comments. Read from the catalogue, never remembered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

CANDIDATE, RELEASE = "candidate", "release"


def partition(mart: str, release_id: int) -> str:
    """Name of a mart's partition of one release."""
    return f"{mart}__r{release_id}"


def name(schema: str, table: str) -> sql.Identifier:
    """``"schema"."table"``."""
    return sql.Identifier(schema, table)


@dataclass(frozen=True)
class Attribute:
    """A column as the database has it; ``type`` as ``format_type`` prints it."""

    name: str
    type: str
    comment: str | None


def exists(conn: psycopg.Connection[Any], schema: str, table: str) -> bool:
    """Whether there is a relation of this name."""
    return oid(conn, schema, table) is not None


def oid(conn: psycopg.Connection[Any], schema: str, table: str) -> int | None:
    """Number of the relation, None when there is none. Needs no rights on the schema."""
    row = conn.execute(
        """select c.oid from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = %s and c.relname = %s""",
        (schema, table),
    ).fetchone()
    return int(row[0]) if row else None


def is_table(conn: psycopg.Connection[Any], schema: str, table: str) -> bool:
    """Whether the relation is a table with rows of its own."""
    row = conn.execute(
        "select relkind = 'r' from pg_class where oid = %s", (oid(conn, schema, table) or 0,)
    ).fetchone()
    return bool(row and row[0])


def drop(conn: psycopg.Connection[Any], schema: str, table: str) -> None:
    """Drop a table or a view, if there is one."""
    if exists(conn, schema, table):
        kind = sql.SQL("table" if is_table(conn, schema, table) else "view")
        conn.execute(sql.SQL("drop {} {}").format(kind, name(schema, table)))


def attributes(conn: psycopg.Connection[Any], schema: str, table: str) -> list[Attribute]:
    """Columns in their order; empty when there is no such relation."""
    rows = conn.execute(
        """select a.attname, format_type(a.atttypid, a.atttypmod), col_description(a.attrelid, a.attnum)
        from pg_attribute a where a.attrelid = %s and a.attnum > 0 and not a.attisdropped order by a.attnum""",
        (oid(conn, schema, table) or 0,),
    ).fetchall()
    return [Attribute(*row) for row in rows]


def description(conn: psycopg.Connection[Any], schema: str, table: str) -> str | None:
    """Comment of the relation."""
    row = conn.execute("select obj_description(%s, 'pg_class')", (oid(conn, schema, table) or 0,)).fetchone()
    return row[0] if row else None


def primary_key(conn: psycopg.Connection[Any], schema: str, table: str) -> tuple[str, ...]:
    """Columns of the primary key in its order; empty when there is none."""
    rows = conn.execute(
        """select a.attname from pg_index i cross join lateral unnest(i.indkey) with ordinality k(attnum, position)
            join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum
        where i.indrelid = %s and i.indisprimary order by k.position""",
        (oid(conn, schema, table) or 0,),
    ).fetchall()
    return tuple(row[0] for row in rows)


def indexes(conn: psycopg.Connection[Any], schema: str, table: str) -> list[tuple[str, bool]]:
    """Names of the indexes and whether each is the primary key's, in an order that does not depend on the names."""
    return conn.execute(
        """select c.relname, i.indisprimary from pg_index i join pg_class c on c.oid = i.indexrelid
        where i.indrelid = %s
        order by i.indisprimary desc, pg_get_indexdef(i.indexrelid, 1, true), i.indkey::text, c.relname""",
        (oid(conn, schema, table) or 0,),
    ).fetchall()


def parent_of(conn: psycopg.Connection[Any], schema: str, table: str) -> str | None:
    """Name of the partitioned table that this one is attached to."""
    row = conn.execute(
        "select p.relname from pg_inherits i join pg_class p on p.oid = i.inhparent where i.inhrelid = %s",
        (oid(conn, schema, table) or 0,),
    ).fetchone()
    return row[0] if row else None


def is_altered(conn: psycopg.Connection[Any], schema: str, table: str) -> bool:
    """Whether rows of a table are not those of the transaction that made it, or fewer.

    The system columns of a table keep the number of that transaction. A server that crashed knows nothing of what is
    gone.
    """
    row = conn.execute(
        sql.SQL(
            "select count(*) filter (where record.xmin <> (select xmin from pg_attribute"
            " where attrelid = {oid}::regclass and attname = 'ctid')) > 0"
            " or count(*) < pg_stat_get_tuples_inserted({oid}::regclass) from {table} as record"
        ).format(oid=sql.Literal(name(schema, table).as_string(conn)), table=name(schema, table))
    ).fetchone()
    return bool(row and row[0])
