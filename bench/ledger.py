"""The ledger outside the database: how fast a program without Simpul checks an export, and what the chain costs."""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from bench import machine
from bench.figures import Figure, Goal, Say, Section
from bench.home import own_home, server_version
from bench.size import Size
from simpul import ledger, ledger_anchors
from simpul.database import connect, ensure_database

PER_SECOND = "events/s"
EVENT = {
    "dataset": "bpjs.pbi_jk", "edition": "2024", "period": "2024-06", "rows_read": 96_442, "rows_loaded": 96_411,
    "rows_quarantined": 31, "sha256": "9f" * 32, "by": "airflow", "why": "the landing gate let it through",
    "why_id": "lolos gerbang masuk",
}  # fmt: skip
HOW = """\
Events as landing and publishing write them, through the same function, all in one transaction; then one anchor.
*Stand-alone* is `tools/verify_ledger.py` in a Python of its own that sees no package: start of the interpreter, reading
of export and anchor, and verdict are counted; per second of processor time, so of one core. The database checks the
same chain beside it, by the clock (`simpul verify`)."""


def measure(size: Size, say: Say) -> Section:
    """Append ``size.records`` events in a home of its own, export and check them."""
    count = size.records
    section = Section("ledger", f"ledger: {count:,} events, checked without the database", HOW)
    with own_home() as settings:
        ensure_database()
        appending = _seconds(lambda: _append(count))
        say("appended")
        export = settings.work / "ledger.jsonl"
        with connect() as conn:
            exporting = _seconds(lambda: ledger_anchors.export(conn, export))
            anchor = ledger_anchors.write(conn)
        alone, inside = [], []
        for _ in range(size.rounds):
            alone.append(count / _check(export, anchor))
            with connect() as conn:
                inside.append(count / _seconds(lambda: ledger.verify(conn)))
            say(f"{alone[-1]:,.0f} events per second of a core")
        length = export.stat().st_size / count
        versions = machine.versions(server=server_version())
    section.figures = [
        Figure("stand-alone verifier", alone, PER_SECOND, goal=Goal(100_000, PER_SECOND, at_least=True)),
        Figure("the database's own check", inside, PER_SECOND),
        Figure("export", [count / exporting], PER_SECOND),
        Figure("appending", [count / appending], PER_SECOND),
        Figure("a line of the export", [length], "bytes"),
    ]
    section.versions = {name: versions[name] for name in ("PostgreSQL", "Python")}
    return section


def _append(count: int) -> None:
    with connect() as conn:
        for number in range(count):
            ledger.append(conn, "file.landed", f"{number:016x}", EVENT)


def _check(export: Path, anchor: Path) -> float:
    """Processor seconds of the stand-alone verifier."""
    verifier = export.with_name(ledger_anchors.VERIFIER)
    before = _spent()
    subprocess.run(
        [sys.executable, "-I", "-S", verifier, export, anchor], check=True, stdout=subprocess.DEVNULL
    )
    return _spent() - before


def _spent() -> float:
    """Processor seconds of all children that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
