"""``dashboards``: every chart through Superset's own API, on a million people and six kept releases."""

from __future__ import annotations

import time
from statistics import median

from bench import bi, machine
from bench.figures import Figure, Goal, Say, Section, Table, number
from bench.home import checkpoint, free_port, own_home, server_version
from bench.size import Size
from bench.superset_api import DASHBOARDS, Api, first_seen
from simpul.database import ensure_database
from simpul.stack import superset

HOW = """\
The same warehouse as `bi`. Superset runs as `make bi` runs it, without any cache, and answers `/api/v1/chart/data` as
bi_reader with the filters that a dashboard is first drawn with. One question at a time, each once before anything is
measured; the time is that of the whole answer: Superset, PostgreSQL and JSON. `make bi` must have been run."""


def measure(size: Size, say: Say) -> Section:
    """Publish ``size.crowd`` people in a home of its own, start Superset and ask every chart."""
    section = Section("dashboards", f"dashboards: {size.crowd:,} people, {bi.RELEASES} kept releases", HOW)
    with own_home(settle_seconds="0", bi_port=str(free_port())):
        ensure_database()
        bi._publish(size.crowd, say, section)
        checkpoint()
        try:
            superset.up()
            took = _ask_all(bi.REPEATS * size.rounds, say)
        finally:
            superset.down()
        section.versions = machine.versions(server=server_version())
    every = [seconds for of_chart in took.values() for seconds in of_chart]
    section.figures += [
        Figure("p95 of every answer", [bi.p95(every)], goal=Goal(1, "s")),
        Figure("slowest chart, p95", [max(map(bi.p95, took.values()))], goal=Goal(1, "s")),
        Figure("p50 of every answer", [median(every)]),
    ]
    cells = [
        (slug, title, f"{number(median(seconds) * 1000)} ms", f"{number(bi.p95(seconds) * 1000)} ms")
        for (slug, title), seconds in took.items()
    ]
    section.tables.append(Table("Chart by chart", ("dashboard", "chart", "p50", "p95"), cells))
    return section


def _ask_all(repeats: int, say: Say) -> dict[tuple[str, str], list[float]]:
    """Seconds of every answer by dashboard and title."""
    api = Api(superset.ADMIN)
    took: dict[tuple[str, str], list[float]] = {}
    for slug in DASHBOARDS:
        filters = first_seen(slug)
        for title, chart in api.charts(slug).items():
            context = api.context(chart, filters[title])
            api.rows(chart, filters[title])
            seconds = took[slug, title] = []
            for _ in range(repeats):
                started = time.perf_counter()
                answer = api.ask(context)
                seconds.append(time.perf_counter() - started)
                assert answer.status_code == 200, answer.text
            say(f"{slug} · {title}: {number(bi.p95(seconds) * 1000)} ms at p95")
    return took
