"""Everybody who is known is in one set, and the regions add up."""

from __future__ import annotations

from expectations.adding_up import regions_add_up
from expectations.check import Check, check
from expectations.made_of_rows import made_of_rows
from simpul.contract import HOUSE, Standing

STANDING = Standing(owner="Walidata TKPK", basis=HOUSE)

CHECKS: tuple[Check, ...] = (
    regions_add_up("region_code, registries", ["people", "families"]),
    made_of_rows(
        "everybody_once",
        rows="{dim_beneficiary}",
        key={},
        figures={
            "people": "count(*)",
            "valid_nik_people": "count(*) filter (where nik_status = 'valid')",
            "deceased_people": "count(*) filter (where deceased_since is not null)",
        },
        en="In every region, the people of all sets are those of dim_beneficiary.",
        id="Di setiap wilayah, orang di semua himpunan adalah orang pada dim_beneficiary.",
    ),
    check(
        "families_once",
        "fail",
        "analytical",
        column="families",
        en="In the nation, the families of all sets are those of dim_beneficiary, each counted once.",
        id="Di tingkat nasional, keluarga di semua himpunan adalah keluarga pada dim_beneficiary, satu kali.",
        query="""
select '00' as region_code
where (select coalesce(sum(families), 0) from {batch} where region_code = '00')
    <> (select count(*) from (select distinct coalesce(family_id, -person_id) from {dim_beneficiary}) as family)""",
        checked="select count(*) from {batch} where region_code = '00'",
    ),
)
