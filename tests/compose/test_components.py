"""The services of docker-compose.yml as plain processes: their own commands, variables and health checks.

What the engine would give is replaced: names of services become ports of this machine, volumes become folders. The
embedded server plays the container `postgres`: it is given the superuser's password and nothing else.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest

from simpul.stack import postgres, ui_roles
from simpul.stack.supervisor import COMPONENTS
from tests.compose.reading import ROOT, compose, stages
from tests.conftest import free_port, quick_folder

pytestmark = pytest.mark.stack

_READY_SECONDS = 300  # half a minute on two idle cores
_START_SERVER = "from simpul.stack import postgres; postgres.ensure_running()"
_STOP_SERVER = "from simpul.stack import postgres; postgres.stop()"


@dataclass
class Containers:
    """Services as processes on this machine."""

    folder: Path
    services: dict[str, dict[str, Any]]
    pg_port: int = field(default_factory=free_port)
    api_port: int = field(default_factory=free_port)
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def here(self, text: str) -> str:
        """An address or a path of a container as it is on this machine."""
        for there, here in (
            ("@postgres:5432", f"@127.0.0.1:{self.pg_port}"),
            ("//api-server:8080", f"//127.0.0.1:{self.api_port}"),
            ("/var/lib/simpul", f"{self.folder}/home"),
            ("/inbox", f"{self.folder}/inbox"),
            ("/handover", f"{self.folder}/handover"),
            ("/var/log/simpul", f"{self.folder}/log"),
        ):
            text = text.replace(there, here)
        return text

    def environment(self, name: str) -> dict[str, str]:
        """The image's variables, then the service's; of this machine only what finds the code."""
        declared = stages()[1]["simpul"].environment | self.services[name].get("environment", {})
        return {
            **{key: self.here(value) for key, value in declared.items() if key.startswith("SIMPUL_")},
            "SIMPUL_AIRFLOW_PORT": str(self.api_port),
            "PATH": os.defpath,
            "HOME": str(self.folder),
            "PYTHONPATH": f"{ROOT / 'include'}{os.pathsep}{ROOT}",
        }

    def once(self, name: str) -> str:
        """Run a service that ends; what it said."""
        done = subprocess.run(
            self._program(self.services[name]["command"]),
            env=self.environment(name),
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == 0, f"{name}: {done.stdout}{done.stderr}"
        return done.stderr

    def execute(self, name: str, *command: str) -> str:
        """What `docker compose exec <name> simpul …` would say."""
        done = subprocess.run(
            self._program(list(command)), env=self.environment(name) | {"SIMPUL_BI_VENV": "/none"},
            cwd=self.folder, capture_output=True, text=True, timeout=120,
        )  # fmt: skip
        assert done.returncode == 0, f"{name}: {done.stdout}{done.stderr}"
        return done.stdout + done.stderr

    def warehouse_admin(self) -> psycopg.Connection:
        """A session of the superuser."""
        password = (self.folder / "handover" / "postgres").read_text().strip()
        return psycopg.connect(
            f"postgresql://postgres:{password}@127.0.0.1:{self.pg_port}/postgres", autocommit=True
        )

    def warehouse(self, user: str, secrets: str) -> psycopg.Connection:
        """A session of a role with the password that stands in a folder of ours."""
        password = (self.folder / secrets / user).read_text().strip()
        return psycopg.connect(
            f"postgresql://{user}:{password}@127.0.0.1:{self.pg_port}/warehouse", autocommit=True
        )

    def start(self, name: str) -> None:
        """Start a service that stays."""
        with open(self.folder / f"{name}.log", "wb") as sink:
            self.running[name] = subprocess.Popen(
                self._program(self.services[name]["command"]),
                env=self.environment(name),
                cwd=self.folder,
                stdout=sink,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def is_healthy(self, name: str) -> tuple[bool, str]:
        """What the service's own health check says."""
        done = subprocess.run(
            self._program(self.services[name]["healthcheck"]["test"][2:]),
            env=self.environment(name),
            capture_output=True,
            text=True,
            timeout=60,
        )
        return done.returncode == 0, done.stderr

    def wait_for(self, *names: str) -> None:
        """Wait until the health checks of all these succeed."""
        deadline = time.monotonic() + _READY_SECONDS
        for name in names:
            while not (seen := self.is_healthy(name))[0]:
                log = (self.folder / f"{name}.log").read_text(errors="replace")[-3000:]
                assert self.running[name].poll() is None, f"{name} ended\n{log}"
                assert time.monotonic() < deadline, f"{name}: {seen[1]}\n{log}"
                time.sleep(5)  # each look is a Python of its own, beside what it waits for

    def stop(self, *names: str, grace: float | None = None) -> dict[str, int]:
        """End services as an engine does, all at the same time; their exit codes."""
        ending = {name: self.running.pop(name) for name in names}
        for process in ending.values():
            process.send_signal(signal.SIGTERM)
        try:
            return {name: process.wait(grace or self._grace(name)) for name, process in ending.items()}
        finally:
            for process in ending.values():
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)  # where an engine would remove the whole container

    def _grace(self, name: str) -> int:
        return int(self.services[name].get("stop_grace_period", "10s").removesuffix("s"))

    def server(self, code: str) -> None:
        """Start or stop the server that stands for the service ``postgres``."""
        env = {
            "SIMPUL_HOME": str(self.folder / "server"),
            "SIMPUL_PG_PORT": str(self.pg_port),
            "PYTHONPATH": f"{ROOT / 'include'}",
            "PATH": os.defpath,
        }
        subprocess.run([sys.executable, "-c", code], env=env, check=True, timeout=120)

    @staticmethod
    def _program(command: list[str]) -> list[str]:
        return [sys.executable, "-m", "simpul.cli", *(word for word in command if word != "simpul")]


