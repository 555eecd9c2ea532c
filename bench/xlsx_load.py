"""XLSX → raw: what `simpul land` does, beside calamine with a COPY and beside openpyxl with ``DataFrame.to_sql``.

As in `csv_load`, every run is a process of its own, in turns on the same server, and must leave every row.
"""

from __future__ import annotations

import zipfile
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from pathlib import Path

from bench import machine
from bench.figures import Figure, Goal, Say, Section
from bench.files import HEADINGS
from bench.home import checkpoint, own_home, server_version
from bench.process import PEERS, Run, run
from bench.size import FULL, Size
from bench.tables import expect, into_table
from bench.workbooks import FULL_SHEET, WORKBOOK, write_workbook
from simpul.database import ensure_database

LAND, CALAMINE, OPENPYXL = "Simpul lands it", "calamine + COPY", "openpyxl + to_sql"
HOW = """\
*Simpul lands it* = hashed, archived, registered, looked through for what must not be opened, recognised by its
content, loaded with sheet and row on every record, counted, written into the ledger; without the landing gate.
*calamine + COPY* = the same reader's rows as CSV to COPY, and nothing else. *openpyxl + to_sql* = its read-only mode,
rows in chunks to `DataFrame.to_sql`; of the small sheet only, it would take half an hour for the full one. All cells
are texts, in the table of shared texts, as Excel writes them."""


def measure(size: Size, say: Say) -> Section:
    """Measure in a home of its own."""
    with own_home(settle_seconds="0") as settings:
        say("PostgreSQL, files")
        ensure_database()
        small, full = max(size.rows // 10, 1), FULL_SHEET - 1 if size.rows >= FULL.rows else size.rows
        title = f"xlsx: {small:,} and {full:,} rows × {len(HEADINGS)} columns → raw"
        section = Section("xlsx", title, HOW)
        peers = {CALAMINE: "with_calamine.py"}
        others = {OPENPYXL: "with_openpyxl.py"} if size.peers else {}
        for rows, names in ((small, peers | others), (full, peers)):
            file = settings.work / str(rows) / WORKBOOK
            write_workbook(file, rows)
            _judge(section, _rounds(file, rows, names, size.rounds, say), rows)
        section.versions = machine.versions(server=server_version())
        section.versions |= {name: version(name) for name in ("python-calamine", "openpyxl")}
        return section


def _rounds(file: Path, rows: int, peers: dict[str, str], rounds: int, say: Say) -> dict[str, list[Run]]:
    jobs: dict[str, Callable[[], Run]] = {
        name: partial(into_table, "workbook", rows, partial(_peer, script, file))
        for name, script in peers.items()
    }
    jobs[LAND] = partial(_land, file, rows)
    runs: dict[str, list[Run]] = defaultdict(list)
    for number in range(rounds):
        with zipfile.ZipFile(file, "a") as archive:
            archive.comment = b"%d" % number  # other bytes, or the second landing would be a recorded no-op
        for name, job in jobs.items():
            checkpoint()
            runs[name].append(job())
            say(f"{rows:,} rows, round {number + 1} of {rounds}: {name} {runs[name][-1].seconds:.2f} s")
    return runs


def _land(file: Path, rows: int) -> Run:
    done = run("-m", "bench.landing", "--once", file)
    expect(done.told["records"], rows, LAND)
    return done


def _peer(script: str, file: Path, table: str) -> Run:
    return run(PEERS / script, file, table)


def _judge(section: Section, runs: dict[str, list[Run]], rows: int) -> None:
    def seconds(name: str) -> list[float]:
        return [done.seconds for done in runs[name]]

    def memory(name: str) -> list[float]:
        return [done.peak_mib for done in runs[name]]

    add = section.figures.append
    add(
        Figure(f"{rows:,} rows: {LAND}", seconds(LAND), against=(CALAMINE, seconds(CALAMINE)), goal=Goal(1.3))
    )
    if OPENPYXL in runs:
        goal = Goal(10, at_least=True)
        add(Figure(OPENPYXL, seconds(OPENPYXL), against=(LAND, seconds(LAND)), is_slower=True, goal=goal))
    add(Figure(f"peak memory, {rows:,} rows", memory(LAND), "MiB", goal=Goal(1024, "MiB")))
    add(Figure(f"peak memory of {CALAMINE}", memory(CALAMINE), "MiB", against=(LAND, memory(LAND))))
