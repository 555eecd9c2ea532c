"""Superset as a background service of its own environment: bring its assets in, start, stop, look.

It is another program with other packages (SQLAlchemy 1.4), so nothing of it is imported here. Its state is a SQLite
file under ``home/bi``; what matters of it, the assets, stands in ``bi/superset`` and is brought in again at any time.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import subprocess
import time
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

from psycopg.conninfo import conninfo_to_dict

from simpul import vault
from simpul.database import warehouse_dsn
from simpul.errors import StackError
from simpul.settings import Settings, get_settings, inherited_environment
from simpul.stack import local, postgres, processes
from simpul.stack.processes import Ref

ADMIN, ADMIN_SECRET, KEY_SECRET = "admin", "superset_admin", "superset_secret_key"
READER = "bi_reader"
_MARKER = "SIMPUL_BI_STACK"
"""Carried by every process of the service; not Airflow's marker, which ends whatever carries it."""
_READY_SECONDS = 120
_STOP_SECONDS = 10
_FOREIGN = ("SUPERSET", "FLASK", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "AIRFLOW", "SIMPUL", _MARKER)


def address() -> str:
    """Where a person opens Superset."""
    return f"http://localhost:{get_settings().bi_port}"


def _state_file(settings: Settings) -> Path:
    return settings.run_dir / "superset.json"


def _folder(settings: Settings) -> Path:
    return settings.project_root / "bi" / "superset"


def is_installed() -> bool:
    """Whether Superset is a service of this machine; in containers it is one of its own."""
    return get_settings().bi_venv.is_dir()


def _program(settings: Settings, name: str) -> str:
    """A program of Superset's environment.

    Raises:
        StackError: there is no such environment.
    """
    path = settings.bi_venv / "bin" / name
    if not path.exists():
        raise StackError(f"Superset is not installed in {settings.bi_venv}", hint="run `make bi`")
    return str(path)


# ------------------------------------------------------------------------------------------------------------- people
def _people_file(settings: Settings) -> Path:
    return settings.bi / "people"


def people() -> list[str]:
    """Login roles of the warehouse that are users of Superset and see the persons of their regions there."""
    path = _people_file(get_settings())
    names = path.read_text(encoding="utf-8").split() if path.exists() else []
    return [name for name in names if name != ADMIN]  # whom an earlier version let in


def keep_people(names: Iterable[str]) -> None:
    """Say who they are, each with a password of its own; `bring_in` makes their users, or the container `bi-init`."""
    settings, wanted = get_settings(), sorted(set(names))
    settings.bi.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name in wanted:
        vault.read_or_create(vault.for_superset(name))
    _people_file(settings).write_text("\n".join(wanted) + "\n", encoding="utf-8")


# -------------------------------------------------------------------------------------------------------- environment
def environment() -> dict[str, str]:
    """What Superset is started with: no secret in it, only where secrets are kept."""
    settings = get_settings()
    settings.bi.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name in (KEY_SECRET, ADMIN_SECRET, *map(vault.for_superset, people())):
        vault.read_or_create(name)
    inherited = {
        name: value for name, value in inherited_environment().items() if not name.startswith(_FOREIGN)
    }
    return {
        **inherited,
        "SUPERSET_CONFIG_PATH": str(_folder(settings) / "superset_config.py"),
        "SUPERSET_HOME": str(settings.bi),
        "FLASK_APP": "superset.app:create_app()",
        "SIMPUL_BI_HOME": str(settings.bi),
        "SIMPUL_BI_SECRETS": str(settings.secrets),
        "SIMPUL_BI_PEOPLE": str(_people_file(settings)),
        "SIMPUL_BI_WAREHOUSE": _warehouse(),
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": "1",  # its configuration lies in the repository
        "NO_COLOR": "1",
        "DO_NOT_TRACK": "1",
        "SCARF_ANALYTICS": "false",
        **({"SIMPUL_DEBUG": "1"} if settings.debug else {}),
        _MARKER: f"{settings.home}:{vault.read_or_create('stack_token')}",
    }


