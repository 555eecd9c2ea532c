"""Records → entries: what is one person beyond doubt, before anything is compared.

The carriers of a valid NIK are one entry, or one for each side of them (`simpul.identity.parting`); every other item of
a register is one over its periods; so is an item of which a steward said that it is not another's. An entry speaks with
the attributes that most of its records have. A payment list that has nothing but the NIK is given the birth date and
the sex that stand in it, and where the NIK is another's, the home of that person.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

import pyarrow as pa

from simpul.identity.comparisons import is_default, rest_of, slips
from simpul.identity.grammar import PLAIN_NUMBER
from simpul.identity.levels import SHORT
from simpul.identity.normal import columns
from simpul.identity.parting import Carrier, sides

if TYPE_CHECKING:
    import duckdb

_NAME = pa.schema(
    [
        ("name", pa.string()),
        ("words", pa.list_(pa.string())),
        ("words_key", pa.string()),
        ("phonetic", pa.list_(pa.string())),
        ("phonetic_key", pa.string()),
    ]
)
_SIDE = pa.schema([("record_key", pa.string()), ("side", pa.int64()), ("owns_nik", pa.bool_())])
TRUSTED = "case when nik_status = 'valid' and regexp_full_match(nik, '[0-9]{16}') then nik end"
"""The NIK of a record that may be a person's own: its ``number``."""
# an M in front is read as Muhammad, and may be any name that begins so: MULYONO, MARIA
_NAMES = """
select name, words, words_key as same, phonetic as sounds, phonetic_key as sound,
    list_transform(words, lambda word: word[1]) as initials, array_to_string(words, '') as solid,
    len(list_filter(words, lambda word: length(word) = 1)) > 0
        or regexp_matches(name, '^[^a-z]*M[. ]', 'i') as is_abbreviated, len(words) as parts
from names where words_key is not null
"""
# A number that is none of a person's is not compared with numbers; everything else may be one with a slip. A status may
# come from a field mapping: what has no sixteen digits is no valid NIK, whatever it is called.
_SPOKEN = """
create table spoken as
with trusted as (select *, {trusted} as number from record)
select t.*, n.same, m.sound as mother,
    case when nik_status = '{plain}' or (nik_status not in ('missing', 'placeholder', 'temporary', 'is_kk_number')
        and length(nik) between 12 and 18) then nik end as digits,
    try_strptime(
        lpad(((substr(number, 7, 2)::int) % 40)::varchar, 2, '0') || substr(number, 9, 2)
        || case when substr(number, 11, 2)::int <= {year} % 100 then '20' else '19' end
        || substr(number, 11, 2),
        '%d%m%Y')::date as birth_in_number,
    case when number is not null then case when substr(number, 7, 2) > '40' then 'female' else 'male' end end
        as sex_in_number
from trusted t left join name n on n.name = t.name left join name m on m.name = t.mother_name
"""
# nobody contradicts where two spellings differ by a slip in one word that is not short: see `levels.nearly`
_IS_SLIP = f"""(len(one) = 1 and len(other) = 1 and least(length(one[1]), length(other[1])) >= {SHORT}
    and {slips("one[1]", "other[1]")})"""
