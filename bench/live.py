"""A live stack to be measured: services up, DAG runs triggered and followed through Airflow's public API."""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from bench.figures import Say, Table, number
from bench.home import own_home
from simpul import pipeline
from simpul.demo import FINAL, AirflowApi, DemoError
from simpul.settings import get_settings
from simpul.stack import environment

_LOOK_SECONDS = 1.0


@dataclass(frozen=True)
class Stage:
    """A task, all its mapped copies, or a group of tasks: when it began and ended."""

    name: str
    start: datetime
    end: datetime

    @property
    def seconds(self) -> float:
        return (self.end - self.start).total_seconds()


class Airflow(AirflowApi):
    """Airflow of this home: what the demonstration reads of it, and starting runs."""

    def __init__(self) -> None:
        super().__init__(environment.address(), environment.ADMIN, environment.admin_password())

    def rest(self, *, timeout: float = 120) -> None:
        """Return once every DAG is known and no run is left: a clock that struck just now starts runs at once.

        Raises:
            DemoError: the time is over.
        """
        dags = len(list((get_settings().project_root / "dags").glob("*.py")))
        end = time.monotonic() + timeout
        quiet = 0
        while quiet < 2:
            known = len(self.get("dags", limit=100)["dags"])
            active = [run for run in self.last_runs() if run["state"] not in FINAL]
            quiet = quiet + 1 if known == dags and not active else 0
            if time.monotonic() > end:
                raise DemoError(f"no rest after {timeout:.0f} s: {known} of {dags} DAGs, {len(active)} runs")
            time.sleep(2)

    def trigger(self, dag_id: str, **conf: Any) -> str:
        """Start a run with these parameters; returns its id."""
        body = json.dumps({"logical_date": None, "conf": conf}).encode()
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self._token}"}
        url = f"{self.address}/api/v2/dags/{quote(dag_id)}/dagRuns"
        with self._direct.open(urllib.request.Request(url, data=body, headers=headers), timeout=30) as answer:
            return json.load(answer)["dag_run_id"]

    def wait(self, runs: Sequence[tuple[str, str]], *, timeout: float = 600) -> list[dict[str, Any]]:
        """The runs (dag_id, run_id) once all have ended.

        Raises:
            DemoError: one failed (with the reason of each failed task), or the time is over.
        """
        end = time.monotonic() + timeout
        while True:
            found = [self.get(f"dags/{quote(dag)}/dagRuns/{quote(run, safe='')}") for dag, run in runs]
            if all(run["state"] in FINAL for run in found):
                break
            if time.monotonic() > end:
                raise DemoError(f"not ended after {timeout:.0f} s: {[run['dag_id'] for run in found]}")
            time.sleep(_LOOK_SECONDS)
        for run in found:
            dag_id = run["dag_id"]
            if run["state"] == "failed":
                tasks = [task for task in self.tasks(dag_id, run["dag_run_id"]) if task["state"] == "failed"]
                failed = [f"{task['task_id']}: {self.reason(task)}" for task in tasks]
                raise DemoError("\n  ".join([f"{dag_id} failed", *failed]))
        return found

    def stages(self, dag_id: str, run_id: str) -> list[Stage]:
        """What ran, in order: mapped tasks and groups as one each."""
        spans: dict[str, list[datetime]] = {}
        for task in self.tasks(dag_id, run_id):
            if task.get("start_date") and task.get("end_date"):
                spans.setdefault(task["task_id"].split(".")[0], []).extend(moments(task))
        stages = [Stage(name, min(at), max(at)) for name, at in spans.items()]
        return sorted(stages, key=lambda stage: stage.start)


def moments(item: dict[str, Any]) -> tuple[datetime, datetime]:
    """Start and end of a run or a task."""
    return datetime.fromisoformat(item["start_date"]), datetime.fromisoformat(item["end_date"])


@contextmanager
def live_stack(say: Say) -> Iterator[Airflow]:
    """PostgreSQL and Airflow's four components in a home of their own, as `simpul up` starts them."""
    with own_home():
        pipeline.start(say)
        airflow = Airflow()
        airflow.rest()
        yield airflow


def write_sample(people: int, seed: int) -> Path:
    """The synthetic city and the BPS tables, ready to be dropped."""
    from sample import write_sample as write

    folder = get_settings().work / "sample"
    write(folder, people=people, seed=seed)
    return folder


def timetable(title: str, since: datetime, stages: dict[str, list[Stage]]) -> Table:
    """Stage by stage: when it began after ``since``, and how long it took."""
    rows = [
        (dag, stage.name, f"{(stage.start - since).total_seconds():.1f}", number(stage.seconds))
        for dag, of_dag in stages.items()
        for stage in of_dag
    ]
    return Table(title, ("run", "stage", "began at, s", "took, s"), rows)
