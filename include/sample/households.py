"""Families of a city: who lives together, how old they are, who is whose child.

A family is a row of 15 seats (head, spouse, eight children, …); seats that are taken become people, family by family.
Days are counted from 1970-01-01.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sample.draws import Draws, Flags, Integers
from sample.places import villages

AS_OF = int(np.datetime64("2024-06-30").astype(int))
YEAR = 365
MALE, FEMALE = 0, 1
HEAD, SPOUSE, CHILD, GRANDCHILD, PARENT, PARENT_IN_LAW, OTHER = range(7)
SEATS = np.array([HEAD, SPOUSE, *[CHILD] * 8, GRANDCHILD, GRANDCHILD, PARENT, PARENT_IN_LAW, OTHER])
CHILDREN = slice(2, 10)

# Heads of family by five-year age band from 20 to 89, and how many of each band live with a spouse.
HEAD_BANDS = (4, 9, 12, 13, 13, 12, 11, 9, 7, 5, 3, 2, 1, 1)
MARRIED = np.array([0.55, 0.8, 0.88, 0.9, 0.9, 0.88, 0.86, 0.82, 0.76, 0.68, 0.58, 0.48, 0.36, 0.25])
WANTED_CHILDREN = (6, 12, 24, 26, 17, 9, 4, 2, 1)
# Share of children of an age (in years) who still live with their parents.
AT_HOME = np.repeat([1.0, 0.85, 0.6, 0.4, 0.15, 0.04], [19, 4, 3, 4, 10, 60])


@dataclass(frozen=True)
class Households:
    """One value per person, in the order of families; ``village`` has one per family."""

    village: Integers
    family: Integers
    role: Integers
    sex: Integers
    born: Integers
    start: Integers  # per family: its first person, who is the head


def age(born: Integers) -> Integers:
    """Completed years on the sample's day, near enough."""
    return (AS_OF - born) * 4 // 1461


def form_households(people: int, seed: int) -> Households:
    """Families with exactly ``people`` members together; the last family may be cut short."""
    draws = Draws(seed, "households")
    count = people // 3 + 60  # families are larger than three on average, so this is enough
    village = np.sort(draws.pick(villages().weight, count))
    taken, born, sex = _seats(draws, count)
    family, seat = (places[:people] for places in np.nonzero(taken))
    if len(family) < people:
        raise ValueError(f"{count} families hold only {len(family)} of {people} people")
    families = int(family[-1]) + 1
    return Households(
        village=village[:families],
        family=family,
        role=SEATS[seat],
        sex=sex[family, seat],
        born=_first_of_january(draws, born[family, seat], SEATS[seat]),
        start=np.searchsorted(family, np.arange(families)),
    )


def _seats(draws: Draws, count: int) -> tuple[Flags, Integers, Integers]:
    """Which seats of each family are taken, with birth day and sex: three arrays of (family, seat)."""
    taken = np.zeros((count, len(SEATS)), dtype=bool)
    born = np.zeros((count, len(SEATS)), dtype=np.int64)
    sex = draws.chance(0.493, taken.size).astype(np.int64).reshape(taken.shape)

    band = draws.pick(HEAD_BANDS, count)
    born[:, 0] = AS_OF - (20 + band * 5) * 1461 // 4 - draws.below(5 * YEAR, count)
    taken[:, 0] = True
    taken[:, 1] = married = draws.chance(MARRIED[band])
    sex[:, 0] = np.where(married, MALE, draws.chance(0.7, count))
    sex[:, 1] = FEMALE
    younger = draws.between(-2 * YEAR, 5 * YEAR, count) + draws.between(-YEAR, 4 * YEAR, count)
    born[:, 1] = np.minimum(born[:, 0] + younger, AS_OF - 18 * YEAR)

    _children(
        draws,
        taken[:, CHILDREN],
        born[:, CHILDREN],
        mother=np.where(married, born[:, 1], born[:, 0]),
        few=~married & (sex[:, 0] == MALE),
    )

    old, young = age(born[:, 0]) >= 47, age(born[:, 0]) <= 55
    for place, rate in ((10, 0.14), (11, 0.06)):
        born[:, place] = AS_OF - draws.between(30, 12 * YEAR, count)
        taken[:, place] = old & draws.chance(rate, count)
    for place, rate in ((12, 0.07), (13, 0.035)):
        born[:, place] = born[:, 0] - draws.between(19 * YEAR, 36 * YEAR, count)
        taken[:, place] = young & draws.chance(rate, count)
    taken[:, 13] &= married
    sex[:, 12:14] |= draws.chance(0.5, 2 * count).reshape(count, 2)  # mothers outlive fathers
    born[:, 14] = AS_OF - draws.between(6 * YEAR, 32 * YEAR, count)
    taken[:, 14] = draws.chance(0.06, count)
    return taken, born, sex


def _children(draws: Draws, taken: Flags, born: Integers, mother: Integers, few: Flags) -> None:
    """Fill the children's seats: born one to five years apart (twins on one day), leaving home as they grow up."""
    count, places = taken.shape
    gaps = draws.between(400, 5 * YEAR, count * places).reshape(count, places)
    gaps[draws.chance(0.011, count * places).reshape(count, places)] = 0
    gaps[:, 0] = draws.between(18 * YEAR, 29 * YEAR, count)
    wanted = np.where(few, draws.pick((6, 3, 1), count), draws.pick(WANTED_CHILDREN, count))
    born[:] = mother[:, None] + np.cumsum(gaps, axis=1)
    years = np.clip(age(born), 0, 99)
    taken[:] = (
        (born < AS_OF)
        & (np.arange(places) < wanted[:, None])
        & (born - mother[:, None] < 45 * YEAR)
        & draws.chance(AT_HOME[years].ravel()).reshape(count, places)
    )


def _first_of_january(draws: Draws, born: Integers, role: Integers) -> Integers:
    """Older people who did not know their birthday were registered on 1 January."""
    rate = np.select([role == CHILD, age(born) >= 55, age(born) >= 40], [0.0, 0.08, 0.03], 0.003)
    years = born.astype("datetime64[D]").astype("datetime64[Y]").astype("datetime64[D]").astype(np.int64)
    return np.where(draws.chance(rate), years, born)
