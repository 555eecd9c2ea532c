"""What is to be done with two entries that were compared: join, keep apart, show to somebody.

Table ``verdict`` holds it for every pair; `joints` and `apart` hand out what `simpul.identity.clusters` needs of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpul.identity.clusters import LIKELY, MARGIN, SURE
from simpul.identity.comparisons import (
    ANOTHER_BIRTH,
    ANOTHER_NAME,
    MISTYPED_NAME,
    NAME_IN_FULL,
    SURE_BESIDE_NUMBERS,
)
from simpul.identity.doubts import EVEN
from simpul.identity.scoring import Measured

if TYPE_CHECKING:
    import duckdb

JOINS = 3.5
"""A pair joins from here on: in 11 of 12 such pairs the two are one person, if the weights are right."""
TELLS_APART = -8.0
"""Below, two that differ in something are kept apart even where others would bring them together."""

_VERDICT = """
create table verdict as
with item as (
    select distinct l, r from pair join {paired} a on a.entry_no = l
    join {paired} b on b.entry_no = r and b.item = a.item),
listed as materialized (
    select distinct l, r, {listed_as_twins} as may_be_twins,
        ({are_two_everywhere}) as are_two_everywhere,
        split_part(record_key, '|', 1) as dataset, split_part(record_key, '|', -1) as period
    from edge join {paired} on entry_no = l
    where ({listed_as_twins}) or ({one_here}) or ({are_two_everywhere})),
met as (
    select l, r, may_be_twins or (are_two_everywhere and count(distinct dataset) > 1) as may_be_twins
    from listed join {paired} b
    on b.entry_no = listed.r and split_part(b.record_key, '|', 1) = dataset
        and split_part(b.record_key, '|', -1) = period
    group by l, r, listed.may_be_twins, are_two_everywhere)
select l, r, gamma_name, gamma_birth, gamma_sex, w_others + w_number as w, one.records + other.records as records,
    one.is_anchored and other.is_anchored as are_anchored, are_two_valid,
    coalesce(may_be_twins, false) as are_twins,
    ({misspelt}) and not are_twins as is_misspelt, ({one_here}) and met.l is null as is_one_here,
    ({contradicts}) and not is_misspelt and not is_one_here as contradict,
    ({two_here}) as is_two_here, is_one_here and ({namesakes}) as is_namesake,
    not is_two_here and w >= {joins} and (({may_be_one}) or (is_misspelt and {misspelt_is_one})) and not are_twins
        and (not are_anchored or ({are_one_number})) as joins,
    (joins or is_one_here) and (are_anchored or not are_two_valid or ({are_slips})) as vouches,
    not joins and not is_two_here and not are_anchored
        and ((w >= {light} and ({may_be_one}) and not are_twins) or is_one_here) as is_light,
    item.l is not null and not contradict as is_item,
    contradict or (w < {tells_apart} and {differs} and not is_namesake) or are_twins as is_apart,
    are_twins or (are_two_valid and not ({are_slips})) as is_apart_for_good,
    case when are_anchored and {alike} and w_others >= {sure} then 'two_numbers'
        when w >= {even} and not are_anchored and not contradict then 'uncertain' end as doubt
from edge join entry as one on one.unique_id = l join entry as other on other.unique_id = r
left join item using (l, r) left join met using (l, r)
"""
_DECIDED = """
create table decided_pair as
select least(a.entry_no, b.entry_no) as l, greatest(a.entry_no, b.entry_no) as r, bool_and(is_same) as is_same
from decision join {everybody} a on a.anchor = anchor_a join {everybody} b on b.anchor = anchor_b
where a.entry_no <> b.entry_no group by all
"""
# Who fits two numbers of what seems to be one person goes with the number that more records have.
_JOINTS = """
with fit as (select l, r, w from verdict where joins union all select r, l, w from verdict where joins),
two_numbers as (
    select l as one, r as other from verdict where doubt = 'two_numbers'
    union all select r, l from verdict where doubt = 'two_numbers'),
rarer as (
    select one, other as commoner from two_numbers join entry a on a.unique_id = one join entry b on b.unique_id = other
    where (a.records, -a.unique_id) < (b.records, -b.unique_id)),
after as (
    select least(its.l, one) as l, greatest(its.l, one) as r, min(instead.w) as w
    from rarer join fit its on its.r = one join fit instead on instead.l = its.l and instead.r = commoner
    where its.w >= {sure} and instead.w >= {sure} group by all)
select l, r, verdict.w from verdict left join after using (l, r)
where joins order by least(verdict.w, after.w) desc, after.w is null desc, records desc, l, r
"""
_LIGHT = """
select l, r, case when is_one_here then greatest(w, {likely}) else w end as weight
from verdict where is_light order by weight desc, records desc, l, r
"""
# who stands in a list is not meant by another line of it
_LISTED = """
with asked as (
    select distinct component from verdict join component on entry_no = l where is_light or (joins and w < {sure}))
