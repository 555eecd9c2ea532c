"""Filling tables that are empty: their keys and indexes are made when the rows are there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql

_EMPTY = "select not exists (select from {})"
_KEYS = """
select conname, pg_get_constraintdef(oid) from pg_constraint
where conrelid = %s::regclass and contype in ('p', 'u') order by conname
"""
_INDEXES = """
select indexrelid::regclass::text, pg_get_indexdef(indexrelid) from pg_index
where indrelid = %s::regclass and not exists (select from pg_constraint where conindid = indexrelid) order by 1
"""


@contextmanager
def keys_afterwards(conn: psycopg.Connection[Any], tables: Sequence[str]) -> Iterator[None]:
    """Do without keys and indexes of those of the tables that are empty, and make them anew at the end of the block.

    A million rows that come one by one into several indexes cost twice what they cost without, and each index made at
    once is made by two processes. In the transaction of the caller: if that fails, all of them are as they were. The
    block must not count on a key (``on conflict``), and nobody else can read these tables meanwhile.

    Args:
        conn: in a transaction.
        tables: qualified names; nothing refers to their keys.

    Raises:
        psycopg.errors.UniqueViolation: what came breaks a key.
    """
    again: list[sql.Composable] = []
    for name in tables:
        table = sql.Identifier(*name.split("."))
        ((is_empty,),) = conn.execute(sql.SQL(_EMPTY).format(table)).fetchall()
        if not is_empty:
            continue
        for key, made in conn.execute(_KEYS, (name,)).fetchall():
            conn.execute(sql.SQL("alter table {} drop constraint {}").format(table, sql.Identifier(key)))
            again.append(
                sql.SQL("alter table {} add constraint {} {}").format(
                    table, sql.Identifier(key), sql.SQL(made)
                )
            )
        for index, made in conn.execute(_INDEXES, (name,)).fetchall():
            conn.execute(sql.SQL("drop index {}").format(sql.SQL(index)))
            again.append(sql.SQL(made))
    yield
    for statement in again:
        conn.execute(statement)
