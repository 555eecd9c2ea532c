"""The end of an ingest run: red whenever something that was found is not where it should be."""

from __future__ import annotations

import threading

import pytest

from simpul import pipeline
from simpul.database import connect
from simpul.errors import HeldFile, SimpulError
from simpul.settings import get_settings
from tests.landing.conftest import pbi


def land_all(found, run_id="r"):
    """What the mapped tasks leave: a result each, nothing where landing failed."""
    results = []
    for file in found:
        try:
            results.append(pipeline.step_land(file, run_id=run_id))
        except SimpulError:
            continue
    pipeline.step_gate_files(results)
    return results


def test_a_run_that_landed_everything_counts_it(drop):
    drop("bpjs/pbi 2024-06.csv", pbi(3))
    found = pipeline.step_select("bpjs")
    assert pipeline.step_report(found, land_all(found), "r") == {"landed": 1}


def test_a_file_that_left_no_trace_in_the_register_fails_the_run(drop):
    """A full disk, a file that went away: landing fails before there is a row."""
    gone = drop("bpjs/pbi 2024-05.csv", pbi(3))
    drop("bpjs/pbi 2024-06.csv", pbi(4))
    found = pipeline.step_select("bpjs")
    gone.unlink()
    with pytest.raises(SimpulError, match=r"1 of 2 files did not land:\n  'pbi 2024-05.csv' is not received"):
        pipeline.step_report(found, land_all(found), "r")


def test_a_number_in_a_name_is_passed_on_by_nothing(drop):
    """Airflow keeps and shows what a task gives to the next one; a file may be named after a person's NIK."""
    nik = "1274010203900001"
    drop(f"bpjs/{nik}/pbi {nik} 2024-06.csv", pbi(3))
    drop(f"bpjs/surat {nik}.csv", "perihal,tanggal\nundangan,1 Juni\n")
    found = pipeline.step_select("bpjs")
    landed = land_all(found)
    assert [file["status"] for file in landed] == ["loaded"]
    with pytest.raises(SimpulError, match=r"1 of 2 files did not land:\n  'surat ….csv' is held") as caught:
        pipeline.step_report(found, landed, "r")
    assert nik not in f"{found}{landed}{caught.value}"


def test_an_earlier_delivery_of_the_same_name_does_not_speak_for_this_one(drop):
    path = drop("bpjs/pbi 2024-05.csv", pbi(3))
    land_all(pipeline.step_select("bpjs"), run_id="earlier")
    path.write_text(pbi(4))
    found = pipeline.step_select("bpjs")
    path.unlink()
    with pytest.raises(SimpulError, match=r"'pbi 2024-05\.csv' is not received"):
        pipeline.step_report(found, land_all(found), "r")


def test_a_held_file_is_named_with_its_reason_and_a_failed_step_too(drop):
    drop("bpjs/surat.csv", "perihal,tanggal\nundangan,1 Juni\n")
    found = pipeline.step_select("bpjs")
    with pytest.raises(HeldFile):
        pipeline.step_land(found[0], run_id="r")
    with pytest.raises(SimpulError, match=r"'surat.csv' is held: .*\n  gate failed") as caught:
        pipeline.step_report(found, [], "r", failed=["gate"])
    assert "unknown" in str(caught.value) or "heading" in str(caught.value)


def test_a_run_that_only_held_files_is_noted_and_no_other(drop):
    """Each held file is told already, so the run that is red for them need not be."""
    drop("bpjs/surat.csv", "perihal,tanggal\nundangan,1 Juni\n")
    gone = drop("bpjs/pbi 2024-05.csv", pbi(3))
    found = pipeline.step_select("bpjs")
    gone.unlink()
    landed = land_all(found)

    held = [file for file in found if "surat" in file["name"]]

    def is_noted(files, **more):
        with pytest.raises(SimpulError):
            pipeline.step_report(files, landed, "r", **more)
        with connect() as conn:
            return conn.execute("select subject from audit.ledger where kind = 'run.held'").fetchall() == [
                ("r",)
            ]

    assert not is_noted(found), "the landing of the other left nothing behind"
    assert not is_noted(held, failed=["gate"]) and not is_noted(held, is_all=False)
    assert is_noted(held)


def test_a_failed_discovery_fails_a_run_that_has_no_file(fresh_warehouse):
    with pytest.raises(SimpulError, match="discover failed"):
        pipeline.step_report([], [], "r", failed=["discover"])
    assert pipeline.step_report([], [], "r") == {}


def test_a_file_that_is_still_being_written_waits_and_is_said(drop, monkeypatch, caplog):
    path = drop("bpjs/pbi 2024-06.csv", pbi(3))
    found = pipeline.step_select("bpjs")
    monkeypatch.setenv("SIMPUL_SETTLE_SECONDS", "0.5")
    get_settings.cache_clear()
    threading.Timer(0.2, lambda: path.write_text(pbi(5))).start()
    path.write_text(pbi(4))
    landed = land_all(found)
    assert [file["status"] for file in landed] == ["unsettled"]
    assert pipeline.step_report(found, landed, "r") == {"unsettled": 1}
    assert "still being written" in caplog.text