@pytest.fixture(scope="module")
def containers() -> Iterator[Containers]:
    """Brought up in the order of `depends_on`."""
    folder = Path(tempfile.mkdtemp(prefix="simpul-compose-", dir=quick_folder()))
    found = Containers(folder, compose()["services"])
    for name in ("home", "inbox", "handover", "bi_handover", "server/secrets"):
        (folder / name).mkdir(parents=True)
    # as the engines find it: what is mounted, they do not make
    found.services["secrets"]["command"][-1] = str(folder / "handover")
    found.services["bi-secrets"]["command"][-1] = str(folder / "bi_handover")
    try:
        found.once("secrets")
        shutil.copy(folder / "handover" / "postgres", folder / "server" / "secrets" / "postgres")
        found.server(_START_SERVER)
        _log_as_declared(found)
        found.once("init")
        for name in COMPONENTS:
            if name != "scheduler":  # it waits for the API server
                found.start(name)
        found.wait_for("api-server")
        found.start("scheduler")
        found.wait_for(*COMPONENTS)
        yield found
    finally:
        with contextlib.suppress(subprocess.TimeoutExpired):
            found.stop(*found.running, grace=5)  # the tests are over
        found.server(_STOP_SERVER)
        shutil.rmtree(folder, ignore_errors=True)


def _log_as_declared(containers: Containers) -> None:
    """The server writes its log as the service `postgres` says, with its own folder in place of the volume."""
    flags = containers.services["postgres"]["command"][1:]
    options = dict(flag.removeprefix("-c").split("=", 1) for flag in flags)
    mine = {
        name: value
        for name, value in options.items()
        if re.match(r"logging_collector|log_(dir|file|rot)", name)
    }
    assert len(mine) == 6
    with containers.warehouse_admin() as conn:
        folder = Path(conn.execute("select current_setting('data_directory')").fetchone()[0]).parent / "kept"
        mine["log_directory"] = str(folder)
        for name, value in mine.items():
            conn.execute(f"alter system set {name} = '{value}'")
    containers.server(_STOP_SERVER)
    containers.server(_START_SERVER)
    (containers.folder / "log").symlink_to(folder)


