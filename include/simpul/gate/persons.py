"""The columns of a list of persons as wholes: whether they are of the people beside whose NIK they stand, and vary.

A spreadsheet that sorts or fills one column alone leaves every cell sound and gives it to somebody else. What tells is
what other lists, and other periods of this one, say of the same NIKs. Nobody's word counts more: a NIK is in order
when any of its names here may be any of those elsewhere, so only what no list confirms is counted, and a number that
nobody had before is new, not somebody else's.

Looked at is a sample of the records, and of every other list its newest delivery, so that a million records take
seconds.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import psycopg
from psycopg import sql

from simpul.contract import Contract, Text, load_contracts
from simpul.gate import amounts, shapes
from simpul.landing.slice import Slice
from simpul.predicates import BLANKS, clean, date, money
from simpul.programmes import programme_codes
from simpul.render import partition_name

NIKS, NIKS_CHANGED = "delivery_niks_of_others", "delivery_niks_changed"
NAMES, MOTHERS, CARDS = "delivery_names_of_others", "delivery_mothers_of_others", "delivery_cards_of_others"
AMOUNTS = "delivery_amounts_of_others"
ALIKE, COLUMN_ALIKE, CUT = "delivery_people_alike", "delivery_column_alike", "delivery_names_cut"

OF_OTHERS = frozenset({NIKS, NIKS_CHANGED, NAMES, MOTHERS, CARDS})
"""Rules by which other lists tell whose a column is."""

SAMPLE = 5_000  # records that are looked at
_LISTS = 20  # other deliveries that are asked …
_ROWS = 3_000_000  # … of so many rows together
KNOWN = 20  # people of whom others say something; of fewer nothing is told
_SHARED = 10  # a number beside more names than a family has is nobody's
_FEW = 5  # so many are spelt otherwise in any list
_OF_OTHERS = 0.20  # more names, cards or numbers than this share are not slips
_CHANGED = 0.02  # … and more numbers than this, of people whom this very list knew by others, are told
_NAMESAKES = 0.10  # of people whom nobody knows, so many have the name and birth date of somebody else
STAYS = 0.3  # of amounts that vary: how much more often people keep theirs than chance would have it (kappa)
_FLAT = 0.8  # of the amounts were one and the same before: then it is no news that all are
VARIES = 0.8  # of amounts of which chance alone keeps more, nothing is told
_VALUES = 50  # so few different values in any list …
_PER_VALUE = 20  # … of so many cells each
_SAME = 3  # names in a list of any length: no list of people has so few, while a short one may repeat many
_SHORTEST = 7  # letters: in every list somebody's name is longer

BOUNDS: dict[str, dict[str, float]] = {
    **{code: {"known": KNOWN, "few": _FEW, "share": _OF_OTHERS} for code in (NAMES, MOTHERS, CARDS)},
    NIKS: {"known": KNOWN, "few": _FEW, "share": _OF_OTHERS, "namesakes": _NAMESAKES},
    NIKS_CHANGED: {"known": KNOWN, "few": _FEW, "share": _CHANGED, "namesakes": _NAMESAKES},
    AMOUNTS: {"known": KNOWN, "kappa": STAYS, "by_chance": VARIES, "flat": _FLAT, **shapes.BLOCK_BOUNDS},
    ALIKE: {"values": _VALUES, "cells_per_value": _PER_VALUE, "names": _SAME},
    COLUMN_ALIKE: {"values": _VALUES, "cells_per_value": _PER_VALUE},
    CUT: {"cells": _PER_VALUE, "letters": _SHORTEST},
}
"""Rule → the numbers that decide, for the register of rules."""

_CARD_FIELDS = ("no_kk", "no_kks", "noka_bpjs", "psnoka_bpjs")
_FIELDS = {"nama": NAMES, "nama_ibu_kandung": MOTHERS} | dict.fromkeys(_CARD_FIELDS, CARDS)
MISSING = ("-", "--", ".", "0", "NULL", "N/A", "#N/A")
_NIK = "^[1-9][0-9]{15}$"
_BIRTH = "tanggal_lahir"
_VARYING = ("nik", *_FIELDS, "alamat")
_COMPARED = frozenset({*_VARYING, _BIRTH, "nominal", "programme"})

_OTHERS = """
select file_id, dataset, period, slice_key, coalesce(rows_loaded, 0) as records from audit.file
where status = 'landed' and rows_dropped_at is null and dataset = any(%(datasets)s) and file_id <> %(file_id)s
    and (region_code is null or %(region)s::text is null or region_code = %(region)s
        or starts_with(region_code, %(region)s || '.') or starts_with(%(region)s, region_code || '.'))
