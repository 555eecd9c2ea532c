"""``make demo``: the sample through the live scheduler, watched from outside until it is published.

Nothing here takes a short cut: files are dropped into the inbox, and from then on this module only looks, through
Airflow's public API and the warehouse, and says what it sees.
"""

from __future__ import annotations

import filecmp
import json
import re
import shutil
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from simpul.database import connect
from simpul.errors import SimpulError
from simpul.files import replacing
from simpul.landing import discover
from simpul.landing.inbox import is_delivery
from simpul.landing.register import path_text
from simpul.readers.reasons import listed, printable
from simpul.settings import get_settings

Say = Callable[[str], None]

FINAL = {"success", "failed"}
_DELIVERING = re.compile(r"ingest_\w+|build_release")  # DAGs; upkeep also turns red over what no demo dropped
_PAGE = 100  # the most that Airflow gives at once
_OVERLAP = timedelta(seconds=5)  # a change is dated before it can be seen


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

    def _all(self, path: str, items: str, **query: Any) -> list[dict[str, Any]]:
        """All pages of a list."""
        found: list[dict[str, Any]] = []
        while True:
            page = self.get(path, limit=_PAGE, offset=len(found), **query)
            found += page[items]
            if not page[items] or len(found) >= page["total_entries"]:
                return found

    def runs_since(self, moment: datetime) -> list[dict[str, Any]]:
        """Runs of all DAGs queued at or after ``moment``, oldest first."""
        return self._all("dags/~/dagRuns", "dag_runs", run_after_gte=moment.isoformat(), order_by="run_after")

    def tasks(self, dag_id: str, run_id: str) -> list[dict[str, Any]]:
        """Task instances of one run, mapped ones each."""
        path = f"dags/{quote(dag_id)}/dagRuns/{quote(run_id, safe='')}/taskInstances"
        return self._all(path, "task_instances", order_by="id")

    def tasks_changed(self, moment: datetime) -> list[dict[str, Any]]:
        """Task instances of all runs that have changed at or after ``moment``."""
        path = "dags/~/dagRuns/~/taskInstances"
        return self._all(path, "task_instances", updated_at_gte=moment.isoformat(), order_by="id")

    def last_runs(self) -> list[dict[str, Any]]:
        """The latest run of each DAG."""
        dags = self._all("dags", "dags")
        runs = [
            self.get(f"dags/{quote(dag['dag_id'])}/dagRuns", limit=1, order_by="-run_after") for dag in dags
        ]
        return [run for page in runs for run in page["dag_runs"]]

    def failures(self, run: dict[str, Any], tasks: list[dict[str, Any]]) -> list[str]:
        """Each task of a run that failed, with the reason."""
        lines = [
            f"{task['dag_id']}.{task['task_id']} {task.get('rendered_map_index') or ''}".rstrip()
            + f": {self.reason(task)}"
            for task in tasks
            if task.get("state") == "failed"
        ]
        if not lines and run["state"] == "failed":
            lines = [f"{run['dag_id']}: the run failed, but none of its tasks (was it too slow?)"]
        return lines

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


def drop(source: Path, inbox: Path) -> tuple[list[Path], int]:
    """Copy a folder into the inbox as an agency would: whole files appear at once.

    A file that is already there with the same bytes is left alone, so a second demo finds nothing new.

    Returns:
        The deliveries as they lie in the inbox, and how many files are new there.
    """
    new, dropped = 0, []
    # cover letters first: a file must never be read before the letter that speaks for it
    for file in sorted((p for p in source.rglob("*") if p.is_file()), key=lambda p: (p.suffix != ".yml", p)):
        target = inbox / file.relative_to(source)
        if is_delivery(target.name):
            dropped.append(target)
        if target.exists() and filecmp.cmp(file, target, shallow=False):
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        with replacing(target) as draft:
            shutil.copyfile(file, draft)
            draft.chmod(0o644)  # agencies' files are no secrets of who drops them
        new += 1
    return dropped, new


