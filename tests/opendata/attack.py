"""An outsider with a computer: reads published packages only, and tries to work out what they leave empty.

Shares no code with what suppresses. What it reckons with is written down here as somebody would who has read the README
and the descriptions: what adds up to what, in regions, in the columns of a row, between tables, what can be no
more than what (who should receive lives there) (and, if told, what has not changed between two releases). For every
suppressed cell it asks a solver for the least and the greatest whole number that fits.

    python -m tests.opendata.attack FOLDER [FOLDER …]
"""

from __future__ import annotations

import csv
import json
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

Address = tuple[str, tuple[str, ...], str]
Relation = list[tuple[Address, int]]

# whole → parts, in every row of the table
COLUMNS: dict[str, list[tuple[str, list[str]]]] = {
    "rpt_program_coverage": [
        ("eligible", ["eligible_enrolled", "excluded", "unknown_receipt"]),
        ("enrolled", ["eligible_enrolled", "included_in_error", "unknown_eligibility"]),
    ],
    "rpt_registry_crosswalk": [
        ("people", ["valid_nik_people", "people_without_valid_nik"]),
        ("people", ["deceased_people", "living_people"]),
        ("people", ["formerly_listed_people", "never_removed_people"]),
    ],
    "rpt_program_payment": [("recipients", ["recipients_with_amount", "recipients_without_amount"])],
    "fct_verval": [
        ("verified", ["found", "not_found", "moved", "deceased", "duplicate", "result_unknown"]),
        ("verified", ["with_an_answer", "eligibility_unknown"]),
        ("with_an_answer", ["eligible", "ineligible"]),
    ],
}
REGIONAL = (
    "rpt_population", "rpt_registry_crosswalk", "rpt_program_overlap", "rpt_program_payment", "rpt_program_coverage",
    "rpt_finding",
)  # fmt: skip


@dataclass
class Published:
    """One package: what it tells, what it suppresses, and everything else that it tells of a row."""

    k: int
    told: dict[Address, float] = field(default_factory=dict)
    secret: set[Address] = field(default_factory=set)
    keys: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    names: dict[str, list[str]] = field(default_factory=dict)


@dataclass
class Interval:
    """What a suppressed cell may be; ``high`` ends the search at k, ``low`` at 0."""

    low: float
    high: float


@dataclass
class Report:
    """``recovered``: cells of which one number is left. ``small``: cells that are proven to be above 0 and below k."""

    intervals: dict[tuple[int, Address], Interval]
    recovered: list[tuple[int, Address]]
    small: list[tuple[int, Address]]


def read(folder: Path) -> Published:
    """A package as anybody finds it."""
    descriptor = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    found = Published(int(descriptor["suppression"]["k"]))
    for resource in descriptor["resources"]:
        schema = resource["schema"]
        fields = [one["name"] for one in schema["fields"]]
        if "suppressed" not in fields:
            if resource["path"].endswith("dim_program.csv"):
                with (folder / resource["path"]).open(encoding="utf-8", newline="") as lines:
                    found.keys["dim_program"] = list(csv.DictReader(lines))
            continue
        table, key = Path(resource["path"]).stem, schema["primaryKey"]
        numbers = [
            one["name"] for one in schema["fields"] if one["type"] == "integer" and one["name"] not in key
        ]
        numbers = [
            name for name in numbers if name not in ("budget_idr", "registries_count", "programs_count")
        ]
        found.names[table] = key
        found.keys[table] = []
        with (folder / resource["path"]).open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines):
                found.keys[table].append({name: row[name] for name in key})
                for name in numbers:
                    address = (table, tuple(row[one] for one in key), name)
                    if name in row["suppressed"].split():
                        found.secret.add(address)
                    else:
                        found.told[address] = float(row[name] or 0)
    return found


def _above(region: str) -> str | None:
    if region.endswith(".other"):
        return region[: -len(".other")]
    return None if region == "00" else (region.rpartition(".")[0] or "00")


def relations(one: Published) -> Iterator[Relation]:
    """Everything that is known to add up, over the addresses of a package."""
    for table, rows in one.keys.items():
        if table == "dim_program":
            continue
        columns = sorted({name for there, _, name in (*one.told, *one.secret) if there == table})
        for row in rows:
            key = tuple(row.values())
            for whole, parts in COLUMNS.get(table, ()):
                yield [((table, key, whole), 1), *(((table, key, part), -1) for part in parts)]
        if table in REGIONAL:
            below = defaultdict(list)
            for row in rows:
                if (above := _above(row["region_code"])) is not None:
                    below[tuple({**row, "region_code": above}.values())].append(tuple(row.values()))
            for key, parts in below.items():
                for name in columns:
                    yield [((table, key, name), 1), *(((table, part, name), -1) for part in parts)]
    yield from _between_tables(one)


