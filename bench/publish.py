"""Publishing under readers: what it costs, and whether anybody ever sees half of two releases.

Readers, marts and the way of publishing are those of the tests of releases (tests/release, bench/publish_readers.py).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any

from bench import machine
from bench.figures import Figure, Goal, Say, Section
from bench.home import own_home, server_version
from bench.publish_readers import looping_readers
from bench.size import Size
from simpul import release
from simpul.database import ensure_database, warehouse_dsn
from tests.release import conftest as shop

ROWS = 2_000
ROLLBACKS = 20
HOW = f"""\
Three marts of {ROWS:,}, {ROWS:,} and {ROWS * 10:,} rows are published again and again by the real steps
(open, attach, gate noted, flip; old releases retired) while readers in two processes compare two marts in
one statement as fast as they can. A *mixed* read saw two releases in one answer. Publishing stands beside
the SQL that builds the three tables: what any way of publishing has to do first. Then the pointer goes
back and forth between two releases. `make prove` runs the same beside an idle transaction and a control
that flips in the attaching transaction, and does see mixed reads (bench/PROOFS.md)."""


def measure(size: Size, say: Say) -> Section:
    """Publish ``size.publishes`` times under eight readers in a home of its own."""
    section = Section("publish", f"publish: {size.publishes} releases under readers at full speed", HOW)
    with own_home() as settings:
        ensure_database()
        shop.deliver("aaaaaaaaaaaaaaaa")
        shop.publish(rows=ROWS)
        say("readers start")
        with looping_readers(warehouse_dsn("bi_reader"), settings.work) as seen:
            building, publishing = _publish_all(size.publishes, say)
            back = [_seconds(_other) for _ in range(ROLLBACKS)]
        versions = machine.versions(server=server_version())
    section.figures = [*_safety(seen), *_cost(building, publishing, back)]
    section.versions = {name: versions[name] for name in ("PostgreSQL", "Python", "psycopg")}
    return section


def _publish_all(count: int, say: Say) -> tuple[list[float], list[float]]:
    """Seconds of building the tables, and of all the rest, per release."""
    building, publishing = [], []
    for number in range(count):
        opening, opened = _timed(lambda: release.open_release("bench", force=True))
        release_id = opened.release_id
        building.append(_seconds(partial(shop.build, release_id, batch=release_id, rows=ROWS)))
        publishing.append(opening + _seconds(partial(_publish, release_id)))
        release.retire_old(days=0, months=0)
        if (number + 1) % max(count // 5, 1) == 0:
            say(f"{number + 1} of {count} published")
    return building, publishing


def _publish(release_id: int) -> None:
    release.attach(release_id, release.marts_of(shop.MANIFEST))
    release.record_gate(release_id, passed=True)
    release.flip(release_id)


def _other() -> None:
    """From the release that readers see to the one before it, or forward again."""
    newest, before, *_ = [found for found in release.list_releases() if found.status == "published"]
    release.rollback((before if newest.is_current else newest).release_id)


def _safety(seen: dict[str, Any]) -> list[Figure]:
    none = Goal(0, "")
    return [
        Figure(f"statements of {seen['readers']} readers", [seen["reads"]], ""),
        Figure("… that failed", [len(seen["errors"])], "", goal=none),
        Figure("… that were mixed", [seen["mixed"]], "", goal=none),
    ]


def _cost(building: list[float], publishing: list[float], back: list[float]) -> list[Figure]:
    return [
        Figure("publishing one release", publishing, against=("building its tables", building)),
        Figure("rollback", back),
        Figure("slowest rollback", [max(back)], goal=Goal(1, "s")),
    ]


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    started = time.perf_counter()
    done = work()
    return time.perf_counter() - started, done


def _seconds(work: Callable[[], Any]) -> float:
    return _timed(work)[0]
