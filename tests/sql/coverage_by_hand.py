"""Who of an invented population should receive, and who does: counted one by one, from the law and what was invented.

Nothing here reads a model or its seeds. What is said of a unit follows ADR 0011 (7), 0039 and 0042; the law stands
below as a planner would tell it, for the programmes and months of the population.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from functools import cached_property

from tests.sql.population import (
    LISTS,
    MONTHS,
    SCOPES,
    UNITS,
    Listing,
    Person,
    Population,
    covered,
    families,
    home,
    is_in,
    number_of_list,
    undecided,
    upper,
)


class Said(IntEnum):
    """What can be said of a question."""

    NO = 0
    MAYBE = 1
    YES = 2


Key = tuple[str, str, str]  # region, programme, month


# -------------------------------------------------------------------------------------------------------------- the law
DTKS_UNTIL, P3KE_UNTIL, DTSEN_FROM = date(2025, 3, 31), date(2024, 12, 31), date(2025, 2, 5)


def _heard(program: str, day: date) -> set[str]:
    """The registries that admit to a programme; Jakarta's own does not hear P3KE."""
    heard = {"DTKS"} if day <= DTKS_UNTIL else set()
    if day <= P3KE_UNTIL and program != "KJP":
        heard.add("P3KE")
    return heard | ({"DTSEN"} if day >= DTSEN_FROM else set())


def _is_in_use(registry: str | None, day: date) -> bool:
    """Whether any programme hears a registry."""
    return registry in _heard("PKH", day)


def _deciding(day: date) -> set[str]:
    """The registries without which nobody can be said to have no claim: P3KE adds people, and excludes nobody."""
    return _heard("KJP", day)


def _admits(listing: Listing) -> Said:
    """Everybody in DTKS; deciles 1 to 4 within the nation, who has none in P3KE, and maybe who has none in DTSEN."""
    scope, decile = listing.rank or ("none", None)
    match listing.registry:
        case "DTKS":
            return Said.YES
        case "P3KE":
            return Said.YES if scope != "national" else Said(2 * (decile <= 4))
        case "DTSEN":
            return Said.MAYBE if scope not in ("national", "unstated") else Said(2 * (decile <= 4))
    return Said.NO


def _age(one: Person, day: date) -> int | None:
    if one.born is None:
        return None
    return day.year - one.born.year - ((day.month, day.day) < (one.born.month, one.born.day))


def _needs(program: str, one: Person, day: date) -> Said:
    """KJP: of school age. PKH: a child, of school age, old, with a disability, or (nobody tells) pregnant."""
    age = _age(one, day)
    of_school_age = Said.MAYBE if age is None else Said(2 * (6 <= age <= 21))
    if program == "KJP":
        return of_school_age
    if program == "PKH":
        young_or_old = Said.MAYBE if age is None else Said(2 * (age <= 21 or age >= 60))
        disabled = {None: Said.MAYBE, True: Said.YES, False: Said.NO}[one.has_disability]
        pregnant = Said.MAYBE if age is None else Said(15 <= age <= 49)
        return max(young_or_old, disabled, pregnant)
    return Said.YES


# ------------------------------------------------------------------------------------------------------------ the world
@dataclass(frozen=True)
class Unit:
    """A person, or a family: whom a programme counts once."""

    members: tuple[Person, ...]
    place: str | None

    def lives(self, day: date) -> bool:
        return any(one.lives(day) for one in self.members)


