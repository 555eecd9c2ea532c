"""The columns of a list of persons against the list's own earlier delivery: what people keep, and what is still said.

A column may be sound cell by cell and yet be wrong as a whole: all flags turned round, villages a few rows too low, two
headings exchanged, an answer filled down, a column that is suddenly empty. What tells is what the same people stood
beside before. Most of them keep it from one delivery to the next; a column that they keep hardly more often than chance
would have it is not theirs.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import combinations
from math import sqrt
from typing import Any

import psycopg
from psycopg import sql

from simpul.contract import Column, Contract, Text, load_fields
from simpul.gate import shapes
from simpul.gate.persons import (
    KNOWN,
    MISSING,
    STAYS,
    VARIES,
    Broken,
    Other,
    is_of_persons,
    kappa,
    nik_of,
    same_list,
    sampled,
    to_do,
)
from simpul.predicates import clean, date
from simpul.regions import LEVEL_WORD
from simpul.render import partition_name

KEPT, EMPTIED = "delivery_values_of_others", "delivery_column_emptied"
RESPELT = "delivery_names_respelt"
BLOCK, EXCHANGED = "delivery_block_of_others", "delivery_columns_exchanged"
PART_LOST = "delivery_part_lost"

_MOVING = ("kecamatan", "desa", "no_kk", "no_kks", "noka_bpjs", "psnoka_bpjs")
_MAY_DIFFER = {
    "nama": 0.01,
    "tanggal_lahir": 0.02,
    **dict.fromkeys(("nama_ibu_kandung", "jenis_kelamin", "id_dtks"), 0.05),
    "tempat_lahir": 0.10,
    **dict.fromkeys(_MOVING, 0.15),  # in a year
}
"""Field → of so many people it is another: they were born when they were born, few move or get a card in a year …"""
_FEW = 5  # … but for so many
_SWAPPED, _OF_SWAPPED = 10, 0.8  # people who gave one of two answers; so many of both now give the other
_ONE_VALUE = 0.8  # share of the commonest value before, above which it is no news that all say the same
_MORE_BLANK = 0.15  # of the cells: half a column lost is lost; in a short list three errors of the share more
_RANKED_STAYS = 0.1  # kappa of what is ranked anew each time
_RESPELT = 0.3  # of the names; fewer lost a title, or were mended
_PER_WORD = 10  # people for each of the words of an answer …
_MEANS = 0.8  # … of whom so many said the old one
_SPELLINGS = 2  # new words for each old one (LAKI-LAKI, LAKI - LAKI)
_SLIPS = 0.02  # words of fewer people are somebody's slip, or move
_FILLED, _EMPTY = 0.5, 0.05  # shares of cells that say something: before, and now

BOUNDS: dict[str, dict[str, float]] = {
    KEPT: {
        "known": KNOWN,
        "few": _FEW,
        "one_value": _ONE_VALUE,
        **_MAY_DIFFER,
        "people_per_word": _PER_WORD,
        "word_means": _MEANS,
        "spellings": _SPELLINGS,
        "slips": _SLIPS,
        "kappa": STAYS,
        "kappa_of_ranks": _RANKED_STAYS,
        "by_chance": VARIES,
        "swapped": _SWAPPED,
        "of_swapped": _OF_SWAPPED,
    },
    RESPELT: {"known": KNOWN, "share": _RESPELT},
    BLOCK: shapes.BLOCK_BOUNDS,
    EXCHANGED: shapes.EXCHANGED_BOUNDS,
    PART_LOST: shapes.LOST_BOUNDS,
    EMPTIED: {"known": KNOWN, "more_blank": _MORE_BLANK, "filled_before": _FILLED, "filled_now": _EMPTY},
}
"""Rule → the numbers that decide, for the register of rules."""

_CHANGING = frozenset(
    {
        "bulan_iuran", "hasil", "id_baris", "keterangan", "keterangan_padan", "keterangan_tambahan", "nominal",
        "padan_dukcapil", "periode", "status_penerima", "tahap_salur", "tahun", "tahun_data", "tahun_iuran",
        "tanda_tangan", "tanggal_verval", "tat", "tertangani", "tmt", "urutan", "usia", "waktu_input",
        "waktu_pembaruan",
    }
)  # fmt: skip
"""Fields that say something else in every delivery: periods, row numbers, ages, amounts, what came of something."""
_OTHERWISE = frozenset({"alamat", "nama_cetak", "nama_lain", "nik"})
"""… and those that may be written otherwise for everybody."""
_NAMES = frozenset({"nama", "nama_ibu_kandung"})
"""Another name is one that cannot be the same person's, however it is written."""
_NUMBERS = frozenset({"id_dtks", "no_kk", "no_kks", "noka_bpjs", "psnoka_bpjs"})
"""Noughts are no number."""
_MISSING = tuple(word for word in MISSING if word != "0")  # a flag may be 0 or 1
_RANKED = frozenset({"desil", "persentil"})
_PARTS = frozenset({"desil", "hubungan_keluarga", "jenis_bansos", "jenis_kelamin", "kecamatan"})
"""Fields by which a list is sorted and filtered, so that a part of it is lost."""


