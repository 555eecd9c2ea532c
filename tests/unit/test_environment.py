"""Airflow's configuration: complete, secret where it must be, silent towards the outside."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from simpul import vault
from simpul.settings import get_settings
from simpul.stack import ui_roles
from simpul.stack.environment import MARKER, airflow_environment


@pytest.fixture(params=["simple", "fab"])
def environment(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    monkeypatch.setenv("SIMPUL_AIRFLOW_AUTH", request.param)
    get_settings.cache_clear()
    yield airflow_environment()
    monkeypatch.undo()
    get_settings.cache_clear()


def test_it_is_the_same_every_time(environment: dict[str, str]) -> None:
    ours = {name: value for name, value in airflow_environment().items() if not name.startswith("PYTEST")}
    assert ours.items() <= environment.items()


def test_a_process_of_the_stack_computes_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else an `up` from inside a task would take the running stack for an outdated one and restart it."""
    environment = airflow_environment()
    for name, value in {**environment, f"{MARKER}_PART": "1:scheduler:2"}.items():
        monkeypatch.setenv(name, value)
    assert airflow_environment() == environment


def test_every_option_exists_in_this_airflow(environment: dict[str, str]) -> None:
    """A misspelt option is ignored in silence: ask Airflow itself, with our environment in force."""
    listed = subprocess.run(
        [sys.executable, "-m", "airflow", "config", "list", "--defaults", "--include-env-vars"],
        env=environment, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    known, section = set(), ""
    for line in listed.splitlines():
        if line.startswith("["):
            section = line.strip("[]").upper()
        elif " = " in line:
            known.add(f"AIRFLOW__{section}__{line.lstrip('# ').split(' = ', 1)[0].strip().upper()}")
    # Cosmos reads its options itself; the usage report is gone from Airflow 3.3 and stays off should it come back
    elsewhere = {
        name for name in environment if name.startswith(("AIRFLOW__COSMOS__", "AIRFLOW__USAGE_DATA"))
    }
    assert {name for name in environment if name.startswith("AIRFLOW__")} - known - elsewhere == set()


def test_every_right_of_the_ui_exists_in_this_airflow_and_each_role_has_more() -> None:
    """A right that is called otherwise would keep Airflow from starting."""
    code = (
        "import json; from airflow.providers.fab.www.security import permissions as p;"
        "words = [v for k, v in vars(p).items() if k.startswith(('ACTION_', 'RESOURCE_')) and isinstance(v, str)];"
        "print(json.dumps(words))"
    )
    said = subprocess.run(
        [sys.executable, "-c", code], env=airflow_environment(), capture_output=True, text=True, check=True
    ).stdout.splitlines()[-1]
    words = {word for rights in ui_roles.ROLES.values() for right in rights for word in right}
    assert words <= set(json.loads(said))
    auditor, operator, engineer = (set(ui_roles.ROLES[name]) for name in ("auditor", "operator", "engineer"))
    assert auditor < operator < engineer
    assert {what for action, what in auditor if action not in ("can_read", "menu_access")} == {
        "My Password",
        "My Profile",
    }
    assert not {what for _, what in engineer} & {
        "Connections",
        "Variables",
        "Users",
        "Roles",
        "Configurations",
    }


def test_cosmos_knows_its_options() -> None:
    code = "import cosmos.settings as s; print(s.enable_telemetry, s.do_not_track, s.cache_dir)"
    said = subprocess.run(
        [sys.executable, "-c", code], env=airflow_environment(), capture_output=True, text=True, check=True
    ).stdout.splitlines()[-1]
    assert said == f"False True {get_settings().work / 'cosmos'}"


def test_nobody_is_told_anything(environment: dict[str, str]) -> None:
    wanted = {
        "AIRFLOW__COSMOS__ENABLE_TELEMETRY": "False",
        "DBT_ENGINE_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DO_NOT_TRACK": "1",
        "GX_ANALYTICS_ENABLED": "false",
        "SCARF_ANALYTICS": "false",
    }
    assert wanted.items() <= environment.items()


def test_settings_of_another_airflow_are_not_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", "postgresql://production")
    monkeypatch.setenv("AIRFLOW__LOGGING__REMOTE_LOGGING", "True")
    monkeypatch.setenv("AIRFLOW_HOME", "/somewhere")
    environment = airflow_environment()
    assert "production" not in environment["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"]
    assert "AIRFLOW__LOGGING__REMOTE_LOGGING" not in environment
    assert environment["AIRFLOW_HOME"] == str(get_settings().home / "airflow")


def test_secrets_are_shared_by_all_components_and_kept_in_private_files(environment: dict[str, str]) -> None:
    for name, secret in (
        ("AIRFLOW__CORE__FERNET_KEY", "airflow_fernet_key"),
        ("AIRFLOW__API__SECRET_KEY", "airflow_api_secret"),
        ("AIRFLOW__API_AUTH__JWT_SECRET", "airflow_jwt_secret"),
    ):
        assert environment[name] == vault.read(secret)
    if get_settings().airflow_auth == "fab":
        return  # users and passwords are in the metadata
    users = Path(environment["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE"])
    assert users.stat().st_mode & 0o777 == 0o600


def test_programs_of_this_environment_are_found_first(environment: dict[str, str]) -> None:
    assert environment["PATH"].split(os.pathsep)[0] == str(Path(sys.executable).parent)
    assert environment[MARKER].startswith(str(get_settings().home))
