"""The rule of every mart that counts or sums: its figures are those of the rows that it is made of, counted once more.

What a mart is made of is declared: the rows, the columns that tell its groups apart, and how each of its figures comes
from the rows. One query asks the whole mart, every region of it, in both directions: a figure that is another, a row
that is made of nothing, rows that are in no figure.
"""

# ruff: noqa: S608 — queries are put together from constants of the suites
from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Literal

from expectations.check import Check, check

Regions = Literal["districts", "finest", "as they are"]
"""Where a row counts: in nation, province, regency and district; in its own village as well; in no region above it."""


def made_of_rows(
    code: str,
    *,
    rows: str,
    key: Mapping[str, str],
    figures: Mapping[str, str],
    en: str,
    id: str,
    regions: Regions = "districts",
    is_distinct: bool = False,
    may_be_unsaid: Collection[str] = (),
    may_be_of_none: bool = False,
) -> Check:
    """Every figure of the mart is what its rows come to.

    Args:
        code: of the rule.
        rows: SQL behind ``from``: the rows, with joins and conditions.
        key: columns of the mart, besides ``region_code``, and what of a row says each. A mart that tells more apart is
            summed over it.
        figures: columns of the mart, and the aggregate over rows that each one is. Empty where nothing is summed.
        en: the sentence of the rule.
        id: the same in Indonesian.
        regions: in which regions a row counts. Where nobody knows whose it is, it counts in the nation.
        is_distinct: figures count things of which several rows may speak, so those of parts do not add up. ``rows`` is
            a table then.
        may_be_unsaid: figures that the mart leaves empty where a part of them cannot be said; not all of them.
        may_be_of_none: the mart says 0 of a group that has none of these rows, because rows of another kind made it.
    """
    columns = list(key) if regions == "as they are" else ["region_code", *key]
    names = ", ".join(columns)
    told = ", ".join(f"sum({figure}) as {figure}" for figure in figures)
    unlike = " or ".join(
        f"made.{figure} <> told.{figure}"
        if figure in may_be_unsaid
        else f"coalesce(made.{figure}, 0) is distinct from told.{figure}"
        if may_be_of_none
        else f"made.{figure} is distinct from told.{figure}"
        for figure in figures
    )
    return check(
        code,
        "fail",
        "analytical",
        column=next(iter(figures)),
        en=en,
        id=id,
        query=f"""
with {_made(rows, key, figures, regions, is_distinct)},
    told as (select {names}, {told} from {{batch}} group by {names})
select {names} from made full join told using ({names})
where {unlike}""",
    )


def _made(
    rows: str, key: Mapping[str, str], figures: Mapping[str, str], regions: Regions, is_distinct: bool
) -> str:
    """SQL: ``made``, after what it needs. Rows are counted where they are before they are multiplied by regions."""
    own = "".join(f"{said} as {column}, " for column, said in key.items())
    counted = ", ".join(f"{aggregate} as {figure}" for figure, aggregate in figures.items())
    numbers = ", ".join(str(number) for number in range(1, len(key) + 1))
    if regions == "as they are":
        return f"made as (\n    select {own}{counted} from {rows} group by {numbers})"
    numbers = ", ".join(str(number) for number in range(1, len(key) + 2))
    if is_distinct:
        return f"""{_upper_region(rows, regions)},
    made as (
    select upper_code as region_code, {own}{counted}
    from {rows} join upper_region on coalesce(region_code, '') = own_code group by {numbers})"""
    others = "".join(f", {column}" for column in key)
    sums = ", ".join(f"sum({figure}) as {figure}" for figure in figures)
    return f"""counted as (
    select region_code, {own}{counted} from {rows} group by {numbers}),
    {_upper_region("counted", regions)},
    made as (
    select upper_code as region_code{others}, {sums}
    from counted join upper_region on coalesce(region_code, '') = own_code group by {numbers})"""


def _upper_region(rows: str, regions: Regions) -> str:
    """SQL: ``upper_region``, the regions in which what is of ``own_code`` counts; of '' nobody knows whose it is."""
    village = ", region_code" if regions == "finest" else ""
    return f"""upper_region as (
    select distinct own_code, upper_code
    from (
        select coalesce(region_code, '') as own_code,
            unnest(array['00', left(region_code, 2), left(region_code, 5), left(region_code, 8){village}]) as upper_code
        from (select distinct region_code from {rows}) as place) as part
    where upper_code is not null)"""
