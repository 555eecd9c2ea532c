"""The embedded PostgreSQL: starts, starts again, survives, refuses, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import psycopg
import pytest

from simpul import database, vault
from simpul.errors import StackError
from simpul.settings import Settings, get_settings
from simpul.stack import postgres
from simpul.stack.identity import server_account
from tests.stack.conftest import ROOT, free_port

pytestmark = pytest.mark.stack


def _of_home(settings: Settings) -> list[psutil.Process]:
    """Processes that work in the data directory."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.cwd() == str(postgres.data_dir(settings)) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except psutil.Error:
            continue
    return found


def _kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return
        except psutil.NoSuchProcess:
            return
        time.sleep(0.01)


def test_start_again_stop_and_nothing_is_left(own_home: Settings) -> None:
    first = postgres.ensure_running()
    second = postgres.ensure_running()
    assert first.started
    assert not second.started
    assert second.pid == first.pid
    assert postgres.status() == second
    if os.geteuid() == 0:
        assert psutil.Process(first.pid).uids().real != 0

    assert postgres.stop()
    assert postgres.status() is None
    assert _of_home(own_home) == []
    assert not postgres.stop(), "nothing was running"
    with socket.socket() as probe:
        probe.setsockopt(
            socket.SOL_SOCKET, socket.SO_REUSEADDR, 1
        )  # connections that have ended linger for a minute
        probe.bind(("127.0.0.1", own_home.pg_port))


def test_a_reader_may_log_in_to_the_warehouse_alone_and_fill_no_disk(own_home: Settings) -> None:
    database.ensure_database()
    with psycopg.connect(postgres.dsn(), autocommit=True) as admin:
        admin.execute("create database later")
        names = [name for (name,) in admin.execute("select datname from pg_database where datallowconn")]
    assert {"postgres", "template1", "warehouse", "airflow", "later"} == set(names)
    refused = []
    for name in names:
        with psycopg.connect(postgres.dsn(database=name)) as admin:
            may = admin.execute(
                "select has_database_privilege('bi_reader', current_database(), 'temporary'),"
                " has_function_privilege('bi_reader', 'lo_create(oid)', 'execute')"
            ).fetchone()
        assert may == (name == "later", False), "what is made later opens with the next start"
        try:
            psycopg.connect(
                psycopg.conninfo.make_conninfo(database.warehouse_dsn("bi_reader"), dbname=name)
            ).close()
        except psycopg.OperationalError:
            refused.append(name)
    assert set(names) - set(refused) == {"warehouse", "later"}
    postgres.stop()
    postgres.ensure_running()
    with psycopg.connect(postgres.dsn()) as admin:
        assert admin.execute("select has_database_privilege('bi_reader', 'later', 'connect')").fetchone() == (
            False,
        )


def test_secrets_and_state_are_private(own_home: Settings) -> None:
    database.ensure_database()
    files = list(own_home.secrets.iterdir())
    assert {"postgres", "simpul", "airflow", *database.LOGIN_ROLES} <= {file.name for file in files}
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert stat.S_IMODE(own_home.secrets.stat().st_mode) == 0o700
    assert stat.S_IMODE(postgres.data_dir(own_home).stat().st_mode) == 0o700
    assert not list(own_home.home.rglob(".password"))
    # other users may pass through the home where the server's user must, but they cannot list it
    assert stat.S_IMODE(own_home.home.stat().st_mode) in (0o700, 0o701)


def test_settings_of_the_server(own_home: Settings) -> None:
    database.ensure_database()
    wanted = {
        "fsync": "on", "full_page_writes": "on", "synchronous_commit": "on", "data_checksums": "on",
        "wal_level": "minimal", "jit": "off", "TimeZone": "UTC", "max_connections": "200",
        "password_encryption": "scram-sha-256", "server_encoding": "UTF8", "listen_addresses": "127.0.0.1",
    }  # fmt: skip
    with database.connect() as connection:
        found = {name: connection.execute(f"show {name}").fetchone()[0] for name in wanted}
        assert connection.execute(
            "select rolsuper from pg_roles where rolname = current_user"
        ).fetchone() == (False,)
        assert connection.execute("select upper('é'), 'a' < 'B'").fetchone() == ("É", False)
    assert found == wanted


def test_nobody_enters_without_the_password(own_home: Settings) -> None:
    postgres.ensure_running()
    for user in ("postgres", "simpul"):
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(
                f"postgresql://{user}:wrong@127.0.0.1:{own_home.pg_port}/warehouse", connect_timeout=5
            )
    vault.path("simpul").write_text("changed\n")
    with pytest.raises(StackError, match="refuses the password of 'simpul'"):
        database.connect()


