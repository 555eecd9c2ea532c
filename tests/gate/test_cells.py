"""What a spreadsheet did to cells, who is in the list twice, districts of another city: told by the delivery alone."""

from __future__ import annotations

import pytest

from simpul.gate.places import Districts
from simpul.regions import Regions
from tests.gate.test_earlier import listed, with_column
from tests.gate.test_persons import kks
from tests.landing.conftest import DTKS, KKS

PEOPLE = range(1, 81)


def _counting(n: int, said: str, step: int = 1) -> str:
    return str(1274010101100001 + step * n) if 10 <= n < 40 else said


@pytest.mark.parametrize(
    ("rows", "told", "headings"),
    [
        (with_column(listed(PEOPLE), "Nomor KK", _counting), "delivery_numbers_in_series", ["Nomor KK"]),
        (with_column(listed(PEOPLE), "Nomor KK", lambda n, said: _counting(n, said, -1)),
         "delivery_numbers_in_series", ["Nomor KK"]),
        (with_column(listed(PEOPLE), "Alamat", lambda n, said: "#REF!" if n == 7 else said),
         "delivery_cells_spoilt", ["Alamat"]),
        (with_column(listed(PEOPLE), "Pekerjaan", lambda n, said: "IBU &amp; ANAK" if n == 7 else said),
         "delivery_cells_spoilt", ["Pekerjaan"]),
        (with_column(listed(PEOPLE), "Tanggal Lahir", lambda n, said: said[:-4] + "1911" if n % 8 == 0 else said),
         "delivery_births_of_last_century", ["Tanggal Lahir"]),
    ],
    ids=["up", "down", "formula", "web page", "births"],
)  # fmt: skip
def test_a_column_that_no_person_wrote_is_told_by_its_heading(judged, query, rows, told, headings):
    assert judged("dinsos/DTKS 2024-06.csv", DTKS, rows) == ("landed", [told])
    addresses = query('select "column", "row" from audit.gate_failure where rule_code = %s', told)
    assert addresses == [(heading, None) for heading in headings]


@pytest.mark.parametrize(
    "said", ["#N/A", "JL. A & B NO <5", "BLOK #7", "P&B", "<-", "RT 1 <RW 2>", "<PINDAH>", "<BLOK C>"]
)
def test_what_people_write_is_not_spoilt(judged, said):
    rows = with_column(listed(PEOPLE), "Alamat", lambda n, cell: said if n == 3 else cell)
    assert judged("dinsos/DTKS 2024-06.csv", DTKS, rows) == ("landed", [])


def test_a_district_of_another_city_is_told_by_row(judged, query):
    rows = with_column(listed(PEOPLE), "Kabupaten/Kota", lambda n, said: "KOTA MEDAN" if n == 4 else said)
    assert judged("dinsos/DTKS 2024-06.csv", DTKS, rows)[0] == "landed"
    addresses = query(
        'select "column", "row" from audit.gate_failure where rule_code = %s', "kecamatan_of_kabupaten"
    )
    assert addresses == [("Kecamatan", 6)]


@pytest.mark.parametrize(
    ("place", "is_elsewhere"),
    [
        (("SUMATERA UTARA", "KOTA MEDAN", "DATUK BANDAR"), True),
        ((None, "Kota Medan", "KEC. TELUK NIBUNG"), True),
        (("SUMATERA UTARA", "KOTA TANJUNG BALAI", "DATUK BANDAR"), False),
        (("JAWA BARAT", "BOGOR", "BOGOR TENGAH"), False),  # the city, written as the regency around it
        (("JAWA BARAT", "KOTA BOGOR", "CIBINONG"), True),
        ((None, "KOTA TANJUNGBALAI", "Bandar"), False),  # Datuk Bandar, though Simalungun has a Bandar
        (("SUMATERA UTARA", "KOTA TANJUNG BALAI", "CONTOH"), False),  # nobody's
        (("SUMATERA UTARA", "KOTA NIRGENDWO", "DATUK BANDAR"), False),
        (("PAPUA", "MERAUKE", "Kurik"), False),  # the regency is of another province today
    ],
)
def test_a_district_is_elsewhere_where_only_other_regencies_have_it(place, is_elsewhere):
    assert Districts(Regions.load()).is_elsewhere(*place) is is_elsewhere


