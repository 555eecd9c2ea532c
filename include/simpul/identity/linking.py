"""Records → persons, set by set in one transaction: all of it is there afterwards, or nothing.

The result depends on what the records say, never on the order in which they came; running it again changes nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import Any

import psycopg
from psycopg import sql

from simpul.database import advisory_lock, connect, no_values
from simpul.errors import ContractBreach
from simpul.identity import numbers
from simpul.identity.sentences import REASONS
from simpul.identity.sides import Carrier, sides

log = logging.getLogger("simpul.identity")

TRUSTED = "valid"
DOUBTED = ("contradicts_birth_date", "contradicts_sex")
"""The NIK is well-formed but contradicts its own record: a slip in the date, or somebody else's NIK. Such a record
joins others of the NIK only when it agrees with one of them, and never speaks for the NIK."""

_STATUS = {"trusted": TRUSTED, "doubted": list(DOUBTED)}

# No name is copied: names are read only where the records of a NIK are not the same.
_RECORDS = """
create temp table record on commit drop as
select record_key, dataset || '|' || source_key as anchor, birth_date, nik_status = %(trusted)s as is_trusted,
    case when nik_status = %(trusted)s or nik_status = any(%(doubted)s) then nik end as nik,
    case when no_kk ~ '^[0-9]{16}$' and no_kk !~ '^0+$' then no_kk end as no_kk
from intermediate.int_person_record
"""

_DOUBTFUL = """
with carrier as (
    select nik, record_key, birth_date, name, nik_status = %(trusted)s as is_trusted
    from intermediate.int_person_record where nik_status = %(trusted)s or nik_status = any(%(doubted)s)),
doubtful as (
    select nik from carrier group by nik
    having min(birth_date) <> max(birth_date) or not bool_and(is_trusted)
        or min(upper(name) collate "C") <> max(upper(name) collate "C"))
select nik, record_key, birth_date, name, is_trusted
from carrier join doubtful using (nik) order by nik collate "C", record_key collate "C"
"""

# A group: the carriers of a NIK (or one side of them), else the entry of a register over its periods.
_GROUPS = """
create temp table member on commit drop as
select record_key, anchor, no_kk, nik, birth_date, is_trusted, d.side, d.owns_nik,
    case when nik is null then 'a|' || anchor else 'n|' || coalesce(d.side, 0) || '|' || nik end as group_key
from record left join doubtful_side d using (record_key);
create temp table person_group on commit drop as
select row_number() over (order by first_key collate "C") as group_no, *
from (
    select group_key, min(record_key collate "C") as first_key, min(nik) as nik,
        coalesce(bool_and(owns_nik), bool_and(is_trusted)) and min(nik) is not null as owns_nik,
        case
            when min(nik) is null then case when count(*) = 1 then 'no_nik' else 'same_entry' end
            when bool_or(is_parted) then 'shared'
            when count(*) = 1 then 'only_one'
            when min(birth_date) <> max(birth_date) or not bool_and(is_trusted) then 'nik_despite'
            when count(birth_date) > 1 then 'nik_and_date'
            else 'nik' end as reason,
        count(*) as records
    from member left join parted_nik using (nik) group by group_key) as grouped;