def told_dropped(source: Path, dropped: Sequence[Path], new: int) -> str:
    """``25 deliveries and 2 cover letters``: letters are no deliveries, and whoever counts the receipts finds none."""
    files = sum(path.is_file() for path in source.rglob("*"))
    letters = files - len(dropped)
    all_of_it = f"{len(dropped)} deliveries" + (f" and {letters} cover letters" if letters else "")
    return all_of_it if new == files else f"{new} new files of {all_of_it}"


def unpublished(dropped: Sequence[Path]) -> list[str]:
    """How each delivery stands that is neither in the release that readers see nor replaced by a later delivery."""
    wanted = {
        (path_text(path), state.st_size, state.st_mtime_ns): path
        for path in dropped
        for state in [path.stat()]
    }
    with connect(autocommit=True, application_name="simpul demo") as conn:
        rows = conn.execute(
            "select f.source_path, f.bytes, f.mtime_ns, f.status, f.reason, i.file_id is not null"
            " from audit.file f left join audit.release_pointer p on true"
            " left join audit.release_input i on i.file_id = f.file_id and i.release_id = p.release_id"
            " where f.source_path = any(%s) order by f.received_at",
            ([path for path, _, _ in wanted],),
        ).fetchall()
    stands = {tuple(row[:3]): row[3:] for row in rows}
    told = []
    for mark, path in wanted.items():
        status, reason, is_in = stands.get(mark, ("not received", None, False))
        if status == "landed" and not is_in:
            status = "landed, but not in the release"
        elif status in ("landed", "superseded", "duplicate", "unpacked"):
            continue
        told.append(f"'{printable(path.name)}' is {status}" + (f": {reason}" if reason else ""))
    return told


def wait_for_release(
    api: AirflowApi, since: datetime, dropped: Sequence[Path], *, say: Say, timeout: float = 300
) -> dict[str, Any]:
    """Watch until every delivery is in a release published after ``since`` and no run is left; returns that release.

    A slow machine takes its time: it is waited for as long as something moves.

    Args:
        api: of the running stack.
        since: before the files were dropped.
        dropped: the files.
        say: told what has ended.
        timeout: seconds in which no task and no run changes its state.

    Raises:
        DemoError: a task failed (names the task and the reason) or nothing moves (names what still runs).
    """
    watch = Watch(say)
    moved = time.monotonic()
    states: dict[tuple[Any, ...], Any] = {}
    known: dict[tuple[str, str], dict[tuple[str, int], dict[str, Any]]] = {}
    looked = since
    while True:
        runs = delivering(api.runs_since(since))
        running = [run for run in runs if run["state"] not in FINAL]
        failed: list[str] = []
        # only what is new: to list a hundred tasks again and again costs Airflow as much as to run them
        now = datetime.now(UTC)
        for task in api.tasks_changed(looked - _OVERLAP):
            of_run = known.setdefault((task["dag_id"], task["dag_run_id"]), {})
            of_run[task["task_id"], task["map_index"]] = task
        looked = now
        for run in runs:
            tasks = list(known.get((run["dag_id"], run["dag_run_id"]), {}).values())
            watch.show(run, tasks)
            if run["state"] in FINAL:
                failed += api.failures(run, tasks)
        _refuse(failed)
        release = published_since(since)
        left = unpublished(dropped)
        if release and not running and not left:
            return release
        seen: dict[tuple[Any, ...], Any] = {
            (run["dag_id"], run["dag_run_id"]): run["state"] for run in runs
        } | {(*of, *one): task["state"] for of, tasks in known.items() for one, task in tasks.items()}
        if seen != states:
            moved, states = time.monotonic(), seen
        if time.monotonic() > moved + timeout:
            still = ", ".join(f"{run['dag_id']} ({run['state']})" for run in running) or "no run"
            raise DemoError(
                "\n  ".join([f"nothing has moved for {timeout:.0f} s; still active: {still}", *left])
            )
        time.sleep(2)


