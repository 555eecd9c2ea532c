"""Airflow's components as background services: start, heal, stop, look."""

from __future__ import annotations

import hashlib
import json
import logging
import subprocess
import sys
import time
from pathlib import Path

import psycopg

from simpul.errors import StackError
from simpul.settings import Settings, get_settings
from simpul.stack import environment, local, postgres, processes
from simpul.stack.environment import airflow_environment
from simpul.stack.processes import Ref
from simpul.stack.supervisor import COMPONENTS, STATE

__all__ = ["airflow_environment", "down", "health", "running", "up"]

log = logging.getLogger("simpul.stack.airflow")

_READY_SECONDS = 180
_STOP_SECONDS = 15


def _state_file(settings: Settings) -> Path:
    return settings.run_dir / STATE


def running() -> dict[str, Ref]:
    """The supervisor and the components that live now, by name."""
    refs, _ = processes.read_refs(_state_file(get_settings()))
    return {name: ref for name, ref in refs.items() if ref.is_alive}


def health() -> dict[str, str]:
    """Component → ``healthy``, ``unhealthy`` or ``unreachable``, as the API server sees it."""
    url = f"http://{postgres.HOST}:{get_settings().airflow_port}/api/v2/monitor/health"
    try:
        with local.direct().open(url, timeout=5) as answer:
            said = json.load(answer)
    except (OSError, ValueError):
        return dict.fromkeys(COMPONENTS, "unreachable")
    names = {"scheduler": "scheduler", "dag-processor": "dag_processor", "triggerer": "triggerer"}
    seen = {name: str((said.get(key) or {}).get("status") or "unhealthy") for name, key in names.items()}
    return {"api-server": str(said.get("metadatabase", {}).get("status", "unhealthy")), **seen}


def tasks_can_start() -> bool:
    """The first call to the API that tasks use builds it (2 s and more); after this one no task waits for that."""
    url = f"http://{postgres.HOST}:{get_settings().airflow_port}/execution/health"
    try:
        with local.direct().open(url, timeout=60):
            return True
    except OSError:
        return False


def up() -> None:
    """Start what does not run, and wait until all four components are healthy. PostgreSQL must be up.

    Idempotent: with everything healthy and configured the same it returns within a moment.

    Raises:
        StackError: a port is taken, or a component does not become healthy (with the end of its log).
    """
    settings = get_settings()
    with local.exclusive(settings, "airflow"):
        env = airflow_environment()
        fingerprint = _fingerprint(env)
        refs, more = processes.read_refs(_state_file(settings))
        supervisor = refs.get("supervisor")
        same = more.get("fingerprint") == fingerprint
        if not (supervisor and supervisor.is_alive and same):
            _end_all(settings)  # what a crash or an older configuration left
            local.refuse_taken_port(settings.airflow_port, "SIMPUL_AIRFLOW_PORT")
            prepare_home(settings)
            migrate(settings, env)
            keep_people(settings, env)
            _start_supervisor(settings, env, fingerprint)
        _wait_until_healthy(settings)


def down() -> bool:
    """End all processes of Airflow's part of the stack. False when there was none."""
    settings = get_settings()
    if not settings.run_dir.exists():
        return False
    with local.exclusive(settings, "airflow"):
        return _end_all(settings)


def _end_all(settings: Settings) -> bool:
    """First the supervisor, which ends its components in good order; then what is left of them and of their tasks."""
    refs, _ = processes.read_refs(_state_file(settings))
    supervisor = refs.pop("supervisor", None)
    process = supervisor.process() if supervisor else None
    if process:
        processes.end([process], patience=_STOP_SECONDS)
    (name, value), *_ = environment.marker(settings).items()
    components = [found for ref in refs.values() if (found := ref.process())]
    left = {found.pid: found for found in [*components, *processes.marked(name, value)]}
    if left:
        processes.end(left.values(), patience=5)
    _state_file(settings).unlink(missing_ok=True)
    return bool(process or left)


