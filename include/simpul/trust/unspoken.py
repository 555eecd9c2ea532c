"""Persons of whom nobody speaks any more: since when, and how they leave identity when their time is over (ADR 0049).

A person's number is for life: it survives a list that is away for a while, and a merge can be undone. So what identity
remembers stays as long as any record of the newest build or any kept release speaks of the person or of anybody who is
one with them, and then for as long as what had spoken of them is kept. What stays for good is the number, taken.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, NamedTuple

import psycopg

from simpul.contract import Contract
from simpul.release import catalog

Kind = Literal["person", "family"]

# persons that became part of one another are one: each goes only with all
_ROOTS = """
with recursive step as (
    select person_id, to_person_id from identity.person_redirect
    union
    select s.person_id, r.to_person_id from step s join identity.person_redirect r on r.person_id = s.to_person_id),
root as materialized (
    select k.person_id, coalesce(s.to_person_id, k.person_id) as root from identity.person_key k
    left join step s on s.person_id = k.person_id
        and not exists (select from identity.person_redirect r where r.person_id = s.to_person_id))
"""
_SPOKEN = """
create temp table spoken on commit drop as
select of.kind, of.number from identity.link join intermediate.int_person_record using (record_key)
cross join lateral (
    values ('person', person_id), ('person', home_person_id), ('family', family_id)) as of (kind, number)
where of.number is not null group by 1, 2
"""
_IN_RELEASES = (
    "insert into spoken select distinct '{kind}', {column} from release.{table} where {column} is not null"
)
_NOTE = f"""
create temp table silent on commit drop as
{_ROOTS}
select 'person' as kind, root.person_id as number from root join identity.person_key k using (person_id)
where anchor !~ '^#(erased|removed) ' and not exists (
    select from root as one join spoken s on s.kind = 'person' and s.number = one.person_id where one.root = root.root)
union all
select 'family', family_id from identity.family_key f
where no_kk !~ '^#(erased|removed) ' and not exists (
    select from spoken s where s.kind = 'family' and s.number = f.family_id);
delete from identity.unspoken u
where not exists (select from silent s where s.kind = u.kind and s.number = u.number);
insert into identity.unspoken select kind, number, clock_timestamp() from silent on conflict do nothing;
drop table spoken, silent
"""  # noqa: S608 - of the constant above
# A file that nothing is made from any more may have held them until it leaves; one in use does not hold them.
_DUE = f"""
{_ROOTS},
silent as (
    select u.kind, u.number, u.since, coalesce(root.root, u.number) as unit
    from identity.unspoken u left join root on u.kind = 'person' and root.person_id = u.number),
given as (
    select s.kind, s.unit, split_part(l.record_key, '|', 1) as dataset
    from silent s join identity.link l on l.person_id = s.number where s.kind = 'person' group by 1, 2, 3
    union
    select s.kind, s.unit, split_part(l.record_key, '|', 1)
    from silent s join identity.link l on l.family_id = s.number where s.kind = 'family'),
period as (select * from unnest(%(datasets)s::text[], %(months)s::int[]) as p (dataset, months)),
kept as (
    select kind, unit, coalesce(max(coalesce(p.months, %(longest)s)), %(longest)s) as months,
        array_agg(dataset) as datasets
    from (select distinct kind, unit from silent) as units left join given using (kind, unit)
    left join period p using (dataset) group by 1, 2),
timed as (
    select kind, unit, datasets, max(since) as last, max(since) + make_interval(months => months) as due
    from silent join kept using (kind, unit) group by 1, 2, 3, months)
select s.kind, s.number, t.due, exists (
    select from audit.file f where f.dataset = any(t.datasets) and f.archive_path is not null
        and f.status <> all(%(in_use)s) and f.received_at <= t.last)
from silent s join timed t using (kind, unit) where t.due <= clock_timestamp() order by t.due, s.kind, s.number
"""  # noqa: S608 - of the constant above
_REMOVE = """
create temp table leaving on commit drop as
select record_key from identity.link where person_id = any(%(person)s::bigint[]);
delete from identity.nik_suggestion where record_key in (select record_key from leaving);
delete from identity.doubtful_pair
where record_key_a in (select record_key from leaving) or record_key_b in (select record_key from leaving);
update identity.link set compared_with = null where compared_with in (select record_key from leaving);
update identity.link set home_person_id = person_id
where home_person_id = any(%(person)s::bigint[]) and person_id <> all(%(person)s::bigint[]);
delete from identity.link where person_id = any(%(person)s::bigint[]);
delete from identity.person_nik where person_id = any(%(person)s::bigint[]);
update identity.person_key set nik = null, anchor = '#removed ' || person_id
where person_id = any(%(person)s::bigint[]);
update identity.family_key set no_kk = '#removed ' || family_id where family_id = any(%(family)s::bigint[]);
delete from identity.unspoken u using unnest(%(person)s::bigint[]) as gone (number)
where u.kind = 'person' and u.number = gone.number;
delete from identity.unspoken u using unnest(%(family)s::bigint[]) as gone (number)
where u.kind = 'family' and u.number = gone.number;
delete from identity.link_memory;
drop table leaving
"""


class Silent(NamedTuple):
    """A person or family whose time is over; ``is_blocked``: a file that may have spoken of them is still there."""

    kind: Kind
    number: int
    since: datetime
    is_blocked: bool


def note(conn: psycopg.Connection[Any]) -> None:
    """Write down of whom nobody speaks any more, and take out of whom somebody does again."""
    if not catalog.exists(conn, "intermediate", "int_person_record"):
        return  # nothing was ever built
    with conn.transaction():
        conn.execute(_SPOKEN)
        for kind, table, column in (
            ("person", "person", "person_id"),
            ("person", "person_record", "person_id"),
            ("family", "person", "family_id"),
        ):
            if conn.execute(
                "select from information_schema.columns"
                " where table_schema = 'release' and table_name = %s and column_name = %s",
                (table, column),
            ).fetchall():
                conn.execute(_IN_RELEASES.format(kind=kind, table=table, column=column).encode())
        conn.execute("analyze spoken")
        conn.execute(_NOTE.encode())


def due(
    conn: psycopg.Connection[Any], contracts: Mapping[str, Contract], in_use: tuple[str, ...]
) -> list[Silent]:
    """Of whom nobody has spoken for longer than anything that spoke of them is kept."""
    months = {
        name: max(filter(None, (kept.rows_months, kept.files_months, kept.releases_months)), default=None)
        for name, kept in ((name, contract.retention) for name, contract in contracts.items())
    }
    of_persons = [
        months[name] for name, one in contracts.items() if one.personal_data != "none" and months[name]
    ]
    if not of_persons:
        return []
    values = {
        "datasets": list(months), "months": list(months.values()), "longest": max(of_persons), "in_use": list(in_use),
    }  # fmt: skip
    return [Silent(*row) for row in conn.execute(_DUE.encode(), values).fetchall()]


def remove(conn: psycopg.Connection[Any], leaving: list[Silent]) -> None:
    """In the caller's transaction: only their numbers stay, taken, with what was merged and split."""
    numbers = {kind: [one.number for one in leaving if one.kind == kind] for kind in ("person", "family")}
    with psycopg.ClientCursor(conn) as cursor:  # several statements at once take parameters there only
        cursor.execute(_REMOVE, numbers)
