"""Extreme poverty by two lines in one year: summary and chapter tell the same one. Real Postgres."""

from __future__ import annotations

from decimal import Decimal

import pytest

from simpul.database import connect
from simpul.pack.chapters import extreme, introduction
from simpul.pack.model import Gap, Text
from simpul.pack.world import Region, World

_CITY = Region("12.74", "Kota Antah", "regency", "12")
_TABLES = """
create table marts.dim_region (region_code text, name text, is_current bool);
insert into marts.dim_region values ('12.74', 'Kota Antah', true);
create table marts.fct_extreme_poverty (region_code text, province_code text, place_key text, year int,
    line_version text, extreme_percent numeric, extreme_people int, percent_missing_reason text,
    people_missing_reason text)"""


@pytest.mark.parametrize(
    ("figures", "percent", "sentence"),
    [
        ([("ppp_1_90", 1.03, 1890), ("ppp_2_15", 2.5, None)], "2.50", "sebesar 2,50 persen (garis US$ 2,15"),
        ([("ppp_1_90", 1.03, 1890), ("ppp_2_15", None, None)], "1.03",
         "sebesar 1,03 persen atau 1.890 jiwa (garis US$ 1,90"),
        ([("ppp_2_15", None, 1890)], None, "sebesar 1.890 jiwa (garis US$ 2,15"),
        ([("ppp_2_15", None, None)], None, None),
    ],
)  # fmt: skip
def test_summary_and_chapter_tell_the_same(fresh_warehouse, figures, percent, sentence):
    with connect() as conn:
        conn.execute(_TABLES)
        for line, share, people in figures:
            conn.execute(
                "insert into marts.fct_extreme_poverty"
                " values ('12.74', '12', '12.74', 2024, %s, %s, %s, 'blank', 'blank')",
                (line, share, people),
            )
        world = World(conn, _CITY, Region("12", "Provinsi Antah", "province", "12"), 2024)
        summary, *_ = introduction._extreme(world)
        said = [block.text for block in extreme.blocks(world) if isinstance(block, Text)]
        conn.rollback()
    assert (None if isinstance(summary.cells[1], Gap) else summary.cells[1]) == (percent and Decimal(percent))
    assert len(said) == (sentence is not None) and all(sentence in text for text in said)
