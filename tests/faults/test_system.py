"""The running system: what database, clock, disk and a deployment do to a landing, and what becomes of it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import pytest

from simpul import database, gate, landing
from simpul.clock import as_of
from simpul.database import connect
from simpul.errors import SimpulError, StackError
from simpul.landing.verify import verify
from simpul.release import inputs
from simpul.release.retention import Published, kept
from simpul.stack import postgres
from tests.landing.conftest import DTKS, KKS, as_csv, dtks_row, kks_row

DAY = 86_400


@pytest.fixture
def payment(drop):
    """A small list of payments in the inbox."""
    return drop("dinsos/KKS 2024-06.csv", as_csv(KKS, [kks_row(n) for n in range(1, 6)]))


@pytest.fixture
def admin(fresh_warehouse):
    """Statements about the warehouse's database, as its owner; ``{name}`` is the database."""
    name = fresh_warehouse.warehouse_address[2]

    def run(statement: str) -> None:
        with database._open(postgres.dsn(), autocommit=True) as conn:
            conn.execute(statement.format(name=f'"{name}"'))

    return run


# --------------------------------------------------------------------------------- 41 · what a database does
def test_after_a_failover_to_a_server_that_takes_no_writes_it_is_tried_again(payment, admin, query):
    admin("alter database {name} set default_transaction_read_only = on")
    with pytest.raises(SimpulError, match="SQLSTATE 25006") as caught:
        landing.land(payment)
    assert caught.value.code == "database_transient", "Airflow tries it again in ten seconds"
    assert query("select count(*) from audit.file") == [(0,)]
    admin("alter database {name} reset default_transaction_read_only")
    assert landing.land_file(payment).status == "landed"
    assert not verify().findings


def test_without_a_free_connection_it_is_said_and_tried_again(payment, admin):
    admin("alter database {name} connection limit 0")
    try:
        with pytest.raises(StackError, match="has no free connection") as caught:
            landing.land(payment)
        assert caught.value.code == "busy" and "password" not in str(caught.value)
    finally:
        admin("alter database {name} connection limit -1")
    assert landing.land_file(payment).status == "landed"


def test_a_conflict_of_two_writers_may_pass(fresh_warehouse):
    """… a lock that cannot be had and a serialization failure, as a deadlock: told as such, with no value."""
    with connect() as one, connect() as two:
        one.execute("create table audit.trial as select 1 as number")
        one.commit()
        for conn in (one, two):
            conn.execute("set transaction isolation level repeatable read")
            conn.execute("select * from audit.trial")
        one.execute("update audit.trial set number = 2")
        two.execute("set local lock_timeout = '50ms'")
        with pytest.raises(SimpulError, match="LockNotAvailable") as caught, database.no_values("counting"):
            two.execute("update audit.trial set number = 3")
        assert caught.value.code == "database_transient"
        two.rollback()
        two.execute("set transaction isolation level repeatable read")
        two.execute("select * from audit.trial")
        one.commit()
        with (
            pytest.raises(SimpulError, match="SerializationFailure") as caught,
            database.no_values("counting"),
        ):
            two.execute("update audit.trial set number = 3")
        assert caught.value.code == "database_transient"


def test_a_session_that_was_ended_for_being_idle_may_be_tried_again(fresh_warehouse):
    with connect() as conn:
        conn.execute("set idle_in_transaction_session_timeout = '20ms'")
        conn.commit()
        conn.execute("select 1")
        time.sleep(0.2)
        with pytest.raises(SimpulError) as caught, database.no_values("waiting"):
            conn.execute("select 1")
        assert caught.value.code == "database_transient"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device that is always full")
def test_a_log_that_takes_no_more_stops_no_work(payment, query):
    """The disk of the logs is full: what was to be told is lost, what was to be done is done."""
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "simpul.cli", "land", str(payment)],
            env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "SIMPUL_DEBUG": "1"},
            stdout=subprocess.PIPE, stderr=full, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 0, done.stdout
    assert query("select status from audit.file") == [("landed",)]


# ----------------------------------------------------------------------------------------- 42 · what a clock
def test_a_month_has_begun_where_it_begins_first_in_indonesia(fresh_warehouse, drop):
    """At 22:30 in Jakarta on the last of January it is February in Papua: its list may come."""
    path = drop("dinsos/DTKS Februari 2028.csv", as_csv(DTKS, [dtks_row(n) for n in range(1, 4)]))
    with as_of(datetime(2028, 1, 31, 14, 30, tzinfo=UTC)):
        early = landing.land(path)
    assert early.status == "held" and "it is 2028-01" in str(early.reason)
    with as_of(datetime(2028, 1, 31, 15, 30, tzinfo=UTC)):
        assert landing.land(path).status == "loaded"


def test_a_leap_day_is_a_day(query):
    """A release of 29 February is the last of its month, and is kept as such two years later."""
    leap = datetime(2028, 2, 29, 16, 59, tzinfo=UTC)  # a minute before March in Jakarta
    after = datetime(2028, 2, 29, 17, 0, tzinfo=UTC)
    found = [Published(1, leap), Published(2, after), Published(3, datetime(2030, 2, 20, tzinfo=UTC))]
    assert kept(found, 3, datetime(2030, 2, 28, tzinfo=UTC), days=30, months=24) == {1, 2, 3}
    assert query("select (date '2028-02-29' + interval '1 year')::date::text") == [("2029-02-28",)]


@pytest.mark.parametrize("days", [2, -4000])
def test_a_file_whose_time_is_wrong_lands_all_the_same(payment, days, query):
    """The clock of who sent it is ahead, or never ran; ours says when it came."""
    moment = datetime.now(UTC).timestamp() + days * DAY
    os.utime(payment, (moment, moment))
    assert landing.discover() == [str(payment)]
    assert landing.land_file(payment).status == "landed"
    assert landing.discover() == []
    assert query(
        "select now() - received_at between interval '0' and interval '5 minutes' from audit.file"
    ) == [(True,)]


def test_the_zone_of_a_process_changes_nothing(payment, query):
    code = "from simpul import landing; import sys; print(landing.land_file(sys.argv[1]).status)"
    done = subprocess.run(
        [sys.executable, "-c", code, str(payment)],
        env=os.environ
        | {"PYTHONPATH": os.pathsep.join(sys.path), "TZ": "America/Los_Angeles", "PGTZ": "Asia/Jayapura"},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == "landed"
    told = (
        "select period, landed_at - received_at between interval '0' and interval '5 minutes' from audit.file"
    )
    assert query(told) == [("2024-Q2", True)]


# -------------------------------------------------------------------------------------- 44 · what an upgrade
def test_another_version_of_what_builds_or_links_is_another_release(monkeypatch):
    before = inputs.code_hash()
    for library in ("dbt-core", "dbt-postgres", "duckdb", "splink"):
        with monkeypatch.context() as upgraded:
            upgraded.setattr(
                inputs, "version", lambda name, of=library: "99" if name == of else version(name)
            )
            assert inputs.code_hash() != before, library


def test_where_a_page_cannot_be_stored_the_file_waits(payment, fresh_warehouse, query):
    """The page of a file is a part of its landing: where it cannot be, the file waits."""
    file_id = landing.land(payment).file_id
    reports = fresh_warehouse.reports
    reports.mkdir(exist_ok=True)
    (reports / "landing").write_text("no folder")
    with pytest.raises((SimpulError, OSError)):
        gate.gate_file(file_id)
    assert query("select status from audit.file") == [("loaded",)]
    (reports / "landing").unlink()
    assert gate.gate_file(file_id).status == "landed"
    assert (reports / "landing" / file_id / "index.html").is_file()
