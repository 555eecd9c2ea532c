"""CSV → raw: what `simpul land` does, beside a bare COPY of the same bytes, dlt and ``DataFrame.to_sql``.

Everybody writes to the same server, one after the other, round by round, with a checkpoint in between. Every run is a
process of its own, timed after its imports, connecting included; each must leave exactly the rows of the file.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count as counted
from pathlib import Path
from statistics import median

from bench import machine
from bench.figures import Figure, Goal, Say, Section
from bench.files import HEADINGS, NAME, change_one_byte, write_delivery, write_malformed
from bench.home import checkpoint, own_home, server_version
from bench.process import PEERS, Run, run
from bench.size import Size
from bench.tables import expect, into_table
from simpul import gate
from simpul.database import ensure_database
from simpul.gate.examination import load_gx

LAND, BROKEN = "Simpul lands it", "Simpul lands it, 1 % malformed"
LOGGED, FRESH = "bare COPY", "bare COPY, no log"
DLT, DLT_ADBC, TO_SQL = "dlt", "dlt over ADBC", "DataFrame.to_sql"
HOW = """\
*Simpul lands it* = settled, hashed, archived (and flushed to disk), registered, recognised by its content,
field counts checked, COPY into a table of its own with file and row number on every record, counted,
written into the ledger; without the landing gate, which stands on its own line. *Bare COPY* = psycopg
sends the same file to a table of the same columns that stands there. *Bare COPY, no log* = into a table
made in the same transaction, which PostgreSQL need not log: the floor, nothing that goes through this
server can be quicker. *1 % malformed* = of every hundred records one lacks a
field or leaves a quote open; it is set aside with its row and reason (COPY would stop at the first). *dlt* =
read as Arrow tables, loaded by its COPY of CSV (its default, inserts, is slower); *dlt over ADBC* = loaded as
Parquet through the ADBC driver, its quickest way. *DataFrame.to_sql* = `read_csv` in chunks and `to_sql`, by
whichever of pandas' two methods is quicker. All columns are text for everybody."""

Job = Callable[[Path], Run]


