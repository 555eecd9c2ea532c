"""Who a registry says is paid, against the lists of those who are.

Of a first delivery nothing earlier tells that all flags were turned round. Families are paid by the card of one member,
and lists are of other months, so a flag beside a payee is right only more often than beside others; but it is never
right much less often.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import sqrt
from typing import Any

import psycopg
from psycopg import sql

from simpul.contract import Contract, Text
from simpul.gate.persons import KNOWN, Broken, Paid, is_of_persons, nik_of, sampled, to_do
from simpul.predicates import cell_of

TURNED = "delivery_flags_of_others"

_FLAGS = {"bansos_pkh": "PKH", "bansos_bpnt": "SEMBAKO"}
_LESS = 0.20  # share of the flagged among payees, below that among the others …
_ERRORS = 4  # … and so many of its standard errors

BOUNDS: dict[str, dict[str, float]] = {TURNED: {"known": KNOWN, "less": _LESS, "errors": _ERRORS}}
"""Rule → the numbers that decide, for the register of rules."""


def rules_of(contract: Contract) -> tuple[str, ...]:
    """The rule, where a list of persons says who gets a programme."""
    return (TURNED,) if is_of_persons(contract) and _FLAGS.keys() & contract.column_of.keys() else ()


def judge_flags(
    conn: psycopg.Connection[Any],
    contract: Contract,
    file: dict[str, Any],
    records: int,
    paid: Paid,
) -> tuple[list[Broken], dict[str, int]]:
    """Which flags stand beside payees less often than beside others; how many payees were looked at.

    Args:
        conn: autocommit connection.
        contract: the file's dataset.
        file: its row of ``audit.file``.
        records: how many it has.
        paid: whom of the sample other deliveries pay.
    """
    looked_at = dict.fromkeys(rules_of(contract), 0)
    if not looked_at or not paid.keys() & {*_FLAGS.values()}:
        return [], looked_at
    return list(_turned(conn, contract, file["file_id"], records, paid, looked_at)), looked_at


def _turned(
    conn: psycopg.Connection[Any],
    contract: Contract,
    file_id: str,
    records: int,
    paid: Paid,
    looked_at: dict[str, int],
) -> Iterator[Broken]:
    fields = [name for name in _FLAGS if name in contract.column_of]
    answers = sql.SQL(", ").join(
        sql.SQL("lower({}) in ('ya', 'y', '1')").format(cell_of(contract.column_of[name])) for name in fields
    )
    rows = conn.execute(
        sql.SQL("select * from (select {}, {} from {}) as told (nik) where nik is not null").format(
            nik_of(conn, contract), answers, sampled(contract, file_id, records)
        )
    ).fetchall()
    for place, name in enumerate(fields, start=1):
        payees_of = paid.get(_FLAGS[name], set())
        said = [(row[0] in payees_of, bool(row[place])) for row in rows]
        payees = [is_flagged for is_paid, is_flagged in said if is_paid]
        rest = [is_flagged for is_paid, is_flagged in said if not is_paid]
        looked_at[TURNED] = max(looked_at[TURNED], len(payees))
        if min(len(payees), len(rest)) < KNOWN:
            continue
        among, beside, of_all = (sum(of) / len(of) for of in (payees, rest, [*payees, *rest]))
        error = sqrt(of_all * (1 - of_all) * (1 / len(payees) + 1 / len(rest)))
        if beside - among > max(_LESS, _ERRORS * error):
            yield Broken(TURNED, name, _reason(_FLAGS[name], sum(payees), len(payees), beside))


def _reason(code: str, flagged: int, payees: int, beside: float) -> Text:
    return to_do(
        TURNED,
        f"of {payees} people whom a list of {code} pays, {flagged} are said to get it, of the others {beside:.0%}: the"
        " answers may be turned round.",
        f"dari {payees} orang yang dibayar menurut daftar {code}, {flagged} tercatat sebagai penerima, dari yang lain"
        f" {beside:.0%}: jawabannya mungkin terbalik.",
    )
