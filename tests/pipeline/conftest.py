"""A warehouse for the tests of one module."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="module")
def module_warehouse(cloned_warehouse, tmp_path_factory):
    with cloned_warehouse(tmp_path_factory.mktemp("pipeline")) as settings:
        yield settings
