"""What linking came to, as counts over all records; `simpul.identity.figures` keeps them by release."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pyarrow as pa

from simpul.identity.scoring import Measured

if TYPE_CHECKING:
    import duckdb

LARGEST = 10
"""Persons with the most records that are named, by their number."""
HEAVIEST, LIGHTEST = 12.0, -5.5
"""Weights in bits beyond which nothing is told apart: probabilities are kept with four digits."""

# A probability as bits, in steps of a half: 0 = as likely as not.
_BITS = """printf('%.1f', greatest({lightest}, least({heaviest}, floor(2 * log2(
    least(greatest(probability, 0.0001), 0.9999) / (1 - least(greatest(probability, 0.0001), 0.9999)))) / 2)))"""
_COUNTS = """
with by_rule as (
    select dataset, rule, probability, nik_status, count(*) as records from {said} group by all)
select 'rule' as figure, dataset, rule as part, sum(records)::bigint as value from by_rule group by all
union all select 'nik_status', dataset, nik_status, sum(records)::bigint from by_rule group by all
union all select 'total', '', 'records', coalesce(sum(records), 0)::bigint from by_rule
union all select 'total', '', 'families', count(distinct card) from {said}
union all select 'evidence_weight', '', {bits}, sum(records)::bigint from by_rule where rule = 'evidence' group by all
"""
_PERSON_SIZE = """
create or replace table person_size as
select cluster, count(*) as records from {everybody} join {placed} using (entry_no) group by cluster
"""
_SIZES = """
select 'total' as figure, '' as dataset, 'persons' as part, count(*) as value from person_size
union all select 'person_size', '', records::varchar, count(*) from person_size group by all
"""
# a key is looked for in those persons only that may be among them
_LARGEST = """
with large as (
    select * from person_size
    where records > 1 and records >= (
        select min(records) from (select records from person_size order by records desc limit {largest})))
select min(record_key) as record_key, any_value(records) as records
from {everybody} join {placed} using (entry_no) join large using (cluster)
group by cluster order by 2 desc, 1 limit {largest}
"""
# of several people who carry a number one owns it at most
_SHARED = """
with borrowed as (select distinct number from {everybody} where number is not null and not owns_nik)
select count(*) from (
    select number from {everybody} semi join borrowed using (number) join {placed} using (entry_no)
    group by number having min(cluster) <> max(cluster))
"""


# what the kinds of pairs that populations decide are here: `scoring.Here`
_DECIDED_HERE = "one_or_two"


class Counted(NamedTuple):
    """Counts of a run.

    Attributes:
        figures: figure, dataset, part, value, as `audit.linkage_figure` has them.
        largest: a record_key of each of the `LARGEST` persons, and how many records they have.
        shared_niks: valid NIKs that several people were sent with.
    """

    figures: pa.Table
    largest: pa.Table
    shared_niks: int


def count(
    con: duckdb.DuckDBPyConnection, measured: Measured, everybody: str, placed: str, said: str
) -> Counted:
    """Count who is who, what was said of all records, and what was measured of pairs that may be one person or two.

    Args:
        con: where they are.
        measured: by which they were judged.
        everybody: relation of all records, with the columns of ``member``.
        placed: … of the clusters of all entries.
        said: … of what is said of each record, see `explaining.explain`.
    """
    con.execute(_PERSON_SIZE.format(everybody=everybody, placed=placed))
    ((shared,),) = con.execute(_SHARED.format(everybody=everybody, placed=placed)).fetchall()
    largest = con.sql(_LARGEST.format(largest=LARGEST, everybody=everybody, placed=placed)).to_arrow_table()
    sizes = con.sql(_SIZES).to_arrow_table()
    bits = _BITS.format(lightest=LIGHTEST, heaviest=HEAVIEST)
    figures = con.sql(_COUNTS.format(said=said, bits=bits)).to_arrow_table()
    kinds = measured.kinds()
    decided = pa.table(
        [[_DECIDED_HERE] * len(kinds), [""] * len(kinds), list(kinds), list(map(int, kinds.values()))],
        schema=figures.schema,
    )
    return Counted(pa.concat_tables([figures, sizes, decided]), largest, shared)