create temp table grouped_record on commit drop as
select m.record_key, m.anchor, m.no_kk, g.group_no from member m join person_group g using (group_key);
analyze person_group, grouped_record;
"""


@dataclass(frozen=True)
class Linked:
    """What a run of `link` found; counts only."""

    release_id: int
    records: int
    persons: int
    new_persons: int
    families: int
    shared_niks: int
    merged: int
    split: int

    def as_json(self) -> dict[str, int]:
        """Plain values for a task runner."""
        return asdict(self)


def link(release_id: int) -> Linked:
    """Link every record of ``intermediate.int_person_record`` to a person and, by family card, to a family.

    Same valid NIK = same person, unless name and birth date contradict (`simpul.identity.sides`); every other record
    stands alone. A record, a register entry or a NIK keeps its person over reloads, reordering and new sources.

    Args:
        release_id: the open candidate; noted on what is decided now.

    Raises:
        ContractBreach: two records have the same key.
    """
    with (
        connect(application_name="simpul link") as conn,
        no_values(f"linking the records of release {release_id}"),
        advisory_lock(conn, "identity"),
    ):
        records, keys = _read(conn)
        if records != keys:
            raise ContractBreach(
                f"{records - keys} records of intermediate.int_person_record repeat the key of another",
                hint="record_key must be unique: look at the source keys of the staging models",
            )
        shared = _part_doubtful(conn)
        conn.execute(_GROUPS)
        new_persons = numbers.assign_persons(conn, release_id)
        families = numbers.assign_families(conn, release_id)
        merged, split = _write(conn, release_id)
        row = conn.execute("select count(distinct person_id) from assigned").fetchone()
        assert row is not None
        found = Linked(release_id, records, int(row[0]), new_persons, families, shared, merged, split)
        log.info(
            "release %s: %s records are %s persons, %s of them new",
            release_id,
            records,
            found.persons,
            new_persons,
        )
        return found


def _read(conn: psycopg.Connection[Any]) -> tuple[int, int]:
    conn.execute(
        "set temp_buffers = '256MB'"
    )  # the sets stay in memory; only before the first temporary table
    conn.execute(_RECORDS, _STATUS)
    conn.execute("analyze record")
    row = conn.execute(
        "select (select count(*) from record), (select count(*) from (select from record group by record_key) k)"
    ).fetchone()
    assert row is not None
    return int(row[0]), int(row[1])


def _part_doubtful(conn: psycopg.Connection[Any]) -> int:
    """Decide on the NIKs whose records do not fit together; returns how many of them are shared by several people."""
    conn.execute(
        "create temp table doubtful_side (record_key text primary key, side integer, owns_nik boolean) on commit drop"
    )
    conn.execute(
        "create temp table parted_nik (nik text primary key, is_parted boolean not null) on commit drop"
    )
    parted, rows = [], []
    for nik, carriers in _doubtful(conn):
        found = sides(carriers)
        parted.append((nik, len(found) > 1))
        rows += [(key, number, side.owns_nik) for number, side in enumerate(found) for key in side.keys]
    for table, content in (("doubtful_side", rows), ("parted_nik", parted)):
        with (
            conn.cursor() as cursor,
            cursor.copy(sql.SQL("copy {} from stdin").format(sql.Identifier(table))) as copy,
        ):
            for row in content:
                copy.write_row(row)
    conn.execute("analyze doubtful_side, parted_nik")
    return sum(is_parted for _, is_parted in parted)


def _doubtful(conn: psycopg.Connection[Any]) -> Iterator[tuple[str, list[Carrier]]]:
    rows = conn.execute(_DOUBTFUL, _STATUS).fetchall()
    for nik, group in groupby(rows, key=lambda row: row[0]):
        yield (
            nik,
            [Carrier(key, birth_date, name, is_trusted) for _, key, birth_date, name, is_trusted in group],
        )


def _write(conn: psycopg.Connection[Any], release_id: int) -> tuple[int, int]:
    """Write what changed, and an event for every pair of persons between whom records moved."""
    conn.execute(
        "create temp table reason (reason text, probability float8, en text, indonesian text) on commit drop"
    )
    with conn.cursor() as cursor:
        cursor.executemany(
            "insert into reason values (%s, %s, %s, %s)",
            [(code, *reason) for code, reason in REASONS.items()],
        )
    conn.execute(
        """create temp table decided on commit drop as
        select r.record_key, a.person_id,
            case when g.nik is not null and g.records > 1 then 'nik' else 'single' end as match_kind,
            case when g.reason = 'shared' and g.records > 1 then 0.98 else s.probability end as match_probability,
            s.en as explanation, s.indonesian as explanation_id, f.family_id
        from grouped_record r join person_group g using (group_no) join assigned a using (group_no)
            join reason s using (reason) left join identity.family_key f using (no_kk)"""
    )
    conn.execute("analyze decided")
    events = conn.execute(
        """with moved as (
            select l.person_id, d.person_id as other_person_id, count(*) as records
            from decided d join identity.link l using (record_key) where l.person_id <> d.person_id group by 1, 2)
        insert into identity.person_event (release_id, kind, person_id, other_person_id, records)
        select %s, case when a.person_id is null then 'merge' else 'split' end, person_id, other_person_id, records
        from moved left join assigned a using (person_id) on conflict do nothing returning kind""",
        (release_id,),
    ).fetchall()
    columns = "person_id, match_kind, match_probability, explanation, explanation_id, family_id"
    changed = ", ".join(f"{name} = d.{name}" for name in columns.split(", "))
    new, old = (", ".join(f"{table}.{name}" for name in columns.split(", ")) for table in "dl")
    conn.execute(
        f"""update identity.link l set {changed}, release_id = %s from decided d
        where l.record_key = d.record_key and ({new}) is distinct from ({old})""",  # noqa: S608
        (release_id,),
    )
    conn.execute(
        f"""insert into identity.link (record_key, {columns}, release_id)
        select d.record_key, {new}, %s from decided d
        where not exists (select from identity.link l where l.record_key = d.record_key)""",  # noqa: S608
        (release_id,),
    )
    kinds = [kind for (kind,) in events]
    return kinds.count("merge"), kinds.count("split")