def _warehouse() -> str:
    """SQLAlchemy's address of the warehouse as the reader, without its password."""
    parts = conninfo_to_dict(warehouse_dsn(READER))
    host, port, name = get_settings().warehouse_address
    known = ("host", "hostaddr", "port", "dbname", "user", "password")
    options = "&".join(f"{key}={value}" for key, value in sorted(parts.items()) if key not in known and value)
    return f"postgresql+psycopg2://{READER}@{host}:{port}/{name}" + (f"?{options}" if options else "")


def _assets_hash(settings: Settings) -> str:
    """Changes with whatever `bring_in` would bring in."""
    seen = hashlib.sha256(json.dumps([people(), vault.read(ADMIN_SECRET)]).encode())
    folder = _folder(settings)
    for path in sorted([*folder.rglob("*.yaml"), *folder.glob("*.py")]):
        seen.update(path.name.encode() + b"\0" + path.read_bytes())
    seen.update(_installed(settings))
    return seen.hexdigest()


# ------------------------------------------------------------------------------------------------------------ service
def bring_in(*, force: bool = False) -> dict[str, Any] | None:
    """Bring Superset's metadata and assets to what stands in ``bi/superset``; None when they are so already.

    A server that runs and would be started otherwise by now (another version, configuration or key) is ended before
    and started again.

    Returns:
        ``files`` read, ``removed`` titles by kind, ``people``, ``closed`` users who are no longer among them, ``lost``
        roles by user that a caseworker had beside his own.

    Raises:
        StackError: Superset is not installed, or refuses an asset.
    """
    return _bring_up(force=force, start=False)


def _bring_up(*, force: bool, start: bool) -> dict[str, Any] | None:
    settings = get_settings()
    with local.exclusive(settings, "superset"):
        env = environment()
        if not start:  # who brings assets in asks for no server that says more than the one that runs
            env.pop("SIMPUL_DEBUG", None)
        content = _content(settings)
        made = {"fingerprint": _fingerprint(settings, env, content), "made_of": content}
        refs, more = processes.read_refs(_state_file(settings))
        runs = "superset" in refs and refs["superset"].is_alive
        same = "fingerprint" if start else "made_of"
        renew = (start or runs) and not (runs and more.get(same) == made[same])
        if renew:
            _end(settings)  # before anything is migrated: an older server would read a newer database
            local.refuse_taken_port(settings.bi_port, "SIMPUL_BI_PORT")
        told = _load(settings, env, force=force)
        if renew:
            _start(settings, env, made)
        if start or runs:
            _wait(settings)
    return told


def _fingerprint(settings: Settings, env: dict[str, str], content: str) -> str:
    """Changes with whatever a server is started with: its environment, and its ``content``."""
    mine = sorted(item for item in env.items() if item[0].startswith(("SUPERSET", "SIMPUL")))
    return hashlib.sha256(json.dumps([mine, settings.bi_port, content]).encode()).hexdigest()


def _content(settings: Settings) -> str:
    """Changes with a server's configuration, words, version and key."""
    seen = hashlib.sha256()
    key = (vault.read(KEY_SECRET) or "").encode()
    for content in (
        *((_folder(settings) / name).read_bytes() for name in ("superset_config.py", "indonesian.json")),
        _installed(settings),
        hashlib.sha256(key).digest(),
    ):
        seen.update(hashlib.sha256(content).digest())
    return seen.hexdigest()


def _installed(settings: Settings) -> bytes:
    """The locked packages of Superset's environment, which `make bi` keeps in it when they are installed."""
    ready = settings.bi_venv / ".ready"
    return ready.read_bytes() if ready.exists() else b""


