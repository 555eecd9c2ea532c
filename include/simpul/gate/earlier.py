"""The columns of a list of persons against the list's own earlier delivery: what people keep, and what is still said.

A column may be sound cell by cell and yet be wrong as a whole: all flags turned round, villages a few rows too low, two
headings exchanged, an answer filled down, a column that is suddenly empty. What tells is what the same people stood
beside before. Most of them keep it from one delivery to the next; a column that they keep hardly more often than chance
would have it is not theirs.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from math import sqrt
from typing import Any

import psycopg
from psycopg import sql

from simpul.contract import Column, Contract, Text
from simpul.gate.persons import (
    KNOWN,
    MISSING,
    SAMPLE,
    STAYS,
    VARIES,
    Broken,
    Other,
    is_of_persons,
    kappa,
    nik_of,
    to_do,
)
from simpul.predicates import clean, date
from simpul.render import partition_name

KEPT, EMPTIED = "delivery_values_of_others", "delivery_column_emptied"
SHORTENED = "delivery_names_shortened"

_MAY_DIFFER = {"tanggal_lahir": 0.05, "jenis_kelamin": 0.05, "tempat_lahir": 0.10, "id_dtks": 0.05, "kecamatan": 0.15,
               "desa": 0.15}  # fmt: skip
"""Field → of so many people it is another: they were born when they were born, and few move in a year …"""
_FEW = 5  # … but for so many
_ONE_VALUE = 0.8  # share of the commonest value before, above which it is no news that all say the same
_MORE_BLANK = 0.15  # of the cells: half a column lost is lost; in a short list three errors of the share more
_RANKED_STAYS = 0.1  # kappa of what is ranked anew each time
_SHORTER = 0.3  # of people whose name is a part of what it was; fewer lost a title, or an alias
_FILLED, _EMPTY = 0.5, 0.05  # shares of cells that say something: before, and now

BOUNDS: dict[str, dict[str, float]] = {
    KEPT: {
        "known": KNOWN,
        "few": _FEW,
        "one_value": _ONE_VALUE,
        **_MAY_DIFFER,
        "kappa": STAYS,
        "kappa_of_ranks": _RANKED_STAYS,
        "by_chance": VARIES,
    },
    SHORTENED: {"known": KNOWN, "share": _SHORTER},
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
_OTHERWISE = frozenset(
    {
        "alamat",
        "nama",
        "nama_cetak",
        "nama_lain",
        "nama_ibu_kandung",
        "no_kk",
        "no_kks",
        "noka_bpjs",
        "psnoka_bpjs",
    }
)
"""… and those that may be written otherwise, or given anew, for everybody: `simpul.gate.persons` looks at these."""
_MISSING = tuple(word for word in MISSING if word != "0")  # a flag may be 0 or 1
_RANKED = frozenset({"desil", "persentil"})


def rules_of(contract: Contract) -> tuple[str, ...]:
    """Codes of the rules; none where the dataset is no list of persons."""
    return (KEPT, SHORTENED, EMPTIED) if is_of_persons(contract) else ()


def judge_against_earlier(
    conn: psycopg.Connection[Any],
    contract: Contract,
    file: dict[str, Any],
    records: int,
    others: Sequence[Other],
) -> tuple[list[Broken], dict[str, int]]:
    """Which columns are no longer those of the list's earlier delivery.

    Args:
        conn: autocommit connection.
        contract: the file's dataset.
        file: its row of ``audit.file``.
        records: how many it has.
        others: `persons.other_deliveries`.

    Returns:
        The broken rules by column, and how many people or cells each rule looked at.
    """
    if not rules_of(contract):
        return [], {}
    looked_at = dict.fromkeys(rules_of(contract), 0)
    before = next((one for one in others if one.is_same_list), None)
    if before is None:
        return [], looked_at
    edition = conn.execute("select edition from audit.file where file_id = %s", (before.file_id,)).fetchone()
    # another layout may lack the column
    is_same_form = edition == (file["edition"],)
    emptied = list(_emptied(conn, contract, file, records, before, looked_at)) if is_same_form else []
    gone = {one.field for one in emptied}
    kept = _kept(conn, contract, file, records, before, looked_at)
    return [*emptied, *(one for one in kept if one.field not in gone)], looked_at


def _rows(contract: Contract, file_id: str, records: int) -> sql.Composed:
    """Where a sample of a delivery's records is read."""
    every = sql.Literal(records // SAMPLE + 1)
    return sql.SQL("{} where _row % {} = 0").format(partition_name(contract, file_id), every)


def _cell(conn: psycopg.Connection[Any], column: Column) -> str:
    """As it is compared: ``001`` is ``1``, a birth date is the same however it is written."""
    text = clean(sql.Identifier(column.column).as_string(conn))
    if column.field == "tanggal_lahir":
        return f"coalesce(({date(text)})::text, {text})"
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
    told = sql.SQL(", ".join(["count(*)", *(f"count({_cell(conn, name)})" for name in columns)]))  # type: ignore[arg-type]
    of_both = []
    for file_id, count in ((before.file_id, before.records), (file["file_id"], records)):
        query = sql.SQL("select {} from {}").format(told, _rows(contract, file_id, count))
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
    columns = [
        column
        for column in contract.columns
        if column.field == "nama" or column.field not in _CHANGING | _OTHERWISE | {"nik"}
    ]
    number = nik_of(conn, contract)
    cells = sql.SQL(", ".join(_cell(conn, column) for column in columns))  # type: ignore[arg-type]
    told = sql.SQL("select {} as number, {} from {}")
    now = _once(
        conn.execute(told.format(number, cells, _rows(contract, file["file_id"], records))).fetchall()
    )
    then = sql.SQL("{} where {} = any(%s)").format(partition_name(contract, before.file_id), number)
    was = _once(conn.execute(told.format(number, cells, then), (list(now),)).fetchall())
    both = sorted(now.keys() & was.keys())
    for place, column in enumerate(columns):
        pairs = [
            (here, there) for person in both if (here := now[person][place]) and (there := was[person][place])
        ]
        code = SHORTENED if column.field == "nama" else KEPT
        looked_at[code] = max(looked_at[code], len(pairs))
        if code == SHORTENED:
            shorter = sum(
                here != there and there.endswith(here) | there.startswith(here) for here, there in pairs
            )
            if len(pairs) >= KNOWN and shorter > _SHORTER * len(pairs):
                yield Broken(SHORTENED, column.column, _shortened_reason(shorter, len(pairs), before))
                continue
        if len(pairs) >= KNOWN and _is_of_others(column.field, pairs):
            yield Broken(KEPT, column.column, _kept_reason(pairs, before))


def _is_of_others(field: str, pairs: Sequence[tuple[str, str]]) -> bool:
    differ = sum(here != there for here, there in pairs)
    if field in _MAY_DIFFER and differ > max(_FEW, _MAY_DIFFER[field] * len(pairs)):
        return True
    commonest = Counter(there for _, there in pairs).most_common(1)[0][1]
    if len({here for here, _ in pairs}) == 1 and commonest < _ONE_VALUE * len(pairs):
        return True
    if field == "nama" or (stays := kappa(pairs)) is None:
        return False
    return stays < (_RANKED_STAYS if field in _RANKED else STAYS)


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


def _shortened_reason(shorter: int, people: int, before: Other) -> Text:
    return to_do(
        SHORTENED,
        f"the names of {shorter} of {people} people are a beginning or an end of what they were in {before.told}.",
        f"nama {shorter} dari {people} orang hanya awal atau akhir dari namanya pada {before.told}.",
    )


def _kept_reason(pairs: Sequence[tuple[str, str]], before: Other) -> Text:
    kept = sum(one == other for one, other in pairs)
    kinds = len(Counter(here for here, _ in pairs))
    return to_do(
        KEPT,
        f"of {len(pairs)} people only {kept} still stand beside what they stood beside in {before.told}, fewer than"
        f" keep it where nothing slid; the column says {kinds} different things of them.",
        f"dari {len(pairs)} orang hanya {kept} yang isiannya masih seperti pada {before.told}, lebih sedikit daripada"
        f" biasanya bila tidak ada yang bergeser; kolom ini berisi {kinds} hal yang berbeda.",
    )
