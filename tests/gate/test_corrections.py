"""A correction that says nothing any more of people whom the list had."""

from __future__ import annotations

import pytest

from simpul import gate
from tests.gate.test_persons import kks
from tests.landing.conftest import KKS

LIST = kks(range(1, 601))


@pytest.mark.parametrize(("lost", "is_told"), [(range(0), False), (range(4), False), (range(300, 324), True)])
def test_people_whom_a_correction_lost_are_counted(load, query, lost, is_told):
    assert gate.gate_file(load("dinsos/KKS 2024-Q2.csv", KKS, LIST)).status == "landed"
    rows = [row for n, row in enumerate(LIST) if n not in lost]
    rows[-1] = [*rows[-1][:5], "750000"]
    file_id = load("dinsos/KKS 2024-Q2 perbaikan.csv", KKS, rows)
    assert gate.gate_file(file_id).status == "landed"
    [(passed, checked)] = query(
        "select passed, checked from audit.gate_result where file_id = %s and rule_code = 'delivery_people_lost'",
        file_id,
    )
    assert (passed, checked) == (not is_told, 600)
    told = query(
        'select "column", address from audit.gate_failure where file_id = %s and rule_code = %s',
        file_id, "delivery_people_lost",
    )  # fmt: skip
    assert told == ([("NIK", {"people": 600, "lost": 24})] if is_told else [])


def test_the_next_period_and_another_programmes_list_are_no_correction(judged):
    assert judged("dinsos/KKS PKH 2024-Q1.csv", KKS, kks(range(1, 101), 1)) == ("landed", [])
    assert judged("dinsos/KKS PKH 2024-Q2.csv", KKS, kks(range(11, 111), 2)) == ("landed", [])
    sembako = [[*row[:5], "600000"] for row in kks(range(51, 151), 2, "SEMBAKO")]
    assert judged("dinsos/KKS Sembako 2024-Q2.csv", KKS, sembako) == ("landed", [])
