"""Everybody who is known is in one set, and the regions add up."""

from __future__ import annotations

from expectations.adding_up import regions_add_up
from expectations.check import Check, check
from simpul.contract import HOUSE, Standing

STANDING = Standing(owner="Walidata TKPK", basis=HOUSE)

CHECKS: tuple[Check, ...] = (
    regions_add_up("region_code, registries", ["people", "families"]),
    check(
        "everybody_once",
        "fail",
        "analytical",
        column="people",
        en="In the nation, the people of all sets are those of dim_beneficiary.",
        id="Di tingkat nasional, orang di semua himpunan adalah orang pada dim_beneficiary.",
        query="""
select '00' as region_code
where (select coalesce(sum(people), 0) from {batch} where region_code = '00')
    <> (select count(*) from {dim_beneficiary})""",
        checked="select count(*) from {batch} where region_code = '00'",
    ),
)
