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
    "number begins": "left(number, 12) || sounds[1]",
    "number but its end": "left(number, 15)",
    "number ends": "right(number, 10)",
}
# … and over each of its cards
_CARD_KEYS = {"card and word": "unnest(sounds)", "card and birth": "birth"}

_PAIRS = """
create table pair as
with block as (
    select rule, key from key group by rule, key
    having count(*) between 2 and case rule when 'name' then {few} else {most} end and not bool_and(is_anchored)),
kept as (select key.* from key join block using (rule, key)),
home_birth as (select unique_id as id, is_anchored, birth, unnest(cards) as card from entry where birth is not null)
select distinct least(free.id, other.id) as l, greatest(free.id, other.id) as r
from kept as free join kept as other using (rule, key) where not free.is_anchored and free.id <> other.id
union
select one.unique_id, other.unique_id
from entry as one join entry as other on one.birth = other.birth and one.sound = other.sound
where one.unique_id < other.unique_id and one.is_anchored and other.is_anchored
    and (damerau_levenshtein(one.nik, other.nik) <= 1 or one.mother = other.mother
        or list_has_any(one.cards, other.cards))
union
select one.id, other.id
from home_birth as one join home_birth as other using (card, birth)
where one.id < other.id and one.is_anchored and other.is_anchored
union
select distinct one.entry_no, other.entry_no from member as one join member as other using (anchor)
where one.entry_no < other.entry_no
"""


def make_pairs(con: duckdb.DuckDBPyConnection, more_keys: Mapping[str, str] = MappingProxyType({})) -> None:
    """Table ``entry`` → table ``pair`` (l < r). A key makes at most `MOST` squared of them.

    ``more_keys``: those of the profile (`simpul.identity.profiles`), rule → SQL over an entry.
    """
    con.execute("create table key (rule varchar, key varchar, id bigint, is_anchored boolean)")
    for rule, key in {**_KEYS, **more_keys}.items():
        con.execute(
            f"insert into key select '{rule}', {key}, unique_id, is_anchored from entry where {key} is not null"  # noqa: S608 - keys of ours
        )
    for rule, key in _CARD_KEYS.items():
        con.execute(
            f"""insert into key
            select distinct '{rule}', card || ' ' || other, unique_id, is_anchored from (
                select unique_id, is_anchored, card, {key} as other from (select *, unnest(cards) as card from entry))
            where other is not null"""  # noqa: S608
        )
    con.execute(_PAIRS.format(few=FEW, most=MOST))
    con.execute("drop table key")
