"""Numbers that stay: which known person a group of records is, and new numbers for the others.

Needs the temporary tables that `writing.hand_over` makes: ``grouped_record`` (record_key, anchor, no_kk, group_no),
``group_nik`` (group_no, nik: those that are its own) and, where not all groups were looked at, ``replaced``.

A person that was split off another yields to it when their records are together again, so that what a merge tore apart
is as before once the merge is taken back.

A merge is never forgotten: every record keeps the person it came from (its home), and a person that became part of
another a redirect. So when what brought them together is gone, each record goes home, and all is as before.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
import pyarrow as pa
from psycopg import sql

from simpul.identity.tables import copy_in

# Where the persons of old are now: a merged one is part of another, and that one may be too.
_NOW = """
create temp table now_person on commit drop as
with recursive step as (
    select person_id, to_person_id from identity.person_redirect
    union
    select s.person_id, r.to_person_id from step s join identity.person_redirect r on r.person_id = s.to_person_id)
select person_id, to_person_id as now_id from step
where not exists (select from identity.person_redirect r where r.person_id = step.to_person_id);
create unique index on now_person (person_id)
"""
# What speaks for "this group is person 17": records at home there, records that are there now, a NIK it owns, the
# register entry the person was first seen as.
_WEIGHED = """
create temp table weighed on commit drop as
select group_no, person_id, sum(home) as home, sum(current) as current, bool_or(by_nik) as by_nik,
    bool_or(by_anchor) as by_anchor
from (
    select g.group_no, coalesce(m.now_id, n.person_id) as person_id, 0 as home, 0 as current, true as by_nik,
        false as by_anchor
    from group_nik g join identity.person_nik n using (nik) left join now_person m using (person_id)
    union all
    select r.group_no, coalesce(m.now_id, k.person_id), 0, 0, false, true
    from grouped_record r join identity.person_key k using (anchor) left join now_person m using (person_id)
    union all
    select r.group_no, of.person_id, home, current, false, false
    from grouped_record r join identity.link l using (record_key)
    cross join lateral (values (l.home_person_id, 1, 0), (l.person_id, 0, 1)) as of (person_id, home, current)
) as sign
group by group_no, person_id;
analyze weighed
"""
_CLAIMS = """
create temp table claim on commit drop as
select *, count(*) over (partition by group_no) as persons, count(*) over (partition by person_id) as groups,
    false as yields
from weighed;
create temp table assigned (group_no bigint not null, person_id bigint not null) on commit drop;
insert into assigned select group_no, person_id from claim where persons = 1 and groups = 1;
create temp table contested on commit drop as select * from claim where persons > 1 or groups > 1;
update contested c set yields = true
from identity.person_key k join contested origin on origin.person_id = k.split_from
where k.person_id = c.person_id and origin.group_no = c.group_no and origin.home + origin.current > 0
"""

# The persons that are claimed, or whose records are gone, as they are now and by every number they ever had.
_CLAIMED = """
create temp table claimed on commit drop as
with left_by as (
    select person_id, home_person_id from looked_at join identity.link using (record_key) where is_gone),
spoken_of as (
    select person_id from weighed union select person_id from left_by union select home_person_id from left_by)
select person_id from spoken_of union select now_id from now_person join spoken_of using (person_id);
create temp table by_any_number on commit drop as
select person_id from claimed union select p.person_id from now_person p join claimed c on c.person_id = p.now_id;
analyze claimed; analyze by_any_number
"""
# What else speaks for them: records that are there or come from there, the entry the person was first seen as, a NIK it
# was known by. Of the last two those of the groups that were looked at are known already, and few are left.
_OTHERS = """
with theirs as (
    select record_key from identity.link join claimed using (person_id)
    union
    select record_key from identity.link join claimed on home_person_id = claimed.person_id
    where home_person_id <> link.person_id)
(select 'record_key', record_key from theirs except select 'record_key', record_key from grouped_record)
union all
(select 'anchor', anchor from identity.person_key join by_any_number using (person_id)
    except select 'anchor', anchor from grouped_record)
union all
(select 'nik', nik from identity.person_nik join by_any_number using (person_id)
    except select 'nik', nik from group_nik)
