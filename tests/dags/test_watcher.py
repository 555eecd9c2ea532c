"""The inbox watcher, run as the triggerer runs it."""

from __future__ import annotations

import asyncio

import pytest

from simpul import pipeline

pytestmark = pytest.mark.dags


def test_the_rest_of_a_large_delivery_is_announced_when_the_first_run_has_ended(
    airflow_configured, fresh_warehouse, monkeypatch
):
    """Five files, two a run: announced as five, three and one; what does not go is not announced for ever."""
    from simpul.orchestration import InboxTrigger

    monkeypatch.setattr(pipeline, "AT_ONCE", 2)
    folder = fresh_warehouse.inbox / "bpjs"
    folder.mkdir()
    for number in range(5):
        (folder / f"{number}.csv").write_text(str(number))

    async def watch() -> list[int]:
        events = InboxTrigger("bpjs", poll_seconds=0.02).run()
        told = []
        for _ in range(3):
            told.append((await asyncio.wait_for(anext(events), 10)).payload["files"])
            for file in pipeline.step_select("bpjs"):  # the run: they go
                (folder / file["name"]).unlink()
        (folder / "late.csv").write_text("late")
        told.append((await asyncio.wait_for(anext(events), 10)).payload["files"])
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(anext(events), 0.5)
        return told

    assert asyncio.run(watch()) == [5, 3, 1, 1]


def test_files_that_do_not_go_are_announced_once(airflow_configured, fresh_warehouse, monkeypatch):
    from simpul.orchestration import InboxTrigger

    monkeypatch.setattr(pipeline, "AT_ONCE", 2)
    folder = fresh_warehouse.inbox / "bpjs"
    folder.mkdir()
    for number in range(5):
        (folder / f"{number}.csv").write_text(str(number))

    async def watch() -> None:
        events = InboxTrigger("bpjs", poll_seconds=0.02).run()
        assert (await asyncio.wait_for(anext(events), 10)).payload["files"] == 5
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(anext(events), 0.5)

    asyncio.run(watch())