-- what came before it, the newest first; only then what a late one is before
order by (period <= %(period)s) is not false desc, period desc nulls last, received_at desc, file_id"""


@dataclass(frozen=True)
class Broken:
    """A rule that a column breaks, the column or its field, and what a person who has to mend it is told.

    ``row``: where it is of one row that is no record. ``counted``: what stands beside the address, by name.
    """

    code: str
    field: str
    told: Text
    row: int | None = None
    counted: dict[str, int] | None = None


@dataclass(frozen=True)
class Other:
    """A delivery that is asked. ``is_same_list``: an earlier one of this very list."""

    file_id: str
    contract: Contract
    period: str | None
    records: int
    is_same_list: bool

    @property
    def told(self) -> str:
        return " ".join(filter(None, (self.contract.dataset, self.period, f"({self.file_id})")))


Values = defaultdict[str, set[str]]
"""NIK → what is said of it."""
Said = tuple[Other, list[tuple[str | None, ...]]]
"""A delivery and what it says of the people of the sample: NIK, then what was asked for."""
Paid = dict[str, set[str]]
"""Programme → NIKs of the sample whom other deliveries pay."""


def rules_of(contract: Contract) -> tuple[str, ...]:
    """Codes of the rules that the columns of this dataset are asked; none where it is no list of persons."""
    if not is_of_persons(contract):
        return ()
    fields = {column.field for column in contract.columns}
    of_others = dict.fromkeys(rule for name, rule in _FIELDS.items() if name in fields)
    numbers = (NIKS, NIKS_CHANGED) if _keys(fields) else ()
    paid = (AMOUNTS,) if amounts.rules_of(contract) else ()
    return (*of_others, *numbers, *paid, ALIKE, COLUMN_ALIKE, CUT)


def is_of_persons(contract: Contract) -> bool:
    """Whether a record of the dataset is of somebody who has a NIK."""
    return not contract.is_melted and any(column.field == "nik" for column in contract.columns)


def judge_columns(
    conn: psycopg.Connection[Any],
    contract: Contract,
    file: dict[str, Any],
    records: int,
    others: Sequence[Other],
) -> tuple[list[Broken], dict[str, int], Paid]:
    """Which rules the columns break.

    Args:
        conn: autocommit connection.
        contract: the file's dataset.
        file: its row of ``audit.file``.
        records: how many it has.
        others: `other_deliveries`.

    Returns:
        The broken rules, how many people or cells each rule looked at, and whom of the sample others pay.
    """
    asked = rules_of(contract)
    if not asked:
        return [], {}, {}
    looked_at = dict.fromkeys(asked, 0)
    with conn.transaction():
        fields = _take_sample(conn, contract, file, records)
        names = [name for name in _FIELDS if name in fields]
        told = [(other, _said(conn, other, (*names, "programme"))) for other in others]
        said = [(other, [row[:-1] for row in rows]) for other, rows in told]
        broken = [
            *_alike(conn, fields, others, looked_at),
            *_of_others(conn, names, said, looked_at),
            *_numbers(conn, fields, said, looked_at),
            *_amounts(conn, fields, others, looked_at),
        ]
        conn.execute("drop table if exists mine, newcomer")
    return broken, looked_at, _paid(told)


def _paid(told: Iterable[Said]) -> Paid:
    paid: defaultdict[str, set[str]] = defaultdict(set)
    for _, rows in told:
        for nik, *_, programme in rows:
            for code in programme_codes(programme or "") if nik else ():
                paid[code].add(nik)
    return dict(paid)


# ---------------------------------------------------------------------------------------------------------- the sample
def _columns(conn: psycopg.Connection[Any], contract: Contract) -> dict[str, sql.Composable]:
    """Field → its cells as they are compared: in capitals, NULL where nothing is said; ``programme``: of any name."""
    cells: dict[str, sql.Composable] = {}
    for column in contract.columns:
        name = "programme" if column.field in amounts.PROGRAMME else column.field
        if name in cells or name not in _COMPARED:
            continue
        text = clean(sql.Identifier(column.column).as_string(conn))
        if name == "nik":  # of millions of rows, so nothing is asked of it but its digits
            marks = sql.Literal(BLANKS + ".-'`").as_string(conn)
            told = f"translate({sql.Identifier(column.column).as_string(conn)}, {marks}, '')"
        elif name == _BIRTH:
            told = f"({date(text)})::text"
        elif name == "nominal":
            told = f"trim_scale({money(text)})::text"
        else:
            told = f"case when upper({text}) not in {MISSING} then upper({text}) end"
        cells[name] = sql.SQL(told)  # type: ignore[arg-type]
    return cells


def nik_of(conn: psycopg.Connection[Any], contract: Contract) -> sql.Composed:
    """The NIK of a record, NULL where it is none."""
    return sql.SQL("substring({} from {})").format(_columns(conn, contract)["nik"], sql.Literal(_NIK))


def sampled(contract: Contract, file_id: str, records: int, run: int = 1) -> sql.Composed:
    """Where about `SAMPLE` records of a delivery are read, in runs of so many rows that stand together."""
    return sql.SQL("{} where _row / {} % {} = 0").format(
        partition_name(contract, file_id), sql.Literal(run), sql.Literal(records // SAMPLE + 1)
    )


def _take_sample(
    conn: psycopg.Connection[Any], contract: Contract, file: dict[str, Any], records: int
) -> tuple[str, ...]:
    """Table ``mine`` of the records that are looked at; the fields that it has."""
    cells = _columns(conn, contract)
    cells["nik"] = nik_of(conn, contract)
    conn.execute(
        sql.SQL("create temp table mine on commit drop as select {} from {}").format(
            sql.SQL(", ").join(
                sql.SQL("{} as {}").format(cell, sql.Identifier(name)) for name, cell in cells.items()
            ),
            sampled(contract, file["file_id"], records),
        )
        + sql.SQL(" order by _row")
    )
    conn.execute("analyze mine")
    return tuple(cells)


def other_deliveries(conn: psycopg.Connection[Any], contract: Contract, file: dict[str, Any]) -> list[Other]:
    """Of every list its newest delivery, of each dataset one in turn; what this one may replace says nothing."""
    contracts = {name: one for name, one in load_contracts().items() if rules_of(one)}
    mine = Slice.parse(file["slice_key"]) if file["slice_key"] else Slice()
    asked = {
        "datasets": list(contracts),
        "file_id": file["file_id"],
        "region": file["region_code"],
        "period": file["period"],
    }
    found: dict[tuple[str, str], Other] = {}
    of_dataset: Counter[str] = Counter()
    turns: list[tuple[int, Other]] = []
    for file_id, dataset, period, key, records in conn.execute(_OTHERS, asked).fetchall():
        theirs = Slice.parse(key) if key else Slice()
        is_same_list = dataset == contract.dataset and (theirs.region, theirs.content) == (
            mine.region,
            mine.content,
        )
        replaces = mine.covers(theirs) or theirs.covers(mine) or mine.may_cover(theirs)
        if dataset == contract.dataset and replaces:
            continue
        scope = (dataset, Slice("", theirs.region, theirs.content).key)
        if scope not in found and _has_rows(conn, contracts[dataset], file_id):
            found[scope] = Other(file_id, contracts[dataset], period, records, is_same_list)
            turns.append((of_dataset[dataset], found[scope]))
            of_dataset[dataset] += 1
    return list(_within(sorted(turns, key=lambda turn: turn[0])))


def same_list(others: Iterable[Other]) -> Other | None:
    """The newest earlier delivery of the very list."""
    return next((one for one in others if one.is_same_list), None)


def _has_rows(conn: psycopg.Connection[Any], contract: Contract, file_id: str) -> bool:
    """Of a list that is being withdrawn the rows may be gone already."""
    rows = partition_name(contract, file_id).as_string(conn)
    return conn.execute("select to_regclass(%s) is not null", (rows,)).fetchone() == (True,)


def _within(turns: Iterable[tuple[int, Other]]) -> Iterator[Other]:
    """So many of them as can be read in seconds; the first whatever its length."""
    rows = 0
    for number, (_, other) in enumerate(turns):
        rows += other.records
        if number == _LISTS or (number and rows > _ROWS):
            return
        yield other


def _said(conn: psycopg.Connection[Any], other: Other, names: Sequence[str]) -> list[tuple[str | None, ...]]:
    """NIK and fields of the records of another list that are about the people of the sample."""
    cells = _columns(conn, other.contract)
    nothing = sql.SQL("null::text")
    told = sql.SQL(", ").join(
        sql.SQL("{} as {}").format(cells.get(name, nothing), sql.Identifier(name)) for name in ("nik", *names)
    )
    return conn.execute(
        sql.SQL(
            "select distinct * from (select {} from {}) as theirs where nik in (select nik from mine)"
        ).format(told, partition_name(other.contract, other.file_id))
    ).fetchall()


# ------------------------------------------------------------------------------------------------- whose they are
def _of_others(
    conn: psycopg.Connection[Any], names: Sequence[str], said: Sequence[Said], looked_at: dict[str, int]
) -> Iterator[Broken]:
    """Names and cards that no list knows of these people."""
    if not names or not said:
        return
    others = [other for other, _ in said]
    here, elsewhere = ({name: Values(set) for name in names} for _ in range(2))
    mine = sql.SQL("select nik, {} from mine where nik is not null").format(
        sql.SQL(", ").join(map(sql.Identifier, names))
    )
    _collect(here, names, conn.execute(mine).fetchall())
    for _, rows in said:
        _collect(elsewhere, names, rows)
    for name in names:
        code = _FIELDS[name]
        known = [
            nik
            for nik, said in here[name].items()
            if nik in elsewhere[name] and max(len(said), len(elsewhere[name][nik])) <= _SHARED
        ]
        strange = [nik for nik in known if not _agree(name, here[name][nik], elsewhere[name][nik])]
        too_many = max(_FEW, _OF_OTHERS * len(known))
        if code == CARDS and len(strange) > too_many:
            taken = _known_cards(conn, name, {card for nik in strange for card in here[name][nik]}, others)
            strange = [nik for nik in strange if here[name][nik] <= taken]
        looked_at[code] = max(looked_at[code], len(known))
        if len(known) >= KNOWN and len(strange) > too_many:
            yield Broken(code, name, _reason(name, code, len(strange), len(known), others))


def _collect(into: dict[str, Values], names: Sequence[str], rows: Iterable[tuple[str | None, ...]]) -> None:
    for nik, *values in rows:
        for name, value in zip(names, values, strict=True):
            if nik and value:
                into[name][nik].add(value)


def _agree(name: str, here: set[str], elsewhere: set[str]) -> bool:
    if _FIELDS[name] == CARDS:
        return not here.isdisjoint(elsewhere)
    from simpul.identity.normal import may_be_one  # with it comes all that links

    return not here.isdisjoint(elsewhere) or any(may_be_one(*pair) for pair in product(here, elsewhere))


def _keys(fields: Iterable[str]) -> list[tuple[str, str]]:
    """What tells a person besides the NIK: the name, and the birth date or a card."""
    has = set(fields)
    return [("nama", name) for name in (_BIRTH, *_CARD_FIELDS) if {"nama", name} <= has]


def _numbers(
    conn: psycopg.Connection[Any], fields: Sequence[str], said: Sequence[Said], looked_at: dict[str, int]
) -> Iterator[Broken]:
    """NIKs that nobody had, of people whom other lists know by name and birth date, or by name and card.

    The rules by NIK say nothing of such a number, for it is nobody else's; but a column of them is not of new people.
    """
    if NIKS not in looked_at or not said:
        return
    elsewhere, before = ({nik for _, rows in of for nik, *_ in rows} for of in (said, _of_same_list(said)))
    conn.execute(
        "create temp table newcomer on commit drop as"
        " select * from mine where nik not like '%%0000' and nik <> all(%s)",
        (list(elsewhere),),
    )
    kinds = _keys(fields)
    here = _by_key(conn.execute(_keyed(kinds, sql.SQL("newcomer"))).fetchall())
    (of_all,) = conn.execute("select count(distinct nik) from mine").fetchone() or (0,)
    looked_at[NIKS], looked_at[NIKS_CHANGED] = len(elsewhere), len(before)
    newcomers = {nik for niks in here.values() for nik in niks}
    if len(newcomers) <= max(_FEW, _CHANGED * of_all):
        return
    for code, of, known, most in (
        (NIKS, said, elsewhere, _OF_OTHERS),
        (NIKS_CHANGED, _of_same_list(said), before, _CHANGED),
    ):
        strange = {nik for key in _known_keys(conn, kinds, of) for nik in here[key]}
        people = len(strange) + len(known)
        looked_at[code] = people
        too_many = max(_FEW, most * people, _NAMESAKES * len(newcomers))
        if people >= KNOWN and len(strange) > too_many:
            yield Broken(code, "nik", _numbers_reason(code, len(strange), people, [one for one, _ in of]))
            return


def _of_same_list(said: Sequence[Said]) -> list[Said]:
    return [(other, rows) for other, rows in said if other.is_same_list]


def _known_keys(
    conn: psycopg.Connection[Any], kinds: Sequence[tuple[str, str]], said: Sequence[Said]
) -> set[str]:
    """Keys of the newcomers that are somebody's in other lists who has a NIK there."""
    found: set[str] = set()
    for other, _ in said:
        cells = _columns(conn, other.contract)
        theirs = _keys(cells)
        shared = [kind for kind in kinds if kind in theirs]
        if not shared:
            continue
        cells["nik"] = nik_of(conn, other.contract)
        names = dict.fromkeys(("nik", *(name for kind in shared for name in kind)))
        told = sql.SQL("(select {} from {}) as theirs where nama in (select nama from newcomer)").format(
            sql.SQL(", ").join(
                sql.SQL("{} as {}").format(cells[name], sql.Identifier(name)) for name in names
            ),
            partition_name(other.contract, other.file_id),
        )
        found |= _by_key(conn.execute(_keyed(shared, told)).fetchall()).keys()
    return found