def rules_of(contract: Contract) -> tuple[str, ...]:
    """Codes of the rules; none where the dataset is no list of persons."""
    if not is_of_persons(contract):
        return ()
    parts = (PART_LOST,) if any(column.field in _PARTS for column in contract.columns) else ()
    return (KEPT, RESPELT, EMPTIED, BLOCK, EXCHANGED, *parts)


def judge_against_earlier(
    conn: psycopg.Connection[Any],
    contract: Contract,
    file: dict[str, Any],
    records: int,
    others: Sequence[Other],
    told: Collection[str],
) -> tuple[list[Broken], dict[str, int]]:
    """Which columns are no longer those of the list's earlier delivery.

    Args:
        conn: autocommit connection.
        contract: the file's dataset.
        file: its row of ``audit.file``.
        records: how many it has.
        others: `persons.other_deliveries`.
        told: fields that other lists have told of already.

    Returns:
        The broken rules by column, and how many people or cells each rule looked at.
    """
    if not rules_of(contract):
        return [], {}
    looked_at = dict.fromkeys(rules_of(contract), 0)
    before = same_list(others)
    if before is None:
        return [], looked_at
    ((edition, part),) = conn.execute(
        "select edition, structure #>> '{letter,part}' from audit.file where file_id = %s", (before.file_id,)
    ).fetchall()
    is_part = part or ((file["structure"] or {}).get("letter") or {}).get("part")
    is_same_form = edition == file["edition"]  # another layout may lack the column
    emptied = list(_emptied(conn, contract, file, records, before, looked_at)) if is_same_form else []
    gone = {one.field for one in emptied} | {
        column.column for column in contract.columns if column.field in told
    }
    kept = [one for one in _kept(conn, contract, file, records, before, looked_at) if one.field not in gone]
    gone |= {one.field for one in kept}
    parted = [] if is_part else _parts_lost(conn, contract, file, records, before, looked_at)
    lost = [one for one in parted if one.field not in gone]
    return [*emptied, *kept, *lost], looked_at


_LEVEL = LEVEL_WORD.pattern.replace(r"\b", r"\M")  # PostgreSQL's word for the end of one


def compared_cell(conn: psycopg.Connection[Any], column: Column) -> str:
    """As it is compared: ``001`` is ``1``, ``Kec. Tebet`` ``TEBET``, a birth date the same however it is written."""
    text = clean(sql.Identifier(column.column).as_string(conn))
    if load_fields()[column.field].level:
        text = f"regexp_replace({text}, '{_LEVEL}', '', 'i')"
    if column.field == "tanggal_lahir":
        return f"({date(text)})::text"
    if column.field in _NUMBERS:
        return f"case when upper({text}) not in {MISSING} then nullif(ltrim({text}, '0'), '') end"
    said = f"coalesce(nullif(ltrim(upper({text}), '0'), ''), '0')"
    return f"case when upper({text}) not in {_MISSING} and {text} <> '' then {said} end"


