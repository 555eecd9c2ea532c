"""Which files came and which wait for somebody: `simpul files`, and what `simpul status` says of them."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from simpul import landing
from simpul.cli import app
from tests.landing.conftest import pbi

run = CliRunner().invoke


@pytest.fixture
def held(drop) -> str:
    """A landed file, and one that is held because nothing says its period."""
    assert landing.land_file(drop("bpjs/pbi 2024-06.csv", pbi(5))).status == "landed"
    found = landing.land_file(drop("bpjs/daftar 1274011708900001.csv", pbi(4)))
    assert found.status == "held"
    return found.file_id


def test_files_are_listed_with_the_reason_of_those_held(held) -> None:
    plain = run(app, ["files"]).output
    assert "bpjs.pbi_jk" in plain and "2024-06" in plain and "12.74" in plain and "landed" in plain
    told = run(app, ["files", "--status", "held"]).output
    assert held in told and "pbi 2024-06.csv" not in told
    assert "  en: " in told and "--period" in told and "  id: " in told and "simpul land PATH" in told
    assert "1274011708900001" not in told, "a number in a name may be a person's"
    (one,) = json.loads(run(app, ["files", "--status", "held", "--json"]).stdout)
    assert (one["file_id"], one["is_waiting"], one["reason_id"] is not None) == (held, True, True)
    assert "no such file was received" in run(app, ["files", "--dataset", "dinsos.dtks"]).output
    assert "'bogus' is not one of" in run(app, ["files", "--status", "bogus"]).output


def test_status_says_how_many_wait_until_the_file_came_again(held, drop) -> None:
    assert "held files  1 wait" in run(app, ["status"]).output
    assert json.loads(run(app, ["status", "--json"]).stdout)["held_files"] == 1
    assert (
        landing.land_file(drop("bpjs/daftar 1274011708900001.csv", pbi(9)), period="2024-05").status
        == "landed"
    )
    assert json.loads(run(app, ["status", "--json"]).stdout)["held_files"] == 0
    assert "held files" not in run(app, ["status"]).output
    assert "a later delivery has landed in its place" in run(app, ["files", "--status", "held"]).output


def test_a_file_that_is_known_is_told_of_which(held, drop) -> None:
    told = run(app, ["land", str(drop("bpjs/salinan 2024-06.csv", pbi(5)))]).output
    assert "duplicate" in told and "the same bytes were received before as" in told
