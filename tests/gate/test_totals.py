"""A total below the records is added up before it is left out: what is missing above it is told."""

from __future__ import annotations

import pytest

from simpul import gate
from tests.gate.test_forms import BUDGET, RECAP, SUMATERA, recap
from tests.gate.test_persons import kks
from tests.landing.conftest import KKS

COUNTED = (3, 4, 6, 7, 8, 9, 10, 11, 12)
"""Columns of a recap that are added up."""


def total(rows: list[list[str]], label: str = "TOTAL") -> list[str]:
    """What the rows of a recap add up to."""
    sums = {n: str(sum(int(row[n]) for row in rows)) for n in COUNTED}
    return ["", label, *(sums.get(n, "") for n in range(2, len(RECAP)))]


@pytest.fixture
def told(load, query):
    """Land a file; the columns and rows of totals that are told."""

    def land(name: str, heading: list[str], rows: list[list[str]]) -> list[tuple[int, str]]:
        file_id = load(name, heading, rows)
        gate.gate_file(file_id)
        return query(
            'select "row", "column" from audit.gate_failure where file_id = %s and rule_code = %s order by 1, 2',
            file_id,
            "delivery_total_differs",
        )

    return land


def test_an_office_that_is_lost_above_its_total_is_told_in_a_first_recap(told, query):
    rows = recap()
    assert told("dinsos/rekap pos Tahap 1 2024.csv", RECAP, [*rows, total(rows)]) == []
    assert query("select checked from audit.gate_result where rule_code = 'delivery_total_differs'") == [(1,)]
    lost = [*rows[:5], *rows[6:], total(rows)]
    found = told("dinsos/rekap pos Tahap 2 2024.csv", RECAP, lost)
    # gagal_bayar of an office is nought
    assert found == sorted((9, RECAP[n]) for n in COUNTED if n != 10)


def test_totals_of_regencies_and_of_all_are_each_added_up(told):
    city, regency = recap()[:3], recap()[3:]
    rows = [
        *city, total(city, "JUMLAH KOTA TANJUNG BALAI"), *regency, total(regency, "SUB TOTAL"),
        total([*city, *regency], "GRAND TOTAL"),
    ]  # fmt: skip
    assert told("dinsos/rekap pos Tahap 1 2024.csv", RECAP, rows) == []
    rows[3][6] = str(int(rows[3][6]) + 10)
    assert told("dinsos/rekap pos Tahap 2 2024.csv", RECAP, rows) == [(5, "alokasi")]


def test_what_is_no_sum_is_not_taken_for_one(told):
    rows = [
        [code, name, "2024", "DTKS", "ya", f"{100 + n}000000", "ya"]
        for n, (code, name) in enumerate(SUMATERA)
    ]
    assert told("dinsos/Anggaran verval 2024.csv", BUDGET, [*rows, ["JUMLAH", "", "9", "", "", "", ""]]) == []
    rows = [
        [code, name, "2023", "DTKS", "ya", f"{100 + n}000000", "ya"]
        for n, (code, name) in enumerate(SUMATERA)
    ]
    amount = f"Rp {sum(100 + n for n in range(len(SUMATERA)))}.000.000"
    assert (
        told("dinsos/Anggaran verval 2023.csv", BUDGET, [*rows, ["JUMLAH", "", "", "", "", amount, ""]]) == []
    )
    amount = amount.replace("000.000", "000.001.000")
    assert told("dinsos/Anggaran verval 2022.csv", BUDGET, [[*row[:2], "2022", *row[3:]] for row in rows]
                + [["JUMLAH", "", "", "", "", amount, ""]]) == [(11, "anggaran_rp")]  # fmt: skip


def test_a_total_below_a_list_of_persons_is_added_up_too(told):
    rows = kks(range(1, 31))
    whole = str(sum(int(row[5]) for row in rows))
    assert told("dinsos/KKS 2024-Q2.csv", KKS, [*rows, ["", "JUMLAH", "", "", "", whole]]) == []
    lost = [[*row[:4], "Tahap 3 Tahun 2024", row[5]] for row in rows[:-4]]
    assert told("dinsos/KKS 2024-Q3.csv", KKS, [*lost, ["", "JUMLAH", "", "", "", whole]]) == [
        (28, "Nominal")
    ]
