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

from simpul.identity.comparisons import NUMBER_SLIP
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


def measure_twins(con: duckdb.DuckDBPyConnection, measured: Measured) -> Measured:
    """What was measured, and whether ``misspelt_are_one`` and ``doubled_are_one``, and which kinds are ``one_here``.

    - Of ``listed`` pairs of like names that stand in one list, and a share ``never`` of brothers and sisters who stand
      in none together, about ``listed × never / (1 - never)`` twins are among the pairs that no list has side by side.
    - Of ``numbered`` such pairs with two numbers, and a share ``both`` of pairs of records that have one each, about
      ``numbered × (1 - both) / both`` twins are among those that stand side by side without.
    - Of the pairs of a kind (`profiles.Profile.one_or_two`) as of like names: twins of two names, brothers of one name,
      relatives on one card meet in lists as brothers and sisters do.

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
    met = _met(con, rules.one_or_two)
    con.execute("drop table list")
    ((records, owners),) = con.execute("select count(*), count(*) filter (owns_nik) from member").fetchall()
    never, both = (apart + 1) / (siblings + 2), ((owners + 1) / (records + 2)) ** 2
    return replace(
        measured,
        misspelt_are_one=(listed + 1) * never / (1 - never) <= AT_MOST * unlisted,
        doubled_are_one=(numbered + 1) * (1 - both) / both <= AT_MOST_TWICE * doubled,
        one_here=tuple(
            kind
            for kind, (of_two, of_none) in met.items()
            if (of_two + 1) * never / (1 - never) <= AT_MOST_TWO * of_none
        ),
    )


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
