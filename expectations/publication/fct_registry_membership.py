"""Who is listed is whom the lists name."""

# ruff: noqa: S608 — queries are put together from constants of this module
from __future__ import annotations

from expectations.check import Check, check
from simpul.contract import HOUSE, Standing

REGISTRIES = {
    "dinsos.pbdt2015": "PBDT2015",
    "dinsos.dtks": "DTKS",
    "dinsos.p3ke_family": "P3KE",
    "dinsos.p3ke_person": "P3KE",
    "dinsos.regsosek_person": "REGSOSEK",
    "dinsos.dtsen": "DTSEN",
}
_LISTS = ", ".join(f"('{dataset}', '{registry}')" for dataset, registry in REGISTRIES.items())

STANDING = Standing(owner="Walidata TKPK", basis=HOUSE)

CHECKS: tuple[Check, ...] = (
    check(
        "members_are_listed",
        "fail",
        "analytical",
        column="person_id",
        en="The members of a registry in a period are the persons whom its lists of that period name.",
        id="Anggota suatu registri pada suatu periode adalah orang yang disebut daftarnya pada periode itu.",
        query=f"""
with listed as (
    select distinct person_id, registry, period, true as is_listed
    from {{person_record}} join (values {_LISTS}) as list (dataset, registry) using (dataset)
)
select distinct person_id, period
from {{batch}} as member
full join listed using (person_id, registry, period)
where member is null or is_listed is null""",
        checked="select count(*) from {batch}",
    ),
)
