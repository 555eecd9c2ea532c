"""``dashboards``: every chart through Superset's own API, on a million people and six kept releases."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from statistics import median
from threading import Barrier
from typing import Any

from bench import bi, machine
from bench.figures import Figure, Goal, Say, Section, Table, number
from bench.home import checkpoint, free_port, own_home, server_version
from bench.size import Size
from bench.superset_api import DASHBOARDS, Api, first_seen
from simpul.database import ensure_database
from simpul.stack import superset

USERS = (1, 4)
"""How many people open the same dashboard in the same moment."""
REGIONS = (None, "Kota Tanjungbalai")
"""What is chosen in *Wilayah*: what a dashboard begins with, and the city of which most is known."""
_CONNECTIONS = 6  # that a browser opens to one server; what it asks beyond them waits
_LIMIT = 1.0  # seconds of an answer that nineteen of twenty keep

HOW = f"""\
The same warehouse as `bi`. Superset runs as `make bi` runs it (two workers), without any cache, and answers
`/api/v1/chart/data` as bi_reader. A chart's question is the one that a browser sends (tests/bi/test_superset.py holds
each against Chromium's), with the filters that a dashboard is first drawn with; the time is that of the whole answer:
Superset, PostgreSQL and JSON. *One at a time*: each once before anything is measured, then one question after another.
*Opened*: all charts of a dashboard and the values of all its filters are asked for at once, {_CONNECTIONS} at a time by
each user as a browser does, by users of the same moment, once before it is measured; with the region that it begins
with and with {REGIONS[1]} chosen. An answer's time is from its own request on; a dashboard is there when its last
answer is. Whoever asks runs on the same cores. `make bi` must have been run."""


@dataclass
class Opened:
    """Seconds of every answer, and by user until the whole dashboard was there."""

    answers: list[float] = field(default_factory=list)
    wholes: list[float] = field(default_factory=list)


def measure(size: Size, say: Say) -> Section:
    """Publish ``size.crowd`` people in a home of its own, start Superset and ask every chart."""
    section = Section("dashboards", f"dashboards: {size.crowd:,} people, {bi.RELEASES} kept releases", HOW)
    with own_home(settle_seconds="0", bi_port=str(free_port())):
        ensure_database()
        bi._publish(size.crowd, say, section)
        checkpoint()
        try:
            superset.up()
            took = _ask_all(size.repeats * size.rounds, say)
            opened = _open_all(size.rounds, say)
        finally:
            superset.down()
        section.versions = machine.versions(server=server_version())
    judge(section, took, opened)
    return section


def judge(
    section: Section,
    took: dict[tuple[str, str], list[float]],
    opened: dict[tuple[str, str | None, int], Opened],
) -> None:
    """Add what the answers took to the section, against the goal, and for how many users it holds.

    Args:
        section: that is told.
        took: seconds one at a time, by dashboard and chart.
        opened: by dashboard, chosen region and number of users.
    """
    every = [seconds for of_chart in took.values() for seconds in of_chart]
    section.figures += [
        Figure("p95 of every answer", [bi.p95(every)], goal=Goal(_LIMIT, "s")),
        Figure("slowest chart, p95", [max(map(bi.p95, took.values()))], goal=Goal(_LIMIT, "s")),
        Figure("p50 of every answer", [median(every)]),
    ]
    holds = ["one question at a time"] if bi.p95(every) <= _LIMIT else []
    for users in USERS:
        mine = [one for (_, _, of), one in opened.items() if of == users]
        answers = bi.p95([seconds for one in mine for seconds in one.answers])
        wholes = [seconds for one in mine for seconds in one.wholes]
        what = f"opened by {users} at once"
        section.figures += [
            Figure(f"{what}: p95 of every answer", [answers]),
            Figure(f"{what}: until the whole dashboard is there, p95", [bi.p95(wholes)]),
        ]
        if answers <= _LIMIT:
            holds.append(f"a dashboard opened by {users} at once")
    section.remarks.append(f"p95 ≤ {_LIMIT:g} s holds for: {'; '.join(holds) or 'none of these'}")
    cells = [
        (slug, title, f"{number(median(seconds) * 1000)} ms", f"{number(bi.p95(seconds) * 1000)} ms")
        for (slug, title), seconds in took.items()
    ]
    section.tables.append(Table("Chart by chart", ("dashboard", "chart", "p50", "p95"), cells))
    cells = [
        (
            slug,
            region or "as it begins",
            str(users),
            *(
                f"{number(seconds)} s"
                for seconds in (bi.p95(one.answers), median(one.wholes), bi.p95(one.wholes))
            ),
        )
        for (slug, region, users), one in opened.items()
    ]
    heading = ("dashboard", "Wilayah", "users", "answers, p95", "whole, p50", "whole, p95")
    section.tables.append(Table("Dashboards opened", heading, cells))


def _ask_all(repeats: int, say: Say) -> dict[tuple[str, str], list[float]]:
    """Seconds of every answer by dashboard and title."""
    api = Api(superset.ADMIN)
    took: dict[tuple[str, str], list[float]] = {}
    for slug in DASHBOARDS:
        filters = first_seen(slug)
        for title, chart in api.charts(slug).items():
            context = api.context(chart, filters[title])
            api.rows(chart, filters[title])
            took[slug, title] = [_seconds(api, context) for _ in range(repeats)]
            say(f"{slug} · {title}: {number(bi.p95(took[slug, title]) * 1000)} ms at p95")
    return took


def _open_all(rounds: int, say: Say) -> dict[tuple[str, str | None, int], Opened]:
    """Every dashboard ``rounds`` times, by dashboard, region and number of users."""
    apis = [Api(superset.ADMIN) for _ in range(max(USERS))]
    found: dict[tuple[str, str | None, int], Opened] = {}
    for slug in DASHBOARDS:
        for region in REGIONS:
            apis[0].connect()
            questions = asked_at_once(apis[0], slug, region)
            open_at_once(apis[:1], questions)
            for users in USERS:
                opened = found[slug, region, users] = Opened()
                for _ in range(rounds):
                    for answers, whole in open_at_once(apis[:users], questions):
                        opened.answers += answers
                        opened.wholes.append(whole)
                told = number(bi.p95(opened.wholes))
                say(f"{slug}, {region or 'as it begins'}, {users} at once: there after {told} s at p95")
    return found


def asked_at_once(api: Api, slug: str, region: str | None) -> list[dict[str, Any]]:
    """What a browser asks when a dashboard is opened: the values of its filters, then its charts."""
    filters = first_seen(slug, region)
    charts = [api.context(chart, filters[title]) for title, chart in api.charts(slug).items()]
    return [*api.options(slug, region), *charts]


def open_at_once(apis: Sequence[Api], questions: Sequence[dict[str, Any]]) -> list[tuple[list[float], float]]:
    """Let every user ask all questions in the same moment; seconds of each one's answers, and until all were there."""
    for api in apis:
        api.connect()
    begin = Barrier(len(apis))

    def ask(api: Api) -> tuple[list[float], float]:
        with ThreadPoolExecutor(_CONNECTIONS) as connections:
            begin.wait()
            started = time.perf_counter()
            answers = list(connections.map(partial(_seconds, api), questions))
            return answers, time.perf_counter() - started

    with ThreadPoolExecutor(len(apis)) as users:
        return list(users.map(ask, apis))


def _seconds(api: Api, context: dict[str, Any]) -> float:
    started = time.perf_counter()
    answer = api.ask(context)
    took = time.perf_counter() - started
    assert answer.status_code == 200, answer.text
    return took
