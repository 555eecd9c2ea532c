"""``python -m bench.identity.losses POPULATION PEOPLE SEED [SHARE]``: which pairs were lost or are wrong, and at which
step; of a share of all records if one is given (`Population.thinned`).

A missed pair counts where it got furthest: two parts of one person are told by the pair of their entries that came
nearest to joining. A wrong pair counts where it came in: inside an entry (it was thought beyond doubt) or over a joint.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pyarrow as pa

from bench.identity.populations import Population, records
from bench.identity.quality import FEWEST_PAIRS, Quality, measure
from simpul.identity.blocking import make_pairs
from simpul.identity.comparisons import (
    ARE_ONE_NUMBER,
    COMPARISONS,
    CONTRADICTS,
    MAY_BE_ONE,
    labels,
)
from simpul.identity.entries import latest_year, make_entries
from simpul.identity.resolving import connect, place, take, unite_entries
from simpul.identity.scoring import load_model, score
from simpul.identity.scoring import measure as measure_chances
from simpul.identity.twins import measure_twins
from simpul.identity.verdicts import JOINS, TELLS_APART, judge

if TYPE_CHECKING:
    import duckdb

_LABELLED = """
create table labelled as
select m.record_key, m.entry_no, p.cluster, t.* exclude (record_key) from member m
join placed p using (entry_no) join truth t using (record_key)
"""
# two parts of a person: the pair of entries that got furthest speaks for all record pairs between them
_MISSED = """
create table part as
select person, cluster, entry_no, count(*) as n, bool_or(nik_usable) as usable, bool_or(nik_own and nik_usable) as own,
    string_agg(distinct trim(faults), '+' order by trim(faults)) as faults
from labelled group by all;
create table missed as
with size as (select person, cluster, sum(n) as n from part group by all),
gap as (
    select a.person, a.cluster as one, b.cluster as other, a.n * b.n as pairs
    from size a join size b using (person) where a.cluster < b.cluster),
step as (
    select a.person, a.cluster as one, b.cluster as other, a.entry_no as entry_one, b.entry_no as entry_other,
        a.faults as faults_one, b.faults as faults_other, e.* exclude (l, r),
        w_others + w_number as w,
        case when pair.l is null then
                case when x.is_anchored and y.is_anchored then '0 two owned numbers, never compared'
                else '0 no pair made' end
            when {contradicts} then '1 contradict'
            when w < {joins} then '2 weight too low'
            when not ({may}) then '3 may be twins'
            when x.is_anchored and y.is_anchored and not ({one_number})
                then '5 two owned numbers'
            when c.l is not null then '6 cut' when d.l is not null then '7 two fit' else '4 otherwise' end as step
    from part a join part b using (person) join entry x on x.unique_id = a.entry_no
    join entry y on y.unique_id = b.entry_no
    left join pair on pair.l = least(a.entry_no, b.entry_no) and pair.r = greatest(a.entry_no, b.entry_no)
    left join edge e on e.l = pair.l and e.r = pair.r
    left join cut c on c.l = pair.l and c.r = pair.r
    left join doubtful d on d.l = pair.l and d.r = pair.r
    where a.cluster < b.cluster)
select g.pairs, s.* from gap g join step s using (person, one, other)
qualify row_number() over (partition by person, one, other order by step desc, w desc) = 1
"""
_WRONG = """
create table wrong as
with part as (
    select cluster, entry_no, person, any_value(family) as family, count(*) as n,
        string_agg(distinct trim(faults), '+' order by trim(faults)) as faults
    from labelled group by cluster, entry_no, person)
select a.entry_no = b.entry_no as inside, a.family = b.family as in_family, a.n * b.n as pairs,
    a.entry_no as entry_one, b.entry_no as entry_other, a.faults as faults_one, b.faults as faults_other,
    e.* exclude (l, r), w_others + w_number as w
from part a join part b on a.cluster = b.cluster and a.person < b.person
left join edge e on e.l = least(a.entry_no, b.entry_no) and e.r = greatest(a.entry_no, b.entry_no)
"""


# what stands between two parts that fit: a second number, or two entries known to be two
_BETWEEN = """
create table between_parts as
with side as (select unique_id, cluster, nik from entry join placed on entry_no = unique_id),
numbers as (
    select distinct m.one, m.other from missed m join side a on a.cluster = m.one join side b on b.cluster = m.other
    where damerau_levenshtein(a.nik, b.nik) > 1)
select m.one, m.other, n.one is not null as has_two_numbers,
    min(case when e.l is not null then concat_ws(' / ',
        case when p.person = q.person then 'of one person' when m.person in (p.person, q.person) then 'one a stranger'
            else 'both strangers' end,
        {levels}, round(w_others + w_number)::int) end) as apart