def delivering(runs: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The runs that bring a delivery into a release. Upkeep fails over something else, such as a late agency."""
    return [run for run in runs if _DELIVERING.fullmatch(run["dag_id"])]


def _refuse(failed: list[str]) -> None:
    if failed:
        raise DemoError("\n  ".join(["failed:", *failed]), hint="`simpul status` says where the logs are")


def published_since(moment: datetime) -> dict[str, Any] | None:
    """The current release when it was published after ``moment``."""
    release = current_release()
    return release if release and release["published_at"] >= moment else None


def current_release() -> dict[str, Any] | None:
    """The release that readers see: id, time, table sizes, and the schema in which each table is read."""
    with connect(autocommit=True, application_name="simpul demo") as conn:
        row = conn.execute(
            "select r.release_id, r.label, r.published_at, r.tables,"
            " (select jsonb_object_agg(viewname, schemaname) from pg_views"
            " where schemaname in ('marts', 'marts_person')) from audit.release r"
            " join audit.release_pointer p using (release_id)"
        ).fetchone()
    names = ("release_id", "label", "published_at", "tables", "schemas")
    return dict(zip(names, row, strict=True)) if row else None


def run_demo(
    *,
    people: int = 175_000,
    seed: int = 1,
    deliveries: Path | None = None,
    say: Say = print,
    timeout: float = 300,
) -> dict[str, Any]:
    """Land the sample through the running stack and wait for the release; returns it.

    The stack must be up (`simpul up`). Files land in ``<inbox>/<agency>/``.

    Args:
        people: size of the synthetic city.
        seed: of the synthetic city.
        deliveries: a folder with ``<agency>/…`` to drop instead of a synthetic city.
        say: told what happens.
        timeout: seconds in which nothing moves (`wait_for_release`).

    Raises:
        DemoError: anything that was dropped is not published in the end; names the task or the file, and the reason.
    """
    from simpul.stack import environment

    settings = get_settings()
    api = AirflowApi(environment.address(), environment.ADMIN, environment.admin_password())
    folder = deliveries or _write_city(people, seed, say)
    since = datetime.now(UTC)
    dropped, new = drop(folder, settings.inbox)
    if not dropped:
        raise DemoError(f"there is no delivery in {folder}", hint="it should hold <agency>/… folders")
    if not new:
        say("everything is in the inbox already; is it published?")
        return _already_published(api, dropped, timeout)
    say(f"{told_dropped(folder, dropped, new)} dropped into {settings.inbox}; Airflow takes over")
    release = wait_for_release(api, since, dropped, say=say, timeout=timeout)
    seconds = (release["published_at"] - since).total_seconds()
    say(f"published {seconds:.0f} s after the files were dropped")
    return release


def _write_city(people: int, seed: int, say: Say) -> Path:
    from sample import write_sample

    folder = get_settings().work / "sample"
    say(f"writing a synthetic city of {people:,} people and the BPS tables …")
    shutil.rmtree(folder, ignore_errors=True)
    # a hamlet has no family to spare for every kind of finding
    write_sample(folder, people=people, seed=seed, findings=people >= 2000)
    return folder


def _already_published(api: AirflowApi, dropped: Sequence[Path], timeout: float) -> dict[str, Any]:
    """The current release, once nothing is going on any more, all deliveries are in it and no run
    that lands or builds failed last.

    Raises:
        DemoError: says what is not published or what failed.
    """
    end = time.monotonic() + timeout
    while True:
        runs = delivering(api.last_runs())
        active = [run["dag_id"] for run in runs if run["state"] not in FINAL]
        waiting = [Path(path).name for path in discover()]
        if not active and not waiting:
            break
        if time.monotonic() > end:
            raise DemoError(f"after {timeout:.0f} s there is still work: {listed(active + waiting)}")
        time.sleep(1)
    _refuse([line for run in runs for line in api.failures(run, api.tasks(run["dag_id"], run["dag_run_id"]))])
    left, release = unpublished(dropped), current_release()
    if left or not release:
        raise DemoError("\n  ".join(["nothing is new in the inbox, but not everything is published:", *left]))
    return release
