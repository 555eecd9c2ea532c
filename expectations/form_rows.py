"""The rule of marts that add up rows of forms: the figure is that of the rows which it says it is made of."""

# ruff: noqa: S608 — queries are put together from constants of the suites
from __future__ import annotations

from expectations.check import Check, check


def figure_of_its_rows(figure: str, staged: str, *, en: str, id: str) -> Check:
    """``figure`` is the sum of the staged rows that ``rows_of_<figure>`` lists as ``file:row``.

    A row number may stand on two sheets of a file: then any of the two may be meant.

    Args:
        figure: column of the mart and of the staged form.
        staged: name of the staging model.
        en: the sentence of the rule.
        id: the same in Indonesian.
    """
    return check(
        f"{figure}_of_its_rows",
        "fail",
        "analytical",
        column=figure,
        en=en,
        id=id,
        query=f"""
with staged as (
    select _file_id || ':' || _row as address, min({figure}) as least, max({figure}) as most
    from {{{staged}}} group by 1),
    made as (
    select told.ctid as told, sum(least) as least, sum(most) as most
    from {{batch}} as told
    cross join unnest(string_to_array(rows_of_{figure}, ' ')) as one (address)
    left join staged using (address)
    group by 1)
select source_file_id as file_id, source_row as "row"
from {{batch}} as told left join made on made.told = told.ctid
where {figure} is not null and {figure} between least and most is not true""",
        checked=f"select count({figure}) from {{batch}}",
    )
