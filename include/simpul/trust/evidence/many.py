"""Many rows of one mart at once: a pack proves thousands of figures, and asking for one after the other takes minutes.

What it gives is what `figure.find` and `rows.list_rows` give of each, without the check whether rows add up
(`tests/pipeline/test_evidence.py` holds it).
"""

# ruff: noqa: S608 — queries are put together from the project's own declaration; values are bound
from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
from psycopg import errors as pg
from psycopg import sql
from psycopg.rows import dict_row

from simpul.release import catalog
from simpul.trust.evidence.declared import Part, words
from simpul.trust.evidence.figure import Figure, find, published
from simpul.trust.evidence.queries import made
from simpul.trust.evidence.rows import (
    KEPT_NO_MORE,
    Told,
    address_of,
    audiences_of,
    chosen_by,
    list_rows,
    measured,
    nothing_of,
)
from simpul.trust.evidence.standing import are_of

_ASKED = "__asked"


def find_many(
    conn: psycopg.Connection[Any], mart: str, wheres: Sequence[Mapping[str, str]], role: str
) -> list[Figure]:
    """The one row that each ``where`` names, in their order; see `figure.find`.

    Raises:
        SimpulError: as `figure.find` does of the first that names none or several.
    """
    told = published(conn, mart)
    alike: dict[tuple[tuple[str, bool], ...], list[int]] = defaultdict(list)
    for place, where in enumerate(wheres):
        alike[tuple((name, bool(value)) for name, value in where.items())].append(place)
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for key, places in alike.items():
        if any(name not in told.types or name in told.hidden for name, _ in key):
            find(conn, mart, wheres[places[0]], role)
        query = _joined(told.audience, mart, told.types, key)
        values: dict[str, Any] = {"places": places}
        values |= {f"k{n}": [wheres[place][name] for place in places] for n, (name, _) in enumerate(key)}
        try:
            with conn.transaction(), conn.cursor(row_factory=dict_row) as cursor:
                for row in cursor.execute(query, values):
                    found[row.pop("__place")].append(row)
        except (pg.InsufficientPrivilege, pg.DataError):
            find(conn, mart, wheres[places[0]], role)
            raise
    for place, where in enumerate(wheres):
        if len(found[place]) != 1:
            find(conn, mart, where, role)
    return [told.figure(found[place][0]) for place in range(len(wheres))]


def _joined(
    audience: str, mart: str, types: Mapping[str, str], key: Sequence[tuple[str, bool]]
) -> sql.Composed:
    """Rows of the mart with the place of the question; conditions are equalities, so that the database may hash."""
    tests: list[sql.Composable] = []
    lists: list[sql.Composable] = [sql.SQL("%(places)s::int[]")]
    names: list[sql.Composable] = [sql.Identifier("__place")]
    for n, (name, has_value) in enumerate(key):
        column, wanted = sql.Identifier("told", name), sql.Identifier(f"k{n}")
        lists.append(sql.SQL("{}::text[]").format(sql.Placeholder(f"k{n}")))
        names.append(wanted)
        tests.append(
            sql.SQL("{} = wanted.{}::{}").format(column, wanted, sql.SQL(types[name]))  # type: ignore[arg-type]  # the catalogue's own word
            if has_value
            else sql.SQL("coalesce({}::text, '') = ''").format(column)
        )
    return sql.SQL(
        "select wanted.__place, told.* from unnest({}) as wanted ({}) join {} as told on {}"
    ).format(
        sql.SQL(", ").join(lists), sql.SQL(", ").join(names), catalog.name(audience, mart),
        sql.SQL(" and ").join(tests or [sql.SQL("true")]),
    )  # fmt: skip


def list_many(
    conn: psycopg.Connection[Any],
    part: Part,
    figures: Sequence[Figure],
    columns: Sequence[str],
    limit: int,
    release_id: int,
) -> list[Told]:
    """The addresses of one part behind each of several rows of one mart; see `rows.list_rows`, whose ``checks`` and
    ``units`` are left out.

    Args:
        conn: the owner's, in the transaction that reads the release.
        part: of the declaration.
        figures: rows of one mart, at least one.
        columns: only what is behind these columns of them; none: all.
        limit: of the addresses of each.
        release_id: the release that is read.
    """
    first = figures[0]

    def one_by_one() -> list[Told]:
        return [list_rows(conn, part, figure, columns, limit, release_id) for figure in figures]

    if part.none or part.address:
        return one_by_one()  # asks nothing of the database
    audiences = audiences_of(conn)
    query, notes = made(part.rows or "", first.types, audiences, _ASKED), []
    if not are_of(conn, query.tables, release_id, first.mart):
        if not part.kept:
            return [{**nothing_of(part), "notes": [KEPT_NO_MORE]} for _ in figures]
        query, notes = made(part.kept, first.types, audiences, _ASKED), [words(part.kept_note or "")]
    told = f"select {_ASKED}.ordinality as __place, told.* from {_ASKED} cross join lateral ({query.text}) as told"
    asked = (
        f"with {_ASKED} as materialized (select * from jsonb_populate_recordset("
        f"null::{first.audience}.{first.mart}, %(__figures)s::jsonb) with ordinality)"
    )
    values: dict[str, Any] = {
        "__figures": json.dumps([dict(figure.values) for figure in figures], default=str),
        "__limit": limit,
        "__columns": list(columns),
    }
    with conn.cursor(row_factory=dict_row) as cursor:
        shape = cursor.execute(f"{asked} {told} limit 0", values).description or ()  # type: ignore[arg-type]
        names = [one.name for one in shape]
        if "unit_id" in names:
            return one_by_one()  # people are counted one by one, by several queries each
        wanted = chosen_by(names, columns, measured(names, first, columns))
        rows = cursor.execute(
            f"""{asked},
            listed as (
                select distinct __place, file_id, sheet, "row", {_or_null("source_column", names)},
                    {_or_null("told", names)}, {_or_null("says", names)}
                from ({told}) as told where ({wanted}) and file_id is not null),
            counted as (
                select __place, count(*) as __total, array_agg(distinct file_id) as __files from listed group by 1),
            numbered as (
                select *, row_number() over (
                    partition by __place order by file_id, sheet, "row", source_column) as __number
                from listed)
            select numbered.*, __total, case when __number = 1 then __files end as __files
            from numbered join counted using (__place)
            where __number <= greatest(%(__limit)s, 1) order by __place, __number""",  # type: ignore[arg-type]
            values,
        ).fetchall()
    found: list[Told] = [{**nothing_of(part), "notes": list(notes)} for _ in figures]
    for row in rows:
        one = found[row["__place"] - 1]
        if row["__number"] == 1:
            one["total"], one["file_ids"] = row["__total"], row["__files"]
        if row["__number"] <= limit:
            one["addresses"].append(address_of({**row, "unit": None, "unit_id": None}))
    return found


def _or_null(column: str, names: Sequence[str]) -> str:
    return column if column in names else f"null::text as {column}"
