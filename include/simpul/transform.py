"""Run dbt: a process of its own with everything it needs from the settings, its outcome told without any value."""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import hashlib
import json
import logging
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict

from simpul.database import warehouse_dsn
from simpul.errors import SimpulError
from simpul.settings import get_settings, inherited_environment

log = logging.getLogger("simpul.transform")

PREPARE = ("path:models/staging", "path:models/intermediate")
"""What is built before records are linked to persons."""
LISTS = ("stg_reference__region", "int_village")
"""Of that, the lists of regions: tens of thousands of rows, and new once a year. They are built when they have changed
(`simpul.seeds`), not with every release."""
MARTS = ("path:models/marts",)
"""What is built after."""

PROFILE, TARGET = "simpul", "warehouse"
"""Of ``dbt_project/profiles.yml``."""

_CHILD = "simpul.transform_child"
_READ_BY_DBT = ("*.sql", "*.yml", "*.md", "*.csv")
_MADE = {"target", "logs", "dbt_packages"}
TROUBLE = "dbt: "
"""How the reason of a candidate begins that dbt could not build."""
_FEW = 3  # so many failing nodes are named in the register
_BAD = {"error", "fail", "runtime error"}


@dataclass(frozen=True)
class NodeResult:
    """How one node of the project ended. ``status``: success, pass, warn, skipped, error or fail."""

    unique_id: str
    kind: str
    status: str
    seconds: float
    rows: int | None
    failures: int | None
    message: str

    @property
    def name(self) -> str:
        """``fct_poverty`` of ``model.simpul.fct_poverty``; tests keep their full name."""
        return self.unique_id.split(".")[2]


@dataclass(frozen=True)
class DbtOutcome:
    """How a dbt run ended. ``error`` is set when it could not run at all (a mistake in the project, no database)."""

    success: bool
    seconds: float
    results: tuple[NodeResult, ...]
    error: str | None = None

    @property
    def failing(self) -> tuple[NodeResult, ...]:
        """The nodes that failed, without those skipped because of them."""
        return tuple(result for result in self.results if result.status in _BAD)

    @property
    def warnings(self) -> tuple[NodeResult, ...]:
        """Tests that found something and let it pass."""
        return tuple(result for result in self.results if result.status == "warn")

    def reasons(self) -> tuple[str, str] | None:
        """Why nothing can be published of it and what to do, in English and Indonesian; None when all went well."""
        if self.success:
            return None
        told = [_told(result) for result in self.failing[:_FEW]] or [(self.explain(),) * 2]
        more = len(self.failing) - _FEW
        en, id_ = ("; ".join(one) for one in zip(*told, strict=True))
        if more > 0:
            en, id_ = f"{en}; and {more} more", f"{id_}; dan {more} lagi"
        return (
            f"{TROUBLE}{en}. Readers still see the last release. See which file brought it"
            " (docs/runbooks/gate-closed.md), withdraw that or mend the model, then build again",
            f"{TROUBLE}{id_}. Pembaca tetap melihat rilis terakhir. Cari berkas penyebabnya"
            " (docs/runbooks/gate-closed.md), tarik berkas itu atau perbaiki modelnya, lalu bangun lagi",
        )

    def explain(self) -> str:
        """One line per failing node, or why nothing ran."""
        lines = [f"{result.kind} {result.name}: {result.message or result.status}" for result in self.failing]
        return (
            "\n".join(lines)
            or self.error
            or ("all went well" if self.success else "dbt ended without a result")
        )


def _told(result: NodeResult) -> tuple[str, str]:
    """How one node failed: of a test, on which model and how many rows; its own message where it could not run."""
    if result.kind != "test" or result.status != "fail":
        message = result.message or result.status
        return (
            f"{result.kind} {result.name} failed: {message}",
            f"{result.kind} {result.name} gagal: {message}",
        )
    node = json.loads(manifest_path().read_text(encoding="utf-8"))["nodes"].get(result.unique_id, {})
    models = [node.get("attached_node"), *node.get("depends_on", {}).get("nodes", ())]
    model = next((one.split(".")[2] for one in models if one), "?")
    rows = result.failures or 0
    return (
        f"test {result.name} of {model} finds {rows} rows",
        f"uji {result.name} pada {model} menemukan {rows} baris",
    )


