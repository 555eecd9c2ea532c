"""Labelled populations: the columns of int_person_record, the same every time, and each with the errors it is about."""

from __future__ import annotations

import re
from datetime import date
from functools import cache
from importlib import import_module

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from bench.identity import febrl, tutorial
from bench.identity.ceiling import pairs_in_doubt
from bench.identity.city import clean, day, digits
from bench.identity.listing import COLUMNS, LEFT_OUT, SCHEMA
from bench.identity.methods import METHODS
from bench.identity.populations import POPULATIONS, Population, people_for, records
from bench.identity.quality import measure
from bench.identity.status import MISSING, nik_status
from bench.identity.world import issue, populate
from bench.machine import ROOT
from sample.words import texts

SPOILT = [name for name in POPULATIONS if name != "city"]


@cache
def small(name: str) -> Population:
    return records(name, 3_000, seed=7)


def days(iso: str | None) -> int:
    return (date.fromisoformat(iso) - date(1970, 1, 1)).days if iso else MISSING


def share(values: pa.ChunkedArray) -> float:
    return pc.mean(values.cast(pa.int8())).as_py()


def test_columns_are_those_of_the_model():
    model = (ROOT / "dbt_project/models/intermediate/int_person_record.sql").read_text(encoding="utf-8")
    select = model.split("person_record as (")[1].split("from judged")[0].split("select")[1]
    lines = [line.strip().rstrip(",") for line in select.splitlines()]
    names = [re.split(r"[\s.]", line)[-1] for line in lines if line and not line.startswith("--")]
    assert tuple(name for name in names if name not in LEFT_OUT) == COLUMNS


@pytest.mark.parametrize("name", POPULATIONS)
def test_records_and_truth_stand_side_by_side(name):
    population = small(name)
    assert population.records.schema == SCHEMA
    keys = population.records["record_key"].to_pylist()
    assert keys == population.truth["record_key"].to_pylist() and len(keys) == len(set(keys))
    own = population.truth["nik_own"].to_numpy()
    faults = population.truth["faults"].to_pylist()
    sound = np.array(["nik_" not in said and "copied_row" not in said for said in faults])
    assert own[sound].all(), "a number that nothing befell is the person's own"
    assert (~own[~sound]).any()


@pytest.mark.parametrize("name", POPULATIONS)
def test_the_same_seed_gives_the_same_records(name):
    again, other = records(name, 400, seed=3), records(name, 400, seed=4)
    assert again.records.equals(records(name, 400, seed=3).records)
    assert not again.records.equals(other.records)


@pytest.mark.parametrize("name", POPULATIONS)
def test_so_many_people_have_about_so_many_records(name):
    assert len(records(name, people_for(name, 10_000)).records) == pytest.approx(10_000, rel=0.15)


@pytest.mark.parametrize("name", SPOILT)
def test_every_fault_changes_records_and_no_source_has_what_it_lacks(name):
    module, population = import_module(f"bench.identity.{name}"), small(name)
    seen = set(" ".join(population.truth["faults"].to_pylist()).split())
    named = {fault for faults in module.MODEL.rates.values() for fault in faults}
    assert set(module.MODEL.how) == named
    assert named - seen <= {"nik_nines", "nik_serial_gone", "two_slips", "nik_lost"}, (
        "the rarest may miss 3,000 people"
    )
    for source in module.SOURCES:
        of_it = pc.equal(population.records["file_id"], f"{source.dataset}-{source.period}")
        rows = population.records.filter(of_it)
        assert len(rows) > 100
        for column in source.lacks:
            assert rows[column].null_count == len(rows), (source.dataset, column)


def test_an_unspoilt_number_is_valid():
    """The grammar, the region and the date of everybody's number are right before anything goes wrong."""
    for name in SPOILT:
        people = populate(import_module(f"bench.identity.{name}").WORLD, 5_000, seed=2)
        sex = np.where(people.sex == 1, texts(["female"]), texts(["male"]))
        for numbers in (people.nik, people.other_nik):
            assert set(nik_status(numbers, people.kk, people.born, sex)) == {"valid"}
        assert len({*people.nik, *people.other_nik, *people.kk}) == 10_000 + len(set(people.kk))


def test_more_people_of_a_day_than_serials_are_refused():
    with pytest.raises(ValueError, match="more people of one day"):
        issue(np.full(7_000, 330214), np.full(7_000, 10170), 4001)


def test_the_registrar_loses_numbers():
    population = small("registrar")
    registry = pc.equal(population.records["dataset"], "dinsos.dtsen")
    status = population.records.filter(registry)["nik_status"]
    assert 0.27 < share(pc.equal(status, "missing")) < 0.33
    faults = population.truth["faults"]
    relative = population.records.filter(pc.match_substring(faults, "nik_of_relative"))["nik"]
    assert share(pc.is_in(relative, population.records["nik"].unique())) > 0.5, "it is somebody's"
    usable, own = population.truth["nik_usable"], population.truth["nik_own"]
    assert share(pc.and_(usable, pc.invert(own))) > 0.01, "valid, and not their own"


