"""Records → people, in a database of its own in memory: nothing here knows where records come from or go to.

entries (beyond doubt) → pairs worth comparing → weights → clusters under constraints → why. The result depends on what
the records say, on the decisions and on the model, not on their order, the number of threads or the run.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import pyarrow as pa

from simpul.identity.addresses import PLAIN_ADDRESS
from simpul.identity.blocking import make_pairs
from simpul.identity.clusters import Clusters, components, unite
from simpul.identity.counting import Counted, count
from simpul.identity.doubts import doubts
from simpul.identity.entries import latest_year, make_entries, take_names
from simpul.identity.explaining import Joint, explain
from simpul.identity.scoring import Measured, Model, load_model, measure, score
from simpul.identity.tables import Rows
from simpul.identity.twins import measure_twins
from simpul.identity.verdicts import apart, joints, judge, light, listed
from simpul.settings import get_settings

if TYPE_CHECKING:
    import duckdb

_T = TypeVar("_T")

COLUMNS = (
    "record_key", "dataset", "source_key", "nik", "nik_status", "no_kk", "name", "sex", "birth_date", "mother_name",
    "address", "village_name", "village_region_code", "district_region_code", "regency_region_code",
)  # fmt: skip
"""What is read of ``intermediate.int_person_record``."""
MARKS = ("key_no", "fingerprint")
"""Columns that records may have: what stands for the key, and what changes with the record, to tell later which have
changed."""
NO_KEY = 0
"""Stands for no key."""
SPILLED = "linking.tmp"
"""Folder for what does not fit into memory, emptied by DuckDB; the DAG `maintain` removes what a killed run left."""
DECISIONS = pa.schema([("anchor_a", pa.string()), ("anchor_b", pa.string()), ("is_same", pa.bool_())])
"""A steward's word on two items of lists, each named ``dataset|source_key``."""

ITEM = "case when contains(source_key, '#') then source_key else split_part(source_key, '|', 1) end"
"""What a list has one person for: a card, of which several programmes are several lines (``card|programme``). A number
that several persons share (``…#1f3a``) is none."""

_RECORD = f"""
select record_key, dataset || '|' || source_key as anchor, hash(dataset, {ITEM}) as item, nik, nik_status,
    no_kk, name, sex, birth_date, mother_name, {PLAIN_ADDRESS} as address,
    coalesce(village_region_code, district_region_code || ' ' || upper(village_name)) as village,
    coalesce(district_region_code, regency_region_code) as district, {", ".join(MARKS)}
from batch
"""  # noqa: S608 - SQL of ours
_OWN = """
select distinct cluster, number as nik from member join placed using (entry_no) where owns_nik
"""


@dataclass(frozen=True)
class Resolution:
    """Who is who.

    Attributes:
        records: record_key, cluster, and what `explain` says of it.
        sentences: sentence_no, explanation, explanation_id.
        numbers: cluster, nik: the valid NIKs that are a person's own.
        doubts: pairs of records for a person to look at, see `simpul.identity.doubts`.
        counts: gives the counts over all records, see `simpul.identity.counting`; an engine may still be counting while
            the rest is handed over.
        looked_at: record_key, is_gone: where only a part of all records was looked at again, these, and those that are
            no more. Doubts about them are replaced; ``records`` and ``numbers`` are of groups that changed.
        reworded: as ``records``: of groups that are as they were, those of whom something else is said.
    """

    records: Rows
    sentences: Rows
    numbers: Rows
    doubts: Rows
    counts: Callable[[], Counted]
    looked_at: pa.Table | None = None
    reworded: Rows | None = None


class OfAll(NamedTuple):
    """Relations of all records and entries, with the columns of the tables of these names.

    ``add_said``: SQL that adds table ``said`` to the others' when it is made; ``afterwards``: what is done once all are
    counted.
    """

    member: str
    placed: str
    said: str
    add_said: str = ""
    afterwards: str = ""


IS_ALL = OfAll("member", "placed", "said")


def resolve(
    records: pa.Table | Iterable[pa.Table],
    decisions: pa.Table | None = None,
    model: Model | None = None,
    remember: Callable[[duckdb.DuckDBPyConnection, Measured, int], AbstractContextManager[None]]
    | None = None,
) -> Resolution:
    """The person of every record.

    Args:
        records: `COLUMNS`, at once or in parts.
        decisions: stewards' words on items, see `DECISIONS`.
        model: what was learned, and the profile of the records; the one that comes with the package if not given.
        remember: is given all tables, what was measured and the year of `latest_year`, once people are told apart, and
            spans what is left to do.
    """
    model = model or load_model()
    profile = model.profile
    with connect() as con:
        decide(con, decisions)
        take(con, records)
        year = latest_year(con)
        make_entries(con, year)
        with ThreadPoolExecutor(1) as beside:
            chances = beside.submit(measure, con.cursor(), model)
            make_pairs(con, profile.keys)
            score(con, chances.result())
        measured = measure_twins(con, chances.result())
        judge(con, measured)
        con.execute("drop table pair; drop table edge")  # room for what is to come
        clusters, why, component = unite_entries(con)
        place(con, clusters, component)
        with remember(con, measured, year) if remember else nullcontext():
            return tell(con, measured, clusters, why)


def connect() -> duckdb.DuckDBPyConnection:
    """A database in memory."""
    import duckdb

    con = duckdb.connect()
    con.execute(f"set threads = {os.cpu_count() or 1}")
    con.execute("set preserve_insertion_order = false")
    # what does not fit into memory: by default it would lie in the folder that one happens to stand in
    con.execute(f"set temp_directory = '{get_settings().work / SPILLED}'")
    # what is kept is looked up row by row: unpacking it takes longer than reading more
    con.execute("set force_compression = 'uncompressed'")
    con.execute("set python_enable_replacements = false")  # a variable of ours is no table
    return con