def test_the_servers_health_check_works(containers: Containers) -> None:
    kind, program, *arguments = containers.services["postgres"]["healthcheck"]["test"]
    assert kind == "CMD"

    def ask(port: int) -> int:
        return subprocess.run(
            [postgres.binaries() / program, *arguments], env={"PGPORT": str(port)}
        ).returncode

    assert ask(containers.pg_port) == 0
    assert ask(free_port()) != 0


def test_all_become_healthy(containers: Containers) -> None:
    """Airflow's own page agrees with our cheap checks."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"http://127.0.0.1:{containers.api_port}/api/v2/monitor/health", timeout=10) as answer:
        said = json.load(answer)
    assert {part: found["status"] for part, found in said.items()} == dict.fromkeys(
        ("metadatabase", "scheduler", "dag_processor", "triggerer"), "healthy"
    )


def ask(containers: Containers, path: str, body: object = None, token: str = "") -> tuple[int, Any]:
    """Status and answer of Airflow's API; with a body it is a POST."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{containers.api_port}{path}",
        data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json", "Authorization": f"Bearer {token}"},
    )
    try:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=60) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, None


def test_engineer_operator_and_auditor_of_the_ui_may_what_is_declared(containers: Containers) -> None:
    """Asked of the API with each one's own password; a DAG that is not there tells who would have been let through."""
    seen = {}
    for name in ui_roles.PEOPLE:
        password = (containers.folder / "home" / "secrets" / f"airflow_{name}").read_text().strip()
        status, answer = ask(containers, "/auth/token", {"username": name, "password": password})
        assert status == 201, name
        token = answer["access_token"]
        seen[name] = {
            "look": ask(containers, "/api/v2/dags", token=token)[0],
            "run": ask(containers, "/api/v2/dags/none/dagRuns", {"logical_date": None}, token)[0],
            "pool": ask(containers, "/api/v2/pools", {"name": f"of_{name}", "slots": 1}, token)[0],
            "connections": ask(containers, "/api/v2/connections", token=token)[0],
            "variables": ask(containers, "/api/v2/variables", token=token)[0],
        }
    wrong = {"username": "auditor", "password": "auditor"}
    assert ask(containers, "/auth/token", wrong)[0] == 401
    shut = {"connections": 403, "variables": 403}
    assert seen == {
        "admin": {"look": 200, "run": 404, "pool": 201, "connections": 200, "variables": 200},
        "engineer": {"look": 200, "run": 404, "pool": 201, **shut},
        "operator": {"look": 200, "run": 404, "pool": 403, **shut},
        "auditor": {"look": 200, "run": 403, "pool": 403, **shut},
    }


def test_the_handed_over_password_is_the_only_one(containers: Containers) -> None:
    handed = list((containers.folder / "handover").iterdir())
    assert [path.name for path in handed] == ["postgres"]
    assert handed[0].stat().st_mode & 0o777 == 0o444, "the user of another image must be able to read it"
    for secret in (containers.folder / "home" / "secrets").iterdir():
        assert secret.stat().st_mode & 0o777 == 0o600, secret.name


def test_owner_is_no_superuser(containers: Containers) -> None:
    password = (containers.folder / "home" / "secrets" / "simpul").read_text().strip()
    dsn = f"postgresql://simpul:{password}@127.0.0.1:{containers.pg_port}/warehouse"
    with psycopg.connect(dsn) as connection:
        rights = connection.execute("select rolsuper, rolcreatedb from pg_roles where rolname = current_user")
        assert rights.fetchone() == (False, False)
        assert connection.execute("select count(*) from audit.alembic_version").fetchone() == (1,)


