"""The programme seeds: every spelling leads to a programme, amounts do not overlap in time."""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest
import yaml

SEEDS = Path(__file__).parents[2] / "dbt_project" / "seeds"


def seed(name: str) -> list[dict[str, str]]:
    with open(SEEDS / f"{name}.csv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(
    "declared", yaml.safe_load((SEEDS / "_seeds.yml").read_text())["seeds"], ids=lambda item: item["name"]
)
def test_every_seed_is_declared_column_by_column_in_both_languages(declared):
    with open(SEEDS / f"{declared['name']}.csv", encoding="utf-8", newline="") as file:
        header = next(csv.reader(file))
    assert list(declared["config"]["column_types"]) == header
    assert [column["name"] for column in declared["columns"]] == header
    for described in (declared, *declared["columns"]):
        english, _, indonesian = described["description"].partition(" — ")
        assert english and indonesian, described["name"]


def test_every_csv_is_declared():
    declared = {item["name"] for item in yaml.safe_load((SEEDS / "_seeds.yml").read_text())["seeds"]}
    assert declared == {path.stem for path in SEEDS.glob("*.csv")}


def test_every_programme_of_the_articles_is_there():
    codes = {row["program_code"] for row in seed("seed_program")}
    assert codes >= {"PKH", "SEMBAKO", "BST", "PBI_JK", "PBI_APBD", "KJP", "KPDJ", "KLJ", "JAMKESMAS"}


def test_amounts_and_spellings_belong_to_programmes():
    codes = {row["program_code"] for row in seed("seed_program")}
    assert {row["program_code"] for row in seed("seed_program_amount")} <= codes
    assert {row["program_code"] for row in seed("seed_program_alias")} == codes


def test_a_spelling_is_its_key_and_names_one_programme_unless_combined():
    by_key = defaultdict(list)
    for row in seed("seed_program_alias"):
        assert re.sub("[^a-z0-9]", "", row["alias"].lower()) == row["alias_key"]
        by_key[row["alias_key"]].append(row)
    for key, rows in by_key.items():
        combined = {row["is_combined"] for row in rows}
        assert combined == ({"false"} if len(rows) == 1 else {"true"}), key
    assert {row["program_code"] for row in by_key["pkhsembako"]} == {"PKH", "SEMBAKO"}
    assert [row["program_code"] for row in by_key["bpnt"]] == ["SEMBAKO"]


def test_amounts_of_a_component_do_not_overlap_and_say_how_sure_they_are():
    spans = defaultdict(list)
    for row in seed("seed_program_amount"):
        assert int(row["amount_idr"]) > 0
        assert row["confidence"] in {"press", "general"}
        assert row["source"]
        ends = date.fromisoformat(row["valid_to"]) if row["valid_to"] else date.max
        spans[row["program_code"], row["component"]].append((date.fromisoformat(row["valid_from"]), ends))
    for key, times in spans.items():
        assert all(ends < begins for (_, ends), (begins, _) in pairwise(sorted(times))), key


def test_rules_name_a_unit_and_a_registry_as_their_programme_has_them():
    units = {row["program_code"]: row["unit"] for row in seed("seed_program")}
    for row in seed("seed_program_rule"):
        assert row["unit"] == units[row["program_code"]]
        assert row["confidence"] in {"press", "general"}
        assert row["legal_basis"] and row["source"]
        assert bool(row["max_decile"]) == bool(row["decile_scope"]), "a decile is one within something"
        assert row["valid_from"] and (not row["valid_to"] or row["valid_from"] <= row["valid_to"])
        if row["min_age"] and row["max_age"]:
            assert int(row["min_age"]) <= int(row["max_age"])


def test_rules_of_one_registry_and_condition_do_not_overlap_in_time():
    spans = defaultdict(list)
    for row in seed("seed_program_rule"):
        ends = date.fromisoformat(row["valid_to"]) if row["valid_to"] else date.max
        spans[row["program_code"], row["registry"], row["condition"]].append(
            (date.fromisoformat(row["valid_from"]), ends)
        )
    for key, times in spans.items():
        assert all(ends < begins for (_, ends), (begins, _) in pairwise(sorted(times))), key


def test_only_women_are_asked_for_a_pregnancy():
    asked = {(row["condition"], row["sex"]) for row in seed("seed_program_rule") if row["sex"]}
    assert asked == {("pregnancy", "female")}
    assert all(row["sex"] for row in seed("seed_program_rule") if row["condition"] == "pregnancy")


def test_programmes_of_jakarta_ask_what_they_are_for():
    asked = {
        row["program_code"]: (row["condition"], row["min_age"], row["max_age"])
        for row in seed("seed_program_rule")
    }
    assert asked["KJP"] == ("school_age", "6", "21")
    assert asked["KLJ"] == ("elderly", "60", "")
    assert asked["KPDJ"] == ("disability", "", "")


def test_a_spelling_of_an_indicator_is_its_key_and_every_indicator_has_its_own_name():
    known = {row["indicator_code"]: row for row in seed("seed_indicator")}
    by_key = {}
    for row in seed("seed_indicator_alias"):
        assert re.sub("[^a-z0-9]", "", row["alias"].lower()) == row["alias_key"]
        assert row["alias_key"] not in by_key and row["indicator_code"] in known
        by_key[row["alias_key"]] = row["indicator_code"]
    for code, row in known.items():
        assert by_key[re.sub("[^a-z0-9]", "", row["name"].lower())] == code


@pytest.mark.parametrize(
    ("printed", "direction"),
    [
        ("Tingkat Pengangguran Terbuka (TPT)", "lower"),
        ("Prevalensi Stunting", "lower"),
        ("Angka Kematian Ibu per 100.000 KH", "lower"),
        ("APM SMA/MA/SMK", "higher"),
        ("Indeks Pembangunan Manusia (IPM)", "higher"),
        ("Rasio elektrifikasi", "higher"),
        ("Jumlah sapi", None),
    ],
)
def test_which_way_is_better_in_the_report_of_another_city(printed, direction):
    key = re.sub("[^a-z0-9]", "", printed.lower())
    code = {row["alias_key"]: row["indicator_code"] for row in seed("seed_indicator_alias")}.get(key)
    assert {row["indicator_code"]: row["direction"] for row in seed("seed_indicator")}.get(code) == direction