BUDGET = ["kode_wilayah", "nama_wilayah", "tahun", "registri", "dianggarkan", "anggaran_rp", "terlaksana"]
EXTREME = ["kode_wilayah", "nama_wilayah", "tahun", "persen", "jumlah_jiwa", "garis"]
OPEN_DATA = [
    "id",
    "nama_provinsi",
    "kode_kabupaten_kota",
    "nama_kabupaten_kota",
    "jumlah_penduduk_miskin",
    "satuan",
    "tahun",
]
CONTRADICTING = [
    ("12.71", "Kota Medan"),
    ("12.72", "Kota Medan"),
    ("12.75", "Kota Medan"),
    ("1271", "Kota Sibolga"),
    ("1275", "Medan"),
    ("12.10", "Labuhanbatu"),
]


@pytest.mark.parametrize(
    ("name", "heading", "row"),
    [
        ("dinsos/Anggaran verval 2024.csv", BUDGET, lambda code, name: [code, name, "2024", "DTKS", "ya", "1", "ya"]),
        ("bps/Kemiskinan Ekstrem 2024.csv", EXTREME, lambda code, name: [code, name, "2024", "1,2", "240", "PPP 2.15"]),
    ],
    ids=["budget", "extreme"],
)  # fmt: skip
def test_a_code_beside_another_regions_name_is_told_by_row(judged, query, name, heading, row):
    """Medan is 12.71 for Kemendagri and 1275 for BPS, where 1271 is Sibolga: the name says which is meant."""
    judged(name, heading, [row(*place) for place in CONTRADICTING])
    addresses = query(
        'select "column", "row" from audit.gate_failure where rule_code = %s', "code_of_region_name"
    )
    assert addresses == [("kode_wilayah", 3)]


def test_codes_that_slid_beside_names_of_a_table_of_figures_are_told(judged, query):
    places = [
        ("3201", "KABUPATEN BOGOR"),
        ("3271", "KABUPATEN BANDUNG"),
        ("3273", "KOTA BANDUNG"),
        ("3200", "JAWA BARAT"),
    ]
    rows = [["1", "JAWA BARAT", code, name, "12.5", "RIBU JIWA", "2024"] for code, name in places]
    judged("bps/od_jumlah_penduduk_miskin.csv", OPEN_DATA, rows)
    addresses = query(
        'select "row", severity from audit.gate_failure where rule_code = %s', "code_of_region_name"
    )
    assert addresses == [(3, "warn")]


def test_one_person_with_several_niks_or_cards_is_told_by_row(judged, query):
    rows = listed(PEOPLE)
    nik = DTKS.index("Nomor NIK")
    again = [[*row] for row in rows[:1]]
    again[0][nik] = again[0][nik][:-1] + str((int(again[0][nik][-1]) + 1) % 10)
    judged("dinsos/DTKS 2024-06.csv", DTKS, [*rows, *again])
    paid = kks(range(1, 41))
    paid[4][:2] = paid[3][:2]
    paid[4][3:] = paid[3][3:]
    judged("dinsos/KKS 2024-Q2.csv", KKS, paid)
    paid += [["-", *paid[6][1:2], "-", *paid[6][3:]], [paid[7][0], paid[7][1], "-", *paid[7][3:]]]
    judged("dinsos/KKS 2024-Q3.csv", KKS, [[*row[:4], "Tahap 3 Tahun 2024", row[5]] for row in paid[6:]])
    told = query(
        'select rule_code, "row" from audit.gate_failure where rule_code = any(%s) order by 1, 2',
        ["person_once", "nik_one_card"],
    )
    assert told == [("nik_one_card", 5), ("nik_one_card", 6), ("person_once", 2), ("person_once", 82)]