def test_who_reads_about_persons_is_found_in_the_log_that_is_kept(containers: Containers) -> None:
    """By the command and by the upkeep's page, in the scheduler, without naming the log."""
    with containers.warehouse("simpul", "home/secrets") as owner:
        owner.execute("create view marts_person.probe as select audit.note_read('probe') as noted")
        owner.execute("grant select on marts_person.probe to steward")
    with containers.warehouse("steward", "home/secrets") as steward:
        steward.execute("select * from marts_person.probe")
    (read,) = json.loads(containers.execute("scheduler", "access", "reads", "--json"))
    assert (read["role"], read["relation"]) == ("steward", "probe")
    # put away as the runbook says: the server begins a new one, the old one can be named
    kept = containers.folder / "log" / "postgresql.log"
    kept.rename(kept.with_name("postgresql-2026.log"))
    with containers.warehouse_admin() as admin:
        admin.execute("select pg_rotate_logfile()")
    end = time.monotonic() + 10
    while not kept.exists() and time.monotonic() < end:
        time.sleep(0.1)
    with containers.warehouse("steward", "home/secrets") as steward:
        steward.execute("select * from marts_person.probe")
    old = str(kept.with_name("postgresql-2026.log"))
    for more in ([], ["--log", old]):
        assert len(json.loads(containers.execute("scheduler", "access", "reads", "--json", *more))) == 1, more
    upkeep = "from simpul import pipeline; pipeline._tell_reads()"
    subprocess.run(
        [sys.executable, "-c", upkeep], env=containers.environment("scheduler"), check=True, timeout=60
    )
    assert "probe" in (containers.folder / "home" / "reports" / "reads" / "index.html").read_text()


def test_a_caseworker_is_made_for_the_superset_of_the_containers(containers: Containers) -> None:
    """`exec scheduler simpul bi user`, then `up` of the profile: `bi-secrets` hands over what `bi` reads."""
    handed, home = containers.folder / "bi_handover", containers.folder / "home"
    ours = {"bi_reader", "superset_admin", "superset_secret_key", "people.txt"}
    containers.once("bi-secrets")
    assert {path.name for path in handed.iterdir()} == ours and (
        handed / "people.txt"
    ).read_text().split() == []
    said = containers.execute("scheduler", "bi", "user", "siti")
    assert "docker compose --profile bi up -d" in said
    containers.execute("scheduler", "access", "grant", "siti", "12.74", "--reason", "verification")
    containers.once("bi-secrets")
    assert {path.name for path in handed.iterdir()} == ours | {"siti", "superset_siti"}
    assert (handed / "people.txt").read_text().split() == ["siti"]
    assert (handed / "superset_siti").read_text() == (home / "secrets" / "superset_siti").read_text()
    assert {path.stat().st_mode & 0o777 for path in handed.iterdir()} == {0o444}
    with containers.warehouse("simpul", "home/secrets") as owner:
        owner.execute("create view marts_person.mine as select audit.person_region_patterns() as regions")
        owner.execute("grant select on marts_person.mine to caseworker")
    with containers.warehouse("siti", "bi_handover") as siti:
        (regions,) = siti.execute("select regions from marts_person.mine").fetchone()
        assert regions and all(one.startswith("12.74") for one in regions)
    containers.execute("scheduler", "bi", "user", "siti", "--remove", "--reason", "moved")
    containers.once("bi-secrets")
    assert {path.name for path in handed.iterdir()} == ours and (
        handed / "people.txt"
    ).read_text().split() == []


def test_init_may_run_again(containers: Containers) -> None:
    """Every `up` runs it, under a stack that works."""
    containers.once("secrets")
    containers.once("init")
    containers.wait_for("api-server", "scheduler")


def test_a_stopped_component_is_seen(containers: Containers) -> None:
    """It ends when it is told to, and its check fails at once; the others stay healthy."""
    assert containers.stop("triggerer")["triggerer"] in (0, -signal.SIGTERM, 128 + signal.SIGTERM)
    healthy, said = containers.is_healthy("triggerer")
    assert not healthy and "triggerer" in said
    assert containers.is_healthy("scheduler")[0]
