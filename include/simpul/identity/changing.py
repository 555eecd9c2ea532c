"""Who is who after some records changed: what they touch is worked out again, everything else is remembered.

The outcome is that of `resolving.resolve` on all records, with chance as it was measured by the run that was the last
to link everything (`tests/identity/test_changing.py` holds the two to each other). What a record, or a decision about
one, can touch:

- the entry of its NIK or its item, as it was and as it is;
- every pair of such an entry, and where one of its keys is from now on shared by too many, or no longer, the pairs of
  all who share it;
- the component of every such entry: all that a chain of pairs that may be joined leads to. Within it clusters are made
  anew; nothing outside it has a say in them;
- what is said of those who carry the same digits, and the doubtful pairs of all of these with others (the rim).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

import pyarrow as pa

from simpul.identity.blocking import make_pairs_again
from simpul.identity.entries import TRUSTED, latest_year, make_entries, take_names
from simpul.identity.memory import Memory
from simpul.identity.resolving import (
    MARKS,
    NO_KEY,
    OfAll,
    Resolution,
    decide,
    place,
    take,
    tell,
    unite_entries,
)
from simpul.identity.scoring import score
from simpul.identity.verdicts import judge

if TYPE_CHECKING:
    import duckdb

MOST_CHANGED = 0.1
"""Of the records. Where more have changed since chance was measured, it is measured anew and everything is linked."""

Fetch = Callable[[pa.Table], Iterable[pa.Table]]
"""Numbers of keys (key_no) → these records (`resolving.COLUMNS` and `MARKS`), in one part at least."""

_CHANGED = """
create table changed as
select key_no, kept.rowid as place, now.fingerprint is null as is_gone
from kept.member as kept full join marks as now using (key_no)
where kept.fingerprint is distinct from now.fingerprint
"""
# each record has a key, and each another: those that were there meet one of now each, and the new ones repeat none
_SOUND = f"""
select
    (select count(*) from marks) - count(*) filter (where place is null)
        = (select count(*) from kept.member) - count(*) filter (where is_gone)
    and count(distinct key_no) filter (where place is null) = count(*) filter (where place is null)
    and count(*) filter (where place is null and key_no = {NO_KEY}) = 0,
    count(*)
from changed
"""  # noqa: S608 - SQL of ours
# a decision may part or join items whose records are as they were
_RETOLD = """
create table retold as
with new as (from decision except from kept.decision), old as (from kept.decision except from decision),
anchors as (
    select anchor_a as anchor from new union select anchor_b from new
    union select anchor_a from old union select anchor_b from old)
select m.rowid as place from kept.member m semi join anchors using (anchor) anti join changed on m.rowid = place
"""
_LOST = """
create table lost as
select rowid as place, record_key, entry_no, anchor, number, digits from kept.member
where rowid in (select place from changed where place is not null union all from retold);
create table digits_of as select digits from lost where digits is not null
"""
_AFFECTED = f"""
create table numbers_of as
select number from lost where number is not null union select {TRUSTED} from record where {TRUSTED} is not null;
create table anchors_of as select anchor from lost union select anchor from record;
create table place_of as
select rowid as place from kept.member semi join numbers_of using (number)
union select rowid from kept.member semi join anchors_of using (anchor) where number is null
union from retold;
create table rest_of as from kept.member where rowid in (from place_of anti join changed using (place));
insert into record by name
select record_key, anchor, item, nik, nik_status, no_kk, name, sex, birth_date, mother_name, address, village, district,
    {", ".join(MARKS)}
from rest_of;
create table dropped as select entry_no from lost union select entry_no from rest_of
"""  # noqa: S608 - SQL of ours
# an entry of the same lines of lists that says what it said: only its records are others, or say something else
_SETTLED = """
create table remade as from dropped;
create table settled as select unique_id as entry_no from entry semi join kept.entry using (unique_id, mark);
delete from dropped where entry_no in (from settled);
delete from entry where unique_id in (from settled)
"""
_BORN = """(
    select birth_date from kept.member m anti join changed on m.rowid = place
    union all select birth_date from record)"""
_PARTNERS = """
create table fresh as select unique_id as entry_no from entry;
create table fresh_entry as from entry;
insert into entry by name
select * from kept.entry
where unique_id in (select l from pair union select r from pair) and unique_id not in (select entry_no from fresh);
create table paired_member as from anybodys_member semi join (select unique_id as entry_no from entry) using (entry_no)
"""
_TOUCHED = """
create table end_of as
select unnest([l, r]) as entry_no from verdict where joins or is_item or is_light
union select unnest([l, r]) from decided_pair
    where is_same and (l in (from fresh union from remade) or r in (from fresh union from remade))
