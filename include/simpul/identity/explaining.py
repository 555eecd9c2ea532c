"""Why a record belongs to its person: what it has in common with the record that it was linked through.

A record is compared with one other record of its person: with the fullest of its entry, and that one with the fullest
of the entry that it was joined to. What is said is worked out from these two records alone, attribute by attribute,
whatever their entries weighed; so it is true of them. No sentence holds a value.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

import pyarrow as pa

from simpul.identity.clusters import Clusters
from simpul.identity.comparisons import ONE_TEKNONYM, gamma_sql, labels, slips
from simpul.identity.sentences import sentence

if TYPE_CHECKING:
    import duckdb


class Joint(NamedTuple):
    """Why two entries were joined: ``decision``, ``item`` (one of a list), ``only`` (too light, but nobody else
    fits) or ``weight``, and that weight in bits.
    """

    by: str
    weight: float | None = None


WITH_DATE, WITHOUT_DATE, DESPITE = 0.999, 0.995, 0.98
"""How sure one valid NIK makes two records: birth dates the same, one missing, or different. On the synthetic city,
whose truth is known, 99.98, 100 and 99.7 % are right; real files are dirtier, so we claim less."""
ONLY_ONE = 0.75
"""How sure a pair is that is too light by itself, where nobody else fits: that holds only among those who are in some
list. Of invented people of whom all lists are there 96 to 99 % of such pairs are right, and 76 % in the worst world:
few names, half of all records missing."""
MOST_SURE = 0.9999
"""No evidence says more."""

CARD = "case when regexp_full_match(no_kk, '[0-9]{16}') and no_kk <> repeat('0', 16) then no_kk end"
"""The family card of a record, where it may be one."""

_TREE = pa.schema(
    [
        ("entry_no", pa.int64()),
        ("other", pa.int64()),
        ("by", pa.string()),
        ("weight", pa.float64()),
        ("is_root", pa.bool_()),
    ]
)
_SENTENCES = pa.schema(
    [("sentence_no", pa.int32()), ("explanation", pa.string()), ("explanation_id", pa.string())]
)


def _level(comparison: str) -> str:
    """The level of a comparison by its label; ``missing`` where one side has nothing."""
    return f"(['missing', {', '.join(repr(label) for label in labels(comparison))}])[2 + {gamma_sql(comparison)}]"


_ATTRIBUTES = {
    "nik": f"""case when number_l = number_r then 'same valid'
        when digits_l is null and digits_r is null then 'neither' when digits_l is null or digits_r is null then 'one'
        when digits_l = digits_r then 'same' when {slips("digits_l", "digits_r")} then 'slip'
        when {slips("digits_l", "digits_r", 2)} then 'slips' else 'other' end""",
    "name": f"""case when upper(trim(name_l)) = upper(trim(name_r)) then 'same'
        when {ONE_TEKNONYM} then 'called after a child' else {_level("name")} end""",
    "birth": _level("birth"),
    "sex": "case when sex_l = sex_r then 'same' when sex_l <> sex_r then 'other' else 'missing' end",
    "mother": f"""case when mother_l is null or mother_r is null then 'missing' when mother_l = mother_r then 'same'
        when {slips("mother_l", "mother_r")} then 'slip'
        when list_has_any(mother_sounds_l, mother_sounds_r) then 'part' else 'other' end""",
    "card": f"""case when no_kk_l is null or no_kk_r is null then 'missing' when no_kk_l = no_kk_r then 'same'
        when {slips("no_kk_l", "no_kk_r")} then 'slip' else 'other' end""",
    "place": """case when address_l = address_r then 'address' when village_l = village_r then 'village'
        when district_l = district_r then 'district' when district_l is null or district_r is null then 'missing'
        else 'other' end""",
}
"""Attribute → what two records have in common in it, over columns ``…_l`` and ``…_r`` of ``member``."""

_COMPARED = """
create table compared as
select m.record_key,
    m.record_key = s.record_key and t.entry_no is not null and (not t.is_root or s.second_key is null) as is_joined,
    case when is_joined then beyond.record_key when m.record_key = s.record_key then s.second_key else s.record_key end
        as other_key,
    case when other_key is null then 'alone' when is_joined then t.by when m.number is not null then 'nik'
        else 'item' end as "by",
    case when is_joined then t.weight end as weight
from member m join speaker s using (entry_no) left join tree t using (entry_no)
left join speaker beyond on beyond.entry_no = t.other
"""
_EXPLAINED = """
create table coded as
with side as (
    select record_key, member.number, digits, member.name, member.same, n.* exclude (name, same), member.sex, no_kk,
        strftime(birth_date, '%Y%m%d') as birth, member.mother, m.sounds as mother_sounds, address, village, district
    from member left join name n using (name) left join name m on m.name = mother_name)
select c.record_key, c.other_key, c.by, c.weight, concat_ws('|', c.by, {attributes}) as codes
from (select columns(*) as "\\0_l" from side) as one
join compared as c on c.record_key = record_key_l
join (select columns(*) as "\\0_r" from side) as other on c.other_key = record_key_r
union all
select record_key, null, "by", null,
    case when entries > 1 then 'alone|shared' when number is not null then 'alone|nik' else 'alone' end
