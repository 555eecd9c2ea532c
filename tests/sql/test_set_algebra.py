"""Set algebra over invented populations: what the reports on coverage, overlap and registries say of any of them.

Every example is a population of some people, families, places (also unknown ones), registries and months. dbt compiles
the models once; each example is put into the tables that they read, and PostgreSQL builds what stands between these and
the reports, in a transaction that is rolled back.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, combinations
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, example, given, settings
from psycopg.rows import dict_row

from simpul import database, transform
from tests.sql import coverage_by_hand
from tests.sql.conftest import wrong_sums
from tests.sql.population import (
    LISTS,
    MONTHS,
    PEOPLE,
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

pytestmark = pytest.mark.slow

REPORTS = ("rpt_program_coverage", "rpt_program_overlap", "rpt_registry_crosswalk")
OF_SEEDS = ("dim_program", "dim_region")
GIVEN = ("dim_beneficiary", "dim_period", "fct_registry_membership", "fct_program_enrollment", "person")
"""The tables that a population is written to; what lies below them is not built."""

SCHEMAS = {"link": "identity", "doubtful_pair": "identity"}
COUNTS = (
    "in_scope", "eligible", "enrolled", "eligible_enrolled", "excluded", "included_in_error", "unknown_eligibility",
    "unknown_receipt", "eligible_where_known", "enrolled_where_known", "unknown_not_enrolled",
)  # fmt: skip
Row = dict[str, Any]
examples = settings(
    max_examples=20, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), print_blob=True
)


# a family that no list knows, with two cards: one of its holders cannot be looked for
TWO_CARDS = [
    Person(
        family, "12.74.01", nik_status, None, None, None,
        listed=(Listing("DTKS", "2024-03", "listed", "12.74", None),) if family == 2 else (),
        received=(("SEMBAKO", "2024-06", "active"),), may_be=None,
    )
    for family, nik_status in ((1, "valid"), (1, "missing"), (2, "valid"))
]  # fmt: skip


# ----------------------------------------------------------------------------------------------- from people to reports
Reports = dict[str, list[Row]]


@pytest.fixture(scope="module")
def report_on(cloned_ready, tmp_path_factory) -> Iterator[Callable[[Population], Reports]]:
    with cloned_ready(tmp_path_factory.mktemp("algebra")):
        with database.connect() as connection:
            connection.execute("insert into audit.release (release_id, status) values (1, 'candidate')")
        prepared = transform.run_dbt(transform.PREPARE, exclude=transform.LISTS, command="run")
        assert prepared.success, prepared.explain()
        nodes = json.loads(transform.ensure_manifest().read_text(encoding="utf-8"))["nodes"]
        built = _between(nodes)
        folder = tmp_path_factory.mktemp("compiled")
        outcome = transform._invoke(["compile", "--select", *OF_SEEDS, *built], target=folder)
        assert outcome.success, outcome.explain()
        sql = {path.stem: path.read_text(encoding="utf-8") for path in (folder / "compiled").rglob("*.sql")}
        with database.connect(autocommit=True) as connection:
            connection.execute("create schema if not exists candidate")
            for name in OF_SEEDS:
                connection.execute(f"create table candidate.{name} as {sql[name]}")
            for name in GIVEN:
                columns = nodes[f"model.simpul.{name}"]["columns"].values()
                told = ", ".join(f"{column['name']} {column['data_type']}" for column in columns)
                connection.execute(f"create table candidate.{name} ({told})")

            def report(people: Population) -> Reports:
                with connection.transaction(force_rollback=True):
                    _write(connection, people)
                    for name in built:
                        schema = nodes[f"model.simpul.{name}"]["schema"]
                        connection.execute(f"create table {schema}.{name} as {sql[name]}")
                    assert wrong_sums(connection, REPORTS) == {}
                    cursor = connection.cursor(row_factory=dict_row)
                    return {
                        name: cursor.execute(f"select * from candidate.{name}").fetchall() for name in REPORTS
                    }

            yield report


def _between(nodes: dict[str, Any]) -> list[str]:
    """The models from which the reports are built, each after those that it reads, without those that are there."""
    found: dict[str, None] = {}

    def add(name: str) -> None:
        node = nodes.get(name, {})
        is_mart = Path(node.get("original_file_path", "")).parts[:2] == ("models", "marts")
        if is_mart and node["name"] not in (*GIVEN, *OF_SEEDS) and node["name"] not in found:
            for parent in node["depends_on"]["nodes"]:
                add(parent)
            found[node["name"]] = None

    for report in REPORTS:
        add(f"model.simpul.{report}")
    return list(found)


def _ranked(listing: Listing) -> Row:
    scope, decile = listing.rank or (None, None)
    if listing.registry not in ("P3KE", "DTSEN") or not scope:
        return {}
    return {
        "decile": decile,
        "decile_scope": None if scope == "unstated" else scope,
        **({} if scope == "unstated" else {f"decile_{scope}": decile}),
    }


def _write(connection: psycopg.Connection[Any], people: Population) -> None:
    numbered = list(enumerate(people, start=1))
    rows: dict[str, list[Row]] = {
        "dim_beneficiary": [
            {"person_id": number, "family_id": one.family, "region_code": one.place, "nik_status": one.nik_status,
             "birth_year": one.born and one.born.year, "deceased_since": one.deceased_since,
             "is_deceased": one.deceased_since and True}
            for number, one in numbered
        ],
        "person": [
            {"person_id": number, "family_id": one.family, "region_code": one.place, "nik_status": one.nik_status,
             "birth_date": one.born}
            for number, one in numbered
        ],
        "dim_period": [
            {"period": period, "first_day": last.replace(day=1), "last_day": last} for period, last in MONTHS.items()
        ],
        "fct_registry_membership": [
            {"person_id": number, "registry": listing.registry, "period": listing.period, "status": listing.status,
             "region_code": one.place, **_ranked(listing),
             # a cleaning speaks of those whom it names only
             "list_region_code": listing.region if listing.status == "listed" else None}
            for number, one in numbered for listing in one.listed
        ],
        "fct_program_enrollment": [
            {"person_id": number, "program_code": program, "period": period, "status": status,
             "region_code": one.place}
            for number, one in numbered for program, period, status in one.received
        ],
        "int_program_enrollment": [
            {"record_key": f"{number}|{program}", "program_code": program, "period": period, "status": status}
            for number, one in numbered for program, period, status in one.received
        ],
        "int_person_record": [
            {"record_key": f"{number}|{program}", "file_region_code": LISTS[program][number_of_list(program, number)]}
            for number, one in numbered for program in {program for program, _, _ in one.received}
        ],
        "int_disability": [
            {"record_key": f"{number}|", "has_disability": one.has_disability}
            for number, one in numbered if one.has_disability is not None
        ],
        "link": [
            {"record_key": f"{number}|", "person_id": number, "home_person_id": number, "match_kind": "single"}
            for number, _ in numbered
        ],
        "int_recipient_mark": [
            {"record_key": f"{number}|", "mark": visit.found, "registry": visit.registry, "since": visit.since}
            for number, one in numbered for visit in one.visits
        ],
        "doubtful_pair": [
            {"record_key_a": f"{one}|", "record_key_b": f"{other}|", "reason": "uncertain"}
            for one, other in sorted(undecided(people))
        ],
    }  # fmt: skip
    for table, records in rows.items():
        schema = SCHEMAS.get(table, "intermediate" if table.startswith("int_") else "candidate")
        for record in records:
            names = ", ".join(record)
            connection.execute(
                f"insert into {schema}.{table} ({names}) values ({', '.join(['%s'] * len(record))})",
                list(record.values()),
            )


# ------------------------------------------------------------------------------------------------------ counted by hand
def _sets(units: Iterable[tuple[str | None, set[tuple[str, str]]]]) -> Counter[tuple[str, str, str]]:
    """(region, month, set) → units; of each unit its place and the (programme, month) that it receives."""
    counted: Counter[tuple[str, str, str]] = Counter()
    for place, received in units:
        for month in MONTHS:
            programs = sorted(program for program, period in received if period == month)
            if programs:
                counted.update((region, month, "+".join(programs)) for region in upper(place))
    return counted


def _active(*members: Person) -> set[tuple[str, str]]:
    return {
        (program, month) for one in members for program, month, status in one.received if status == "active"
    }


def _union(of_set: dict[frozenset[str], int]) -> int:
    """How many there are, by inclusion and exclusion: of each combination how many have at least that."""
    things = sorted(frozenset().union(*of_set))
    return sum(
        (-1) ** (len(some) + 1) * sum(units for held, units in of_set.items() if held >= set(some))
        for some in chain.from_iterable(combinations(things, n) for n in range(1, len(things) + 1))
    )


def _by_set(rows: list[Row], name: str, measure: str) -> dict[frozenset[str], int]:
    return {frozenset(row[name].split("+")): row[measure] for row in rows}


# ----------------------------------------------------------------------------------------------------------- properties
@examples
@given(people=PEOPLE)
def test_recipients_of_programmes_are_in_one_set_each(report_on, people: Population):
    """Distinct recipients by inclusion and exclusion over the sets are those counted one by one."""
    rows = report_on(people)["rpt_program_overlap"]
    told = {(row["region_code"], row["period"], row["programs"]): row for row in rows}
    assert len(told) == len(rows)
    by_hand = {
        "people": _sets((one.place, _active(one)) for one in people),
        "families": _sets((home(family), _active(*family)) for family in families(people).values()),
    }
    for measure, counted in by_hand.items():
        assert Counter({key: row[measure] for key, row in told.items()}) == counted
    assert told.keys() == set(chain.from_iterable(by_hand.values()))
    assert all(row["programs_count"] == len(row["programs"].split("+")) for row in rows)
    for region, month in {(row["region_code"], row["period"]) for row in rows}:
        here = [row for row in rows if (row["region_code"], row["period"]) == (region, month)]
        direct = sum(
            region in upper(one.place) and any(when == month for _, when in _active(one)) for one in people
        )
        assert _union(_by_set(here, "programs", "people")) == direct
    _is_sum_of_parts(rows, ("period", "programs"), ("people", "families"))


def _registries_now(people: Population) -> list[set[str]]:
    """The registries that list each of them: by an edition that no later one for the place replaced, nor a cleaning."""

    def lists(one: Person) -> Iterator[tuple[str, str, str, str, str | None]]:
        for listing in one.listed:
            covers = covered(one, listing)
            is_there = covers is None or is_in(one.place, covers)
            place = (one.place or "?") if is_there else str(covers)
            yield listing.registry, listing.period, listing.status, place, covers

    editions = {(reg, when, covers) for one in people for reg, when, _, _, covers in lists(one) if covers}

    def is_newest(registry: str, period: str, place: str) -> bool:
        return not any(
            (registry, period) < (other, later) and other == registry and f"{place}.".startswith(f"{covers}.")
            for other, later, covers in editions
        )

    said = [
        {(reg, status) for reg, when, status, place, _ in lists(one) if is_newest(reg, when, place)}
        for one in people
    ]
    return [
        {reg for reg, status in one if status == "listed" and (reg, "inactive") not in one} for one in said
    ]


@examples
@given(people=PEOPLE)
def test_everybody_is_in_one_set_of_registries(report_on, people: Population):
    """Who is in any registry, by inclusion and exclusion, and who is in none, are all."""
    rows = report_on(people)["rpt_registry_crosswalk"]
    now = _registries_now(people)
    of_family = defaultdict(set)
    for number, (one, registries) in enumerate(zip(people, now, strict=True), start=1):
        of_family[one.family or -number] |= registries
    homes = {family: home(members) for family, members in families(people).items()}
    units = {
        "people": [(one.place, registries) for one, registries in zip(people, now, strict=True)],
        "families": [(homes[family], registries) for family, registries in of_family.items()],
    }
    for measure, told in units.items():
        counted = Counter(
            (region, "+".join(sorted(registries)) or "none")
            for place, registries in told
            for region in upper(place)
        )
        assert Counter({(row["region_code"], row["registries"]): row[measure] for row in rows}) == counted
        for region in {row["region_code"] for row in rows}:
            here = _by_set([row for row in rows if row["region_code"] == region], "registries", measure)
            in_none = here.pop(frozenset({"none"}), 0)
            assert (_union(here) if here else 0) + in_none == sum(region in upper(place) for place, _ in told)
    [(in_none, dropped)] = [
        (row["people"], row["formerly_listed_people"])
        for row in rows
        if (row["region_code"], row["registries"]) == ("00", "none")
    ] or [(0, 0)]
    assert in_none - dropped == sum(not one.listed for one in people), "known to a list of payments only"
    for row in rows:
        assert (
            max(row["valid_nik_people"], row["deceased_people"], row["formerly_listed_people"])
            <= row["people"]
        )
    _is_sum_of_parts(rows, ("registries",), ("people", "families"))


@examples
@given(people=PEOPLE)
def test_coverage_loses_and_invents_nobody(report_on, people: Population):
    """Eligible = receiving + excluded + unknown, enrolled = rightly + wrongly + unknown, and shares are shares."""
    rows = report_on(people)["rpt_program_coverage"]
    for row in rows:
        counts = {name: row[name] or 0 for name in COUNTS}
        assert min(counts.values()) >= 0, row
        assert counts["eligible"] == (
            counts["eligible_enrolled"] + counts["excluded"] + counts["unknown_receipt"]
        ), row
        assert counts["enrolled"] == (
            counts["eligible_enrolled"] + counts["included_in_error"] + counts["unknown_eligibility"]
        ), row
        assert counts["eligible"] <= counts["in_scope"], row
        shares = [row[f"{name}_percent"] for name in ("coverage", "exclusion_error", "inclusion_error")]
        assert all(share is None or 0 <= share <= 100 for share in shares), row
        is_told = row["has_recipients_list"] and counts["eligible_where_known"] > 0
        assert (shares[0] is not None) == is_told, row
        assert shares[0] is None or shares[0] + shares[1] <= 100.01, row
    _is_sum_of_parts(rows, ("program_code", "decile", "period"), COUNTS)


@examples
@given(people=PEOPLE)
@example(people=TWO_CARDS)
def test_coverage_counts_who_should_receive_and_who_does(report_on, people: Population):
    """Every count of every region, programme and month is what the law and the people say, one by one."""
    rows = report_on(people)["rpt_program_coverage"]
    by_hand = coverage_by_hand.counted(people)
    told = {(row["region_code"], row["program_code"], row["period"]): row for row in rows}
    assert len(told) == len(rows), "nobody has a decile here"
    assert told.keys() == by_hand.keys()
    for key, row in told.items():
        assert {name: row[name] or 0 for name in COUNTS} == {name: by_hand[key][name] for name in COUNTS}, key
        has_registry = by_hand[key]["has_registry"] > 0
        assert row["has_registry"] == has_registry
        for name in ("eligible", "unknown_receipt", "included_in_error"):
            assert (row[name] is not None) == has_registry, (key, name)


def _is_sum_of_parts(rows: list[Row], key: tuple[str, ...], measures: tuple[str, ...]) -> None:
    """A region is the sum of the regions below it and of what is shown as unallocated; a district has none below."""
    parts: Counter[tuple[Any, ...]] = Counter()
    upper = {2: 0, 5: 2, 8: 5}
    there = {(row["region_code"], *(row[name] for name in key)) for row in rows}
    for row in rows:
        code = row["region_code"]
        if code != "00":
            above = (code[: upper[len(code)]] or "00", *(row[name] for name in key))
            assert above in there, row
            for measure in measures:
                parts[above, measure] += row[measure] or 0
    for row in rows:
        address = (row["region_code"], *(row[name] for name in key))
        for measure in measures:
            left_over = row[f"unallocated_{measure}"]
            if len(row["region_code"]) == 8:
                assert left_over is None
            else:
                assert (row[measure] or 0) == parts[address, measure] + (left_over or 0), (address, measure)