def _keyed(kinds: Sequence[tuple[str, str]], table: sql.Composable) -> sql.Composed:
    """NIK, and of each kind of key what tells the person; rounded numbers are nobody's."""
    keys = sql.SQL(", ").join(
        sql.SQL("{} || {} || {}").format(
            sql.Identifier(name), sql.Literal(f"|{other}|"), sql.Identifier(other)
        )
        for name, other in kinds
    )
    return sql.SQL("select nik, {} from (select * from {}) as told where nik not like '%0000'").format(
        keys, table
    )


def _by_key(rows: Iterable[tuple[str | None, ...]]) -> Values:
    told = Values(set)
    for nik, *keys in rows:
        for key in keys:
            if nik and key:
                told[key].add(nik)
    return told


def _known_cards(
    conn: psycopg.Connection[Any], name: str, cards: set[str], others: Sequence[Other]
) -> set[str]:
    """Those of the cards that other lists have, too."""
    found: set[str] = set()
    for other in others:
        if cell := _columns(conn, other.contract).get(name):
            query = sql.SQL(
                "select distinct card from (select {} as card from {}) as told where card = any(%s)"
            )
            rows = conn.execute(
                query.format(cell, partition_name(other.contract, other.file_id)), (list(cards),)
            )
            found |= {card for (card,) in rows}
    return found


