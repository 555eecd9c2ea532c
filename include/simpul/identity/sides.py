"""Records that carry one NIK and do not fit together: how many people are they?

A wrong merge costs a family its aid, a missed one costs a visit. So records stay together only while nothing
contradicts; where something does, each keeps the company it agrees with, and whatever is unclear stands alone.

On the synthetic city, whose truth is known, most wrong pairs under one valid NIK are relatives: a payment list with the
child's NIK and the mother's name. There is no birth date on such a list, so a wholly different name counts as a
contradiction unless the birth date is known to be the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations

from simpul.identity.names import Likeness, likeness, name_parts

MANY = 60
"""More different names and dates than this under one NIK are a default number, not a person: nothing is compared."""


@dataclass(frozen=True)
class Carrier:
    """A record that carries the NIK.

    ``key`` tells it from others; ``is_trusted``: the NIK does not contradict birth date and sex of its own record.
    """

    key: str
    birth_date: date | None
    name: str | None
    is_trusted: bool = True


@dataclass(frozen=True)
class Side:
    """One person among the carriers. ``owns_nik``: the NIK is theirs as far as anybody can tell."""

    keys: tuple[str, ...]
    owns_nik: bool


@dataclass(frozen=True)
class _Face:
    """What is known of a carrier; records that say the same are one."""

    birth_date: date | None
    parts: tuple[str, ...]
    is_trusted: bool

    @property
    def is_proven(self) -> bool:
        """The birth date in the NIK was compared with one beside it."""
        return self.is_trusted and self.birth_date is not None

    def agrees(self, other: _Face) -> bool:
        same, differ = self._dates(other)
        names = likeness(self.parts, other.parts)
        if names == Likeness.UNKNOWN:
            return same
        both_trusted = self.is_trusted and other.is_trusted
        return names == Likeness.ALL or (names == Likeness.PART and (same or (both_trusted and not differ)))

    def contradicts(self, other: _Face) -> bool:
        same, _ = self._dates(other)
        return not same and likeness(self.parts, other.parts) == Likeness.NOTHING

    def _dates(self, other: _Face) -> tuple[bool, bool]:
        known = self.birth_date is not None and other.birth_date is not None
        return known and self.birth_date == other.birth_date, known and self.birth_date != other.birth_date


def sides(carriers: Iterable[Carrier]) -> list[Side]:
    """The people among the carriers of one NIK. Does not depend on their order; one side = they are one person.

    1. Who agrees (the names are alike, or partly and the birth date too) is together, unless that chains two who
       contradict each other (names wholly different, birth date not known to be the same): then only equal records stay
       together.
    2. Sides with a trusted record are one when no two of them contradict: the NIK itself speaks for that.

    The NIK is owned by the one side in which its birth date is proven, else by the one that is trusted, else by nobody.
    """
    keys: dict[_Face, list[str]] = {}
    for carrier in carriers:
        face = _Face(carrier.birth_date, name_parts(carrier.name), carrier.is_trusted)
        keys.setdefault(face, []).append(carrier.key)
    groups = [[face] for face in keys] if len(keys) > MANY else _unite_trusted(_agreeing(list(keys)))
    owner = _only(groups, lambda face: face.is_proven) or _only(groups, lambda face: face.is_trusted)
    found = [
        Side(tuple(sorted(key for face in group for key in keys[face])), group is owner) for group in groups
    ]
    return sorted(found, key=lambda side: side.keys)


def _only(groups: Sequence[list[_Face]], condition: Callable[[_Face], bool]) -> list[_Face] | None:
    fit = [group for group in groups if any(condition(face) for face in group)]
    return fit[0] if len(fit) == 1 else None


def _unite_trusted(groups: list[list[_Face]]) -> list[list[_Face]]:
    trusted = [group for group in groups if any(face.is_trusted for face in group)]
    united = [face for group in trusted for face in group]
    if len(trusted) < 2 or _has_contradiction(united):
        return groups
    return [group for group in groups if not any(face.is_trusted for face in group)] + [united]


def _agreeing(faces: Sequence[_Face]) -> list[list[_Face]]:
    groups = []
    for group in _components(faces):
        groups += [[face] for face in group] if _has_contradiction(group) else [group]
    return groups


def _components(faces: Sequence[_Face]) -> list[list[_Face]]:
    """Connected components of "agrees"."""
    leader = {face: face for face in faces}

    def find(face: _Face) -> _Face:
        while leader[face] != face:
            face = leader[face]
        return face

    for one, other in combinations(faces, 2):
        if one.agrees(other):
            leader[find(one)] = find(other)
    groups: dict[_Face, list[_Face]] = {}
    for face in faces:
        groups.setdefault(find(face), []).append(face)
    return list(groups.values())


def _has_contradiction(faces: Sequence[_Face]) -> bool:
    return any(one.contradicts(other) for one, other in combinations(faces, 2))
