"""One warehouse for the tests of a module: landing a small file costs less than making a warehouse for it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from simpul.settings import Settings
from tests.landing.conftest import drop, query  # noqa: F401 - a file for the inbox, a question to the warehouse


@pytest.fixture(scope="module")
def module_warehouse(cloned_warehouse, tmp_path_factory) -> Iterator[Settings]:
    with cloned_warehouse(tmp_path_factory.mktemp("faults")) as settings:
        yield settings
