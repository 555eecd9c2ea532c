"""The package as others read it: Frictionless, DCAT, Satu Data Indonesia, spreadsheets."""

from __future__ import annotations

import csv
import hashlib
import json
import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from simpul.errors import SimpulError
from simpul.trust.opendata import package, protecting, reading, relations
from simpul.trust.opendata.tabular import _text
from tests.opendata.world import City, invent, marts, tables

NAME = re.compile(r"^[-a-z0-9._/]+$")  # Frictionless: of packages and resources
TYPES = {"string", "integer", "number", "boolean", "date"}


def opened(folder: Path) -> Path:
    found = marts(City(invent(np.random.default_rng(6), 60)))
    found["dim_region"] = [
        dict.fromkeys(tables()["dim_region"].open.columns)
        | {
            "region_code": "12.74",
            "valid_from": date(2004, 1, 1),
            "name": "Kota Tanjungbalai",
            "is_current": True,
        }
    ]
    found["fct_poverty"] = [
        dict.fromkeys(tables()["fct_poverty"].open.columns)
        | {"region_code": "12.74", "year": 2024, "month": 3, "area": "total"}
        | {"p0_percent": Decimal("11.70"), "poor_people": 3}
    ]
    rows = reading.shaped(found, tables(), 5)
    cut = relations.cut_of(7, 5, rows)
    cut.hidden.update(protecting.protect(cut, []))
    package.write(folder, package.Package(7, "2024-07-01", 5, rows, cut.hidden))
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return opened(tmp_path_factory.mktemp("package") / "open")


@pytest.fixture(scope="module")
def descriptor(folder) -> dict:
    return json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))


def lines(folder: Path, resource: dict) -> list[dict[str, str]]:
    with (folder / resource["path"]).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


# --------------------------------------------------------------------------------------------------------- Frictionless
def test_the_descriptor_keeps_the_rules_of_frictionless(descriptor):
    """Data Package and Table Schema v1, rule by rule, without a network."""
    assert descriptor["profile"] == "tabular-data-package"
    assert NAME.match(descriptor["name"])
    assert descriptor["licenses"][0]["name"]
    assert re.match(r"^\d{4}-\d\d-\d\dT", descriptor["created"])
    names = [resource["name"] for resource in descriptor["resources"]]
    assert len(set(names)) == len(names) > 0
    for resource in descriptor["resources"]:
        assert NAME.match(resource["name"])
        assert not resource["path"].startswith("/") and ".." not in resource["path"]
        assert resource["profile"] == "tabular-data-resource"
        schema = resource["schema"]
        columns = [field["name"] for field in schema["fields"]]
        assert len(set(columns)) == len(columns)
        assert {field["type"] for field in schema["fields"]} <= TYPES
        assert set(schema["primaryKey"]) <= set(columns)
        assert schema["missingValues"] == [""]
        assert all(" — " in field["description"] for field in schema["fields"])  # English and Indonesian


def test_every_cell_is_what_its_schema_says(folder, descriptor):
    read = {
        "string": str,
        "integer": int,
        "number": Decimal,
        "date": date.fromisoformat,
        "boolean": lambda text: {"true": True, "false": False}[text],
    }
    told = 0
    for resource in descriptor["resources"]:
        content = (folder / resource["path"]).read_bytes()
        assert resource["bytes"] == len(content)
        assert resource["hash"] == "sha256:" + hashlib.sha256(content).hexdigest()
        fields = {field["name"]: field for field in resource["schema"]["fields"]}
        keys = set()
        for row in lines(folder, resource):
            assert list(row) == list(fields)
            for name, text in row.items():
                if text:
                    read[fields[name]["type"]](text)
                    told += 1
                else:
                    assert not fields[name].get("constraints", {}).get("required"), name
            keys.add(tuple(row[name] for name in resource["schema"]["primaryKey"]))
        assert len(keys) == len(lines(folder, resource))
    assert told > 1000


def test_a_suppressed_cell_is_empty_and_named(folder, descriptor):
    seen = 0
    for resource in descriptor["resources"]:
        for row in lines(folder, resource):
            for name in (row.get("suppressed") or "").split():
                assert row[name] == ""
                seen += 1
    assert seen > 50


def test_no_small_count_and_no_share_is_told(folder, descriptor):
    for resource in descriptor["resources"]:
        fields = [field["name"] for field in resource["schema"]["fields"]]
        if "suppressed" not in fields:
            continue
        assert not any(name.endswith("_percent") for name in fields)
        counts = tables()[Path(resource["path"]).stem].open.all_counts
        assert not [
            row for row in lines(folder, resource) for name in counts if row[name] in ("1", "2", "3", "4")
        ]


def test_figures_that_their_owner_has_published_stay_as_they_are(folder):
    (row,) = lines(folder, {"path": "data/fct_poverty.csv"})
    assert (row["p0_percent"], row["poor_people"]) == ("11.70", "3")


def test_the_same_release_gives_the_same_bytes(folder, tmp_path):
    again = opened(tmp_path / "again")
    files = sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    assert files == sorted(path.relative_to(again) for path in again.rglob("*") if path.is_file())
    for file in files:
        assert (folder / file).read_bytes() == (again / file).read_bytes(), file


@pytest.mark.parametrize("text", ["=1+1", "+62", "-", "@x"])
def test_a_spreadsheet_reckons_with_no_text(text):
    assert _text(text, "string") == f"'{text}"
    assert _text(-1, "integer") == "-1"


# ----------------------------------------------------------------------------------------------------------- catalogues
def test_the_record_for_catalogues_says_what_where_when_and_how_to_check(folder, descriptor):
    record = json.loads((folder / "dcat.jsonld").read_text(encoding="utf-8"))
    prefixes = set(record["@context"])
    used = set(re.findall(r'"([a-z]+):[A-Za-z]+"\s*:', json.dumps(record)))
    assert used <= prefixes
    for name in ("title", "description", "publisher", "license", "temporal", "spatial", "issued"):
        assert record[f"dct:{name}"], name
    assert record["dcat:contactPoint"]
    assert [place["dct:identifier"] for place in record["dct:spatial"]] == ["12.74"]
    assert record["dct:temporal"]["dcat:startDate"]["@value"] == "2024"
    sums = {one["spdx:checksum"]["spdx:checksumValue"] for one in record["dcat:distribution"]}
    assert sums == {resource["hash"].removeprefix("sha256:") for resource in descriptor["resources"]}


def test_satu_data_indonesia_is_told_of_every_variable(folder, descriptor):
    told = json.loads((folder / "metadata-sdi.json").read_text(encoding="utf-8"))
    assert {"metadata_kegiatan", "metadata_indikator", "metadata_variabel"} <= set(told)
    variables = {(one["berkas"], one["nama"]) for one in told["metadata_variabel"]}
    assert variables == {
        (resource["path"], field["name"])
        for resource in descriptor["resources"]
        for field in resource["schema"]["fields"]
        if field["name"] != "suppressed"
    }
    assert all(one["definisi"] for one in told["metadata_variabel"])


def test_the_page_for_people_tells_of_every_file_in_both_languages(folder, descriptor):
    page = (folder / "README.md").read_text(encoding="utf-8")
    assert all(resource["path"] in page for resource in descriptor["resources"])
    assert "What is left out, and why" in page and "Apa yang tidak diungkap" in page
    assert "$" not in page


# -------------------------------------------------------------------------------------------------------- where it goes
def test_a_folder_that_holds_something_else_is_left_alone(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(SimpulError, match="holds something else"):
        package.require_free(tmp_path)
    package.require_free(tmp_path / "new")
