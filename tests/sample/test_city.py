"""The invented people: their numbers by the real grammar, their families as families are."""

from __future__ import annotations

import ast
import csv
import sys
from collections import Counter
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from sample.city import ALIVE, build_city
from sample.households import CHILD, FEMALE, HEAD, SPOUSE, age
from sample.programmes import enrol
from sample.words import FOLDER

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def city():
    return build_city(30_000, seed=3)


def _district_codes() -> set[str]:
    with (ROOT / "dbt_project/seeds/seed_region.csv").open(encoding="utf-8", newline="") as file:
        return {
            row["region_code"].replace(".", "") for row in csv.DictReader(file) if row["level"] == "district"
        }


@pytest.mark.parametrize("people", [1, 2, 7, 500, 3001])
def test_a_city_has_exactly_the_people_asked_for(people: int) -> None:
    small = build_city(people, seed=11)
    assert len(small.people.nik) == len(set(small.people.nik)) == people
    assert small.people.role[0] == HEAD


def test_a_city_of_nobody_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        build_city(0, seed=1)


def test_every_nik_obeys_the_grammar(city) -> None:
    people, districts = city.people, _district_codes()
    for nik, sex, born in zip(
        people.nik, people.sex, people.born.astype("datetime64[D]").tolist(), strict=True
    ):
        assert len(nik) == 16 and nik.isdigit()
        assert nik[:6] in districts
        assert nik[6:12] == f"{born.day + 40 * (sex == FEMALE):02d}{born:%m%y}"


def test_numbers_come_from_serials_no_office_issues_and_never_meet(city) -> None:
    """The guarantee that no number of the sample is somebody's: serials of thousands are never reached."""
    families, people = city.families, city.people
    bands = [(people.nik, 6001, 8999), (people.other_nik, 5001, 5999), (families.kk, 9001, 9999),
             (families.former_kk, 4001, 4999)]  # fmt: skip
    for numbers, low, high in bands:
        assert all(low <= int(number[12:]) <= high for number in numbers)
        assert len(set(numbers)) == len(numbers)
    assert all(1 <= int(kk[6:8]) <= 31 and 1 <= int(kk[8:10]) <= 12 for kk in families.kk)


def test_most_people_are_registered_here_and_some_where_the_code_is_withdrawn(city) -> None:
    prefixes = Counter(nik[:4] for nik in city.people.nik)
    assert 0.83 < prefixes["1274"] / len(city.people.nik) < 0.87
    assert prefixes["9101"] + prefixes["9102"] + prefixes["9271"] > 0


def test_names_are_made_of_the_word_lists_alone(city) -> None:
    """No name was taken from a person: each word stands in a list of given names or clans."""
    known = {word for path in FOLDER.glob("*.txt") for word in path.read_text(encoding="utf-8").split()}
    known |= {"Muhammad", "Siti"}
    assert {word for name in city.people.name for word in name.split()} <= known
    assert sum(" " not in name for name in city.people.name) > len(city.people.name) * 0.02  # mononyms


def test_children_are_younger_than_their_mothers_and_twins_exist(city) -> None:
    people, start = city.people, city.homes.start
    child = np.flatnonzero(people.role == CHILD)
    second = np.minimum(start + 1, len(people.nik) - 1)
    mother = np.where(people.sex[start] == FEMALE, start, second)[people.family]
    mother = np.where(people.sex[mother] == FEMALE, mother, -1)
    of_wife = child[
        (people.role[mother[child]] == SPOUSE) & (people.family[mother[child]] == people.family[child])
    ]
    years = (people.born[of_wife] - people.born[mother[of_wife]]) / 365.25
    assert len(of_wife) and years.min() > 15 and years.max() < 50
    assert (people.mother[of_wife] == people.name[mother[of_wife]]).all()
    born, family = people.born[child], people.family[child]
    twins = (born[1:] == born[:-1]) & (family[1:] == family[:-1])
    assert 0.003 < twins.mean() < 0.02


def test_the_city_is_young_and_has_both_sexes_and_deaths(city) -> None:
    years = age(city.people.born)
    assert years.min() >= 0 and years.max() <= 100
    assert 0.15 < (years < 10).mean() < 0.25 and (years >= 60).mean() < 0.13
    assert 0.48 < (city.people.sex == FEMALE).mean() < 0.53
    assert 0.005 < (city.people.died != ALIVE).mean() < 0.03


def test_some_siblings_have_the_same_name(city) -> None:
    people = city.people
    child = people.role == CHILD
    same = (
        child[1:]
        & child[:-1]
        & (people.name[1:] == people.name[:-1])
        & (people.family[1:] == people.family[:-1])
    )
    assert same.any()


def test_programmes_miss_some_of_the_poor_and_reach_some_of_the_others(city) -> None:
    programmes, decile = enrol(city), city.families.decile
    counts = np.bincount(decile)[1:]
    assert counts.max() - counts.min() <= 1
    listed = np.zeros(len(decile), dtype=bool)
    listed[city.people.family[programmes.dtks]] = True
    assert 0.37 < listed.mean() < 0.43
    assert 0.1 < (~listed[decile <= 4]).mean() < 0.25  # should be listed and are not
    assert 0.05 < listed[decile > 4].mean() < 0.2  # are listed and should not be
    assert 0.3 < programmes.pbi.mean() < 0.45
    assert (programmes.pkh_idr[programmes.pkh_idr > 0] % 25_000 == 0).all()
    assert len(set(programmes.card.tolist())) == len(decile)
    assert (city.people.family[programmes.recipient] == np.arange(len(decile))).all()
    assert (city.people.died[programmes.recipient[programmes.sembako]] != ALIVE).any()  # paid to the dead


def test_births_are_dates() -> None:
    small = build_city(200, seed=5)
    days = small.people.born.astype("datetime64[D]").tolist()
    assert all(date(1910, 1, 1) < day <= date(2024, 6, 30) for day in days)


def test_the_sample_needs_numpy_only() -> None:
    """It can be copied out of the house: no import of `simpul`, no pandas."""
    for path in (ROOT / "include" / "sample").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) and node.module else []
            assert {name.split(".")[0] for name in names} <= sys.stdlib_module_names | {"numpy", "sample"}, (
                path
            )
