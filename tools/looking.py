"""Debian's Chromium, moved by Playwright, and Superset's pages in it: for browser tests and the guides' pictures."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic

from playwright.sync_api import Browser, Download, Locator, Page, sync_playwright
from playwright.sync_api import TimeoutError as Late

from simpul import vault
from simpul.settings import get_settings

PROGRAM = shutil.which("chromium")
"""Of Debian's package ``chromium``; None where it is not installed. Nothing is fetched from elsewhere."""
TALL = {"width": 1400, "height": 3600}
"""All charts of a dashboard are in view: Superset draws no others."""
WORDS: dict[str, str] = json.loads(
    (Path(__file__).parents[1] / "bi" / "superset" / "indonesian.json").read_text(encoding="utf-8")
)
"""Superset's own words as its pages show them."""
_PATIENCE = 90_000
"""Milliseconds that a page of Superset may take."""


@contextmanager
def launched() -> Iterator[Browser]:
    """The browser, without a window of its own."""
    with sync_playwright() as playwright:
        # root has no sandbox of its own: the pages are ours
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=PROGRAM, args=arguments)
        yield browser
        browser.close()


# ------------------------------------------------------------------------------------------------------------ Superset
def _address() -> str:
    return f"http://127.0.0.1:{get_settings().bi_port}"


def log_in(page: Page, user: str) -> None:
    """Log in to Superset as a person does."""
    page.set_default_timeout(_PATIENCE)
    for patience in (20_000, 20_000, _PATIENCE):  # what is typed before everything has come may be forgotten
        page.goto(f"{_address()}/login/")
        page.locator('[data-test="username-input"]').fill(user)
        page.locator('[data-test="password-input"]').fill(vault.read(f"superset_{user}") or "")
        page.locator('[data-test="login-button"]').click()
        with suppress(Late):
            page.wait_for_url("**/welcome/", wait_until="commit", timeout=patience)
            return
    raise Late(f"{user} is not let in")


def open_dashboard(page: Page, slug: str) -> Locator:
    """Open a dashboard; returns its charts, when each is drawn or says why not."""
    page.goto(f"{_address()}/superset/dashboard/{slug}/")
    charts = page.locator('[data-test="chart-grid-component"]')
    charts.first.wait_for()
    settle(page)
    return charts


def settle(page: Page) -> None:
    """Wait until no chart and no filter is on its way."""
    with suppress(Late):  # a note of what was looked at may stay under way for ever
        page.wait_for_load_state("networkidle", timeout=10_000)
    page.locator('[aria-label="Loading"]:visible').first.wait_for(state="detached")


def choose(page: Page, filter_name: str, value: str) -> None:
    """Choose a value in a filter of the dashboard and apply it."""
    bar = page.locator('[data-test="filter-bar"]')
    names = bar.locator('[data-test="filter-control-name"]').all_inner_texts()
    place = [name.strip(" *") for name in names].index(filter_name)
    bar.locator('[data-test="form-item-value"]').nth(place).locator(".ant-select").click()
    page.keyboard.type(value)
    page.locator(f'.ant-select-item-option[title="{value}"]:visible').click()
    page.keyboard.press("Escape")
    bar.locator('[data-test="filter-bar__apply-button"]').click()
    settle(page)


def export(page: Page, title: str) -> str:
    """The CSV of a chart, by its menu."""
    chart = page.locator('[data-test="chart-grid-component"]', has=page.get_by_text(title, exact=True))
    with _downloads(page) as arrived:
        # a menu that still unfolds slides away from under the mouse: a click finds nothing, or nothing follows it
        for patience in (20_000, 20_000, _PATIENCE):
            with suppress(Late):
                _ask_for_csv(page, chart, patience)
            end = monotonic() + patience / 1000
            while not arrived and monotonic() < end:
                page.wait_for_timeout(100)
            if arrived:
                return arrived[0].path().read_text(encoding="utf-8-sig")
    raise Late(f"nothing was downloaded of {title!r}")


def _ask_for_csv(page: Page, chart: Locator, patience: int) -> None:
    """Click through a chart's menu, which an attempt before may have left open."""
    download = page.get_by_text(WORDS["Download"], exact=True)
    if not download.is_visible():
        chart.get_by_role("button", name=WORDS["More Options"]).click(timeout=patience)
    page.mouse.move(0, 0)
    download.hover(timeout=patience)
    page.get_by_text(WORDS["Export to .CSV"], exact=True).click(timeout=patience)


@contextmanager
def _downloads(page: Page) -> Iterator[list[Download]]:
    """What a page, or a window that it opens, downloads.

    Superset asks for a file in a new window. Whether the browser counts it as the window's or as its opener's depends
    on which of the two was there first: the window, or what it downloads.
    """
    arrived: list[Download] = []

    def keep(download: Download) -> None:
        arrived.append(download)

    def listen(window: Page) -> None:
        window.on("download", keep)

    page.on("download", keep)
    page.context.on("page", listen)
    try:
        yield arrived
    finally:
        page.context.remove_listener("page", listen)
        page.remove_listener("download", keep)
