"""``make demo``: the sample through the live scheduler, watched from outside until it is published.

Nothing here takes a short cut: files are dropped into the inbox, and from then on this module only looks, through
Airflow's public API and the warehouse, and says what it sees.
"""

from __future__ import annotations

import filecmp
import json
import shutil
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from simpul.database import connect
from simpul.errors import SimpulError
from simpul.settings import get_settings

Say = Callable[[str], None]

FAILED = {"failed", "upstream_failed"}
FINAL = {"success", "failed"}


class DemoError(SimpulError):
    """The demonstration did not end in a published release."""

    code = "demo"


class AirflowApi:
    """The few calls of Airflow's REST API that a watcher needs."""

    def __init__(self, address: str, user: str, password: str) -> None:
        self.address = address.rstrip("/")
        self._direct = urllib.request.build_opener(
            urllib.request.ProxyHandler({})
        )  # this machine: never a proxy
        body = json.dumps({"username": user, "password": password}).encode()
        self._token = self._call("/auth/token", data=body)["access_token"]

    def _call(self, path: str, *, data: bytes | None = None) -> Any:
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if data is None:
            headers["Authorization"] = f"Bearer {self._token}"
        request = urllib.request.Request(self.address + path, data=data, headers=headers)  # noqa: S310 - http, ours
        with self._direct.open(request, timeout=30) as answer:
            return json.load(answer)

    def get(self, path: str, **query: Any) -> Any:
        """GET ``/api/v2/<path>`` as parsed JSON."""
        return self._call(f"/api/v2/{path}" + (f"?{urlencode(query)}" if query else ""))

    def runs_since(self, moment: datetime) -> list[dict[str, Any]]:
        """Runs of all DAGs queued at or after ``moment``, oldest first."""
        runs = self.get("dags/~/dagRuns", run_after_gte=moment.isoformat(), limit=100, order_by="run_after")
        return runs["dag_runs"]

    def tasks(self, dag_id: str, run_id: str) -> list[dict[str, Any]]:
        """Task instances of one run, mapped ones each."""
        found = self.get(f"dags/{quote(dag_id)}/dagRuns/{quote(run_id, safe='')}/taskInstances", limit=500)
        return found["task_instances"]

    def reason(self, task: dict[str, Any]) -> str:
        """Why a task failed: the last error of its log."""
        path = (
            f"dags/{quote(task['dag_id'])}/dagRuns/{quote(task['dag_run_id'], safe='')}"
            f"/taskInstances/{quote(task['task_id'])}/logs/{max(task.get('try_number') or 1, 1)}"
        )
        try:
            log = self.get(path, map_index=task.get("map_index", -1), full_content="true")
        except (urllib.error.URLError, OSError, ValueError):
            return "its log cannot be read"
        reasons = list(_errors(log.get("content")))
        return reasons[-1] if reasons else "its log names no error"


def _errors(content: Any) -> Iterator[str]:
    for line in content if isinstance(content, list) else []:
        if not isinstance(line, dict):
            continue
        details = line.get("error_detail") or []
        for detail in details:
            if isinstance(detail, dict) and detail.get("exc_value"):
                yield f"{detail.get('exc_type', 'Error')}: {detail['exc_value']}"
        if not details and str(line.get("level", "")).lower() in {"error", "critical"}:
            yield str(line.get("event"))


@dataclass
class Watch:
    """What has been said so far, so that every change is said once."""

    say: Say
    states: dict[tuple[str, ...], str] = field(default_factory=dict)

    def show(self, run: dict[str, Any], tasks: list[dict[str, Any]]) -> None:
        """Say every task that has ended since the last look."""
        if any(task["task_id"] == "open_release" and task.get("state") == "skipped" for task in tasks):
            key = (run["dag_id"], run["dag_run_id"])
            if key not in self.states:
                self.states[key] = "skipped"
                self.say(f"  – {run['dag_id']}: nothing new, nothing written")
            return
        for task in sorted(tasks, key=lambda t: t.get("end_date") or "~"):
            state = task.get("state")
            key = (run["dag_id"], run["dag_run_id"], task["task_id"], str(task.get("map_index")))
            if state in {"success", "failed", "skipped", "upstream_failed"} and self.states.get(key) != state:
                self.states[key] = state
                mark = {"success": "✓", "skipped": "–"}.get(state, "✗")
                name = task.get("rendered_map_index") or ""
                seconds = f"{task['duration']:.1f} s" if task.get("duration") else ""
                self.say(f"  {mark} {run['dag_id']:<16} {task['task_id']} {name} {seconds}".rstrip())