_DOUBTFUL = f"""
with carrier as (
    select number, record_key, birth_date, name, same, mother_name, mother, no_kk
    from spoken where number is not null),
differing as (
    select number, min(same) as first, max(same) as last, string_split(first, ' ') as words,
        string_split(last, ' ') as others, {rest_of("words", "others")} as one, {rest_of("others", "words")} as other,
        min(no_kk) <> max(no_kk) and min(mother) <> max(mother) as are_two_homes
    from carrier group by number having first <> last or are_two_homes),
doubtful as (
    select number from differing where are_two_homes or not {_IS_SLIP}
    union select number from differing join carrier using (number) where same not in (first, last))
select number, list(record_key order by record_key), birth_date, name, mother_name, no_kk
from carrier join doubtful using (number) group by all order by number, 2
"""  # noqa: S608 - SQL of ours
_MEMBERS = """
create table grouped as
select record_key, anchor, coalesce(d.owns_nik, number is not null) as owns_nik,
    case when number is null then 'a|' || anchor else 'n|' || coalesce(d.side, 0) || '|' || number end as group_key
from spoken s left join side d using (record_key);
create table told_apart as
with pair as (
    select a.anchor as one, b.anchor as other, group_key
    from decision join grouped a on a.anchor = anchor_a join grouped b using (group_key)
    where not is_same and b.anchor = anchor_b)
select distinct group_key, unnest([one, other]) as anchor from pair;
create table placed_record as
with told as (
    select record_key, t.anchor is null and owns_nik as owns_nik,
        case when t.anchor is null then group_key else group_key || '|' || g.anchor end as group_key
    from grouped g left join told_apart t using (group_key, anchor))
select record_key, owns_nik, (md5_number_lower(group_key) >> 1)::bigint as entry_no from told;
create table member as select s.*, p.owns_nik, p.entry_no from spoken s join placed_record p using (record_key);
drop table grouped; drop table spoken; drop table told_apart; drop table placed_record
"""
# A birth date that forms are filled with stands for the one in the record's number, where that is of the same year and
# no slip of it (who is born on 1 January may have a slip in the number). What was sent stays as it was sent.
_DAY, _MONTH = "lpad((try_cast(substr(nik, 7, 2) as int) % 40)::varchar, 2, '0')", "substr(nik, 9, 2)"
_MEANT = f"""coalesce(case when nik_status = 'contradicts_birth_date' and {is_default("strftime(birth_date, '%Y%m%d')")}
        and substr(nik, 11, 2) = strftime(birth_date, '%y')
        and not {is_default(f"({_MONTH} || {_DAY})")}
        and damerau_levenshtein({_DAY} || {_MONTH}, strftime(birth_date, '%d%m')) > 1
    then try_strptime({_DAY} || {_MONTH} || year(birth_date), '%d%m%Y')::date end, birth_date)"""
# the name that most records have, in the order in which most write it; of equally many the fullest, then the first;
# the mark is another where anything else is said of the entry, or by other lines (`changing`)
_ENTRIES = """
create table entry as
with named as (
    select entry_no, same, mode(name order by name) as name, count(*) as votes
    from member where same is not null group by all),
best_name as (
    select entry_no, name.* from named join name using (name)
    qualify row_number() over (
        partition by entry_no order by votes desc, parts desc, length(named.same) desc, named.same) = 1),
of_mother as (
    select entry_no, mother, min(mother_name) as name, count(*) as votes
    from member where mother is not null group by all),
best_mother as (
    select entry_no, mother, name.sounds as mother_sounds from of_mother join name using (name)
    qualify row_number() over (partition by entry_no order by votes desc, length(mother) desc, mother) = 1),
told as (
    select entry_no, count(*) as records, bool_and(owns_nik) as owns_nik, min(number) as number,
        bool_and(owns_nik) and count(birth_date) > 0 as is_anchored,
        mode(digits order by digits) as digits,
        mode({meant} order by {meant}) as birth_date, any_value(birth_in_number) as birth_in_number,
        mode(sex order by sex) as sex, any_value(sex_in_number) as sex_in_number,
        list_sort(list_distinct(list(no_kk) filter (no_kk is not null))) as cards,
        list_sort(list_distinct(list(village) filter (village is not null))) as villages,
        mode(village order by village) as village, mode(district order by district) as district,
        mode(address order by address) as address, bit_xor(hash(record_key, item)) as lines
    from member group by entry_no),
-- who was sent with somebody else's NIK is mostly a relative of that person
borrower as (
    select t.entry_no, owner.cards, owner.villages, owner.village, owner.district
    from told t join told owner on owner.number = t.number and owner.owns_nik where not t.owns_nik)
select * exclude (lines), hash(*columns(*)) as mark from (
select entry_no as unique_id, records, owns_nik, is_anchored, case when is_anchored then number end as nik,
    case when b.entry_no is null then coalesce(number, digits) end as number,
    number is not null and b.entry_no is null as is_valid,
    n.same, n.sound, n.solid, n.is_abbreviated, n.words, n.sounds, n.initials, m.mother, m.mother_sounds,
    coalesce(told.birth_date, case when b.entry_no is null then birth_in_number end) as birth_date,
    told.birth_date is not null as is_birth_told,
    strftime(coalesce(told.birth_date, case when b.entry_no is null then birth_in_number end), '%Y%m%d') as birth,
    coalesce(sex, case when b.entry_no is null then sex_in_number end) as sex,
    coalesce(told.cards, b.cards) as cards, coalesce(told.villages, b.villages) as villages,
    coalesce(told.village, b.village) as village, coalesce(told.district, b.district) as district,
    left(coalesce(told.district, b.district), 5) as regency, address,
    regexp_replace(address, '[^0-9]+', ' ', 'g') as houses, lines
from told left join best_name n using (entry_no) left join best_mother m using (entry_no)
left join borrower b using (entry_no))
"""
# the fullest of an entry's records speaks for it, and a second one stands beside
_SPEAKERS = """
create table speaker as
with ranked as (
    select m.entry_no, m.record_key,
        row_number() over (
            partition by m.entry_no order by m.same is not distinct from e.same desc,
                (m.birth_date is not null)::int + (m.mother is not null)::int + (m.no_kk is not null)::int
                + (m.sex is not null)::int + (m.address is not null)::int desc, m.record_key) as place
    from member m join entry e on e.unique_id = m.entry_no)
select entry_no, min(record_key) filter (place = 1) as record_key, min(record_key) filter (place = 2) as second_key
from ranked group by entry_no
"""


