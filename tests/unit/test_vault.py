from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from simpul import vault
from simpul.settings import get_settings


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SIMPUL_HOME", str(tmp_path / "home"))
    get_settings.cache_clear()
    yield tmp_path / "home"
    monkeypatch.undo()
    get_settings.cache_clear()


def test_secret_is_made_once_and_only_its_owner_reads_it(home: Path) -> None:
    assert vault.read("auditor") is None
    first = vault.read_or_create("auditor")
    assert len(first) >= 32
    assert vault.read_or_create("auditor") == first == vault.read("auditor")
    assert stat.S_IMODE((home / "secrets" / "auditor").stat().st_mode) == 0o600
    assert [path.name for path in (home / "secrets").iterdir()] == ["auditor"], "no draft is left"


def test_many_at_once_get_the_same_secret(home: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(lambda _: vault.read_or_create("shared"), range(40)))) == 1


def test_an_empty_file_is_no_secret(home: Path) -> None:
    get_settings().prepare()
    vault.path("broken").touch()
    assert vault.read_or_create("broken")
