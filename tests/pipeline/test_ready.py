"""What `simpul up` makes ready, the first release need not: on an empty warehouse, before any file has landed."""

from __future__ import annotations

import pytest

from simpul import pipeline, seeds
from simpul.database import connect

pytestmark = pytest.mark.slow


def test_an_empty_warehouse_is_made_ready_for_its_first_release(fresh_warehouse):
    said: list[str] = []
    pipeline.make_ready(said.append)
    assert said == ["the dbt project and the reference data"]
    with connect() as connection:
        assert all(part.is_there(connection) for part in seeds._parts(connection))
    assert not seeds.ensure_reference(), "nothing is left to be built"


def test_a_project_with_a_mistake_is_said_and_stops_nothing(fresh_warehouse, monkeypatch):
    monkeypatch.setenv("SIMPUL_PROJECT_ROOT", str(fresh_warehouse.home))
    from simpul.settings import get_settings

    get_settings.cache_clear()
    said: list[str] = []
    pipeline.make_ready(said.append)
    assert said[0] == "the dbt project and the reference data"
    assert said[1].startswith("releases cannot be built: ")
