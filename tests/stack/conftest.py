"""Homes of their own for tests that start, kill and stop services."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from simpul.settings import Settings, get_settings
from simpul.stack import postgres

ROOT = Path(__file__).resolve().parents[2]


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def own_home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """Settings of a new home with free ports; whatever was started there is stopped afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="simpul-own-"))
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
