"""The compose file, read once."""

from __future__ import annotations

from typing import Any

import pytest

from tests.compose.reading import compose


@pytest.fixture(scope="session")
def services() -> dict[str, dict[str, Any]]:
    """Every service, merged, with the defaults of all variables."""
    return compose()["services"]
