"""Numbers that stay: which known person a group of records is, and new numbers for the others.

Needs the temporary tables that `simpul.identity.linking` makes: ``person_group`` and ``grouped_record``.
"""

from __future__ import annotations

from typing import Any

import psycopg

# What speaks for "this group is person 17": the NIK it owns, the register entry the person was first seen as, records
# that were the person's before.
_CLAIMS = """
create temp table claim on commit drop as
select *, count(*) over (partition by group_no) as persons, count(*) over (partition by person_id) as groups
from (
    select group_no, person_id, bool_or(by_nik) as by_nik, bool_or(by_anchor) as by_anchor, sum(votes) as votes
    from (
        select g.group_no, n.person_id, true as by_nik, false as by_anchor, 0 as votes
        from person_group g join identity.person_nik n using (nik) where g.owns_nik
        union all
        select r.group_no, k.person_id, false, true, 0 from grouped_record r join identity.person_key k using (anchor)
        union all
        select r.group_no, l.person_id, false, false, 1 from grouped_record r join identity.link l using (record_key)
    ) as sign
    group by group_no, person_id) as weighed;
create temp table assigned (group_no bigint not null, person_id bigint not null) on commit drop;
insert into assigned select group_no, person_id from claim where persons = 1 and groups = 1;
create temp table contested on commit drop as
select group_no, person_id, by_nik, by_anchor, votes from claim where persons > 1 or groups > 1;
create unique index on assigned (group_no);
create unique index on assigned (person_id)
"""

# The strongest claim of all is always somebody's best on both sides, so every round settles some and the rounds end.
_SETTLE = """
with ranked as (
    select group_no, person_id,
        row_number() over (order by by_nik desc, by_anchor desc, votes desc, person_id, group_no) as place
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
select g.group_no, g.nik, g.owns_nik, g.first_key,
    (select coalesce(max(person_id), 0) from identity.person_key)
        + row_number() over (order by g.first_key collate "C") as person_id
from person_group g left join assigned a using (group_no) where a.group_no is null;
insert into identity.person_key (person_id, nik, anchor, created_release)
with entry as (
    select r.anchor, min(n.group_no) as group_no
    from newcomer n join grouped_record r using (group_no)
    where not exists (select from identity.person_key k where k.anchor = r.anchor)
    group by r.anchor),
anchor as (select group_no, min(anchor collate "C") as anchor from entry group by group_no)
select n.person_id,
    case when n.owns_nik and not exists (select from identity.person_key k where k.nik = n.nik) then n.nik end,
    coalesce(a.anchor, '#' || n.person_id), {release}
from newcomer n left join anchor a using (group_no) order by n.person_id;
insert into assigned select group_no, person_id from newcomer
"""

# Every NIK a person is known by; the first one stands in person_key as well.
_REMEMBER = """
with owner as (select g.nik, a.person_id from person_group g join assigned a using (group_no) where g.owns_nik),
moved as (
    update identity.person_nik n set person_id = o.person_id
    from owner o where n.nik = o.nik and n.person_id <> o.person_id returning n.nik)
insert into identity.person_nik (nik, person_id, since_release)
select o.nik, o.person_id, {release} from owner o
where not exists (select from identity.person_nik n where n.nik = o.nik);
update identity.person_key k set nik = o.nik
from (select g.nik, a.person_id from person_group g join assigned a using (group_no) where g.owns_nik) as o
where k.person_id = o.person_id and k.nik is null
    and not exists (select from identity.person_key other where other.nik = o.nik)
"""


def assign_persons(conn: psycopg.Connection[Any], release_id: int) -> int:
    """Fill the temporary table ``assigned``: a known person where something speaks for one, else a new number.

    Returns:
        How many persons are new; they are numbered without gaps in the order of their first record's key.
    """
    conn.execute(_CLAIMS)
    while conn.execute(_SETTLE).rowcount:
        conn.execute(_SETTLED)
    conn.execute(_with(release_id, _NEW))
    row = conn.execute("select count(*) from newcomer").fetchone()
    conn.execute("analyze assigned")
    conn.execute(_with(release_id, _REMEMBER))
    assert row is not None
    return int(row[0])


def assign_families(conn: psycopg.Connection[Any], release_id: int) -> int:
    """Give every family card a number that stays. Returns how many families the records of this release name."""
    conn.execute(
        """insert into identity.family_key (family_id, no_kk, created_release)
        select (select coalesce(max(family_id), 0) from identity.family_key)
            + row_number() over (order by min(record_key collate "C")), no_kk, %s
        from grouped_record r
        where no_kk is not null and not exists (select from identity.family_key k where k.no_kk = r.no_kk)
        group by no_kk""",
        (release_id,),
    )
    row = conn.execute(
        "select count(*) from (select from grouped_record where no_kk is not null group by no_kk) as f"
    ).fetchone()
    assert row is not None
    return int(row[0])


def _with(release_id: int, statements: str) -> str:
    """Several statements at once take no parameters; the number is ours."""
    return statements.replace("{release}", str(int(release_id)))
