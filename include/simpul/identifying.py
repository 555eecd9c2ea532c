"""Columns of published tables that tell whom a row is about, and by what: the one place that says so.

Rights, exports and what is kept of them, naming a leak and erasure all go by it.
"""

from __future__ import annotations

import re
from enum import StrEnum

FEW = 5
"""Counts of persons below it are told on no page and in no pack (docs/adr/0054)."""


class By(StrEnum):
    """What a column tells a person by. The last two are numbers of ours: they tell whom to who has our tables."""

    NIK = "nik"
    CARD = "family card"
    SOURCE = "number in an agency's list"
    RECORD = "record"
    TEXT = "name, address or birth date"
    PERSON = "number of the person"
    FAMILY = "number of the family"


_COLUMNS = {
    "nik": By.NIK, "nik_as_sent": By.NIK, "suggested_nik": By.NIK,
    "no_kk": By.CARD,
    "source_key": By.SOURCE, "card_number": By.SOURCE,
    "record_key": By.RECORD, "compared_with": By.RECORD, "evidence_record_key": By.RECORD,
    "name": By.TEXT, "mother_name": By.TEXT, "address": By.TEXT, "birth_date": By.TEXT,
    "person_id": By.PERSON, "other_person_id": By.PERSON,
    "family_id": By.FAMILY,
}  # fmt: skip
_SIDE = re.compile(r"_[ab]$")  # a row about two
_MENTIONS = frozenset({"compared_with", "evidence_record_key", "other_person_id"})
NO_PERSONS = frozenset({"dim_region.name", "dim_program.name"})
"""``table.column`` that is called so and tells nobody."""
IDENTIFYING = frozenset(name for name, by in _COLUMNS.items() if by not in (By.PERSON, By.FAMILY))
"""Columns that name a person by themselves: in schema ``marts`` there are none, but for `NO_PERSONS`."""


def by(column: str) -> By | None:
    """What a column tells a person by; None: it tells nobody."""
    return _COLUMNS.get(_SIDE.sub("", column))


def tells_whom(table: str, column: str) -> bool:
    """Whether a column of a published table (without its schema) tells whom a row is about."""
    return by(column) is not None and f"{table}.{column}" not in NO_PERSONS


def names_somebody(table: str, column: str) -> bool:
    """Whether it does so by itself, and not by a number of ours."""
    return tells_whom(table, column) and by(column) not in (By.PERSON, By.FAMILY)


def whose(column: str) -> str:
    """Of whom in the row a column tells: empty the one it is about, ``_a`` or ``_b`` of two, or who is mentioned."""
    if column in _MENTIONS:
        return column
    found = _SIDE.search(column)
    return found[0] if found else ""
