"""``linkage``: who is the same person, on labelled populations: pairs found and wrong, seconds and memory by method."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pyarrow as pa

from bench import machine
from bench.figures import Say, Section, Table, number
from bench.identity import febrl
from bench.identity.ceiling import pairs_in_doubt
from bench.identity.methods import FEBRL_METHODS, METHODS, PEERS, Method
from bench.identity.populations import POPULATIONS, Population, people_for, records
from bench.identity.quality import PERSONAL, SUBGROUPS, Quality
from bench.identity.quality import measure as measure_quality
from bench.identity.worker import write
from bench.process import Run, run
from bench.size import Size

HEADING = (
    "population", "method", "precision", "recall", "recall, a side without NIK", "recall, two NIKs",
    "wrong pairs", "of them in a family", "largest cluster", "seconds", "peak memory",
)  # fmt: skip
GAPS = ("population", "method", "subgroup gap", *(f"gap by {name}" for name in SUBGROUPS), "lowest recall")
FEBRL_HEADING = ("data", "method", "precision", "recall", "F1", "wrong pairs", "seconds", "peak memory")
HOW = """Invented people with their true identity (`bench/identity`): *typist* errs in names and dates, *registrar* in
numbers, *village* has few names and like siblings, *city* is the sample's own city and faults, several times over.
Pairs are counted over all records. *A side without NIK* = true pairs where at least one record has no number that is
valid by its own record; *two NIKs* = both are, and differ (mistyped,
somebody else's, or the person has two). *Gap* = recall of the best value less
that of the worst, in points; *subgroup gap* = the largest between people of different kinds, *gap by nik* =
that between pairs with and without two usable numbers. *NIK join* = same sixteen digits. *Splink's tutorial* =
`bench/identity/tutorial.py`. Each method is a process of its own; reading the records is not timed. *FEBRL*: Splink as
in its notebooks for these data; ours with a field mapping (`bench/identity/febrl.yml`), and the time it takes to learn
from FEBRL 1 and 2 counts."""


def measure(size: Size, say: Say) -> Section:
    """Every method on every population of ``size.records`` records, and on FEBRL."""
    rows, gaps, doubts = [], [], []
    methods = [name for name in METHODS if size.peers or name not in PEERS]
    versions = {name: machine.package(name) for name in ("splink", "duckdb", "pyarrow")}
    for name in size.populations or POPULATIONS:
        population = records(name, people_for(name, size.records))
        say(
            f"{name}: {len(population.records):,} records of {len(population.truth['person'].unique()):,} people"
        )
        for method in methods:
            quality, done = _measured(population, method, METHODS)
            say(f"{name}, {method}: {done.seconds:.1f} s, {quality.wrong:,} wrong pairs")
            rows.append(_row(name, method, quality, done))
            gaps.append(_gaps(name, method, quality))
        doubt = pairs_in_doubt(population.records, population.truth)
        doubts.append(
            f"{name}: {doubt:,} true pairs ({doubt / quality.pairs.true:.2%}) hang on a record without NIK"
            " of which every word is true of somebody else, too"
        )
    section = Section(
        "linkage",
        f"linkage: labelled populations of {size.records:,} records",
        HOW,
        tables=[Table("Pairs", HEADING, rows), Table("Recall by subgroup", GAPS, gaps)],
        remarks=doubts,
        versions=versions,
    )
    if size.peers:
        _add_febrl(section, say)
    return section


def _add_febrl(section: Section, say: Say) -> None:
    if febrl.folder() is None:
        section.remarks.append("FEBRL left out: the peers' environment was not made (`make bench` makes it)")
        return
    rows = []
    for name in febrl.FILES:
        population = febrl.load(name)
        for method in FEBRL_METHODS:
            q, done = _measured(population, method, FEBRL_METHODS)
            say(f"{name}, {method}: F1 {q.f1:.4f}")
            cells = (f"{q.precision:.4f}", f"{q.recall:.4f}", f"{q.f1:.4f}", f"{q.wrong:,}")
            rows.append((name, method, *cells, number(done.seconds), f"{number(done.peak_mib)} MiB"))
    section.tables.append(Table("FEBRL", FEBRL_HEADING, rows))


def _measured(population: Population, method: str, among: dict[str, Method]) -> tuple[Quality, Run]:
    with tempfile.TemporaryDirectory(prefix="simpul-linkage-") as folder:
        source, target = Path(folder, "records.arrow"), Path(folder, "clusters.arrow")
        write(population.records, str(source))
        kind = "febrl" if among is FEBRL_METHODS else "people"
        done = run("-m", "bench.identity.worker", kind, method, source, target, warehouse=False)
        with pa.memory_map(str(target)) as file:
            return measure_quality(pa.ipc.open_file(file).read_all(), population.truth), done


def _row(name: str, method: str, quality: Quality, done: Run) -> tuple[str, ...]:
    return (
        name,
        method,
        f"{quality.precision:.5f}",
        f"{quality.recall:.4f}",
        f"{quality.without_nik.recall:.4f} of {quality.without_nik.true:,}",
        f"{quality.two_niks.recall:.4f} of {quality.two_niks.true:,}",
        f"{quality.wrong:,}",
        f"{quality.wrong_in_family:,}",
        f"{quality.largest:,}",
        number(done.seconds),
        f"{number(done.peak_mib)} MiB",
    )


def _gaps(name: str, method: str, quality: Quality) -> tuple[str, ...]:
    worst = min(
        (pairs.recall, f"{subgroup} {value}")
        for subgroup in PERSONAL
        for value, pairs in quality.subgroups[subgroup].items()
    )
    gaps = (f"{gap * 100:.1f} points" for gap in (quality.largest_gap, *map(quality.gap, SUBGROUPS)))
    return name, method, *gaps, f"{worst[0]:.4f} ({worst[1]})"
