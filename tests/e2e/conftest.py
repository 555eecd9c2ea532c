"""One live stack for the end-to-end tests: PostgreSQL, Airflow's four components, a small city."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest

from bench.live import Airflow
from simpul.settings import get_settings
from simpul.stack.environment import MARKER
from simpul.stack.processes import Ref, read_refs
from tests.conftest import free_port, quick_folder
from tests.webapi.conftest import Server

ROOT = Path(__file__).parents[2]


@dataclass
class Live:
    """A running stack in a home of its own, driven through the command line as a person would."""

    home: Path
    environment: dict[str, str] = field(repr=False)
    bps: Server = field(repr=False)  # plays the BPS WebAPI; nobody asks it before there is a key
    told: str = ""  # by `simpul up`

    @property
    def project(self) -> Path:
        """The copy of the project that it runs."""
        return self.home / "project"

    def airflow_dsn(self) -> str:
        """Address of Airflow's metadata."""
        password = (self.home / "secrets" / "airflow").read_text().strip()
        server = self.dsn().rsplit("@", 1)[1].split("/")[0]
        return f"postgresql://airflow:{password}@{server}/airflow"

    def simpul(
        self, *arguments: str, timeout: float = 900, check: bool = True
    ) -> subprocess.CompletedProcess[str]:
        """Run the command line in the stack's environment."""
        done = subprocess.run(
            [sys.executable, "-m", "simpul.cli", *arguments],
            env=self.environment,
            cwd=self.project,
            text=True,
            capture_output=True,
            timeout=timeout,
        )
        if check and done.returncode:
            raise AssertionError(
                f"simpul {' '.join(arguments)} ended {done.returncode}\n{done.stdout}\n{done.stderr}"
            )
        return done

    def dsn(self, *arguments: str) -> str:
        """Address of the warehouse, as the command line prints it."""
        return self.simpul("dsn", *arguments).stdout.strip()

    def airflow(self) -> Airflow:
        """Its Airflow, through the public API."""
        with pytest.MonkeyPatch.context() as patch:
            for name, value in self.environment.items():
                patch.setenv(name, value)
            get_settings.cache_clear()
            try:
                return Airflow()
            finally:
                patch.undo()
                get_settings.cache_clear()

    def pause(self, dag_id: str, is_paused: bool) -> None:
        """Let a DAG start no run, or start them again; what an asset tells a paused one is forgotten."""
        with psycopg.connect(self.airflow_dsn()) as connection:
            connection.execute("update dag set is_paused = %s where dag_id = %s", (is_paused, dag_id))

    def status(self) -> dict[str, Any]:
        """What `simpul status` says to a program."""
        return json.loads(self.simpul("status", "--json", check=False).stdout)

    def refs(self) -> dict[str, Ref]:
        """The supervisor and its components as it has written them down."""
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

    def query(self, statement: str, *values: object) -> list[tuple]:
        """Rows of a query by the owner."""
        with psycopg.connect(self.dsn()) as connection:
            return connection.execute(statement, values).fetchall()


@pytest.fixture(scope="module")  # not longer: a live scheduler takes processor time from every test beside it
def live() -> Iterator[Live]:
    """The stack, up; taken down and checked to be gone at the end."""
    home = Path(tempfile.mkdtemp(prefix="simpul-live-", dir=quick_folder()))
    project = home / "project"  # a copy, so that a test can break it
    made = shutil.ignore_patterns(".*", "target", "logs", "__pycache__")
    for name in ("dags", "dbt_project", "expectations", "include"):
        shutil.copytree(ROOT / name, project / name, ignore=made)
    environment = {
        **os.environ,
        "SIMPUL_HOME": str(home),
        "SIMPUL_PG_PORT": str(free_port()),
        "SIMPUL_AIRFLOW_PORT": str(free_port()),
        "SIMPUL_SETTLE_SECONDS": "1",
        "SIMPUL_PROJECT_ROOT": str(project),
        "PYTHONPATH": f"{project / 'include'}{os.pathsep}{project}",
    }
    environment.pop("SIMPUL_DSN", None)
    bps = Server()
    threading.Thread(target=bps.serve_forever, daemon=True).start()
    environment["SIMPUL_BPS_WEBAPI_URL"] = f"http://127.0.0.1:{bps.server_port}/v1/api"
    stack = Live(home, environment, bps)
    try:
        stack.told = stack.simpul("up").stdout
        yield stack
    finally:
        stack.simpul("down", check=False)
        bps.shutdown()
        bps.server_close()
        shutil.rmtree(home, ignore_errors=True)
