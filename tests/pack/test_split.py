"""A province that was split: its regencies stand against the old one, by whose name that is told. Real Postgres."""

from __future__ import annotations

from simpul.database import connect
from simpul.pack.chapters.position import blocks
from simpul.pack.model import Bars, Picture, Table, Text
from simpul.pack.world import Region, World

_NEW = Region("93", "Provinsi Papua Selatan", "province", "93")
_TABLES = """
create table marts.dim_region (region_code text, name text, level text, province_code text, is_current bool,
    valid_from date, parent_region_code text);
insert into marts.dim_region values ('91', 'Papua', 'province', '91', true, '2000-01-01', '00'),
    ('93', 'Papua Selatan', 'province', '93', true, '2022-07-25', '00'),
    ('93.01', 'Merauke', 'regency', '93', true, '2022-07-25', '93');
create table marts.rpt_poverty_position (region_code text, region_name text, level text, province_code text, year int,
    month int, period text, p0_percent numeric, province_code_then text, province_p0_percent numeric,
    national_p0_percent numeric, gap_to_province_pp numeric, gap_to_national_pp numeric, is_above_province bool,
    rank_in_province int, ranked_regions int, regencies_total int, target_low numeric, target_high numeric,
    gap_to_target_pp numeric, next_target_year int, next_target_low numeric, next_target_high numeric,
    gap_to_next_target_pp numeric, is_quoted bool);
create table marts.fct_poverty_source (region_code text, period text, area text, indicator text, sender text,
    standing text, is_quoted bool);
insert into marts.rpt_poverty_position values ('93.01', 'Merauke', 'regency', '93', 2021, 3, '2021-03', 30, '91', 26.86,
    10.14, 3.14, 19.86, true, 2, 29, 29,
    null, null, null, null, null, null, null, false);"""


def test_what_was_split_off_is_held_against_the_old_province_by_its_name(fresh_warehouse):
    with connect() as conn:
        conn.execute(_TABLES)
        regency = blocks(World(conn, Region("93.01", "Merauke", "regency", "93"), _NEW, 2024))
        province = blocks(World(conn, _NEW, _NEW, 2024))
        conn.rollback()
    own = next(block for block in regency if isinstance(block, Table))
    assert own.rows[0].cells[-1] == "2 dari 29 di Provinsi Papua"
    assert own.note.endswith("Pada Maret 2021 termasuk Provinsi Papua: angka provinsi, selisih, dan peringkat terhadap"
                             " provinsi itu.")  # fmt: skip
    for told in (regency, province):
        said = [block.text for block in told if isinstance(block, Text)]
        assert "Pada Maret 2021 di atas angka Provinsi Papua: Merauke." in said
        table = next(
            block for block in told if isinstance(block, Table) and "menurut kabupaten" in block.title
        )
        assert (table.columns[-1].heading, table.rows[0].cells[-1]) == ("Provinsi saat itu", "Provinsi Papua")
        assert not [block for block in told if isinstance(block, Picture) and isinstance(block.chart, Bars)
                    and _NEW.name in block.chart.lines]  # fmt: skip