def latest_year(con: duckdb.DuckDBPyConnection, records: str = "record") -> int:
    """Year of the youngest birth date among the records: two digits of a year in a NIK mean none after it. A date that
    is still to come is a slip, and would move everybody's century.
    """
    youngest = "max(birth_date) filter (birth_date <= current_date)"
    (row,) = con.execute(f"select year(coalesce({youngest}, current_date)) from {records}").fetchall()  # noqa: S608
    return int(row[0])


def make_entries(con: duckdb.DuckDBPyConnection, year: int) -> None:
    """Tables ``record`` and ``decision`` → ``member`` (record and entry), ``entry`` (attributes), ``speaker`` and
    ``name`` (every different name, taken apart).

    ``is_anchored``: the entry owns a NIK that a birth date beside it bears out. The number of an entry is made of the
    NIK, or of the item, that its records have in common, so it stays from run to run whoever else comes (of a million
    entries two share one in 1 of 20 million runs).

    Args:
        con: where the tables are.
        year: the latest in which anybody was born, see `latest_year`.
    """
    take_names(con, "record")  # of most `resolving.take` has taken them already
    con.execute(_SPOKEN.format(plain=PLAIN_NUMBER, trusted=TRUSTED, year=year))
    con.register("parted", _parted(con))
    con.execute("create table side as select * from parted")
    con.unregister("parted")
    con.execute(_MEMBERS)
    con.execute(_ENTRIES.format(meant=_MEANT))
    con.execute(_SPEAKERS)
    con.execute("drop table side; drop table record")


def take_names(con: duckdb.DuckDBPyConnection, records: str) -> None:
    """Add to table ``name`` every name, of people and mothers, in a table of records that is not there yet."""
    con.register("names", _NAME.empty_table())
    con.execute(f"create table if not exists name as {_NAMES}")
    con.unregister("names")
    found = con.execute(
        f"""select name from (select name from {records} union select mother_name from {records}) as said
        where name is not null and not exists (select 1 from name where name.name = said.name) order by 1"""  # noqa: S608
    ).fetchall()
    con.register("names", pa.table(columns(name for (name,) in found), schema=_NAME))
    con.execute(f"insert into name {_NAMES}")
    con.unregister("names")


def _parted(con: duckdb.DuckDBPyConnection) -> pa.Table:
    """The sides of every NIK that stands beside different names: record_key, side, owns_nik."""
    rows: list[tuple[str, int, bool]] = []
    for _, group in groupby(con.execute(_DOUBTFUL).fetchall(), key=lambda row: row[0]):
        carried = {keys[0]: (Carrier(keys[0], *said, records=len(keys)), keys) for _, keys, *said in group}
        for number, side in enumerate(sides(carrier for carrier, _ in carried.values())):
            rows += [(key, number, side.owns_nik) for first in side.keys for key in carried[first][1]]
    columns_ = list(zip(*rows, strict=True)) or [(), (), ()]
    return pa.table(columns_, schema=_SIDE)
