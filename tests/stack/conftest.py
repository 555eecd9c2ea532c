"""Homes of their own for tests that start, kill and stop services."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from simpul import database
from simpul.settings import Settings, get_settings
from simpul.stack import postgres
from simpul.stack.identity import server_account
from tests.conftest import free_port, quick_folder

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def own_home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """Settings of a new home with free ports; whatever was started there is stopped afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="simpul-own-", dir=quick_folder()))
    # a name that breaks careless quoting, and is too long for a Unix socket
    monkeypatch.setenv("SIMPUL_HOME", str(folder / "rumah Pak O'Neil — データ" / ("panjang-" * 12)))
    monkeypatch.setenv("SIMPUL_PG_PORT", str(free_port()))
    monkeypatch.setenv("SIMPUL_AIRFLOW_PORT", str(free_port()))
    monkeypatch.delenv("SIMPUL_DSN", raising=False)
    get_settings.cache_clear()
    yield get_settings()
    postgres.stop()
    monkeypatch.undo()
    get_settings.cache_clear()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def as_ordinary_user() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run Python code as an ordinary user (``nobody``).

    The interpreter may lie where only root may read (/root/.pyenv): the user gets the right to read, and no other.
    """
    setpriv = shutil.which("setpriv")
    if os.geteuid() != 0 or not setpriv:
        pytest.skip("needs root and setpriv; without root the whole suite runs as an ordinary user anyway")
    entry = pwd.getpwnam("nobody")

    def run(code: str, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [
                setpriv, f"--reuid={entry.pw_uid}", f"--regid={entry.pw_gid}", "--clear-groups",
                "--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search", sys.executable, "-c", code,
            ],
            env={**os.environ, "PYTHONPATH": f"{ROOT / 'include'}:{ROOT}", "PYTHONDONTWRITEBYTECODE": "1", **env},
            cwd="/", capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip

    return run


Admin = Callable[[str], None]


def other_binaries() -> Path:
    """Another version than the embedded one where there is one: the package brings a 16; ``TEST_PG_BIN`` names any."""
    embedded = postgres.binaries()
    found = [
        Path(os.environ["TEST_PG_BIN"]) if "TEST_PG_BIN" in os.environ else None,
        embedded.parents[1] / "pginstall" / "bin",
        embedded,
    ]
    return next(path for path in found if path and path.exists())


@pytest.fixture(scope="module")
def other_server(simpul_home: Path) -> Iterator[str]:
    """A PostgreSQL that Simpul knows nothing about, with an administrator of its own; that one's URL."""
    folder = Path(tempfile.mkdtemp(prefix="other-postgres-", dir=quick_folder()))
    binaries = other_binaries()
    account = server_account(folder / "data")
    user = {"user": account.uid, "group": account.gid, "extra_groups": []} if account else {}
    if account:
        os.chown(folder, account.uid, account.gid)
        postgres.open_path(binaries, account, readable=True)
    port = free_port()

    def run(*command: str) -> None:
        with open(os.devnull, "wb") as sink:
            subprocess.run(
                command, check=True, stdout=sink, stderr=sink, cwd=folder, env={"LC_ALL": "C"}, **user
            )

    options = (
        f"-c port={port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c timezone=Asia/Jakarta"
        " -c fsync=off -c full_page_writes=off -c synchronous_commit=off"  # nobody kills it
    )
    run(f"{binaries}/initdb", "-D", f"{folder}/data", "-U", "dba", "--auth=trust", "-E", "UTF8", "--no-sync")
    run(f"{binaries}/pg_ctl", "-D", f"{folder}/data", "-l", f"{folder}/log", "-o", options, "-w", "start")
    yield f"postgresql://dba@127.0.0.1:{port}/postgres"
    run(f"{binaries}/pg_ctl", "-D", f"{folder}/data", "-m", "immediate", "-w", "stop")
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def log(other_server: str) -> Path:
    """Its log."""
    with psycopg.connect(other_server) as conn:
        (folder,) = conn.execute("select current_setting('data_directory')").fetchone()
    return Path(folder).with_name("log")


@pytest.fixture
def admin(other_server: str) -> Iterator[Admin]:
    """Run statements as the administrator of a server that is empty again afterwards."""
    ours = ["gudang", *database.LOGIN_ROLES, "pemilik"]

    def clean(connection: psycopg.Connection) -> None:
        connection.execute("drop database if exists gudang with (force)")
        for role in ours[1:]:
            if connection.execute("select from pg_roles where rolname = %s", (role,)).fetchone() is not None:
                connection.execute(f"drop owned by {role}")  # rights on parameters, too
                connection.execute(f"drop role {role}")

    with psycopg.connect(other_server, autocommit=True) as connection:
        clean(connection)
        yield lambda statement: connection.execute(statement) and None
        clean(connection)


@pytest.fixture
def home(tmp_path: Path, other_server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """A home whose warehouse is database ``gudang`` of the other server, as user ``pemilik``."""
    monkeypatch.setenv("SIMPUL_HOME", str(tmp_path / "home"))
    monkeypatch.setenv(
        "SIMPUL_DSN", other_server.replace("dba@", "pemilik:x@").replace("/postgres", "/gudang")
    )
    get_settings.cache_clear()
    yield get_settings()
    monkeypatch.undo()
    get_settings.cache_clear()
