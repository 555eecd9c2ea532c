"""The issue's promise under a live scheduler: a task killed anywhere, and the same content is published."""

from __future__ import annotations

import random
import shutil
import time
from pathlib import Path
from statistics import median

import psycopg
import pytest

from bench import proofs
from simpul import pipeline
from simpul.demo import FINAL
from tests.e2e.killing import Kill, Struck, kill, strike

pytestmark = [pytest.mark.proof, pytest.mark.stack]

POINTS = {  # where, and within how many seconds of being seen running
    "prepare.dbt_producer_watcher": 8.0,
    "link": 3.0,
    "marts.dbt_producer_watcher": 8.0,
    "attach": 1.5,
    "gate_release": 4.0,
    "publish": 0.5,
}
LANDING = {"ingest_dinsos": "dinsos", "ingest_bpjs": "bpjs", "ingest_bps": "bps"}
LAND_SECONDS = 1.0  # the same
TRIALS = 2
SEED = 5


@pytest.fixture(scope="module")
def sample(tmp_path_factory) -> Path:
    from sample import write_sample

    folder = tmp_path_factory.mktemp("sample")
    write_sample(folder, people=2500, seed=SEED)
    return folder


@pytest.fixture(scope="module")
def undisturbed(cloned_warehouse, tmp_path_factory, sample) -> str:
    """Content hash of the same files published in one process, by nobody's scheduler, undisturbed."""
    with cloned_warehouse(tmp_path_factory.mktemp("undisturbed")) as settings:
        shutil.copytree(sample, settings.inbox, dirs_exist_ok=True)
        pipeline.land_inbox()
        return str(pipeline.build("undisturbed").content_hash)


def published(live) -> tuple[int, str]:
    (row,) = live.query(
        "select release_id, content_hash from audit.release join audit.release_pointer using (release_id)"
    )
    return row


def newest(airflow, dag_id: str) -> str | None:
    runs = airflow.get(f"dags/{dag_id}/dagRuns", limit=1, order_by="-run_after")["dag_runs"]
    return runs[0]["dag_run_id"] if runs else None


def after(before: str | None, airflow, dag_id: str, patience: float = 300) -> str:
    """The newest run, once it is another than ``before``."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        if (found := newest(airflow, dag_id)) != before:
            return found
        time.sleep(0.1)
    raise AssertionError(f"{dag_id} never ran")


def all_final(airflow) -> None:
    while any(run["state"] not in FINAL for run in airflow.last_runs()):
        time.sleep(1)


def test_killed_anywhere_under_airflow(live, sample, undisturbed):
    airflow, chance, kills = live.airflow(), random.Random(SEED), []
    live.pause("build_release", True)  # people are numbered as they come: all of them at once, as undisturbed
    for dag_id, agency in LANDING.items():
        after(None, airflow, dag_id)  # Airflow looks into the inbox when it starts
        all_final(airflow)
        before = newest(airflow, dag_id)
        with psycopg.connect(live.dsn()) as conn:
            # so small a file has landed before Airflow tells that it is being landed: here it waits to be registered
            conn.execute("lock table audit.file in share row exclusive mode")
            shutil.copytree(sample / agency, live.home / "inbox" / agency, dirs_exist_ok=True)
            run = dag_id, after(before, airflow, dag_id)
            struck = strike(airflow, *run, "land", chance.uniform(0, LAND_SECONDS))
        # only now: the others that wait hold the places that the next try needs
        kills.append(struck.follow() if isinstance(struck, Struck) else struck)
        airflow.wait([run])
        all_final(airflow)
    live.pause("build_release", False)
    airflow.wait([("build_release", airflow.trigger("build_release", force=True))])
    assert published(live)[1] == undisturbed, "killed while landing"
    for number in range(TRIALS):
        for task, longest in POINTS.items():
            last = published(live)[0]
            run_id = airflow.trigger("build_release", force=True)
            kills.append(kill(airflow, "build_release", run_id, task, chance.uniform(0, longest) * number))
            airflow.wait([("build_release", run_id)])
            release, content = published(live)
            assert release > last
            assert content == undisturbed, f"{task} killed after {kills[-1].after:.1f} s"
    report(kills)
    assert live.simpul("verify").returncode == 0


def report(kills: list[Kill]) -> None:
    hits = [one for one in kills if one.hit]
    assert {one.task for one in hits} == {"land", *POINTS}
    per_task = {task: sum(one.task == task for one in hits) for task in ("land", *POINTS)}
    proofs.keep(
        "killed_under_airflow",
        "kill -9 of a task's process under a live scheduler: the same content is published",
        [
            ("kills tried; too late, the task had ended", f"{len(kills)}; {len(kills) - len(hits)}"),
            ("hits per task", ", ".join(f"{task} {count}" for task, count in per_task.items())),
            ("runs that ended in the content of an undisturbed run", f"all {len(kills)}"),
            ("Airflow notices, median / longest", seconds([one.noticed for one in hits])),
            ("the task runs again, median / longest", seconds([one.again for one in hits])),
        ],
    )


def seconds(values: list[float]) -> str:
    return f"{median(values):.1f} s / {max(values):.1f} s"
