"""What the gate lets through, staging can cast, and to the same value: both are held to one truth table.

The gate may be stricter than staging (a spreadsheet's day number is a date to staging and a remark at the gate), but it
never calls a cell sound that staging cannot read.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from simpul import predicates
from simpul.contract import load_contracts
from simpul.database import connect
from simpul.period import parse_period

GOLDEN = Path(__file__).parents[1] / "golden"


def rows(name: str) -> list[dict[str, str]]:
    with (GOLDEN / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def conn(warehouse: Any) -> Iterator[psycopg.Connection]:
    with connect(autocommit=True) as connection:
        yield connection


def read(conn: psycopg.Connection, expression: str, text: str) -> str | None:
    """The cell as the gate reads it, as text."""
    cell = psycopg.sql.Literal(text).as_string(conn)
    inner = f"select {predicates.clean('raw')} as cell from (select {cell} as raw) as c"
    row = conn.execute(f"select ({expression})::text from ({inner}) as c".encode()).fetchone()
    assert row
    return row[0]


@pytest.mark.parametrize("row", rows("dates"), ids=lambda row: row["text"])
def test_dates(conn, row: dict[str, str]) -> None:
    assert read(conn, predicates.date("cell"), row["text"]) in (None, row["date"])


@pytest.mark.parametrize("row", rows("rupiah"), ids=lambda row: row["text"])
def test_rupiah(conn, row: dict[str, str]) -> None:
    amount = read(conn, predicates.money("cell"), row["text"])
    assert amount is None or float(amount) == float(row["amount"] or "nan")


@pytest.mark.parametrize("row", rows("bps_figures"), ids=lambda row: row["text"])
def test_figures(conn, row: dict[str, str]) -> None:
    (rule,) = [r for r in load_contracts()["bps.poverty_regency"].rules if r.code == "nilai_number"]
    figure = read(conn, predicates.number("cell", row["decimal"], rule.suffixes), row["text"])
    assert figure is None or float(figure) == float(row["figure"] or "nan")


@pytest.mark.parametrize("row", rows("indonesian_figures"), ids=lambda row: row["text"])
def test_indonesian_figures(conn, row: dict[str, str]) -> None:
    contract = load_contracts()["dinsos.lp2kd_indicator"]
    (rule,) = [r for r in contract.rules if r.code == "target_figure"]
    test = predicates.sound_predicate(contract, contract.editions[0], rule).replace('"target"', "cell")
    is_absent = row["text"] in rule.missing
    assert (read(conn, test, row["text"]) == "true") == (bool(row["figure"]) or is_absent)


@pytest.mark.parametrize("row", rows("payment_stages"), ids=lambda row: row["text"])
def test_payment_stages(conn, row: dict[str, str]) -> None:
    contract = load_contracts()["dinsos.kks_payment"]
    (rule,) = [r for r in contract.rules if r.code == "tahap_salur_form"]
    test = predicates.sound_predicate(contract, contract.editions[0], rule).replace('"tahap_salur"', "cell")
    is_sound = read(conn, test, row["text"]) == "true"
    assert is_sound == bool(row["period"]) or not row["text"]
    if row["period"]:
        assert parse_period(row["text"]) == row["period"]


@pytest.mark.parametrize("row", rows("sexes"), ids=lambda row: row["text"])
def test_sexes(conn, row: dict[str, str]) -> None:
    contract = load_contracts()["dinsos.dtks"]
    (rule,) = [r for r in contract.rules if r.code == "jenis_kelamin_known"]
    test = predicates.sound_predicate(contract, contract.editions[0], rule).replace('"jenis_kelamin"', "cell")
    is_absent = row["text"].strip() in ("", *rule.missing)
    assert (read(conn, test, row["text"]) == "true") == (bool(row["sex"]) or is_absent)