def measure(size: Size, say: Say) -> Section:
    """Measure in a home of its own."""
    with own_home(settle_seconds="0") as settings:
        say("PostgreSQL, files")
        ensure_database()
        large, small = settings.work / "large" / NAME, settings.work / "small" / NAME
        count = write_delivery(large, size.rows)
        write_delivery(small, max(size.rows // 10, 1))
        broken = settings.work / "broken" / NAME
        bad = write_malformed(large, broken)
        jobs: dict[str, Job] = {LOGGED: partial(_copy, "logged"), FRESH: partial(_copy, "fresh"), LAND: _land}
        jobs[BROKEN] = partial(_land_broken, broken, size.rows - bad, counted())
        title = f"csv: {size.rows:,} rows × {len(HEADINGS)} columns, {count / 1e6:,.0f} MB → raw"
        section = Section("csv", title, HOW)
        if size.peers:
            jobs |= _peers(small, section, say)
        memory = [_land(_renewed(small, 900 + number)).peak_mib for number in range(size.rounds)]
        runs, gates = _rounds(jobs, large, size, say)
        huge = settings.work / "huge" / NAME
        write_delivery(huge, size.rows * 5)
        most = _land(huge)
        say(f"{size.rows * 5:,} rows: {most.seconds:.2f} s, {most.peak_mib:.0f} MiB")
        expect(most.told["records"], size.rows * 5, LAND)
        _judge(section, runs, gates, memory, most, size)
        section.versions = machine.versions(server=server_version()) | machine.peers_versions()
        return section


Runs = dict[str, list[Run]]


def _rounds(jobs: dict[str, Job], file: Path, size: Size, say: Say) -> tuple[Runs, list[float]]:
    runs: Runs = defaultdict(list)
    gates = []
    load_gx()  # two seconds once per process, whatever the file
    for number in range(size.rounds):
        _renewed(file, number)
        for name, job in jobs.items():
            checkpoint()
            runs[name].append(job(file))
            say(f"round {number + 1} of {size.rounds}: {name} {runs[name][-1].seconds:.2f} s")
        landed = runs[LAND][-1].told
        expect(landed["records"], size.rows, LAND)
        started = time.perf_counter()
        outcome = gate.gate_file(landed["file_id"])
        gates.append(time.perf_counter() - started)
        say(f"round {number + 1} of {size.rounds}: landing gate {gates[-1]:.2f} s")
        expect(outcome.rows_loaded or 0, size.rows, "the gate")
    return runs, gates


def _renewed(file: Path, number: int) -> Path:
    """Other bytes, or the second landing would be a recorded no-op."""
    change_one_byte(file, number)
    return file


# ------------------------------------------------------------------------------------------------------------- runners
def _land(file: Path) -> Run:
    return run("-m", "bench.landing", "--once", file)


def _land_broken(broken: Path, sound: int, numbers: Iterator[int], _: Path) -> Run:
    done = _land(_renewed(broken, next(numbers)))
    expect(done.told["records"], sound, BROKEN)
    return done


def _copy(kind: str, file: Path) -> Run:
    return into_table(
        f"copy_{kind}", _records(file), lambda table: run(PEERS / "bare_copy.py", file, table, kind)
    )


def _to_sql(method: str, file: Path) -> Run:
    return into_table(
        "to_sql", _records(file), lambda table: run(PEERS / "with_pandas.py", file, table, method)
    )


def _dlt(python: Path, form: str, file: Path) -> Run:
    script = PEERS / "with_dlt.py"
    return into_table("dlt", _records(file), lambda table: run(script, file, table, form, python=python))


def _records(file: Path) -> int:
    with file.open("rb") as lines:
        return sum(1 for _ in lines) - 1


def _peers(small: Path, section: Section, say: Say) -> dict[str, Job]:
    """The peers that can run here; what cannot is said."""
    trial = small.parent.parent / "trial" / NAME
    write_delivery(trial, 5_000)
    tried = {method: _to_sql(method, trial).seconds for method in ("default", "multi")}
    method = min(tried, key=tried.__getitem__)
    told = ", ".join(f"{seconds:.1f} s by '{name}'" for name, seconds in tried.items())
    section.remarks.append(f"to_sql by its method '{method}': a trial with 5,000 rows took {told}")
    jobs: dict[str, Job] = {TO_SQL: partial(_to_sql, method)}
    python = machine.peers_python()
    if python is None:
        section.remarks.append("dlt was left out: `make bench` makes its environment .venv-bench")
        return jobs
    say("peers: dlt, DataFrame.to_sql")
    return {DLT: partial(_dlt, python, "csv"), DLT_ADBC: partial(_dlt, python, "parquet"), **jobs}


# ------------------------------------------------------------------------------------------------------------- figures
def _judge(
    section: Section, runs: Runs, gates: list[float], small_memory: list[float], most: Run, size: Size
) -> None:
    seconds = {name: [done.seconds for done in found] for name, found in runs.items()}
    ours = (LAND, seconds[LAND])
    add = section.figures.append
    add(Figure(LAND, seconds[LAND], against=(LOGGED, seconds[LOGGED]), goal=Goal(2)))
    add(Figure(LAND, seconds[LAND], against=(FRESH, seconds[FRESH])))
    add(Figure(BROKEN, seconds[BROKEN], against=(LOGGED, seconds[LOGGED]), goal=Goal(4)))
    add(Figure(LOGGED, seconds[LOGGED], against=(FRESH, seconds[FRESH])))
    for name, limit in ((DLT, 10), (DLT_ADBC, 10), (TO_SQL, 20)):
        if name in seconds:
            add(Figure(name, seconds[name], against=ours, is_slower=True, goal=Goal(limit, at_least=True)))
    add(Figure("landing gate, every rule and address", gates, against=(LOGGED, seconds[LOGGED])))
    memory = [done.peak_mib for done in runs[LAND]]
    beside = (f"{size.rows // 10:,} rows", small_memory)
    add(Figure(f"peak memory landing {size.rows:,} rows", memory, "MiB", beside, goal=Goal(1.1)))
    few = (beside[0], [median(small_memory)])
    add(Figure(f"peak memory landing {size.rows * 5:,} rows", [most.peak_mib], "MiB", few, goal=Goal(1.1)))
    add(Figure("peak memory, 1 % malformed", [done.peak_mib for done in runs[BROKEN]], "MiB", beside))
    for name in (DLT, DLT_ADBC, TO_SQL):
        if name in runs:
            theirs = [done.peak_mib for done in runs[name]]
            add(Figure(f"peak memory of {name}", theirs, "MiB", (LAND, memory)))
