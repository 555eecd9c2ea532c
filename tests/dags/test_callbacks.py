"""Airflow's callbacks as they are called: a failed run is written down and told, also where nothing can be written."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace

import pytest

from simpul import notices, vault
from simpul.database import connect
from simpul.settings import get_settings
from tests.conftest import free_port
from tests.notices.listening import a_webhook

pytestmark = pytest.mark.dags

FAILED = {"dag_run": SimpleNamespace(state="failed", dag_id="build_release", run_id="r1")}


@pytest.fixture
def webhook(fresh_warehouse) -> Iterator:
    """The one address that is told; the secrets are those of the whole test session."""
    with a_webhook() as heard:
        vault.path(notices.SECRET).write_text(f"json://127.0.0.1:{heard.port}/", encoding="utf-8")
        yield heard
        vault.path(notices.SECRET).unlink()


@contextmanager
def no_server() -> Iterator[None]:
    """The warehouse's server does not answer."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SIMPUL_DSN", f"postgresql://simpul:x@127.0.0.1:{free_port()}/warehouse")
        get_settings.cache_clear()
        yield
    get_settings.cache_clear()


def test_a_failed_run_is_written_down_and_told(airflow_configured, webhook):
    from simpul.orchestration import tell

    webhook.answer = 500
    tell(FAILED)  # nobody hears it, and the callback does not fail
    with connect() as conn:
        kinds = conn.execute("select kind, subject from audit.ledger order by event_id").fetchall()
    assert kinds == [("run.failed", "build_release/r1"), ("notice.address", "notices")]
    webhook.answer = 200
    tell({"dag_run": SimpleNamespace(state="success", dag_id="maintain", run_id="r2")})
    (message,) = webhook.messages
    assert "Proses gagal: build_release/r1, lihat Airflow." in message["message"]


def test_where_nothing_can_be_written_it_is_told_all_the_same(airflow_configured, webhook):
    """The server is away: a failed run is told at once, and the next not before an hour has gone."""
    from simpul.orchestration import deadline_missed, tell

    with no_server():
        tell(FAILED)
        tell(FAILED)
    (message,) = webhook.messages
    assert "Proses gagal: build_release/r1" in message["message"] and "audit ledger" in message["message"]
    os.utime(get_settings().work / "notices.cried", (1, 1))
    with no_server():
        webhook.answer = 500
        asyncio.run(deadline_missed(context={"dag_run": {"dag_id": "maintain", "run_id": "r2"}}))
    assert len(webhook.messages) == 1
    webhook.answer = 200
    tell(FAILED)  # the server is back
    assert "Run failed: build_release/r1" in webhook.messages[1]["message"]