def environment() -> dict[str, str]:
    """What dbt needs to know: the warehouse, and to stay quiet. For subprocesses of ours and of Cosmos.

    The password's name begins with ``DBT_ENV_SECRET_``: dbt masks it in its logs, Airflow in rendered templates.
    """
    parts = conninfo_to_dict(warehouse_dsn())
    settings = get_settings()
    return {
        "SIMPUL_DBT_HOST": str(parts.get("host") or "localhost"),
        "SIMPUL_DBT_PORT": str(parts.get("port") or 5432),
        "SIMPUL_DBT_USER": str(parts.get("user") or ""),
        "SIMPUL_DBT_DATABASE": str(parts.get("dbname") or ""),
        "SIMPUL_DBT_SSLMODE": str(parts.get("sslmode") or "prefer"),
        "SIMPUL_DBT_THREADS": str(max(2, min(8, 2 * (os.cpu_count() or 1)))),
        "DBT_ENV_SECRET_SIMPUL_PASSWORD": str(parts.get("password") or ""),
        "DBT_PROFILES_DIR": str(settings.dbt_dir),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "False",
        "DO_NOT_TRACK": "1",
        # an orphaned statement ends when its client is gone, so that a restarted task finds no rival
        "PGOPTIONS": "-c client_connection_check_interval=1000 -c timezone=UTC",
    }


def manifest_path() -> Path:
    """The parsed project as JSON, brought up to date when a file of the project has changed."""
    return ensure_manifest()


def ensure_manifest() -> Path:
    """Parse the project when its files are not those of the last parse (1 s; 4 s the first time), else do nothing.

    Needs no database. Several processes may call it at once: one parses, the others wait.

    Raises:
        SimpulError: the project has a mistake; the message is dbt's.
    """
    folder = _target()
    manifest, stamp = folder / "manifest.json", folder / "manifest.stamp"
    wanted = _project_hash()
    if _read(stamp) == wanted and manifest.exists():
        return manifest
    with _one_at_a_time(folder):
        if _read(stamp) != wanted or not manifest.exists():
            outcome = _invoke(["parse"], target=folder)
            if not outcome.success:
                raise SimpulError(
                    f"the dbt project cannot be read: {outcome.error}",
                    code="transform",
                    hint="mend the file of dbt_project that is named",
                )
            stamp.write_text(wanted, encoding="utf-8")
    return manifest


def run_dbt(
    select: Sequence[str],
    *,
    command: str = "build",
    exclude: Sequence[str] = (),
    unit_tests: bool = False,
    arguments: Sequence[str] = (),
) -> DbtOutcome:
    """Run dbt on a part of the project and wait for it.

    Args:
        select: dbt selectors (``path:models/staging``, a model's name …); empty = everything.
        command: build, run, test, seed …
        exclude: selectors to leave out.
        unit_tests: run unit tests too (they prove code, not data, so production leaves them out).
        arguments: further dbt arguments.

    Returns:
        The outcome; failing nodes are no exception, the caller decides. Each node's end is logged as one line.
    """
    ensure_manifest()
    words = [command, *arguments]
    if select:
        words += ["--select", *select]
    if exclude:
        words += ["--exclude", *exclude]
    if not unit_tests and command in ("build", "test"):
        words += ["--exclude-resource-type", "unit_test"]
    with _scratch_target() as target:
        outcome = _invoke([*words, "--no-write-json"], target=target)
    if outcome.error:
        log.error("dbt %s could not run: %s", command, outcome.error)
    return outcome


def begin_from_parsed(target: Path) -> None:
    """Put what the last parse found into a target folder: a run there reads only files that have changed since.

    Reading the whole project is 6 s of processor time.
    """
    parsed = _target() / "partial_parse.msgpack"
    if parsed.exists():
        target.mkdir(exist_ok=True)
        shutil.copy2(parsed, target)


