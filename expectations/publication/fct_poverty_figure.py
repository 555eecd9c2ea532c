"""Single figures: every printed one is placed in a region, and tables that tell the same figure agree."""

from __future__ import annotations

from expectations.check import Check, check
from simpul.contract import Standing

STANDING = Standing(owner="Walidata TKPK", basis="UU 16/1997 (Statistik)")

CHECKS: tuple[Check, ...] = (
    check(
        "region_resolved",
        "warn",
        "logical",
        column="region_code",
        en="Every row of a BPS table names a region that is known; what is not placed is not published.",
        id="Setiap baris tabel BPS menyebut wilayah yang dikenal; yang tidak dikenal tidak diterbitkan.",
        query="""
select _file_id as file_id, _sheet as sheet, _row as "row", _column as "column"
from {int_poverty_observation} where region_code is null""",
        checked="select count(*) from {int_poverty_observation}",
    ),
    check(
        "every_figure_published",
        "fail",
        "structural",
        en="Every figure that is placed in a region is published, once.",
        id="Setiap angka yang dikenal wilayahnya diterbitkan, tepat satu kali.",
        query="""
select region_code, year, month, area, indicator
from {int_poverty_observation} as observed
full join {batch} as published using (region_code, year, month, area, indicator)
where region_code is not null
group by region_code, year, month, area, indicator
having count(observed._row) <> count(published._release_id)
    or min(observed.figure) is distinct from min(published.figure)""",
        checked="select count(*) from {int_poverty_observation} where region_code is not null",
    ),
    check(
        "two_sources_agree",
        "warn",
        "analytical",
        column="figure",
        en="Where two BPS tables tell the same figure (the poverty line in March), they tell the same number.",
        id="Bila dua tabel BPS memuat angka yang sama (garis kemiskinan Maret), nilainya sama.",
        query="select region_code, year, month, area, indicator from {batch} where has_conflicting_figures",
    ),
)
