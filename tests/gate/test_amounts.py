"""Amounts against what programmes pay: sums of rates, months and people are in order, slips are told by their row."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simpul import gate
from simpul.gate.amounts import is_payable, rates_of
from tests.landing.conftest import KKS, kks_row


@pytest.mark.parametrize(
    ("programme", "period", "amount"),
    [
        ("SEMBAKO", "2024-Q2", 600_000), ("BPNT", "2024-06", 200_000), ("BPNT", "2024-06", 2_400_000),  # with arrears
        ("SEMBAKO", "2020-Q1", 500_000),  # 2 × 150,000 and 200,000
        ("PKH", "2024-Q2", 225_000), ("PKH", "2024-Q2", 2_100_000), ("PKH", "2024-06", 333_333),  # two months of SMA
        ("PKH", "2024-06", 666_667), ("PKH", "2024-Q2", 1_475_000), ("PKH + SEMBAKO", "2024-Q2", 1_350_000),
        ("KLJ", "2023-02", 600_000), ("KLJ", "2024-S1", 1_800_000), ("BPUM", "2021", 1_200_000),
    ],
)  # fmt: skip
def test_a_sum_of_rates_is_payable(programme, period, amount):
    assert is_payable(amount, rates_of(programme, period))


@pytest.mark.parametrize(
    ("programme", "amount"),
    [("SEMBAKO", 613_000), ("SEMBAKO", 60_000), ("SEMBAKO", 750_000), ("PKH", 613_000), ("PKH", 60_000),
     ("PKH", 100_000), ("PKH + SEMBAKO", 1_350_500), ("BST", 50_000)],
)  # fmt: skip
def test_what_no_programme_pays_is_not(programme, amount):
    period = "2021-06" if programme == "BST" else "2024-Q2"
    assert not is_payable(amount, rates_of(programme, period))


@given(
    st.lists(st.integers(1, 40), min_size=1, max_size=4).map(lambda rates: [1_200 * rate for rate in rates]),
    st.integers(1, 400).map(lambda amount: 100 * amount),
)
def test_payable_is_what_a_sum_makes(rates, amount):
    """Rates in twelfths of a rupiah, amounts in rupiah."""
    sums, more = {0}, {0}
    while more := {total + rate // 12 for total in more for rate in rates} - sums:
        more = {total for total in more if total <= amount}
        sums |= more
    assert is_payable(amount, rates) == (amount in sums)


def test_a_number_of_sixteen_digits_among_the_amounts_costs_nothing():
    assert not is_payable(1274014203912345, rates_of("PKH", "2024-Q2"))


def test_of_a_programme_without_rates_nothing_is_asked():
    assert rates_of("KUR", "2024-06") == () and rates_of("BST", "2024-06") == ()
    assert rates_of("PKH + KUR", "2024-06") == ()


def test_an_amount_that_no_programme_pays_is_told_by_its_row_and_a_top_up_of_all_is_not(load, query):
    rows = [kks_row(n, kind="SEMBAKO", nominal="Rp 600.000") for n in range(1, 31)]
    rows[6][5] = "Rp 60.000"
    gate.gate_file(load("dinsos/KKS 2024-Q2.csv", KKS, rows))
    told = (
        'select severity, "row", "column" from audit.gate_failure where rule_code = \'nominal_of_programme\''
    )
    assert query(told) == [("warn", 8, "Nominal")]
    assert query(
        "select checked, failing from audit.gate_result where rule_code = 'nominal_of_programme'"
    ) == [(30, 1)]
    topped_up = [
        kks_row(n, kind="SEMBAKO", stage="Tahap 3 Tahun 2024", nominal="Rp 700.000") for n in range(1, 31)
    ]
    assert gate.gate_file(load("dinsos/KKS 2024-Q3.csv", KKS, topped_up)).status == "landed"
    assert len(query(told)) == 1
