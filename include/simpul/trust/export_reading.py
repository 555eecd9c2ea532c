"""What is to be exported: a published table, its columns, which rows, read as who asks and nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from simpul.database import LOGIN_ROLES
from simpul.errors import LONG_NUMBER, SimpulError
from simpul.identifying import tells_whom
from simpul.trust import export_keys
from simpul.trust.export_cells import known
from simpul.trust.where import read_where

_PAGE = 2000
_ROLES = {"marts": "bi_reader", "marts_person": "caseworker"}


@dataclass(frozen=True)
class Wanted:
    """A checked wish: all names in it are names of the catalogue."""

    schema: str
    table: str
    types: dict[str, str]  # column → type, of the whole table
    columns: tuple[str, ...]
    where: tuple[tuple[str, str], ...]
    role: str

    @property
    def relation(self) -> str:
        """``marts_person.person``."""
        return f"{self.schema}.{self.table}"

    @property
    def identity_columns(self) -> list[str]:
        """Columns in the file that tell whom a row is about."""
        return [name for name in self.columns if tells_whom(self.table, name)]

    @property
    def is_of_persons(self) -> bool:
        """Whether it has a row per person or record."""
        return self.schema == "marts_person"

    def filter(self, key: bytes) -> dict[str, str]:
        """Which rows, as the register may keep it: what may be a person's value only as a keyed hash."""
        return {
            column: f"#{export_keys.hash_of(key, known(value)).hex()}"
            if tells_whom(self.table, column) or LONG_NUMBER.search(value)
            else value
            for column, value in self.where
        }


def wanted(
    conn: psycopg.Connection[Any], table: str, columns: str | None, where: str | None, role: str | None
) -> Wanted:
    """Hold what was asked for against the catalogue; ``conn`` is the owner's.

    Raises:
        SimpulError: no such table, column or role, or a filter that cannot be read. Never repeats a value.
    """
    schema, _, name = table.rpartition(".")
    found = conn.execute(
        """select n.nspname, a.attname, format_type(a.atttypid, a.atttypmod) from pg_class c
            join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid
        where c.relkind = 'v' and c.relname = %s and n.nspname = any(%s) and a.attnum > 0 and not a.attisdropped
        order by a.attnum""",
        (name, [schema] if schema in _ROLES else [] if schema else list(_ROLES)),
    ).fetchall()
    if not found:
        raise SimpulError(
            "there is no published table of this name",
            code="unknown_table",
            hint="docs/marts.md names all; write person or marts_person.person",
        )
    types = {column: kind for _, column, kind in found}
    chosen = tuple(dict.fromkeys(part.strip() for part in columns.split(","))) if columns else tuple(types)
    pairs = tuple(read_where([where or ""]).items())
    unknown = [name for name in (*chosen, *(column for column, _ in pairs)) if name not in types]
    if unknown:
        raise SimpulError(
            f"{found[0][0]}.{name} does not have {len(unknown)} of the columns that were asked for",
            code="unknown_column",
            hint=f"its columns are {', '.join(types)}",
        )
    role = role or _ROLES[found[0][0]]
    if role not in LOGIN_ROLES:
        raise SimpulError(f"there is no role '{role}'", code="unknown_role", hint=", ".join(LOGIN_ROLES))
    return Wanted(found[0][0], name, types, chosen, pairs, role)


def choose_release(
    owner: psycopg.Connection[Any], reader: psycopg.Connection[Any], release_id: int | None
) -> int:
    """Let ``reader`` see one release until its transaction ends, and say which; readers cannot ask for its number.

    The published one is not chosen by its number, because then it would not tell what turned true since (``live``).

    Raises:
        SimpulError: nothing is published, or that release is not kept.
    """
    if release_id is not None:
        for conn in (owner, reader):
            conn.execute("select set_config('simpul.release_id', %s, false)", (str(release_id),))
    reader.commit()
    while True:
        before = _current(owner)
        reader.execute("set transaction isolation level repeatable read, read only")
        reader.execute("select")  # from here on it sees the warehouse of this moment
        if before == _current(owner):
            return before
        reader.rollback()  # another release was published just now


def _current(owner: psycopg.Connection[Any]) -> int:
    row = owner.execute("select audit.current_release()").fetchone()
    owner.commit()
    if not (row and row[0]):
        raise SimpulError("nothing is published", code="release", hint="`simpul releases` lists what is")
    return int(row[0])


def rows(conn: psycopg.Connection[Any], wish: Wanted, order: str) -> Iterator[tuple[Any, ...]]:
    """The rows in the order that ``order`` draws, a page at a time; rights are those of the connection."""
    names = [sql.Identifier(name) for name in wish.columns]
    drawn_by = ordered_by(wish)
    drawn = [sql.SQL("coalesce({}::text, '')").format(sql.Identifier(name)) for name in drawn_by]
    query = sql.SQL("select {} from {} where {} order by sha256(convert_to(%s::text || {}, 'UTF8'))").format(
        sql.SQL(", ").join(names),
        sql.Identifier(wish.schema, wish.table),
        sql.SQL(" and ").join(
            [
                sql.SQL("true"),
                *(
                    sql.SQL("{} = %s::{}").format(sql.Identifier(column), sql.SQL(wish.types[column]))
                    for column, _ in wish.where
                ),
            ]
        ),
        sql.SQL(" || '|' || ").join(drawn),
    )
    with conn.cursor(name="simpul_export") as cursor:
        cursor.itersize = _PAGE
        cursor.execute(query, [*(value for _, value in wish.where), order])
        yield from cursor


def ordered_by(wish: Wanted) -> list[str]:
    """A NIK or a card, so that a row alone tells its place; without any all that is in the row."""
    numbers = [name for name in wish.identity_columns if name.startswith(("nik", "no_kk"))]
    return numbers[:1] or list(wish.columns)
