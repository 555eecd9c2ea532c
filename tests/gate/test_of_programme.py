"""A list of one programme that is sent as another's."""

from __future__ import annotations

import pytest

from simpul.gate.of_programme import programmes_named
from tests.gate.months import _RECIPIENTS
from tests.gate.test_persons import Rows, dtks, kks
from tests.gate.test_recipients import recipients
from tests.landing.conftest import DTKS, KKS


def sent(month: int, people: range, programme: str) -> Rows:
    return [[row[0], f"2024-{month:02d}", *row[2:]] for row in recipients(people, programme)]


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("Penerima KPDJ 2025-06.csv", {"KPDJ"}),
        ("penerima_bst_jakarta_timur_2020-06.csv", {"BST"}),
        ("KKS PKH dan Sembako Tahap 2 2024.csv", {"PKH", "SEMBAKO"}),
        ("Pendamping PKH 2024.csv", set()),
        ("DTKS Tanjungbalai 2024-06.csv", set()),
    ],
)
def test_what_a_file_is_named_after(name, codes):
    assert programmes_named(name) == codes


def test_a_file_named_after_another_programme_than_its_records_is_told(judged):
    assert judged("dinsos/Penerima BST 2024-05.csv", _RECIPIENTS, sent(5, range(1, 41), "BST")) == (
        "landed",
        [],
    )
    told = ("landed", ["delivery_programme_named"])
    assert judged("dinsos/Penerima BST 2024-06.csv", _RECIPIENTS, sent(6, range(1, 41), "PKH")) == told
    assert judged("dinsos/KKS Sembako 2024-Q2.csv", KKS, kks(range(1, 41))) == told


def test_the_people_of_another_programmes_list_are_told(judged):
    assert judged("dinsos/bantuan satu 2024-05.csv", _RECIPIENTS, sent(5, range(1, 61), "KPDJ")) == (
        "landed",
        [],
    )
    assert judged("dinsos/bantuan dua 2024-05.csv", _RECIPIENTS, sent(5, range(201, 261), "BST")) == (
        "landed",
        [],
    )
    # the families of Sembako get BLT, too: each list has its own people
    assert judged("dinsos/bantuan tiga 2024-05.csv", _RECIPIENTS, sent(5, range(201, 256), "PKH")) == (
        "landed",
        [],
    )
    assert judged("dinsos/bantuan tiga 2024-06.csv", _RECIPIENTS, sent(6, range(203, 258), "PKH")) == (
        "landed",
        [],
    )
    told = judged("dinsos/bantuan satu 2024-06.csv", _RECIPIENTS, sent(6, range(203, 263), "KPDJ"))
    assert told == ("landed", ["delivery_of_other_programme"])


def test_a_list_of_two_programmes_that_became_one_is_told(judged):
    def paid(stage: int, of_both: bool) -> Rows:
        rows = kks(range(1, 81), stage)
        for row in rows[30:] if of_both else ():
            row[KKS.index("Jenis Bansos")], row[KKS.index("Nominal")] = "SEMBAKO", "600000"
        return rows

    assert judged("dinsos/bayar 2024-Q1.csv", KKS, paid(1, of_both=True)) == ("landed", [])
    assert judged("dinsos/bayar 2024-Q2.csv", KKS, paid(2, of_both=True))[0] == "landed"
    assert "delivery_of_other_programme" in judged("dinsos/bayar 2024-Q3.csv", KKS, paid(3, of_both=False))[1]


@pytest.mark.parametrize(("turned", "told"), [(False, []), (True, ["delivery_flags_of_others"])])
def test_flags_of_a_first_registry_that_are_turned_round_are_told(judged, turned, told):
    assert judged("dinsos/KKS PKH 2024-Q2.csv", KKS, kks(range(1, 61))) == ("landed", [])
    flag = DTKS.index("Bansos PKH")
    rows = dtks(range(1, 121))
    for n, row in enumerate(rows):
        # of five payees the registry does not know one, and it knows some who are not paid
        is_flagged = n % 5 != 0 if n < 60 else n % 7 == 0
        row[flag] = "YA" if is_flagged is not turned else "TIDAK"
    assert judged("dinsos/DTKS 2024-06.csv", DTKS, rows) == ("landed", told)
