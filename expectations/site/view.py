"""Great Expectations' page view with its templates compiled once per process instead of once per page."""

# ruff: noqa: TID253 — imported by the gate only, when a suite is about to run
from __future__ import annotations

from typing import Any

from great_expectations.render.view import DefaultJinjaPageView
from jinja2 import Environment


class PageView(DefaultJinjaPageView):
    """Half of a page's cost is compiling the same 36 templates again; the filters of a view hold no state."""

    _shared: Environment | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if PageView._shared is None:
            self.env.auto_reload = False
            PageView._shared = self.env
        self.env = PageView._shared
