"""``link``: a million records out of PostgreSQL, linked, numbered and written back; then again after one in a hundred
has changed.
"""

from __future__ import annotations

import tempfile
from collections import defaultdict
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from psycopg import sql

from bench import machine
from bench.figures import Figure, Goal, Say, Section
from bench.home import checkpoint, own_home, server_version
from bench.identity.populations import people_for, records
from bench.identity.worker import write
from bench.process import Run, run
from bench.size import Size
from simpul.database import connect, ensure_database
from simpul.identity import memory
from simpul.identity.resolving import COLUMNS
from simpul.identity.tables import copy_in

POPULATION = "city"
CHANGED = 0.01
FIRST, CHANGES, NOTHING = "everything, for the first time", "1 % of the records changed", "nothing changed"
SPLINK = "Splink alone"
HOW = """\
Invented people of the sample's city with their records, as dbt hands them over (`intermediate.int_person_record`).
*Simpul links* = read from PostgreSQL, everything up to clusters, sentences and doubtful pairs, numbers of people and
families assigned, written to `identity`, counted, and kept for the next run. *Splink alone* = trained, predicted and
clustered as in its tutorial (`bench/identity/tutorial.py`) on the same records, which it is handed in memory; it stores
nothing. *Changed* = another spelling of the name. Each run is a process of its own."""


def measure(size: Size, say: Say) -> Section:
    """Measure in a home of its own, ``size.rows`` records."""
    population = records(POPULATION, people_for(POPULATION, size.rows))
    table = population.records
    respelt = _respelt(table)
    section = Section("link", f"link: {len(table):,} records from PostgreSQL and back", HOW)
    runs: dict[str, list[Run]] = defaultdict(list)

    def note(kind: str, done: Run) -> None:
        runs[kind].append(done)
        say(f"{kind}: {done.seconds:.1f} s, {done.peak_mib:,.0f} MiB")

    with own_home() as settings, tempfile.TemporaryDirectory(prefix="simpul-link-") as folder:
        ensure_database()
        _make()
        source, target = Path(folder, "records.arrow"), Path(folder, "clusters.arrow")
        write(table, str(source))
        say(f"{len(table):,} records of {len(population.truth['person'].unique()):,} people")
        for _ in range(size.rounds):
            _empty(settings.work)
            _put(table)
            note(FIRST, _link(1))
            _put(respelt)
            note(CHANGES, _link(2))
            note(NOTHING, _link(3))
            if size.peers:
                worker = ("-m", "bench.identity.worker", "people", "Splink's tutorial", source, target)
                note(SPLINK, run(*worker, warehouse=False))
        section.versions = machine.versions(server=server_version())
    section.versions |= {name: machine.package(name) for name in ("splink", "duckdb", "pyarrow")}
    _judge(section, runs)
    return section


def _judge(section: Section, runs: dict[str, list[Run]]) -> None:
    def seconds(kind: str) -> list[float]:
        return [done.seconds for done in runs[kind]]

    def memory(kind: str) -> list[float]:
        return [done.peak_mib for done in runs[kind]]

    add = section.figures.append
    if runs[SPLINK]:
        add(Figure(f"Simpul links {FIRST}", seconds(FIRST), against=(SPLINK, seconds(SPLINK)), goal=Goal(1)))
    else:
        add(Figure(f"Simpul links {FIRST}", seconds(FIRST)))
    first = (FIRST, seconds(FIRST))
    add(Figure(f"… {CHANGES}", seconds(CHANGES), against=first, goal=Goal(0.1)))
    add(Figure(f"… {NOTHING}", seconds(NOTHING), against=first))
    add(Figure("peak memory, everything", memory(FIRST), "MiB", goal=Goal(2.5 * 1024, "MiB")))
    add(Figure(f"peak memory, {CHANGES}", memory(CHANGES), "MiB"))
    if runs[SPLINK]:
        add(Figure(f"peak memory of {SPLINK}", memory(SPLINK), "MiB"))
    looked = sorted({done.told["looked_at"] for done in runs[CHANGES]})
    section.remarks.append(
        f"of {runs[FIRST][0].told['records']:,} records, {looked[0]:,} were looked at again when 1 % had changed"
    )


def _respelt(table: pa.Table) -> pa.Table:
    changed = pa.array(np.random.default_rng(2).random(len(table)) < CHANGED)
    names = pc.replace_substring(table["name"], "A", "E", max_replacements=1)
    place = table.column_names.index("name")
    return table.set_column(place, "name", pc.if_else(changed, names, table["name"]))


def _make() -> None:
    columns = ", ".join(f"{name} {'date' if name == 'birth_date' else 'text'}" for name in COLUMNS)
    with connect() as conn:
        conn.execute(f"create table intermediate.int_person_record ({columns})")


def _empty(work: Path) -> None:
    """Nobody is known yet."""
    memory.forget(work / memory.FILE)
    with connect() as conn:
        conn.execute(
            "truncate identity.link, identity.person_nik, identity.person_key, identity.family_key,"
            " identity.person_event, identity.person_redirect, identity.doubtful_pair, identity.link_memory"
        )


def _put(table: pa.Table) -> None:
    with connect() as conn:
        conn.execute("truncate intermediate.int_person_record")
        copy_in(conn, sql.Identifier("intermediate", "int_person_record"), table.select(COLUMNS))
    with connect(autocommit=True) as conn:
        conn.execute("vacuum analyze intermediate.int_person_record")
    checkpoint()


def _link(release_id: int) -> Run:
    return run("-m", "bench.identity.relinker", str(release_id))
