"""What linking a release came to, as counts in ``audit.linkage_figure``: for the report, and to compare releases.

No count is split by region, sex or age: of those who are few in a village, a number says who they are. What a figure
is called and what its parts mean is said in docs/adr/0036-linkage-report.md.
"""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import sql

from simpul.identity.counting import HEAVIEST, LIGHTEST, Counted
from simpul.identity.tables import copy_in

# A probability as bits, in steps of a half: 0 = as likely as not.
_WEIGHT = """greatest({lightest}, least({heaviest}, floor(2 * log(2::numeric,
    (least(greatest(probability, 0.0001), 0.9999) / (1 - least(greatest(probability, 0.0001), 0.9999)))::numeric
)) / 2))::numeric(4, 1)::text"""

_COUNT = """
insert into audit.linkage_figure (release_id, figure, dataset, part, value)
with figure (figure, dataset, part, value) as (
    select figure, dataset, part, value from counted
    union all
    select 'largest_person', '', person_id::text, records from largest join identity.link using (record_key)
    union all
    select 'total', '', 'new_persons', count(*) from identity.person_key where created_release = %(release)s
    union all select 'total', '', 'shared_niks', %(shared_niks)s
    union all select 'model', '', %(model)s, 1
    union all select 'run', '', 'looked_at', %(looked_at)s
    union all select 'run', '', 'measured_in', measured_release from identity.link_memory
    union all
    select 'doubt_weight', '', case when probability is null then 'not_weighed' else {weight} end, sum(pairs)
    from (select probability, count(*) as pairs from identity.doubtful_pair group by probability) as weighed
    group by 3
    union all select 'doubt', '', reason, count(*) from identity.doubtful_pair group by reason
    union all
    select 'moved_persons', '', kind, count(distinct person_id)
    from identity.person_event where release_id = %(release)s group by kind
    union all
    select 'moved_records', '', kind, sum(records)
    from identity.person_event where release_id = %(release)s group by kind)
select %(release)s, figure, dataset, part, value from figure
"""
# an item may have several records and, where it was cut, several persons
_DECISIONS = """
insert into audit.linkage_figure (release_id, figure, dataset, part, value)
with decision as (
    select row_number() over () as number, * from staging.stg_review__link_decision where is_same_person is not null),
side as (
    select number, 'a' as side, dataset_a as dataset, source_key_a as source_key from decision
    union all select number, 'b', dataset_b, source_key_b from decision),
people as (
    select number, array_agg(distinct person_id) filter (where side = 'a') as a,
        array_agg(distinct person_id) filter (where side = 'b') as b
    from side join intermediate.int_person_record using (dataset, source_key) join identity.link using (record_key)
    group by number)
select %(release)s, 'decision', '',
    case when a is null or b is null then 'not_here' when is_same_person and a && b then 'one_person'
        when is_same_person then 'one_person_not_kept' when not a && b then 'two_persons'
        else 'two_persons_not_kept' end, count(*)
from decision left join people using (number) group by 4
"""
_TOTALS = """
select part, value from audit.linkage_figure where release_id = %s and figure = 'total'
union all select 'doubtful_pairs', count(*) from identity.doubtful_pair
"""


def count_figures(
    conn: psycopg.Connection[Any],
    release_id: int,
    counts: Counted,
    looked_at: int,
    model: str,
) -> dict[str, int]:
    """Keep what a run decided; what was kept before for the release is replaced.

    Args:
        conn: in the transaction that links, when ``identity`` is written.
        release_id: the open candidate.
        counts: of all records.
        looked_at: records that were linked anew.
        model: what names the model that linked, see `scoring.model_hash`.

    Returns:
        ``records``, ``persons``, ``families`` and ``doubtful_pairs`` of the release, among other totals.
    """
    conn.execute(
        """create temp table counted (figure text, dataset text, part text, value bigint) on commit drop;
        create temp table largest (record_key text, records bigint) on commit drop"""
    )
    copy_in(conn, sql.Identifier("counted"), counts.figures)
    copy_in(conn, sql.Identifier("largest"), counts.largest)
    conn.execute("delete from audit.linkage_figure where release_id = %s", (release_id,))
    conn.execute(
        _COUNT.format(weight=_WEIGHT.format(lightest=LIGHTEST, heaviest=HEAVIEST)),
        {"release": release_id, "shared_niks": counts.shared_niks, "looked_at": looked_at, "model": model},
    )
    if has_decisions(conn):
        conn.execute(_DECISIONS, {"release": release_id})
    conn.execute("drop table counted, largest")
    return dict(conn.execute(_TOTALS, (release_id,)).fetchall())


def has_decisions(conn: psycopg.Connection[Any]) -> bool:
    """Whether a file of stewards' decisions was ever staged: before, there is no table to ask."""
    ((is_known,),) = conn.execute(
        "select to_regclass('staging.stg_review__link_decision') is not null"
    ).fetchall()
    return bool(is_known)