"""
_KNOWN = """
delete from other_record using grouped_record as g where g.group_no = other_record.group_no;
delete from other_nik using grouped_record as g where g.group_no = other_nik.group_no
"""
_ADD = """
insert into sentence (sentence_no, explanation, explanation_id)
select (select coalesce(max(sentence_no), -1) from sentence) + row_number() over (), explanation, explanation_id
from (select distinct explanation, explanation_id from other_record join identity.link using (record_key)) as l
where not exists (select from sentence s where s.explanation = l.explanation);
insert into grouped_record
    (record_key, compared_with, match_kind, match_probability, sentence_no, group_no, anchor, no_kk)
select record_key, compared_with, match_kind, match_probability,
    (select min(sentence_no) from sentence s where s.explanation = l.explanation), group_no, anchor, no_kk
from other_record join identity.link l using (record_key);
insert into group_nik (group_no, nik) select group_no, nik from other_nik;
drop table other_record, other_nik
"""

# The strongest claim of all is always somebody's best on both sides, so every round settles some and the rounds end.
_SETTLE = """
with ranked as (
    select group_no, person_id,
        row_number() over (
            order by yields, home > 0 and current > 0 desc, home > 0 desc, by_nik desc, by_anchor desc, current desc,
                home desc, person_id, group_no) as place
    from contested),
placed as (
    select group_no, person_id, place,
        min(place) over (partition by group_no) as of_group, min(place) over (partition by person_id) as of_person
    from ranked)
insert into assigned select group_no, person_id from placed where place = of_group and place = of_person
"""
_SETTLED = """
delete from contested c
where group_no in (select group_no from assigned) or person_id in (select person_id from assigned)
"""

# Anchored to the first record's register entry; when that already stands for somebody else, to nothing but itself.
_NEW = """
create temp table newcomer on commit drop as
with stranger as (
    select g.group_no, row_number() over (order by g.first_key collate "C") as place
    from (select group_no, min(record_key collate "C") as first_key from grouped_record group by group_no) as g
    left join assigned a using (group_no) where a.group_no is null),
{free}
select group_no, free.number as person_id from stranger join free using (place);
insert into identity.person_key (person_id, nik, anchor, created_release)
with entry as (
    select r.anchor, min(n.group_no) as group_no
    from newcomer n join grouped_record r using (group_no)
    where not exists (select from identity.person_key k where k.anchor = r.anchor)
    group by r.anchor),
anchor as (select group_no, min(anchor collate "C") as anchor from entry group by group_no),
own as (
    select group_no, min(nik collate "C") as nik from group_nik g
    where not exists (select from identity.person_key k where k.nik = g.nik) group by group_no)
select n.person_id, o.nik, coalesce(a.anchor, '#' || n.person_id), {release}
from newcomer n left join anchor a using (group_no) left join own o using (group_no) order by n.person_id;
insert into assigned select group_no, person_id from newcomer;
create unique index on assigned (group_no);
create unique index on assigned (person_id)
"""

# The next numbers above the last that somebody has, but for those of erased persons (ADR 0059) and of persons whose
# time was over, which stay taken: they are the last ones where the last person was erased, and are known before anybody
# is where history is linked once more.
_FREE = """last as (
    select coalesce((
        select {number} from {table} where {anchor} !~ '^#(erased|removed) '
        order by {number} desc limit 1), 0) as number),
taken as (select {number} as number from {table}, last where {number} > last.number),
free as (
    select number, row_number() over (order by number) as place
    from (
        select generate_series(number + 1, number + (select count(*) from stranger) + (select count(*) from taken))
            as number
        from last except select number from taken) as next)"""

# Who has records of whom now. A person without records of its own is merged; else records were split off.
_MOVED = """
create temp table moved on commit drop as
select l.person_id, a.person_id as other_person_id, count(*) as records, min(r.record_key collate "C") as first_key,
    not exists (select from assigned still where still.person_id = l.person_id) as is_merged
from grouped_record r join assigned a using (group_no) join identity.link l using (record_key)
where l.person_id <> a.person_id group by 1, 2;
update identity.person_key k set split_from = came.person_id
from (
    select distinct on (other_person_id) other_person_id, moved.person_id
    from moved join newcomer on newcomer.person_id = moved.other_person_id
    where not is_merged order by other_person_id, records desc, moved.person_id) as came
