"""The heading of a table once more among its records: a second table stands under the first, or a page was printed."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import sql

from simpul.headings import JOINT, heading_key
from simpul.readers.layout import Layout
from simpul.readers.reasons import Held

_LEADING = 4  # columns


def check_second_table(conn: psycopg.Connection[Any], table: sql.Identifier, layout: Layout) -> None:
    """Hold a file with a record whose filled cells are the headings of their own columns, however they are spelt.

    What stands above a second table (its region, its programme) was not read, so its records may be somebody else's.

    Raises:
        Held: code ``second_table``.
    """
    keys = {
        name: {key for part in layout.headings[position].split(JOINT) if (key := heading_key(part))}
        for name, position in layout.map.columns.items()
    }
    keys = {name: of_column for name, of_column in keys.items() if of_column}
    if not keys:
        return
    # the columns that a record begins with, first: taking all of them out of a million records costs half a second
    order = layout.contract.column_names
    keys = {name: keys[name] for name in sorted(keys, key=order.index)}
    leading = {name: keys[name] for name in list(keys)[:_LEADING]}
    # two cells, where there are two columns: a person may be called like one heading
    is_it = [_are_headings(keys), _filled(keys)]
    if layout.edition.melt:
        is_it.append(sql.SQL("{} <> ''").format(sql.Identifier(layout.edition.melt.value)))
    row = conn.execute(
        sql.SQL(
            "select min(_row) from {table} where {is_it}"
            " and ctid = any (array(select ctid from {table} where {may_be}))"
        ).format(
            table=table,
            may_be=_are_headings(leading),
            is_it=sql.SQL(" and ").join(is_it),
        )
    ).fetchone()
    if row and row[0]:
        raise Held(
            f"the heading of row {layout.header_row} stands again in row {row[0]}, as over a second table: deliver each"
            " table as a file of its own; or delete that row, if the records below it belong to the same table",
            f"judul kolom pada baris {layout.header_row} muncul lagi pada baris {row[0]}, seperti tabel kedua: kirim"
            " tiap tabel sebagai berkas tersendiri; atau hapus baris itu bila data di bawahnya masih tabel yang sama",
            code="second_table",
        )


def _are_headings(keys: dict[str, set[str]]) -> sql.Composable:
    """A ``case``, or PostgreSQL asks first what it holds for cheap; hardly any record has all first letters."""
    each = sql.SQL(" and ").join(_is_heading(name, keys[name]) for name in keys)
    return sql.SQL("case when {} then {} else false end").format(_first_letters(keys), each)


def _first_letters(keys: dict[str, set[str]]) -> sql.Composable:
    """A filled cell of each column begins as its heading does."""
    tests = [
        sql.SQL("coalesce(left(ltrim({}), 1), '') = any({})").format(
            sql.Identifier(name), sql.Literal(["", *sorted(letters | {one.upper() for one in letters})])
        )
        for name, of_column in keys.items()
        if (letters := {key[0] for key in of_column})
    ]
    return sql.SQL(" and ").join(tests)


def _key(name: str) -> sql.Composable:
    return sql.SQL("regexp_replace(lower({}), '[^a-z0-9]', '', 'g')").format(sql.Identifier(name))


def _is_heading(name: str, of_column: set[str]) -> sql.Composable:
    return sql.SQL("coalesce({key}, '') = any({keys})").format(
        key=_key(name), keys=sql.Literal([*sorted(of_column), ""])
    )


def _filled(keys: dict[str, set[str]]) -> sql.Composable:
    cells = sql.SQL(", ").join(sql.SQL("nullif({}, '')").format(_key(name)) for name in keys)
    return sql.SQL("num_nonnulls({}) >= {}").format(cells, min(2, len(keys)))
