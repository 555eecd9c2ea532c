"""``simpul up | status | down`` with the real components: about a minute, told as one story in order."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from simpul.stack.environment import MARKER
from simpul.stack.processes import Ref, read_refs
from simpul.stack.supervisor import COMPONENTS
from tests.stack.conftest import ROOT, free_port

pytestmark = [pytest.mark.stack, pytest.mark.slow]

_DAG = '''
"""A dag of airflow that says who ran it."""
import os
from airflow.sdk import dag, task

@dag(schedule=None)
def hello():
    @task
    def who() -> int:
        import simpul.settings
        return os.getpid()
    who()

hello()
'''


class Stack:
    """A home of its own, driven through the command line as a person would."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "home"
        self.port = free_port()
        project = folder / "project"
        (project / "dags").mkdir(parents=True)
        (project / "dags" / "hello.py").write_text(_DAG)
        (project / "include").symlink_to(ROOT / "include")
        self.env = {
            **os.environ,
            "SIMPUL_HOME": str(self.home),
            "SIMPUL_PROJECT_ROOT": str(project),
            "SIMPUL_PG_PORT": str(free_port()),
            "SIMPUL_AIRFLOW_PORT": str(self.port),
            "PYTHONPATH": f"{ROOT / 'include'}:{ROOT}",
        }
        self.env.pop("SIMPUL_DSN", None)

    def __call__(self, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "simpul.cli", *arguments],
            env={**self.env, **more}, capture_output=True, text=True, check=False, timeout=300,
        )  # fmt: skip

    def status(self) -> dict[str, Any]:
        return json.loads(self("status", "--json").stdout)

    def refs(self) -> dict[str, Ref]:
        return read_refs(self.home / "run" / "airflow.json")[0]

    def processes(self) -> list[str]:
        """Everything that carries this home's marker, and its database server."""
        found = []
        for process in psutil.process_iter():
            try:
                if process.status() == psutil.STATUS_ZOMBIE:
                    continue
                ours = process.environ().get(MARKER, "").startswith(f"{self.home}:")
                if ours or process.cwd() == str(self.home / "postgres" / "data"):
                    found.append(" ".join(process.cmdline())[:80])
            except psutil.Error:
                continue
        return found

    def api(self, path: str, data: dict[str, Any] | None = None, token: str = "") -> dict[str, Any]:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}",
            data=json.dumps(data).encode() if data is not None else None,
            headers={"Content-Type": "application/json", "Authorization": f"Bearer {token}"},
        )
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=30) as answer:
            return json.load(answer)


def _soon(condition: Callable[[], Any], seconds: float = 60) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.2)
    return False


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    folder = Path(tempfile.mkdtemp(prefix="simpul-stack-"))
    story = Stack(folder)
    yield story
    story("down")
    shutil.rmtree(folder, ignore_errors=True)


def test_a_taken_port_is_named_with_its_variable(stack: Stack) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", stack.port))
        other.listen()
        done = stack("up")
    assert done.returncode == 1
    assert f"simpul: port {stack.port} is taken by another program — set SIMPUL_AIRFLOW_PORT" in done.stderr


def test_up_from_nothing(stack: Stack) -> None:
    done = stack("up")
    assert done.returncode == 0, done.stderr
    assert f"http://localhost:{stack.port}" in done.stdout
    assert "user admin, password" in done.stdout
    said = stack.status()
    assert said["healthy"] is True
    assert said["components"] == dict.fromkeys(COMPONENTS, "healthy")


def test_a_task_runs(stack: Stack) -> None:
    password = (stack.home / "secrets" / "airflow_admin").read_text().strip()
    token = stack.api("/auth/token", {"username": "admin", "password": password})["access_token"]

    def is_known() -> bool:
        return any(dag["dag_id"] == "hello" for dag in stack.api("/api/v2/dags", token=token)["dags"])

    assert _soon(is_known), "a DAG file is found within seconds"
    run = stack.api("/api/v2/dags/hello/dagRuns", {"logical_date": None}, token)["dag_run_id"]
    assert _soon(lambda: stack.api(f"/api/v2/dags/hello/dagRuns/{run}", token=token)["state"] == "success"), (
        stack.api(f"/api/v2/dags/hello/dagRuns/{run}", token=token)
    )


def test_nobody_enters_without_the_password(stack: Stack) -> None:
    with pytest.raises(urllib.error.HTTPError, match="401"):
        stack.api("/auth/token", {"username": "admin", "password": "admin"})
    with pytest.raises(urllib.error.HTTPError, match="401"):
        stack.api("/api/v2/dags")


def test_a_second_up_changes_nothing(stack: Stack) -> None:
    before, begun = stack.refs(), time.monotonic()
    assert stack("up").returncode == 0
    assert stack.refs() == before
    assert time.monotonic() - begun < 10  # 1 s on a quiet machine


def test_a_killed_scheduler_comes_back_alone(stack: Stack) -> None:
    before = stack.refs()
    os.kill(before["scheduler"].pid, signal.SIGKILL)
    assert _soon(lambda: stack.refs().get("scheduler", before["scheduler"]).pid != before["scheduler"].pid)
    assert stack.refs()["api-server"] == before["api-server"], "the others are left in peace"
    assert stack("up").returncode == 0
    workers = [line for line in stack.processes() if "LocalExecutor" in line]
    assert _soon(lambda: len([line for line in stack.processes() if "LocalExecutor" in line]) == 6), workers


def test_up_heals_when_supervisor_and_database_were_killed(stack: Stack) -> None:
    server = stack.status()["embedded"]["process"]
    for pid in (stack.refs()["supervisor"].pid, server):
        os.kill(pid, signal.SIGKILL)
    time.sleep(0.5)
    assert stack("status").returncode == 3
    done = stack("up")
    assert done.returncode == 0, done.stderr
    assert stack.status()["healthy"] is True
    assert len([line for line in stack.processes() if "simpul.stack.supervisor" in line]) == 1
    assert len([line for line in stack.processes() if "airflow scheduler" in line]) == 1


def test_down_leaves_nothing(stack: Stack) -> None:
    done = stack("down")
    assert done.returncode == 0
    assert "everything is stopped" in done.stderr
    assert stack.processes() == []
    assert "nothing was running" in stack("down").stderr
    for port in (stack.port, int(stack.env["SIMPUL_PG_PORT"])):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))


def test_logs_and_secrets_are_private(stack: Stack) -> None:
    for folder in ("secrets", "logs", "run", "archive", "inbox"):
        assert (stack.home / folder).stat().st_mode & 0o077 == 0
    open_to_others = [path for path in (stack.home / "secrets").iterdir() if path.stat().st_mode & 0o077]
    assert open_to_others == []
    # no generated secret is written into a log
    secrets = {path.read_text().strip() for path in (stack.home / "secrets").iterdir()}
    for log in (stack.home / "logs").rglob("*.log"):
        text = log.read_text(errors="replace")
        assert not [secret for secret in secrets if secret in text], log