def _invoke(words: Sequence[str], *, target: Path) -> DbtOutcome:
    settings = get_settings()
    asked = {
        "arguments": [
            *words,
            "--project-dir", str(settings.dbt_dir), "--target-path", str(target), "--log-path", str(target / "logs"),
            "--log-level", "none", "--log-level-file", "none", "--no-version-check",
            # as Cosmos says them: what was parsed with other words would be parsed anew under Airflow
            "--profile", PROFILE, "--target", TARGET,
        ],
        "environment": {**inherited_environment(), **environment()},
        "folder": str(settings.dbt_dir),
    }  # fmt: skip
    started = time.monotonic()
    results: list[NodeResult] = []
    error, code = None, 1
    with _dbt_process() as process:
        assert process.stdin and process.stdout
        process.stdin.write(json.dumps(asked) + "\n")
        process.stdin.flush()
        for line in process.stdout:
            told = json.loads(line)
            if "ended" in told:
                code = told["ended"]
                break
            if "error" in told:
                error = str(told["error"])
            else:
                results.append(NodeResult(**told))
                _log(results[-1])
        else:
            process.wait()  # it was killed
    if code and not results and not error:
        error = f"dbt ended with code {code}"
    return DbtOutcome(code == 0, time.monotonic() - started, tuple(results), error)


_IDLE: dict[tuple[int, Path], subprocess.Popen[str]] = {}
"""Of this process, not of one that it was forked from, and of a project: what has dbt imported and waits for work."""


@contextlib.contextmanager
def _dbt_process() -> Iterator[subprocess.Popen[str]]:
    """A process of `simpul.transform_child`, kept for the next run when this one went to its end."""
    root = get_settings().project_root
    key = (os.getpid(), root)
    process = _IDLE.pop(key, None)
    if process is None or process.poll() is not None:
        inherited = inherited_environment()
        paths = [str(root / "include"), inherited.get("PYTHONPATH", "")]
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", _CHILD],
            env={**inherited, "PYTHONPATH": os.pathsep.join(filter(None, paths))},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
    try:
        yield process
    except BaseException:  # also a task that is told to stop: dbt stops with it
        process.terminate()
        _end(process)
        raise
    if process.poll() is None and key not in _IDLE:
        _IDLE[key] = process
    else:
        _end(process)


def _end(process: subprocess.Popen[str]) -> None:
    with contextlib.suppress(BrokenPipeError), process:
        pass


@atexit.register
def _end_idle() -> None:
    """It ends when nothing more can be asked."""
    for (pid, _), process in _IDLE.items():
        if pid == os.getpid():
            _end(process)


def _log(result: NodeResult) -> None:
    told = result.status in _BAD or result.status == "warn"
    log.log(
        logging.ERROR if result.status in _BAD else logging.INFO,
        "%s %s: %s in %.1f s%s%s",
        result.kind,
        result.name,
        result.status,
        result.seconds,
        f", {result.rows:,} rows" if result.rows else "",
        f" — {result.message}" if told and result.message else "",
    )


# ------------------------------------------------------------------------------------------------------ what dbt writes
def _target() -> Path:
    """Where the parsed project is kept between runs; losing it costs one full parse."""
    folder = get_settings().work / "dbt"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


@contextlib.contextmanager
def _scratch_target() -> Iterator[Path]:
    """A target folder of one run, begun from the last parse: two runs never write into each other's files."""
    with tempfile.TemporaryDirectory(prefix="dbt-", dir=get_settings().work) as scratch:
        begin_from_parsed(Path(scratch))
        yield Path(scratch)


@contextlib.contextmanager
def _one_at_a_time(folder: Path) -> Iterator[None]:
    with open(folder / "lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _project_hash() -> str:
    """Hash over the files that dbt reads, and over dbt's version."""
    from importlib.metadata import version

    root = get_settings().dbt_dir
    digest = hashlib.sha256(version("dbt-core").encode())
    for pattern in _READ_BY_DBT:
        for path in sorted(root.rglob(pattern)):
            if not _MADE.intersection(path.relative_to(root).parts):
                digest.update(str(path.relative_to(root)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