# ------------------------------------------------------------------------------------------- what is no longer said
def _emptied(
    conn: psycopg.Connection[Any],
    contract: Contract,
    file: dict[str, Any],
    records: int,
    before: Other,
    looked_at: dict[str, int],
) -> Iterator[Broken]:
    columns = contract.columns
    told = sql.SQL(", ".join(["count(*)", *(f"count({compared_cell(conn, name)})" for name in columns)]))  # type: ignore[arg-type]
    of_both = []
    for file_id, count in ((before.file_id, before.records), (file["file_id"], records)):
        query = sql.SQL("select {} from {}").format(told, sampled(contract, file_id, count))
        row = conn.execute(query).fetchone()
        assert row is not None
        of_both.append(row)
    (were, *filled_before), (are, *filled_now) = of_both
    if min(were, are) < KNOWN:
        return
    looked_at[EMPTIED] = are
    for column, old, new in zip(columns, filled_before, filled_now, strict=True):
        is_lost = old >= _FILLED * were and new <= _EMPTY * are
        if is_lost or (column.field not in _CHANGING and _has_more_blanks(old / were, were, new / are, are)):
            yield Broken(EMPTIED, column.column, _emptied_reason(new, are, old, were, before))


def _has_more_blanks(before: float, were: int, now: float, are: int) -> bool:
    """Whether a share of filled cells fell by more than chance and `_MORE_BLANK`."""
    pooled = (before * were + now * are) / (were + are)
    error = sqrt(pooled * (1 - pooled) * (1 / were + 1 / are))
    return before - now > max(_MORE_BLANK, 3 * error)


# ------------------------------------------------------------------------------------------------ what people keep
def _kept(
    conn: psycopg.Connection[Any],
    contract: Contract,
    file: dict[str, Any],
    records: int,
    before: Other,
    looked_at: dict[str, int],
) -> Iterator[Broken]:
    columns = [column for column in contract.columns if column.field not in _CHANGING | _OTHERWISE]
    number = nik_of(conn, contract)
    cells = sql.SQL(", ".join(compared_cell(conn, column) for column in columns))  # type: ignore[arg-type]
    told = sql.SQL("select {} as number, {} from {}")
    now = _once(
        conn.execute(
            told.format(number, cells, sampled(contract, file["file_id"], records))
            + sql.SQL(" order by _row")
        ).fetchall()
    )
    then = sql.SQL("{} where {} = any(%s)").format(partition_name(contract, before.file_id), number)
    was = _once(conn.execute(told.format(number, cells, then), (list(now),)).fetchall())
    both = [person for person in now if person in was]
    told_of = set[str]()
    years = _years_between(file["period"], before.period)
    for place, column in enumerate(columns):
        pairs = [
            (here, there) for person in both if (here := now[person][place]) and (there := was[person][place])
        ]
        looked_at[KEPT] = max(looked_at[KEPT], len(pairs))
        if column.field == "nama":
            looked_at[RESPELT] = max(looked_at[RESPELT], len(pairs))
        if len(pairs) < KNOWN:
            continue
        if _is_of_one_value(pairs):
            told_of.add(column.column)
            yield Broken(
                KEPT, column.column, _kept_reason(pairs, sum(here != there for here, there in pairs), before)
            )
            continue
        pairs = relabelled(pairs)
        is_spelt = [here != there for here, there in pairs]
        is_other = [
            differs and (column.field not in _NAMES or not _may_be_one(*pair))
            for differs, pair in zip(is_spelt, pairs, strict=True)
        ]
        looked_at[BLOCK] = max(looked_at[BLOCK], len(pairs))
        if _is_of_others(column.field, pairs, sum(is_other), years):
            told_of.add(column.column)
            yield Broken(KEPT, column.column, _kept_reason(pairs, sum(is_other), before))
        elif found := shapes.block_of_pairs(pairs, is_other):
            told_of.add(column.column)
            yield Broken(BLOCK, column.column, _block_reason(found, len(pairs), before))
        elif column.field == "nama" and sum(is_spelt) > _RESPELT * len(pairs):
            yield Broken(RESPELT, column.column, _respelt_reason(sum(is_spelt), len(pairs), before))
    yield from _exchanged(
        {
            column.column: ([now[person][place] for person in both], [was[person][place] for person in both])
            for place, column in enumerate(columns)
            if column.column not in told_of
        },
        before,
        looked_at,
    )