where k.person_id = came.other_person_id;
delete from identity.person_redirect where person_id in (select person_id from assigned);
insert into identity.person_redirect (person_id, to_person_id, since_release)
select distinct on (person_id) person_id, other_person_id, {release} from moved where is_merged
order by person_id, records desc, other_person_id
on conflict (person_id) do update set to_person_id = excluded.to_person_id, since_release = excluded.since_release
"""

# Every NIK a person is known by. It moves only when somebody else owns it now.
_REMEMBER = """
insert into identity.person_nik (nik, person_id, since_release)
select distinct on (g.nik) g.nik, a.person_id, {release} from group_nik g join assigned a using (group_no)
where not exists (select from identity.person_nik n where n.nik = g.nik)
order by g.nik, a.person_id;
update identity.person_nik n set person_id = a.person_id
from group_nik g join assigned a using (group_no)
where n.nik = g.nik and n.person_id <> a.person_id
    and not exists (select from now_person m where m.person_id = n.person_id and m.now_id = a.person_id);
update identity.person_key k set nik = own.nik
from (
    select a.person_id, min(g.nik collate "C") as nik from group_nik g join assigned a using (group_no)
    where not exists (select from identity.person_key other where other.nik = g.nik) group by 1) as own
where k.person_id = own.person_id and k.nik is null
"""


GroupsOf = Callable[[pa.Table], tuple[pa.Table, pa.Table]]
"""What some records have (kind, value) → all records that are one person with one of them, and the NIKs of these, see
`changing.groups_of`."""


def assign_persons(conn: psycopg.Connection[Any], release_id: int, groups_of: GroupsOf | None = None) -> int:
    """Fill the temporary tables ``assigned`` (group → person) and ``moved`` (persons between whom records moved).

    A known person where something speaks for one, else a new number.

    Args:
        conn: with the tables that are needed.
        release_id: the open candidate.
        groups_of: knows the groups that were not looked at. Those that speak for a person of whom a group that was
            looked at speaks, too, are added: who is whom is settled between them.

    Returns:
        How many persons are new; they are numbered in the order of their first record's key, without gaps but for the
        numbers of erased persons.
    """
    conn.execute(_NOW)
    conn.execute(_WEIGHED)
    if groups_of:
        _add_others(conn, groups_of)
    conn.execute(_CLAIMS)
    while conn.execute(_SETTLE).rowcount:
        conn.execute(_SETTLED)
    free = _FREE.format(number="person_id", table="identity.person_key", anchor="anchor")
    conn.execute(_with(release_id, _NEW, free=free))
    row = conn.execute("select count(*) from newcomer").fetchone()
    conn.execute("analyze assigned")
    conn.execute(_with(release_id, _MOVED))
    conn.execute("drop table now_person")
    conn.execute(_NOW)
    conn.execute(_with(release_id, _REMEMBER))
    assert row is not None
    return int(row[0])


def _add_others(conn: psycopg.Connection[Any], groups_of: GroupsOf) -> None:
    known: set[tuple[str, str]] = set()
    while True:
        conn.execute(_CLAIMED)
        asked = [one for one in conn.execute(_OTHERS).fetchall() if one not in known]
        conn.execute("drop table claimed, by_any_number")
        if not asked:
            return
        known.update(asked)
        kinds, values = zip(*asked, strict=True)
        records, niks = groups_of(pa.table({"kind": kinds, "value": values}))
        conn.execute(
            """create temp table other_record (record_key text, group_no bigint, anchor text, no_kk text)
                on commit drop;
            create temp table other_nik (group_no bigint, nik text) on commit drop"""
        )
        copy_in(conn, sql.Identifier("other_record"), records)
        copy_in(conn, sql.Identifier("other_nik"), niks)
        conn.execute(_KNOWN)
        ((others,),) = conn.execute("select count(*) from other_record").fetchall()
        conn.execute(_ADD)
        if not others:  # what is left is of records that are no more, or of groups that are there
            return
        conn.execute("drop table weighed")
        conn.execute(_WEIGHED)


def assign_families(conn: psycopg.Connection[Any], release_id: int) -> None:
    """Give every family card a number that stays."""
    conn.execute(
        _with(
            release_id,
            """insert into identity.family_key (family_id, no_kk, created_release)
            with stranger as (
                select no_kk, row_number() over (order by min(record_key collate "C")) as place
                from grouped_record r
                where no_kk is not null and not exists (select from identity.family_key k where k.no_kk = r.no_kk)
                group by no_kk),
            {free}
            select free.number, no_kk, {release} from stranger join free using (place)""",
            free=_FREE.format(number="family_id", table="identity.family_key", anchor="no_kk"),
        )
    )


def _with(release_id: int, statements: str, *, free: str = "") -> str:
    """Several statements at once take no parameters; the number is ours."""
    return statements.replace("{release}", str(int(release_id))).replace("{free}", free)
