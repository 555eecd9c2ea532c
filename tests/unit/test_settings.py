from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

from simpul.settings import Settings, get_settings


def test_state_stands_in_the_project_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SIMPUL_HOME")
    settings = Settings()
    assert settings.home == settings.project_root / ".simpul"
    assert settings.inbox == settings.home / "inbox"
    assert (settings.project_root / "include" / "simpul").is_dir()


def test_relative_paths_are_taken_from_the_project_not_from_where_we_stand(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = Settings(home=Path("state"), inbox=Path("../drop"))
    assert settings.home == settings.project_root / "state"
    assert settings.inbox == settings.project_root.parent / "drop"


def test_empty_variables_count_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """A compose file passes ``SIMPUL_DSN=${SIMPUL_DSN:-}``."""
    monkeypatch.setenv("SIMPUL_DSN", "")
    assert Settings().is_embedded


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("SIMPUL_PG_PORT", "abc", "valid integer"),
        ("SIMPUL_AIRFLOW_PORT", "70000", "less than or equal to 65535"),
        ("SIMPUL_SETTLE_SECONDS", "soon", "valid number"),
        ("SIMPUL_DEBUG", "perhaps", "valid boolean"),
    ],
)
def test_a_variable_that_cannot_be_used_is_named_without_its_value(
    name: str, value: str, expected: str
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "simpul.cli", "status"],
        env={**os.environ, name: value},
        text=True,
        capture_output=True,
    )
    assert done.returncode and "Traceback" not in done.stderr
    told = " ".join(done.stderr.split())
    assert f"{name}: input should be" in told and expected in told and value not in told


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(ValidationError):
        get_settings().pg_port = 1  # type: ignore[misc]


@pytest.mark.parametrize(
    ("dsn", "address"),
    [
        (None, ("127.0.0.1", 5, "warehouse")),
        ("postgresql://me:secret@db.example:6432/gudang", ("db.example", 6432, "gudang")),
        ("host=db.example dbname=gudang user=me", ("db.example", 5432, "gudang")),
    ],
)
def test_warehouse_address_holds_no_secret(dsn: str | None, address: tuple[str, int, str]) -> None:
    assert Settings(dsn=dsn, pg_port=5).warehouse_address == address


def test_home_is_private_and_hidden_from_git(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    settings.prepare()
    folders = [settings.home, *(path for path in settings.home.iterdir() if path.is_dir())]
    assert {folder.stat().st_mode & 0o777 for folder in folders} == {0o700}
    assert (settings.home / ".gitignore").read_text() == "*\n"
