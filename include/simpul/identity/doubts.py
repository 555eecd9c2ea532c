"""Pairs of records that a person should look at: what the evidence can neither join nor tell apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from simpul.identity.clusters import Clusters

if TYPE_CHECKING:
    import duckdb

EVEN = 0.0
"""From this weight on two records are one person as likely as not: worth a look."""

_PAIRS = pa.schema([("l", pa.int64()), ("r", pa.int64())])
# the most telling reason comes first
_DOUBTS = """
with pair as (
    select l, r, 1 as place, 'two_fit' as reason from two_fit
    union all select l, r, 2, 'excluded' from excluded
    union all
    select least(a.entry_no, b.entry_no), greatest(a.entry_no, b.entry_no), 3, 'shared_nik'
    from (select distinct entry_no, number from member where number is not null) a
    join (
        select distinct entry_no, number from {everybody}
        where number in (select number from member where number is not null)) b using (number)
    where a.entry_no <> b.entry_no
    union all
    select l, r, 4, doubt from verdict where doubt is not null),
chosen as (
    select p.l, p.r, arg_min(p.reason, p.place) as reason from pair p
    join placed a on a.entry_no = p.l join placed b on b.entry_no = p.r
    where a.cluster <> b.cluster group by p.l, p.r)
select least(a.record_key, b.record_key) as record_key_a, greatest(a.record_key, b.record_key) as record_key_b, reason,
    case when w is not null then round(1 / (1 + pow(2, -w)), 4) end as probability
from chosen c join speaker a on a.entry_no = c.l join speaker b on b.entry_no = c.r
left join verdict using (l, r)
where not exists (from decided_pair d where d.l = c.l and d.r = c.r)
order by all
"""


def doubts(con: duckdb.DuckDBPyConnection, clusters: Clusters, everybody: str = "member") -> pa.Table:
    """Pairs that are not one person now and that somebody should decide on.

    Needs tables ``member``, ``speaker``, ``verdict``, ``decided_pair`` and ``placed`` (entry_no, cluster);
    ``everybody``: all records, of which those of ``member`` may be a part.

    Returns:
        Columns record_key_a, record_key_b (of the fullest record of each), reason, probability (NULL where the two were
        not weighed). ``two_fit``: a record fits two people who exclude each other; ``excluded``: the two fit, but one
        of them is with somebody whom the other excludes; ``shared_nik``: one valid NIK, and names that contradict;
        ``two_numbers``: all alike but two valid NIKs; ``uncertain``: the evidence is not enough.
    """
    for name, pairs in (("two_fit", clusters.doubtful), ("excluded", clusters.cut)):
        con.register(name, pa.table(list(zip(*pairs, strict=True)) or [()] * 2, schema=_PAIRS))
    return con.sql(_DOUBTS.format(everybody=everybody)).to_arrow_table()