def decide(con: duckdb.DuckDBPyConnection, decisions: pa.Table | None) -> None:
    """Table ``decision``: stewards' words on items, see `DECISIONS`."""
    con.register("decisions", DECISIONS.empty_table() if decisions is None else decisions)
    con.execute("create table if not exists decision as select * from decisions")
    con.unregister("decisions")


def take(
    con: duckdb.DuckDBPyConnection, records: pa.Table | Iterable[pa.Table], *, with_names: bool = True
) -> None:
    """Tables ``record`` (of `COLUMNS`, at once or in parts, what is compared, and `MARKS` where they are told) and,
    unless somebody else sees to it, ``name``. While the names of one part are taken apart, the next is read. Where
    nobody decided before (`decide`), nothing is decided.
    """
    decide(con, None)
    for place, batch in enumerate([records] if isinstance(records, pa.Table) else _ahead(records)):
        for name in set(MARKS).difference(batch.column_names):
            batch = batch.append_column(name, pa.nulls(len(batch), pa.int64()))
        con.register("batch", batch)
        con.execute(("insert into record" if place else "create table record as") + _RECORD)
        if with_names:
            take_names(con, "batch")
        con.unregister("batch")


def _ahead(parts: Iterable[pa.Table]) -> Iterator[pa.Table]:
    with ThreadPoolExecutor(1, thread_name_prefix="records") as beside:
        coming = iter(parts)
        read = beside.submit(next, coming, None)
        while (part := read.result()) is not None:
            read = beside.submit(next, coming, None)
            yield part


def unite_entries(
    con: duckdb.DuckDBPyConnection,
) -> tuple[Clusters, dict[tuple[int, int], Joint], dict[int, int]]:
    """Cluster the entries by the tables of `judge`.

    Returns:
        The clusters; why each two entries were joined; and entry → its component, the entries that a chain of pairs
        that may be joined brings together, of those that are not alone. Nothing outside a component changes what
        becomes of those in it.
    """
    edges, light_edges = joints(con), light(con)
    items = con.execute("select l, r from verdict where is_item order by 1, 2").fetchall()
    decided = {(one, other): same for one, other, same in con.execute("from decided_pair").fetchall()}
    said_same = [pair for pair, same in decided.items() if same]
    component = components(
        itertools.chain(((one, other) for one, other, _ in edges + light_edges), items, said_same)
    )
    con.register("component", _two_columns("entry_no", component, "component", component.values()))
    forbidden, lists = apart(con), listed(con)
    numbers = dict(
        con.execute(
            "select unique_id, nik from entry join component on entry_no = unique_id where nik is not null"
        ).fetchall()
    )
    con.unregister("component")
    clusters = unite(edges, forbidden, numbers, items, decided, light_edges, lists)
    why = {(one, other): Joint("only") for one, other, _ in light_edges}
    why |= {(one, other): Joint("weight", weight) for one, other, weight in edges}
    why |= dict.fromkeys(items, Joint("item"))
    why |= dict.fromkeys(said_same, Joint("decision"))
    return clusters, why, component


def place(con: duckdb.DuckDBPyConnection, clusters: Clusters, component: Mapping[int, int]) -> None:
    """Table ``placed``: cluster and component of every entry in table ``entry``."""
    joined = _two_columns("entry_no", component, "cluster", map(clusters.of, component))
    con.register("joined", joined.append_column("component", pa.array(component.values(), pa.int64())))
    con.execute(
        """create table placed as
        select unique_id as entry_no, coalesce(cluster, unique_id) as cluster,
            coalesce(component, unique_id) as component
        from entry left join joined on entry_no = unique_id"""
    )
    con.unregister("joined")


def tell(
    con: duckdb.DuckDBPyConnection,
    measured: Measured,
    clusters: Clusters,
    why: Mapping[tuple[int, int], Joint],
    of_all: OfAll = IS_ALL,
    beside: Executor | None = None,
) -> Resolution:
    """What came of it, for the records of table ``member``, and counts of all records.

    Args:
        con: has the tables ``member``, ``name``, ``speaker``, ``placed``, ``verdict`` and ``decided_pair``.
        measured: by which the pairs were judged.
        clusters: how the entries were joined.
        why: pair of joined entries (l < r) → its `Joint`.
        of_all: where all records are, if ``member`` holds a part of them.
        beside: counts while the caller goes on; if not given, it is counted first.
    """
    told, sentences = explain(con, clusters, why, of_all.member)
    con.execute(of_all.add_said)
    cursor = con.cursor()

    def counted() -> Counted:
        counts = count(cursor, measured, of_all.member, of_all.placed, of_all.said)
        cursor.execute(of_all.afterwards)
        return counts

    counts = _begun(counted, beside)
    return Resolution(
        told, sentences, con.sql(_OWN).to_arrow_table(), doubts(con, clusters, of_all.member), counts
    )


def _begun(job: Callable[[], _T], beside: Executor | None) -> Callable[[], _T]:
    """What gives the outcome of a job that is begun ``beside``, or done at once where there is none."""
    if beside:
        return beside.submit(job).result
    outcome = job()
    return lambda: outcome


def _two_columns(one: str, ones: Iterable[int], other: str, others: Iterable[int]) -> pa.Table:
    return pa.table({one: pa.array(ones, pa.int64()), other: pa.array(others, pa.int64())})
