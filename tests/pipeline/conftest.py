"""A warehouse for the tests of one module, its reference data loaded."""

from __future__ import annotations

import pytest

from tests.landing.conftest import drop  # noqa: F401 - a file for the inbox


@pytest.fixture(scope="module")
def module_warehouse(cloned_ready, tmp_path_factory):
    with cloned_ready(tmp_path_factory.mktemp("pipeline")) as settings:
        yield settings