def _between_tables(one: Published) -> Iterator[Relation]:
    units = {row["program_code"]: row["unit"] for row in one.keys.get("dim_program", ())}

    def summed(table: str, name: str, by: Callable[[dict[str, str]], Iterable[tuple[str, ...]]]):
        found = defaultdict(list)
        for row in one.keys.get(table, ()):
            for group in by(row):
                found[group].append((table, tuple(row.values()), name))
        return found

    def in_sets(row: dict[str, str]) -> list[tuple[str, ...]]:
        return [(row["region_code"], row["period"], program) for program in row["programs"].split("+")]

    def by_program(row: dict[str, str]) -> list[tuple[str, ...]]:
        return [(row["region_code"], row["period"], row["program_code"])]

    people, families = (summed("rpt_program_overlap", name, in_sets) for name in ("people", "families"))
    pairs = [(summed("rpt_program_payment", "recipients", by_program), people)]
    enrolled = summed("rpt_program_coverage", "enrolled", by_program)
    for unit, sets in (("person", people), ("family", families)):
        pairs.append(
            ({group: cells for group, cells in enrolled.items() if units.get(group[2]) == unit}, sets)
        )
    of_region = lambda row: [(row["region_code"],)]  # noqa: E731
    pairs.append(
        (
            summed("rpt_population", "people", of_region),
            summed("rpt_registry_crosswalk", "living_people", of_region),
        )
    )
    for left, right in pairs:
        for group in left.keys() & right.keys():
            yield [*((cell, 1) for cell in left[group]), *((cell, -1) for cell in right[group])]


def at_most(one: Published) -> Iterator[Relation]:
    """What is no more than something else: the one less the other is 0 or more."""
    yield from _no_more_than_live_there(one)
    yield from _no_more_than_are_known(one)
    for table, column in (
        ("rpt_population", None), ("rpt_program_overlap", "programs"), ("rpt_registry_crosswalk", "registries"),
    ):  # fmt: skip
        for row in one.keys.get(table, ()):
            # each family has somebody; in a set of one programme, somebody who is in that set alone
            if column is None or "+" not in row[column]:
                key = tuple(row.values())
                yield [((table, key, "people"), 1), ((table, key, "families"), -1)]


def _no_more_than_live_there(one: Published) -> Iterator[Relation]:
    table = "rpt_program_coverage"
    counted = {"person": "people", "family": "families"}
    units = {row["program_code"]: counted[row["unit"]] for row in one.keys.get("dim_program", ())}
    for row in one.keys.get(table, ()):
        live = ("rpt_population", (row["region_code"], row["decile"]), units[row["program_code"]])
        if live in one.told or live in one.secret:
            for some in (
                ["eligible"],
                ["enrolled"],
                ["eligible", "included_in_error", "unknown_eligibility"],
            ):
                yield [(live, 1), *(((table, tuple(row.values()), name), -1) for name in some)]


def _no_more_than_are_known(one: Published) -> Iterator[Relation]:
    table = "rpt_registry_crosswalk"
    known, receive = defaultdict(list), defaultdict(list)
    for row in one.keys.get(table, ()):
        known[row["region_code"]].append(tuple(row.values()))
    for row in one.keys.get("rpt_program_overlap", ()):
        for name in ("people", "families"):
            receive[row["region_code"], name, row["period"]].append(
                ("rpt_program_overlap", tuple(row.values()), name)
            )
    for row in one.keys.get("rpt_program_payment", ()):
        key = tuple(row.values())
        receive[row["region_code"], "people", key].append(("rpt_program_payment", key, "recipients"))
    for (region, name, _), cells in receive.items():
        if region in known:
            yield [*(((table, key, name), 1) for key in known[region]), *((cell, -1) for cell in cells)]


Unchanged = Callable[[Address, int, int], bool]
Holds = Callable[[int, Relation], bool]


def apart(address: Address, a: int, b: int) -> bool:
    """Who knows nothing of what has changed: what two releases leave out are two unknowns."""
    return False


