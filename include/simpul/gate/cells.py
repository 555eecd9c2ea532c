"""What a spreadsheet or a program did to cells, told by the delivery alone: nothing else needs to be known.

A number that is filled down counts up; a formula that lost its source says ``#REF!``; a page of the web leaves its
marks; a year of two digits becomes one of the wrong century. Looked at is a sample of the records, in runs of rows that
stand together.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import psycopg
from psycopg import sql

from simpul.contract import Contract, Text
from simpul.gate.persons import Broken, is_of_persons, sampled, to_do
from simpul.predicates import cell_of, clean, date

SERIES, SPOILT, CENTURY = (
    "delivery_numbers_in_series",
    "delivery_cells_spoilt",
    "delivery_births_of_last_century",
)

_RUN = 50  # rows that are looked at together
_STEPS = 20  # numbers one after the other; no list of people has so many, only one that was filled down
_OLD = 100  # years: of those above …
_MANY = 0.02  # … no list has so many; of all people it is one in ten thousand
_FEW = 5

BOUNDS: dict[str, dict[str, float]] = {
    SERIES: {"steps": _STEPS},
    SPOILT: {},
    CENTURY: {"years": _OLD, "share": _MANY, "few": _FEW},
}
"""Rule → the numbers that decide, for the register of rules."""

_NUMBERS = frozenset({"nik", "no_kk"})
"""Their ends are dealt out over a district and a day; cards of a bank are rightly given one after the other."""
# what a spreadsheet says in place of a value (#N/A is how some write that there is none), and marks of a web page
_SPOILT = (
    r"^\s*(#(REF|VALUE|NAME|DIV/0|NUM|NULL|SPILL|CALC)[!?]?|Err:5[0-9]{2})\s*$"
    r"|<(/[a-z]+|(br|p|b|td|div|span)(\s[^<>]*|/)?)>|&(amp|nbsp|lt|gt|quot|apos|#[0-9]+);"
)


def rules_of(contract: Contract) -> tuple[str, ...]:
    """Codes of the rules; none where the dataset is no list of persons."""
    if not is_of_persons(contract):
        return ()
    births = (CENTURY,) if any(column.field == "tanggal_lahir" for column in contract.columns) else ()
    return (SERIES, SPOILT, *births)


def judge_cells(
    conn: psycopg.Connection[Any], contract: Contract, file: dict[str, Any], records: int
) -> tuple[list[Broken], dict[str, int]]:
    """Which columns hold cells that no person wrote.

    Args:
        conn: autocommit connection.
        contract: the file's dataset.
        file: its row of ``audit.file``.
        records: how many it has.

    Returns:
        The broken rules by column, and how many cells each rule looked at.
    """
    if not rules_of(contract):
        return [], {}
    looked_at = dict.fromkeys(rules_of(contract), 0)
    rows = sampled(contract, file["file_id"], records, run=_RUN)
    with conn.transaction():
        conn.execute(sql.SQL("create temp table run on commit drop as select * from {}").format(rows))
        broken = [
            *_spoilt(conn, contract, looked_at),
            *_series(conn, contract, looked_at),
            *_births(conn, contract, file["period"], looked_at),
        ]
    return broken, looked_at


def _spoilt(conn: psycopg.Connection[Any], contract: Contract, looked_at: dict[str, int]) -> Iterator[Broken]:
    names = [column.column for column in contract.columns]
    counts = sql.SQL(", ").join(
        sql.SQL("count(*) filter (where {} ~* {})").format(sql.Identifier(name), sql.Literal(_SPOILT))
        for name in names
    )
    row = conn.execute(sql.SQL("select count(*), {} from run").format(counts)).fetchone()
    assert row is not None
    looked_at[SPOILT], *found = row
    for name, count in zip(names, found, strict=True):
        if count:
            yield Broken(SPOILT, name, _spoilt_reason(count, row[0]))


def _series(conn: psycopg.Connection[Any], contract: Contract, looked_at: dict[str, int]) -> Iterator[Broken]:
    for column in contract.columns:
        if column.field not in _NUMBERS:
            continue
        cell = cell_of(column.column)
        # a number that counts up or down with its row is the same as all of its run less, or more, the row
        row = conn.execute(
            sql.SQL("""
                with told as (select _row, {cell} as said from run),
                    numbered as (select _row, said::numeric as number from told where said ~ '^[0-9]{{15,17}}$'),
                    series as (
                        select count(*) as steps from numbered, lateral (values (1), (-1)) as step (sign)
                        group by sign, number - sign * _row)
                select (select count(*) from numbered), max(steps) from series""").format(cell=cell)
        ).fetchone()
        assert row is not None
        cells, longest = row
        looked_at[SERIES] = max(looked_at[SERIES], cells)
        if (longest or 0) >= _STEPS:
            yield Broken(SERIES, column.column, _series_reason(longest))


def _births(
    conn: psycopg.Connection[Any], contract: Contract, period: str | None, looked_at: dict[str, int]
) -> Iterator[Broken]:
    column = next((one.column for one in contract.columns if one.field == "tanggal_lahir"), None)
    if column is None:
        return
    born = sql.SQL(date(clean(sql.Identifier(column).as_string(conn))))  # type: ignore[arg-type]
    # people are as old as they were when the list was made
    row = conn.execute(
        sql.SQL("""
            select count(born), count(*) filter (where born < coalesce(%(after)s::date, current_date) - %(old)s)
            from (select {} as born from run) as told""").format(born),
        {
            "after": f"{int(period[:4]) + 1}-01-01" if period else None,
            "old": timedelta(days=_OLD * 365.25),
        },
    ).fetchone()
    assert row is not None
    looked_at[CENTURY], old = row
    if old > max(_FEW, _MANY * row[0]):
        yield Broken(CENTURY, column, _births_reason(old, row[0]))


# ------------------------------------------------------------------------------------------------------- what is told
def _spoilt_reason(count: int, cells: int) -> Text:
    return to_do(
        SPOILT,
        f"{count} of {cells} cells (of a sample) hold an error of a spreadsheet (`#REF!`) or codes of a web page"
        " (`&amp;`).",
        f"{count} dari {cells} sel (dalam sampel) berisi galat rumus (`#REF!`) atau kode HTML (`&amp;`).",
    )


def _series_reason(longest: int) -> Text:
    return to_do(
        SERIES,
        f"{longest} numbers count up or down from row to row: the first was filled down.",
        f"{longest} nomor berurutan naik atau turun dari baris ke baris: nomor pertama terisi otomatis ke bawah.",
    )


def _births_reason(old: int, people: int) -> Text:
    return to_do(
        CENTURY,
        f"{old} of {people} people are said to be older than {_OLD} years: unless it is a list of the very old, years"
        " of two digits became those of the last century.",
        f"{old} dari {people} orang tercatat berusia lebih dari {_OLD} tahun: kecuali ini daftar lansia, tahun dua"
        " digit terbaca sebagai abad yang lalu.",
    )
