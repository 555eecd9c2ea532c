"""Rows of replaced and withdrawn files leave raw when their time is over; the bytes bring them back."""

from __future__ import annotations

import psycopg
import pytest

from simpul import gate, landing, pipeline, release
from simpul.database import connect, warehouse_dsn
from simpul.errors import ReleaseError
from simpul.landing.verify import verify
from simpul.ledger import Decision
from tests.landing.conftest import pbi
from tests.landing.test_land import BPS

MONTH = "bpjs/pbi 2024-06.csv"
NEWER = "bpjs/pbi revisi 2024-06.csv"


def replaced(drop):
    """A file and the one that replaced it."""
    old = landing.land_file(drop(MONTH, pbi(5).replace("CONTOH 3;", '"CONTOH 3;')))
    return old.file_id, landing.land_file(drop(NEWER, pbi(8))).file_id


def tables(query):
    found = query(
        "select relname from pg_class where relnamespace = 'raw'::regnamespace and relkind = 'r' order by 1"
    )
    return [name.removeprefix("bpjs__pbi_jk__") for (name,) in found]


def test_the_rows_of_a_replaced_file_go_when_its_time_is_over(drop, query, fresh_warehouse):
    old, new = replaced(drop)
    assert release.drop_old_rows() == {"files": [], "waiting": 0}, "within the days of grace"
    query("update audit.file set landed_at = landed_at - interval '31 days' where file_id = %s", new)
    done = pipeline.step_maintain()
    assert done["rows"] == {"files": [old], "waiting": 0}
    assert tables(query) == [new]
    row = query(
        "select status, rows_loaded, rows_dropped_at is not null from audit.file where file_id = %s", old
    )
    assert row == [("superseded", 4, True)]
    assert query('select count(*) from quarantine."row" where file_id = %s', old) == [(1,)]
    assert query("select subject from audit.ledger where kind = 'file.rows_dropped'") == [(old,)]
    assert "Rows dropped" in (fresh_warehouse.reports / "landing" / old / "index.html").read_text()
    assert not verify().findings
    assert release.drop_old_rows(0) == {"files": [], "waiting": 0}
    with pytest.raises(ReleaseError, match="its rows are gone"):
        release.open_release("x", inputs=[old])


def test_a_replaced_edition_of_a_table_stays(drop, query):
    """What BPS told before it revised a figure is told on."""
    for name, figure in (("Kemiskinan", "16.73"), ("Kemiskinan revisi", "16.75")):
        landing.land_file(drop(f"bps/{name}, 2016.csv", f"{BPS}\nAceh,848.44,{figure}\n"))
    assert query("select status from audit.file order by received_at") == [("superseded",), ("landed",)]
    assert release.drop_old_rows(0) == {"files": [], "waiting": 0}


def test_its_bytes_bring_them_back(drop, query):
    old, new = replaced(drop)
    release.drop_old_rows(0)
    again = landing.reland(old)
    assert gate.gate_file(again.file_id).status == "landed"
    assert again.file_id == old + "-2" and query("select count(*) from raw.bpjs__pbi_jk") == [(12,)]
    assert not verify().findings
    assert pipeline.withdraw(again.file_id, Decision("t", "x"))["restored"] == (new,)


def test_withdrawing_the_newer_one_says_what_cannot_come_back_by_itself(drop, query):
    old, new = replaced(drop)
    release.drop_old_rows(0)
    done = pipeline.withdraw(new, Decision("t", "x"))
    assert (done["restored"], done["gone"]) == ((), (old,))
    assert release.drop_old_rows() == {"files": [], "waiting": 0}
    assert release.drop_old_rows(0)["files"] == [new], "a withdrawn file's rows have their time too"
    assert tables(query) == [] and not verify().findings


@pytest.mark.parametrize(("status", "stays"), [("published", True), ("candidate", True), ("retired", False)])
def test_a_kept_release_keeps_its_files(drop, query, status, stays):
    old = landing.land_file(drop(MONTH, pbi(5))).file_id
    opened = release.open_release("x")
    query("update audit.release set status = %s where release_id = %s", status, opened.release_id)
    new = landing.land_file(drop(NEWER, pbi(8))).file_id
    assert release.drop_old_rows(0)["files"] == ([] if stays else [old])
    assert tables(query) == sorted([old, new] if stays else [new])


def test_a_table_that_is_being_read_waits(drop, query):
    old, _ = replaced(drop)
    with psycopg.connect(warehouse_dsn()) as reader:
        reader.execute("select count(*) from raw.bpjs__pbi_jk")
        assert release.drop_old_rows(0) == {"files": [], "waiting": 1}
        assert query("select rows_dropped_at from audit.file where file_id = %s", old) == [(None,)]
    assert release.drop_old_rows(0) == {"files": [old], "waiting": 0}


def test_verify_sees_a_table_that_is_gone_or_there_without_a_reason(drop, query):
    old, new = replaced(drop)
    query("update audit.file set rows_dropped_at = now() where file_id = %s", old)
    assert [finding.problem for finding in verify().findings] == [
        f"its table raw.bpjs__pbi_jk__{old} is there, though its rows were dropped"
    ]
    with connect() as conn:
        conn.execute(f'drop table raw."bpjs__pbi_jk__{old}", raw."bpjs__pbi_jk__{new}"')
    assert [finding.problem for finding in verify().findings] == [
        f"its table raw.bpjs__pbi_jk__{new} is gone"
    ]


def test_scratch_of_killed_runs_is_swept_and_nothing_else(fresh_warehouse):
    for name in ("dbt-abc", "linking.tmp", ".book-x", "dbt", "sample"):
        (fresh_warehouse.work / name).mkdir(exist_ok=True)
        (fresh_warehouse.work / name / "x").touch()
    assert pipeline.sweep_work() == []
    assert pipeline.sweep_work(older_than_hours=-1) == [
        "scratch dbt-abc",
        "scratch linking.tmp",
        "scratch .book-x",
    ]
    assert sorted(path.name for path in fresh_warehouse.work.iterdir()) == ["dbt", "sample"]
