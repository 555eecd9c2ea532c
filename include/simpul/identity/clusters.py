"""Scored pairs → people, strongest evidence first, and never against what forbids it.

Two entries that own different NIKs are two people, whatever else they share, unless the pair itself may join: one
number with a slip in it (`comparisons.ARE_ONE_NUMBER`); so are two that were compared and found to
contradict each other (twins: another name; siblings of one name: another birth date). A merge that would bring such
two together through others is not made: chains A~B~C are cut at their weakest link. But two records of one person that
are both badly written contradict each other, too: they are one where a witness among the others fits both well
(`verdicts`). Where an entry fits two people who exclude each other almost equally well, it goes to neither.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import combinations
from types import MappingProxyType

from rapidfuzz.distance import DamerauLevenshtein

MARGIN = 3.0
"""By so many bits the one must fit better than a rival that excludes it."""
LIKELY = -1.0
"""From here on two are about as likely one as not: enough where nobody else fits."""
SURE = 8.0
"""From here on a rival changes nothing: two people that fit so well are one with two numbers."""


@dataclass
class Clusters:
    """``of``: entry → its cluster (the smallest entry in it); entries not named stand alone."""

    members: dict[int, list[int]] = field(default_factory=dict)
    leader: dict[int, int] = field(default_factory=dict)
    joined: list[tuple[int, int]] = field(default_factory=list)
    doubtful: list[tuple[int, int]] = field(default_factory=list)
    cut: list[tuple[int, int]] = field(default_factory=list)

    def of(self, entry: int) -> int:
        return self.leader.get(entry, entry)

    def entries(self, cluster: int) -> list[int]:
        return self.members.get(cluster, [cluster])

    def join(self, one: int, other: int) -> None:
        """Bring together the clusters of two entries."""
        self.joined.append((one, other))
        keep, gone = sorted((self.of(one), self.of(other)))
        moved = self.entries(gone)
        self.members[keep] = self.entries(keep) + moved
        self.members.pop(gone, None)
        for entry in moved:
            self.leader[entry] = keep


def unite(
    edges: Iterable[tuple[int, int, float]],
    forbidden: Mapping[tuple[int, int], Collection[int]],
    numbers: Mapping[int, str],
    items: Iterable[tuple[int, int]] = (),
    decided: Mapping[tuple[int, int], bool] | None = None,
    light: Iterable[tuple[int, int, float]] = (),
    listed: Mapping[int, Collection[str]] = MappingProxyType({}),
    margin: float = MARGIN,
    sure: float = SURE,
) -> Clusters:
    """Join what may be joined.

    Args:
        edges: pairs (l < r) that may join, with their weights, strongest first. Two that own a number each are here
            only where the two numbers are one.
        forbidden: pairs (l < r) that are known to be two people, and the witnesses to the contrary: entries that fit
            both. In the company of one of them the pair is one person.
        numbers: entry → the NIK it owns.
        items: pairs that are one item of one list: they join whatever they own, unless they are known to be two.
        decided: pairs (l < r) → whether a steward said that they are one person. That binds before all evidence;
            where two decisions cannot both be kept, people stay apart.
        light: pairs too light to join, heaviest first. From `LIKELY` on they do where nobody else fits either of them
            almost as well. Whoever stands in the list already is not meant by another line of it.
        listed: entry → the lists it stands in, of those in ``light`` and of all who may join them.
        margin: see `MARGIN`.
        sure: see `SURE`.
    """
    found = Clusters()
    edges, light = list(edges), list(light)
    decided = decided or {}
    said_apart = {pair: () for pair, same in decided.items() if not same}
    forbidden = {pair: their for pair, their in forbidden.items() if pair not in decided} | said_apart
    one_number = {
        frozenset((numbers[one], numbers[other]))
        for one, other, _ in edges
        if one in numbers and other in numbers
    }
    rules = _Rules(found, forbidden, numbers, one_number, _neighbours(edges), margin, listed)
    waiting: list[tuple[int, int, float]] = []
    for pair in sorted(pair for pair, same in decided.items() if same):
        rules.join_unless(rules.are_apart(*pair, said_apart), pair)
    for pair in items:
        rules.join_unless(rules.are_apart(*pair), pair)
    for one, other, weight in edges:
        if found.of(one) == found.of(other):
            continue
        if rules.exclude(one, other):
            found.cut.append((one, other))
        elif weight < sure and rules.have_rivals(one, other, weight):
            waiting.append((one, other, weight))
        else:
            found.join(one, other)
    rules = replace(rules, near=_neighbours(edges + light))
    for one, other, weight in waiting + light:
        if weight >= LIKELY and rules.fit_only_each_other(one, other, weight):
            found.join(one, other)
    found.doubtful = [(one, other) for one, other, _ in waiting if found.of(one) != found.of(other)]
    return found


def _neighbours(edges: Iterable[tuple[int, int, float]]) -> dict[int, list[tuple[int, float]]]:
    near: dict[int, list[tuple[int, float]]] = defaultdict(list)
    for one, other, weight in edges:
        near[one].append((other, weight))
        near[other].append((one, weight))
    return near


@dataclass(frozen=True)
class _Rules:
    """What stands against joining the clusters of two entries, as they are now."""

    found: Clusters
    forbidden: Mapping[tuple[int, int], Collection[int]]
    numbers: Mapping[int, str]
    one_number: set[frozenset[str]]
    """Pairs of numbers that are one with a slip in it."""
    near: Mapping[int, list[tuple[int, float]]]
    margin: float
    listed: Mapping[int, Collection[str]]

    def join_unless(self, is_excluded: bool, pair: tuple[int, int]) -> None:
        if self.found.of(pair[0]) != self.found.of(pair[1]):
            if is_excluded:
                self.found.cut.append(pair)
            else:
                self.found.join(*pair)

    def are_apart(
        self, one: int, other: int, by: Mapping[tuple[int, int], Collection[int]] | None = None
    ) -> bool:
        """Some of the one are known to be others than some of the other, and nobody among all of them fits both."""
        forbidden = self.forbidden if by is None else by
        mine, its = (self.found.entries(self.found.of(entry)) for entry in (one, other))
        witnesses = (forbidden.get((min(a, b), max(a, b))) for a in mine for b in its)
        return any(their is not None and set(their).isdisjoint([*mine, *its]) for their in witnesses)

    def exclude(self, one: int, other: int) -> bool:
        """They are apart, or own two numbers."""
        held, theirs = (
            {
                self.numbers[entry]
                for entry in self.found.entries(self.found.of(side))
                if entry in self.numbers
            }
            for side in (one, other)
        )
        two_numbers = held and theirs and not self._are_one(held | theirs)
        return bool(two_numbers) or self.are_apart(one, other)

    def _are_one(self, numbers: set[str]) -> bool:
        """All are one of them with a slip in it.

        Two slips of one number are further from each other than from it: those that are a slip apart and still are not
        one (twins) never come together over a third.
        """
        one = self.one_number
        apart = [pair for pair in combinations(numbers, 2) if frozenset(pair) not in one]
        return not any(DamerauLevenshtein.distance(*pair) <= 1 for pair in apart) and any(
            all(number == meant or frozenset((number, meant)) in one for number in numbers)
            for meant in numbers
        )

    def have_rivals(self, one: int, other: int, weight: float) -> bool:
        """One of the two fits somebody almost as well whom the other one's cluster excludes."""
        return self._has_rival(one, other, weight) or self._has_rival(other, one, weight)

    def _has_rival(self, entry: int, other: int, weight: float) -> bool:
        here = {self.found.of(entry), self.found.of(other)}
        return any(
            self.found.of(rival) not in here and self.exclude(rival, other)
            for rival, its in self.near[entry]
            if its > weight - self.margin
        )

    def fit_only_each_other(self, one: int, other: int, weight: float) -> bool:
        """Two that are not one yet may be, and neither fits somebody else almost as well who may be meant instead."""
        return (
            self.found.of(one) != self.found.of(other)
            and not self._are_others(one, other)
            and not self._may_be_another(one, other, weight)
            and not self._may_be_another(other, one, weight)
        )

    def _may_be_another(self, entry: int, other: int, weight: float) -> bool:
        """Somebody fits the entry almost as well, who is not known to be one with the other: apart from it, or never
        found to be like it.
        """
        here = {self.found.of(entry), self.found.of(other)}
        return any(
            self.found.of(rival) not in here
            and not self._are_others(rival, entry)
            and (self._are_others(rival, other) or not self._are_alike(rival, other))
            for rival, its in self.near[entry]
            if its > weight - self.margin
        )

    def _are_alike(self, one: int, other: int) -> bool:
        """Somebody of the one was compared with somebody of the other, and they are as likely one as not."""
        there = self.found.of(other)
        return any(
            its >= LIKELY and self.found.of(like) == there
            for entry in self.found.entries(self.found.of(one))
            for like, its in self.near.get(entry, ())
        )

    def _are_others(self, one: int, other: int) -> bool:
        """They exclude each other, or stand in one list side by side."""
        mine, its = (
            {name for entry in self.found.entries(self.found.of(side)) for name in self.listed.get(entry, ())}
            for side in (one, other)
        )
        return not mine.isdisjoint(its) or self.exclude(one, other)


def components(pairs: Iterable[tuple[int, int]]) -> dict[int, int]:
    """Entry → the least entry that a chain of ``pairs`` leads to, of all entries in them."""
    above: dict[int, int] = {}

    def top(entry: int) -> int:
        while (up := above.setdefault(entry, entry)) != entry:
            above[entry] = above.setdefault(up, up)  # halve the way for who comes after
            entry = up
        return entry

    for one, other in pairs:
        keep, gone = sorted((top(one), top(other)))
        above[gone] = keep
    return {entry: top(entry) for entry in list(above)}