def attack(
    folders: Sequence[Path],
    unchanged: Unchanged | None = None,
    holds: Holds | None = None,
    *,
    narrow: bool = True,
) -> Report:
    """Everything that can be said of the suppressed cells of all packages together.

    Args:
        folders: the packages, oldest first.
        unchanged: what the attacker knows to be the same in two of them; default: `apart`.
        holds: what he knows of what is `at_most` something else: whether it is so in a package; default: it is.
        narrow: also look how narrow the intervals are; else only whether two numbers are possible.
    """
    packages = [read(folder) for folder in folders]
    same = unchanged or apart
    names: dict[tuple[int, Address], object] = {}
    known: dict[object, float] = {}
    for b, one in enumerate(packages):
        for address in (*one.told, *one.secret):
            before = next(
                (
                    names[a, address]
                    for a in reversed(range(b))
                    if (a, address) in names and same(address, a, b)
                ),
                (b, address),
            )
            names[b, address] = before
            if address in one.told:
                known[before] = one.told[address]

    def named(b: int, relation: Relation) -> tuple[tuple[object, int], ...]:
        return tuple(
            sorted(((names[b, cell], sign) for cell, sign in relation if (b, cell) in names), key=repr)
        )

    # what a sum comes to at most: 0, or whatever
    sums = {(named(b, relation), 0.0) for b, one in enumerate(packages) for relation in relations(one)} | {
        (named(b, relation), np.inf)
        for b, one in enumerate(packages)
        for relation in at_most(one)
        if holds is None or holds(b, relation)
    }
    wanted = {(b, address): names[b, address] for b, one in enumerate(packages) for address in one.secret}
    k = max(one.k for one in packages)
    solved = _solve(sums, known, set(wanted.values()), k, narrow, may_be_wrong=holds is None)
    intervals = {cell: solved[name] for cell, name in wanted.items()}
    return Report(
        intervals,
        [cell for cell, one in intervals.items() if one.low == one.high],
        [cell for cell, one in intervals.items() if one.low > 0 and one.high < packages[cell[0]].k],
    )


class NoWorld(Exception):
    """Nothing fits all that is published and all that is thought of it."""


def _solve(sums, known, wanted, k: int, narrow: bool, *, may_be_wrong: bool) -> dict[object, Interval]:
    found = {name: Interval(known[name], known[name]) for name in wanted if name in known}
    unknown = [name for name in wanted if name not in known]
    rows = []
    for terms, most in sums:
        free = [(name, sign) for name, sign in terms if name not in known]
        if free:
            rest = -sum(sign * known[name] for name, sign in terms if name in known)
            rows.append((free, rest, rest + most))
    for group, bound in _apart(unknown, rows):
        try:
            found |= _within(group, bound, k, narrow)
        except NoWorld:
            if not may_be_wrong:
                raise
            found |= {
                name: Interval(0.0, np.inf) for name in group
            }  # then a bound does not hold, and says nothing
    return found


def _apart(unknown, rows):
    """Groups of unknowns that hang together, each with its equations."""
    of = defaultdict(list)
    for number, (free, *_) in enumerate(rows):
        for name, _ in free:
            of[name].append(number)
    seen: set[object] = set()
    for start in sorted(unknown, key=repr):
        if start in seen:
            continue
        group, bound, waiting = {start}, set(), [start]
        while waiting:
            for number in of[waiting.pop()]:
                if number not in bound:
                    bound.add(number)
                    fresh = {name for name, _ in rows[number][0]} - group
                    group |= fresh
                    waiting += fresh
        seen |= group
        yield sorted(group, key=repr), [rows[number] for number in sorted(bound)]


def _within(group, bound, k: int, narrow: bool) -> dict[object, Interval]:
    place = {name: at for at, name in enumerate(group)}
    is_money = np.array([name[1][2].endswith("_idr") for name in group])
    constraint = ()
    if bound:
        entries = [(row, place[name], sign) for row, (free, *_) in enumerate(bound) for name, sign in free]
        at, to, sign = (np.array(part) for part in zip(*entries, strict=True))
        least, most = (np.array(ends) for ends in list(zip(*bound, strict=True))[1:])
        constraint = (
            LinearConstraint(csr_array((sign, (at, to)), shape=(len(bound), len(group))), least, most),
        )
    low, high = np.full(len(group), np.inf), np.full(len(group), -np.inf)

    def ask(number: int, sign: int) -> None:
        cost = np.zeros(len(group))
        cost[number] = sign
        # nothing need be looked for beyond k; another person than is there is enough for a large cell
        top = np.where(is_money, 1e13, 1e7)
        answer = milp(
            cost, constraints=constraint, bounds=Bounds(0, top), integrality=(~is_money).astype(int),
            options={"time_limit": 120.0},
        )  # fmt: skip
        if answer.x is None:
            raise NoWorld(answer.message)
        values = np.where(is_money, answer.x, np.rint(answer.x))
        np.minimum(low, values, out=low)
        np.maximum(high, values, out=high)

    # one world that fits tells something of every cell: only the ends that no world has shown yet are asked for
    for number in range(len(group)):
        if low[number] >= high[number] or (narrow and high[number] < k):
            ask(number, -1)
        if low[number] >= high[number] or (narrow and low[number] > 0):
            ask(number, 1)
    return {name: Interval(float(low[at]), float(high[at])) for name, at in place.items()}


if __name__ == "__main__":
    said = attack([Path(name) for name in sys.argv[1:]])
    print(
        f"{len(said.intervals)} suppressed cells, {len(said.recovered)} recovered, {len(said.small)} proven small"
    )
    sys.exit(bool(said.recovered))
