"""Whether two like names of one birth in one home are one person misspelt, or twins: what the lists say of it.

Twins stand side by side in the lists that hold both; a person whom a second list misspells does not. How many pairs of
twins never meet in a list is reckoned from their brothers and sisters of other years, who meet as seldom.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from simpul.identity.scoring import Measured

if TYPE_CHECKING:
    import duckdb

AT_MOST = 0.02
"""Share of twins among like names of one birth and home that no list has side by side, up to which these are one."""
CARDS = 4_000
"""Family cards of which the brothers and sisters are looked at; drawn by what stays the same from file to file."""
APART = 8
"""Years: who is further apart is as a rule no brother or sister."""

# never = none of the lists that hold the one holds the other
_MET = """
select count(*) filter (is_twin and is_met), count(*) filter (is_twin and not is_met and not are_two_valid)
from (
    select l, r, any_value(are_two_valid) as are_two_valid, any_value(is_twin) as is_twin,
        bool_or(other.list is not null) as is_met
    from (select l, r, are_two_valid, {like} as is_twin from edge where {like}) pair
    join list as one on one.entry_no = l left join list as other on other.entry_no = r and other.list = one.list
    group by l, r)
"""
_LISTS = """
create temp table list as
select distinct entry_no, split_part(record_key, '|', 1) || '|' || split_part(record_key, '|', -1) as list from member
"""
_SIBLINGS = """
with held as (select unique_id as entry_no, birth, cards[1] as card from entry where is_anchored and len(cards) > 0),
drawn as (
    select * from held semi join (
        select card from held group by card having count(*) > 1 order by md5(card) limit {cards}) using (card)),
pair as (
    select one.entry_no as l, other.entry_no as r from drawn one join drawn other
    on one.card = other.card and one.entry_no < other.entry_no and one.birth <> other.birth
        and abs(left(one.birth, 4)::int - left(other.birth, 4)::int) <= {apart}),
met as (
    select l, r, bool_or(other.list is not null) as is_met
    from pair join list as one on one.entry_no = l
    left join list as other on other.entry_no = r and other.list = one.list group by l, r)
select count(*), count(*) filter (not is_met) from met
"""


def measure_twins(con: duckdb.DuckDBPyConnection, measured: Measured) -> Measured:
    """What was measured, and whether ``misspelt_are_one``.

    Of ``seen`` twins with like names who stand in one list, and a share ``never`` of brothers and sisters who stand in
    none together, about ``seen × never / (1 - never)`` twins are among the pairs that no list has side by side. One
    pair of twins more is reckoned with than was seen, so that a few records allow nothing.

    Args:
        con: has tables ``edge``, ``entry`` and ``member``.
        measured: on these entries.
    """
    like = measured.model.profile.like_twins
    con.execute(_LISTS)
    ((seen, one_or_twins),) = con.execute(_MET.format(like=like)).fetchall()
    ((siblings, never),) = con.execute(_SIBLINGS.format(cards=CARDS, apart=APART)).fetchall()
    con.execute("drop table list")
    never_met = (never + 1) / (siblings + 2)
    twins = (seen + 1) * never_met / (1 - never_met)
    return replace(measured, misspelt_are_one=twins <= AT_MOST * one_or_twins)
