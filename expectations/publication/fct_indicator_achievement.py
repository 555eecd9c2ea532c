"""What a region reports of its own poverty: about what BPS measured."""

from __future__ import annotations

from expectations.check import check
from simpul.contract import Standing

STANDING = Standing(owner="Walidata TKPK", basis="Permendagri 53/2020 (TKPK)")

REPORTED = check(
    "reported_p0_of_bps",
    "warn",
    "analytical",
    column="realised",
    en=(
        "The poverty rate that a region reports is between two thirds of P0 of BPS and one and a half times that (of"
        " the year, else of the nearest within three)."
    ),
    id=(
        "Persentase penduduk miskin yang dilaporkan daerah antara dua pertiga dan satu setengah kali P0 BPS (tahun itu,"
        " atau tahun terdekat dalam tiga tahun)."
    ),
    # P0 changes by at most three points a year (`p0_step`); a comma that is lost or slipped makes ten times of it
    query="""
select told.region_code, told.year, told.indicator
from {batch} as told
cross join lateral (
    select p0_percent from {fct_poverty} as measured
    where measured.region_code = told.region_code and area = 'total' and p0_percent > 0
        and abs(measured.year - coalesce(told.realised_year, told.year)) <= 3
    order by abs(measured.year - coalesce(told.realised_year, told.year)), measured.year, month limit 1) as nearest
where indicator = 'POVERTY_RATE' and realised not between p0_percent / 1.5 and p0_percent * 1.5""",
    checked="select count(realised) from {batch} where indicator = 'POVERTY_RATE'",
)

CHECKS = (REPORTED,)