def _fingerprint(env: dict[str, str]) -> str:
    """Changes when the components would behave differently; what a shell sets for itself does not matter."""
    ours = ("AIRFLOW", "SIMPUL", "DBT", "COSMOS", "PYTHONPATH")
    relevant = sorted(item for item in env.items() if item[0].startswith(ours))
    return hashlib.sha256(json.dumps(relevant).encode()).hexdigest()


def prepare_home(settings: Settings) -> None:
    """An (almost) empty configuration file: without it Airflow writes 3,500 lines of defaults and own secrets."""
    home = settings.home / "airflow"
    (home / "plugins").mkdir(parents=True, exist_ok=True, mode=0o700)
    (home / "airflow.cfg").write_text(
        "# everything is set through the environment: simpul.stack.environment\n"
    )


def migrate(settings: Settings, env: dict[str, str]) -> None:
    """Bring the metadata to this Airflow's form; skipped when the last run of this version left it so (3 s)."""
    from importlib.metadata import version

    marker = settings.run_dir / "airflow.migrated"
    auth = (
        "" if settings.airflow_auth == "simple" else f" {settings.airflow_auth}"
    )  # it has tables of its own
    revision = _metadata_revision()
    made = f"{version('apache-airflow-core')} {revision}{auth}"
    if revision and marker.exists() and marker.read_text() == made:
        return
    done = subprocess.run(
        [sys.executable, "-m", "airflow", "db", "migrate"],
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        target = settings.logs / "migrate.log"
        target.write_text(done.stdout + done.stderr)
        raise StackError("Airflow's metadata cannot be migrated", hint=f"see {target}")
    marker.write_text(f"{version('apache-airflow-core')} {_metadata_revision()}{auth}")


def keep_people(settings: Settings, env: dict[str, str]) -> None:
    """Give the UI its users and their roles, where it has more than one; passwords go by a pipe."""
    if settings.airflow_auth == "simple":
        return
    done = subprocess.run(
        [sys.executable, "-m", "simpul.orchestration_users"],
        input=json.dumps(environment.people()),
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        target = settings.logs / "people.log"
        target.write_text(done.stdout + done.stderr)
        raise StackError("the users of the Airflow UI cannot be made", hint=f"see {target}")


def _metadata_revision() -> str | None:
    dsn = environment.metadata_dsn(get_settings()).replace("postgresql+psycopg://", "postgresql://", 1)
    try:
        with psycopg.connect(dsn, connect_timeout=10) as connection:
            row = connection.execute("select version_num from alembic_version").fetchone()
    except psycopg.errors.UndefinedTable:
        return None
    except psycopg.OperationalError:
        raise StackError(
            "Airflow's metadata database cannot be reached", hint="check SIMPUL_AIRFLOW_DSN"
        ) from None
    return str(row[0]) if row else None


def _start_supervisor(settings: Settings, env: dict[str, str], fingerprint: str) -> None:
    with open(settings.logs / "supervisor.log", "ab") as sink:
        subprocess.Popen(
            [sys.executable, "-m", "simpul.stack.supervisor", fingerprint],
            env=env,
            cwd=settings.home,
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            umask=0o077,
        )


def _wait_until_healthy(settings: Settings) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    is_warm = False
    while True:
        is_warm = is_warm or tasks_can_start()
        alive, found = running(), health()
        if is_warm and set(alive) >= set(COMPONENTS) and set(found.values()) == {"healthy"}:
            return
        if time.monotonic() > deadline:
            sick = [name for name in COMPONENTS if name not in alive or found[name] != "healthy"]
            told = local.end_of_log(settings.logs / f"{sick[0]}.log")
            raise StackError(
                f"not healthy after {_READY_SECONDS} s: {', '.join(sick)}\n{told}",
                hint=f"the logs are in {settings.logs}",
            )
        time.sleep(0.2)
