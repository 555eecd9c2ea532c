"""Records that carry one valid NIK under names that are not the same: how many people are they?

A wrong merge costs a family its aid, a missed one costs a visit. So records stay together only while nothing
contradicts; where something does, each keeps the company it agrees with, and whatever is unclear stands alone, to be
compared with everybody by its other attributes.

Most wrong pairs under one valid NIK are relatives: a payment list with the child's NIK and the mother's name. Such a
list has no birth date, and a family often has a word of its names in common, so a word in common is not enough. Nor
is the birth date: it is written in the NIK, and a slip in the last digits hits somebody born on the same day.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from typing import NamedTuple, TypeVar

from rapidfuzz.distance import Levenshtein

from simpul.identity.levels import NameLevel, compare_names, resemble
from simpul.identity.normal import Name, name, readings

MANY = 60
"""More different names under one NIK are a default number, not a person: nothing is compared."""


_CARD_SLIPS = 2
_T = TypeVar("_T")


class Carrier(NamedTuple):
    """Records that say the same and whose valid NIK this is; ``key`` tells it from others, ``card`` is the family's."""

    key: str
    birth_date: date | None
    name: str | None
    mother: str | None = None
    card: str | None = None
    records: int = 1


@dataclass(frozen=True)
class Side:
    """One person among the carriers. ``owns_nik``: the NIK is theirs as far as anybody can tell."""

    keys: tuple[str, ...]
    owns_nik: bool


class _Face(NamedTuple):
    """What is known of a carrier; records that say the same are one."""

    birth_date: date | None
    names: tuple[Name, ...]

    def level(self, other: _Face) -> NameLevel:
        return max(compare_names(one, its) for one in self.names for its in other.names)

    def resembles(self, other: _Face) -> bool:
        return resemble(self.names[0], other.names[0])

    def agrees(self, other: _Face) -> bool:
        level = self.level(other)
        if level == NameLevel.MISSING:
            return self.birth_date is not None and self.birth_date == other.birth_date
        return level >= NameLevel.CONTAINED

    def contradicts(self, other: _Face) -> bool:
        if self.level(other) not in (NameLevel.NOTHING, NameLevel.PART):
            return False
        return self._has_another_date(other) or not self.resembles(other)

    def fits(self, other: _Face) -> bool:
        """The whole name, mistyped at most; a part of a name fits a relative's as well."""
        level = self.level(other)
        is_whole = level >= NameLevel.PHONETIC and level != NameLevel.ABBREVIATED
        return not self._has_another_date(other) and (is_whole or self.resembles(other))

    def _has_another_date(self, other: _Face) -> bool:
        return len({self.birth_date, other.birth_date} - {None}) > 1


def sides(carriers: Iterable[Carrier]) -> list[Side]:
    """The people among the carriers of one NIK. Does not depend on their order; one side = they are one person.

    1. While no two contradict each other, all are one: the NIK itself speaks for that. Names that are no more than
       badly mistyped do not contradict each other, unless the dates differ; nor do two that are both mistyped, each
       from a name that is there as well.
    2. Else who agrees is together, unless that chains two who contradict each other: then only equal records stay
       together.

    A namesake from another home (`_strangers`) is set aside before that, alone: a clerk took the wrong person's number.

    The NIK is owned by the one side in which its birth date is proven, else by the only one, else by nobody.
    """
    carriers = list(carriers)
    strangers = _strangers(carriers)
    keys: dict[_Face, list[str]] = {}
    for carrier in carriers:
        if carrier.key in strangers:
            continue
        keys.setdefault(_Face(carrier.birth_date, readings(carrier.name)), []).append(carrier.key)
    faces = list(keys)
    if len(faces) > MANY:
        groups = [[face] for face in faces]
    elif not _has_contradiction(faces):
        groups = [faces]
    else:
        groups = _agreeing(faces)
    owner = _only(groups, lambda face: face.birth_date is not None) or _only(groups, lambda face: True)
    found = [
        Side(tuple(sorted(key for face in group for key in keys[face])), group is owner) for group in groups
    ]
    found += [Side((key,), owns_nik=False) for key in strangers]
    return sorted(found, key=lambda side: side.keys)


def _strangers(carriers: Sequence[Carrier]) -> set[str]:
    """Namesakes from another home: another card and another mother than a home from which more of the records come.

    A home is all that cards or mothers bring together. Of two from which as many come, the one in which no birth date
    stands beside the number gives way. On labelled villages, where many are called alike, nearly all of them are
    another person.
    """
    told = [carrier for carrier in carriers if carrier.card and carrier.mother]
    if not 1 < len(told) <= MANY:
        return set()
    homes = _components(told, _share_a_home)
    weights = [(sum(one.records for one in home), any(one.birth_date for one in home)) for home in homes]
    heaviest = max(weights)
    return {
        carrier.key
        for home, weight in zip(homes, weights, strict=True)
        if weight < heaviest
        for carrier in home
    }


def _share_a_home(one: Carrier, other: Carrier) -> bool:
    if one.card == other.card or one.mother == other.mother:
        return True
    if Levenshtein.distance(one.card or "", other.card or "", score_cutoff=_CARD_SLIPS) <= _CARD_SLIPS:
        return True
    mine, its = name(one.mother), name(other.mother)
    return compare_names(mine, its) != NameLevel.NOTHING or resemble(mine, its)


def _only(groups: Sequence[list[_Face]], condition: Callable[[_Face], bool]) -> list[_Face] | None:
    fit = [group for group in groups if any(condition(face) for face in group)]
    return fit[0] if len(fit) == 1 else None


def _agreeing(faces: Sequence[_Face]) -> list[list[_Face]]:
    groups = []
    for group in _components(faces, _Face.agrees):
        groups += [[face] for face in group] if _has_contradiction(group) else [group]
    return groups


def _components(items: Sequence[_T], are_together: Callable[[_T, _T], bool]) -> list[list[_T]]:
    """What a chain of pairs that are together brings together."""
    leader = list(range(len(items)))

    def find(place: int) -> int:
        while leader[place] != place:
            place = leader[place]
        return place

    for one, other in combinations(range(len(items)), 2):
        if find(one) != find(other) and are_together(items[one], items[other]):
            leader[find(one)] = find(other)
    groups: dict[int, list[_T]] = {}
    for place, item in enumerate(items):
        groups.setdefault(find(place), []).append(item)
    return list(groups.values())


def _has_contradiction(faces: Sequence[_Face]) -> bool:
    """Two contradict each other, and no third is what both were meant to be."""
    return any(
        one.contradicts(other) and not any(third.fits(one) and third.fits(other) for third in faces)
        for one, other in combinations(faces, 2)
    )
