"""The rows behind a figure, as addresses, and whether they add up to it."""

# ruff: noqa: S608 — queries are put together from the project's own declaration; values are bound
from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

import psycopg
from psycopg.rows import dict_row

from simpul.release import AUDIENCES
from simpul.render.metrics import load_metrics
from simpul.settings import get_settings
from simpul.trust.evidence.declared import Part, words
from simpul.trust.evidence.figure import Figure
from simpul.trust.evidence.queries import Query, made
from simpul.trust.evidence.standing import are_of

_UNITS_ID = {"person": "orang", "family": "keluarga"}
_RESERVED = {"file_id", "sheet", "row", "source_column", "for_columns", "told", "says", "unit", "unit_id"}
Told = dict[str, Any]
"""Of one part behind a figure: title, addresses, file_ids, total, units, checks, notes, measure, is_none."""
_MEMBERS = """
member as materialized (
    select unit, unit_id, unit_id as person_id from chosen where unit = 'person'
    union all
    select chosen.unit, chosen.unit_id, beneficiary.person_id
    from chosen join marts.dim_beneficiary as beneficiary
        on coalesce(beneficiary.family_id, -beneficiary.person_id) = chosen.unit_id
    where chosen.unit = 'family')"""


def list_rows(
    conn: psycopg.Connection[Any],
    part: Part,
    figure: Figure,
    columns: Sequence[str],
    limit: int,
    release_id: int,
) -> Told:
    """The addresses of one part, at most ``limit``; how many there are, in which files, and what they add up to.

    Args:
        conn: the owner's, in the transaction that reads the release.
        part: of the declaration.
        figure: the row that is asked about.
        columns: only what is behind these columns of it; none: all.
        limit: 0 lists no address, and only adds up.
        release_id: the release that is read.
    """
    told = nothing_of(part)
    if part.none:
        return told
    if part.address:
        own = (_own(one, figure) for one in part.address)
        found = [{**one, "says": part.says} for one in _different(own)]
        return {**told, "addresses": found[:limit], **_files(found), "total": len(found)}
    audiences = audiences_of(conn)

    def of(template: str) -> Query:
        return made(template, figure.types, audiences)

    query, notes = of(part.rows or ""), []
    records = of(part.records) if part.records else None
    if not are_of(conn, query.tables, release_id, figure.mart):
        if not part.kept:
            return {**told, "notes": [KEPT_NO_MORE]}
        query, notes = of(part.kept), [words(part.kept_note or "")]
        records = None
    elif records and not are_of(conn, records.tables, release_id, figure.mart):
        records, notes = None, [words(part.kept_note or "")]
    listed = _listed(conn, query, records, figure, columns, limit)
    return {**told, **listed, "notes": notes}


def nothing_of(part: Part) -> Told:
    """What is told of a part behind which nothing stands."""
    return {
        "title": words(part.title or part.none or ""),
        "addresses": [], "file_ids": [], "total": 0, "units": None, "checks": [], "notes": [], "measure": None,
        "is_none": bool(part.none),
    }  # fmt: skip


KEPT_NO_MORE = (
    "what this was counted from is no longer kept for this release",
    "bahan hitungan ini tidak lagi tersimpan untuk rilis ini",
)


def _own(columns: dict[str, str], figure: Figure) -> dict[str, Any] | None:
    """The address that the figure's own row holds."""
    told = {name: figure.values[column] for name, column in columns.items()}
    if told["file_id"] is None:
        return None
    return {"sheet": None, "row": None, "column": None, **told, "told": None, "unit": None, "unit_id": None}


def _different(addresses: Iterable[dict[str, Any] | None]) -> list[dict[str, Any]]:
    """One row may tell several figures."""
    found: list[dict[str, Any]] = []
    for one in addresses:
        if one and one not in found:
            found.append(one)
    return found


def _files(found: Sequence[dict[str, Any]]) -> dict[str, list[str]]:
    return {"file_ids": sorted({address["file_id"] for address in found})}


def audiences_of(conn: psycopg.Connection[Any]) -> dict[str, str]:
    """Published table → its schema."""
    return dict(
        conn.execute(
            "select relname, nspname from pg_class join pg_namespace n on n.oid = relnamespace"
            " where nspname = any(%s) and relkind = 'v'",
            (list(AUDIENCES),),
        ).fetchall()
    )


