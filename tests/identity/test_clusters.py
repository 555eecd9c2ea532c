"""Joining under constraints: nothing forbidden comes together, and the order of equal evidence decides nothing."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from simpul.identity.clusters import unite

ENTRIES = range(8)
PAIRS = list(combinations(ENTRIES, 2))
NUMBERS = ("1274014203900001", "1274014203900002", "1274014203900010", "3201014203905555")

weights = st.dictionaries(st.sampled_from(PAIRS), st.floats(6, 40), max_size=20)
forbidden = st.sets(st.sampled_from(PAIRS), max_size=6).map(lambda pairs: dict.fromkeys(pairs, ()))
numbers = st.dictionaries(st.sampled_from(ENTRIES), st.sampled_from(NUMBERS), max_size=5)


def strongest_first(found: dict[tuple[int, int], float]) -> list[tuple[int, int, float]]:
    return sorted(((*pair, weight) for pair, weight in found.items()), key=lambda edge: (-edge[2], edge[:2]))


@given(weights, forbidden, numbers)
def test_nothing_forbidden_comes_together(found, apart, owned):
    edges = strongest_first({pair: weight for pair, weight in found.items() if pair not in apart})
    clusters = unite(edges, apart, owned)
    are_one = {frozenset((owned[a], owned[b])) for a, b, _ in edges if a in owned and b in owned}
    for one, other in PAIRS:
        if clusters.of(one) == clusters.of(other):
            assert (one, other) not in apart
            held = {owned[entry] for entry in clusters.entries(clusters.of(one)) if entry in owned}
            assert (
                any(all(a == b or frozenset((a, b)) in are_one for b in held) for a in held) or len(held) < 2
            )
            for a, b in combinations(held, 2):
                assert frozenset((a, b)) in are_one or sum(x != y for x, y in zip(a, b, strict=True)) > 1


@given(weights, forbidden, numbers)
def test_every_entry_is_in_the_cluster_that_lists_it(found, apart, owned):
    clusters = unite(strongest_first(found), apart, owned)
    for entry in ENTRIES:
        assert entry in clusters.entries(clusters.of(entry))
        assert clusters.of(entry) == min(clusters.entries(clusters.of(entry)))


def test_a_chain_is_cut_at_its_weakest_link():
    clusters = unite([(1, 2, 20.0), (2, 3, 12.0)], {(1, 3): ()}, {})
    assert clusters.of(1) == clusters.of(2) != clusters.of(3)
    assert clusters.cut == [(2, 3)]


def test_two_that_contradict_each_other_are_one_in_the_company_of_a_witness():
    """… of who fits both. Whoever else is there changes nothing."""
    edges = [(1, 2, 20.0), (2, 3, 12.0)]
    assert unite(edges, {(1, 3): [2]}, {}).entries(1) == [1, 2, 3]
    assert unite(edges, {(1, 3): [4]}, {}).of(3) == 3
    assert unite(edges, {(1, 3): [2]}, {}, decided={(1, 3): False}).of(3) == 3


def test_who_fits_two_people_alike_goes_to_neither():
    """… unless the fit is so good that the two must be one with two numbers."""
    owned = {1: NUMBERS[0], 3: NUMBERS[3]}
    assert unite([(1, 2, 7.5), (2, 3, 7.0)], {}, owned).doubtful == [(1, 2), (2, 3)]
    assert unite([(1, 2, 7.9), (2, 3, 2.0)], {}, owned).of(2) == 1
    assert unite([(1, 2, 20.0), (2, 3, 19.5)], {}, owned).of(2) == 1


def test_who_is_too_light_joins_where_nobody_else_is_meant():
    """Two numbers fit it: neither. One of them stands in its list already, so another line of it means the other."""
    owned = {1: NUMBERS[0], 3: NUMBERS[3]}
    fits = [(1, 2, 0.5), (2, 3, 0.0)]
    assert unite([], {}, owned, light=fits[:1]).entries(1) == [1, 2]
    assert unite([], {}, owned, light=[(1, 2, -1.5)]).of(2) == 2
    assert unite([], {(1, 2): ()}, owned, light=fits[:1]).of(2) == 2
    assert unite([], {}, owned, light=fits).of(2) == 2
    assert unite([], {}, owned, light=fits, listed={2: {"a"}, 3: {"a"}}).entries(1) == [1, 2]
    assert unite([], {}, owned, light=fits[:1], listed={1: {"a"}, 2: {"a"}}).of(2) == 2


def test_who_is_too_light_does_not_make_a_chain():
    """Two that were never found to be alike may be two: who fits both joins neither."""
    fits = [(1, 2, 0.5), (2, 3, 0.0)]
    assert unite([], {}, {}, light=fits).members == {}
    assert unite([], {}, {}, light=[*fits, (1, 3, -0.5)]).entries(1) == [1, 2, 3]


def test_who_fits_two_people_alike_goes_to_the_one_whom_its_list_has_not_named_yet():
    owned = {1: NUMBERS[0], 3: NUMBERS[3]}
    clusters = unite([(1, 2, 7.5), (2, 3, 7.0)], {}, owned, listed={2: {"a"}, 1: {"a"}})
    assert clusters.of(3) == clusters.of(2) != clusters.of(1)
    assert clusters.doubtful == [(1, 2)]


def test_two_slips_of_one_number_are_that_number():
    """Further from each other than from what was meant. Without it they are two people."""
    meant, one, other = "1274014203904507", "1274014203904501", "1274014203984507"
    owned = {1: meant, 2: one, 3: other}
    assert unite([(1, 2, 25.0), (1, 3, 24.0)], {}, owned).entries(1) == [1, 2, 3]
    assert unite([(2, 4, 25.0), (3, 4, 24.0)], {}, owned).of(3) == 3


def test_twins_do_not_come_together_over_a_mistyped_number_of_one_of_them():
    """A slip away from both: Rina's mistyped number fits Rini's as well."""
    rina, rini, slip = "1274014203900001", "1274014203900002", "1274014203900007"
    owned = {1: rina, 2: slip, 3: rini}
    clusters = unite([(1, 2, 25.0), (2, 3, 20.0)], {}, owned)
    assert clusters.of(2) == 1 and clusters.of(3) == 3


def test_two_numbers_a_slip_apart_do_not_come_together_over_a_third_entry():
    """Twins with serials side by side, and a record of one of them without a number."""
    owned = {1: NUMBERS[0], 3: NUMBERS[1]}
    assert unite([(1, 2, 20.0), (2, 3, 12.0)], {}, owned).of(3) == 3
    assert unite([(1, 2, 20.0), (2, 3, 12.0), (1, 3, 11.0)], {}, owned).of(3) == 1