union from remade union from crossing
union select entry_no from kept.member
    where digits in (select digits from digits_of union select digits from member where digits is not null);
create table chosen as
with component as (select distinct component from kept.placed semi join end_of using (entry_no))
select entry_no from kept.placed semi join component using (component) anti join dropped using (entry_no)
union from fresh;
create table was as
select m.*, cluster from kept.member m
join (select entry_no, cluster from kept.placed semi join (from chosen union from dropped) using (entry_no))
    using (entry_no)
"""
_UPDATE = """
alter table member rename to fresh_member;
create table anew as from dropped union from fresh union from crossing;
begin;
delete from kept.entry where unique_id in (select entry_no from dropped);
insert into kept.entry by name from fresh_entry;
delete from kept.verdict where l in (select entry_no from anew) or r in (select entry_no from anew);
insert into kept.verdict by name from verdict;
create or replace table kept.decision as from decision;
commit
"""
# what is not asked until it is known who is one person; in another transaction, for the memory is of no run meanwhile
_UPDATE_BESIDE = """
create table known as select name from kept.name where name in (select name from name);
begin;
delete from kept.member where entry_no in (select entry_no from remade);
insert into kept.member by name from fresh_member;
delete from kept.speaker where entry_no in (select entry_no from remade);
insert into kept.speaker by name from speaker;
insert into kept.name by name from name where name not in (select name from known);
commit
"""
# what this run does not ask any more
_UPDATE_AFTERWARDS = """
create table unsaid as
with gone as (select name, mother_name from was semi join remade using (entry_no))
select name from gone where name is not null union select mother_name from gone where mother_name is not null;
begin;
delete from kept.key where id in (select entry_no from dropped);
insert into kept.key by name from fresh_key;
delete from kept.name where name in (
    select name from unsaid anti join kept.member using (name)
    anti join (select mother_name as name from kept.member) using (name));
commit
"""
# from here on the tables hold what was chosen, and of those beside it (the rim) what is asked about them
_CHOSEN = """
create table member as
from (select * exclude (cluster) from was anti join remade using (entry_no)) union all by name from fresh_member;
create or replace table entry as
select unique_id, nik, records from kept.entry where unique_id in (select entry_no from chosen);
create or replace table verdict as
select * from kept.verdict where l in (select entry_no from chosen) or r in (select entry_no from chosen);
delete from decided_pair
where l not in (select entry_no from chosen) and r not in (select entry_no from chosen)
"""
_RIM = """
create or replace table name as
select * from kept.name where name in (select name from member union select mother_name from member);
create table rim as
with others as (
    select unnest([l, r]) as entry_no from verdict
    union select entry_no from kept.member
    where number in (select number from member where number is not null))
select entry_no from others anti join chosen using (entry_no);
create or replace table speaker as
select s.* from kept.speaker s semi join (from chosen union all from rim) using (entry_no)
"""
_PLACED = """
delete from kept.placed
where entry_no in (select entry_no from chosen) or entry_no in (select entry_no from dropped);
insert into kept.placed by name from placed;
insert into placed by name select p.* from kept.placed p semi join rim using (entry_no)
"""
_LOOKED_AT = """
create table looked_at as
select record_key, false as is_gone from member
union all select record_key, true from lost semi join (from changed where is_gone) using (place)
"""
# a group is as it was where the very same records were one, with the same entries of lists, numbers and cards
_ADD_SAID = """
create table as_it_was as
with now as (select * from member join placed using (entry_no) join said using (record_key)),
before as (
    select record_key, anchor, owns_nik, number, card, cluster as its_cluster
    from was join kept.said using (record_key)),
size as (select cluster, count(*) as records from was group by cluster)
select cluster from now left join before using (record_key) left join size using (cluster)
group by cluster, size.records
having count(*) = size.records and bool_and(
    cluster is not distinct from its_cluster and now.anchor = before.anchor
    and now.card is not distinct from before.card
    and if(now.owns_nik, now.number, null) is not distinct from if(before.owns_nik, before.number, null));
create table reworded as
select record_key from said now join kept.said before using (record_key)
where (now.other_key, now.rule, now.probability, now.codes)
    is distinct from (before.other_key, before.rule, before.probability, before.codes);
delete from kept.said where record_key in (select record_key from looked_at);
insert into kept.said by name from said
"""
_TOLD = "select told.* from told {is_it} join as_it_was using (cluster) {also}"
_ASKED = """
create or replace table asked_member as
with asked_cluster as (
    select distinct cluster from kept.placed semi join (
        select entry_no from kept.member where record_key in (select value from asked where kind = 'record_key')
        union all select entry_no from kept.member where anchor in (select value from asked where kind = 'anchor')
        union all select entry_no from kept.member where nik in (select value from asked where kind = 'nik')
    ) using (entry_no)),
