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


def test_a_quiet_inbox_is_asked_about_once_until_something_changes(fresh_warehouse, monkeypatch):
    """Every change that `discover` would notice: a file, a letter beside it, a contract."""
    from simpul import landing
    from simpul.landing import inbox
    from tests.landing.conftest import pbi

    asked = []

    def discover(*agencies):
        asked.append(agencies)
        return landing.discover(*agencies)

    monkeypatch.setattr(inbox, "discover", discover)
    folder = fresh_warehouse.inbox / "bpjs"
    folder.mkdir()
    file, letter = folder / "pbi 2024-06.csv", folder / "pbi 2024-06.csv.yml"
    file.write_text(pbi(3))
    watch = landing.Watch("bpjs")
    assert watch.look() == watch.look() == [str(file)], "asked as long as something waits"
    pipeline.step_gate_files([landing.land(file).as_dict()])
    assert watch.look() == watch.look() == watch.look() == []
    assert len(asked) == 3
    letter.write_text("letter_number: '1'")
    assert watch.look() == [str(file)]
    letter.unlink()
    assert watch.look() == watch.look() == []
    before = len(asked)
    monkeypatch.setattr(inbox, "contracts_stamp", lambda: "mended")
    watch.look()
    assert len(asked) == before + 1
    (folder / "new.csv").write_text("x")
    assert watch.look() == [str(folder / "new.csv")]


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


def test_a_letter_saved_anew_before_its_file_has_landed_is_announced_again(
    airflow_configured, fresh_warehouse
):
    """A run that was under way may have read it as it was."""
    from simpul.orchestration import InboxTrigger

    folder = fresh_warehouse.inbox / "bpjs"
    folder.mkdir()
    (folder / "a.csv").write_text("x")

    async def watch() -> list[int]:
        events = InboxTrigger("bpjs", poll_seconds=0.02).run()
        told = []
        for letter in ("period: 2024-06", "period: 2024-07"):
            (folder / "a.csv.yml").write_text(letter)
            told.append((await asyncio.wait_for(anext(events), 10)).payload["files"])
        return told

    assert asyncio.run(watch()) == [1, 1]
