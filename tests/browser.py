"""Pages as a person meets them: Debian's Chromium, moved by Playwright, where only what is ours can be loaded.

``chromium`` is a module's fixture, not the session's: while Playwright runs, its thread has a running event loop, and
tests that need one of their own could not have it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, Request

from tools.looking import PROGRAM, launched

PHONE, DESK = {"width": 390, "height": 844}, {"width": 1100, "height": 900}

_TAGS = ["wcag2a", "wcag2aa"]
_GRAVE = ("serious", "critical")
_BROKEN_PICTURES = (
    "Array.from(document.images).filter(i => !i.complete || !i.naturalWidth).map(i => i.currentSrc)"
)
# a page that is wider than its window scrolls sideways; what stands out of it is named
_SIDEWAYS = """() => document.documentElement.scrollWidth <= window.innerWidth ? []
    : Array.from(document.body.querySelectorAll('*'))
    .filter(e => e.getBoundingClientRect().right > window.innerWidth + 1 && !e.closest('[tabindex="0"], svg'))
    .map(e => `${e.tagName}.${e.className} ${e.textContent.trim().slice(0, 30)}`).slice(0, 4)"""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The browser of Debian's package ``chromium``; without it these tests are skipped and say so, in CI they fail."""
    if PROGRAM is None:
        is_needed = os.environ.get("TEST_CHROMIUM") == "required"  # by `.ci/run`
        (pytest.fail if is_needed else pytest.skip)("there is no Chromium: `apt-get install chromium`")
    with launched() as browser:
        yield browser


class Eyes:
    """What a browser window meets: ``wrong`` collects console errors, errors of scripts and what was not loaded."""

    def __init__(self, context: BrowserContext) -> None:
        self.context = context
        self.page: Page = context.new_page()
        self.wrong: list[str] = []
        self.page.on("console", lambda said: self._note(said.type == "error", f"console: {said.text}"))
        self.page.on("pageerror", lambda error: self._note(True, f"script: {error}"))
        self.page.on("requestfailed", self._not_loaded)
        self.page.on("response", lambda told: self._note(told.status >= 400, f"{told.status}: {told.url}"))

    def _not_loaded(self, asked: Request) -> None:
        """What was under way when the page was left is no failure."""
        self._note(asked.failure != "net::ERR_ABORTED", f"not loaded: {asked.url} {asked.failure}")

    def _note(self, is_wrong: bool, what: str) -> None:
        if is_wrong:
            self.wrong.append(what)

    def open(self, path: Path) -> Page:
        """Open a file as from a folder."""
        self.page.goto(path.as_uri())
        self.wrong += [f"no picture: {source}" for source in self.page.evaluate(_BROKEN_PICTURES)]
        return self.page

    def sideways(self) -> list[str]:
        """What makes the page scroll to the side; nothing where it does not."""
        found: list[str] = self.page.evaluate(_SIDEWAYS)
        return found

    def barriers(self, rules: Sequence[str] = ()) -> list[str]:
        """Serious and critical findings of axe-core, of some rules or of WCAG 2 A and AA: rule, where, what."""
        # "preload": it would fetch style sheets by script, which no file may
        asked: dict[str, Any] = {
            "runOnly": list(rules) or _TAGS,
            "resultTypes": ["violations"],
            "preload": False,
        }
        return [
            f"{one['id']} at {', '.join(str(node['target']) for node in one['nodes'][:3])}: {one['help']}"
            for one in Axe().run(self.page, options=asked).response["violations"]
            if one["impact"] in _GRAVE
        ]


@contextmanager
def eyes(chromium: Browser, only: str = "file:", **options: Any) -> Iterator[Eyes]:
    """A window in which what begins with ``only`` can be opened: whatever else a page asks for is a failed request."""
    # an expression, not a function: what may be loaded need not wait until Python has looked at it
    foreign = re.compile(f"^(?!{re.escape(only)}|data:|blob:)")
    # what a service worker asks for would go past the route
    with chromium.new_context(offline=only == "file:", service_workers="block", **options) as context:
        context.route(foreign, lambda route: route.abort())
        yield Eyes(context)


def walk(seen: Eyes, start: Path, but: Sequence[Path] = ()) -> Iterator[tuple[Path, Page]]:
    """Every page that can be reached from one by links, each once, as it is opened; links to nowhere are `wrong`.

    ``but``: pages that lead on by themselves: nothing can be asked of one that is left already.
    """
    known, waiting = {start, *but}, [start]
    while waiting:
        path = waiting.pop()
        page = seen.open(path)
        yield path, page
        for address in page.evaluate("Array.from(document.links).map(link => link.href)"):
            target = Path(unquote(urlsplit(address).path))
            if not address.startswith("file:") or target in known:
                continue
            known.add(target)
            if not target.is_file():
                seen.wrong.append(f"{path} leads to {target}, which is not there")
            elif target.suffix == ".html":
                waiting.append(target)
