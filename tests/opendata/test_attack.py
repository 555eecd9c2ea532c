"""Issue E, row 5: no suppressed cell is recovered from anything that was published (FAULTS 49)."""

from __future__ import annotations

import dataclasses
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bench.proofs import keep
from simpul.errors import SimpulError
from simpul.trust.opendata import package, protecting, reading, relations
from simpul.trust.opendata.reading import Rows
from simpul.trust.opendata.relations import Cell, Cut, cells_of
from tests.opendata.attack import Holds, Report, Unchanged, attack
from tests.opendata.world import City, by_rule, cut_of, family, invent, marts, open_all, tables

_CITIES = 12

FEW = settings(
    max_examples=2,  # many in `make prove`
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
MANY = settings(FEW, max_examples=12)


def of_families(few: int, many: int) -> pytest.MarkDecorator:
    """How many a city has: as many as the assertion needs, and more in `make prove`."""
    sizes = [few, pytest.param(many, marks=pytest.mark.proof)]
    return pytest.mark.parametrize("size", sizes, ids=["cut", "whole"])


def all_knowing(cuts: list[Cut]) -> Unchanged:
    """The worst who could come: knows of every cell whether it is the same in two releases."""
    return lambda address, a, b: cuts[a].values.get(address) == cuts[b].values.get(address)


def knows_what_holds(cuts: list[Cut]) -> Holds:
    """… and of whatever is mostly at most something else, whether it is."""
    return lambda b, relation: sum(sign * cuts[b].values.get(cell, 0) for cell, sign in relation) >= 0


def told_apart(report: Report, cuts: list[Cut]) -> list[tuple[int, Cell]]:
    """Small counts of which somebody can tell that they are not k, or (but for a key of the nation) not 0."""
    return [
        (number, cell)
        for (number, cell), interval in report.intervals.items()
        if cuts[number].hidden.get(cell) == protecting.SMALL
        and (interval.high < cuts[number].k or interval.low > 0)
    ]


def assert_safe(cities: list[City], folder: Path, k: int, *, refused: list[int] | None = None) -> Report:
    folders, cuts = open_all(cities, folder, k, refused=refused)
    report = attack(folders, all_knowing(cuts), knows_what_holds(cuts))
    assert report.recovered == []
    assert told_apart(report, cuts) == []
    # and somebody who knows the packages alone
    outsider = attack(folders, holds=knows_what_holds(cuts), narrow=False)
    right = [
        (number, cell)
        for number, cell in outsider.recovered
        if cuts[number].values.get(cell) == outsider.intervals[number, cell].low
    ]
    assert right == []
    return report


# ---------------------------------------------------------------------------------------------------------- one release
ONE_RELEASE = given(
    seed=st.integers(0, 10_000),
    families=st.integers(15, 70),
    districts=st.integers(1, 4),
    skew=st.sampled_from([0.0, 1.0, 3.0]),
    k=st.sampled_from([3, 5]),
)


def one_release(seed, families, districts, skew, k) -> None:
    rng = np.random.default_rng(seed)
    city = City(invent(rng, families, districts=districts, skew=skew))
    with tempfile.TemporaryDirectory() as folder:
        assert_safe([city], Path(folder), k)


@pytest.mark.slow
@FEW
@ONE_RELEASE
@example(seed=1, families=25, districts=1, skew=0.0, k=5)  # a district that is the whole city, and the nation
def test_nothing_is_recovered_from_one_release(seed, families, districts, skew, k):
    one_release(seed, families, districts, skew, k)


@pytest.mark.proof
@MANY
@ONE_RELEASE
@example(seed=1, families=60, districts=1, skew=0.0, k=5)
def test_nothing_is_recovered_from_one_release_of_many(seed, families, districts, skew, k):
    one_release(seed, families, districts, skew, k)


def test_the_attack_recovers_cells_where_only_small_ones_are_left_out(tmp_path):
    """Without complements the attack succeeds: it is no blind one."""
    city = City(invent(np.random.default_rng(2), 60))
    folders, cuts = open_all([city], tmp_path, 5, only_small=True)
    report = attack(folders)
    right = [one for one in report.recovered if cuts[0].values[one[1]] == report.intervals[one].low]
    assert len(right) > 20


def test_nothing_is_recovered_where_who_should_receive_follows_a_rule(tmp_path):
    """As in reality: of decile 1 to 4 all should receive, so `eligible` is all who live there, and never more."""
    assert_safe([City(by_rule(invent(np.random.default_rng(27), 40)))], tmp_path, 5)


def test_the_attack_recovers_cells_where_only_sums_are_reckoned_with(tmp_path):
    """Without what is at most something else it succeeds, in the same city."""
    city = City(by_rule(invent(np.random.default_rng(27), 40)))
    _, cut = cut_of(city, 1, 5)
    assert cut.bounds
    cut.bounds.clear()
    cut.hidden.update(protecting.protect(cut, []))
    report = attack([_write(city, cut, tmp_path / "r1", 1)], all_knowing([cut]), knows_what_holds([cut]))
    right = [one for one in report.recovered if cut.values[one[1]] == report.intervals[one].low]
    assert len(right) > 5


def test_what_is_broken_somewhere_binds_elsewhere_only():
    """Who has died may still be on a list: there more receive than live there, and no world has to say otherwise."""
    alive = by_rule(invent(np.random.default_rng(6), 120))
    dead = [
        dataclasses.replace(one, members=tuple(dataclasses.replace(m, is_deceased=True) for m in one.members))
        for one in alive[:40]
    ]
    _, cut = cut_of(City([*dead, *alive[40:]]), 1, 5)
    room = [sum(sign * cut.values[cell] for cell, sign in bound) for bound in cut.bounds]
    assert min(room) == 0
    kept = {bound[1][0] for bound in cut.bounds}
    broken = {cell for cell, whole in cut.wholes.items() if cut.values[cell] > cut.values[whole]}
    assert broken
    assert not broken & kept
    assert len(set(cut.wholes) & kept) > len(broken)


@of_families(30, 60)
def test_a_place_where_no_list_speaks_gives_nothing_away(tmp_path, size):
    """An empty count beside one that is told would say that somebody is there."""
    city = City(invent(np.random.default_rng(5), size), silent=frozenset({"12.74.02"}))
    assert_safe([city], tmp_path, 5)


# --------------------------------------------------------------------------------------------------------- two releases
TWO_RELEASES = given(
    seed=st.integers(0, 10_000),
    families=st.integers(15, 60),
    added=st.integers(1, 3),
    removed=st.integers(0, 2),
    village=st.sampled_from(["12.74.01.1001", "12.74.02.1001", "12.74"]),
)


def two_releases(seed, families, added, removed, village) -> None:
    rng = np.random.default_rng(seed)
    before = invent(rng, families)
    after = before[removed:] + [family(rng, village) for _ in range(added)]
    with tempfile.TemporaryDirectory() as folder:
        assert_safe([City(before), City(after)], Path(folder), 5)


@pytest.mark.slow
@FEW
@TWO_RELEASES
@example(seed=4, families=20, added=2, removed=1, village="12.74.01.1001")
def test_nothing_is_recovered_when_a_few_families_come_or_go(seed, families, added, removed, village):
    two_releases(seed, families, added, removed, village)


@pytest.mark.proof
@MANY
@TWO_RELEASES
@example(seed=4, families=30, added=2, removed=1, village="12.74.01.1001")
def test_nothing_is_recovered_when_a_few_families_come_or_go_in_many(seed, families, added, removed, village):
    two_releases(seed, families, added, removed, village)


@pytest.mark.slow
@of_families(25, 80)
def test_one_family_added_is_told_by_no_difference(tmp_path, size):
    """Counts that moved by the one family are left out: else release 2 − release 1 is that family."""
    rng = np.random.default_rng(11)
    before = invent(rng, size)
    folders, cuts = open_all([City(before), City([*before, family(rng, "12.74.01.1001")])], tmp_path, 5)
    first, second = cuts
    moved = [
        cell
        for cell, value in second.values.items()
        if cell not in second.amounts
        and cell not in first.hidden
        and protecting.is_small(value - first.values.get(cell, value), 5)
    ]
    assert moved
    assert set(moved) <= set(second.hidden)
    assert attack(folders, all_knowing(cuts), knows_what_holds(cuts)).recovered == []


@pytest.mark.slow
@of_families(25, 60)
def test_the_attack_recovers_a_family_where_releases_are_not_held_against_each_other(tmp_path, size):
    """Each release alone is safe; both together are not, unless the second knows of the first."""
    rng = np.random.default_rng(11)
    before = invent(rng, size)
    cities = [City(before), City([*before, *(family(rng, "12.74.02.1001") for _ in range(12))])]
    found = 0
    for number, city in enumerate(cities):
        _, cut = cut_of(city, number + 1, 5)
        cut.hidden.update(protecting.protect(cut, []))
        cities[number] = (city, cut)
    folders = [_write(city, cut, tmp_path / f"r{n}", n + 1) for n, (city, cut) in enumerate(cities)]
    cuts = [cut for _, cut in cities]
    report = attack(folders, all_knowing(cuts), knows_what_holds(cuts))
    found = [one for one in report.recovered if cuts[one[0]].values.get(one[1]) == report.intervals[one].low]
    assert found


def _write(city: City, cut: Cut, folder: Path, number: int) -> Path:
    rows, _ = cut_of(city, number, cut.k)
    package.write(folder, package.Package(number, "2024-01-01", cut.k, rows, cut.hidden))
    return folder


@pytest.mark.parametrize(
    ("seed", "families", "added", "removed", "village", "ruled"),
    [
        (7781, 47, 3, 0, "12.74.01.1001", True),
        (8136, 55, 1, 1, "12.74", True),
        (7027, 50, 2, 1, "12.74.02.1001", False),
    ],
)
def test_a_rest_of_a_whole_that_is_not_told_refuses_no_release(
    tmp_path, seed, families, added, removed, village, ruled
):
    """None of three, or six of a number that is left out itself: nobody can tell how few are left."""
    rng = np.random.default_rng(seed)
    before = invent(rng, families)
    after = [*before[removed:], *(family(rng, village) for _ in range(added))]
    cities = [City(by_rule(one) if ruled else one) for one in (before, after)]
    folders, _ = open_all(cities, tmp_path, 5)
    assert len(folders) == 2


@pytest.mark.slow
@of_families(30, 60)
def test_what_was_left_out_stays_so_while_it_has_not_changed(size):
    """A complement that is published a month later, unchanged, tells what it stood for."""
    rng = np.random.default_rng(4)
    before = invent(rng, size)
    cuts: list[Cut] = []
    for number, families in enumerate((before, [*before, family(rng, "12.74.01.1001")]), start=1):
        _, cut = cut_of(City(families), number, 5)
        cut.hidden.update(protecting.protect(cut, cuts))
        cuts.append(cut)
    first, second = cuts
    same = {cell for cell in first.hidden if second.values.get(cell) == first.values[cell]}
    assert same
    assert same <= set(second.hidden)


def test_a_cut_is_refused_where_too_much_was_told_before():
    """The city was told, and has not changed; two districts of it have become too small to tell, and only they have."""
    cells = {name: ("t", (name,), "people") for name in ("00", "12", "31")}
    relation = ((cells["00"], 1), (cells["12"], -1), (cells["31"], -1))

    def cut(number: int, k: int, *values: int) -> Cut:
        return Cut(number, k, dict(zip(cells.values(), values, strict=True)), [relation], {}, {})

    first = cut(1, 2, 4, 2, 2)
    assert protecting.protect(first, []) == {}
    with pytest.raises(SimpulError, match="cannot be protected beside what was opened before"):
        protecting.protect(cut(2, 5, 4, 3, 1), [first])
    # were the city not told, another city would be another world
    assert set(protecting.protect(cut(2, 5, 4, 3, 1), [])) == set(cells.values())


# ------------------------------------------------------------------------------------------------------- the rows told
@of_families(30, 60)
def test_all_but_a_few_are_a_few(size):
    """Who are not eligible is told by how many there are and how many of them are, in two tables."""
    rng = np.random.default_rng(9)
    families = []
    for one in invent(rng, size):
        members = tuple(dataclasses.replace(member, standing=1, is_deceased=False) for member in one.members)
        families.append(dataclasses.replace(one, members=members))
    odd = families[0].members[0]
    families[0] = dataclasses.replace(
        families[0], members=(dataclasses.replace(odd, standing=0), *families[0].members[1:])
    )
    _, cut = cut_of(City(families), 1, 5)
    hidden = protecting.protect(cut, [])
    few = {cell: whole for cell, whole in cut.wholes.items() if 0 < cut.values[whole] - cut.values[cell] < 5}
    assert [cell for cell in few if cut.values[cell] >= 5]
    told = {cell for cell, whole in few.items() if whole not in hidden}
    assert told
    assert told <= set(hidden)


def test_a_row_says_nothing_about_anybody():
    """All regions have all rows: whether one is there does not hang on who lives there."""
    rows, _ = cut_of(City(invent(np.random.default_rng(7), 60)), 1, 5)
    for name in ("rpt_population", "rpt_program_coverage", "rpt_registry_crosswalk"):
        regions = {key[0] for key in rows[name].rows if not key[0].endswith(".other")}
        others = {key[1:] for key in rows[name].rows}
        assert {(region, *rest) for region in regions for rest in others} <= set(rows[name].rows)


def test_a_region_of_few_is_part_of_the_rest():
    rng = np.random.default_rng(3)
    families = [family(rng, "12.74.01.1001") for _ in range(60)] + [
        family(rng, "12.74.02.1001") for _ in range(3)
    ]
    rows, _ = cut_of(City(families), 1, 5)
    regions = {key[0] for key in rows["rpt_population"].rows}
    assert {"12.74.01", "12.74.other"} <= regions
    assert not any(code.startswith("12.74.02") for code in regions)
    whole, part, rest = (
        sum(row["people"] for key, row in rows["rpt_population"].rows.items() if key[0] == code)
        for code in ("12.74", "12.74.01", "12.74.other")
    )
    assert whole == part + rest
    assert rest > 0


def visits(region: str, *, verified: int | None, is_budgeted: bool | None) -> dict:
    """What came of the verification of a regency: all were found, all but one may have aid."""
    rest = dict.fromkeys(tables()["fct_verval"].open.counts, 0 if verified else None)
    told = dict.fromkeys(tables()["fct_verval"].open.told) | {"is_budgeted": is_budgeted}
    said = {
        "verified": verified,
        "found": verified,
        "eligible": verified and verified - 1,
        "ineligible": verified and 1,
    }
    return {"region_code": region, "year": 2024, "registry": "DTKS"} | rest | told | said


def test_who_was_visited_is_told_of_many_only(tmp_path):
    """A row that is there because of a few visits tells of them; one that is there by plan does not."""
    found = marts(City([]))
    found["rpt_population"] = [
        {"region_code": code, "decile": 1, "people": 500 if len(code) > 2 else 2000, "families": 0}
        for code in ("00", "12", "12.71", "12.72", "12.73", "12.74")
    ]
    found["fct_verval"] = [
        visits("12.71", verified=3, is_budgeted=None),  # few, and nobody planned it
        visits("12.72", verified=3, is_budgeted=True),  # few, as planned
        visits("12.73", verified=None, is_budgeted=True),  # planned
        visits("12.74", verified=300, is_budgeted=None),  # many
    ]
    rows = {"fct_verval": reading.shaped(found, tables(), 5)["fct_verval"]}
    assert {key[0] for key in rows["fct_verval"].rows} == {"12.72", "12.73", "12.74"}
    cut = relations.cut_of(1, 5, rows)
    cut.hidden.update(protecting.protect(cut, []))
    package.write(
        tmp_path / "open",
        package.Package(
            1, "2024-01-01", 5, rows | {"dim_region": Rows(tables()["dim_region"], {})}, cut.hidden
        ),
    )
    assert cut.values["fct_verval", ("12.73", "2024", "DTKS"), "verified"] == 0
    assert ("fct_verval", ("12.74", "2024", "DTKS"), "ineligible") in cut.hidden  # 300 less 299
    report = attack([tmp_path / "open"])
    assert report.recovered == []
    assert told_apart(report, [cut]) == []


def test_a_relation_that_does_not_hold_stops_the_cut(monkeypatch):
    """What is protected by a sum that is none is not protected."""
    found = marts(City(invent(np.random.default_rng(1), 40)))
    row = max(found["rpt_program_coverage"], key=lambda row: row["eligible"])
    row["eligible"] += 1
    with pytest.raises(SimpulError, match="not the sum of its parts"):
        relations.cut_of(1, 5, reading.shaped(found, tables(), 5))


def test_amounts_are_told_with_their_counts_or_not_at_all():
    rows, cut = cut_of(City(invent(np.random.default_rng(8), 60)), 1, 5)
    hidden = protecting.protect(cut, [])
    assert any(cell in cut.amounts for cell in hidden)
    for amount, counts in cut.amounts.items():
        if any(count in hidden for count in counts):
            assert amount in hidden
    assert set(cells_of(rows)) == set(cut.values)


def test_tables_that_tell_of_persons_cannot_be_opened():
    """Only tables of schema marts, and no column that says who somebody is."""
    from simpul.trust.opendata.declared import _check

    table = tables()["rpt_population"]
    with pytest.raises(SimpulError, match="is a table of marts_person"):
        _check(table, "marts_person")
    wrong = table.model_copy(
        update={
            "columns": table.columns | {"person_id": table.columns["people"]},
            "open": table.open.model_copy(update={"key": ("region_code", "person_id")}),
        }
    )
    with pytest.raises(SimpulError, match="would open person_id"):
        _check(wrong, "marts")


@pytest.mark.proof
def test_nothing_is_recovered_from_three_releases_of_larger_cities(tmp_path):
    """Of three in a row; one that cannot be protected beside those before it stays closed, and the next is tried."""
    refused: dict[int, list[int]] = {}
    cells = 0
    for seed in range(_CITIES):
        rng = np.random.default_rng(seed)
        families = invent(rng, 400, districts=5, skew=float(seed % 3))
        cities, folder = [City(families)], tmp_path / str(seed)
        folder.mkdir()
        for _ in range(2):
            gone = set(rng.integers(0, len(families), int(rng.integers(0, 4))).tolist())
            families = [one for n, one in enumerate(families) if n not in gone]
            families += invent(rng, int(rng.integers(1, 30)), districts=5)
            cities.append(City(families))
        if seed % 2:
            cities = [City(by_rule(city.families)) for city in cities]
        report = assert_safe(cities, folder, 5, refused=refused.setdefault(seed, []))
        cells += len(report.intervals)
        assert 1 not in refused[seed], "the first release has nothing beside it"
    closed = sorted(number for numbers in refused.values() for number in numbers)
    keep(
        "open_data",
        "An attack on open data of three releases in a row, a few families more and less in each",
        [
            ("cities of 400 families, each opened three times", str(_CITIES)),
            ("cells that were left out and attacked", f"{cells:,}"),
            ("… recovered", "0"),
            ("cuts refused because a cell could not be protected beside earlier ones: second, third releases",
             f"{closed.count(2)}, {closed.count(3)} of {_CITIES} each"),
        ],
    )  # fmt: skip