def _exchanged(
    said: dict[str, tuple[list[str | None], list[str | None]]], before: Other, looked_at: dict[str, int]
) -> Iterator[Broken]:
    """Flags and ranks that stand under each other's heading, or twice.

    Args:
        said: column → what it says of the people of both deliveries, and what it said.
        before: the earlier delivery.
        looked_at: by rule.
    """
    values = {name: {cell for cell in was if cell} for name, (_, was) in said.items()}
    flags = [name for name, answers in values.items() if shapes.is_flag(answers)]
    told = set[str]()
    for pair in combinations(flags, 2):
        if len(values[pair[0]] & values[pair[1]]) < 2:
            continue
        cells = zip(*(cells for name in pair for cells in said[name]), strict=True)
        people = [
            ((here, beside), (was, was_beside))
            for here, was, beside, was_beside in cells
            if here and was and beside and was_beside
        ]
        looked_at[EXCHANGED] = max(looked_at[EXCHANGED], len(people))
        found = shapes.exchanged([now for now, _ in people], [was for _, was in people])
        for name, other, is_other in zip(pair, pair[::-1], found, strict=bool(found)):
            if is_other and name not in told:
                told.add(name)
                yield Broken(EXCHANGED, name, _exchanged_reason(other, len(people), before))


# ------------------------------------------------------------------------------------------------- what part is lost
def _parts_lost(
    conn: psycopg.Connection[Any],
    contract: Contract,
    file: dict[str, Any],
    records: int,
    before: Other,
    looked_at: dict[str, int],
) -> Iterator[Broken]:
    """Columns of which a value that a good part of the list had is gone, and with it the people."""
    columns = [column for column in contract.columns if column.field in _PARTS]
    if not columns:
        return
    cells = sql.SQL("select {} from {}")
    told = sql.SQL(", ".join(compared_cell(conn, column) for column in columns))  # type: ignore[arg-type]
    of_both = [
        list(
            zip(*conn.execute(cells.format(told, sampled(contract, file_id, count))).fetchall(), strict=True)
        )
        for file_id, count in ((before.file_id, before.records), (file["file_id"], records))
    ]
    for column, *said in zip(columns, *of_both, strict=False):  # a file may have no record
        was, now = (Counter(value for value in of if value) for of in said)
        looked_at[PART_LOST] = max(looked_at[PART_LOST], now.total())
        if gone := shapes.lost(was, now):
            yield Broken(
                PART_LOST, column.column, _lost_reason(len(gone), sum(was[one] for one in gone), was, before)
            )


def _years_between(period: str | None, other: str | None) -> int:
    """Begun years between two periods; 1 where one is not known."""
    return max(1, abs(int(period[:4]) - int(other[:4]))) if period and other else 1


def _may_be_one(name: str, other: str) -> bool:
    from simpul.identity.normal import may_be_one  # with it comes all that links

    return may_be_one(name, other)


def _is_of_one_value(pairs: Sequence[tuple[str, str]]) -> bool:
    """Whether all are said the same of, who were not before."""
    commonest = Counter(there for _, there in pairs).most_common(1)[0][1]
    return len({here for here, _ in pairs}) == 1 and commonest < _ONE_VALUE * len(pairs)


