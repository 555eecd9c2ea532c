"""Invented families, counted by hand into what a release would hold: every table that is opened, with its relations."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from simpul.errors import SimpulError
from simpul.trust.opendata import package, protecting, reading, relations
from simpul.trust.opendata.declared import Declared, declared
from simpul.trust.opendata.relations import Cell, Cut

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = {"PKH": "family", "SEMBAKO": "family", "PBI_JK": "person"}
PERIOD = "2024-06"
Row = dict[str, Any]


@cache
def tables() -> dict[str, Declared]:
    """As the project declares them."""
    return declared(ROOT / "dbt_project" / "models" / "marts")


@dataclass(frozen=True)
class Member:
    decile: int
    has_valid_nik: bool
    is_deceased: bool
    was_listed: bool
    registries: frozenset[str]
    programs: frozenset[str]
    stopped: frozenset[str]
    standing: int  # what is known of whether he should receive, 0 … 3
    amount: int | None


@dataclass(frozen=True)
class Family:
    region: str | None
    members: tuple[Member, ...]


@dataclass
class City:
    """Families; and the districts where a registry and a list of recipients speak."""

    families: list[Family]
    silent: frozenset[str] = field(default_factory=frozenset)


def invent(rng: np.random.Generator, families: int, *, districts: int = 3, skew: float = 1.0) -> list[Family]:
    """Families over villages of some districts, few of them elsewhere; ``skew``: how much fuller the first ones are."""
    villages = [f"12.74.0{d + 1}.100{v + 1}" for d in range(districts) for v in range(1 + d % 2)]
    places: list[str | None] = [*villages, "12.74", "12.71.01.1001", None]
    weight = np.array([*(1 / (n + 1) ** skew for n in range(len(villages))), 0.02, 0.02, 0.01])
    return [family(rng, places[rng.choice(len(places), p=weight / weight.sum())]) for _ in range(families)]


def family(rng: np.random.Generator, region: str | None) -> Family:
    """One family at a place."""
    decile = int(rng.choice([0, 1, 2, 3, 4, 7], p=[0.1, 0.3, 0.3, 0.2, 0.07, 0.03]))
    return Family(region, tuple(_member(rng, decile, n == 0) for n in range(int(rng.integers(1, 5)))))


def _member(rng: np.random.Generator, decile: int, is_holder: bool) -> Member:
    mine = [name for name, unit in PROGRAMS.items() if unit == "person" or is_holder]
    programs = frozenset(name for name in mine if rng.random() < 0.3)
    return Member(
        decile,
        rng.random() > 0.05,
        rng.random() < 0.02,
        rng.random() < 0.03,
        frozenset(name for name in ("DTKS", "P3KE") if rng.random() < 0.5),
        programs,
        frozenset(name for name in mine if name not in programs and rng.random() < 0.03),
        int(rng.integers(0, 4)),
        int(rng.integers(1, 6)) * 100_000 if rng.random() < 0.8 else None,
    )


def by_rule(families: Iterable[Family]) -> list[Family]:
    """The same ones where nobody has died, and who lives in decile 1 to 4 should receive: as rules say."""
    return [
        replace(
            one,
            members=tuple(
                replace(member, standing=int(1 <= member.decile <= 4), is_deceased=False)
                for member in one.members
            ),
        )
        for one in families
    ]


def _above(region: str | None, finest: bool) -> list[str]:
    cuts = (2, 5, 8, 13) if finest else (2, 5, 8)
    known = region or ""
    return ["00", *dict.fromkeys(known[:cut] for cut in cuts if len(known) >= cut)]


class _Count:
    """Counts by region and key, summed upwards."""

    def __init__(self, finest: bool = False) -> None:
        self.finest = finest
        self.rows: dict[tuple[str, ...], Counter[str]] = defaultdict(Counter)

    def add(self, region: str | None, key: tuple[Any, ...], **counts: int | None) -> None:
        for code in _above(region, self.finest):
            self.rows[code, *map(str, key)].update({name: by for name, by in counts.items() if by})

    def told(self, key: Iterable[str], counts: Iterable[str]) -> list[Row]:
        return [
            dict(zip(key, at, strict=True))
            | {name: found[name] if name in found or not name.endswith("_idr") else None for name in counts}
            for at, found in self.rows.items()
        ]


def marts(city: City) -> dict[str, list[Row]]:
    """What a release would hold of them."""
    opened = tables()
    found: dict[str, list[Row]] = {name: [] for name in opened}
    found["dim_program"] = [
        dict.fromkeys(opened["dim_program"].open.columns) | {"program_code": name, "unit": unit}
        for name, unit in PROGRAMS.items()
    ]
    population, payment = _Count(finest=True), _Count(finest=True)
    crosswalk, overlap, coverage, finding = (_Count() for _ in range(4))
    nik: Counter[tuple[str, str]] = Counter()
    for one in city.families:
        _add_family(city, one, population, crosswalk, overlap, coverage)
        for member in one.members:
            _add_payments(one.region, member, payment, finding)
            nik[(one.region or "")[:5], "valid" if member.has_valid_nik else "missing"] += 1
    of = {
        "rpt_population": population,
        "rpt_registry_crosswalk": crosswalk,
        "rpt_program_overlap": overlap,
        "rpt_program_payment": payment,
        "rpt_program_coverage": coverage,
        "rpt_finding": finding,
    }
    for name, count in of.items():
        table = opened[name].open
        extra = dict.fromkeys((*table.told, *table.amounts))
        found[name] = [
            extra | row
            for row in count.told(table.key, (*table.counts, *table.amounts, *table.empty_where.values()))
        ]
    for row in found["rpt_program_coverage"]:
        row.update({flag: bool(row[flag]) for flag in ("has_registry", "has_recipients_list")})
    found["rpt_nik_quality"] = [
        {
            "region_code": code or None,
            "dataset": "dinsos.dtks",
            "period": PERIOD,
            "nik_status": status,
            "records": n,
        }
        for (code, status), n in nik.items()
    ]
    return found


def _add_family(city, one, population, crosswalk, overlap, coverage) -> None:
    alive = [member for member in one.members if not member.is_deceased]
    if alive:
        population.add(one.region, (min(member.decile for member in one.members),), families=1)
    for member in one.members:
        if not member.is_deceased:
            population.add(one.region, (member.decile,), people=1)
        crosswalk.add(
            one.region,
            ("+".join(sorted(member.registries)) or "none",),
            people=1,
            valid_nik_people=member.has_valid_nik,
            deceased_people=member.is_deceased,
            formerly_listed_people=member.was_listed,
        )
        if member.programs:
            overlap.add(one.region, (PERIOD, "+".join(sorted(member.programs))), people=1)
    union = frozenset().union(*(member.registries for member in one.members))
    crosswalk.add(one.region, ("+".join(sorted(union)) or "none",), families=1)
    received = frozenset().union(*(member.programs for member in one.members))
    if received:
        overlap.add(one.region, (PERIOD, "+".join(sorted(received))), families=1)
    for program, unit in PROGRAMS.items():
        units = one.members if unit == "person" else one.members[:1]
        for member in units:
            gets = program in (member.programs if unit == "person" else received)
            _cover(city, one.region, program, member, gets, coverage)


def _cover(
    city: City, region: str | None, program: str, member: Member, gets: bool, coverage: _Count
) -> None:
    speaks = (region or "")[:8] not in city.silent and region is not None
    eligible = speaks and member.standing in (1, 2)
    unknown = eligible and not gets and member.standing == 2 and member.was_listed
    coverage.add(
        region,
        (program, PERIOD, member.decile),
        has_registry=speaks,
        has_recipients_list=speaks,
        eligible=eligible,
        enrolled=gets,
        eligible_enrolled=eligible and gets,
        excluded=eligible and not gets and not unknown,
        unknown_receipt=unknown,
        included_in_error=speaks and gets and member.standing == 0,
        unknown_eligibility=gets and not eligible and not (speaks and member.standing == 0),
    )


def _add_payments(region: str | None, member: Member, payment: _Count, finding: _Count) -> None:
    for program in member.programs:
        payment.add(
            region, (program, PERIOD), recipients=1, recipients_without_amount=member.amount is None,
            amount_idr=member.amount,
        )  # fmt: skip
        if member.is_deceased:
            finding.add(region, ("DECEASED", PERIOD), records=1, amount_at_risk_idr=member.amount)
    for program in member.stopped:
        payment.add(region, (program, PERIOD), stopped=1)


# ------------------------------------------------------------------------------------------------------------ opening
def cut_of(city: City, number: int, k: int) -> tuple[dict[str, reading.Rows], Cut]:
    """Its rows and its cells, nothing suppressed yet."""
    rows = reading.shaped(marts(city), tables(), k)
    return rows, relations.cut_of(number, k, rows)


def open_all(
    cities: Iterable[City],
    folder: Path,
    k: int,
    *,
    only_small: bool = False,
    refused: list[int] | None = None,
) -> tuple[list[Path], list[Cut]]:
    """Open one release after the other; ``only_small``: as if nobody had thought of complements and releases.

    ``refused``: takes the numbers of those that cannot be protected beside what was opened before; they stay closed.
    None: such a one is an error.
    """
    cuts: list[Cut] = []
    folders: list[Path] = []
    for number, city in enumerate(cities, start=1):
        rows, cut = cut_of(city, number, k)
        if only_small:
            hidden: dict[Cell, str] = {
                cell: protecting.SMALL
                for cell, value in cut.values.items()
                if cell not in cut.amounts and protecting.is_small(value, k)
            }
        else:
            try:
                hidden = protecting.protect(cut, cuts)
            except SimpulError as error:
                if refused is None or "cannot be protected beside" not in error.message:
                    raise
                refused.append(number)
                continue
        cut.hidden.update(hidden)
        out = folder / f"r{number}"
        package.write(out, package.Package(number, f"2024-0{number}-01", k, rows, cut.hidden))
        cuts.append(cut)
        folders.append(out)
    return folders, cuts
