"""Whether what one person or two may differ in is one here: like names of one birth in one home, and kinds of pairs
that no weight decides. The lists and the numbers say it.

Twins stand side by side in the lists that hold both; a person whom a second list misspells does not. How many pairs of
twins never meet in a list is reckoned from their brothers and sisters of other years, who meet as seldom. Side by side
in one list stand twins, and people who were entered twice: twins have a number each, as far as others have one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from simpul.identity.comparisons import FULL_NAME, NUMBER_SLIP, ONE_WORD, PART_OF_NAME
from simpul.identity.scoring import Measured

if TYPE_CHECKING:
    import duckdb

AT_MOST = 0.02
"""Share of twins among pairs of like names of one birth and home, up to which all of them are one person."""
AT_MOST_TWICE = 0.1
"""… among those side by side in one list without two numbers, up to which they are somebody entered twice."""
AT_MOST_TWO = 0.1
"""Share of two people among the pairs of a kind that no list has side by side, up to which they are one person where
nobody else fits either."""
UNMET_NEIGHBOURS = 1.0
"""Pairs of neighbours that no list has side by side to one that some list has, at least: lists that take whole families
have brothers and sisters together, and of two families of a village one."""
AT_MOST_NAMESAKES = 0.03
"""Share of two people among the pairs of a bare line and the one namesake in its village, up to which they are one."""
TOO_MANY_NAMESAKES = 0.05
"""… and from which on none of them is, whatever such a pair weighs."""
CARDS = 4_000
"""Family cards of which the brothers and sisters are looked at; drawn by what stays the same from file to file."""
APART = 8
"""Years: who is further apart is as a rule no brother or sister."""

_LISTS = """
create temp table list as
select distinct entry_no, split_part(record_key, '|', 1) || '|' || split_part(record_key, '|', -1) as list from member
"""
_OF_PAIRS = """
    select pair.*, bool_or(other.list is not null) as is_met
    from pair join list as one on one.entry_no = l
    left join list as other on other.entry_no = r and other.list = one.list group by all"""
"""Table `pair`, and whether a list has the two side by side."""
# a number with a slip in it is one person's, as a rule, but for the serials side by side that twins have
_MET = """
with pair as (
    select l, r, are_two_valid, {is_like} as is_like,
        are_two_valid and (gamma_number < {slip} or are_serials_neighbours) as are_numbered
    from edge where ({is_like}) or ({is_listed})),
met as ({of_pairs})
select count(*) filter (is_like and is_met), count(*) filter (is_like and not is_met and not are_two_valid),
    count(*) filter (is_met and are_numbered), count(*) filter (is_met and not are_numbered)
from met
"""
_KINDS = """
with pair as (select l, r, {kinds} from edge where {any}),
met as ({of_pairs})
select {counts} from met
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
met as ({of_pairs})
select count(*), count(*) filter (not is_met) from met
"""
# bare lines by how many of their village are called so (people with a number), and those people by whether somebody
# else there is; two numbers of one person stand beside birth dates of one year, or of two where one is wrong
_NAMESAKES = """
with called as (
    select same, village, any_value(len(words)) > 1 as is_full, count(*) as people,
        max(left(birth, 4)::int) - min(left(birth, 4)::int) > 1 as are_several
    from entry where is_anchored and same is not null and village is not null group by same, village),
line as (
    select same, village, len(words) > 1 as is_full from entry
    where number is null and birth is null and mother is null and coalesce(len(cards), 0) = 0
        and same is not null and village is not null)
select is_full, count(*), count(people), count(*) filter (people = 1),
    any_value(persons), any_value(paired), any_value(records), any_value(told_alike)
from line left join called using (same, village, is_full)
join (select is_full, sum(people) as persons,
        coalesce(sum(people) filter (people = 2 and are_several), 0) as paired
    from called group by is_full) as chance using (is_full)
left join (
    select len(e.words) > 1 as is_full, count(*) as records,
        count(*) filter (m.same = e.same and m.village = e.village) as told_alike
    from entry e join member m on m.entry_no = e.unique_id
    where is_anchored and e.records > 1 and m.same is not null and m.village is not null
    group by is_full) as telling using (is_full)
