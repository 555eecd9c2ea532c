"""The people of a labelled population: families, homes and numbers as they are, before anybody writes them down.

Families and ages are those of the sample's households; names, regions, moves and marriages are this module's. There are
two times: *once* (2015, before moves and marriages) and *now*.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from bench.identity.naming import Naming, name_people
from sample.draws import Draws, Integers
from sample.households import (
    AS_OF,
    CHILD,
    FEMALE,
    GRANDCHILD,
    HEAD,
    SPOUSE,
    YEAR,
    Households,
    age,
    form_households,
)
from sample.identifiers import day_digits
from sample.words import Texts, join, numbers, pick_words, texts

ALIVE = np.iinfo(np.int64).max
FIRST, FIRST_CARD, OFFICES = 4001, 6401, 600
"""Serials of people and of family cards: beyond what any office gives out in a day, so the numbers are nobody's."""
FAR_AWAY = np.arange(320_101, 320_141)
"""Districts where second numbers come from; no population lives there."""


@dataclass(frozen=True)
class World:
    """What a population is like; every share is 0 to 1.

    Attributes:
        naming: how people are named.
        districts: Kemendagri codes of the districts people live in, with weights.
        villages: villages of each district.
        elsewhere: share whose NIK was given by another district of the list.
        first_of_january: of those born before 1980, how many were registered on 1 January.
        block: people all born on 1 January 1970 by their documents.
        twins: further share of children with the birth day of the child before them.
        alike: share of children named as the sibling before them, but for the last letters or word.
        same_name: share of children and grandchildren who bear the head's name.
        married, moved: share of young couples with an own card since, and of families that changed village since.
        died: share of people past 50 who died in the last years.
    """

    naming: Naming
    districts: dict[str, int]
    villages: int = 8
    elsewhere: float = 0.15
    first_of_january: float = 0.06
    block: int = 0
    twins: float = 0.0
    alike: float = 0.01
    same_name: float = 0.002
    married: float = 0.3
    moved: float = 0.06
    died: float = 0.08


@dataclass(frozen=True)
class People:
    """One value per person; families' values are spread over their members."""

    family: Integers
    role: Integers
    sex: Integers
    born: Integers
    died: Integers
    name: Texts
    mother: Texts
    nik: Texts
    other_nik: Texts
    relative: Integers  # somebody of the family: husband of the wife, mother of the child; oneself when alone
    kk: Texts
    kk_once: Texts
    village: Integers  # position in `villages`
    village_once: Integers
    address: Texts
    address_once: Texts
    is_twin: np.ndarray
    villages: Texts  # code of each village

    def __len__(self) -> int:
        return len(self.family)


def populate(world: World, people: int, seed: int) -> People:
    """Invent exactly ``people`` people."""
    homes = form_households(people, seed)
    draws = Draws(seed, "world")
    born, twin = _born(world, homes, draws)
    families = len(homes.start)
    codes = [f"{code}.{2001 + n}" for code in world.districts for n in range(world.villages)]
    weights = np.repeat(list(world.districts.values()), world.villages)
    home, before = draws.pick(weights, families), draws.pick(weights, families)
    once = np.where(draws.chance(world.moved, families), before, home)
    kk, kk_once = _cards(draws, home, once, world)
    address, address_once = (_addresses(draws, families) for _ in range(2))
    family, family_once = homes.family, _parents(world, homes, draws)
    name, mother = _names(world, homes, draws)
    issued_at = np.where(draws.chance(world.elsewhere, people), draws.pick(weights, people), home[family])
    plus = 40 * (homes.sex == FEMALE)
    prefix = _prefixes(world)[issued_at // world.villages]
    other = FAR_AWAY[draws.below(len(FAR_AWAY), people)]
    stays = (once == home)[family] & (family_once == family)
    return People(
        family=family,
        role=homes.role,
        sex=homes.sex,
        born=born,
        died=np.where(
            (age(born) > 50) & draws.chance(world.died, people), AS_OF - draws.below(3 * YEAR, people), ALIVE
        ),
        name=name,
        mother=mother,
        nik=numbers(issue(prefix, day_digits(born, plus), FIRST)),
        other_nik=numbers(issue(other, day_digits(born, plus), FIRST)),
        relative=_relatives(homes),
        kk=kk[family],
        kk_once=kk_once[family_once],
        village=home[family],
        village_once=once[family_once],
        address=address[family],
        address_once=np.where(stays, address[family], address_once[family_once]),
        is_twin=twin,
        villages=texts(codes),
    )


def issue(prefix: Integers, day: Integers, first: int) -> Integers:
    """Distinct numbers of 16 digits: each office counts up for each day, in an order that says nothing of families."""
    stem = prefix * 1_000_000 + day
    order = np.argsort(stem, kind="stable")
    ranked, place = stem[order], np.arange(len(stem))
    rank = np.empty_like(place)
    rank[order] = place - np.maximum.accumulate(np.where(np.r_[True, ranked[1:] != ranked[:-1]], place, 0))
    office = (stem.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) >> np.uint64(40)) % np.uint64(OFFICES)
    serial = first + office.astype(np.int64) + rank
    if len(serial) and int(serial.max()) > 9_999:
        raise ValueError("more people of one day and district than there are serials")
    return stem * 10_000 + serial


