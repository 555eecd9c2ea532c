"""Events are whole, hold no value of a person, and never stop the work that they tell of."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

import pytest

from simpul import pipeline
from simpul.contract import load_contracts
from simpul.settings import get_settings
from simpul.trust import lineage
from tests.gate.test_waivers import five, waive
from tests.landing.conftest import KKS, as_csv, drop  # noqa: F401 - a file for the inbox
from tests.trust import events

NIK_NAME = "dinsos/KKS 1274010203900001 2024-06.csv"


def land(drop, name: str = "dinsos/KKS 2024-06.csv") -> list[dict]:  # noqa: F811
    drop(name, as_csv(KKS, five()))
    return pipeline.land_inbox()


def complete(told: list[dict], job: str) -> dict:
    (event,) = [one for one in told if one["job"]["name"] == job and one["eventType"] == "COMPLETE"]
    return event


def test_a_landing_tells_the_file_its_rows_and_what_the_gate_asked(drop):  # noqa: F811
    number = waive()
    (landed,) = land(drop, NIK_NAME)
    told = events.read(get_settings().lineage_dir)
    for event in told:
        events.check(event)
    landing, gate = (complete(told, f"landing.{job}dinsos.kks_payment") for job in ("", "gate."))
    (source,), (loaded,) = landing["inputs"], landing["outputs"]
    file = source["facets"]["simpul_deliveredFile"]
    assert source["name"].endswith(file["sha256"]) and file["fileId"] == landed["file_id"]
    assert (file["dataset"], file["period"]) == ("dinsos.kks_payment", "2024-Q2")
    assert loaded["name"].endswith(f"raw.dinsos__kks_payment__{landed['file_id']}")
    assert loaded["outputFacets"]["outputStatistics"]["rowCount"] == 5
    assert loaded["facets"]["simpul_rowAnchor"]["columns"]["_row"] == "row"
    assert gate["inputs"][0]["name"] == loaded["name"]
    (parent,) = gate["outputs"]
    assert parent["name"].endswith("raw.dinsos__kks_payment")
    assert parent["outputFacets"]["outputStatistics"]["rowCount"] == 5
    asked = {
        one["name"]: one for one in gate["inputs"][0]["inputFacets"]["dataQualityAssertions"]["assertions"]
    }
    assert set(asked) >= {rule.code for rule in load_contracts()["dinsos.kks_payment"].rules}
    broken = asked["jenis_bansos_known"]
    assert (broken["success"], broken["actual"], broken["severity"]) == (False, "1", "warn")
    assert broken["params"]["ruleVersion"] == 1 and len(broken["params"]["ruleVersionHash"]) == 64
    assert {one["params"]["waiver"] for one in asked.values() if "waiver" in one["params"]} == {number}
    assert broken["params"]["waiver"] == number
    # told twice it is the same run
    lineage.tell_files([landed["file_id"]])
    again = events.read(get_settings().lineage_dir)
    assert again[: len(told)] == told == again[len(told) :]
    text = "".join(path.read_text() for path in get_settings().lineage_dir.rglob("*") if path.is_file())
    assert "1274010203900001" not in text
    assert not any(cell in text for row in five() for cell in row[:3]), "a value of a row is told"


def test_off_is_off(fresh_warehouse, monkeypatch):
    monkeypatch.setenv("SIMPUL_LINEAGE", "false")
    get_settings.cache_clear()
    assert lineage.tell_files(["a file"]) is None and not fresh_warehouse.lineage_dir.exists()


def test_events_that_cannot_be_written_stop_nothing_and_are_said(fresh_warehouse, caplog):
    fresh_warehouse.lineage_dir.write_text("a file where the folder should be")
    with caplog.at_level(logging.ERROR, logger="simpul.lineage"):
        assert lineage.tell_files(["a file"]) is None
    assert "could not be written (" in caplog.text and "simpul lineage" in caplog.text


@pytest.mark.parametrize("months", [0, 24])
def test_only_months_longer_ago_than_releases_are_kept_go(fresh_warehouse, months):
    now = datetime.now(UTC)
    home = fresh_warehouse.lineage_dir
    for back in (0, months, months + 1):
        month = now.year * 12 + now.month - 1 - back
        (home / f"{month // 12:04d}-{month % 12 + 1:02d}").mkdir(parents=True, exist_ok=True)
    oldest = min(path.name for path in home.iterdir())
    (home / "again").mkdir()
    assert lineage.sweep(months) == [oldest]
    assert (home / "again").is_dir() and (home / f"{now:%Y-%m}").is_dir()
