"""The tables of a kept release published anew under another number, through the real steps: open, attach, flip."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import psycopg
from psycopg import sql

from simpul import release
from simpul.database import connect


def republish(
    marts: Sequence[release.Mart], source: int, changed: Mapping[str, sql.Composable] | None = None
) -> int:
    """Publish the rows of release ``source`` again, as a build from restated figures would; returns the new number.

    Args:
        marts: every published table.
        source: a release that is kept.
        changed: column → SQL for its value, in every table that has the column.
    """
    opened = release.open_release("republish", force=True)
    assert opened.release_id
    values = {"_release_id": sql.Literal(opened.release_id), **(changed or {})}
    with connect() as conn:
        stored = release.stored_in(conn, source)
        for mart in marts:
            _copy(conn, mart, stored.get(mart.name, source), values)
    release.attach(opened.release_id, marts)
    release.record_gate(opened.release_id, passed=True)
    release.flip(opened.release_id)
    return opened.release_id


def _copy(
    conn: psycopg.Connection, mart: release.Mart, source: int, values: Mapping[str, sql.Composable]
) -> None:
    """Rows and indexes of the partition of release ``source``; attaching makes the key."""
    names = [column.name for column in mart.columns]
    table, origin = (
        sql.Identifier("candidate", mart.name),
        sql.Identifier("release", f"{mart.name}__r{source}"),
    )
    conn.execute(sql.SQL("create table {} (like {})").format(table, origin))
    conn.execute(
        sql.SQL("insert into {} ({}) select {} from {}").format(
            table,
            sql.SQL(", ").join(map(sql.Identifier, names)),
            sql.SQL(", ").join(values.get(name, sql.Identifier(name)) for name in names),
            origin,
        )
    )
    indexes = conn.execute(
        "select pg_get_indexdef(indexrelid) from pg_index"
        " where indrelid = (%s || quote_ident(%s))::regclass and not indisprimary",
        ("release.", f"{mart.name}__r{source}"),
    ).fetchall()
    for (definition,) in indexes:
        told = re.sub(r"INDEX \S+ ON (ONLY )?\S+", f"INDEX ON candidate.{mart.name}", definition)
        conn.execute(told)