def drop_sample(sample: Path, inbox: Path) -> int:
    """Copy the sample into the inbox as an agency would: whole files appear at once. Returns how many are new.

    A file that is already there with the same bytes is left alone, so a second demo finds nothing new.
    """
    new = 0
    # cover letters first: a file must never be read before the letter that speaks for it
    for source in sorted(
        (p for p in sample.rglob("*") if p.is_file()), key=lambda p: (p.suffix != ".yml", p)
    ):
        target = inbox / source.relative_to(sample)
        if target.exists() and filecmp.cmp(source, target, shallow=False):
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        half = target.with_name(f".{target.name}.part")
        shutil.copyfile(source, half)
        half.replace(target)
        new += 1
    return new


def wait_for_release(api: AirflowApi, since: datetime, *, say: Say, timeout: float = 300) -> dict[str, Any]:
    """Watch until the pointer stands on a release opened after ``since`` and no run is left; returns that release.

    Raises:
        DemoError: a task failed (names the task and the reason) or the time is over (names what still runs).
    """
    watch, end = Watch(say), time.monotonic() + timeout
    while True:
        runs = api.runs_since(since)
        running = [run for run in runs if run["state"] not in FINAL]
        for run in runs:
            tasks = api.tasks(run["dag_id"], run["dag_run_id"])
            watch.show(run, tasks)
            failed = [task for task in tasks if task.get("state") == "failed"]
            if failed and run["state"] == "failed":
                lines = [
                    f"  {task['dag_id']}.{task['task_id']} {task.get('rendered_map_index') or ''}: {api.reason(task)}"
                    for task in failed
                ]
                raise DemoError(
                    "\n".join(["failed:", *lines]), hint="`simpul status` says where the logs are"
                )
        release = published_since(since)
        if release and not running:
            return release
        if time.monotonic() > end:
            still = ", ".join(f"{run['dag_id']} ({run['state']})" for run in running) or "no run"
            raise DemoError(f"no release after {timeout:.0f} s; still active: {still}")
        time.sleep(1)


def published_since(moment: datetime) -> dict[str, Any] | None:
    """The current release when it was published after ``moment``."""
    release = current_release()
    return release if release and release["published_at"] >= moment else None


def current_release() -> dict[str, Any] | None:
    """The release that readers see: id, time, table sizes."""
    with connect(autocommit=True, application_name="simpul demo") as conn:
        row = conn.execute(
            "select r.release_id, r.label, r.published_at, r.tables from audit.release r"
            " join audit.release_pointer p using (release_id)"
        ).fetchone()
    return dict(zip(("release_id", "label", "published_at", "tables"), row, strict=True)) if row else None


def run_demo(
    *, people: int = 175_000, seed: int = 1, say: Say = print, timeout: float = 300
) -> dict[str, Any]:
    """Land the sample through the running stack and wait for the release; returns it.

    The stack must be up (`simpul up`). Files land in ``<inbox>/<agency>/``.
    """
    from sample import write_sample
    from simpul.stack import environment

    settings = get_settings()
    api = AirflowApi(environment.address(), environment.ADMIN, environment.admin_password())
    folder = settings.work / "sample"
    say(f"writing a synthetic city of {people:,} people and the BPS tables …")
    shutil.rmtree(folder, ignore_errors=True)
    write_sample(folder, people=people, seed=seed)
    since = datetime.now(UTC)
    new = drop_sample(folder, settings.inbox)
    if not new:
        release = current_release()
        if release:
            say("the sample is already in the inbox, nothing is new")
            return release
    say(f"{new} files dropped into {settings.inbox}; Airflow takes over")
    release = wait_for_release(api, since, say=say, timeout=timeout)
    seconds = (release["published_at"] - since).total_seconds()
    say(f"published {seconds:.0f} s after the files were dropped")
    return release