def _amounts(
    conn: psycopg.Connection[Any], fields: Sequence[str], others: Sequence[Other], looked_at: dict[str, int]
) -> Iterator[Broken]:
    """Whether people are paid what they were paid in another period more often than chance would have it.

    Counted are amounts that both periods know: new rates, or a month after a quarter, say nothing of a slip.
    """
    if AMOUNTS not in looked_at:
        return
    named = ("programme", "nominal")
    mine = _one_amount_each(conn.execute("select nik, programme, nominal from mine").fetchall())
    for other in (one for one in others if one.is_same_list):
        theirs = _one_amount_each(_said(conn, other, named))
        both = set(mine.values()) & set(theirs.values())
        pairs = [
            (amount, theirs[key])
            for key, amount in mine.items()
            if key in theirs and amount in both and theirs[key] in both
        ]
        looked_at[AMOUNTS] = len(pairs)
        if slid := _slid_or_filled(
            [(key, amount, theirs[key]) for key, amount in mine.items() if key in theirs]
        ):
            yield Broken(AMOUNTS, "nominal", _amounts_reason(slid, other))
            return
        if len(pairs) >= KNOWN and (stays := kappa(pairs)) is not None and stays < STAYS:
            yield Broken(AMOUNTS, "nominal", _amounts_reason(pairs, other))
        if len(pairs) >= KNOWN:
            return


