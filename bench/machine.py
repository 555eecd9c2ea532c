"""On what was measured: a figure means little without it."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from importlib.metadata import version
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[1]
PEERS = ROOT / ".venv-bench"
"""Environment of the peers that must not be in ours; `make bench` makes it."""
_OURS = {
    "dbt": "dbt-core", "Airflow": "apache-airflow", "Cosmos": "astronomer-cosmos", "GX": "great-expectations",
    "pandas": "pandas", "SQLAlchemy": "sqlalchemy", "psycopg": "psycopg",
}  # fmt: skip


def describe() -> str:
    """Cores, memory, processor, system."""
    memory = psutil.virtual_memory().total / 2**30
    return f"{os.cpu_count()} cores of {_processor()}, {memory:.0f} GiB memory, {_system()}"


def load() -> float:
    """Processes that wanted a core in the last minute: more than a few tenths before a run disturbs it."""
    return os.getloadavg()[0]


def versions(*, server: str) -> dict[str, str]:
    """Versions of everything of ours that has a part in the figures; ``server`` is PostgreSQL's, as it says it."""
    ours = {name: version(package) for name, package in _OURS.items()}
    return {"PostgreSQL": server, "Python": platform.python_version(), **ours}


def peers_python() -> Path | None:
    """Python of the peers' environment, or None when it was not made."""
    python = PEERS / "bin" / "python"
    return python if python.exists() else None


def peers_versions() -> dict[str, str]:
    """Versions of the peers, as their own environment tells."""
    python = peers_python()
    if not python:
        return {}
    names = ("dlt", "pyarrow", "adbc-driver-postgresql")
    code = f"from importlib.metadata import version\nfor name in {names!r}: print(version(name))"
    told = subprocess.run([python, "-c", code], text=True, capture_output=True, check=True)
    return dict(zip(names, told.stdout.split(), strict=True))


def package(name: str) -> str:
    """Version of a package of ours."""
    return version(name)


def commit() -> str:
    """Which state of the project; ``-dirty`` when files were changed since."""
    done = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=ROOT, text=True, capture_output=True, check=False
    )
    return done.stdout.strip() or "unknown"


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    named = re.search(r"model name\s*:\s*(.+)", cpuinfo.read_text()) if cpuinfo.exists() else None
    return named.group(1).strip() if named else platform.processor() or platform.machine()


def _system() -> str:
    try:
        name = platform.freedesktop_os_release()["PRETTY_NAME"]
    except OSError:
        name = platform.system()
    return f"{name}, kernel {platform.release()}"
