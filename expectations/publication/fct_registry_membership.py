"""Who is listed is whom the lists name."""

from __future__ import annotations

from expectations.check import Check, check

CHECKS: tuple[Check, ...] = (
    check(
        "members_are_listed",
        "fail",
        "analytical",
        column="person_id",
        en="The members of DTKS in a period are the persons whom the DTKS lists of that period name.",
        id="Anggota DTKS pada suatu periode adalah orang yang disebut daftar DTKS periode itu.",
        query="""
select person_id, period
from (select person_id, period from {batch} where registry = 'DTKS') as member
full join (select distinct person_id, period, true as is_listed from {person_record} where dataset = 'dinsos.dtks')
    as listed using (person_id, period)
where member is null or is_listed is null""",
        checked="select count(*) from {batch} where registry = 'DTKS'",
    ),
)
