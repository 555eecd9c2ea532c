"""The person's number in rows of somebody else (as head of the family, in a remark): it goes, the row stays."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import psycopg
from psycopg import sql
from psycopg.types.json import Json, Jsonb

from simpul.blanking import Sought
from simpul.blanking.sought import anywhere
from simpul.trust.erasure.warehouse import ROWS, Gone

_CELLS = """
select a.attname, t.typname from pg_attribute a join pg_type t on t.oid = a.atttypid
where a.attrelid = format('%%I.%%I', %s::text, %s::text)::regclass and a.attnum > 0 and not a.attisdropped
    and (t.typcategory = 'S' or t.typname in ('jsonb', 'json', '_text')) and a.attgenerated = ''
order by a.attnum
"""


def mask(conn: psycopg.Connection[Any], sought: Sought, tables: Collection[str]) -> Gone:
    """Put `simpul.blanking.sought.MASK` in its place, in the caller's transaction, as the archived files have it.

    Args:
        conn: in a transaction.
        sought: of its own numbers; what others carry, too, stays with them.
        tables: ``schema.table`` in which one was found. Only tables of rows are altered: what the register, the ledger
            or a person's text says is not.
    """
    done = Gone()
    for name in tables:
        schema, table = name.split(".", 1)
        if schema in ROWS:
            _table(conn, sought, schema, table, done)
    return done


def _table(conn: psycopg.Connection[Any], sought: Sought, schema: str, table: str, done: Gone) -> None:
    columns = dict(conn.execute(_CELLS, (schema, table)).fetchall())
    if not columns:
        return
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    texts = sql.SQL(", ").join(sql.SQL("{}::text").format(sql.Identifier(column)) for column in columns)
    found = conn.execute(
        sql.SQL(
            "select tableoid::bigint, ctid::text, {names} from {table}"
            " where array_to_string(array[{texts}], '|') ~ %s"
        ).format(
            names=names,
            table=sql.Identifier(schema, table),
            texts=texts,
        ),
        (anywhere(sought.own),),
    ).fetchall()
    for oid, place, *cells in found:
        changed = {
            column: _value(kind, less)
            for (column, kind), cell in zip(columns.items(), cells, strict=True)
            if (less := _masked(cell, sought)) != cell
        }
        if changed:
            sets = sql.SQL(", ").join(sql.SQL("{} = %s").format(sql.Identifier(column)) for column in changed)
            done.take(
                conn,
                f"{schema}.{table} (mention)",
                sql.SQL("update {} set {} where tableoid = %s and ctid = %s::tid").format(
                    sql.Identifier(schema, table), sets
                ),
                [*changed.values(), oid, place],
            )


def _value(kind: str, value: Any) -> Any:
    return Jsonb(value) if kind == "jsonb" else Json(value) if kind == "json" else value


def _masked(value: Any, sought: Sought) -> Any:
    """Of a text or of all texts in a JSON value; a JSON number becomes a text."""
    if isinstance(value, dict):
        return {key: _masked(one, sought) for key, one in value.items()}
    if isinstance(value, list):
        return [_masked(one, sought) for one in value]
    if value is None or isinstance(value, bool):
        return value
    text = str(value).encode("utf-8", "surrogatepass")
    less = sought.masked(text)
    return value if less == text else less.decode("utf-8", "surrogatepass")
