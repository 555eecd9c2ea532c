"""Numbers by the real grammar, from a range no office has issued.

A NIK is ``PPKKCC DDMMYY SSSS`` (women: day + 40), a KK number the same with its day of issue. Offices count serials up
from 0001 for each district and day and never reach the thousands, so numbers whose serial is above 4000 obey every rule
and still belong to nobody. The four bands below keep NIK and KK apart, too.
"""

from __future__ import annotations

import numpy as np

from sample.draws import Draws, Integers
from sample.households import AS_OF, FEMALE, YEAR, Households, age
from sample.places import registration_places, villages
from sample.words import Texts, numbers

FIRST_NIK, FIRST_OTHER_NIK, FIRST_KK, FIRST_FORMER_KK = 6001, 5001, 9001, 4001
SPREAD = {FIRST_NIK: 1500, FIRST_OTHER_NIK: 400, FIRST_KK: 500, FIRST_FORMER_KK: 500}


def issue(prefix: Integers, day: Integers, first: int) -> Integers:
    """Distinct 16-digit numbers for (``prefix``, ``day`` as DDMMYY); twins, side by side, get serials side by side."""
    stem = prefix * 1_000_000 + day
    order = np.argsort(stem, kind="stable")
    ranked = stem[order]
    place = np.arange(len(stem))
    starts = np.maximum.accumulate(np.where(np.r_[True, ranked[1:] != ranked[:-1]], place, 0))
    rank = np.empty_like(place)
    rank[order] = place - starts
    office = stem.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) >> np.uint64(
        40
    )  # where this office's count stands
    serial = first + (office % np.uint64(SPREAD[first])).astype(np.int64) + rank
    return stem * 10_000 + serial


def day_digits(days: Integers, plus: Integers | int = 0) -> Integers:
    """Days as the number DDMMYY, with ``plus`` added to DD."""
    date = days.astype("datetime64[D]")
    month = date.astype("datetime64[M]")
    day = (date - month.astype("datetime64[D]")).astype(np.int64) + 1
    months = month.astype(np.int64) + 1970 * 12
    return (day + plus) * 10_000 + (months % 12 + 1) * 100 + months // 12 % 100


def registration(homes: Households, seed: int) -> tuple[Integers, Texts]:
    """Six-digit prefix and birthplace of each person: 85 % are registered in the city's own districts."""
    draws = Draws(seed, "registration")
    count = len(homes.family)
    local_prefix = numbers_of(villages().district_code)
    home = local_prefix[homes.village[homes.family]]
    any_district = local_prefix[draws.pick(villages().weight, count)]
    own = draws.chance(np.where(age(homes.born) < 17, 0.9, 0.6))
    prefix = np.where(own, home, any_district)
    place = np.full(count, "Tanjungbalai", dtype=object)
    elsewhere = registration_places()
    away = draws.chance(np.where(age(homes.born) < 17, 0.05, 0.2))
    places = draws.pick(elsewhere.weight, count)
    prefix[away], place[away] = elsewhere.prefix[places[away]], elsewhere.place[places[away]]
    near = ~away & draws.chance(0.08, count)  # born elsewhere, registered in the city
    place[near] = elsewhere.place[places[near]]
    return prefix, place


def numbers_of(codes: Texts) -> Integers:
    """Dotted region codes as whole numbers."""
    return np.array([int(code.replace(".", "")) for code in codes])


def niks(homes: Households, prefix: Integers) -> Texts:
    """The number of each person, registered at ``prefix``."""
    return numbers(issue(prefix, day_digits(homes.born, 40 * (homes.sex == FEMALE)), FIRST_NIK))


def other_niks(homes: Households, seed: int) -> Texts:
    """A second number of each person, as people have who were registered twice; most are never used."""
    draws = Draws(seed, "other nik")
    places = registration_places()
    prefix = places.prefix[draws.pick(places.weight, len(homes.family))]
    return numbers(issue(prefix, day_digits(homes.born, 40 * (homes.sex == FEMALE)), FIRST_OTHER_NIK))


def family_numbers(homes: Households, seed: int) -> tuple[Texts, Texts]:
    """KK number of each family, and the one it had before its card was renewed or split."""
    draws = Draws(seed, "kk")
    count = len(homes.start)
    prefix = numbers_of(villages().district_code)[homes.village]
    issued = AS_OF - draws.below(9 * YEAR, count)
    former = AS_OF - 9 * YEAR - draws.below(8 * YEAR, count)
    return (
        numbers(issue(prefix, day_digits(issued), FIRST_KK)),
        numbers(issue(prefix, day_digits(former), FIRST_FORMER_KK)),
    )
