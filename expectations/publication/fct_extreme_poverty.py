"""Extreme poverty: share and number of people are of one population."""

from __future__ import annotations

from expectations.check import check
from simpul.contract import Standing

STANDING = Standing(owner="BPS", basis="UU 16/1997 (Statistik)")

POPULATION = check(
    "extreme_of_population",
    "warn",
    "analytical",
    column="extreme_percent",
    en=(
        "Share and number of extremely poor people imply about the population that the region's poverty figures imply"
        " (of a year at most five away)."
    ),
    id=(
        "Persentase dan jumlah penduduk miskin ekstrem menyiratkan kurang lebih penduduk yang tersirat dari angka"
        " kemiskinan wilayah itu (selisih paling banyak lima tahun)."
    ),
    # a column that slid by a row stands beside the counts of another region; 0.01: the share is rounded
    query="""
with peopled as (
    select region_code, year, poor_people * 100 / p0_percent as people
    from {fct_poverty} where area = 'total' and month = 3 and poor_people > 0 and p0_percent > 0)
select region_code, year, line_version
from {batch} as told
cross join lateral (
    select people from peopled
    where peopled.region_code = told.region_code and abs(peopled.year - told.year) <= 5
    order by abs(peopled.year - told.year), peopled.year limit 1) as nearest
where extreme_people > 0
    and extreme_people * 100 not between 0.7 * people * (extreme_percent - 0.01)
        and 1.4 * people * (extreme_percent + 0.01)""",
    checked="select count(extreme_percent) from {batch} where extreme_people is not null",
)

CHECKS = (POPULATION,)
