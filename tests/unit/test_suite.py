"""How the suite is shared out between its processes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.conftest import LONGEST, TOGETHER, pytest_xdist_make_scheduler

ROOT = Path(__file__).parents[2]


def test_files_that_are_named_are_there():
    named = [*LONGEST, *(file for files in TOGETHER.values() for file in files)]
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_files_that_share_a_city_are_run_by_one_process_and_no_other_file_is():
    asking = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "tests").rglob("test_*.py")
        if re.search(r"with city\([123]\)", path.read_text(encoding="utf-8"))
    }
    assert asking == set(TOGETHER["a city"])


def test_what_is_together_is_one_unit_of_work(pytestconfig: pytest.Config, monkeypatch):
    pytest.importorskip("xdist")
    monkeypatch.setattr(pytestconfig.option, "dist", "loadfile")
    monkeypatch.setattr(pytestconfig.option, "tx", ["2*popen"])
    scheduler = pytest_xdist_make_scheduler(pytestconfig, None)
    of = scheduler._split_scope
    assert of("tests/dags/test_runs.py::a") == of("tests/dags/test_policy.py::b[c]")
    assert of("tests/unit/test_suite.py::a") == "tests/unit/test_suite.py"
    monkeypatch.setattr(pytestconfig.option, "dist", "load")
    assert pytest_xdist_make_scheduler(pytestconfig, None) is None
