"""A table of figures against those of other years: last year's under this year's name is sound figure by figure."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import sql

from simpul.contract import Contract
from simpul.predicates import cell_of
from simpul.render import parent_name, partition_name

_ENOUGH = 8  # figures of a set; fewer may be equal because somebody told nothing new
_EQUAL = 0.90  # of published figures of two years 4 % are equal at most: 35 provinces, 27 regencies, 531 poverty lines

_ROUNDED = 8  # figures; of those of one decimal so many are whole by chance once in a hundred million

ROUNDED_BOUNDS: dict[str, float] = {"figures": _ROUNDED}
BOUNDS: dict[str, float] = {"enough": _ENOUGH, "equal": _EQUAL}


def sets_of_another_year(
    conn: psycopg.Connection[Any], contract: Contract, file: dict[str, Any]
) -> tuple[int, int]:
    """Hold each year of a melted file against every other year that it or another landed file tells.

    A set is all the figures of two years, or those of them that agree in one column of the key: one province, one
    indicator, one month.

    Returns:
        How many sets are large enough to be looked at, and how many of them are the same in both years.
    """
    melted = contract.edition(file["edition"]).melt
    if melted is None:
        return 0, 0
    keys = [name for name in contract.key if name != contract.period.column]
    told = ", ".join(f"k{number}" for number, _ in enumerate(keys))
    query = sql.SQL("""
        with record as (
            select _file_id, {year} as year, {named}, {value} as value from {load}
            union all
            select _file_id, {year}, {named}, {value} from {parent}
            where _file_id in (
                select file_id from audit.file
                where dataset = {dataset} and status = 'landed' and file_id <> {file_id})),
        figure as (
            select distinct _file_id = {file_id} as is_mine, coalesce(record.year, left(file.period, 4)) as year,
                {told}, replace(value, ',', '.')::numeric as figure
            from record join audit.file on record._file_id = file.file_id
            where value collate "C" ~ '^[0-9]{{1,15}}([.,][0-9]{{1,15}})?$'),
        compared as (
            select count(*) as figures, count(*) filter (where mine.figure = other.figure) as equal
            from figure as mine join figure as other using ({told})
            where mine.is_mine and mine.year <> other.year
            group by grouping sets ({sets}))
        select count(*), count(*) filter (where equal >= {equal} * figures) from compared where figures >= {enough}""")
    row = conn.execute(
        query.format(
            year=cell_of(contract.period.column or ""),
            named=sql.SQL(", ").join(
                sql.SQL("lower(coalesce({}, '')) as {}").format(cell_of(name), sql.Identifier(f"k{number}"))
                for number, name in enumerate(keys)
            ),
            value=cell_of(melted.value),
            load=partition_name(contract, file["file_id"]),
            parent=parent_name(contract),
            dataset=sql.Literal(contract.dataset),
            file_id=sql.Literal(file["file_id"]),
            told=sql.SQL(told),  # type: ignore[arg-type]
            sets=sql.SQL(", ").join(
                sql.SQL("(mine.year, other.year{})").format(sql.SQL(f", {key}" if key else ""))  # type: ignore[arg-type]
                for key in ("", *told.split(", "))
            ),
            equal=sql.Literal(_EQUAL),
            enough=sql.Literal(_ENOUGH),
        )
    ).fetchone()
    assert row is not None
    return row


def rounded(conn: psycopg.Connection[Any], contract: Contract, file: dict[str, Any]) -> tuple[int, int]:
    """Indices of poverty of one kind and year that lost their decimals, all of them.

    Returns:
        How many sets of eight and more there are, and how many of them are whole numbers throughout.
    """
    melted, indicator = contract.edition(file["edition"]).melt, contract.column_of.get("indikator")
    if melted is None or indicator is None:
        return 0, 0
    row = conn.execute(
        sql.SQL("""
            select count(*), count(*) filter (where is_whole) from (
                select bool_and(figure = trunc(figure)) as is_whole from (
                    select {indicator} as indicator, {year} as year,
                        case when {value} collate "C" ~ '^[0-9]{{1,15}}([.,][0-9]{{1,15}})?$'
                            then replace({value}, ',', '.')::numeric end as figure
                    from {load} where {indicator} in ('p0', 'p1', 'p2')) as told
                where figure > 0 group by indicator, year having count(*) >= {enough}) as set""").format(
            indicator=cell_of(indicator),
            year=cell_of(contract.period.column or ""),
            value=cell_of(melted.value),
            load=partition_name(contract, file["file_id"]),
            enough=sql.Literal(_ROUNDED),
        )
    ).fetchone()
    assert row is not None
    return row
