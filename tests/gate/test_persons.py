"""Columns of a list of persons as wholes: who stands beside whose NIK, and what is the same for everybody."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from simpul.database import connect
from simpul.gate import waivers
from simpul.identity.normal import may_be_one
from simpul.ledger import Decision
from tests.gate.months import _numbered
from tests.landing.conftest import DTKS, KKS

Rows = list[list[str]]

PEOPLE = 26  # a small list
_FIRST = ("SITI", "BUDI", "RAHMAN", "DEWI", "HASAN", "MARIA", "JOKO", "LESTARI", "UMAR", "WATI", "YOHANES", "FATIMAH",
          "GUNAWAN")  # fmt: skip
_LAST = ("SILALAHI", "HARTONO", "NASUTION", "PERMATA", "KUSUMA", "TAMPUBOLON", "WIJAYA", "ZEBUA", "ISKANDAR", "OCTAVIA",
         "MANURUNG")  # fmt: skip
_AMOUNTS = (225_000, 600_000, 750_000, 975_000, 375_000)


def name(n: int) -> str:
    return f"{_FIRST[n % 13]} {_LAST[n % 11]}"


def dtks(people: range) -> Rows:
    """Families of four, in their order."""
    return [
        [f"D{n:09d}", "SUMATERA UTARA", "KOTA TANJUNG BALAI", "", "CONTOH", f"JL CONTOH NO {n}", "II", "001", "002",
         one.card, one.nik, name(n), one.born, "MEDAN", one.sex, "NELAYAN", name(n // 4 + 5), "Kepala Keluarga",
         "Padan", "YA", "TIDAK", "-", "YA"]
        for n, one in map(_numbered, people)
    ]  # fmt: skip


def kks(people: range, stage: int = 2, programme: str = "PKH") -> Rows:
    return [
        [one.nik, name(n), f"6032{n:012d}", programme, f"Tahap {stage} Tahun 2024", str(_AMOUNTS[n % 5])]
        for n, one in map(_numbered, people)
    ]


def slid(rows: Rows, heading: Sequence[str], column: str, by: int = 1) -> Rows:
    """One column a few rows lower; what falls out at the end comes to the top."""
    place = heading.index(column)
    moved = [rows[(number - by) % len(rows)][place] for number in range(len(rows))]
    return [[*row[:place], cell, *row[place + 1 :]] for row, cell in zip(rows, moved, strict=True)]


# ------------------------------------------------------------------------------------------------------ whose they are
def test_a_first_delivery_whose_niks_slid_is_held_by_what_another_list_says(judged, query):
    assert judged("dinsos/DTKS 2024-06.csv", DTKS, dtks(range(1, 61))) == ("landed", [])
    rows = kks(range(1, PEOPLE + 1))
    told = judged("dinsos/KKS 2024-Q2.csv", KKS, slid(rows, KKS, "NIK"))
    assert told == ("held", ["delivery_names_of_others"])
    [(reason, reason_id)] = query("select reason, reason_id from audit.file where status = 'held'")
    assert "dinsos.dtks 2024-06" in reason and "deliver the file again" in reason and "waivers ask" in reason
    assert "kirim ulang" in reason_id and not any(row[0] in reason or row[1] in reason for row in rows)
    assert query(
        'select "column", "row" from audit.gate_failure where rule_code = %s', "delivery_names_of_others"
    ) == [("Nama", None)]
    assert judged("dinsos/KKS 2024-Q2.csv", KKS, rows) == ("landed", [])


@pytest.mark.parametrize(
    ("heading", "column", "told"),
    [
        (KKS, "NIK", ["delivery_cards_of_others", "delivery_names_of_others"]),
        (KKS, "Nama", ["delivery_names_of_others"]),
        (KKS, "No KKS", ["delivery_cards_of_others"]),
        (DTKS, "Nomor KK", ["delivery_cards_of_others"]),
        (DTKS, "Nama", ["delivery_names_of_others"]),
    ],
)
def test_a_later_delivery_of_which_a_column_slid_is_told_and_held_where_names_say_it(
    judged, heading, column, told
):
    if heading is KKS:
        before, now = kks(range(1, PEOPLE + 1), 1, "SEMBAKO"), kks(range(2, PEOPLE + 3), 2, "SEMBAKO")
        names = "dinsos/KKS 2024-Q1.csv", "dinsos/KKS 2024-Q2.csv"
        before, now = ([[*row[:5], "600000"] for row in rows] for rows in (before, now))
    else:
        before, now = dtks(range(1, 61)), dtks(range(3, 64))
        names = "dinsos/DTKS 2024-05.csv", "dinsos/DTKS 2024-06.csv"
    assert judged(names[0], heading, before) == ("landed", [])
    ends = "held" if "delivery_names_of_others" in told else "landed"
    assert judged(names[1], heading, slid(now, heading, column)) == (ends, told)
    if ends == "held":
        assert judged(names[1], heading, now) == ("landed", []), "the same list in order lands"


def test_mothers_and_amounts_that_slid_are_told_and_land(judged):
    assert judged("dinsos/DTKS 2024-05.csv", DTKS, dtks(range(1, 81))) == ("landed", [])
    rows = slid(dtks(range(1, 81)), DTKS, "Nama Ibu Kandung", by=3)
    assert judged("dinsos/DTKS 2024-06.csv", DTKS, rows) == ("landed", ["delivery_mothers_of_others"])
    assert judged("dinsos/KKS 2024-Q1.csv", KKS, kks(range(1, 41), 1)) == ("landed", [])
    rows = slid(kks(range(1, 41)), KKS, "Nominal")
    assert judged("dinsos/KKS 2024-Q2.csv", KKS, rows) == ("landed", ["delivery_amounts_of_others"])


def test_amounts_that_became_one_or_slid_in_a_part_of_the_list_are_told(judged):
    assert judged("dinsos/KKS 2024-Q1.csv", KKS, kks(range(1, 121), 1)) == ("landed", [])
    rows = kks(range(1, 121), 2)
    part = [*rows[:40], *slid(rows[40:70], KKS, "Nominal"), *rows[70:]]
    assert judged("dinsos/KKS 2024-Q2.csv", KKS, part) == ("landed", ["delivery_amounts_of_others"])
    flat = [[*row[:5], "600000"] for row in kks(range(1, 121), 3)]
    assert judged("dinsos/KKS 2024-Q3.csv", KKS, flat) == ("landed", ["delivery_amounts_of_others"])


def test_new_rates_new_cards_and_other_spellings_are_no_slip_but_told_as_what_they_are(judged, query):
    assert judged("dinsos/KKS 2024-Q1.csv", KKS, kks(range(1, 41), 1)) == ("landed", [])
    rows = [
        [nik, f"{told.split()[1]}, {told[0]}.", f"6099{card[4:]}", programme, stage, str(int(amount) * 2)]
        for nik, told, card, programme, stage, amount in kks(range(1, 41))
    ]
    told = ["delivery_names_respelt", "delivery_values_of_others"]
    assert judged("dinsos/KKS 2024-Q2.csv", KKS, rows) == ("landed", told)
    assert query('select "column" from audit.gate_failure where rule_code = %s', told[1]) == [("No KKS",)]


def test_a_correction_is_not_held_by_what_it_replaces(judged):
    """Nobody else knew these people, so the slid list landed; the one that mends it has to land, too."""
    rows = kks(range(1, PEOPLE + 1))
    assert judged("dinsos/KKS 2024-Q2.csv", KKS, slid(rows, KKS, "NIK")) == ("landed", [])
    assert judged("dinsos/KKS 2024-Q2 perbaikan.csv", KKS, rows) == ("landed", [])


def test_one_nik_under_which_a_family_is_listed_agrees_with_the_one_it_is_of(judged):
    """Of a list that gives the head's NIK to everybody in the family, `nik_unique` tells; it is no column that slid."""
    people = dtks(range(4, 124))
    assert judged("dinsos/DTKS 2024-05.csv", DTKS, people) == ("landed", [])
    place = DTKS.index("Nomor NIK")
    heads = [[*row[:place], people[n // 4 * 4][place], *row[place + 1 :]] for n, row in enumerate(people)]
    status, told = judged("dinsos/DTKS 2024-06.csv", DTKS, heads)
    assert status == "landed" and "delivery_names_of_others" not in told


def test_who_knows_that_the_list_is_right_may_waive_the_rule(judged, query):
    rows = kks(range(1, PEOPLE + 1))
    assert (
        judged("dinsos/KKS 2024-Q1.csv", KKS, slid(kks(range(1, PEOPLE + 1), 1), KKS, "Nama"))[0] == "landed"
    )
    assert judged("dinsos/KKS 2024-Q2.csv", KKS, rows)[0] == "held"
    with connect(autocommit=True) as conn:
        [(until,)] = conn.execute("select current_date + 30").fetchall()
        asked = waivers.ask(
            conn,
            "dinsos.kks_payment",
            "delivery_names_of_others",
            until,
            Decision("siti", "the first was wrong"),
        )
        waivers.approve(conn, asked, Decision("budi", "looked at both", "sudah diperiksa"))
    assert judged("dinsos/KKS 2024-Q2.csv", KKS, rows) == ("landed", ["delivery_names_of_others"])
    assert query(
        "select severity, waiver_id from audit.gate_result where rule_code = 'delivery_names_of_others'"
        " and waiver_id is not null"
    ) == [("warn", asked)]


# ----------------------------------------------------------------------------------------------------- all of one value
@pytest.mark.parametrize(
    ("column", "value", "ends", "told"),
    [
        ("Nama", "CONTOH SATU", "held", "delivery_people_alike"),
        ("Nomor NIK", "1274011708900001", "held", "delivery_people_alike"),
        ("Nama Ibu Kandung", "IBU CONTOH", "landed", "delivery_column_alike"),
        ("Nomor KK", "1274010101150001", "landed", "delivery_column_alike"),
    ],
)
def test_a_first_delivery_in_which_a_column_says_the_same_of_everybody_is_told(
    judged, query, column, value, ends, told
):
    place = DTKS.index(column)
    rows = [[*row[:place], value, *row[place + 1 :]] for row in dtks(range(1, PEOPLE + 1))]
    assert judged("dinsos/DTKS 2024-06.csv", DTKS, rows) == (ends, [told])
    assert query('select distinct "column" from audit.gate_failure where rule_code = %s', told) == [(column,)]


def test_a_list_in_which_many_share_a_name_is_told_and_not_held(judged):
    place = DTKS.index("Nama")
    rows = [
        [*row[:place], f"PENDUDUK {'ABCDE'[n % 5]}", *row[place + 1 :]]
        for n, row in enumerate(dtks(range(1, 121)))
    ]
    assert judged("dinsos/DTKS 2024-06.csv", DTKS, rows) == ("landed", ["delivery_column_alike"])


def test_an_address_that_is_the_village_alone_is_told_where_there_was_a_street_before(judged):
    place = DTKS.index("Alamat")
    village = [[*row[:place], "DUSUN II", *row[place + 1 :]] for row in dtks(range(1, 61))]
    assert judged("dinsos/DTKS 2024-04.csv", DTKS, village) == ("landed", [])
    assert judged("dinsos/DTKS 2024-05.csv", DTKS, dtks(range(1, 61))) == ("landed", [])
    # April's list once more, too
    told = ["delivery_column_alike", "delivery_repeated"]
    assert judged("dinsos/DTKS 2024-06.csv", DTKS, village) == ("landed", told)


def test_names_cut_to_six_letters_are_told(judged):
    place = DTKS.index("Nama")
    rows = [[*row[:place], row[place][:6], *row[place + 1 :]] for row in dtks(range(1, 61))]
    assert judged("dinsos/DTKS 2024-06.csv", DTKS, rows) == ("landed", ["delivery_names_cut"])


# ------------------------------------------------------------------------------------------------------------ spelling
@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("MINAR SILALAHI", "SILALAHY, MINAR"), ("Hj. Zubaedah", "JUBAIDA"), ("BUDIMAN SARAGIH", "BUDIMA"),
        ("M. IKBAL", "MUHAMMAD ALI"), ("SUMIATI", "SUMIYATI"), ("SITI", ""), ("A. RAHMAN", "ABDUL"),
    ],
)  # fmt: skip
def test_names_that_share_anything_may_be_one(one, other):
    assert may_be_one(one, other) and may_be_one(other, one)


@pytest.mark.parametrize(
    ("one", "other"), [("SITI AMINAH", "BUDI HARTONO"), ("SUTINAH", "SUTRISNO"), ("SLAMET", "PONIRAH")]
)
def test_names_that_share_nothing_are_two(one, other):
    assert not may_be_one(one, other)
