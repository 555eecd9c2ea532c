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


@dataclass(frozen=True)
class Struck:
    """A task whose process was killed; nothing is known yet of what Airflow makes of it."""

    airflow: Airflow
    run: tuple[str, str]
    task: str
    after: float
    found: dict[str, Any]
    killed: float

    def follow(self, patience: float = 300) -> Kill:
        """Wait until Airflow knows, and until the task runs again."""
        end = time.monotonic() + patience
        while self._state()["state"] == "running" and not self._is_again():
            time.sleep(_LOOK)
            assert time.monotonic() < end, f"Airflow never knew that {self.task} was killed"
        noticed = time.monotonic() - self.killed
        if self._state()["state"] == "success" and not self._is_again():
            return Kill(self.task, self.after, hit=False)  # its work was done and told before the signal came
        while not self._is_again() or self._state()["state"] not in ("running", "success"):
            time.sleep(_LOOK)
            assert time.monotonic() < end, f"{self.task} never ran again"
        return Kill(self.task, self.after, True, noticed, time.monotonic() - self.killed)

    def _state(self) -> dict[str, Any]:
        return _instance(self.airflow, *self.run, self.task, self.found["map_index"])

    def _is_again(self) -> bool:
        return bool(self._state()["try_number"] != self.found["try_number"])


def kill(
    airflow: Airflow, dag_id: str, run_id: str, task: str, after: float = 0.0, patience: float = 300
) -> Kill:
    """`strike` and follow what comes of it."""
    struck = strike(airflow, dag_id, run_id, task, after, patience)
    return struck.follow(patience) if isinstance(struck, Struck) else struck


def strike(
    airflow: Airflow, dag_id: str, run_id: str, task: str, after: float = 0.0, patience: float = 300
) -> Struck | Kill:
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
    return Struck(airflow, (dag_id, run_id), task, after, found, time.monotonic())


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
