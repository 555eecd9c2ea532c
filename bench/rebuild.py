"""The warehouse made anew from its archive alone: how long it takes, and which kinds of events it goes to."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections import defaultdict
from pathlib import Path

from bench import machine
from bench.figures import Figure, Goal, Say, Section, Table
from bench.home import own_home, server_version
from bench.size import Size
from sample import write_sample
from simpul import ledger_journal, pipeline
from simpul.database import ensure_database
from simpul.rebuild import Rebuilt, check, rebuild, take_over

MANY = 1_000_000
"""People from which on the figure is held against its goal."""
HOW = """\
A city (and the BPS tables) is landed and published in one process; its archive is copied and, in a home and on a
server of its own, made to the warehouse again. *Check*: journal and SHA-256 of every content. *Rebuild* includes
the start from an empty database: migrations are done before, reference data are loaded in it. Each kind of event is
timed as it is done once more; `release.opened` is staging, linking, marts and attaching."""


def measure(size: Size, say: Say) -> Section:
    """One round: the first home, then the second."""
    section = Section("rebuild", f"rebuild: a city of {size.people:,} people from its archive alone", HOW)
    folder = Path(tempfile.mkdtemp(prefix="simpul-rebuild-"))
    try:
        with own_home() as settings:
            write_sample(settings.inbox, people=size.people, seed=1)
            ensure_database()
            pipeline.make_ready()
            started = time.perf_counter()
            pipeline.land_inbox()
            landing = time.perf_counter() - started
            say(f"landed in {landing:.0f} s")
            first = pipeline.build("bench")
            building = time.perf_counter() - started - landing
            say(f"published in {building:.0f} s")
            ledger_journal.keep()
            shutil.copytree(settings.archive, folder / "archive")
        with own_home():
            take_over(folder / "archive")
            started = time.perf_counter()
            checked = check()
            checking = time.perf_counter() - started
            ensure_database()
            spent, done, seconds = _timed(checked, say)
            section.versions = machine.versions(server=server_version())
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    goal = Goal(900, "s") if size.people >= MANY else None
    section.figures = [
        Figure("rebuild", [seconds], "s", goal=goal),
        Figure("… of it the check of the archive beforehand", [checking], "s"),
        Figure("landing and publishing it the first time", [landing + building], "s"),
        Figure(
            "releases whose content hash is another, differences, problems",
            [_wrong(done, first.content_hash)],
            "",
            goal=Goal(0, ""),
        ),
    ]
    section.tables = [
        Table(
            "Where the time goes",
            ("kind of event", "events", "seconds"),
            [
                (kind, str(count), f"{total:.1f}")
                for kind, (count, total) in sorted(spent.items(), key=lambda one: -one[1][1])
            ],
        )
    ]
    return section


def _timed(checked, say: Say) -> tuple[dict[str, tuple[int, float]], Rebuilt, float]:
    """Kind of event → how many, and the seconds they took."""
    spent: dict[str, tuple[int, float]] = defaultdict(lambda: (0, 0.0))
    started = time.perf_counter()
    last = [started, ""]

    def progress(done: int, of: int, what: str) -> None:
        now = time.perf_counter()
        if kind := str(last[1]):
            count, total = spent[kind]
            spent[kind] = (count + 1, total + now - float(last[0]))
        last[:] = [now, what.split(" ")[0]]
        say(f"{done} of {of}: {what}")

    done = rebuild(checked, progress)
    return dict(spent), done, time.perf_counter() - started


def _wrong(done: Rebuilt, content_hash: str | None) -> int:
    others = sum(not one.is_same for one in done.releases)
    others += content_hash not in {one.now for one in done.releases}
    return others + len(done.differences) + len(done.problems)
