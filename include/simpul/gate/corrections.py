"""A correction against what it replaces: people of whom it says nothing any more.

That a list is nearly as long says little: 44 of 1,102 payees may be gone, and nobody pays them. The sender may have
meant it, so it is told and stops nothing.
"""

from __future__ import annotations

import logging
from typing import Any

import psycopg
from psycopg import sql

from simpul.contract import KEPT_SHARE, Contract, Text
from simpul.gate.persons import Broken, is_of_persons, nik_of, to_do
from simpul.landing.slice import Slice
from simpul.render import partition_name

log = logging.getLogger("simpul.gate")

PEOPLE_LOST = "delivery_people_lost"

_FEW = 5  # people; fewer are said in the log alone
_SHARE = 0.01

BOUNDS: dict[str, dict[str, float]] = {PEOPLE_LOST: {"few": _FEW, "share": _SHARE, "kept": KEPT_SHARE}}
"""Rule → the numbers that decide, for the register of rules."""

_SAME_PERIOD = """
select file_id, slice_key from audit.file
where dataset = %(dataset)s and period is not distinct from %(period)s and status = 'landed'
    and file_id <> %(file_id)s and slice_key is not null and rows_dropped_at is null"""


def rules_of(contract: Contract) -> tuple[str, ...]:
    """The rule, where people are told by a NIK."""
    return (PEOPLE_LOST,) if is_of_persons(contract) else ()


def judge_correction(
    conn: psycopg.Connection[Any], contract: Contract, file: dict[str, Any]
) -> tuple[list[Broken], dict[str, int]]:
    """Whether people of the lists that this one replaces are missing; how many people those had.

    Args:
        conn: autocommit connection.
        contract: the file's dataset.
        file: its row of ``audit.file``.
    """
    if not rules_of(contract):
        return [], {}
    mine = Slice.parse(file["slice_key"]) if file["slice_key"] else None
    people = lost = 0
    for other, key in conn.execute(_SAME_PERIOD, file).fetchall() if mine else ():
        if mine and mine.covers(Slice.parse(key)):
            were, gone = _missing(conn, contract, file["file_id"], other)
            if were - gone >= KEPT_SHARE * were:  # else it replaces nothing
                people, lost = people + were, lost + gone
    if lost:
        log.info("file %s: %d of %d people of what it corrects are not in it", file["file_id"], lost, people)
    broken = []
    if lost >= max(_FEW, _SHARE * people):
        counted = {"people": people, "lost": lost}
        broken.append(Broken(PEOPLE_LOST, "nik", _reason(lost, people), counted=counted))
    return broken, {PEOPLE_LOST: people}


def _missing(conn: psycopg.Connection[Any], contract: Contract, mine: str, other: str) -> tuple[int, int]:
    """People of the other list, and those of them who are not in this one.

    Cells are compared as they are; only what differs is read as numbers.
    """
    cell = sql.Identifier(contract.column_of["nik"])
    row = conn.execute(
        sql.SQL(
            "with theirs as (select distinct {cell} from {other} where {cell} is not null),"
            " mine as (select distinct {cell} from {mine}),"
            " gone as (select distinct {nik} as nik from (select * from theirs except select * from mine) as of_them),"
            " come as (select {nik} as nik from (select * from mine except select * from theirs) as of_us)"
            " select (select count(*) from theirs),"
            " (select count(*) from gone where nik is not null and nik not in"
            " (select nik from come where nik is not null))"
        ).format(
            cell=cell,
            nik=nik_of(conn, contract),
            mine=partition_name(contract, mine),
            other=partition_name(contract, other),
        )
    ).fetchone()
    assert row is not None
    return row[0], row[1]


def _reason(lost: int, people: int) -> Text:
    return to_do(
        PEOPLE_LOST,
        f"{lost} of {people} people of the list that this one corrects are not in it: if they were not meant to leave,"
        " rows were lost.",
        f"{lost} dari {people} orang pada daftar yang diperbaiki tidak ada lagi di sini: bila bukan disengaja, barisnya"
        " hilang.",
    )
