"""What the landing found where a file adds itself up: a row of totals that says something else than the records."""

from __future__ import annotations

from typing import Any

from simpul.contract import Contract, Text
from simpul.gate.persons import Broken, to_do
from simpul.landing.totals import ROUNDED, summed_columns

DIFFERS = "delivery_total_differs"

BOUNDS: dict[str, dict[str, float]] = {DIFFERS: {"rounded": ROUNDED}}
"""Rule → the numbers that decide, for the register of rules."""


def rules_of(contract: Contract) -> tuple[str, ...]:
    """The rule, where a dataset has columns that may be added up."""
    return (DIFFERS,) if summed_columns(contract) else ()


def judge_totals(contract: Contract, file: dict[str, Any]) -> tuple[list[Broken], dict[str, int]]:
    """Which columns a total contradicts, each with the total's row; how many totals there are.

    Args:
        contract: the file's dataset.
        file: its row of ``audit.file``.
    """
    if not rules_of(contract):
        return [], {}
    found = (file["structure"] or {}).get("totals") or {"rows": 0, "differ": []}
    broken = [
        Broken(DIFFERS, column, _reason(row), row=row)
        for row, columns in found["differ"]
        for column in columns
    ]
    return broken, {DIFFERS: found["rows"]}


def _reason(row: int) -> Text:
    return to_do(
        DIFFERS,
        f"the total in row {row} is not what the records add up to: rows may be missing, or stand twice.",
        f"jumlah pada baris {row} tidak sama dengan jumlah rekamannya: mungkin ada baris yang hilang atau ganda.",
    )
