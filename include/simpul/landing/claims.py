"""The control figures of a cover letter, held against what was read."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

import psycopg
from psycopg import sql

from simpul import predicates
from simpul.contract import Contract, load_fields
from simpul.headings import heading_key
from simpul.readers.layout import Layout
from simpul.readers.letter import Letter
from simpul.readers.reasons import Held, listed


def column_of(contract: Contract, name: str) -> str | None:
    """The contract column that a letter calls ``name``: by its name or any of its headings."""
    for column in contract.columns:
        if heading_key(name) in {
            heading_key(text) for text in (column.column, column.header, *column.aliases)
        }:
            return column.column
    return None


def constants(contract: Contract, letter: Letter | None) -> dict[str, str]:
    """Columns with one value for the whole delivery.

    Raises:
        Held: the letter names a column that the dataset does not have.
    """
    if letter is None:
        return {}
    named = {name: column_of(contract, name) for name in letter.constants}
    if unknown := [name for name, column in named.items() if column is None]:
        raise Held(
            f"the cover letter names {listed(unknown)}, which {contract.dataset} does not have",
            f"surat pengantar menyebut {listed(unknown)}, yang tidak ada pada {contract.dataset}",
            code="letter",
        )
    return {column: letter.constants[name] for name, column in named.items() if column}


def check(
    conn: psycopg.Connection[Any], table: sql.Identifier, layout: Layout, letter: Letter | None, rows: int
) -> None:
    """Hold the file where the letter and the content differ.

    Args:
        conn: in the transaction that loads.
        table: the load table.
        layout: of the file.
        letter: its cover letter.
        rows: rows of the table read, set aside or not.

    Raises:
        Held: code ``contradiction``.
    """
    if letter is None:
        return
    if letter.rows is not None and letter.rows != rows:
        raise Held(
            f"the cover letter states {letter.rows} rows, the file has {rows}",
            f"surat pengantar menyebut {letter.rows} baris, berkas memuat {rows}",
            code="contradiction",
        )
    for name, stated in letter.totals.items():
        _check_total(conn, table, layout, name, stated)
    for name, value in constants(layout.contract, letter).items():
        if name in layout.map.columns:
            _check_constant(conn, table, layout, name, value)


def _check_total(
    conn: psycopg.Connection[Any], table: sql.Identifier, layout: Layout, name: str, stated: str
) -> None:
    column = column_of(layout.contract, name)
    try:
        total = Decimal(stated.replace("_", ""))
    except InvalidOperation:
        total = None
    if column is None or total is None:
        raise Held(
            f"the cover letter states a total of '{name}' that cannot be checked: write"
            f" `totals: {{column: 123.45}}` with a column of {layout.contract.dataset}",
            f"surat pengantar menyebut jumlah '{name}' yang tidak dapat diperiksa: tulis"
            f" `totals: {{kolom: 123.45}}` dengan kolom dari {layout.contract.dataset}",
            code="letter",
        )
    text = predicates.clean(sql.Identifier(column).as_string(conn))
    is_money = (
        load_fields()[next(c.field for c in layout.contract.columns if c.column == column)].type == "money"
    )
    number = predicates.money(text) if is_money else predicates.number(text, layout.edition.decimal)
    row = conn.execute(
        sql.SQL("select sum({}) from {}").format(sql.SQL(number), table)  # type: ignore[arg-type]
    ).fetchone()
    found = (row[0] if row else None) or Decimal(0)
    if found != total:
        raise Held(
            f"the cover letter states a total of {total} for '{name}', the file adds up to {found}",
            f"surat pengantar menyebut jumlah {total} untuk '{name}', isi berkas berjumlah {found}",
            code="contradiction",
        )


def _check_constant(
    conn: psycopg.Connection[Any], table: sql.Identifier, layout: Layout, name: str, value: str
) -> None:
    row = conn.execute(
        sql.SQL("select _row from {} where trim({}) <> '' and lower(trim({})) <> lower({}) limit 1").format(
            table, sql.Identifier(name), sql.Identifier(name), value
        )
    ).fetchone()
    if row:
        raise Held(
            f"the cover letter states one value of '{name}' for all rows, row {row[0]} has another",
            f"surat pengantar menyebut satu nilai '{name}' untuk semua baris, baris {row[0]} berbeda",
            code="contradiction",
        )