from compared join member using (record_key)
left join (
    select digits, count(distinct entry_no) as entries from {everybody}
    where digits in (select digits from member) group by digits) as carrier using (digits)
where other_key is null
"""


# A card with a slip is no other family: of two such cards of one person the one on more records is meant.
_MENDED = """
create table mended as
with held as (
    select cluster, {card} as card, count(*) as records from member join placed using (entry_no)
    where {card} is not null group by all)
select one.cluster, one.card, other.card as meant
from held one join held other on one.cluster = other.cluster and one.records < other.records and {is_slip}
qualify row_number() over (partition by one.cluster, one.card order by other.records desc, other.card) = 1
"""
# a record that is alone may be one whose NIK is shared, or one that nobody else has
_SAID = """
create table said as
select record_key, other_key,
    case when "by" = 'weight' then 'evidence' when "by" in ('nik', 'only', 'decision') then "by" else
        case when other_key is not null then 'item' else replace(codes, '|', '_') end end as rule,
    case when "by" = 'weight' then round(least(1 / (1 + pow(2, -weight)), {most}), 4) when "by" = 'only' then {only}
        when "by" = 'nik' then
        case when contains(codes, '|same day|') then {date} when contains(codes, '|missing|') then {no_date}
            else {despite} end end as probability,
    codes, coalesce(meant, {card}) as card, split_part(anchor, '|', 1) as dataset,
    coalesce(nik_status, 'missing') as nik_status
from coded join member using (record_key) join placed using (entry_no)
left join mended on mended.cluster = placed.cluster and mended.card = {card}
"""
_TOLD = """
select record_key, other_key as compared_with,
    case rule when 'nik' then 'nik' when 'evidence' then 'probabilistic' when 'only' then 'probabilistic'
        when 'decision' then 'manual' else 'single' end
        as match_kind, probability as match_probability, sentence_no, cluster, anchor, card as no_kk
from said join told using (codes) join member using (record_key) join placed using (entry_no)
"""


def explain(
    con: duckdb.DuckDBPyConnection,
    clusters: Clusters,
    why: Mapping[tuple[int, int], Joint],
    everybody: str = "member",
) -> tuple[pa.Table, pa.Table]:
    """What each record is linked through; leaves table ``said``: by which rule and how surely it has its person, the
    card of its family, and by what it is counted.

    Args:
        con: has tables ``member``, ``name``, ``speaker`` and ``placed`` (entry_no, cluster).
        clusters: how the entries were joined.
        why: pair of joined entries (l < r) → its `Joint`.
        everybody: relation of all records, of which those of ``member`` may be a part.

    Returns:
        record_key, compared_with (NULL where the record is alone), match_kind, match_probability, sentence_no, cluster,
        anchor (item of a list), no_kk (family card, where it may be one);
        and the sentences: sentence_no, explanation, explanation_id.
    """
    con.register("tree", _tree(clusters, why))
    con.execute(_COMPARED)
    con.unregister("tree")
    con.execute(_EXPLAINED.format(attributes=", ".join(_ATTRIBUTES.values()), everybody=everybody))
    codes = [code for (code,) in con.execute("select distinct codes from coded order by 1").fetchall()]
    con.register("told", pa.table({"codes": codes, "sentence_no": pa.array(range(len(codes)), pa.int32())}))
    con.execute(_MENDED.format(card=CARD, is_slip=slips("one.card", "other.card")))
    con.execute(
        _SAID.format(
            card=CARD, most=MOST_SURE, only=ONLY_ONE, date=WITH_DATE, no_date=WITHOUT_DATE, despite=DESPITE
        )
    )
    records = con.sql(_TOLD).to_arrow_table()
    con.unregister("told")
    con.execute("drop table compared; drop table coded; drop table mended")
    said = [sentence(code.split("|")) for code in codes]
    numbers = range(len(codes))
    return records, pa.table(
        [list(numbers), [one.en for one in said], [one.id for one in said]], schema=_SENTENCES
    )


def _tree(clusters: Clusters, why: Mapping[tuple[int, int], Joint]) -> pa.Table:
    """Every joined entry and the neighbour it hangs on; the first of a cluster hangs on its first neighbour."""
    near: dict[int, list[int]] = defaultdict(list)
    for one, other in clusters.joined:
        near[one].append(other)
        near[other].append(one)
    rows = []
    for root in clusters.members:
        rows.append((root, near[root][0], *why[_pair(root, near[root][0])], True))
        seen, waiting = {root}, deque([root])
        while waiting:
            here = waiting.popleft()
            for entry in near[here]:
                if entry not in seen:
                    seen.add(entry)
                    waiting.append(entry)
                    rows.append((entry, here, *why[_pair(entry, here)], False))
    return pa.table(list(zip(*rows, strict=True)) or [()] * len(_TREE), schema=_TREE)


def _pair(one: int, other: int) -> tuple[int, int]:
    return (one, other) if one < other else (other, one)
