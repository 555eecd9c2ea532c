"""What a task inherits from the scheduler: our modules, unless a file of theirs has changed since."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.stack.conftest import ROOT

SCRIPT = """
import os, runpy, sys, time
from pathlib import Path

sys.argv = ["airflow", "scheduler"]
runpy.run_path(sys.path[0] + "/simpul/stack/preload/airflow_local_settings.py")
from simpul.settings import get_settings
assert get_settings.cache_info().currsize == 0, "a task reads its settings itself"
from simpul import contract, regions
assert contract._contracts.cache_info().currsize == regions._load.cache_info().currsize == 1, "read once for all"

def in_a_fork():
    reading, writing = os.pipe()
    if os.fork() == 0:
        os.write(writing, str(sorted(name for name in ("simpul", "simpul.pipeline") if name in sys.modules)).encode())
        os._exit(0)
    os.wait()
    return os.read(reading, 1000).decode()

print(in_a_fork())
Path(sys.modules["simpul.landing"].__file__).touch()
print(in_a_fork())
"""


@pytest.mark.slow
def test_a_fork_inherits_our_modules_until_a_file_changes(tmp_path: Path) -> None:
    for part in ("include/simpul", "include/contracts", "expectations", "dbt_project/seeds"):
        shutil.copytree(ROOT / part, tmp_path / part, ignore=shutil.ignore_patterns("__pycache__"))
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT.replace("sys.path[0]", repr(str(tmp_path / "include")))],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (tmp_path / "include", tmp_path)))},
        text=True,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.splitlines()[-2:] == ["['simpul', 'simpul.pipeline']", "[]"]
