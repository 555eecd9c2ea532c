"""How many targets were reached, of those of which it can be said. Real Postgres."""

from __future__ import annotations

import pytest

from simpul.database import connect
from simpul.pack.chapters import introduction
from simpul.pack.model import Gap
from simpul.pack.world import Region, World

_CITY = Region("12.74", "Kota Antah", "regency", "12")
_TABLE = """
create table marts.fct_indicator_achievement (region_code text, place_key text, year int, indicator text,
    source_row int, is_achieved bool)"""


@pytest.mark.parametrize(
    ("achieved", "words", "reached"),
    [
        ([None, None, None], "(dari 3)", Gap("tidak dapat dikatakan")),
        ([False, None, False], "(dari 2 yang dapat dinilai, seluruhnya 3)", 0),
        ([True, None, False], "(dari 2 yang dapat dinilai, seluruhnya 3)", 1),
        ([True, False], "(dari 2)", 1),
    ],
)
def test_a_target_of_which_nothing_can_be_said_is_not_missed(fresh_warehouse, achieved, words, reached):
    with connect() as conn:
        conn.execute(_TABLE)
        for number, value in enumerate(achieved):
            conn.execute(
                "insert into marts.fct_indicator_achievement values ('12.74', '12.74', 2024, %s, %s, %s)",
                (f"I{number}", number, value),
            )
        world = World(conn, _CITY, Region("12", "Provinsi Antah", "province", "12"), 2024)
        (row,) = introduction._indicators(world)
        conn.rollback()
    assert row.cells[:2] == [f"Indikator LP2KD yang mencapai target {words}", reached]
    assert len(row.proofs) == len(achieved)
