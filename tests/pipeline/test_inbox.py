"""Which files a run takes: together the runs see the whole inbox, none takes more than Airflow can map."""

from __future__ import annotations

import os
import time

import pytest

from simpul import landing, pipeline
from simpul.contract import AGENCIES
from simpul.database import connect
from simpul.errors import ContractBreach, HeldFile
from tests.landing.conftest import pbi


def names(found) -> list[str]:
    return [file["name"] for file in found]


def test_the_runs_together_see_every_folder_once():
    seen = [agency for agencies in pipeline.INBOXES.values() for agency in agencies]
    assert sorted(seen) == sorted({*AGENCIES, ""})


def test_what_lies_in_nobodys_folder_is_taken_and_held_with_the_reason(drop):
    for place in ("lepas.csv", "bps", "Dinas Sosial/dtks.csv", "review/keputusan.csv"):
        drop(place, pbi(1) + place)
    found = pipeline.step_select("reference")
    assert sorted(names(found)) == ["bps", "dtks.csv", "keputusan.csv", "lepas.csv"]
    assert not any(pipeline.step_select(inbox) for inbox in ("bps", "dinsos", "bpjs"))
    for file in found:
        with pytest.raises(HeldFile):
            pipeline.step_land(file, run_id="r")
    with connect(autocommit=True) as conn:
        told = dict(conn.execute("select file_name, reason from audit.file where status = 'held'").fetchall())
    assert "no agency's folder" in told["lepas.csv"] and "no agency's folder" in told["dtks.csv"]
    assert "the folder of 'review'" in told["keputusan.csv"]
    assert landing.discover() == []


def test_a_folder_is_its_agencys_whatever_its_case(drop):
    drop("BPJS/pbi 2024-06.csv", pbi(3))
    (file,) = pipeline.step_select("bpjs")
    assert pipeline.step_gate_files([pipeline.step_land(file)])[0]["status"] == "landed"
    assert pipeline.step_select("reference") == []


def test_a_run_takes_the_oldest_files_and_leaves_the_rest(drop, monkeypatch, caplog):
    monkeypatch.setattr(pipeline, "AT_ONCE", 2)
    for age in (10, 30, 20):
        path = drop(f"bpjs/{age}.csv", "x")
        os.utime(path, (time.time() - age, time.time() - age))
    assert names(pipeline.step_select("bpjs")) == ["30.csv", "20.csv"]
    assert "3 files wait" in caplog.text
    with pytest.raises(ContractBreach, match="3 files are asked for"):
        pipeline.step_select("bpjs", path=str(path.parent))


def test_the_cap_is_below_what_airflow_maps():
    assert pipeline.AT_ONCE <= 1024


def test_a_build_waits_for_what_arrives_but_not_for_what_nobody_takes(drop, monkeypatch):
    path = drop("bpjs/pbi 2024-06.csv", pbi(3))
    began = time.monotonic()
    pipeline.wait_for_landing(seconds=1)
    assert time.monotonic() - began >= 1
    monkeypatch.setattr(pipeline, "ARRIVING_SECONDS", time.time() - path.stat().st_ctime)
    began = time.monotonic()
    pipeline.wait_for_landing(seconds=10)
    assert time.monotonic() - began < 5
