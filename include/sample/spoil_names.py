"""How names go wrong, and how they are written otherwise."""

from __future__ import annotations

import numpy as np

from sample.city import ALIVE
from sample.households import CHILD, FEMALE, MALE, age
from sample.misspelling import mistype, respell
from sample.naming import MUSLIM
from sample.spot import Spot, constant, spoiler
from sample.words import Texts, pick_words, texts

constant("", "name_missing")


@spoiler
def _name_typo(spot: Spot) -> list[str]:
    return mistype(spot.value, spot.draws)


@spoiler
def _name_variant(spot: Spot) -> list[str]:
    return respell(spot.value, spot.draws)


@spoiler
def _name_initial(spot: Spot) -> list[str]:
    """``AHMAD FAUZI LUBIS`` → ``AHMAD F. LUBIS`` or ``A. FAUZI LUBIS``; mononyms stay."""
    spoilt = []
    for name, dice in zip(spot.value, spot.draws.below(1 << 16, len(spot)).tolist(), strict=True):
        parts = name.split()
        if len(parts) > 1:
            at = dice % (len(parts) - 1)
            parts[at] = parts[at][0] + "."
        spoilt.append(" ".join(parts))
    return spoilt


@spoiler
def _name_short(spot: Spot) -> list[str]:
    return [" ".join(name.split()[:-1]) or name for name in spot.value]


@spoiler
def _name_swapped(spot: Spot) -> list[str]:
    return [" ".join(name.split()[-1:] + name.split()[:-1]) for name in spot.value]


@spoiler
def _name_title(spot: Spot) -> list[str]:
    """The pilgrim's title, a degree, or the mark of the dead; the young have none of them."""
    people, person = spot.city.people, spot.person
    years, woman = age(people.born[person]), (people.sex[person] == FEMALE).astype(int)
    pilgrim = MUSLIM[people.group[person]] & (years >= 40) & spot.draws.chance(0.8, len(spot))
    which = np.select([people.died[person] != ALIVE, pilgrim, years >= 23], [3, 2, 1], 0)
    forms = (("{}", "{}"), ("{}, S.PD", "DRA. {}"), ("H. {}", "HJ. {}"), ("ALM. {}", "ALMH. {}"))
    return [forms[form][sex].format(name) for name, form, sex in zip(spot.value, which, woman, strict=True)]


@spoiler
def _name_father(spot: Spot) -> Texts:
    """Only Muslims of the city name themselves after the father; children after the head of their family."""
    people, person = spot.city.people, spot.person
    head = spot.city.homes.start[people.family[person]]
    known = (people.role[person] == CHILD) & (people.sex[head] == MALE)
    words = np.where(known, texts(name.split()[0] for name in people.name[head]),
                     pick_words(spot.draws, "muslim_male", len(spot)))  # fmt: skip
    links = texts([" BIN ", " BINTI "])[people.sex[person]]
    full = spot.value + links + texts(word.upper() for word in words)
    return np.where(MUSLIM[people.group[person]], full, spot.value)


@spoiler
def _name_blanks(spot: Spot) -> list[str]:
    return [name.replace(" ", "  ", 1) if " " in name else name + " " for name in spot.value]


@spoiler
def _name_apostrophe(spot: Spot) -> list[str]:
    """``NURAINI`` → ``NUR'AINI``."""
    middles = [len(name.split(" ")[0]) // 2 for name in spot.value]
    return [f"{name[:at]}'{name[at:]}" for name, at in zip(spot.value, middles, strict=True)]


@spoiler
def _name_case(spot: Spot) -> list[str]:
    small = spot.draws.chance(0.3, len(spot)).tolist()
    return [name.lower() if lower else name.title() for name, lower in zip(spot.value, small, strict=True)]


@spoiler
def _mother_missing(spot: Spot) -> Texts:
    return texts(["", "-", ""])[spot.draws.below(3, len(spot))]


@spoiler
def _mother_typo(spot: Spot) -> list[str]:
    return mistype(spot.value, spot.draws)


@spoiler
def _mother_short(spot: Spot) -> list[str]:
    return [name.split()[0] for name in spot.value]
