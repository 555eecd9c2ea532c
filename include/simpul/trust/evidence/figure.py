"""The figure that is asked about: one row of a mart, read with the rights of who asks."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import psycopg
from psycopg import errors as pg
from psycopg import sql
from psycopg.rows import dict_row

from simpul.errors import SimpulError
from simpul.release import AUDIENCES, catalog
from simpul.trust.evidence.declared import declared

HIDDEN = "•••"
"""Instead of a value that tells of a person."""
_TOLD_OF_PLACES = {"name", "name_en", "giver"}  # open in a mart about regions; of a person never
_FEW = 12


@dataclass(frozen=True)
class Figure:
    """One row. ``values`` hold what the database needs to go on; only `shown` may be told."""

    mart: str
    audience: str
    types: Mapping[str, str]
    comments: Mapping[str, str]
    values: Mapping[str, Any]
    shown: Mapping[str, Any]
    description: str


@dataclass(frozen=True)
class Published:
    """A mart: where it is read, type and comment of its columns, and which of them may not be told."""

    mart: str
    audience: str
    types: Mapping[str, str]
    comments: Mapping[str, str]
    hidden: Collection[str]
    description: str

    def figure(self, row: Mapping[str, Any]) -> Figure:
        """One row of it."""
        shown = {
            name: HIDDEN if name in self.hidden and value is not None else value
            for name, value in row.items()
        }
        return Figure(self.mart, self.audience, self.types, self.comments, row, shown, self.description)


def find(conn: psycopg.Connection[Any], mart: str, where: Mapping[str, str], role: str) -> Figure:
    """The one row that ``where`` names.

    Args:
        conn: a connection as ``role``, on which the release is chosen.
        mart: a published table.
        where: column → value as text; an empty value asks for a column without one.
        role: for the hint.

    Raises:
        SimpulError: no such mart or column, a column that names a person, no row, several rows, or no right to read it.
    """
    told = published(conn, mart)
    types, hidden = told.types, told.hidden
    for name in where:
        _check_column(name, types, hidden, mart)
    table = catalog.name(told.audience, mart)
    condition, values = _condition(where, types)
    query = sql.SQL("select * from {} where {} limit 2").format(table, condition)
    try:
        with conn.transaction(), conn.cursor(row_factory=dict_row) as cursor:
            rows = _run(cursor, query, values)
            if len(rows) != 1:
                total = _run(
                    cursor, sql.SQL("select count(*) as n from {} where {}").format(table, condition), values
                )
                keys = [
                    key for key in catalog.primary_key(conn, catalog.RELEASE, mart)
                    if key != "_release_id" and key not in where and key not in hidden
                ]  # fmt: skip
                if not total[0]["n"]:
                    _refuse_none(cursor, table, where, types, mart)
                _refuse_several(cursor, table, condition, values, mart, total[0]["n"], keys)
    except pg.InsufficientPrivilege:
        raise SimpulError(
            f"{told.audience}.{mart} is not open to the role {role}",
            code="role",
            hint="ask with --role steward, who may see persons; what it shows holds no names all the same",
        ) from None
    return told.figure(rows[0])


def published(conn: psycopg.Connection[Any], mart: str) -> Published:
    """What the catalogue says of a mart.

    Raises:
        SimpulError: no such mart.
    """
    audience = _audience(conn, mart)
    columns = catalog.attributes(conn, audience, mart)
    types = {column.name: column.type for column in columns}
    open_names = _open_names(conn)
    return Published(
        mart,
        audience,
        types,
        {column.name: column.comment or "" for column in columns},
        {name for name in types if audience != "marts" and not _is_open(name, types[name], open_names)},
        catalog.description(conn, audience, mart) or "",
    )


def _run(cursor: psycopg.Cursor[Any], query: sql.Composed, values: Mapping[str, str]) -> list[dict[str, Any]]:
    try:
        return cursor.execute(query, values).fetchall()
    except pg.DataError:
        raise SimpulError(
            "a value of --where is not of the kind of its column",
            code="where",
            hint="numbers as 3, days as 2024-06-30, true or false",
        ) from None


def _audience(conn: psycopg.Connection[Any], mart: str) -> str:
    for audience in AUDIENCES:
        if mart in declared() and catalog.exists(conn, audience, mart):
            return audience
    near = difflib.get_close_matches(mart, declared(), n=1, cutoff=0.5)
    raise SimpulError(
        f"'{mart}' is no published table" if mart not in declared() else f"{mart} was never published here",
        code="mart",
        hint=f"did you mean {near[0]}?" if near and near[0] != mart else "docs/marts.md lists them",
    )


def _open_names(conn: psycopg.Connection[Any]) -> set[str]:
    """Columns that everybody may read somewhere: what names a person stands in none of those tables."""
    rows = conn.execute(
        """select distinct attname from pg_attribute join pg_class on pg_class.oid = attrelid
        where relnamespace = 'marts'::regnamespace and relkind = 'v' and attnum > 0 and not attisdropped"""
    ).fetchall()
    return {row[0] for row in rows} - _TOLD_OF_PLACES


def _is_open(name: str, kind: str, open_names: set[str]) -> bool:
    """Told of a table about persons: flags, and what is open elsewhere under this name. All else is kept back."""
    base = name[:-2] if name.endswith(("_a", "_b")) else name
    return kind == "boolean" or base in open_names


def _check_column(name: str, types: Mapping[str, str], hidden: Collection[str], mart: str) -> None:
    if name not in types:
        near = difflib.get_close_matches(name, types, n=1)
        raise SimpulError(
            f"{mart} has no column '{name}'",
            code="column",
            hint=f"did you mean {near[0]}?" if near else f"it has {', '.join(sorted(set(types) - hidden))}",
        )
    if name in hidden:
        raise SimpulError(
            f"{mart}.{name} names a person, and a command line is kept by the shell",
            code="personal",
            hint="ask by person_id, or by file_id and row",
        )


def _condition(where: Mapping[str, str], types: Mapping[str, str]) -> tuple[sql.Composable, dict[str, str]]:
    tests: list[sql.Composable] = [
        sql.SQL("{} = {}::{}").format(sql.Identifier(name), sql.Placeholder(name), sql.SQL(types[name]))  # type: ignore[arg-type]  # the catalogue's own word
        if value
        else sql.SQL("coalesce({}::text, '') = ''").format(sql.Identifier(name))
        for name, value in where.items()
    ]
    return sql.SQL(" and ").join(tests or [sql.SQL("true")]), {n: v for n, v in where.items() if v}


def _refuse_none(
    cursor: psycopg.Cursor[Any],
    table: sql.Identifier,
    where: Mapping[str, str],
    types: Mapping[str, str],
    mart: str,
) -> NoReturn:
    """Says of each condition what its column holds where all others are met."""
    told = []
    for name in where:
        others, values = _condition({key: value for key, value in where.items() if key != name}, types)
        if found := _values(cursor, table, others, values, name):
            told.append(found)
    raise SimpulError(
        f"no row of {mart} is so",
        code="none",
        hint=f"there are rows with another {' or another '.join(told)}"
        if told
        else "leave a condition out to be told what there is",
    )


def _refuse_several(
    cursor: psycopg.Cursor[Any],
    table: sql.Identifier,
    condition: sql.Composable,
    values: Mapping[str, str],
    mart: str,
    total: int,
    keys: Sequence[str],
) -> NoReturn:
    found = (_values(cursor, table, condition, values, key, fewest=2) for key in keys)
    told = [values_of for values_of in found if values_of]
    raise SimpulError(
        f"{total} rows of {mart} are so, and evidence is of one",
        code="several",
        hint="they differ in " + "; ".join(told) if told else "name one by file_id, sheet and row",
    )


def _values(
    cursor: psycopg.Cursor[Any],
    table: sql.Identifier,
    condition: sql.Composable,
    values: Mapping[str, str],
    column: str,
    fewest: int = 1,
) -> str | None:
    """What a column holds in the rows that are so, the first few named; None where it has fewer values."""
    query = sql.SQL(
        "select count(distinct {k}) as n, (array_agg(distinct {k}::text))[1:{few}] as few from {t} where {c}"
    ).format(k=sql.Identifier(column), t=table, c=condition, few=sql.Literal(_FEW))
    (found,) = _run(cursor, query, values)
    if found["n"] < fewest:
        return None
    few = [value for value in found["few"] if value is not None]
    return f"{column} ({found['n']} values: {', '.join(few)}{', …' if found['n'] > len(few) else ''})"
