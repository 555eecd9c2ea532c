"""Who stands in the registry and who receives what: mostly the poor, with the errors every programme has.

Families that should receive and do not (exclusion), families that receive and should not (inclusion), payments to the
dead and people who dropped out are all in here; nothing of it is a fault of a file.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from sample.city import ALIVE, City
from sample.draws import Draws, Flags, Integers
from sample.households import HEAD, SPOUSE, age

# Share of the families of each decile that the registry lists: 40 % of all, and not only the poorest four tenths.
IN_DTKS = np.array([0.93, 0.89, 0.82, 0.67, 0.34, 0.16, 0.09, 0.05, 0.03, 0.02])
# Share of the listed families of each decile.
WITH_SEMBAKO = np.array([0.64, 0.58, 0.48, 0.36, 0.28, 0.22, 0.18, 0.15, 0.12, 0.10])
WITH_PKH = np.array([0.62, 0.52, 0.38, 0.26, 0.16, 0.10, 0.08, 0.06, 0.05, 0.05])
WITH_PBI = np.array([0.90, 0.87, 0.84, 0.78, 0.70, 0.62, 0.55, 0.50, 0.45, 0.40])
PBI_OUTSIDE = 0.045
SEMBAKO_QUARTER_IDR = 600_000  # Rp 200,000 a month
# PKH per quarter and component, dearest first (2024); at most four people of a family count.
PKH_QUARTER_IDR = {"young": 750_000, "elderly": 600_000, "sma": 500_000, "smp": 375_000, "sd": 225_000}
PKH_PEOPLE = 4
# Half a year later: listed families that were dropped, others that were added, listed dead who were taken out.
DROPPED, ADDED, TAKEN_OUT = 0.06, 0.03, 0.6


@dataclass(frozen=True)
class Programmes:
    """Membership per person (``dtks``, ``pbi``) and per family (the others); amounts in Rp per quarter."""

    dtks: Flags
    dtks_id: Integers  # number in the registry, for everybody
    pbi: Flags
    sembako: Flags
    pkh_idr: Integers  # 0 = no PKH
    recipient: Integers  # per family: the person who holds the card
    card: Integers  # per family: 16-digit card number


def enrol(city: City) -> Programmes:
    """Register and enrol the city's families and people."""
    draws = Draws(city.seed, "programmes")
    families, people = city.families, city.people
    rank = families.decile - 1
    listed = draws.chance(IN_DTKS[rank])
    pkh = listed & draws.chance(WITH_PKH[rank])
    sembako = (listed | draws.chance(0.004, len(rank))) & draws.chance(WITH_SEMBAKO[rank])
    insured = np.where(listed, draws.chance(WITH_PBI[rank]), draws.chance(PBI_OUTSIDE, len(rank)))
    gone = people.died != ALIVE
    count = len(people.family)
    return Programmes(
        dtks=listed[people.family] & draws.chance(_listed_person(people.born, gone)),
        dtks_id=draws.shuffled(count) + 1,
        pbi=insured[people.family] & draws.chance(np.where(gone, 0.35, 0.97)),
        sembako=sembako,
        pkh_idr=np.where(pkh, pkh_amounts(city), 0),
        recipient=_recipients(city, draws),
        card=6013_99_0000_0000_00
        + draws.shuffled(len(rank)) * 7_919_333 % 10**10,  # 7,919,333 and 10 share no factor
    )


def half_a_year_later(city: City, programmes: Programmes) -> Programmes:
    """The same programmes with the registry's next edition: families left and joined, most of the dead are out."""
    draws = Draws(city.seed, "programmes half a year later")
    family, count = city.people.family, len(city.families.kk)
    listed = np.bincount(family[programmes.dtks], minlength=count) > 0
    listed_now = np.where(listed, ~draws.chance(DROPPED, count), draws.chance(ADDED, count))
    was_left_out = listed[family] & ~programmes.dtks
    taken_out = (city.people.died != ALIVE) & draws.chance(TAKEN_OUT, len(family))
    return replace(programmes, dtks=listed_now[family] & ~was_left_out & ~taken_out)


def pkh_amounts(city: City) -> Integers:
    """Rp per quarter for the four dearest components of each family; 0 without any."""
    years, family = age(city.people.born), city.people.family
    school = city.people.occupation == "Pelajar/Mahasiswa"
    members = {
        "young": years <= 6,
        "elderly": years >= 60,
        "sma": school & (years >= 16) & (years <= 18),
        "smp": school & (years >= 13) & (years <= 15),
        "sd": school & (years >= 7) & (years <= 12),
    }
    living = city.people.died == ALIVE
    left = np.full(len(city.families.kk), PKH_PEOPLE)
    amount = np.zeros_like(left)
    for component, idr in PKH_QUARTER_IDR.items():
        counted = np.minimum(np.bincount(family[members[component] & living], minlength=len(left)), left)
        amount += counted * idr
        left -= counted
    return amount


def _listed_person(born: Integers, gone: Flags) -> np.ndarray:
    """New-born children reach the registry late, the dead leave it late."""
    return np.select([gone, age(born) < 1, age(born) < 3], [0.5, 0.3, 0.85], 0.985)


def _recipients(city: City, draws: Draws) -> Integers:
    """The wife holds the card, else the head; some cards stay with somebody who has died."""
    people = city.people
    start = city.homes.start
    second = np.minimum(start + 1, len(people.family) - 1)
    wife = (people.role[second] == SPOUSE) & draws.chance(0.92, len(start))
    holder = np.where(wife, second, start)
    other = np.where(wife, start, second)
    same_family = people.family[other] == people.family[holder]
    adult = np.isin(people.role[other], (HEAD, SPOUSE))
    replaced = (people.died[holder] != ALIVE) & same_family & adult & draws.chance(0.6, len(start))
    return np.where(replaced, other, holder)