def _slid_or_filled(paid: Iterable[tuple[tuple[str, str], str, str]]) -> list[tuple[str, str]]:
    """Amounts now and before of a programme that pays all the same, though it did not, or others to people who stand
    together; empty where there is none.
    """
    of: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    for (_, programme), now, before in paid:
        of[programme].append((now, before))
    for pairs in of.values():
        commonest = max(Counter(before for _, before in pairs).values())
        is_flat = len({now for now, _ in pairs}) == 1 and commonest < _FLAT * len(pairs)
        if len(pairs) >= KNOWN and (is_flat or shapes.block([now != before for now, before in pairs])):
            return pairs
    return []


def _one_amount_each(rows: Iterable[tuple[str | None, ...]]) -> dict[tuple[str, str], str]:
    """(NIK, programme) → amount, of those that are paid once."""
    told: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for nik, programme, amount in rows:
        if nik and programme and amount:
            told[nik, programme].append(amount)
    return {key: amounts[0] for key, amounts in told.items() if len(amounts) == 1}


def kappa(pairs: Sequence[tuple[str, str]]) -> float | None:
    """Cohen's kappa: 1 where everybody keeps theirs, 0 where they are dealt anew; None where chance decides.

    Source: J. Cohen, A coefficient of agreement for nominal scales, Educ. and Psychol. Measurement 20 (1960).
    """
    count = len(pairs)
    now, before = (Counter(pair[place] for pair in pairs) for place in (0, 1))
    by_chance = sum(now[amount] * before[amount] for amount in now) / count**2
    kept = sum(one == other for one, other in pairs) / count
    return None if by_chance > VARIES else (kept - by_chance) / (1 - by_chance)


