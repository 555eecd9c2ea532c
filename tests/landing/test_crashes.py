"""Run twice at once, or cut off in COPY: nothing doubled. Other disturbances: `tests/faults/test_crash_trials.py`."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from simpul import landing
from simpul.landing.verify import verify
from tests.landing.conftest import pbi
from tests.landing.test_land import row_of

LAND = """
import sys, simpul.landing
print("ready", flush=True)
for path in sys.argv[1:]:
    print(simpul.landing.land(path), flush=True)
"""


def start(*paths) -> subprocess.Popen:
    """Land in a process of its own; returns when it is about to begin."""
    process = subprocess.Popen(
        [sys.executable, "-c", LAND, *map(str, paths)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    assert process.stdout.readline() == "ready\n"
    return process


@pytest.fixture
def large(drop):
    """A list that takes long enough to be interrupted, with a few records to set aside."""
    text = pbi(40_000).replace("CONTOH 777;", '"CONTOH 777;').replace("CONTOH 999;", "CONTOH; 999;")
    return drop("bpjs/pbi 2024-06.csv", text)


def test_two_processes_land_the_same_bytes_at_once(large, drop, query):
    """Under two names: one lands, the other is recorded as its duplicate."""
    other = drop("bpjs/salinan 2024-06.csv", large.read_bytes())
    processes = [start(large), start(other)]
    for process in processes:
        _, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors
    states = sorted(row[0] for row in query("select status from audit.file"))
    assert states == ["duplicate", "loaded"]
    assert query(
        "select count(*) from pg_class where relnamespace = 'raw'::regnamespace and relkind = 'r'"
    ) == [(1,)]
    assert not verify().findings


def test_a_task_that_runs_twice_at_once_lands_once(large, query):
    """The same path twice (a lost heartbeat): both come to the same receipt."""
    processes = [start(large), start(large)]
    said = [process.communicate(timeout=120)[0] for process in processes]
    assert said[0] == said[1] and "status='loaded'" in said[0]
    assert query("select count(*) from audit.file") == [(1,)]


def test_a_connection_that_drops_in_copy_is_retried_from_the_start(large, query, monkeypatch):
    from simpul.database import connect
    from simpul.errors import SimpulError
    from simpul.readers.splitter import Splitter

    blocks = Splitter.blocks

    def drop_connection(self, chunks):
        for number, block in enumerate(blocks(self, chunks)):
            if number == 2:
                with connect(autocommit=True) as admin:
                    admin.execute(
                        "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'simpul land'"
                        " and datname = current_database()"
                    )
            yield block

    monkeypatch.setattr(Splitter, "blocks", drop_connection)
    with pytest.raises(SimpulError) as caught:
        landing.land(large)
    assert caught.value.code == "database_transient"
    monkeypatch.undo()
    outcome = landing.land(large)
    assert (outcome.status, outcome.rows_read) == ("loaded", 40_000)
    assert row_of(query, outcome.file_id)["rows_quarantined"] == 2
