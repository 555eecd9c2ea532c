"""Everybody who receives is in one set, and the regions add up."""

from __future__ import annotations

from expectations.adding_up import regions_add_up
from expectations.check import Check, check
from simpul.contract import HOUSE, Standing

STANDING = Standing(owner="Walidata TKPK", basis=HOUSE)

CHECKS: tuple[Check, ...] = (
    regions_add_up("region_code, period, programs", ["people", "families"]),
    check(
        "recipients_once",
        "fail",
        "analytical",
        column="people",
        en="In the nation, the people of all sets are the active persons of fct_program_enrollment, each counted once.",
        id="Di tingkat nasional, orang di semua himpunan adalah orang aktif pada fct_program_enrollment, masing-masing"
        " sekali.",
        query="""
with counted as (
    select period, count(distinct person_id) as people from {fct_program_enrollment}
    where status = 'active' group by period),
    published as (select period, sum(people) as people from {batch} where region_code = '00' group by period)
select period from counted full join published using (period)
where coalesce(counted.people, 0) <> coalesce(published.people, 0)""",
        checked="select count(*) from {batch} where region_code = '00'",
    ),
    check(
        "families_once",
        "fail",
        "analytical",
        column="families",
        en="In the nation, the families of all sets are those of these persons, each counted once.",
        id="Di tingkat nasional, keluarga di semua himpunan adalah keluarga orang-orang itu, masing-masing sekali.",
        query="""
with counted as (
    select period, count(*) as families
    from (
        select distinct period, coalesce(family_id, -person_id) as family_id
        from {fct_program_enrollment} join {dim_beneficiary} using (person_id) where status = 'active') as family
    group by period),
    published as (select period, sum(families) as families from {batch} where region_code = '00' group by period)
select period from counted full join published using (period)
where coalesce(counted.families, 0) <> coalesce(published.families, 0)""",
        checked="select count(*) from {batch} where region_code = '00'",
    ),
)