# ---------------------------------------------------------------------------------------------------- all of one value
def _alike(
    conn: psycopg.Connection[Any], fields: Sequence[str], others: Sequence[Other], looked_at: dict[str, int]
) -> Iterator[Broken]:
    """Columns that say of everybody the same, and names that are cut."""
    varying = [name for name in _VARYING if name in fields]
    counts = _counted(conn, varying, sql.SQL("mine"))
    for name in varying:
        cells, values = counts[name]
        code = ALIKE if name == "nik" or (name == "nama" and values <= _SAME) else COLUMN_ALIKE
        looked_at[code] = max(looked_at[code], cells)
        if not _is_alike(cells, values):
            continue
        if name == "alamat" and not _varied(conn, name, others):  # of a village some lists say its name alone
            continue
        yield Broken(code, name, _alike_reason(code, name, cells, values))
    if "nama" in fields:
        row = conn.execute("select count(*), max(length(nama)) from mine where nama ~ '[A-Z]'").fetchone()
        assert row is not None
        looked_at[CUT] = row[0]
        if row[0] >= _PER_VALUE and row[1] <= _SHORTEST:
            yield Broken(CUT, "nama", _cut_reason(*row))


def _counted(
    conn: psycopg.Connection[Any], names: Sequence[str], table: sql.Composable
) -> dict[str, tuple[int, int]]:
    """Field → cells that say something, and how many different things they say."""
    counts = sql.SQL(", ").join(
        sql.SQL("count({0}), count(distinct {0})").format(sql.Identifier(name)) for name in names
    )
    row = conn.execute(sql.SQL("select {} from {}").format(counts, table)).fetchone()
    assert row is not None
    return {name: (row[2 * place], row[2 * place + 1]) for place, name in enumerate(names)}