@dataclass(frozen=True)
class World:
    """A population as somebody sees it who knows all of it."""

    people: Population

    @cached_property
    def units(self) -> dict[str, dict[int, Unit]]:
        return {
            "person": {number: Unit((one,), one.place) for number, one in enumerate(self.people, 1)},
            "family": {number: Unit(tuple(of), home(of)) for number, of in families(self.people).items()},
        }

    @cached_property
    def doubts(self) -> dict[str, dict[int, set[int]]]:
        """Those who may be the same, of each number of a kind of unit."""
        found: dict[str, dict[int, set[int]]] = {"person": defaultdict(set), "family": defaultdict(set)}
        of_family = {number: one.family or -number for number, one in enumerate(self.people, 1)}
        for one, other in undecided(self.people):
            for unit, a, b in (("person", one, other), ("family", of_family[one], of_family[other])):
                if a != b:
                    found[unit][a].add(b)
                    found[unit][b].add(a)
        return found

    @cached_property
    def editions(self) -> set[tuple[str, date, str]]:
        """(registry, since, region) of the whole lists; one that ranks nobody says nothing of who is poor."""
        return {
            (listing.registry, listing.since, covers)
            for one in self.people
            for listing in one.listed
            if (covers := covered(one, listing)) and (listing.registry != "DTSEN" or listing.rank)
        }

    def speaking(self, place: str | None, day: date) -> set[str]:
        """The registries that speak about a place."""
        return {
            registry
            for registry, since, covers in self.editions
            if place and since <= day and is_in(place, covers)
        }

    def _last_words(self, one: Person, registry: str, day: date) -> Iterator[Listing]:
        """What a registry says of somebody, until its next edition for the place."""
        for listing in one.listed:
            covers = covered(one, listing)
            place = covers if covers and not is_in(one.place, covers) else one.place or "?"
            if listing.registry == registry and listing.since <= day and not any(
                other == registry and listing.since < later <= day and is_in(place, region)
                for other, later, region in self.editions
            ):  # fmt: skip
                yield listing

    def _is_struck_off(self, one: Person, registry: str, day: date) -> bool:
        """Whether an officer took somebody out of a registry in a month before, and nobody knows better since then."""
        month = day.replace(day=1)
        return any(
            visit.found == "ineligible"
            and visit.since < month
            and (visit.registry == registry or not _is_in_use(visit.registry, visit.since))
            and not any(visit.since <= later.since < month and later.found == "found" for later in one.visits)
            and not any(
                other == registry and visit.since < later <= day and is_in(one.place or "?", region)
                for other, later, region in self.editions
            )
            for visit in one.visits
        )

    def listed(self, program: str, unit: Unit, day: date) -> Said:
        """Whether a registry that the programme hears lists a living member as poor."""
        said = Said.NO
        for one in unit.members:
            for registry in _heard(program, day) if one.lives(day) else ():
                words = list(self._last_words(one, registry, day))
                if all(listing.status == "listed" for listing in words) and not self._is_struck_off(
                    one, registry, day
                ):
                    said = max([said, *map(_admits, words)])
        return said

    def claim(self, program: str, unit: Unit, day: date) -> Said:
        """What the law says of those whom the lists name, wherever they live."""
        needs = max((_needs(program, one, day) for one in unit.members if one.lives(day)), default=Said.NO)
        return min(needs, self.listed(program, unit, day))


# ------------------------------------------------------------------------------------------------------------- counting
def counted(people: Population) -> dict[Key, Counter[str]]:
    """(region, programme, month) → what `rpt_program_coverage` has to say."""
    world = World(people)
    found: dict[Key, Counter[str]] = defaultdict(Counter)
    months = {(program, month) for one in people for program, month, _ in one.received}
    for program, month in months:
        of_place = _receiving_places(world, program, month)
        for number, unit in world.units[UNITS[program]].items():
            told = _told(world, program, month, number, unit, of_place)
            for region in upper(unit.place):
                found[region, program, month].update(told)
    return found


def _payees(unit: Unit, program: str, month: str) -> list[Person]:
    return [one for one in unit.members if (program, month, "active") in one.received]


def _receiving_places(world: World, program: str, month: str) -> Callable[[str | None], bool]:
    """Whether the recipients of a place are known: a list speaks about it, and somebody of its regency receives."""
    scope = SCOPES[program]
    lists = {
        LISTS[program][number_of_list(program, number)]
        for number, one in enumerate(world.people, 1)
        if (program, month, "active") in one.received
    }
    regencies = {
        unit.place[:5]
        for unit in world.units[UNITS[program]].values()
        if unit.place and _payees(unit, program, month)
    }

    def is_known(place: str | None) -> bool:
        return (
            place is not None
            and place[:5] in regencies
            and is_in(place[:5], scope)
            and any(is_in(place, region or "00") for region in lists)
        )

    return is_known


def _told(
    world: World, program: str, month: str, number: int, unit: Unit, is_known: Callable[[str | None], bool]
) -> Counter[str]:
    """What a unit counts for."""
    day = MONTHS[month]
    payees = _payees(unit, program, month)
    is_here = is_in(unit.place, SCOPES[program])
    claim = world.claim(program, unit, day) if is_here else Said.NO
    speaking = world.speaking(unit.place, day)
    others = [world.units[UNITS[program]][other] for other in world.doubts[UNITS[program]][number]]
    is_certain = all(one.can_be_looked_for for one in payees) and not any(
        world.claim(program, other, day) for other in others
    )

    told: Counter[str] = Counter()
    told["in_scope"] = is_here and unit.lives(day)
    told["enrolled"] = bool(payees)
    if not speaking & _heard(program, day):
        told["unknown_eligibility"] = bool(payees)
        return told
    told["has_registry"] = 1
    told["enrolled_where_known"] = bool(payees)
    if claim is Said.YES:
        told["eligible"] = 1
        told["eligible_enrolled"] = bool(payees)
        may_receive = any(_payees(other, program, month) for other in others)
        if not payees:
            told["unknown_receipt" if may_receive or not is_known(unit.place) else "excluded"] = 1
        told["eligible_where_known"] = bool(payees) or is_known(unit.place)
    elif claim is Said.MAYBE:
        told["unknown_eligibility" if payees else "unknown_not_enrolled"] = 1
    elif payees:
        has_no_claim = not unit.lives(day) or (is_certain and _deciding(day) <= speaking)
        told["included_in_error" if has_no_claim else "unknown_eligibility"] = 1
    return told
