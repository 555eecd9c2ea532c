"""The synthetic city: people, families and homes, all that the agencies' lists are made from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sample import identifiers, naming
from sample.draws import Draws, Integers
from sample.households import AS_OF, FEMALE, HEAD, SPOUSE, YEAR, Households, age, form_households
from sample.places import villages
from sample.words import Texts, lookup, pick_words, texts

ALIVE = np.iinfo(np.int64).max
WITHOUT_TRADE = texts(["Belum/Tidak Bekerja", "Pelajar/Mahasiswa", "Mengurus Rumah Tangga"])
ROMAN = texts(["I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X"])


@dataclass(frozen=True)
class Families:
    """One value per family."""

    village: Integers
    kk: Texts
    former_kk: Texts
    decile: Integers  # 1 = poorest tenth of the city
    address: Texts
    hamlet: Texts
    rt: Texts
    rw: Texts


@dataclass(frozen=True)
class People:
    """One value per person; ``born`` and ``died`` in days from 1970-01-01 (`ALIVE` for the living)."""

    family: Integers
    role: Integers
    sex: Integers
    born: Integers
    died: Integers
    group: Integers
    name: Texts
    mother: Texts
    birthplace: Texts
    occupation: Texts
    nik: Texts
    other_nik: Texts


@dataclass(frozen=True)
class City:
    """Everybody, and the seed that all further draws start from."""

    seed: int
    families: Families
    people: People
    homes: Households


def build_city(people: int, seed: int) -> City:
    """The same city for the same ``people`` and ``seed``, on every machine."""
    if people < 1:
        raise ValueError("a city needs at least one person")
    homes = form_households(people, seed)
    group = naming.groups(homes, seed)
    names = naming.full_names(homes, group, seed)
    prefix, birthplace = identifiers.registration(homes, seed)
    return City(
        seed=seed,
        homes=homes,
        families=_families(homes, seed),
        people=People(
            family=homes.family,
            role=homes.role,
            sex=homes.sex,
            born=homes.born,
            died=_deaths(homes, seed),
            group=group,
            name=names,
            mother=naming.mothers(homes, group, names, seed),
            birthplace=birthplace,
            occupation=_occupations(homes, seed),
            nik=identifiers.niks(homes, prefix),
            other_nik=identifiers.other_niks(homes, seed),
        ),
    )


def _families(homes: Households, seed: int) -> Families:
    draws = Draws(seed, "families")
    count = len(homes.start)
    kk, former_kk = identifiers.family_numbers(homes, seed)
    address, hamlet = _addresses(draws, count)
    return Families(
        village=homes.village,
        kk=kk,
        former_kk=former_kk,
        decile=_deciles(draws, homes),
        address=address,
        hamlet=hamlet,
        rt=lookup(draws.between(1, 6, count), "{:03d}".format),
        rw=lookup(draws.between(0, 4, count), "{:03d}".format),
    )


def _deciles(draws: Draws, homes: Households) -> Integers:
    """Poorer: some villages, large families, women alone with children, old heads."""
    count = len(homes.start)
    size = np.bincount(homes.family, minlength=count)
    alone = (homes.sex[homes.start] == FEMALE) & (size > 1)
    need = (
        draws.below(30, len(villages().code))[homes.village]
        + 6 * size
        + 15 * alone
        + np.abs(age(homes.born[homes.start]) - 45) // 2
        + draws.below(70, count)
    )
    order = np.argsort(-need, kind="stable")
    decile = np.empty(count, dtype=np.int64)
    decile[order] = np.arange(count) * 10 // count + 1
    return decile


def _addresses(draws: Draws, count: int) -> tuple[Texts, Texts]:
    street = pick_words(draws, "streets", count)
    form = draws.pick((60, 15, 15, 10), count)
    number = draws.between(1, 180, count)
    ward = ROMAN[draws.below(len(ROMAN), count)]
    forms = (
        lambda s, n, w: f"Jl. {s} No. {n}",
        lambda s, n, w: f"Jl. {s} Lk. {w}",
        lambda s, n, w: f"Jl. {s}, Gg. {s.split()[-1]} No. {n}",
        lambda s, n, w: f"Jl. {s}",
    )
    rows = zip(form.tolist(), street, number.tolist(), ward, strict=True)
    return texts(forms[f](s, n, w) for f, s, n, w in rows), texts(["Lingkungan "]) + ward


def _deaths(homes: Households, seed: int) -> Integers:
    """Day of death of those who died in the last four years."""
    draws = Draws(seed, "deaths")
    years = age(homes.born)
    rate = np.select([years < 5, years < 40, years < 60, years < 75], [0.0, 0.003, 0.015, 0.06], 0.18)
    day = AS_OF - draws.below(4 * YEAR, len(years))
    return np.where(draws.chance(rate), day, ALIVE)


def _occupations(homes: Households, seed: int) -> Texts:
    """Trades of a fishing town for adults; school, household or nothing for the others."""
    draws = Draws(seed, "occupations")
    years = age(homes.born)
    count = len(years)
    housewife = (homes.sex == FEMALE) & draws.chance(np.where(homes.role == SPOUSE, 0.68, 0.25))
    idle = draws.chance(np.where(homes.role == HEAD, 0.04, 0.3))
    kind = np.select([years < 6, years < 19, years >= 70, housewife, idle], [0, 1, 0, 2, 0], 3)
    trade = pick_words(draws, "occupations", count)
    trade[(years >= 58) & draws.chance(0.15, count)] = "Pensiunan"
    return np.where(kind == 3, trade, WITHOUT_TRADE[kind % 3])