def _is_alike(cells: int, values: int) -> bool:
    return cells >= _PER_VALUE and values <= min(_VALUES, cells // _PER_VALUE)


def _varied(conn: psycopg.Connection[Any], name: str, others: Sequence[Other]) -> bool:
    """Whether the column said many things when the list last came."""
    for other in others:
        cell = _columns(conn, other.contract).get(name)
        if other.is_same_list and cell:
            table = sql.SQL("(select {} as {} from {}) as before").format(
                cell, sql.Identifier(name), sampled(other.contract, other.file_id, other.records)
            )
            return not _is_alike(*_counted(conn, [name], table)[name])
    return False


# ------------------------------------------------------------------------------------------------------- what is told
_CALLED = {
    "nik": ("NIKs", "NIK"),
    "nama": ("names", "nama"),
    "nama_ibu_kandung": ("mothers' names", "nama ibu kandung"),
    "no_kk": ("family card numbers", "nomor KK"),
    "no_kks": ("KKS card numbers", "nomor KKS"),
    "noka_bpjs": ("family numbers of BPJS", "nomor NOKA BPJS"),
    "psnoka_bpjs": ("card numbers of BPJS", "nomor PSNOKA BPJS"),
    "alamat": ("addresses", "alamat"),
}


def to_do(code: str, en: str, id_: str) -> Text:
    """What was found, then what to do."""
    return Text(
        en=f"rule {code}: {en} Correct the column and deliver the file again; where the list is right all the same, two"
        " people may waive the rule for a while (`simpul waivers ask`).",
        id=f"aturan {code}: {id_} Perbaiki kolomnya lalu kirim ulang berkasnya; bila daftar ini memang benar, dua orang"
        " dapat mengesampingkan aturan ini untuk sementara (`simpul waivers ask`).",
    )


def _reason(name: str, code: str, strange: int, known: int, others: Sequence[Other]) -> Text:
    en, id_ = _CALLED[name]
    asked = _asked(others)
    return to_do(
        code,
        f"of {known} people whose NIK other deliveries know, {strange} stand beside {en} of somebody else."
        f" A column may have slid, or been sorted or filled alone; asked were {asked}.",
        f"dari {known} orang yang NIK-nya dikenal kiriman lain, {strange} tercantum dengan {id_} milik"
        f" orang lain. Satu kolom mungkin bergeser, atau diurutkan atau diisi tersendiri; pembandingnya {asked}.",
    )


def _numbers_reason(code: str, strange: int, people: int, others: Sequence[Other]) -> Text:
    asked = _asked(others)
    return to_do(
        code,
        f"of {people} people whom other deliveries know by name and birth date or card, {strange} stand beside a NIK"
        f" that is not theirs there. The column may have been rounded, filled or exchanged; asked were {asked}.",
        f"dari {people} orang yang dikenal kiriman lain menurut nama dan tanggal lahir atau kartunya, {strange}"
        f" tercantum dengan NIK yang bukan miliknya di sana. Kolomnya mungkin dibulatkan, terisi"
        f" otomatis, atau tertukar; pembandingnya {asked}.",
    )


def _asked(others: Sequence[Other]) -> str:
    return ", ".join(other.told for other in others[:3]) + (", …" if len(others) > 3 else "")


def _amounts_reason(pairs: Sequence[tuple[str, str]], other: Other) -> Text:
    kept = sum(one == before for one, before in pairs)
    return to_do(
        AMOUNTS,
        f"of {len(pairs)} people only {kept} are paid what {other.told} paid them, hardly more than by chance, or the"
        " others stand together, or all get the same.",
        f"dari {len(pairs)} orang hanya {kept} yang menerima nominal seperti pada {other.told}, nyaris sama dengan"
        " kebetulan, atau yang lain berurutan, atau semua menerima sama.",
    )


def _alike_reason(code: str, name: str, cells: int, values: int) -> Text:
    en, id_ = _CALLED[name]
    return to_do(
        code,
        f"{cells} records (of a sample) have only {values} different {en}.",
        f"{cells} rekaman (dalam sampel) hanya memuat {values} {id_} yang berbeda.",
    )


def _cut_reason(cells: int, longest: int) -> Text:
    return to_do(
        CUT,
        f"of {cells} names none is longer than {longest} letters: they were cut.",
        f"dari {cells} nama tidak satu pun lebih dari {longest} huruf: nama terpotong.",
    )
