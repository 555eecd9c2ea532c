"""kill -9 of the process in which Airflow runs a task, and what Airflow makes of it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import psutil

from bench.live import Airflow

_LOOK = 0.05


@dataclass(frozen=True)
class Kill:
    """A task that was killed: seconds until Airflow knew, and until it ran again. ``hit`` False = it was too quick."""

    task: str
    after: float
    hit: bool
    noticed: float = 0.0
    again: float = 0.0


def kill(
    airflow: Airflow, dag_id: str, run_id: str, task: str, after: float = 0.0, patience: float = 300
) -> Kill:
    """Wait until a task runs (a mapped one: any of it), kill its process ``after`` so many seconds."""
    end = time.monotonic() + patience
    found = process = None
    while not process:
        assert time.monotonic() < end, f"{task} never ran: {_states(airflow, dag_id, run_id)}"
        found = _running(airflow, dag_id, run_id, task)
        process = _process_of(found["id"]) if found else None
        if not found and task in _ended(airflow, dag_id, run_id):
            return Kill(task, after, hit=False)
        time.sleep(_LOOK)
    time.sleep(after)
    try:
        process.kill()
    except psutil.NoSuchProcess:
        return Kill(task, after, hit=False)
    killed = time.monotonic()
    state = lambda: _instance(airflow, dag_id, run_id, task, found["map_index"])  # noqa: E731
    while state()["state"] == "running" and state()["try_number"] == found["try_number"]:
        time.sleep(_LOOK)
        assert time.monotonic() < end
    noticed = time.monotonic() - killed
    if state()["state"] == "success" and state()["try_number"] == found["try_number"]:
        return Kill(task, after, hit=False)  # its work was done and told before the signal came
    while state()["try_number"] == found["try_number"] or state()["state"] not in ("running", "success"):
        time.sleep(_LOOK)
        assert time.monotonic() < end
    return Kill(task, after, True, noticed, time.monotonic() - killed)


def _instance(airflow: Airflow, dag_id: str, run_id: str, task: str, index: int) -> dict[str, Any]:
    return next(
        one for one in airflow.tasks(dag_id, run_id) if one["task_id"] == task and one["map_index"] == index
    )


def _running(airflow: Airflow, dag_id: str, run_id: str, task: str) -> dict[str, Any] | None:
    tasks = [one for one in airflow.tasks(dag_id, run_id) if one["task_id"] == task]
    return next((one for one in tasks if one["state"] == "running"), None)


def _ended(airflow: Airflow, dag_id: str, run_id: str) -> set[str]:
    ended = {"success", "failed", "skipped", "upstream_failed"}
    return {one["task_id"] for one in airflow.tasks(dag_id, run_id) if one["state"] in ended}


def _states(airflow: Airflow, dag_id: str, run_id: str) -> dict[str, str]:
    return {one["task_id"]: one["state"] for one in airflow.tasks(dag_id, run_id)}


def _process_of(instance_id: str) -> psutil.Process | None:
    """Airflow names the process of a task after its instance."""
    for process in psutil.process_iter(["cmdline"]):
        if f"airflow worker -- {instance_id}" in " ".join(process.info["cmdline"] or ()):
            return process
    return None
