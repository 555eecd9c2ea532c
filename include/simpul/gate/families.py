"""What a family has in common: a decile, a village, a neighbourhood. A column that slid tears families apart.

Held against the list's earlier delivery, for not every list keeps a family together; of ranks a first delivery is
asked, too, because they are given to families. Of a long list some families are looked at, each of them whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import psycopg
from psycopg import sql

from simpul.contract import Column, Contract, Text
from simpul.gate.persons import SAMPLE, Broken, Other, is_of_persons, same_list, to_do
from simpul.predicates import cell_of
from simpul.render import partition_name

APART = "delivery_families_apart"

_CARD = ("no_kk", "id_keluarga")
_RANKS = frozenset({"desil", "persentil"})
_SHARED = frozenset({*_RANKS, "kecamatan", "desa", "rt", "rw"})
_FEW, _SHARE = 5, 0.02  # families whose people differ in any list …
_TIMES = 3.0  # … and of those of the earlier delivery so many times as many
_FIRST = 0.25  # of the families of a first delivery
_LARGEST = 15  # people; a card of more is a home's, or nobody's

BOUNDS: dict[str, dict[str, float]] = {
    APART: {"few": _FEW, "share": _SHARE, "times": _TIMES, "first": _FIRST, "largest": _LARGEST}
}
"""Rule → the numbers that decide, for the register of rules."""


def rules_of(contract: Contract) -> tuple[str, ...]:
    """The rule, where the dataset lists the people of a family."""
    return (APART,) if is_of_persons(contract) and _card(contract) and _shared(contract) else ()


def _card(contract: Contract) -> str | None:
    """The column that says who is one family."""
    return next((contract.column_of[name] for name in _CARD if name in contract.column_of), None)


def _shared(contract: Contract) -> list[Column]:
    return [column for column in contract.columns if column.field in _SHARED]


def judge_families(
    conn: psycopg.Connection[Any],
    contract: Contract,
    file: dict[str, Any],
    records: int,
    others: Sequence[Other],
) -> tuple[list[Broken], dict[str, int]]:
    """Which columns tear families apart.

    Args:
        conn: autocommit connection.
        contract: the file's dataset.
        file: its row of ``audit.file``.
        records: how many it has.
        others: `persons.other_deliveries`.

    Returns:
        The broken rule by column, and how many families it looked at.
    """
    if not rules_of(contract):
        return [], {}
    before = same_list(others)
    families, differ = _differing(conn, contract, file["file_id"], records)
    suspect = {name: count for name, count in differ.items() if count > max(_FEW, _SHARE * families)}
    were, did = (0, dict[str, int]())
    if before and suspect:
        were, did = _differing(conn, before.contract, before.file_id, before.records)
    return list(_told(contract, suspect, families, did, were)), {APART: families}


def _told(
    contract: Contract, suspect: dict[str, int], families: int, did: dict[str, int], were: int
) -> Iterator[Broken]:
    for column in _shared(contract):
        count = suspect.get(column.column, 0)
        if not count or (not were and column.field not in _RANKS):
            continue
        usual = _TIMES * did[column.column] / were + _SHARE if were else _FIRST
        if count > usual * families:
            yield Broken(APART, column.column, _reason(count, families, did.get(column.column), were))


def _differing(
    conn: psycopg.Connection[Any], contract: Contract, file_id: str, records: int
) -> tuple[int, dict[str, int]]:
    """Families of several people, and column → those whose people it says different things of."""
    card, shared = _card(contract), _shared(contract)
    assert card is not None
    name = cell_of(card)
    apart = sql.SQL(", ").join(
        sql.SQL("min(nullif({0}, '')) <> max(nullif({0}, ''))").format(
            sql.SQL("upper({})").format(cell_of(column.column))
        )
        for column in shared
    )
    names = [sql.Identifier(f"apart_{place}") for place in range(len(shared))]
    row = conn.execute(
        sql.SQL("""
            select count(*), {counts} from (
                select {card} as card, {apart} from {load}
                where {card} ~ '[0-9]{{4}}' and {card} ~ '[1-9]' and mod(abs(hashtext({card})::bigint), {every}) = 0
                group by 1 having count(*) between 2 and {largest}) as family (card, {names})""").format(
            counts=sql.SQL(", ").join(sql.SQL("count(*) filter (where {})").format(one) for one in names),
            card=name,
            apart=apart,
            load=partition_name(contract, file_id),
            every=sql.Literal(records // SAMPLE + 1),
            largest=sql.Literal(_LARGEST),
            names=sql.SQL(", ").join(names),
        )
    ).fetchone()
    assert row is not None
    return row[0], dict(zip((column.column for column in shared), row[1:], strict=True))


def _reason(count: int, families: int, did: int | None, were: int) -> Text:
    en, id_ = "", ""
    if were:
        en, id_ = f", {did} of {were} in the earlier delivery", f", pada kiriman sebelumnya {did} dari {were}"
    return to_do(
        APART,
        f"of {families} families {count} are torn apart: the column says different things of their members{en}. A"
        " column has slid, or was filled or sorted alone.",
        f"dari {families} keluarga, {count} anggotanya berbeda isian pada kolom ini{id_}. Satu kolom bergeser, atau"
        " diisi atau diurutkan tersendiri.",
    )
