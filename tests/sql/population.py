"""Invented populations: some people, families, places (also unknown ones), registries and months."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from hypothesis import strategies as st

# districts of three cities (one of Jakarta), a village, cities and a province without more, and nobody knows where
PLACES = (
    "12.74.01", "12.74.02", "12.74.05.1001", "12.74", "12.71.01", "12.71", "31.71.01", "31.71.01", "12", None,
)  # fmt: skip
MONTHS = {
    "2024-05": date(2024, 5, 31), "2024-06": date(2024, 6, 30), "2024-12": date(2024, 12, 31),
    "2025-03": date(2025, 3, 31), "2025-04": date(2025, 4, 30),
}  # fmt: skip
UNITS = {"PKH": "family", "SEMBAKO": "family", "PBI_JK": "person", "KJP": "person"}
SCOPES = {"PKH": "00", "SEMBAKO": "00", "PBI_JK": "00", "KJP": "31"}
LISTS = {"PKH": ("12", "12.74.01"), "SEMBAKO": (None, "12.71"), "PBI_JK": ("12.74",), "KJP": ("31.71",)}
"""Whose recipients the lists of each programme tell; None = the list does not say."""
REGISTRIES = ("DTKS", "DTKS", "P3KE", "REGSOSEK", "DTSEN", "DTSEN", "PBDT2015")


@dataclass(frozen=True)
class Listing:
    """A row of a registry; ``region`` is that of the list, ``rank`` (scope, decile) where the registry ranks."""

    registry: str
    period: str
    status: str
    region: str
    rank: tuple[str, int] | None

    @property
    def since(self) -> date:
        return date(int(self.period[:4]), int(self.period[5:] or 1), 1)


@dataclass(frozen=True)
class Visit:
    """What an officer found of somebody in a month; ``registry`` is the one that was verified, if the list says so."""

    registry: str | None
    since: date
    found: str


@dataclass(frozen=True)
class Person:
    """One of a population; ``family`` None = without a family card, ``received`` = (programme, month, status).

    ``may_be``: how many places further on in the population somebody stands who may be the same person.
    """

    family: int | None
    place: str | None
    nik_status: str
    born: date | None
    has_disability: bool | None
    deceased_since: date | None
    listed: tuple[Listing, ...]
    received: tuple[tuple[str, str, str], ...]
    may_be: int | None
    visits: tuple[Visit, ...] = ()

    def lives(self, day: date) -> bool:
        return self.deceased_since is None or day < self.deceased_since

    @property
    def can_be_looked_for(self) -> bool:
        return self.nik_status == "valid" or self.born is not None


Population = list[Person]

LISTED = st.builds(
    Listing,
    registry=st.sampled_from(REGISTRIES),
    period=st.sampled_from(("2022", "2024-03", "2024-06", "2024-09", "2025-02")),
    status=st.sampled_from(("listed", "listed", "listed", "inactive")),
    region=st.sampled_from(("12.74", "12.74", "12.74.01", "12.71", "31.71", "31.71", "12")),
    rank=st.sampled_from((("national", 4), ("national", 5), ("unstated", 3), ("unstated", 7), ("province", 2), None)),
)  # fmt: skip
RECEIVED = st.tuples(
    st.sampled_from(tuple(UNITS)), st.sampled_from(tuple(MONTHS)), st.sampled_from(("active", "active", "stopped"))
)  # fmt: skip
VISITED = st.builds(
    Visit,
    registry=st.sampled_from(("DTKS", "DTKS", "P3KE", "DTSEN", None)),
    since=st.sampled_from((date(2024, 4, 1), date(2024, 5, 1), date(2024, 9, 1), date(2025, 3, 1))),
    found=st.sampled_from(("ineligible", "ineligible", "found", "moved")),
)
PEOPLE = st.lists(
    st.builds(
        Person,
        family=st.none() | st.integers(1, 8),
        place=st.sampled_from(PLACES),
        nik_status=st.sampled_from(("valid", "valid", "missing")),
        # who comes of an age of the law in one of the months, or has just passed it
        born=st.sampled_from((
            None, date(1990, 1, 1), date(1970, 3, 5), date(2012, 8, 9), date(2015, 1, 31), date(2018, 6, 20),
            date(2018, 7, 1), date(2002, 6, 30), date(2002, 7, 1), date(1964, 6, 30), date(1975, 5, 31),
            date(2024, 5, 1),
        )),
        has_disability=st.sampled_from((None, None, False, True)),
        deceased_since=st.sampled_from((None, None, None, date(2024, 6, 1))),
        listed=st.lists(LISTED, max_size=4, unique_by=lambda one: (one.registry, one.period)).map(tuple),
        received=st.lists(RECEIVED, max_size=5, unique_by=lambda one: one[:2]).map(tuple),
        may_be=st.sampled_from((None, None, None, 1, 3)),
        visits=st.just(()) | st.lists(VISITED, max_size=2, unique_by=lambda one: one.since).map(tuple),
    ),
    min_size=10,
    max_size=40,
)  # fmt: skip


def is_in(place: str | None, region: str) -> bool:
    """Whether a place lies in a region, or is it."""
    return region == "00" or f"{place}.".startswith(f"{region}.")


def upper(place: str | None) -> set[str]:
    """The regions that somebody counts in: district, city, province, nation."""
    return {"00", *((place[:2], place[:5], place[:8]) if place else ())}


def families(people: Population) -> dict[int, list[Person]]:
    members = defaultdict(list)
    for number, one in enumerate(people, start=1):
        members[one.family or -number].append(one)
    return members


def home(family: Iterable[Person]) -> str | None:
    return next((one.place for one in family if one.place), None)


def covered(one: Person, listing: Listing) -> str | None:
    """The region that a list is the whole list of: a cleaning of none; one of somebody of nowhere maybe of any (?)."""
    return listing.region if listing.status == "listed" else None if one.place else "?"


def undecided(people: Population) -> set[tuple[int, int]]:
    """Pairs of numbers of people who may be one."""
    return {
        (number, number + one.may_be)
        for number, one in enumerate(people, start=1)
        if one.may_be and number + one.may_be <= len(people)
    }


def number_of_list(program: str, number: int) -> int:
    """Which of a programme's lists names a person."""
    return number % len(LISTS[program])