def relabelled(pairs: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Answers in new words as if in the old ones: ``1`` is ``YA`` where it stands beside most of those who said so.

    Only words that nobody used before are read so, and those of very few people are left. Answers that are turned round
    use the old words, and villages under the heading of districts are more than there are districts.

    Args:
        pairs: of each person what is said now, and what was said.
    """
    used = {there for _, there in pairs}
    beside: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for here, there in pairs:
        if here not in used:
            beside[here][there] += 1
    meaning = {
        word: there.most_common(1)[0]
        for word, there in beside.items()
        if there.total() >= _SLIPS * len(pairs)
    }
    is_other_wording = (
        len(used) * _PER_WORD <= len(pairs)
        and len(meaning) <= _SPELLINGS * len(used)
        and all(people >= _MEANS * beside[word].total() for word, (_, people) in meaning.items())
    )
    old = {word: there for word, (there, _) in meaning.items()} if is_other_wording else {}
    return [(old.get(here, here), there) for here, there in pairs]


def _is_of_others(field: str, pairs: Sequence[tuple[str, str]], other: int, years: int) -> bool:
    """Whether a column is no longer the people's own, of whom it says something else of so many (``other``)."""
    share = _MAY_DIFFER.get(field, 1.0) * (years if field in _MOVING else 1)
    if other > max(_FEW, share * len(pairs)):
        return True
    if field not in _NAMES and swapped(pairs):
        return True
    if field in _NAMES or (stays := kappa(pairs)) is None:
        return False
    return stays < (_RANKED_STAYS if field in _RANKED else STAYS)


def swapped(pairs: Sequence[tuple[str, str]]) -> tuple[str, str] | None:
    """Two answers of many that have changed places, while the others stay.

    Args:
        pairs: of each person what is said now, and what was said.
    """
    were = Counter(there for _, there in pairs)
    moved = Counter((there, here) for here, there in pairs if here != there)
    for (one, other), people in moved.items():
        back = moved[other, one]
        if (
            one < other
            and min(people, back) >= _SWAPPED
            and all(number >= _OF_SWAPPED * were[answer] for answer, number in ((one, people), (other, back)))
        ):
            return one, other
    return None


def _once(rows: Iterable[Sequence[str | None]]) -> dict[str, Sequence[str | None]]:
    """NIK → what stands beside it, of those that stand once."""
    told: defaultdict[str, list[Sequence[str | None]]] = defaultdict(list)
    for number, *cells in rows:
        if number:
            told[number].append(cells)
    return {number: all_[0] for number, all_ in told.items() if len(all_) == 1}


# ------------------------------------------------------------------------------------------------------ what is told
def _emptied_reason(new: int, are: int, old: int, were: int, before: Other) -> Text:
    return to_do(
        EMPTIED,
        f"of {are} records (of a sample) {new} say something in this column; in {before.told} {old} of {were} did.",
        f"dari {are} rekaman (dalam sampel) {new} yang terisi pada kolom ini; pada {before.told} {old} dari {were}.",
    )


def _respelt_reason(other: int, people: int, before: Other) -> Text:
    return to_do(
        RESPELT,
        f"the names of {other} of {people} people are spelt otherwise than in {before.told}: they may have been cut, or"
        " have lost letters or blanks.",
        f"nama {other} dari {people} orang dieja berbeda dari {before.told}: mungkin terpotong, atau kehilangan"
        " huruf atau spasi.",
    )


def _block_reason(found: shapes.Block, people: int, before: Other) -> Text:
    return to_do(
        BLOCK,
        f"of {found.people} people who stand together, {found.differ} stand beside something else than in"
        f" {before.told}, and hardly anybody of the other {people - found.people}: in this part of the list the"
        " column slid, or was filled down.",
        f"dari {found.people} orang yang berurutan, {found.differ} tercantum dengan isian lain daripada pada"
        f" {before.told}, sedangkan dari {people - found.people} orang lainnya hampir tidak ada: di bagian ini"
        " kolomnya bergeser atau terisi ke bawah.",
    )


def _exchanged_reason(other: str, people: int, before: Other) -> Text:
    return to_do(
        EXCHANGED,
        f"of {people} people the column says what `{other}` said in {before.told} or says beside it: two columns were"
        " exchanged, or one was copied over the other.",
        f"pada {people} orang kolom ini berisi apa yang tertulis pada `{other}`, di sini atau pada {before.told}: dua"
        " kolom tertukar, atau satu disalin ke yang lain.",
    )


def _lost_reason(values: int, cells: int, was: dict[str, int], before: Other) -> Text:
    return to_do(
        PART_LOST,
        f"{values} value(s) of this column that {cells} of {sum(was.values())} records of {before.told} had (of a"
        " sample) stand hardly anywhere: a part of the list was filtered out or cut off.",
        f"{values} nilai kolom ini yang ada pada {cells} dari {sum(was.values())} rekaman {before.told} (dalam sampel)"
        " nyaris tidak ada lagi: sebagian daftar tersaring atau terpotong.",
    )


def _kept_reason(pairs: Sequence[tuple[str, str]], other: int, before: Other) -> Text:
    kept = len(pairs) - other
    kinds = len(Counter(here for here, _ in pairs))
    return to_do(
        KEPT,
        f"of {len(pairs)} people only {kept} still stand beside what they stood beside in {before.told}, fewer than"
        f" keep it where nothing slid or was given anew; the column says {kinds} different things of them.",
        f"dari {len(pairs)} orang hanya {kept} yang isiannya masih seperti pada {before.told}, lebih sedikit daripada"
        f" biasanya bila tidak ada yang bergeser atau diganti; kolom ini berisi {kinds} hal yang berbeda.",
    )
