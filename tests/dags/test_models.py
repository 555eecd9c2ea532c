"""How a model's task ends: by what the build says, never by what it said when it was tried before."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.dags


@pytest.mark.parametrize(
    ("state", "end", "shown"),
    [
        ("running", "success", "success"),
        ("running", "error", None),  # of the try before, perhaps; told when the build is over
        ("running", "skipped", None),
        ("running", None, None),
        ("up_for_retry", "error", None),
        ("queued", "success", None),
        (None, "success", None),
        ("failed", "success", "success"),
        ("failed", "error", "failed"),
        ("failed", "partial success", "failed"),
        ("failed", "skipped", "skipped"),
        ("failed", None, "failed"),
        ("upstream_failed", None, "failed"),
        ("success", "success", "success"),
        ("success", None, "skipped"),
    ],
)
def test_a_model_ends_as_the_build_says(airflow_configured, state, end, shown):
    from simpul.orchestration_dbt import ending

    event = ending("model.simpul.x", state, {"model.simpul.x": end} if end else {"model.simpul.y": "error"})
    assert (str(event.task_instance_state) if event else None) == shown


def test_a_failed_look_is_survived_and_many_are_told(airflow_configured, monkeypatch):
    import asyncio
    from types import SimpleNamespace

    from simpul import orchestration_dbt as module

    looks = [OSError("the server restarts"), OSError("still"), ("success", {"model.simpul.x": "success"})]

    async def look(*build, at_once=False):
        answer = looks.pop(0) if looks else OSError("gone")
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def first(trigger):
        return await anext(trigger.run())

    monkeypatch.setattr(module, "_look", look)
    monkeypatch.setattr(module, "_LOOK_SECONDS", 0.01)
    trigger = module.ModelTrigger("model.simpul.x", "prepare.dbt_producer_watcher")
    trigger._task_instance = SimpleNamespace(dag_id="build_release", run_id="r", task_id="x")
    assert isinstance(asyncio.run(first(trigger)), module.TaskSuccessEvent)
    with pytest.raises(OSError, match="gone"):
        asyncio.run(first(trigger))
