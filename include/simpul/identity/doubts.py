"""Pairs of records that a person should look at: what the evidence can neither join nor tell apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from simpul.identity.clusters import Clusters
from simpul.identity.comparisons import ONE_NUMBER
from simpul.identity.profiles import Profile

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
    join (select distinct entry_no, number from member where number is not null) b using (number)
    where a.entry_no < b.entry_no
    union all
    select l, r, 4, 'two_numbers' from edge
    join entry one on one.unique_id = l join entry other on other.unique_id = r
    where one.is_anchored and other.is_anchored and {alike} and w_others >= {sure}
    union all
    select l, r, 5, 'uncertain' from edge
    join entry one on one.unique_id = l join entry other on other.unique_id = r
    where w_others + w_number >= {even} and not (one.is_anchored and other.is_anchored) and not ({contradicts})),
chosen as (
    select p.l, p.r, arg_min(p.reason, p.place) as reason from pair p
    join placed a on a.entry_no = p.l join placed b on b.entry_no = p.r
    where a.cluster <> b.cluster group by p.l, p.r),
decided as (
    select a.entry_no as l, b.entry_no as r
    from decision join member a on a.anchor = anchor_a join member b on b.anchor = anchor_b),
weighed as (select l, r, w_others + w_number as w from edge)
select least(a.record_key, b.record_key) as record_key_a, greatest(a.record_key, b.record_key) as record_key_b, reason,
    case when w is not null then round(1 / (1 + pow(2, -w)), 4) end as probability
from chosen c join speaker a on a.entry_no = c.l join speaker b on b.entry_no = c.r
left join weighed using (l, r)
where not exists (from decided d where (d.l = c.l and d.r = c.r) or (d.l = c.r and d.r = c.l))
order by all
"""


def doubts(con: duckdb.DuckDBPyConnection, clusters: Clusters, profile: Profile) -> pa.Table:
    """Pairs that are not one person now and that somebody should decide on.

    Needs tables ``member``, ``entry``, ``speaker``, ``edge``, ``decision`` and ``placed`` (entry_no, cluster).

    Returns:
        Columns record_key_a, record_key_b (of the fullest record of each), reason, probability (NULL where the two were
        not weighed). ``two_fit``: a record fits two people who exclude each other; ``excluded``: the two fit, but one
        of them is with somebody whom the other excludes; ``shared_nik``: one valid NIK, and names that contradict;
        ``two_numbers``: all alike but two valid NIKs; ``uncertain``: the evidence is not enough.
    """
    for name, pairs in (("two_fit", clusters.doubtful), ("excluded", clusters.cut)):
        con.register(name, pa.table(list(zip(*pairs, strict=True)) or [()] * 2, schema=_PAIRS))
    return con.sql(
        _DOUBTS.format(alike=profile.alike, sure=ONE_NUMBER, even=EVEN, contradicts=profile.contradicts)
    ).to_arrow_table()
