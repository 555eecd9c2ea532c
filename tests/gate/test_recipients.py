"""Who a list says is paid, and what its families have in common."""

from __future__ import annotations

import pytest

from simpul.gate.places import _contradicts
from simpul.gate.recipients import ages_of
from simpul.regions import Regions
from tests.gate.months import _RECIPIENTS, AGES, _numbered
from tests.gate.test_persons import Rows, kks, name, slid
from tests.landing.conftest import KKS

DESIL = ["nomor_kk", "nik", "nama", "tanggal_lahir", "usia", "desil"]
PEOPLE = range(1, 81)


def recipients(people: range, programme: str, spelt: str | None = None, status: str = "Aktif") -> Rows:
    return [
        [spelt or programme, "2024-06", one.nik, one.card, name(n), one.born, one.sex, f"JL CONTOH NO {n}",
         "SUMATERA UTARA", "KOTA TANJUNG BALAI", "300000", status]
        for n, one in (_numbered(n, *AGES.get(programme, ())) for n in people)
    ]  # fmt: skip


def ranked(people: range) -> Rows:
    """Families of four, each of one decile."""
    return [
        [one.card, one.nik, name(n), one.born, str(2025 - int(one.born[-4:])), str(n // 4 * 7 % 10 + 1)]
        for n, one in map(_numbered, people)
    ]


def test_the_same_money_by_another_name_of_programme_or_stage_is_told_by_row(judged, query):
    rows = kks(range(1, 41), programme="SEMBAKO")
    rows = [[*row[:5], "600000"] for row in rows]
    again = [[*rows[3][:3], "BPNT", *rows[3][4:]], [*rows[7][:4], "Tahap II Tahun 2024", rows[7][5]]]
    judged("dinsos/KKS 2024-Q2.csv", KKS, [*rows, *again])
    told = query(
        'select "row" from audit.gate_failure where rule_code = %s order by 1', "paid_once_however_spelt"
    )
    assert told == [(5,), (9,), (42,), (43,)]


def test_a_programme_that_nobody_knows_is_told_by_row(judged, query):
    """Its recipients would count in none; another spelling of a known one is no other programme."""
    rows = recipients(range(1, 41), "KLJ")
    rows[4][0] = rows[9][0] = " Beras Miskin Sejahtera "
    rows[6][0] = "Kartu Lansia Jakarta"
    judged("dinsos/KLJ 2024-06.csv", _RECIPIENTS, rows)
    told = query(
        'select "row", "column" from audit.gate_failure where rule_code = %s order by 1', "program_known"
    )
    assert told == [(6, "program"), (11, "program")]


def test_a_card_of_many_is_told_by_row_and_one_of_a_family_is_not(judged, query):
    rows = kks(range(1, 41))
    for row in rows[10:18]:
        row[2] = rows[10][2]
    for row in rows[20:24]:
        row[2] = rows[20][2]
    judged("dinsos/KKS 2024-Q2.csv", KKS, rows)
    told = query('select "row" from audit.gate_failure where rule_code = %s order by 1', "card_of_few")
    assert told == [(n,) for n in range(12, 20)]


def test_people_of_another_age_are_not_the_programmes(judged):
    elderly = recipients(range(1, 41), "KLJ")
    assert judged("dinsos/KLJ 2024-06.csv", _RECIPIENTS, elderly) == ("landed", [])
    told = judged("dinsos/KJP 2024-06.csv", _RECIPIENTS, recipients(range(1, 41), "KLJ", "KJP Plus"))
    assert told == ("landed", ["delivery_ages_of_programme"])


@pytest.mark.parametrize(
    ("programme", "ages"),
    [("KLJ", (60, 999)), ("PIP", (6, 21)), ("PKH", None), ("KPDJ", None), ("SEMBAKO", None)],
)
def test_only_a_programme_for_persons_of_an_age_has_one(programme, ages):
    assert ages_of(programme, "2024-06") == ages


def test_a_list_of_which_hardly_anybody_is_active_any_more(judged):
    def sent(month: str, status: str, of: int) -> tuple[str, list[str]]:
        rows = recipients(range(1, 61), "BST")
        rows = [
            [*row[:1], f"2024-{month}", *row[2:11], status if n < of else "Aktif"]
            for n, row in enumerate(rows)
        ]
        return judged(f"dinsos/BST 2024-{month}.csv", _RECIPIENTS, rows)

    assert sent("05", "Non Aktif", 10) == ("landed", [])
    assert sent("06", "Non Aktif", 20) == ("landed", [])
    assert sent("07", "Meninggal", 50) == ("landed", ["delivery_people_stopped"])


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (ranked(PEOPLE), []),
        (slid(ranked(PEOPLE), DESIL, "desil"), ["delivery_families_apart"]),
        (slid(ranked(PEOPLE), DESIL, "usia", by=40), ["delivery_ages_of_births"]),
        ([[*row[:4], str(int(row[4]) + 10), row[5]] for row in ranked(PEOPLE)], ["delivery_ages_of_births"]),
        ([[*row[:4], str(int(row[4]) - 2), row[5]] for row in ranked(PEOPLE)], []),
    ],
    ids=["sound", "deciles", "ages", "ten years", "two years old"],
)
def test_a_first_delivery_tells_what_its_families_and_births_say(judged, rows, told, fresh_warehouse):
    letter = fresh_warehouse.inbox / "dinsos" / "desil Triwulan II 2025.csv.yml"
    letter.parent.mkdir(parents=True, exist_ok=True)
    letter.write_text("region_code: '12.74'\n", encoding="utf-8")
    assert judged("dinsos/desil Triwulan II 2025.csv", DESIL, rows) == ("landed", told)


@pytest.mark.parametrize(
    ("said", "regency", "region", "is_another"),
    [
        ({"kode_wilayah": "3271011001"}, "KOTA SUKABUMI", "32.72", True),
        ({"kode_wilayah": "3272051001"}, "KOTA SUKABUMI", "32.72", False),
        ({"kode_desa": "11.01.01.2001"}, None, "32.72", True),
        ({"kode_desa": "32.72.05.1001"}, None, "32.72", False),
        ({"kode_desa": "11.01.01.2001"}, None, "32", False),  # a province's list is of anywhere
        ({"kode_provinsi": "32", "kode_kabupaten": "02"}, None, "32.72", True),
        ({"kode_provinsi": "31", "kode_kabupaten": "72"}, None, "31.75", False),  # as BPS numbers it
        ({"kode_wilayah": "1271010001"}, "KOTA SIBOLGA", "12.73", False),  # in the codes of BPS
    ],
)
def test_a_code_is_of_another_place(said, regency, region, is_another):
    code = "".join(said.values())
    names = {"provinsi": "JAWA BARAT" if code.startswith("32") else "SUMATERA UTARA", "kabupaten": regency}
    told = said | (names if regency else {})  # a province beside the code of another contradicts it as well
    assert _contradicts(Regions.load(), told, region) is is_another