def _load(settings: Settings, env: dict[str, str], *, force: bool) -> dict[str, Any] | None:
    python, wanted = _program(settings, "python"), _assets_hash(settings)
    if not force and _brought_in(settings) == wanted:
        return None
    done = subprocess.run(
        [python, str(_folder(settings) / "load.py")],
        env=env | {"SIMPUL_BI_STAMP": wanted},
        cwd=settings.bi,
        capture_output=True,
        text=True,
        check=False,
        umask=0o077,
    )
    if done.returncode != 0:
        log = settings.logs / "superset-load.log"
        log.write_text(done.stdout + done.stderr, encoding="utf-8")
        raise StackError(f"Superset does not take its assets\n{local.end_of_log(log)}", hint=f"see {log}")
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def _brought_in(settings: Settings) -> str | None:
    """What the database itself says was brought into it last; None of one that is new, or is not there.

    It stands nowhere else: a database that was deleted, or put back from a backup, speaks of itself.
    """
    path = settings.bi / "superset.db"
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as conn:
            row = conn.execute("select stamp from simpul_brought_in").fetchone()
    except sqlite3.DatabaseError:
        return None
    return str(row[0]) if row else None


def changes(told: dict[str, Any] | None) -> list[str]:
    """What somebody may miss after `bring_in`: a line for each kind of asset that is gone, each role taken away."""
    removed, lost = (told or {}).get("removed", {}), (told or {}).get("lost", {})
    return [
        *(
            f"no file holds it any more, removed from Superset: {kind} {', '.join(titles)}"
            for kind, titles in removed.items()
        ),
        *(
            f"{name} sees persons and has no other role in Superset any more: {', '.join(roles)} taken away"
            for name, roles in lost.items()
        ),
    ]


def up() -> dict[str, Any] | None:
    """Start Superset unless it runs, with its assets, and wait until it answers. The warehouse must be up.

    Returns:
        What `bring_in` says.

    Raises:
        StackError: it is not installed, its port is taken, or it does not answer (with the end of its log).
    """
    _program(get_settings(), "gunicorn")
    return _bring_up(force=False, start=True)


def _start(settings: Settings, env: dict[str, str], made: dict[str, str]) -> None:
    """``made``: what it is told from another server by."""
    # fmt: off
    command = [
        _program(settings, "gunicorn"), "--bind", f"{postgres.HOST}:{settings.bi_port}",
        "--workers", "2", "--worker-class", "gthread", "--threads", "8", "--timeout", "120",
        "--worker-tmp-dir", str(settings.bi), "--no-control-socket", "superset.app:create_app()",
    ]
    # fmt: on
    with open(settings.logs / "superset.log", "ab") as sink:
        process = subprocess.Popen(
            command,
            env=env,
            cwd=settings.bi,
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            umask=0o077,
        )
    processes.write_refs(_state_file(settings), {"superset": Ref.of(process.pid)}, **made)


def _wait(settings: Settings) -> None:
    end = time.monotonic() + _READY_SECONDS
    while state() != "healthy":
        if state() == "stopped" or time.monotonic() > end:
            log = settings.logs / "superset.log"
            raise StackError(f"Superset does not answer\n{local.end_of_log(log)}", hint=f"see {log}")
        time.sleep(0.3)


def state() -> str | None:
    """``healthy``, ``unreachable`` or ``stopped``; None where it was never started or was taken down."""
    settings = get_settings()
    refs, _ = processes.read_refs(_state_file(settings))
    if "superset" not in refs:
        return None
    if not refs["superset"].is_alive:
        return "stopped"
    try:
        with local.direct().open(f"http://{postgres.HOST}:{settings.bi_port}/health", timeout=5) as answer:
            return "healthy" if answer.status == 200 else "unreachable"
    except OSError:
        return "unreachable"


def down() -> bool:
    """End it. False when it did not run."""
    settings = get_settings()
    if not settings.run_dir.exists():
        return False
    with local.exclusive(settings, "superset"):
        return _end(settings)


def _end(settings: Settings) -> bool:
    refs, _ = processes.read_refs(_state_file(settings))
    server = refs["superset"].process() if "superset" in refs else None
    if server:
        processes.end([server], patience=_STOP_SECONDS)
    token = vault.read("stack_token")
    left = processes.marked(_MARKER, f"{settings.home}:{token}") if token else []
    if left:
        processes.end(left, patience=5)
    _state_file(settings).unlink(missing_ok=True)
    return bool(server or left)