select entry_no, list(distinct split_part(record_key, '|', 1) || '|' || split_part(record_key, '|', -1))
from member join component using (entry_no) semi join asked using (component) group by entry_no
"""
# A witness has no part of two names, which fits both (it has one of them in full, or both with a slip), and no date or
# sex left out: it tells what the two contradict each other in.
_APART = """
with vouched as (
    select l as one, r as witness, gamma_name, gamma_birth, gamma_sex from verdict where vouches
    union all select r, l, gamma_name, gamma_birth, gamma_sex from verdict where vouches),
contrary as (
    select l, r, list(one.witness) as witnesses
    from verdict v join vouched as one on one.one = l join vouched as other on other.one = r
        and other.witness = one.witness
    where is_apart and not is_apart_for_good
        and (v.gamma_name not between 0 and {another_name} or greatest(one.gamma_name, other.gamma_name) >= {in_full}
            or greatest(one.gamma_name, other.gamma_name) <= {mistyped})
        and (v.gamma_birth not between 0 and {another_birth} or least(one.gamma_birth, other.gamma_birth) >= 0)
        and (v.gamma_sex <> 0 or least(one.gamma_sex, other.gamma_sex) >= 0)
    group by l, r)
select l, r, coalesce(witnesses, []) from verdict
join component a on a.entry_no = l join component b on b.entry_no = r and b.component = a.component
left join contrary using (l, r)
where is_apart
"""


def judge(
    con: duckdb.DuckDBPyConnection, measured: Measured, paired: str = "member", everybody: str = "member"
) -> None:
    """Tables ``pair`` and ``edge`` → table ``verdict`` (l, r, w): whether the two may be joined, are one item, are
    known to be two people, or should be looked at; and table ``decided_pair``, what stewards said of entries.

    Args:
        con: has the tables ``pair``, ``edge``, ``entry`` and ``decision``.
        measured: on these entries.
        paired: relation of the records of entries in pairs (record_key, item, entry_no); it may hold others as well.
        everybody: relation of all records (anchor, entry_no).
    """
    profile = measured.model.profile
    misspelt = profile.misspelt if measured.misspelt_are_one else "false"
    twins = f"({profile.listed_as_twins}) or ({misspelt})"
    if measured.doubled_are_one:
        twins = f"({misspelt}) and (not ({profile.like_twins}) or {profile.are_twins})"
    twins = f"({twins}) and not ({profile.is_entered_twice})"
    kinds = profile.kinds
    one_here, two_here, namesakes = (
        " or ".join(f"({kinds[kind]})" for kind in some) or "false"
        for some in (measured.one_here, measured.two_here, profile.namesakes)
    )
    con.execute(
        _VERDICT.format(
            one_here=one_here, two_here=two_here, namesakes=namesakes,
            joins=JOINS, tells_apart=TELLS_APART, sure=SURE_BESIDE_NUMBERS, even=EVEN,
            light=LIKELY - MARGIN, paired=paired,
            may_be_one=profile.may_be_one, alike=profile.alike, contradicts=profile.contradicts,
            are_one_number=profile.are_one_number, are_two_everywhere=profile.are_two_everywhere,
            listed_as_twins=twins, misspelt=misspelt,
            misspelt_is_one=profile.misspelt_is_one, differs=profile.differs, are_slips=profile.are_slips,
        )
    )  # fmt: skip
    con.execute(_DECIDED.format(everybody=everybody))


def joints(con: duckdb.DuckDBPyConnection) -> list[tuple[int, int, float]]:
    """Pairs that may join, with their weights, in the order in which they do: the strongest first, but who fits both
    numbers of one person comes to the number that more records have.
    """
    return con.execute(_JOINTS.format(sure=SURE)).fetchall()


def light(con: duckdb.DuckDBPyConnection) -> list[tuple[int, int, float]]:
    """Pairs that are too light to join by what they weigh, the heaviest first: down to `MARGIN` below `LIKELY`, so
    that the rivals of those that may be joined all the same are among them.
    """
    return con.execute(_LIGHT.format(likely=LIKELY)).fetchall()


def listed(con: duckdb.DuckDBPyConnection) -> dict[int, set[str]]:
    """Entry → the lists (dataset and period) it stands in; of those in a component (table ``component``) with a pair
    that rivals may keep apart.
    """
    return {entry: set(lists) for entry, lists in con.execute(_LISTED.format(sure=SURE)).fetchall()}


def apart(con: duckdb.DuckDBPyConnection) -> dict[tuple[int, int], list[int]]:
    """Pairs of one component (table ``component``) that are known to be two people, and the witnesses to the contrary.

    Two records of one person contradict each other where both are badly written. Who fits both of them well, and says
    itself what they differ in, is a witness that they are one; never where each has a valid number of its own.
    """
    asked = _APART.format(
        another_name=ANOTHER_NAME,
        another_birth=ANOTHER_BIRTH,
        in_full=NAME_IN_FULL,
        mistyped=MISTYPED_NAME,
    )
    return {(one, other): witnesses for one, other, witnesses in con.execute(asked).fetchall()}
