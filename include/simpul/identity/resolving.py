"""Records → people, in a database of its own in memory: nothing here knows where records come from or go to.

entries (beyond doubt) → pairs worth comparing → weights → clusters under constraints → why. The result depends on what
the records say, on the decisions and on the model, not on their order, the number of threads or the run.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import pyarrow as pa

from simpul.identity.blocking import make_pairs
from simpul.identity.clusters import Clusters, components, unite
from simpul.identity.comparisons import SURE_BESIDE_NUMBERS
from simpul.identity.counting import Counted, count
from simpul.identity.doubts import EVEN, doubts
from simpul.identity.entries import latest_year, make_entries
from simpul.identity.explaining import Joint, explain
from simpul.identity.profiles import Profile
from simpul.identity.scoring import Measured, Model, load_model, measure, score
from simpul.identity.tables import Rows
from simpul.settings import get_settings

if TYPE_CHECKING:
    import duckdb

JOINS = 3.5
"""A pair joins from here on: in 11 of 12 such pairs the two are one person, if the weights are right."""
TELLS_APART = -8.0
"""Below, the two are kept apart even where others would bring them together."""

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

_RECORD = """
select record_key, dataset || '|' || source_key as anchor, nik, nik_status, no_kk, name, sex, birth_date, mother_name,
    nullif(upper(trim(address)), '') as address,
    coalesce(village_region_code, district_region_code || ' ' || upper(village_name)) as village,
    coalesce(district_region_code, regency_region_code) as district
from batch
"""
_VERDICT = """
create table verdict as
with item as (
    select distinct l, r from pair join {everybody} a on a.entry_no = l
    join {everybody} b on b.entry_no = r and b.anchor = a.anchor),
may_be_twins as materialized (
    select distinct l, r, split_part(record_key, '|', 1) as dataset, split_part(record_key, '|', -1) as period
    from edge join {everybody} on entry_no = l where {listed_as_twins}),
twins as (
    select distinct l, r from may_be_twins t join {everybody} b
    on b.entry_no = t.r and split_part(b.record_key, '|', 1) = t.dataset
        and split_part(b.record_key, '|', -1) = t.period)
select l, r, w_others + w_number as w, one.records + other.records as records,
    one.is_anchored and other.is_anchored as are_anchored,
    w >= {joins} and ({may_be_one}) and twins.l is null and (not are_anchored or ({are_one_number})) as joins,
    item.l is not null and not ({contradicts}) as is_item,
    ({contradicts}) or w < {tells_apart} or twins.l is not null as is_apart,
    case when are_anchored and {alike} and w_others >= {sure} then 'two_numbers'
        when w >= {even} and not are_anchored and not ({contradicts}) then 'uncertain' end as doubt
from edge join entry as one on one.unique_id = l join entry as other on other.unique_id = r
left join item using (l, r) left join twins using (l, r)
"""
_DECIDED = """
create table decided_pair as
select least(a.entry_no, b.entry_no) as l, greatest(a.entry_no, b.entry_no) as r, bool_and(is_same) as is_same
from decision join {everybody} a on a.anchor = anchor_a join {everybody} b on b.anchor = anchor_b
where a.entry_no <> b.entry_no group by all
"""
_APART = """
select l, r from verdict join component a on a.entry_no = l join component b on b.entry_no = r
where is_apart and a.component = b.component
"""
_OWN = """
select distinct cluster, number as nik from member join placed using (entry_no) where owns_nik
"""
_SHARED = """
select count(*) from (
    select number from {everybody} join {placed} using (entry_no) where number is not null
    group by number having count(distinct cluster) > 1)
