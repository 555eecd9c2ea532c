"""What a person meets first: help, results on stdout, errors in one line."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from datetime import UTC, datetime

import pytest
from typer.testing import CliRunner

from simpul.cli import app
from simpul.clock import told
from simpul.errors import StackError, unnumbered
from simpul.settings import Settings, get_settings
from simpul.stack import services
from simpul.stack.environment import admin_password

run = CliRunner().invoke


def test_help_is_quick_and_names_every_command() -> None:
    begun = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "simpul.cli", "--help"],
        capture_output=True,
        text=True,
        check=True,
    )
    took = time.monotonic() - begun
    for command in ("up", "down", "status", "dsn"):
        assert f" {command} " in done.stdout
    heavy = ("airflow", "pandas", "great_expectations", "sqlalchemy", "psycopg", "dbt", "numpy")
    loaded = {line.rsplit("|", 1)[-1].strip().split(".")[0] for line in done.stderr.splitlines()}
    assert not loaded & set(heavy)
    assert took < 5  # 0.3 s on a quiet machine


def test_dsn_prints_the_address_and_nothing_else(warehouse: Settings) -> None:
    done = run(app, ["dsn", "--role", "bi_reader"])
    assert done.exit_code == 0
    assert done.stdout.startswith("postgresql://bi_reader:")
    assert done.stdout.count("\n") == 1


@pytest.mark.parametrize("role", ["bi_reader", "caseworker", "steward", "auditor", "loader", "transformer"])
def test_dsn_works_for_every_role(warehouse: Settings, role: str) -> None:
    import psycopg

    said = json.loads(run(app, ["dsn", "--role", role, "--json"]).stdout)
    assert said["role"] == said["user"] == role
    with psycopg.connect(said["url"]) as connection:
        assert connection.execute("select current_user").fetchone() == (role,)


def test_an_error_is_one_clean_line() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "simpul.cli", "dsn", "--role", "root"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("simpul: there is no role 'root' — roles are bi_reader")
    assert done.stderr.count("\n") == 1


NIK = "1274010101900001"


@pytest.mark.parametrize(
    "words",
    [
        ["erase", NIK, "--dry-run"],
        ["erase", "--lift", NIK, "--reason", "x", "--by", "a", "--approved-by", "b"],
        ["erase", "1274.010101.900001"],
        ["pack", "--region", NIK, "--year", "2024"],
        ["withdraw", NIK, "--reason", "x"],
        ["rollback", NIK, "--reason", "x"],
        ["rollback", f"{NIK}x", "--reason", "x"],
        ["waivers", "approve", NIK],
        ["waivers", "approve", f"no {NIK}"],
        [NIK],
        ["releases", NIK],
        [f"--{NIK}"],
        ["releases", f"--{NIK}"],
        ["dsn", "--role", "1274 0101 0190 0001"],
    ],
)  # fmt: skip
@pytest.mark.parametrize("is_debug", [False, True])
def test_no_error_repeats_what_may_be_a_nik(
    warehouse: Settings, words: list[str], is_debug: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIMPUL_DEBUG", str(int(is_debug)))
    get_settings.cache_clear()
    try:
        done = run(app, words)
    finally:
        monkeypatch.undo()
        get_settings.cache_clear()
    told = re.sub(r"\D", "", done.output + str(done.exception))
    assert done.exit_code in (1, 2) and NIK not in told, done.output


def test_digests_and_other_numbers_stay_in_an_error() -> None:
    told = "file 3201012501900a1f of 2024-06-30, 12.74, 9.000.000 rupiah, 100000 rows"
    assert unnumbered(told) == told
    assert unnumbered(f"no {NIK}, PBI_{NIK}.csv") == "no …, PBI_….csv"


def test_debug_shows_where_an_error_came_from(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIMPUL_DEBUG", "1")
    get_settings.cache_clear()
    try:
        assert isinstance(run(app, ["dsn", "--role", "root"]).exception, StackError)
    finally:
        monkeypatch.undo()
        get_settings.cache_clear()


def test_status_says_what_does_not_run(warehouse: Settings) -> None:
    done = run(app, ["status", "--json"])
    said = json.loads(done.stdout)
    assert done.exit_code == 3
    assert said["warehouse_reachable"] is True
    assert said["healthy"] is False
    assert said["components"]["scheduler"] in ("stopped", "unreachable")
    assert "password" not in done.stdout


def test_status_shows_no_password_unless_it_is_asked_for(warehouse: Settings) -> None:
    password = admin_password()
    plain = run(app, ["status"])
    assert password not in plain.output
    assert str(warehouse.secrets / "airflow_admin") in plain.output
    assert f"password {password}" in run(app, ["status", "--show-password"]).output
    assert password not in run(app, ["status", "--show-password", "--json"]).output


def test_a_time_is_told_with_its_zone() -> None:
    assert told(datetime(2026, 3, 1, 20, 5, tzinfo=UTC)) == "2026-03-02 03:05 WIB"
    assert told(None) == "–"


def test_up_tells_a_program_what_it_started(monkeypatch: pytest.MonkeyPatch, warehouse: Settings) -> None:
    monkeypatch.setattr(services, "up", lambda say, between: services.status())
    said = json.loads(run(app, ["up", "--json"]).stdout)
    assert said["home"] == str(warehouse.home)