def _listed(
    conn: psycopg.Connection[Any],
    query: Query,
    records: Query | None,
    figure: Figure,
    columns: Sequence[str],
    limit: int,
) -> dict[str, Any]:
    with conn.cursor(row_factory=dict_row) as cursor:
        names = [
            one.name
            for one in cursor.execute(
                f"select * from ({query.text}) as told limit 0", figure.values
            ).description  # type: ignore[arg-type]
            or ()
        ]
        measures = measures_in(names, figure)
        if measures and "person_id" not in figure.types:
            # they count whole tables, and are planned as if a few rows came: loops over them took minutes
            cursor.execute("set local enable_nestloop = off")
        wanted_measures = measured(names, figure, columns)
        checks = _checks(cursor, query, figure, measures)
        wanted = chosen_by(names, columns, wanted_measures)
        listed = f"with chosen as materialized (select * from ({query.text}) as told where {wanted})," + (
            _of_people(records) if "unit_id" in names else _of_rows(names)
        )
        values = {**figure.values, "__limit": limit, "__columns": list(columns)}
        # of every file some, where people are counted: the first persons may all be of one list
        turn = "partition by file_id" if "unit_id" in names else ""
        found = cursor.execute(
            f"""{listed}, numbered as (
                select *, row_number() over ({turn} order by unit_id, file_id, sheet, "row", source_column) as turn
                from listed),
            few as (select * from numbered order by turn, file_id limit %(__limit)s)
            select * from few order by unit_id, file_id, sheet, "row", source_column""",  # type: ignore[arg-type]
            values,
        ).fetchall()
        total = cursor.execute(
            f"{listed} select count(*) as rows, count(distinct (unit, unit_id)) as units,"
            " coalesce(array_agg(distinct file_id) filter (where file_id is not null), '{}') as file_ids from listed",  # type: ignore[arg-type]
            values,
        ).fetchone()
        cursor.execute("set local enable_nestloop to default")
    assert total is not None
    return {
        "addresses": [address_of(row) for row in found],
        "file_ids": total["file_ids"],
        "total": total["rows"],
        "units": total["units"] if "unit_id" in names else None,
        "measure": wanted_measures[0] if len(columns) == 1 else None,
        "checks": checks,
    }


def _of_rows(names: Sequence[str]) -> str:
    column = "source_column" if "source_column" in names else "null::text as source_column"
    told = "told" if "told" in names else "null::text as told"
    says = "says" if "says" in names else "null::text as says"
    return f"""
listed as (
    select distinct file_id, sheet, "row", {column}, {told}, {says}, null::text as unit, null::bigint as unit_id
    from chosen where file_id is not null)"""


def _of_people(records: Query | None) -> str:
    condition = records.text if records else "true"
    return f"""{_MEMBERS},
listed as (
    select record.file_id, record.sheet, record."row", null::text as source_column, null::text as told,
        null::text as says, member.unit, member.unit_id
    from member join marts_person.person_record as record using (person_id) where {condition})"""


def measures_in(names: Sequence[str], figure: Figure) -> list[str]:
    """Columns of a query that add up to those of the mart."""
    return [name for name in names if name not in _RESERVED and name in figure.types]


def measured(names: Sequence[str], figure: Figure, columns: Sequence[str]) -> list[str | None]:
    """By which columns of a query its rows are chosen, where only those behind ``columns`` are asked for."""
    measures = measures_in(names, figure)
    return [_measure(column, measures) for column in columns]


def _measure(column: str, measures: Sequence[str]) -> str | None:
    """What is listed for a column: what adds up to it, or to the whole that it is a share of."""
    if column in measures:
        return column
    base = column.removeprefix("unallocated_")
    if base in measures:
        return base
    metric = load_metrics(get_settings().dbt_dir / "metrics.yml").get(column)
    return metric.whole if metric and metric.whole in measures else None


def chosen_by(names: Sequence[str], columns: Sequence[str], measures: Sequence[str | None]) -> str:
    """The condition by which rows of a query are behind columns of the mart; ``measures``: of each, see `measured`."""
    if measures and all(measures):
        return " or ".join(f"{measure} <> 0" for measure in measures)
    if columns and "for_columns" in names:
        return "for_columns is null or %(__columns)s::text[] && for_columns"
    return "true"


def _checks(
    cursor: psycopg.Cursor[Any], query: Query, figure: Figure, measures: Sequence[str]
) -> list[dict[str, Any]]:
    """Of everything that can be added up: what is published, what the rows come to, and the difference."""
    if not measures:
        return []
    sums = ", ".join(f"coalesce(sum({name}), 0) as {name}" for name in measures)
    row: Any = cursor.execute(f"select {sums} from ({query.text}) as told", figure.values).fetchone()  # type: ignore[arg-type]
    return [
        {
            "measure": name,
            "published": figure.values[name],
            "counted": int(row[name]) if row[name] == int(row[name]) else row[name],
            "difference": _difference(figure.values[name], row[name]),
        }
        for name in measures
    ]


def _difference(published: Any, counted: Any) -> Any:
    """None where nothing was published: what cannot be said has no difference. Nothing at risk is no sum of rows."""
    if published is None:
        return None
    difference = Decimal(published) - Decimal(counted)
    return int(difference) if difference == int(difference) else difference


def address_of(row: dict[str, Any]) -> dict[str, Any]:
    """A counted person or family is told by its number where that stands open in the marts."""
    return {
        "file_id": row["file_id"],
        "sheet": row["sheet"],
        "row": row["row"],
        "column": row["source_column"],
        "told": words(row["told"]) if row["told"] else None,
        "says": row["says"],
        "unit": _unit(row["unit"], row["unit_id"]) if row["unit"] else None,
        "unit_id": _unit_id(row["unit"], row["unit_id"]) if row["unit"] else None,
    }


def _unit(unit: str, number: int) -> str:
    """``family 12``; of who is in none that is known, whom the marts number with the person's number below nought."""
    return f"family of person {-number} alone" if unit == "family" and number < 0 else f"{unit} {number}"


def _unit_id(unit: str, number: int) -> str:
    """The same in Indonesian."""
    alone = unit == "family" and number < 0
    return f"keluarga orang {-number} sendiri" if alone else f"{_UNITS_ID[unit]} {number}"
