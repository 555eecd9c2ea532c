"""The grammar of NIK and KK in Python, against the truth tables that hold the dbt macros too (tests/sql)."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pytest

from simpul.identity import grammar
from simpul.identity.grammar import KkStatus, NikStatus

ROOT = Path(__file__).parents[2]
ON = date(2024, 7, 1)


def _golden(name: str) -> list[dict[str, str]]:
    with open(ROOT / "tests" / "golden" / f"{name}.csv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


@pytest.mark.parametrize("case", _golden("nik"), ids=lambda case: case["why"])
def test_nik(case):
    status = grammar.nik_status(
        grammar.digits(case["nik"] or None),
        grammar.digits(case["no_kk"] or None),
        _day(case["birth_date"]),
        case["sex"] or None,
        in_rounded_file=case["in_rounded_file"] == "true",
    )
    assert status == case["status"]


@pytest.mark.parametrize("case", _golden("kk"), ids=lambda case: case["why"])
def test_kk(case):
    status = grammar.kk_status(
        grammar.digits(case["no_kk"] or None),
        grammar.digits(case["nik"] or None),
        _day(case["birth_date"]),
        in_rounded_file=case["in_rounded_file"] == "true",
    )
    assert status == case["status"]


@pytest.mark.parametrize("case", _golden("rounded"), ids=lambda case: case["why"])
def test_rounded(case):
    count, ending = int(case["numbers"]), int(case["ending_in_0"])
    numbers = [f"{1274011203900 + n}{'000' if n < ending else '001'}" for n in range(count)]
    # neither what is there twice nor what is no number counts
    assert grammar.looks_rounded([*numbers, *numbers[:40], None, "0"]) is (case["is_rounded"] == "true")


def test_every_status_has_a_case_and_a_sentence_in_both_languages():
    seen = {
        "nik": {case["status"] for case in _golden("nik")},
        "no_kk": {case["status"] for case in _golden("kk")},
    }
    assert seen["nik"] | {NikStatus.SHARED} == set(NikStatus)  # shared: tests/identity/test_sides.py
    assert seen["no_kk"] == set(KkStatus)
    with open(ROOT / "dbt_project" / "seeds" / "seed_nik_status.csv", encoding="utf-8", newline="") as file:
        told = [(row["number"], row["status"]) for row in csv.DictReader(file)]
    assert sorted(told) == sorted([("nik", s) for s in NikStatus] + [("no_kk", s) for s in KkStatus])
    for number, kinds in (("nik", NikStatus), ("no_kk", KkStatus)):
        sentences = [grammar.sentence(number, status) for status in kinds]
        assert all(sentence.en.endswith(".") and sentence.id.endswith(".") for sentence in sentences)
        assert len({text for sentence in sentences for text in sentence}) == 2 * len(sentences)


def test_the_date_in_a_nik_lies_in_the_hundred_years_up_to_now():
    assert grammar.birth_date_in("1274015203240001", ON) == date(2024, 3, 12)
    assert grammar.birth_date_in("1274011203250001", ON) == date(1925, 3, 12)


@pytest.mark.parametrize(
    ("number", "level"),
    [
        ("9112011203900001", "district"),  # withdrawn
        ("1274991203900001", "regency"),
        ("1299991203900001", "province"),
        ("9712011203900001", None),
        ("127401", None),
        (None, None),
    ],
)
def test_prefix_level(number, level):
    assert grammar.prefix_level(number) == level
