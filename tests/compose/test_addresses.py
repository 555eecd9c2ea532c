"""What containers are told differently, and passwords that stand in files instead of addresses."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from typer.testing import CliRunner

from simpul import vault
from simpul.cli import app
from simpul.database import warehouse_dsn
from simpul.errors import StackError
from simpul.settings import get_settings
from simpul.stack import components, environment, postgres
from simpul.stack.environment import airflow_environment, metadata_dsn
from tests.conftest import free_port

Choose = Callable[..., None]


@pytest.fixture
def choose(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Choose]:
    """Settings for one test, in a home of its own: ``choose(dsn=…)`` sets SIMPUL_DSN."""

    def set_them(**values: str) -> None:
        for name, value in {"home": str(tmp_path / "home"), **values}.items():
            monkeypatch.setenv(f"SIMPUL_{name.upper()}", value)
        get_settings.cache_clear()

    yield set_them
    monkeypatch.undo()
    get_settings.cache_clear()


def test_a_missing_password_is_read_from_its_file(choose: Choose) -> None:
    choose(
        dsn="postgresql://simpul@db:6543/warehouse",
        airflow_dsn="postgresql://airflow@db/airflow?sslmode=require",
    )
    assert (
        warehouse_dsn() == "postgresql://simpul@db:6543/warehouse"
    )  # none is known: other ways may let us in
    for user, password in (("simpul", "a"), ("airflow", "b/c@d:e"), ("bi_reader", "f")):
        vault.read_or_create(user, lambda password=password: password)
    assert warehouse_dsn() == "postgresql://simpul:a@db:6543/warehouse"
    assert warehouse_dsn("bi_reader") == "postgresql://bi_reader:f@db:6543/warehouse"
    assert (
        metadata_dsn(get_settings())
        == "postgresql+psycopg://airflow:b%2Fc%40d%3Ae@db/airflow?sslmode=require"
    )


def test_a_given_password_is_kept(choose: Choose) -> None:
    choose(
        dsn="postgresql://simpul:mine@db/warehouse",
        airflow_dsn="postgresql+psycopg://airflow:mine@db:1/airflow",
    )
    for user in ("simpul", "airflow"):
        vault.read_or_create(user)
    assert warehouse_dsn() == "postgresql://simpul:mine@db/warehouse"
    assert metadata_dsn(get_settings()) == "postgresql+psycopg://airflow:mine@db:1/airflow"


def test_on_one_machine_nothing_is_different(choose: Choose) -> None:
    choose(airflow_port="8123")
    told = airflow_environment()
    assert told["AIRFLOW__API__HOST"] == "127.0.0.1"
    assert told["AIRFLOW__API__BASE_URL"] == environment.address() == "http://localhost:8123"
    assert told["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"] == "http://127.0.0.1:8123/execution/"


def test_containers_tell_where_they_listen_and_report(choose: Choose) -> None:
    choose(
        airflow_host="0.0.0.0",
        airflow_base_url="https://simpul.example",
        execution_api_url="http://api-server:8080/execution/",
    )
    told = airflow_environment()
    assert told["AIRFLOW__API__HOST"] == "0.0.0.0"
    assert told["AIRFLOW__API__BASE_URL"] == environment.address() == "https://simpul.example"
    assert told["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"] == "http://api-server:8080/execution/"


@pytest.mark.parametrize(
    ("arguments", "become"),
    [
        (["scheduler"], ["scheduler", "--skip-serve-logs"]),
        (["--", "scheduler"], ["scheduler", "--skip-serve-logs"]),
        (["scheduler", "--num-runs", "1"], ["scheduler", "--num-runs", "1"]),
        (["dags", "list", "--output=json"], ["dags", "list", "--output=json"]),
        (["--help"], ["--help"]),
    ],
)
def test_airflow_is_started_as_the_supervisor_does(
    choose: Choose, monkeypatch: pytest.MonkeyPatch, arguments: list[str], become: list[str]
) -> None:
    choose()
    started: list[tuple[list[str], dict[str, str]]] = []
    monkeypatch.setattr(os, "execve", lambda _program, words, env: started.append((words, env)))
    monkeypatch.chdir(Path.cwd())  # the command leaves it
    before = os.umask(0o022)
    try:
        result = CliRunner().invoke(app, ["airflow", *arguments])
    finally:
        assert os.umask(before) == 0o077
    assert result.exit_code == 0, result.output
    ((words, env),) = started
    assert words[1:] == ["-m", "airflow", *become]
    assert env["AIRFLOW_HOME"] == str(get_settings().home / "airflow")
    assert (get_settings().home / "airflow" / "airflow.cfg").exists()


def test_secrets_are_handed_over_again_and_not_changed(choose: Choose, tmp_path: Path) -> None:
    choose()
    target = tmp_path / "handover"
    target.mkdir()
    for _ in range(2):
        result = CliRunner().invoke(app, ["secrets", "postgres", "bi_reader", "--to", str(target)])
        assert result.exit_code == 0 and not result.output
    assert (target / "postgres").read_text().strip() == vault.read("postgres")
    assert sorted(path.name for path in target.iterdir()) == ["bi_reader", "postgres"]


def test_sick_is_said_without_a_password(choose: Choose) -> None:
    port = free_port()
    choose(
        airflow_dsn=f"postgresql://airflow:hidden@127.0.0.1:{port}/airflow",
        admin_dsn=f"postgresql://postgres:hidden@127.0.0.1:{port}/postgres",
        airflow_port=str(port),
    )
    for component in ("api-server", "scheduler", "webserver"):
        result = CliRunner().invoke(app, ["health", component])
        assert result.exit_code == 1 and "hidden" not in result.output, result.output
    with pytest.raises(StackError, match="SIMPUL_ADMIN_DSN") as caught:
        components.initialise()
    assert "hidden" not in str(caught.value) and caught.value.__cause__ is None


def test_an_old_sign_of_life_is_none(
    warehouse: object, choose: Choose, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only a running job of this kind on this host with a fresh heartbeat counts."""
    dsn = postgres.dsn(postgres.AIRFLOW, postgres.AIRFLOW)
    here = "this-host"
    monkeypatch.setattr("socket.gethostname", lambda: here)
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("create schema signs")  # in place of Airflow's metadata
        try:
            connection.execute(
                "create table signs.job (job_type text, hostname text, state text, latest_heartbeat timestamptz)"
            )
            choose(airflow_dsn=f"{dsn}?options=-csearch_path%3Dsigns")
            for row in (
                ("SchedulerJob", "elsewhere", "running", "0 s"),
                ("SchedulerJob", here, "success", "0 s"),
                ("TriggererJob", here, "running", "0 s"),
            ):
                connection.execute("insert into signs.job values (%s, %s, %s, now() - %s::interval)", row)
            with pytest.raises(StackError, match="no scheduler runs on this-host"):
                components.check("scheduler")
            insert = "insert into signs.job values ('SchedulerJob', %s, 'running', now() - %s::interval)"
            connection.execute(insert, (here, "45 s"))
            with pytest.raises(StackError, match=r"no sign for 4[56] s"):
                components.check("scheduler")
            connection.execute(insert, (here, "5 s"))
            components.check("scheduler")
        finally:
            connection.execute("drop schema signs cascade")