group by is_full
"""


def measure_twins(con: duckdb.DuckDBPyConnection, measured: Measured) -> Measured:
    """What was measured, and whether ``misspelt_are_one`` and ``doubled_are_one``, and which kinds are ``one_here``.

    - Of ``listed`` pairs of like names that stand in one list, and a share ``never`` of brothers and sisters who stand
      in none together, about ``listed × never / (1 - never)`` twins are among the pairs that no list has side by side.
    - Of ``numbered`` such pairs with two numbers, and a share ``both`` of pairs of records that have one each, about
      ``numbered × (1 - both) / both`` twins are among those that stand side by side without.
    - Of ``lines`` that are bare ``found`` find somebody in their village who is called so. Of the records of one person
      a share ``alike`` say name and village as most do, so of the lines about ``lines - found / alike`` are of people
      whom nobody else knows; as many of these as people there have one namesake find one, and do not mean them.
    - Of the pairs of a kind (`profiles.Profile.one_or_two`) as of like names: twins of two names, brothers of one name,
      relatives on one card meet in lists as brothers and sisters do. Neighbours (``neighbours``) meet less often.

    One pair of twins more is reckoned with than was seen, so that a few records allow nothing.

    Args:
        con: has tables ``edge``, ``entry`` and ``member``.
        measured: on these entries.
    """
    rules = measured.model.profile
    if rules.like_twins == "false":
        return measured
    con.execute(_LISTS)
    asked = _MET.format(
        is_like=rules.like_twins, is_listed=rules.listed_as_twins, slip=NUMBER_SLIP, of_pairs=_OF_PAIRS
    )
    ((listed, unlisted, numbered, doubled),) = con.execute(asked).fetchall()
    ((siblings, apart),) = con.execute(
        _SIBLINGS.format(cards=CARDS, apart=APART, of_pairs=_OF_PAIRS)
    ).fetchall()
    met = _met(con, {**rules.one_or_two, **rules.neighbours})
    namesakes, strangers = _namesakes(con)
    con.execute("drop table list")
    ((records, owners),) = con.execute("select count(*), count(*) filter (owns_nik) from member").fetchall()
    never, both = (apart + 1) / (siblings + 2), ((owners + 1) / (records + 2)) ** 2
    unmet = never / (1 - never)
    at_least = dict.fromkeys(rules.neighbours, UNMET_NEIGHBOURS)
    return replace(
        measured,
        misspelt_are_one=(listed + 1) * unmet <= AT_MOST * unlisted,
        doubled_are_one=(numbered + 1) * (1 - both) / both <= AT_MOST_TWICE * doubled,
        one_here=tuple(
            kind
            for kind, (of_two, of_none) in met.items()
            if (of_two + 1) * max(unmet, at_least.get(kind, 0)) <= AT_MOST_TWO * of_none
        )
        + namesakes,
        two_here=strangers,
    )


def _namesakes(con: duckdb.DuckDBPyConnection) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The kinds of bare lines (`comparisons.NAMESAKES`) in which the one namesake in a village is whoever is meant, and
    those in which too often it is somebody else.
    """
    counted = {is_full: counts for is_full, *counts in con.execute(_NAMESAKES).fetchall()}
    one: list[str] = []
    two: list[str] = []
    for kind, is_full in ((FULL_NAME, True), (ONE_WORD, False)):
        if is_full not in counted:
            continue
        lines, found, alone, people, paired, records, told_alike = counted[is_full]
        unknown = max(lines - found * ((records or 0) + 1) / ((told_alike or 0) + 1), 0)
        if (unknown + 1) * (paired + 1) / (people + 1) <= AT_MOST_NAMESAKES * alone:
            one.append(kind)
        if unknown * paired / people > max(TOO_MANY_NAMESAKES * alone, 1):
            two += [kind] if is_full else [kind, PART_OF_NAME]
    return tuple(one), tuple(two)


def _met(con: duckdb.DuckDBPyConnection, kinds: Mapping[str, str]) -> dict[str, tuple[int, int]]:
    """Kind → how many of its pairs some list has side by side, and how many none has."""
    asked = _KINDS.format(
        of_pairs=_OF_PAIRS,
        kinds=", ".join(f"({condition}) as kind_{number}" for number, condition in enumerate(kinds.values())),
        any=" or ".join(f"({condition})" for condition in kinds.values()),
        counts=", ".join(
            f"count(*) filter (kind_{number} and {met})"
            for number in range(len(kinds))
            for met in ("is_met", "not is_met")
        ),
    )
    (counted,) = con.execute(asked).fetchall()
    return dict(zip(kinds, zip(counted[::2], counted[1::2], strict=True), strict=True))
