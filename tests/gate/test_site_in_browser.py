"""The pages in a browser, opened from a folder with the network cut: nothing missing, nobody shut out, not too wide."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from expectations.site import front
from tests.browser import DESK, PHONE, Eyes, chromium, eyes  # noqa: F401 - a fixture

SITE = f"releases/1/{front.FOLDER}"
KINDS = {
    "front": f"{SITE}/index.html",
    "dictionary": f"{SITE}/tables.html",
    "table": f"{SITE}/table-rpt_program_coverage.html",
    "lineage": f"{SITE}/lineage.html",
    "guide": f"{SITE}/guide-for-auditors.html",
    "index": "index.html",
    "landed file": "landing/*/index.html",
    "release": "releases/1/index.html",
    "linkage": "releases/1/linkage/index.html",
    "scorecards": "scorecards/index.html",
    "scorecard": "scorecards/dinsos.dtks.html",
    "rules": "rules/index.html",
    "rules of one": "rules/*dtks*.html",
    "packs": "packs/index.html",
    "pack": "packs/1/rakor-*.html",
    "Great Expectations": "landing/*/validations/**/*.html",
}
"""One page of each kind: its template is what is looked at."""
DARK = ("front", "landed file", "linkage", "packs", "pack", "Great Expectations")
"""Kinds with every colour there is: asking for contrast is what costs most, so the others are not asked again."""


@pytest.fixture
def seen(reports: Path, chromium) -> Iterator[Eyes]:  # noqa: F811
    with eyes(chromium, viewport=DESK) as window:
        yield window


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_of_page(reports: Path, seen: Eyes, kind: str) -> None:
    path = min(reports.glob(KINDS[kind]))
    page = seen.open(path)
    assert not seen.wrong
    assert page.title()
    assert not seen.sideways(), "at 1,100 px"
    assert not seen.barriers()
    page.set_viewport_size(PHONE)
    assert not seen.sideways(), "on a phone"
    page.emulate_media(color_scheme="dark")
    rules = ("scrollable-region-focusable", *(("color-contrast",) if kind in DARK else ()))
    assert not seen.barriers(rules), "on a phone, in the dark"


def test_the_first_page_is_light_and_its_search_leads_to_a_column(reports: Path, seen: Eyes) -> None:
    loaded: set[Path] = set()
    seen.page.on("request", lambda asked: loaded.add(Path(unquote(urlsplit(asked.url).path))))
    page = seen.page
    page.goto((reports / front.START).as_uri())
    page.wait_for_url(f"**/{SITE}/index.html")
    assert len(loaded) > 3 and sum(path.stat().st_size for path in loaded if path.is_file()) < 200_000
    page.get_by_role("searchbox").fill("excluded coverage")
    found = page.locator("#found li")
    assert found.first.locator("a").inner_text() == "rpt_program_coverage.excluded"
    assert page.get_by_role("status").inner_text() == f"{found.count()} ditemukan · found"
    found.first.locator("a").click()
    page.wait_for_url("**/table-rpt_program_coverage.html#excluded")
    assert page.locator("tr:target code").first.inner_text() == "excluded"
    page.go_back()
    page.get_by_role("searchbox").fill("tidak-ada-kolom-ini")
    assert page.get_by_role("status").inner_text() == "0 ditemukan · found" and found.count() == 0
    assert not seen.wrong