asked_entry as (select entry_no, cluster from kept.placed semi join asked_cluster using (cluster))
select record_key, cluster, anchor, number, owns_nik from kept.member join asked_entry using (entry_no)
"""
_GROUPS = """
select record_key, cluster as group_no, anchor, card as no_kk from asked_member join kept.said using (record_key)
"""
_THEIR_NIKS = "select distinct cluster as group_no, number as nik from asked_member where owns_nik"


def resolve_changes(
    memory: Memory, mark: str, marks: pa.Table, fetch: Fetch, decisions: pa.Table
) -> Resolution | None:
    """The person of every record that has changed, and of all that is touched by it; the memory then is of this run.

    Args:
        memory: of the run before.
        mark: of this run.
        marks: `resolving.MARKS` of all records there are now.
        fetch: hands out records.
        decisions: stewards' words on items, all of them.

    Returns:
        As `resolve`, of the records concerned; None where everything should be linked anew: much has changed, or two
        records have one key.
    """
    con, about = memory.con, memory.about
    con.register("marks", marks)
    con.execute(_CHANGED)
    ((are_sound, changed),) = con.execute(_SOUND).fetchall()
    if about.changed + changed > MOST_CHANGED * len(marks) or not are_sound:
        return None
    wanted = con.sql("select key_no from changed where not is_gone").to_arrow_table()
    fetched = memory.beside.submit(lambda: pa.concat_tables(fetch(wanted)))  # while it is seen who they were
    decide(con, decisions)
    con.execute(_RETOLD)
    con.execute(_LOST)
    records = fetched.result()
    named = memory.beside.submit(_take_names, con.cursor(), records)  # while it is seen who else is concerned
    take(con, records, with_names=False)
    con.execute(_AFFECTED)
    named.result()
    if latest_year(con, _BORN) != about.year:
        return None
    memory.forget()
    profile = memory.measured.model.profile
    make_entries(con, about.year)
    con.execute(_SETTLED)
    make_pairs_again(con, profile.keys)
    con.execute(_PARTNERS)
    for column in memory.measured.rarest:
        con.execute(f"create view frequency_{column} as from kept.frequency_{column}")
    score(con, memory.measured)
    judge(con, memory.measured, "paired_member", "anybodys_member")
    con.execute(_TOUCHED)
    con.execute(_UPDATE)
    updated = memory.beside.submit(con.cursor().execute, _UPDATE_BESIDE)
    con.execute(_CHOSEN)
    clusters, why, component = unite_entries(con)
    place(con, clusters, component)
    updated.result()
    con.execute(_RIM)
    con.execute(_PLACED)
    con.execute(_LOOKED_AT)
    of_all = OfAll("kept.member", "kept.placed", "kept.said", _ADD_SAID, _UPDATE_AFTERWARDS)
    found = tell(con, memory.measured, clusters, why, of_all, memory.beside)
    memory.remember(mark, replace(about, changed=about.changed + changed))
    return _of_changes(con, found)


def _take_names(con: duckdb.DuckDBPyConnection, records: pa.Table) -> None:
    con.register("fetched", records)
    take_names(con, "fetched")
    con.unregister("fetched")


def _of_changes(con: duckdb.DuckDBPyConnection, found: Resolution) -> Resolution:
    """Groups that are as they were are left out, but for what is said of them now."""
    con.register("told", found.records)
    con.register("own", found.numbers)
    in_part = replace(
        found,
        records=con.sql(_TOLD.format(is_it="anti", also="")).to_arrow_table(),
        numbers=con.sql("from own anti join as_it_was using (cluster)").to_arrow_table(),
        reworded=con.sql(
            _TOLD.format(is_it="semi", also="semi join reworded using (record_key) order by record_key")
        ).to_arrow_table(),
        looked_at=con.sql("from looked_at").to_arrow_table(),
    )
    con.unregister("told")
    con.unregister("own")
    return in_part


def groups_of(memory: Memory, asked: pa.Table) -> tuple[pa.Table, pa.Table]:
    """All records that are one person with one that has what is ``asked`` for, as they are remembered.

    Args:
        memory: of this run.
        asked: kind (``record_key``, ``anchor`` or ``nik``), value.

    Returns:
        record_key, group_no, anchor and no_kk; and the NIKs that are their own: group_no, nik.
    """
    memory.con.register("asked", asked)
    memory.con.execute(_ASKED)
    found = tuple(memory.con.sql(query).to_arrow_table() for query in (_GROUPS, _THEIR_NIKS))
    memory.con.execute("drop table asked_member")
    memory.con.unregister("asked")
    return found[0], found[1]
