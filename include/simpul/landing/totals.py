"""Rows of totals held against the records they add up: an office whose row is gone, its total still knows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import psycopg
from psycopg import sql

from simpul.contract import Contract, load_fields
from simpul.predicates import clean, money
from simpul.readers.layout import Layout
from simpul.readers.marks import first_cell
from simpul.readers.total_rows import TotalRow, is_total

_LAST = 20  # records of a list, among which a total may stand that was read as one
_MANY = 20_000  # records; of a longer list the last total is added up alone
ROUNDED = 1  # rupiah, families

Told = Mapping[int, Mapping[str, str]]
"""Row of a total → column → cell."""


def summed_columns(contract: Contract) -> tuple[str, ...]:
    """Columns of which totals are told: rupiah, and in forms what is counted; percentages do not add up."""
    if contract.is_melted:
        return ()
    fields = load_fields()
    kinds = {"money"} if "nik" in contract.column_of else {"money", "integer"}
    return tuple(
        one.column
        for one in contract.columns
        if fields[one.field].type in kinds and not one.field.startswith("tahun")
    )


def held_against(
    conn: psycopg.Connection[Any],
    table: sql.Identifier,
    layout: Layout,
    left_out: Sequence[TotalRow],
    records: int,
) -> dict[str, Any]:
    """How many rows of totals there are, and the columns in which they say something else than the records.

    A total may be of all records above it, or of those between it and another total, above or below.

    Args:
        conn: in the transaction that loads.
        table: the load table.
        layout: of the file.
        left_out: rows of totals, as the reader left them out.
        records: how many the table has.

    Returns:
        Empty where there is none: else ``rows``, and ``differ`` as pairs of row and columns.
    """
    names = [name for name in summed_columns(layout.contract) if name in layout.map.columns]
    if not names:
        return {}
    among = _read_as_records(conn, table, layout.contract, names)
    told = {one.row: _cells(one, layout, names) for one in left_out} | among
    told = {row: told[row] for row in sorted(told) if told[row]}
    if records > _MANY:
        told = dict([*told.items()][-1:])
    if not told:
        return {}
    sums = _sums(conn, table, names, [*told], [*among])
    differ = [
        [row, wrong]
        for place, (row, figures) in enumerate(_figures(conn, told).items())
        if (
            wrong := [
                name
                for name, figure in figures.items()
                if not any(abs(figure - other) <= ROUNDED for other in _may_be(sums[name], place))
            ]
        )
    ]
    return {"rows": len(told), "differ": differ}


def _cells(one: TotalRow, layout: Layout, names: Sequence[str]) -> dict[str, str]:
    positions = {name: layout.map.columns[name] for name in names}
    return {
        name: cell
        for name, position in positions.items()
        if position < len(one.cells) and (cell := one.cells[position])
    }


def _read_as_records(
    conn: psycopg.Connection[Any], table: sql.Identifier, contract: Contract, names: Sequence[str]
) -> dict[int, dict[str, str]]:
    """Totals below a list of persons stand among its last records, and are set aside for want of a NIK."""
    if (nik := contract.column_of.get("nik")) is None:
        return {}
    rows = conn.execute(
        sql.SQL("select _row, {}, {} from {} order by _row desc limit {}").format(
            sql.Identifier(nik),
            sql.SQL(", ").join(map(sql.Identifier, contract.column_names)),
            table,
            sql.Literal(_LAST),
        )
    ).fetchall()
    found = {}
    for row, nik_said, *cells in rows:
        if is_total(first_cell(cells)) and not any(map(str.isdigit, nik_said or "")):
            said = dict(zip(contract.column_names, cells, strict=True))
            found[row] = {name: said[name] for name in names if said[name]}
    return found


def _sums(
    conn: psycopg.Connection[Any],
    table: sql.Identifier,
    names: Sequence[str],
    rows: Sequence[int],
    among: Sequence[int],
) -> dict[str, list[Decimal]]:
    """Column → what the records above each total add up to, and last what all do."""
    sums = sql.SQL(", ").join(
        sql.SQL("coalesce(sum({}), 0)").format(sql.SQL(money(clean(sql.Identifier(name).as_string(conn)))))  # type: ignore[arg-type]
        for name in names
    )
    found = conn.execute(
        sql.SQL(
            "select {} from unnest(%s::bigint[]) as total (at) left join {} as record"
            " on record._row < total.at and record._row <> all(%s) group by at order by at"
        ).format(sums, table),
        ([*rows, 2**62], list(among)),
    ).fetchall()
    return {name: [row[place] for row in found] for place, name in enumerate(names)}


def _may_be(above: Sequence[Decimal], place: int) -> Iterator[Decimal]:
    """What a total may say: the records above or below it as far as another total, or to the end."""
    yield above[place]
    for other in above:
        yield abs(above[place] - other)


def _figures(conn: psycopg.Connection[Any], told: Told) -> dict[int, dict[str, Decimal]]:
    cells = [(row, name, text) for row, of in told.items() for name, text in of.items()]
    rows, names, texts = (list(of) for of in zip(*cells, strict=True))
    found: dict[int, dict[str, Decimal]] = {row: {} for row in told}
    for row, name, figure in conn.execute(
        sql.SQL(
            "select * from (select at, name, {} as figure from unnest(%s::bigint[], %s::text[], %s::text[])"
            " as total (at, name, said)) as read where figure is not null"
        ).format(sql.SQL(money(clean("said")))),  # type: ignore[arg-type]
        (rows, names, texts),
    ):
        found[row][name] = figure
    return found
