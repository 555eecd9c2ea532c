"""The stack's parts one by one, for whoever starts and watches processes himself: containers, systemd.

`simpul.stack.services` brings up everything on one machine; here each part is one process in the foreground, with the
same configuration. PostgreSQL is somebody else's: ``SIMPUL_DSN`` and ``SIMPUL_AIRFLOW_DSN`` say where.
"""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from simpul import database, vault
from simpul.errors import StackError
from simpul.settings import get_settings
from simpul.stack import airflow, environment, postgres, superset
from simpul.stack.supervisor import COMPONENTS

_JOBS = {"scheduler": "SchedulerJob", "dag-processor": "DagProcessorJob", "triggerer": "TriggererJob"}
_STALE_SECONDS = 30  # where Airflow's own health page draws the line
_ALIVE = """
select extract(epoch from now() - max(latest_heartbeat))
from job
where job_type = %s and hostname = %s and state = 'running'
"""


PEOPLE = "people.txt"
"""Where `make_secrets` says who the users of Superset are; no role has such a name."""


def make_secrets(names: Sequence[str], target: Path | None = None, *, people: bool = False) -> None:
    """Make the missing secrets of ``names``; with ``target``, give copies to a program that may read no others.

    A copy is readable by every user: the program runs as a user of its own, and whoever reaches the folder may read it.
    ``people``: for Superset, also who may see persons there (`simpul bi user`), with the passwords of role and user; of
    who is no longer among them nothing is left.
    """
    for name in names:
        secret = vault.read_or_create(name)
        if target:
            _give(target / name, secret)
    if people and target:
        listed, now = target / PEOPLE, superset.people()
        before = listed.read_text(encoding="utf-8").split() if listed.exists() else []
        for name in {*before, *now} - {superset.ADMIN}:
            for one in (name, vault.for_superset(name)):
                (target / one).unlink(missing_ok=True)
                if name in now and (known := vault.read(one)):
                    _give(target / one, known)
        _give(listed, "\n".join(now))


def _give(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)  # a read-only copy cannot be written again
    path.write_text(text + "\n", encoding="utf-8")
    path.chmod(0o444)


def initialise(say: Callable[[str], None] = lambda _line: None) -> None:
    """Bring both databases to the newest form: owners and databases, roles, migrations, Airflow's metadata.

    Idempotent. Owners and databases are made where ``SIMPUL_ADMIN_DSN`` is set; otherwise they must be there.

    Raises:
        StackError: a database cannot be reached or changed.
    """
    settings = get_settings()
    if settings.admin_dsn:
        say("owners and databases")
        postgres.bootstrap(_admin_address(settings.admin_dsn))
    say("the warehouse: roles and migrations")
    database.ensure_database()
    if not settings.airflow_dsn:
        postgres.ensure_running()
    say("Airflow's metadata")
    airflow.prepare_home(settings)
    env = environment.airflow_environment()
    airflow.migrate(settings, env)
    airflow.keep_people(settings, env)


def run_airflow(arguments: Sequence[str]) -> NoReturn:
    """Become ``airflow <arguments>``, configured as the stack is. A component's bare name gets our options for it."""
    settings = get_settings()
    settings.prepare()
    if not (settings.home / "airflow" / "airflow.cfg").exists():
        airflow.prepare_home(settings)
    chosen = COMPONENTS.get(" ".join(arguments), tuple(arguments))
    env = environment.airflow_environment()
    os.umask(0o077)
    os.chdir(settings.home)
    os.execve(sys.executable, [sys.executable, "-m", "airflow", *chosen], env)  # noqa: S606 -- no shell is the point


def check(component: str) -> None:
    """Look whether the component on this host does its work, without importing Airflow (3 s of CPU each time).

    The API server is asked; the others leave a heartbeat in the metadata.

    Raises:
        StackError: it does not, and in what way.
    """
    if component == "api-server":
        _check_api()
    elif component in _JOBS:
        _check_heartbeat(component)
    else:
        raise StackError(
            f"there is no component '{component}'", hint=f"components are {', '.join(COMPONENTS)}"
        )


def _check_api() -> None:
    """Both faces: the one for people, and the one that tasks report to (built on the first call, 2 s)."""
    found = airflow.health()["api-server"]
    if found != "healthy":
        raise StackError(f"the API server is {found}")
    if not airflow.tasks_can_start():
        raise StackError("the API server does not answer tasks")


def _check_heartbeat(component: str) -> None:
    dsn = environment.metadata_dsn(get_settings()).replace("postgresql+psycopg://", "postgresql://", 1)
    try:
        with psycopg.connect(dsn, connect_timeout=5, application_name="simpul health") as connection:
            row = connection.execute(_ALIVE, (_JOBS[component], socket.gethostname())).fetchone()
    except psycopg.Error as error:
        raise StackError(f"the metadata cannot be read: {database.safe_error(error)}") from None
    age = row[0] if row else None
    if age is None:
        raise StackError(f"no {component} runs on {socket.gethostname()}")
    if age > _STALE_SECONDS:
        raise StackError(f"the {component} gave no sign for {age:.0f} s")


def _admin_address(dsn: str) -> str:
    """The superuser's address with its password, once it answers."""
    try:
        address = make_conninfo(**vault.complete(conninfo_to_dict(dsn)))
        psycopg.connect(address, connect_timeout=10).close()
    except psycopg.Error:  # its text may quote the address
        raise StackError(
            "the server that SIMPUL_ADMIN_DSN names cannot be reached",
            hint="check the address and the file home/secrets/<user> with its password",
        ) from None
    return address