def test_what_was_committed_survives_kill_9(own_home: Settings) -> None:
    database.ensure_database()
    busy = database.connect()
    busy.execute("create table raw.kept as select generate_series(1, 1000) as n")
    busy.commit()
    busy.execute("insert into raw.kept select generate_series(1, 100000)")  # never committed
    _kill(postgres.ensure_running().pid)

    server = postgres.ensure_running()
    assert server.started
    with database.connect() as connection:
        assert connection.execute("select count(*) from raw.kept").fetchone() == (1000,)
    database.ensure_database()


def test_a_server_that_is_still_stopping_is_waited_for(own_home: Settings) -> None:
    """It holds its port as long: that is no other program's."""
    pid = postgres.ensure_running().pid
    for _ in range(4):
        os.kill(pid, signal.SIGQUIT)
        while postgres.status():
            pass
        server = postgres.ensure_running()
        assert server.started and server.pid != pid
        pid = server.pid


def test_a_stale_pid_file_with_a_reused_number(own_home: Settings) -> None:
    """After a reboot the number may belong to another program of the same user: the server would refuse to start."""
    server = postgres.ensure_running()
    lines = (postgres.data_dir(own_home) / "postmaster.pid").read_text().splitlines()
    _kill(server.pid)
    account = server_account(postgres.data_dir(own_home))
    user = {"user": account.uid, "group": account.gid, "extra_groups": []} if account else {}
    with subprocess.Popen(["sleep", "60"], cwd="/", **user) as stranger:
        pid_file = postgres.data_dir(own_home) / "postmaster.pid"
        pid_file.write_text("\n".join([str(stranger.pid), *lines[1:]]) + "\n")
        assert postgres.status() is None
        assert postgres.ensure_running().started
        assert stranger.poll() is None, "the stranger is left alone"
        stranger.kill()


def test_a_start_cut_off_halfway_is_repeated(own_home: Settings) -> None:
    own_home.prepare()
    draft = own_home.home / "postgres" / "data.new"
    draft.mkdir(parents=True)
    (draft / "PG_VERSION").write_text("18\n")
    assert postgres.ensure_running().started
    # killed between the start of the server and the making of its databases
    postgres.stop()
    (own_home.home / "postgres" / ".ready").unlink()
    database.ensure_database()


def test_a_taken_port_is_named_with_its_variable(own_home: Settings) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", own_home.pg_port))
        other.listen()
        with pytest.raises(StackError, match=f"port {own_home.pg_port} is taken .* SIMPUL_PG_PORT"):
            postgres.ensure_running()
    assert postgres.ensure_running().started, "and once it is free all is well"


def test_another_port_for_a_running_server_is_explained(
    own_home: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    postgres.ensure_running()
    monkeypatch.setenv("SIMPUL_PG_PORT", str(free_port()))
    get_settings.cache_clear()
    with pytest.raises(StackError, match=f"runs on port {own_home.pg_port}.*simpul down"):
        postgres.ensure_running()


def test_many_processes_start_one_server(own_home: Settings) -> None:
    code = "from simpul import database; database.ensure_database()"
    env = {**os.environ, "PYTHONPATH": f"{ROOT / 'include'}:{ROOT}"}

    def start(_: int) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", code], env=env, capture_output=True, text=True, check=False, timeout=120
        )

    with ThreadPoolExecutor(3) as pool:
        outcomes = list(pool.map(start, range(3)))
    assert [(one.returncode, one.stderr) for one in outcomes] == [(0, "")] * 3
    server = postgres.status()
    assert server is not None
    assert {process.pid for process in _of_home(own_home) if process.ppid() != server.pid} == {server.pid}


def test_an_ordinary_user_can_do_all_this(as_ordinary_user) -> None:
    with tempfile.TemporaryDirectory(prefix="simpul-user-") as folder:
        Path(folder).chmod(0o777)
        env = {"SIMPUL_HOME": f"{folder}/home", "SIMPUL_PG_PORT": str(free_port())}
        done = as_ordinary_user(
            "import os\n"
            "from simpul import database\n"
            "from simpul.stack import postgres\n"
            "database.ensure_database(); database.ensure_database()\n"
            "database.connect(role='bi_reader').close()\n"
            "server = postgres.status()\n"
            "print(os.geteuid(), os.stat(postgres.data_dir(database.get_settings())).st_uid, os.path.exists('/proc'))\n"
            "print(postgres.stop(), postgres.status())\n",
            env,
        )
        assert done.returncode == 0, done.stderr
        user, owner, _ = done.stdout.splitlines()[0].split()
        assert user == owner != "0"
        assert done.stdout.splitlines()[1] == "True None"