def _born(world: World, homes: Households, draws: Draws) -> tuple[Integers, np.ndarray]:
    born, count = homes.born.copy(), len(homes.born)
    child = homes.role == CHILD
    follows = np.r_[False, child[1:] & child[:-1] & (homes.family[1:] == homes.family[:-1])]
    pair = np.flatnonzero(follows & draws.chance(world.twins, count))
    born[pair] = born[pair - 1]
    years = born.astype("datetime64[D]").astype("datetime64[Y]").astype("datetime64[D]").astype(np.int64)
    old = born < 10 * YEAR
    born = np.where(old & draws.chance(world.first_of_january, count), years, born)
    grown = np.flatnonzero(~child & (age(born) > 40))
    chosen = draws.shuffled(len(grown))[: min(world.block, len(grown) * 3 // 5)]
    born[grown[chosen]] = 0
    same_day = follows & np.r_[False, born[1:] == born[:-1]]
    return born, same_day | np.r_[same_day[1:], False]


def _names(world: World, homes: Households, draws: Draws) -> tuple[Texts, Texts]:
    naming, count, child = world.naming, len(homes.sex), homes.role == CHILD
    culture = draws.pick(tuple(naming.cultures.values()), len(homes.start))[homes.family]
    parts = name_people(naming, culture, homes.sex, draws)
    follows = np.r_[False, child[1:] & child[:-1] & (homes.family[1:] == homes.family[:-1])]
    like = np.flatnonzero(
        follows & np.r_[False, homes.sex[1:] == homes.sex[:-1]] & draws.chance(world.alike, count)
    )
    for part in parts[:2]:
        part[like] = part[like - 1]
    _make_like(parts[1], like, draws)
    name = join(*parts)
    head = homes.start[homes.family]
    heirs = np.isin(homes.role, (CHILD, GRANDCHILD)) & (homes.sex == homes.sex[head])
    heirs &= draws.chance(world.same_name, count)
    name[heirs] = name[head[heirs]]
    older = replace(naming, words=(naming.words[0] * 2 + 1, *naming.words[1:]))
    unseen = join(*name_people(older, culture, np.full(count, FEMALE), draws))
    after = np.minimum(head + 1, count - 1)
    of_child = np.where(homes.sex[head] == FEMALE, name[head],
                        np.where(homes.role[after] == SPOUSE, name[after], unseen[after]))  # fmt: skip
    return name, np.where(child, of_child, unseen)


def _make_like(given: Texts, rows: Integers, draws: Draws) -> None:
    """Aminah → Aminatun: siblings whose names begin alike."""
    endings = texts(["atun", "ah", "iyah", "udin", "a", "ul", "i"])
    tails = endings[draws.below(len(endings), len(rows))]
    given[rows] = [word.rstrip("aeiouh") + tail for word, tail in zip(given[rows], tails, strict=True)]


def _relatives(homes: Households) -> Integers:
    """Husband of the wife, wife or mother of the others; the next in line where there is neither."""
    place = np.arange(len(homes.sex))
    head = homes.start[homes.family]
    after = np.minimum(head + 1, len(place) - 1)
    has_spouse = (homes.role[after] == SPOUSE) & (homes.family[after] == homes.family)
    other = np.where(homes.role == SPOUSE, head, np.where(has_spouse, after, head))
    follower = np.where(homes.family[after] == homes.family, after, place)
    return np.where(homes.role == HEAD, follower, other)


def _parents(world: World, homes: Households, draws: Draws) -> Integers:
    """The family on whose card each person stood once: young couples on those of others, their parents'."""
    count, families = len(homes.family), len(homes.start)
    couple = np.isin(homes.role, (HEAD, SPOUSE)) & (age(homes.born) < 38)
    came = couple & draws.chance(world.married, count)
    return np.where(came, draws.below(families, count), homes.family)


def _cards(draws: Draws, home: Integers, once: Integers, world: World) -> tuple[Texts, Texts]:
    prefixes, count = _prefixes(world), len(home)
    days = AS_OF - draws.below(8 * YEAR, count), AS_OF - 10 * YEAR - draws.below(6 * YEAR, count)
    now = issue(prefixes[home // world.villages], day_digits(days[0]), FIRST_CARD)
    then = issue(prefixes[once // world.villages], day_digits(days[1]), FIRST_CARD)
    renewed = (home != once) | draws.chance(0.25, count)
    return numbers(now), numbers(np.where(renewed, then, now))


def _prefixes(world: World) -> Integers:
    return np.array([int(code.replace(".", "")) for code in world.districts])


def _addresses(draws: Draws, count: int) -> Texts:
    street, number, rt = pick_words(draws, "streets", count), draws.below(250, count), draws.below(9, count)
    return texts(f"JL. {name.upper()} NO. {n + 1} RT {r + 1:03d}/002"
                 for name, n, r in zip(street, number.tolist(), rt.tolist(), strict=True))  # fmt: skip
