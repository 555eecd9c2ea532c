"""A list against its own earlier delivery: what people keep, what is no longer said, NIKs that nobody had."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simpul.gate.earlier import relabelled, swapped
from tests.gate.test_persons import Rows, dtks, kks, slid
from tests.landing.conftest import DTKS, KKS

VARIED = {"Bansos PKH": ("YA", "TIDAK", "TIDAK"), "Bansos BPNT": ("0", "1"),
          "Kecamatan": ("DATUK BANDAR", "TELUK NIBUNG"),
          "Desa/Kelurahan": ("PAHANG", "SIRANTAU", "PERJUANGAN"), "Pekerjaan": ("NELAYAN", "PETANI", "GURU"),
          "Hubungan Keluarga": ("Kepala Keluarga", "Istri", "Anak", "Anak")}  # fmt: skip


def listed(people: range) -> Rows:
    """A registry in which people differ."""
    rows = dtks(people)
    for heading, values in VARIED.items():
        place = DTKS.index(heading)
        for n, row in zip(people, rows, strict=True):
            row[place] = values[n * 7 // 3 % len(values)]
    return rows


def with_column(rows: Rows, heading: str, made) -> Rows:
    place = DTKS.index(heading)
    return [[*row[:place], made(n, row[place]), *row[place + 1 :]] for n, row in enumerate(rows)]


def exchanged(rows: Rows, one: str, other: str) -> Rows:
    a, b = DTKS.index(one), DTKS.index(other)
    cells = [(row[b], row[a]) for row in rows]
    return [
        [pair[0] if n == a else pair[1] if n == b else cell for n, cell in enumerate(row)]
        for row, pair in zip(rows, cells, strict=True)
    ]


def _others(nik: str) -> str:
    return nik[:12] + f"{(int(nik[12:]) * 37 + 411) % 899 + 9001}"


def in_block(rows: Rows, heading: str) -> Rows:
    """A column of a part of the list alone some rows lower."""
    return [*rows[:20], *slid(rows[20:32], DTKS, heading, by=5), *rows[32:]]


PEOPLE = range(1, 81)
_TURNED = {"YA": "TIDAK", "TIDAK": "YA"}


@pytest.mark.parametrize(
    ("rows", "told", "headings"),
    [
        (with_column(listed(PEOPLE), "Bansos PKH", lambda n, said: _TURNED[said]),
         "delivery_values_of_others", ["Bansos PKH"]),
        (with_column(listed(PEOPLE), "Bansos PKH", lambda n, said: "YA"),
         "delivery_values_of_others", ["Bansos PKH"]),
        (with_column(listed(PEOPLE), "Bansos BPNT", lambda n, said: str(1 - int(said))),
         "delivery_values_of_others", ["Bansos BPNT"]),
        (slid(listed(PEOPLE), DTKS, "Pekerjaan"), "delivery_values_of_others", ["Pekerjaan"]),
        (exchanged(listed(PEOPLE), "Kecamatan", "Desa/Kelurahan"),
         "delivery_values_of_others", ["Desa/Kelurahan", "Kecamatan"]),
        (slid(listed(PEOPLE), DTKS, "ID DTKS"), "delivery_values_of_others", ["ID DTKS"]),
        (with_column(listed(PEOPLE), "Tanggal Lahir", lambda n, said: said[:-4] + "1961" if n % 8 == 0 else said),
         "delivery_values_of_others", ["Tanggal Lahir"]),
        (with_column(listed(PEOPLE), "Desa/Kelurahan", lambda n, said: "SELAT" if n % 5 == 0 else said),
         "delivery_values_of_others", ["Desa/Kelurahan"]),
        (with_column(listed(PEOPLE), "Pekerjaan", lambda n, said: "" if n % 2 else said),
         "delivery_column_emptied", ["Pekerjaan"]),
        (with_column(listed(PEOPLE), "Pekerjaan", lambda n, said: ""), "delivery_column_emptied", ["Pekerjaan"]),
        (with_column(listed(PEOPLE), "Nama", lambda n, said: said[1:]), "delivery_names_respelt", ["Nama"]),
        (with_column(listed(PEOPLE), "Nama", lambda n, said: said.replace(" ", "")),
         "delivery_names_respelt", ["Nama"]),
        (in_block(listed(PEOPLE), "Nama"), "delivery_values_of_others", ["Nama"]),
        (in_block(listed(PEOPLE), "Nama Ibu Kandung"), "delivery_values_of_others", ["Nama Ibu Kandung"]),
        (with_column(listed(PEOPLE), "Nomor KK", lambda n, said: _others(said)),
         "delivery_values_of_others", ["Nomor KK"]),
    ],
    ids=["turned", "filled", "0 and 1", "slid", "exchanged", "ids", "born", "villages", "half", "emptied", "cut",
         "as one word", "names in a block", "mothers in a block", "cards"],
)  # fmt: skip
def test_a_column_that_is_not_that_of_the_list_before_is_told_by_its_heading(
    judged,
    query,
    rows,
    told,
    headings,
):
    assert judged("dinsos/DTKS 2024-05.csv", DTKS, listed(PEOPLE)) == ("landed", [])
    assert judged("dinsos/DTKS 2024-06.csv", DTKS, rows) == ("landed", [told])
    addresses = query('select "column", "row" from audit.gate_failure where rule_code = %s order by 1', told)
    assert addresses == [(heading, None) for heading in headings]


def test_a_sound_month_with_newcomers_other_ways_of_writing_and_changes_is_not_told(judged):
    assert judged("dinsos/DTKS 2024-05.csv", DTKS, listed(PEOPLE)) == ("landed", [])
    rows = listed(range(9, 95))
    rows = with_column(rows, "Pekerjaan", lambda n, said: "BURUH" if n % 4 == 0 else said.lower())
    rows = with_column(rows, "RT", lambda n, said: said.lstrip("0"))
    rows = with_column(rows, "Kecamatan", lambda n, said: f"Kec. {said.title()}")
    rows = with_column(rows, "Desa/Kelurahan", lambda n, said: f"KEL {said}")
    rows = with_column(rows, "Tanggal Lahir", lambda n, said: said.replace("-", "/"))
    rows = with_column(rows, "Nama", lambda n, said: f"H. {said}" if n % 5 == 0 else said)
    rows = with_column(rows, "Bansos PKH", lambda n, said: "TIDAK" if n % 10 == 0 else said)
    assert judged("dinsos/DTKS 2024-06.csv", DTKS, rows) == ("landed", [])


def test_answers_in_new_words_are_the_same_answers(judged):
    assert judged("dinsos/DTKS 2024-05.csv", DTKS, listed(PEOPLE)) == ("landed", [])
    words = {
        "YA": "1",
        "TIDAK": "0",
        "L": "Laki-laki",
        "P": "Perempuan",
        "Kepala Keluarga": "1",
        "Istri": "2",
        "Anak": "3",
    }
    rows = listed(PEOPLE)
    for heading in ("Bansos PKH", "Jenis Kelamin", "Hubungan Keluarga"):
        rows = with_column(rows, heading, lambda n, said: words.get(said, said))
    assert judged("dinsos/DTKS 2024-06.csv", DTKS, rows) == ("landed", [])


@given(
    st.lists(st.sampled_from("ABC"), min_size=50, max_size=90).map(lambda of: [*of, *"ABC" * 3]),
    st.permutations("XYZ"),
)
def test_other_words_are_read_as_the_old_ones_and_old_words_are_left(said, words):
    new = dict(zip("ABC", words, strict=True))
    moved = [("NEW", "A")]  # to where nobody was before
    assert relabelled([(new[one], one) for one in said] + moved) == [(one, one) for one in said] + moved
    spellings = [(new[one] + "- "[n % 2], one) for n, one in enumerate(said * 4)]
    assert relabelled(spellings) == [(one, one) for one in said * 4]
    turned = [({"A": "B", "B": "A"}.get(one, one), one) for one in said]
    assert relabelled(turned) == turned


def test_two_of_several_answers_that_changed_places_are_told_and_moves_one_way_are_not(judged):
    was = ["Kepala Keluarga", "Istri", "Anak", "Anak", "Lainnya"] * 16
    turned = {"Istri": "Kepala Keluarga", "Kepala Keluarga": "Istri"}
    assert swapped([(turned.get(one, one), one) for one in was]) == ("Istri", "Kepala Keluarga")
    assert swapped([(one.replace("Istri", "Anak"), one) for one in was]) is None
    assert swapped([(turned.get(one, one), one) for one in was[:25]]) is None, "five of each are slips"
    assert judged("dinsos/DTKS 2024-05.csv", DTKS, listed(PEOPLE)) == ("landed", [])
    rows = with_column(listed(PEOPLE), "Hubungan Keluarga", lambda n, said: turned.get(said, said))
    assert judged("dinsos/DTKS 2024-06.csv", DTKS, rows) == ("landed", ["delivery_values_of_others"])


def test_gaps_that_are_filled_and_years_between_are_no_slip(judged):
    gaps = with_column(listed(PEOPLE), "Nomor KK", lambda n, said: "0" * 16 if n % 4 == 0 else said)
    gaps = with_column(gaps, "Tanggal Lahir", lambda n, said: "-" if n % 5 == 0 else said)
    assert judged("dinsos/DTKS 2021-05.csv", DTKS, gaps)[0] == "landed"
    moved = with_column(listed(PEOPLE), "Nomor KK", lambda n, said: _others(said) if n % 3 == 0 else said)
    assert "delivery_values_of_others" not in judged("dinsos/DTKS 2024-05.csv", DTKS, moved)[1]
    assert judged("dinsos/DTKS 2024-06.csv", DTKS, listed(PEOPLE))[1] == ["delivery_cards_of_others"]


def test_niks_that_nobody_had_are_held_by_what_another_list_says_of_these_people(judged, query):
    assert judged("dinsos/DTKS 2024-05.csv", DTKS, listed(PEOPLE)) == ("landed", [])
    rows = listed(PEOPLE)
    noised = with_column(rows, "Nomor NIK", lambda n, nik: _others(nik))
    assert judged("dinsos/DTKS 2024-06.csv", DTKS, noised) == ("held", ["delivery_niks_of_others"])
    [(reason, reason_id)] = query("select reason, reason_id from audit.file where status = 'held'")
    assert "dinsos.dtks 2024-05" in reason and "waivers ask" in reason and "kirim ulang" in reason_id
    assert not any(row[DTKS.index(name)] in reason for row in noised for name in ("Nama", "Nomor NIK"))
    some = with_column(rows, "Nomor NIK", lambda n, nik: _others(nik) if n % 10 == 0 else nik)
    assert judged("dinsos/DTKS 2024-06.csv", DTKS, some) == ("landed", ["delivery_niks_changed"])
    few = with_column(rows, "Nomor NIK", lambda n, nik: _others(nik) if n % 20 == 0 else nik)
    assert judged("dinsos/DTKS 2024-07.csv", DTKS, few) == ("landed", [])


def test_a_card_with_the_name_tells_whose_the_number_is_where_there_is_no_birth_date(judged):
    assert judged("dinsos/KKS 2024-Q1.csv", KKS, kks(range(1, 41), 1)) == ("landed", [])
    rows = [[_others(nik), *rest] for nik, *rest in kks(range(1, 41))]
    assert judged("dinsos/KKS 2024-Q2.csv", KKS, rows) == ("held", ["delivery_niks_of_others"])


def test_new_people_some_of_whom_are_namesakes_born_on_one_day_are_new(judged):
    assert judged("dinsos/DTKS 2024-05.csv", DTKS, listed(PEOPLE)) == ("landed", [])
    rows = listed(range(60, 161))
    names, births = DTKS.index("Nama"), DTKS.index("Tanggal Lahir")
    for row, like in zip(rows[30:36], listed(range(1, 7)), strict=True):
        row[names], row[births] = like[names], like[births]
        row[DTKS.index("Nomor NIK")] = (
            row[DTKS.index("Nomor NIK")][:6] + like[DTKS.index("Nomor NIK")][6:12] + "0777"
        )
    status, told = judged("dinsos/DTKS 2024-06.csv", DTKS, rows)
    assert status == "landed" and not {"delivery_niks_of_others", "delivery_niks_changed"} & set(told)


def test_a_list_that_lost_the_heading_which_tells_it_from_others_is_told(judged, query):
    assert judged("dinsos/KKS Salur Tahap 1 Tahun 2024.csv", KKS, kks(range(1, 41), 1)) == ("landed", [])
    place = KKS.index("Tahap Salur")
    less = [[*row[:place], *row[place + 1 :]] for row in kks(range(1, 41))]
    heading = [name for name in KKS if name != "Tahap Salur"]
    told = judged("dinsos/KKS Salur Tahap 2 Tahun 2024 (perbaikan).csv", heading, less)
    assert told == ("landed", ["delivery_of_other_dataset"])
    assert query("select dataset from audit.file order by 1") == [
        ("dinsos.kks_payment",),
        ("dinsos.program_recipient",),
    ]


def test_a_citys_list_that_a_few_rows_of_elsewhere_widen_is_told(judged, query):
    assert judged("dinsos/DTKS 2024-05.csv", DTKS, listed(PEOPLE)) == ("landed", [])
    elsewhere = {"Kabupaten/Kota": "KOTA MEDAN", "Kecamatan": "MEDAN TEMBUNG"}
    for month, province, region in (
        ("06", "SUMATERA UTARA", "12"),
        ("07", "JAWA BARAT", "00"),
        ("08", "", "12.74"),
    ):
        rows = listed(PEOPLE)
        for heading, said in {**elsewhere, "Provinsi": province}.items() if province else ():
            rows = with_column(rows, heading, lambda n, cell, said=said: said if n < 8 else cell)
        status, told = judged(f"dinsos/DTKS 2024-{month}.csv", DTKS, rows)
        assert status == "landed" and ("delivery_of_wider_region" in told) == (region != "12.74"), (
            month,
            told,
        )
        landed = "select region_code from audit.file where status = 'landed' and period = %s"
        assert query(landed, f"2024-{month}") == [(region,)]


@pytest.mark.parametrize(("letter", "told"), [(None, ["delivery_part_lost"]), ("part: 2\n", [])])
def test_a_district_that_is_gone_is_told_but_not_of_a_list_that_comes_in_parts(
    judged, fresh_warehouse, letter, told
):
    three = ("DATUK BANDAR", "TELUK NIBUNG", "SEI TUALANG RASO")
    rows = with_column(listed(range(1, 121)), "Kecamatan", lambda n, said: three[n % 3])
    assert judged("dinsos/DTKS 2024-05.csv", DTKS, rows) == ("landed", [])
    if letter:
        (fresh_warehouse.inbox / "dinsos/DTKS 2024-06.csv.yml").write_text(letter, encoding="utf-8")
    left = [row for n, row in enumerate(rows) if n % 3]
    assert judged("dinsos/DTKS 2024-06.csv", DTKS, left) == ("landed", told)
