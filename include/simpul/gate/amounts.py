"""Amounts that no programme pays: each is held against the rates of ``seed_program_amount``.

What somebody is paid is a sum: of components and people, of months that come together, of arrears at the rates of the
year before. So an amount is in order where any such sum makes it. Top-ups stand in no seed, but go to many at once:
what a good part of a programme's recipients get is a rate that nobody has told us yet, and no slip.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterable, Iterator
from decimal import Decimal
from functools import lru_cache
from math import gcd
from typing import Any, NamedTuple

import psycopg
from psycopg import sql

from simpul.contract import Contract
from simpul.gate.verdict import Verdict
from simpul.predicates import clean, money
from simpul.programmes import programme_codes, seed_rows
from simpul.render import partition_name

UNPAYABLE = "nominal_of_programme"

_TOPPED_UP = 0.20  # of a programme's recipients: so many get no slip, but a rate …
_FEW = 5  # … if they are more than so many
_MONTHS = 12  # in a year, and those whose rates may still come as arrears
_CENTS = 48  # twelfths of a rupiah: four people's parts of a year's rate, each rounded by one
PROGRAMME = ("jenis_bansos", "program")
"""Fields that say for which programme an amount is."""

BOUNDS: dict[str, dict[str, float]] = {
    UNPAYABLE: {"topped_up": _TOPPED_UP, "few": _FEW, "arrears_months": _MONTHS}
}
"""Rule → the numbers that decide, for the register of rules."""


class Rate(NamedTuple):
    """What one recipient gets in a year, or once, in twelfths of a rupiah a month; ``since``, ``until``: months."""

    twelfths: int
    since: str
    until: str


def rules_of(contract: Contract) -> tuple[str, ...]:
    """The rule, where the dataset tells amounts and their programmes."""
    return (UNPAYABLE,) if _columns(contract) else ()


def judge_amounts(
    conn: psycopg.Connection[Any], contract: Contract, file: dict[str, Any], verdict: Verdict
) -> dict[str, int]:
    """Put the records into the verdict whose amount no programme pays; how many were asked.

    Args:
        conn: autocommit connection that judged the records.
        contract: the file's dataset.
        file: its row of ``audit.file``.
        verdict: of its records.
    """
    columns = _columns(contract)
    if not columns:
        return {}
    load = partition_name(contract, file["file_id"])
    programme, text = (clean(sql.Identifier(column).as_string(conn)) for column in columns)
    cells = {"programme": sql.SQL(programme), "amount": sql.SQL(f"({money(text)})"), "load": load}  # type: ignore[arg-type]
    spelt = conn.execute(sql.SQL("select distinct {programme} from {load}").format(**cells)).fetchall()
    rates = {name: rates_of(name, file["period"]) for (name,) in spelt if name and file["period"]}
    priced = [name for name, told in rates.items() if told]
    paid = conn.execute(
        sql.SQL(
            "select {programme}, {amount}, count(*) from {load}"
            " where {programme} = any(%s) and {amount} > 0 group by 1, 2"
        ).format(**cells),
        (priced,),
    ).fetchall()
    of_programme: Counter[str] = Counter()
    for name, _, records in paid:
        of_programme[name] += records
    wrong = [
        (name, amount)
        for name, amount, records in paid
        if not (records > _FEW and records >= _TOPPED_UP * of_programme[name])
        and not is_payable(amount, rates[name])
    ]
    if wrong:
        verdict.tell_records(
            conn,
            UNPAYABLE,
            load,
            sql.SQL(
                "({programme}, {amount}) in (select * from unnest(%(names)s::text[], %(amounts)s::numeric[]))"
            ).format(**cells),
            {"names": [name for name, _ in wrong], "amounts": [amount for _, amount in wrong]},
        )
    return {UNPAYABLE: of_programme.total()}


def rates_of(programme: str, period: str) -> tuple[int, ...]:
    """Rates of all programmes that a text names, in a period and the year before it; none where one has none.

    Args:
        programme: as a list writes it.
        period: ``2024-06``, ``2024-Q2``, ``2024``.
    """
    last = _last_month(period)
    first = f"{int(last[:4]) - 1}{last[4:]}"
    told = [
        {rate.twelfths for rate in _rates(code) if rate.since <= last and rate.until >= first}
        for code in programme_codes(programme)
    ]
    return tuple(sorted(set().union(*told))) if told and all(told) else ()


def is_payable(amount: Decimal | int, rates: Iterable[int]) -> bool:
    """Whether any sum of the rates comes to the amount.

    Args:
        amount: in rupiah.
        rates: as `rates_of` gives them.
    """
    step = gcd(*rates)
    twelfths = int(amount * _MONTHS)
    steps = round(twelfths / step)
    least = _least_sums(tuple(rate // step for rate in rates))
    return abs(twelfths - steps * step) <= _CENTS and least.get(steps % len(least), steps + 1) <= steps


@lru_cache(maxsize=64)
def _least_sums(parts: tuple[int, ...]) -> dict[int, int]:
    """What is left over, divided by the smallest part → the least sum of parts that leaves it; all larger ones that
    leave it are sums, too, so that it costs the same however large an amount is (parts have no common divisor).
    """
    smallest = min(parts)
    least, waiting = {}, [(0, 0)]
    while waiting:
        total, left = heapq.heappop(waiting)
        if left not in least:
            least[left] = total
            for part in parts:
                heapq.heappush(waiting, (total + part, (total + part) % smallest))
    return least


def _columns(contract: Contract) -> tuple[str, str] | None:
    """Of the programme and of the amount."""
    found = contract.column_of
    programme = next((found[name] for name in PROGRAMME if name in found), None)
    return (
        (programme, found["nominal"]) if programme and "nominal" in found and not contract.is_melted else None
    )


def _last_month(period: str) -> str:
    year, part = period[:4], period[5:]
    if part.startswith("Q"):
        return f"{year}-{3 * int(part[1:]):02d}"
    if part.startswith("S"):
        return f"{year}-{6 * int(part[1:]):02d}"
    return f"{year}-{part or '12'}"


def _rates(code: str) -> Iterator[Rate]:
    for row in seed_rows("seed_program_amount", "program_code").get(code, ()):
        # of a year's rate any number of months may come; of what is paid once, the whole
        twelfths = int(row["amount_idr"]) * (1 if row.get("per") == "year" else _MONTHS)
        yield Rate(twelfths, row["valid_from"][:7], row.get("valid_to", "9999-12")[:7])