from (select person, one, other, step from missed) m left join numbers n on n.one = m.one and n.other = m.other
left join side a on a.cluster = m.one left join side b on b.cluster = m.other
left join (select * from edge where ({contradicts}) or w_others + w_number < {tells_apart}) e
    on e.l = least(a.unique_id, b.unique_id) and e.r = greatest(a.unique_id, b.unique_id)
left join owner p on p.entry_no = e.l left join owner q on q.entry_no = e.r
where m.step in ('6 cut', '7 two fit', '4 otherwise') group by all
"""


_OWNER = """
create table owner as select entry_no, mode(person order by person) as person from labelled group by entry_no
"""
# title → what is listed, over tables `missed`, `wrong`, `between_parts` and `edge`
_REPORT = {
    "missed by step": "select step, sum(pairs) as n, count(*) from missed group by 1 order by n desc",
    "what stood between": """select step, has_two_numbers, apart, sum(pairs) as n
        from missed join between_parts using (one, other) group by all order by n desc limit 30""",
    "missed by levels": """select step, sum(pairs) as n, {levels}, round(avg(w), 1)
        from missed group by all order by n desc limit 40""",
    "missed by faults": """select step, sum(pairs) as n, least(faults_one, faults_other),
            greatest(faults_one, faults_other)
        from missed group by all order by n desc limit 40""",
    "joints by levels where some are wrong": """select count(*), sum((p.person <> q.person)::int) as bad, {levels},
            round(avg(w_others + w_number), 1)
        from edge join owner p on p.entry_no = l join owner q on q.entry_no = r
        join placed x on x.entry_no = l join placed y on y.entry_no = r
        where x.cluster = y.cluster group by all having bad > 0 order by bad desc limit 25""",
    "wrong by levels": """select inside, in_family, sum(pairs) as n, {levels}, round(avg(w), 1)
        from wrong group by all order by n desc limit 25""",
    "wrong by faults": """select inside, in_family, sum(pairs) as n, least(faults_one, faults_other),
            greatest(faults_one, faults_other)
        from wrong group by all order by n desc limit 25""",
}  # fmt: skip


def _told(comparison: str) -> str:
    """The level of an edge by its label."""
    known = ", ".join("'" + label.replace("'", "''") + "'" for label in labels(comparison))
    return f"(['-', {known}])[2 + gamma_{comparison}]"


LEVELS = ", ".join(map(_told, COMPARISONS))


def examine(drawn: Population) -> tuple[duckdb.DuckDBPyConnection, Quality]:
    """The tables of `_REPORT`, as the steps of `resolve` leave them behind, and the measure of the whole."""
    con = connect()
    take(con, drawn.records)
    make_entries(con, latest_year(con))
    make_pairs(con)
    measured = measure_chances(con, load_model())
    score(con, measured)
    judge(con, measure_twins(con, measured))
    clusters, _, component = unite_entries(con)
    for name, pairs in (("cut", clusters.cut), ("doubtful", clusters.doubtful)):
        con.register("given", pa.table(list(zip(*pairs, strict=True)) or [[], []], names=["l", "r"]))
        con.execute(f"create table {name} as select l::bigint as l, r::bigint as r from given")
    place(con, clusters, component)
    con.register("truth", drawn.truth)
    for sql in (_LABELLED, _MISSED, _WRONG, _OWNER, _BETWEEN):
        con.execute(
            sql.format(
                contradicts=CONTRADICTS, may=MAY_BE_ONE, joins=JOINS,
                one_number=ARE_ONE_NUMBER, levels=LEVELS, tells_apart=TELLS_APART,
            )
        )  # fmt: skip
    return con, measure(con.sql("select record_key, cluster from labelled").to_arrow_table(), drawn.truth)


def main(population: str, people: str, seed: str, share: str = "1") -> None:
    """Print it."""
    con, quality = examine(records(population, int(people), int(seed)).thinned(float(share)))
    print(
        f"{population} {people} seed {seed} share {share}: precision {quality.precision:.5f}"
        f" recall {quality.recall:.4f} without NIK {quality.without_nik.recall:.4f}"
        f" two NIKs {quality.two_niks.recall:.4f} wrong {quality.wrong} ({quality.wrong_in_family} in a family)"
        f" missed {quality.pairs.true - quality.pairs.found}"
    )
    for name, values in quality.subgroups.items():
        told = {
            value: round(pairs.recall, 4) for value, pairs in values.items() if pairs.true >= FEWEST_PAIRS
        }
        print(f"{name}: gap {quality.gap(name):.4f}", told)
    for title, sql in _REPORT.items():
        print(f"\n{title}")
        for row in con.execute(sql.format(levels=LEVELS)).fetchall():
            print(*row, sep=" | ")


if __name__ == "__main__":
    main(*sys.argv[1:])
