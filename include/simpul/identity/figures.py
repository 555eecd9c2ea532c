"""What linking a release came to, as counts in ``audit.linkage_figure``: for the report, and to compare releases.

No count is split by region, sex or age: of those who are few in a village, a number says who they are. What a figure
is called and what its parts mean is said in docs/adr/0036-linkage-report.md.
"""

from __future__ import annotations

from typing import Any

import psycopg

from simpul.identity.sentences import sentence

LARGEST = 10
"""Persons with the most records that are named, by their number."""
HEAVIEST, LIGHTEST = 12.0, -5.5
"""Weights in bits beyond which nothing is told apart: probabilities are kept with four digits."""

# A probability as bits, in steps of a half: 0 = as likely as not.
_WEIGHT = """greatest({lightest}, least({heaviest}, floor(2 * log(2::numeric,
    (least(greatest(probability, 0.0001), 0.9999) / (1 - least(greatest(probability, 0.0001), 0.9999)))::numeric
)) / 2))::numeric(4, 1)::text"""

_COUNT = """
insert into audit.linkage_figure (release_id, figure, dataset, part, value)
with record as (
    select person_id, family_id, split_part(record_key, '|', 1) as dataset,
        case match_kind when 'nik' then 'nik' when 'probabilistic' then 'evidence' when 'manual' then 'decision' else
            case when compared_with is not null then 'item' when explanation = %(shared)s then 'alone_shared'
                when explanation = %(own)s then 'alone_nik' else 'alone' end end as rule,
        case when match_kind = 'probabilistic' then match_probability end as probability
    from decided join sentence using (sentence_no)),
counted as materialized (
    select grouping(rule, person_id, family_id) as kind, dataset, rule, probability, person_id, family_id,
        count(*) as records
    from record group by grouping sets ((dataset, rule, probability), (person_id), (family_id))),
-- named by the one column that is not grouped away
by_rule as (select dataset, rule, probability, records from counted where kind = 3),
person as (select person_id, records from counted where kind = 5),
family as (select family_id from counted where kind = 6 and family_id is not null),
figure (figure, dataset, part, value) as (
    select 'rule', dataset, rule, sum(records) from by_rule group by dataset, rule
    union all
    select 'nik_status', dataset, coalesce(nik_status, 'missing'), count(*)
    from intermediate.int_person_record group by dataset, coalesce(nik_status, 'missing')
    union all select 'total', '', 'records', coalesce(sum(records), 0) from person
    union all select 'total', '', 'persons', count(*) from person
    union all select 'total', '', 'families', count(*) from family
    union all
    select 'total', '', 'new_persons', count(*) from identity.person_key where created_release = %(release)s
    union all select 'total', '', 'shared_niks', %(shared_niks)s
    union all select 'model', '', %(model)s, 1
    union all select 'person_size', '', records::text, count(*) from person group by records
    union all
    (select 'largest_person', '', person_id::text, records from person
    where records > 1 order by records desc, person.person_id limit %(largest)s)
    union all
    select 'evidence_weight', '', {weight}, sum(records) from by_rule where probability is not null group by 3
    union all
    select 'doubt_weight', '', case when probability is null then 'not_weighed' else {weight} end, count(*)
    from identity.doubtful_pair group by 3
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
    from side join grouped_record on anchor = dataset || '|' || source_key join decided using (record_key)
    group by number)
select %(release)s, 'decision', '',
    case when a is null or b is null then 'not_here' when is_same_person and a && b then 'one_person'
        when is_same_person then 'one_person_not_kept' when not a && b then 'two_persons'
        else 'two_persons_not_kept' end, count(*)
from decision left join people using (number) group by 4
"""


def count_figures(conn: psycopg.Connection[Any], release_id: int, shared_niks: int, model: str) -> None:
    """Count what a run decided; what was counted before for the release is replaced.

    Args:
        conn: in the transaction that links, with the temporary tables ``decided``, ``sentence`` and
            ``grouped_record`` of `simpul.identity.linking`.
        release_id: the open candidate.
        shared_niks: valid NIKs that several persons were sent with.
        model: what names the model that linked, see `scoring.model_hash`.
    """
    conn.execute("delete from audit.linkage_figure where release_id = %s", (release_id,))
    conn.execute(
        _COUNT.format(weight=_WEIGHT.format(lightest=LIGHTEST, heaviest=HEAVIEST)),
        {
            "release": release_id, "shared_niks": shared_niks, "model": model, "largest": LARGEST,
            "shared": sentence(["alone", "shared"]).en, "own": sentence(["alone", "nik"]).en,
        },
    )  # fmt: skip
    if has_decisions(conn):
        conn.execute(_DECISIONS, {"release": release_id})


def has_decisions(conn: psycopg.Connection[Any]) -> bool:
    """Whether a file of stewards' decisions was ever staged: before, there is no table to ask."""
    ((is_known,),) = conn.execute(
        "select to_regclass('staging.stg_review__link_decision') is not null"
    ).fetchall()
    return bool(is_known)
