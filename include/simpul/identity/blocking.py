"""Which entries are worth comparing: those that share a key, as long as no key is shared by too many.

Two entries that own a NIK are two people, so one of a pair owns none: looked at are only those that are alike enough to
be one with a slip in the number or with two numbers. What is one item of a list is always compared. A key
that more entries share than `MOST` tells nothing and is dropped: whoever it belongs to is found by another key or not
at all, and 10,000 people born on 1 January cannot make 50 million pairs.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

MOST = 200
FEW = 40
"""… of a name alone."""

# rule → key: SQL over an entry, NULL where it has none
_KEYS = {
    "birth and first word": "birth || sounds[1]",
    "birth and last word": "birth || sounds[len(sounds)]",
    "birth and district": "case when right(birth, 4) <> '0101' then birth || ' ' || district end",
    "birth and mother": "birth || mother_sounds[1]",
    "name and district": "sound || ' ' || district",
    "name and mother": "sound || ' ' || mother",
    "name and year": "sound || left(birth, 4)",
    "name and day": "sound || right(birth, 4)",
    "name": "sound",
    "day and month in either order": """left(birth, 4) || least(day(birth_date), month(birth_date)) || '/'
        || greatest(day(birth_date), month(birth_date)) || sounds[1]""",
    "address and first word": "address || ' ' || village || ' ' || sounds[1]",
    "address and last word": "address || ' ' || village || ' ' || sounds[len(sounds)]",
    "address and year": "address || ' ' || village || ' ' || left(birth, 4)",
    "consonants and village": """case when len(sounds) > 1
        then village || ' ' || regexp_replace(sound, '[AEIOU ]', '', 'g') end""",
    "number begins": "left(number, 12) || sounds[1]",
    "number but its end": "left(number, 15)",
    "number ends": "right(number, 10)",
}
# … and over each of its cards
_CARD_KEYS = {
    "card": "'-'",
}

# of each rule, by its number, the key of every entry; a hash tells it from others
_OF_ENTRIES = """
select {rule}::utinyint as rule, hash({key}) as key, unique_id as id, is_anchored from entry
where {key} is not null
"""
_OF_CARDS = """
select distinct {rule}::utinyint as rule, hash(card, other) as key, unique_id as id, is_anchored from (
    select unique_id, is_anchored, card, {key} as other from (select *, unnest(cards) as card from entry))
where other is not null
"""
_OF_NUMBERS = ", ".join(
    str(list(_KEYS).index(rule)) for rule in ("number begins", "number but its end", "number ends")
)
"""Rules under which two owned numbers are looked at: they may be one with a slip in it."""
_LIMIT = f"case rule when {list(_KEYS).index('name')} then {FEW} else {MOST} end"

# one of a pair is asked about, the other may be anybody
_PAIRS = """
create table pair as
with block as (
    select rule, key from key group by rule, key
    having count(*) between 2 and {limit} and (not bool_and(is_anchored) or rule in ({of_numbers}))),
kept as (select key.* from key join block using (rule, key)),
numbered as (
    select rule, key, id, nik from kept join {anybody} on unique_id = id
    where kept.is_anchored and rule in ({of_numbers})),
asked_home as (
    select unique_id as id, birth, unnest(cards) as card from {asked} where birth is not null and is_anchored),
any_home as (
    select unique_id as id, birth, unnest(cards) as card from {anybody}
    where is_anchored and birth in (select birth from asked_home))
select distinct least(free.id, other.id) as l, greatest(free.id, other.id) as r
from kept as free join kept as other using (rule, key) where not free.is_anchored and free.id <> other.id and {is_asked}
union
select least(one.unique_id, other.unique_id), greatest(one.unique_id, other.unique_id)
from {asked} as one join {anybody} as other on one.birth = other.birth and one.sound = other.sound
where one.unique_id <> other.unique_id and one.is_anchored and other.is_anchored
    and (damerau_levenshtein(one.nik, other.nik) <= 1 or one.mother = other.mother
        or list_has_any(one.cards, other.cards))
