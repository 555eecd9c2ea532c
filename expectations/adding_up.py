"""The rule of every mart that is summed up regions: the parts and what is in none of them are the whole."""

# ruff: noqa: S608 — queries are put together from constants of the suites
from __future__ import annotations

from collections.abc import Sequence

from expectations.check import Check, check


def regions_add_up(key: str, measures: Sequence[str]) -> Check:
    """Every count of a region is that of the regions below it and ``unallocated_…``; a district has none below.

    Args:
        key: key of the mart, ``region_code`` first.
        measures: counts that the mart also has as ``unallocated_…``. An empty one is part of no sum.
    """
    rest = key.partition(", ")[2]
    sums = ", ".join(f"sum({measure}) as {measure}" for measure in measures)
    unlike = " or ".join(
        f"coalesce(whole.{m}, 0) <> coalesce(part.{m}, 0) + coalesce(whole.unallocated_{m}, 0)"
        for m in measures
    )
    return check(
        "regions_add_up",
        "fail",
        "analytical",
        en="A region is the sum of the regions below it and of what is in none of them because nobody knows in which.",
        id="Suatu wilayah sama dengan jumlah wilayah bawahannya ditambah yang tidak diketahui berada di bawahan mana.",
        query=f"""
with part as (
    select case length(region_code) when 2 then '00' when 5 then left(region_code, 2) else left(region_code, 5) end
        as region_code, {rest}, {sums}
    from {{batch}} where region_code <> '00' group by 1, {rest})
select {key} from {{batch}} as whole full join part using ({key})
where whole._release_id is null or length(region_code) < 8 and ({unlike})""",
        checked="select count(*) from {batch} where length(region_code) < 8",
    )
