"""Records → people, in a database of its own in memory: nothing here knows where records come from or go to.

entries (beyond doubt) → pairs worth comparing → weights → clusters under constraints → why. The result depends on what
the records say, on the decisions and on the model, not on their order, the number of threads or the run.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from simpul.identity.blocking import make_pairs
from simpul.identity.clusters import Clusters, unite
from simpul.identity.comparisons import NUMBER_SLIP, ONE_NUMBER
from simpul.identity.doubts import doubts
from simpul.identity.entries import make_entries
from simpul.identity.explaining import Joint, explain
from simpul.identity.profiles import Profile
from simpul.identity.scoring import Model, load_model, measure_chance, score

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
DECISIONS = pa.schema([("anchor_a", pa.string()), ("anchor_b", pa.string()), ("is_same", pa.bool_())])
"""A steward's word on two items of lists, each named ``dataset|source_key``."""

_RECORD = """
select record_key, dataset || '|' || source_key as anchor, nik, nik_status, no_kk, name, sex, birth_date, mother_name,
    nullif(upper(trim(address)), '') as address,
    coalesce(village_region_code, district_region_code || ' ' || upper(village_name)) as village,
    coalesce(district_region_code, regency_region_code) as district
from batch
"""
_ITEMS = """
with item as (select distinct anchor, entry_no from member),
pair as (
    select distinct a.entry_no as l, b.entry_no as r from item a join item b using (anchor)
    where a.entry_no < b.entry_no)
select l, r from pair join edge using (l, r) where not ({contradicts}) order by 1, 2
"""
_DECIDED = """
select least(a.entry_no, b.entry_no), greatest(a.entry_no, b.entry_no), bool_and(is_same)
from decision join member a on a.anchor = anchor_a join member b on b.anchor = anchor_b
where a.entry_no <> b.entry_no group by 1, 2
"""
_OWN = """
select distinct cluster, number as nik from member join placed using (entry_no) where owns_nik
"""
_SHARED = """
select count(*) from (
    select number from member join placed using (entry_no) where number is not null
    group by number having count(distinct cluster) > 1)
"""


@dataclass(frozen=True)
class Resolution:
    """Who is who.

    Attributes:
        records: record_key, cluster (grows with the least key of its records), and what `explain` says of it.
        sentences: sentence_no, explanation, explanation_id.
        numbers: cluster, nik: the valid NIKs that are a person's own.
        doubts: pairs of records for a person to look at, see `simpul.identity.doubts`.
        shared_niks: valid NIKs that several people were sent with.
    """

    records: pa.Table
    sentences: pa.Table
    numbers: pa.Table
    doubts: pa.Table
    shared_niks: int


def resolve(
    records: pa.Table | Iterable[pa.Table],
    decisions: pa.Table | None = None,
    model: Model | None = None,
) -> Resolution:
    """The person of every record.

    Args:
        records: `COLUMNS`, at once or in parts.
        decisions: stewards' words on items, see `DECISIONS`.
        model: what was learned, and the profile of the records; the one that comes with the package if not given.
    """
    model = model or load_model()
    profile = model.profile
    with connect() as con:
        take(con, records, decisions)
        make_entries(con)
        with ThreadPoolExecutor(1) as beside:
            measured = beside.submit(measure_chance, con.cursor(), model)
            make_pairs(con, profile.keys)
            score(con, measured.result())
        clusters, why = unite_entries(con, profile)
        entries = [entry for (entry,) in con.execute("select unique_id from entry order by 1").fetchall()]
        placed = {"entry_no": entries, "cluster": [clusters.of(entry) for entry in entries]}
        con.register(
            "placed", pa.table({name: pa.array(values, pa.int64()) for name, values in placed.items()})
        )
        told, sentences = explain(con, clusters, why)
        ((shared,),) = con.execute(_SHARED).fetchall()
        return Resolution(
            told, sentences, con.sql(_OWN).to_arrow_table(), doubts(con, clusters, profile), shared
        )


def connect() -> duckdb.DuckDBPyConnection:
    """A database in memory."""
    import duckdb

    con = duckdb.connect()
    con.execute(f"set threads = {os.cpu_count() or 1}")
    con.execute("set preserve_insertion_order = false")
    return con


def take(
    con: duckdb.DuckDBPyConnection, records: pa.Table | Iterable[pa.Table], decisions: pa.Table | None = None
) -> None:
    """Tables ``record`` (of `COLUMNS`, at once or in parts, what is compared) and ``decision``."""
    con.register("decisions", DECISIONS.empty_table() if decisions is None else decisions)
    con.execute("create table decision as select * from decisions")
    for place, batch in enumerate([records] if isinstance(records, pa.Table) else records):
        con.register("batch", batch)
        con.execute(("insert into record " if place else "create table record as ") + _RECORD)
        con.unregister("batch")


def unite_entries(
    con: duckdb.DuckDBPyConnection, profile: Profile
) -> tuple[Clusters, dict[tuple[int, int], Joint]]:
    """Cluster the entries by table ``edge``, by items of lists and by decisions; and why each two were joined."""
    edges = con.execute(
        f"""select l, r, w_others + w_number as w
        from edge join entry as one on one.unique_id = l join entry as other on other.unique_id = r
        where w_others + w_number >= {JOINS} and ({profile.may_be_one})
            and (not (one.is_anchored and other.is_anchored)
                or (gamma_number >= {NUMBER_SLIP} and {profile.alike} and w_others >= {ONE_NUMBER}))
        order by w desc, l, r"""  # noqa: S608 - conditions of ours
    ).fetchall()
    apart = con.execute(
        f"select l, r from edge where ({profile.contradicts}) or w_others + w_number < {TELLS_APART}"  # noqa: S608
    ).fetchall()
    numbers = dict(con.execute("select unique_id, nik from entry where nik is not null").fetchall())
    items = con.execute(_ITEMS.format(contradicts=profile.contradicts)).fetchall()
    decided = {(one, other): same for one, other, same in con.execute(_DECIDED).fetchall()}
    clusters = unite(edges, set(apart), numbers, items, decided)
    why = {(one, other): Joint("weight", weight) for one, other, weight in edges}
    why |= dict.fromkeys(items, Joint("item"))
    why |= {pair: Joint("decision") for pair, same in decided.items() if same}
    return clusters, why