union
select least(free.id, other.id), greatest(free.id, other.id)
from numbered as free join numbered as other using (rule, key)
where free.id < other.id and damerau_levenshtein(free.nik, other.nik) <= 1 and {is_asked}
union
select least(one.id, other.id), greatest(one.id, other.id)
from asked_home as one join any_home as other using (card, birth) where one.id <> other.id
union
select least(one.entry_no, other.entry_no), greatest(one.entry_no, other.entry_no)
from {asked_members} as one join {members} as other using (item) where one.entry_no <> other.entry_no
"""
# What is no longer there, what is new, and of all others what shares a key with either.
_CHANGED = """
create or replace table rest as
with touched as (
    select rule, key from kept.key where id in (select entry_no from dropped union select entry_no from crossing)
    union select rule, key from key)
select k.* from kept.key as k semi join touched using (rule, key) where id not in (select entry_no from dropped)
"""
# A key that too many share, or no longer too many, makes or unmakes pairs of entries that have not changed.
_CROSSING = """
insert into crossing
with size as (
    select rule, key, count(*) filter (is_old) as before, count(*) filter (is_new) as after from (
        select rule, key, true as is_old, true as is_new from rest
        union all select rule, key, true, false from kept.key where id in (select entry_no from dropped)
        union all select rule, key, false, true from key)
    group by rule, key
    having (before > {limit}) <> (after > {limit}))
select distinct id from rest join size using (rule, key)
"""


def make_pairs(con: duckdb.DuckDBPyConnection, more_keys: Mapping[str, str] = MappingProxyType({})) -> None:
    """Table ``entry`` → tables ``pair`` (l < r) and ``key``. A key makes at most `MOST` squared pairs.

    ``more_keys``: those of the profile (`simpul.identity.profiles`), rule → SQL over an entry.
    """
    _make_keys(con, more_keys)
    con.execute(
        _PAIRS.format(
            limit=_LIMIT, of_numbers=_OF_NUMBERS, is_asked="true", asked="entry", anybody="entry",
            asked_members="member", members="member",
        )
    )  # fmt: skip


def make_pairs_again(
    con: duckdb.DuckDBPyConnection, more_keys: Mapping[str, str] = MappingProxyType({})
) -> None:
    """Table ``pair`` of the entries that are new among others, as `make_pairs` would find it among all.

    Args:
        con: has the new ones in the tables ``entry`` and ``member``, the others, and what was there before, in
            ``kept.entry``, ``kept.member`` and ``kept.key``, of which those in table ``dropped`` (entry_no) are no
            more; records of entries in table ``remade`` are those of ``member``. Makes table ``crossing`` (entry_no):
            entries that have not changed and whose pairs are found anew, for one of their keys is now shared by too
            many or no longer; leaves the keys of the new ones in ``fresh_key``.
        more_keys: as for `make_pairs`.
    """
    _make_keys(con, more_keys)
    con.execute("create table crossing (entry_no bigint)")
    con.execute(_CHANGED)
    con.execute(_CROSSING.format(limit=_LIMIT))
    ((crossing,),) = con.execute("select count(*) from crossing").fetchall()
    if crossing:  # with their keys, too
        con.execute(_CHANGED)
    con.execute(
        """create table fresh_key as from key;
        insert into key from rest;
        create table asked as
            select * from entry
            union all select * from kept.entry where unique_id in (select entry_no from crossing);
        create view anybody as
            select * from entry
            union all select * from kept.entry where unique_id not in (select entry_no from dropped);
        create view anybodys_member as
            select record_key, anchor, item, entry_no from member
            union all
            select record_key, anchor, item, entry_no from kept.member
            where entry_no not in (select entry_no from remade)"""
    )
    con.execute(
        _PAIRS.format(
            limit=_LIMIT,
            of_numbers=_OF_NUMBERS,
            is_asked="(free.id in (select unique_id from asked) or other.id in (select unique_id from asked))",
            asked="asked",
            anybody="anybody",
            asked_members="(select * from anybodys_member where entry_no in (select unique_id from asked))",
            members="anybodys_member",
        )
    )


def _make_keys(con: duckdb.DuckDBPyConnection, more_keys: Mapping[str, str]) -> None:
    """Table ``key``: by the number of the rule, what of its key tells it from others, for every entry that has it."""
    con.execute("create table key (rule utinyint, key ubigint, id bigint, is_anchored boolean)")
    for rule, key in enumerate([*_KEYS.values(), *more_keys.values()]):
        con.execute("insert into key " + _OF_ENTRIES.format(rule=rule, key=key))
    for rule, key in enumerate(_CARD_KEYS.values(), len(_KEYS) + len(more_keys)):
        con.execute("insert into key " + _OF_CARDS.format(rule=rule, key=key))