"""


@dataclass(frozen=True)
class Resolution:
    """Who is who.

    Attributes:
        records: record_key, cluster, and what `explain` says of it.
        sentences: sentence_no, explanation, explanation_id.
        numbers: cluster, nik: the valid NIKs that are a person's own.
        doubts: pairs of records for a person to look at, see `simpul.identity.doubts`.
        shared_niks: valid NIKs that several people were sent with.
        counts: over all records, see `simpul.identity.counting`.
        replaces: record_key: where only a part of all records was looked at again, doubts about these are replaced.
    """

    records: Rows
    sentences: Rows
    numbers: Rows
    doubts: Rows
    shared_niks: int
    counts: Counted
    replaces: Rows | None = None


class OfAll(NamedTuple):
    """Relations of all records and entries, with the columns of the tables of these names.

    ``add_said``: SQL that adds table ``said`` to the others' when it is made.
    """

    member: str
    placed: str
    said: str
    add_said: str = ""


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
        take(con, records, decisions)
        year = latest_year(con)
        make_entries(con, year)
        with ThreadPoolExecutor(1) as beside:
            measured = beside.submit(measure, con.cursor(), model)
            make_pairs(con, profile.keys)
            score(con, measured.result())
        judge(con, profile)
        con.execute("drop table pair; drop table edge")  # room for what is to come
        clusters, why, component = unite_entries(con)
        place(con, clusters, component)
        with remember(con, measured.result(), year) if remember else nullcontext():
            return tell(con, clusters, why)


def connect() -> duckdb.DuckDBPyConnection:
    """A database in memory."""
    import duckdb

    con = duckdb.connect()
    con.execute(f"set threads = {os.cpu_count() or 1}")
    con.execute("set preserve_insertion_order = false")
    # what does not fit into memory: by default it would lie in the folder that one happens to stand in
    con.execute(f"set temp_directory = '{get_settings().work / SPILLED}'")
    con.execute("set python_enable_replacements = false")  # a variable of ours is no table
    return con


def take(
    con: duckdb.DuckDBPyConnection, records: pa.Table | Iterable[pa.Table], decisions: pa.Table | None = None
) -> None:
    """Tables ``record`` (of `COLUMNS`, at once or in parts, what is compared), ``decision`` and, where the records have
    `MARKS`, ``fingerprint``.
    """
    con.register("decisions", DECISIONS.empty_table() if decisions is None else decisions)
    con.execute("create table decision as select * from decisions")
    for place, batch in enumerate([records] if isinstance(records, pa.Table) else records):
        con.register("batch", batch)
        parts = {"record": _RECORD}
        if set(MARKS) <= set(batch.column_names):
            parts["fingerprint"] = f"select record_key, {', '.join(MARKS)} from batch"  # noqa: S608 - names of ours
        for table, query in parts.items():
            con.execute((f"insert into {table} " if place else f"create table {table} as ") + query)
        con.unregister("batch")


def judge(con: duckdb.DuckDBPyConnection, profile: Profile, everybody: str = "member") -> None:
    """Tables ``pair`` and ``edge`` → table ``verdict`` (l, r, w): whether the two may be joined, are one item, are
    known to be two people, or should be looked at; and table ``decided_pair``, what stewards said of entries.

    ``everybody``: relation of all records (record_key, anchor, entry_no), of which those of ``member`` may be a part.
    """
    con.execute(
        _VERDICT.format(
            joins=JOINS, tells_apart=TELLS_APART, sure=SURE_BESIDE_NUMBERS, even=EVEN, everybody=everybody,
            may_be_one=profile.may_be_one, alike=profile.alike, contradicts=profile.contradicts,
            are_one_number=profile.are_one_number, listed_as_twins=profile.listed_as_twins,
        )
    )  # fmt: skip
    con.execute(_DECIDED.format(everybody=everybody))


def unite_entries(
    con: duckdb.DuckDBPyConnection,
) -> tuple[Clusters, dict[tuple[int, int], Joint], dict[int, int]]:
    """Cluster the entries by the tables of `judge`.

    Returns:
        The clusters; why each two entries were joined; and entry → its component, the entries that a chain of pairs
        that may be joined brings together, of those that are not alone. Nothing outside a component changes what
        becomes of those in it.
    """
    edges = con.execute(
        "select l, r, w from verdict where joins order by w desc, records desc, l, r"
    ).fetchall()
    items = con.execute("select l, r from verdict where is_item order by 1, 2").fetchall()
    decided = {(one, other): same for one, other, same in con.execute("from decided_pair").fetchall()}
    said_same = [pair for pair, same in decided.items() if same]
    component = components(itertools.chain(((one, other) for one, other, _ in edges), items, said_same))
    con.register("component", _two_columns("entry_no", component, "component", component.values()))
    apart = con.execute(_APART).fetchall()
    numbers = dict(
        con.execute(
            "select unique_id, nik from entry join component on entry_no = unique_id where nik is not null"
        ).fetchall()
    )
    con.unregister("component")
    clusters = unite(edges, set(apart), numbers, items, decided)
    why = {(one, other): Joint("weight", weight) for one, other, weight in edges}
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
    clusters: Clusters,
    why: Mapping[tuple[int, int], Joint],
    of_all: OfAll = IS_ALL,
) -> Resolution:
    """What came of it, for the records of table ``member``, and counts of all records.

    Args:
        con: has the tables ``member``, ``name``, ``speaker``, ``placed``, ``verdict`` and ``decided_pair``.
        clusters: how the entries were joined.
        why: pair of joined entries (l < r) → its `Joint`.
        of_all: where all records are, if ``member`` holds a part of them.
    """
    told, sentences = explain(con, clusters, why, of_all.member)
    con.execute(of_all.add_said)
    ((shared,),) = con.execute(_SHARED.format(everybody=of_all.member, placed=of_all.placed)).fetchall()
    own, doubtful = con.sql(_OWN).to_arrow_table(), doubts(con, clusters, of_all.member)
    counts = count(con, of_all.member, of_all.placed, of_all.said)
    return Resolution(told, sentences, own, doubtful, shared, counts)


def _two_columns(one: str, ones: Iterable[int], other: str, others: Iterable[int]) -> pa.Table:
    return pa.table({one: pa.array(ones, pa.int64()), other: pa.array(others, pa.int64())})