def test_the_village_hardly_tells_people_apart():
    population = small("village")
    truth = population.truth
    assert 0.36 < share(truth["mononym"]) < 0.48
    assert truth["region"].unique().to_pylist() == ["33.02.14"]
    people = populate(import_module("bench.identity.village").WORLD, 60_000, seed=1)
    assert (people.born == 0).sum() >= 10_000, "the block of 1 January 1970"
    assert len(set(people.name)) < 20_000
    twins = np.flatnonzero(people.is_twin)
    assert len(twins) > 200
    alike = (people.family[1:] == people.family[:-1]) & (people.born[1:] == people.born[:-1])
    assert people.is_twin[1:][alike & (people.role[1:] == 2) & (people.role[:-1] == 2)].all()


def test_the_typist_swaps_mistypes_and_leaves_out():
    population = small("typist")
    mothers = population.records.filter(pc.equal(population.records["dataset"], "dinsos.dtks"))["mother_name"]
    assert 0.2 < mothers.null_count / len(mothers) < 0.3
    assert len(population.truth["region"].unique()) == 7
    months = pc.strftime(population.records["birth_date"], "%m-%d")
    assert 0.05 < share(pc.equal(months, "01-01").drop_null()) < 0.2


def test_moves_and_marriages_change_cards():
    people = populate(import_module("bench.identity.registrar").WORLD, 5_000, seed=1)
    assert 0.2 < (people.kk != people.kk_once).mean() < 0.6
    assert 0.03 < (people.village != people.village_once).mean() < 0.4


def test_the_city_is_several_cities_with_the_faults_of_the_sample():
    population = small("city")
    assert len(population.records["regency_region_code"].unique()) == 6
    seen = set(" ".join(population.truth["faults"].to_pylist()).split())
    assert {"nik_missing", "name_typo", "birth_january", "mother_missing", "entered_twice"} <= seen
    assert "copied_row" not in seen, "staging keeps one of two rows that say the same"
    born = dict(
        zip(population.truth["person"].to_pylist(), population.records["birth_date"].to_pylist(), strict=True)
    )
    assert len(born) > 1_000


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("17-08-1990", "1990-08-17"), ("17/08/1990 0:00:00", "1990-08-17"), ("1990-08-17", "1990-08-17"),
        ("33102", "1990-08-17"), ("31-02-1990", None), ("", None),
    ],
)  # fmt: skip
def test_dates_of_the_sample_are_read(cell, said):
    assert day(cell) == days(said)


def test_cells_are_cleaned_as_in_staging():
    assert [clean(cell) for cell in (" SITI  AMINAH ", "-", "")] == ["SITI AMINAH", None, None]
    assert [digits(cell) for cell in ("'1274.011203-900001", "0", "-", "1,27401E+15")] == [
        "1274011203900001", None, None, "1,27401E+15",
    ]  # fmt: skip


def test_a_record_that_fits_somebody_else_is_in_doubt():
    born, other = date(1970, 1, 1), date(1980, 5, 5)
    said = [  # key, person, has a NIK, name, born, card
        ("a", 1, True, "SITI", born, "1"), ("b", 1, False, "Siti", None, None),  # fits person 2 as well
        ("c", 2, True, "SITI", born, "2"), ("d", 2, False, "SITI", born, "2"),  # the card tells
        ("e", 3, True, "AHMAD", other, "3"), ("f", 3, True, "AHMAD", None, None),  # has a NIK
        ("g", 3, False, "AHMAD", other, None), ("h", 4, True, "AHMAD", None, None),  # nothing says that 4 fits
    ]  # fmt: skip
    keys, person, usable, name, birth, card = (list(column) for column in zip(*said, strict=True))
    empty = pa.nulls(8, pa.string())
    table = pa.table({
        "record_key": keys, "name": name, "birth_date": pa.array(birth, pa.date32()), "no_kk": card, "sex": empty,
        "mother_name": empty, "regency_region_code": ["33.02"] * 8,
    })  # fmt: skip
    assert pairs_in_doubt(table, pa.table({"record_key": keys, "person": person, "nik_usable": usable})) == 1


def test_an_unknown_population_is_refused():
    with pytest.raises(ValueError, match="no population 'town'"):
        records("town", 10)


def test_the_nik_join_joins_sixteen_digits_only():
    niks = ["1274011203900001", "1274011203900001", "127401120390000", None, None]
    clusters = METHODS["NIK join"](pa.table({"record_key": list("abcde"), "nik": niks}))
    assert clusters["cluster"].to_pylist() == [niks[0], niks[0], "c", "d", "e"]


def test_rules_with_too_many_comparisons_are_left_out():
    import duckdb

    con = duckdb.connect()
    con.execute(
        "create table prepared as select n % 2 as coarse, n // 2 as fine, null as unsaid from range(20000) t(n)"
    )
    assert tutorial.bounded(con, [("coarse",), ("fine",), ("unsaid",)]) == [("fine",), ("unsaid",)]


@pytest.mark.skipif(febrl.folder() is None, reason="FEBRL comes with the peers' environment (make bench)")
def test_febrl_is_read_whole():
    three, four = febrl.load("febrl3"), febrl.load("febrl4")
    assert (len(three.records), len(four.records)) == (5_000, 10_000)
    assert (
        measure(
            three.truth.select(["record_key", "person"]).rename_columns(["record_key", "cluster"]),
            three.truth,
        ).f1
        == 1
    )
    assert measure(febrl.link(four.records), four.truth).f1 > 0.98
