"""CSV → raw: what `simpul land` does, beside a bare COPY of the same bytes, dlt and ``DataFrame.to_sql``.

Everybody writes to the same server, one after the other, round by round, with a checkpoint in between. Every run is a
process of its own, timed after its imports, connecting included; each must leave exactly the rows of the file.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from pathlib import Path

from psycopg import sql

from bench import machine
from bench.figures import Figure, Goal, Say, Section
from bench.files import HEADINGS, NAME, change_one_byte, write_delivery
from bench.home import checkpoint, own_home, server_version
from bench.process import PEERS, Run, run
from bench.size import Size
from simpul import gate
from simpul.database import connect, ensure_database
from simpul.gate.examination import load_gx

LAND, LOGGED, FRESH = "Simpul lands it", "bare COPY", "bare COPY, no log"
DLT, DLT_ADBC, TO_SQL = "dlt", "dlt over ADBC", "DataFrame.to_sql"
HOW = """\
*Simpul lands it* = settled, hashed, archived (and flushed to disk), registered, recognised by its content,
field counts checked, COPY into a table of its own with file and row number on every record, counted,
written into the ledger; without the landing gate, which stands on its own line. *Bare COPY* = psycopg
sends the same file to a table of the same columns that stands there. *Bare COPY, no log* = into a table
made in the same transaction, which PostgreSQL need not log: the floor, nothing that goes through this
server can be quicker. *dlt* = read as Arrow tables, loaded by its COPY of CSV (its default, inserts, is
slower); *dlt over ADBC* = loaded as Parquet through the ADBC driver, its quickest way. *DataFrame.to_sql*
= `read_csv` in chunks and `to_sql`, by whichever of pandas' two methods is quicker. All columns are text
for everybody."""

Job = Callable[[Path], Run]


def measure(size: Size, say: Say) -> Section:
    """Measure in a home of its own."""
    with own_home(settle_seconds="0") as settings:
        say("PostgreSQL, files")
        ensure_database()
        large, small = settings.work / "large" / NAME, settings.work / "small" / NAME
        count = write_delivery(large, size.rows)
        write_delivery(small, max(size.rows // 10, 1))
        jobs: dict[str, Job] = {LOGGED: partial(_copy, "logged"), FRESH: partial(_copy, "fresh"), LAND: _land}
        title = f"csv: {size.rows:,} rows × {len(HEADINGS)} columns, {count / 1e6:,.0f} MB → raw"
        section = Section("csv", title, HOW)
        if size.peers:
            jobs |= _peers(small, section, say)
        memory = [_land(_renewed(small, 900 + number)).peak_mib for number in range(size.rounds)]
        runs, gates = _rounds(jobs, large, size, say)
        _judge(section, runs, gates, memory, size)
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
        _expect(landed["records"], size.rows, LAND)
        started = time.perf_counter()
        outcome = gate.gate_file(landed["file_id"])
        gates.append(time.perf_counter() - started)
        say(f"round {number + 1} of {size.rounds}: landing gate {gates[-1]:.2f} s")
        _expect(outcome.rows_loaded or 0, size.rows, "the gate")
    return runs, gates


def _renewed(file: Path, number: int) -> Path:
    """Other bytes, or the second landing would be a recorded no-op."""
    change_one_byte(file, number)
    return file


# ------------------------------------------------------------------------------------------------------------- runners
def _land(file: Path) -> Run:
    return run("-m", "bench.landing", "--once", file)


def _copy(kind: str, file: Path) -> Run:
    return _into_table(f"copy_{kind}", file, lambda table: run(PEERS / "bare_copy.py", file, table, kind))


def _to_sql(method: str, file: Path) -> Run:
    return _into_table("to_sql", file, lambda table: run(PEERS / "with_pandas.py", file, table, method))


def _dlt(python: Path, form: str, file: Path) -> Run:
    script = PEERS / "with_dlt.py"
    return _into_table("dlt", file, lambda table: run(script, file, table, form, python=python))


def _into_table(name: str, file: Path, job: Callable[[str], Run]) -> Run:
    """Run it in a schema of its own (dlt remembers what it made there), and make sure that every row arrived."""
    with connect(autocommit=True) as conn:
        conn.execute("create schema bench")
        done = job(f"bench.{name}")
        count = sql.SQL("select count(*) from {}").format(sql.Identifier("bench", name))
        found = conn.execute(count).fetchall()[0][0]
        conn.execute("set client_min_messages = warning; drop schema bench cascade")
    _expect(found, _records(file), name)
    return done


def _records(file: Path) -> int:
    with file.open("rb") as lines:
        return sum(1 for _ in lines) - 1


def _expect(found: int, wanted: int, who: str) -> None:
    if found != wanted:
        raise AssertionError(f"{who}: {found:,} rows instead of {wanted:,}")


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
def _judge(section: Section, runs: Runs, gates: list[float], small_memory: list[float], size: Size) -> None:
    seconds = {name: [done.seconds for done in found] for name, found in runs.items()}
    ours = (LAND, seconds[LAND])
    add = section.figures.append
    add(Figure(LAND, seconds[LAND], against=(LOGGED, seconds[LOGGED]), goal=Goal(2)))
    add(Figure(LAND, seconds[LAND], against=(FRESH, seconds[FRESH])))
    add(Figure(LOGGED, seconds[LOGGED], against=(FRESH, seconds[FRESH])))
    for name, limit in ((DLT, 10), (DLT_ADBC, 10), (TO_SQL, 20)):
        if name in seconds:
            add(Figure(name, seconds[name], against=ours, is_slower=True, goal=Goal(limit, at_least=True)))
    add(Figure("landing gate, every rule and address", gates, against=(LOGGED, seconds[LOGGED])))
    memory = [done.peak_mib for done in runs[LAND]]
    beside = (f"{size.rows // 10:,} rows", small_memory)
    add(Figure(f"peak memory landing {size.rows:,} rows", memory, "MiB", beside, goal=Goal(1.1)))
    for name in (DLT, DLT_ADBC, TO_SQL):
        if name in runs:
            theirs = [done.peak_mib for done in runs[name]]
            add(Figure(f"peak memory of {name}", theirs, "MiB", (LAND, memory)))
