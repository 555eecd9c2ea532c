"""What was decided, into PostgreSQL: temporary tables to work with, then ``identity.link`` where it changed."""

from __future__ import annotations

from typing import Any

import psycopg
import pyarrow.compute as pc
from psycopg import sql

from simpul.identity.resolving import Resolution
from simpul.identity.tables import copy_in

TABLES = (
    "identity.link", "identity.person_key", "identity.person_nik", "identity.family_key", "identity.doubtful_pair",
)  # fmt: skip
"""What a run writes to."""
FILLED = ("identity.link", "identity.person_key", "identity.person_nik", "identity.family_key")
"""Those of them that take a row for each record, person, number or family."""

_TEMPORARY = """
create temp table grouped_record (
    record_key text not null, compared_with text, match_kind text not null, match_probability float8,
    sentence_no integer not null, group_no bigint not null, anchor text not null, no_kk text) on commit drop;
create temp table sentence (sentence_no integer not null, explanation text not null, explanation_id text not null)
    on commit drop;
create temp table looked_at (record_key text not null, is_gone boolean not null) on commit drop;
create temp table reworded (like grouped_record) on commit drop;
create temp table group_nik (group_no bigint not null, nik text not null) on commit drop
"""
_REPLACE = """
delete from identity.doubtful_pair
where record_key_a in (select record_key from looked_at) or record_key_b in (select record_key from looked_at)
"""
_REWORD = """
update identity.link as l set match_kind = r.match_kind, match_probability = r.match_probability,
    compared_with = r.compared_with, explanation = s.explanation, explanation_id = s.explanation_id, release_id = %s
from reworded r join sentence s using (sentence_no) where l.record_key = r.record_key
"""
_DECIDED = """
create temp table decided on commit drop as
select r.record_key, a.person_id, r.match_kind, r.match_probability, r.sentence_no, r.compared_with, f.family_id
from grouped_record r join assigned a using (group_no) left join identity.family_key f using (no_kk)
order by r.record_key;
analyze decided
"""
_EVENTS = """
insert into identity.person_event
    (release_id, kind, person_id, other_person_id, records, explanation, explanation_id)
select %s, case when is_merged then 'merge' else 'split' end, m.person_id, other_person_id, records,
    format('%%s of its records now belong(s) to person %%s. First of them: %%s', records, other_person_id,
        d.explanation),
    format('%%s rekamannya kini milik orang nomor %%s. Yang pertama: %%s', records, other_person_id, d.explanation_id)
from moved m join decided on record_key = m.first_key join sentence d using (sentence_no)
on conflict do nothing returning kind
"""
_TOLD = "(select * from decided join sentence using (sentence_no))"
_COLUMNS = "person_id, match_kind, match_probability, explanation, explanation_id, compared_with, family_id"


def hand_over(conn: psycopg.Connection[Any], found: Resolution, release_id: int) -> int:
    """The groups as temporary tables; and where they stay, the doubtful pairs, and what else is said now of who belongs
    to whom he belonged to.

    Returns:
        How many records were looked at.
    """
    conn.execute(_TEMPORARY)
    groups = {"cluster": "group_no"}
    copy_in(conn, sql.Identifier("sentence"), found.sentences)
    records = copy_in(conn, sql.Identifier("grouped_record"), found.records, groups)
    if found.looked_at is None:
        conn.execute("delete from identity.doubtful_pair")
    else:
        copy_in(conn, sql.Identifier("looked_at"), found.looked_at)
        conn.execute(_REPLACE)
        records = len(found.looked_at) - pc.sum(found.looked_at["is_gone"], min_count=0).as_py()
    if found.reworded is not None:
        copy_in(conn, sql.Identifier("reworded"), found.reworded, groups)
        conn.execute(_REWORD, (release_id,))
    copy_in(conn, sql.Identifier("group_nik"), found.numbers, groups)
    copy_in(conn, sql.Identifier("identity", "doubtful_pair"), found.doubts)
    conn.execute("analyze grouped_record; analyze sentence; analyze group_nik")
    return records


def write(conn: psycopg.Connection[Any], release_id: int) -> tuple[int, int]:
    """Write what changed, and an event for every pair of persons between whom records moved."""
    conn.execute(_DECIDED)
    kinds = [kind for (kind,) in conn.execute(_EVENTS, (release_id,)).fetchall()]
    changed = ", ".join(f"{name} = d.{name}" for name in _COLUMNS.split(", "))
    new, old = (", ".join(f"{table}.{name}" for name in _COLUMNS.split(", ")) for table in "dl")
    # a record stays at home in a person that was merged away, for the merge may be undone
    conn.execute(
        f"""update identity.link l set {changed}, release_id = %s,
            home_person_id = case when l.person_id = d.person_id then l.home_person_id
                when l.home_person_id in (select person_id from assigned) then d.person_id else l.home_person_id end
        from {_TOLD} as d where l.record_key = d.record_key and ({new}) is distinct from ({old})""",  # noqa: S608
        (release_id,),
    )
    conn.execute(
        f"""insert into identity.link (record_key, {_COLUMNS}, home_person_id, release_id)
        select d.record_key, {new}, d.person_id, %s from {_TOLD} as d
        where not exists (select from identity.link l where l.record_key = d.record_key)""",  # noqa: S608
        (release_id,),
    )
    return kinds.count("merge"), kinds.count("split")
