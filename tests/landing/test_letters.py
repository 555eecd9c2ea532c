"""The cover letter: what it adds, and what happens where it contradicts the delivery."""

from __future__ import annotations

import pytest

from simpul import landing
from simpul.readers.letter import letter_bytes, letter_path, parse_letter
from tests.landing.conftest import KKS, PBI, as_csv, kks_row, pbi, pbi_row
from tests.landing.test_land import held, row_of, table_of


def test_a_letter_says_what_the_list_does_not(drop, query):
    path = drop("dinsos/kks.csv", as_csv(KKS, [kks_row(1), kks_row(2, nominal="Rp 400.000,-")]))
    drop(
        "dinsos/kks.csv.yml",
        "dataset: dinsos.kks_payment\nperiod: Triwulan II 2024\nregion_code: 12.74 # x\nsender: Dinsos Contoh\n"
        "letter_number: 460/12\nrows: 2\ntotals: {Nominal: 1000000}\nkabupaten: Tanjung Balai\n"
        "constants: {Provinsi: Sumatera Utara}\n",
    )
    outcome = landing.land(path)
    assert outcome.status == "loaded", outcome.reason
    row = row_of(query, outcome.file_id)
    assert (row["period"], row["region_code"], row["slice_key"]) == ("2024-Q2", "12.74", "2024-Q2|12.74|PKH")
    assert query("select sender, letter_number from audit.file") == [("Dinsos Contoh", "460/12")]
    assert query(f"select distinct provinsi, kabupaten from {table_of(outcome)}") == [
        ("Sumatera Utara", "Tanjung Balai")
    ]


def test_the_letter_wins_over_the_file_name(drop, query):
    path = drop("bpjs/pbi 2024-05.csv", pbi(3))
    drop("bpjs/pbi 2024-05.yml", "period: 2024-06\n")
    row = row_of(query, landing.land(path).file_id)
    assert row["period"] == "2024-06" and row["structure"]["file_name_says"] == "2024-05"


RECIPIENTS = ["NO", "NIK", "NAMA", "ALAMAT"]
ROWS = [
    ["1", "1274014101800001", "SITI AMINAH", "Jl. Melati"],
    ["2", "1274014202810002", "BUDI", "Jl. Mawar"],
]


@pytest.mark.parametrize(
    ("name", "titles", "period"),
    [
        ("daftar", ["DAFTAR PENERIMA BLT DANA DESA", "KOTA TANJUNGBALAI TAHUN 2023"], "2023"),
        ("daftar", ["PENERIMA BLT DANA DESA BULAN MARET TAHUN 2023", "TAHUN ANGGARAN 2023"], "2023-03"),
        ("daftar", ["PENERIMA PKH TAHAP 2 TAHUN 2023", "KEPUTUSAN WALI KOTA NOMOR 4 TAHUN 2022"], "2023-Q2"),
        ("daftar 2024-06", ["PENERIMA BLT DANA DESA TAHUN 2024"], "2024-06"),
        ("daftar", ["PENERIMA BLT DANA DESA TAHUN 2022 DAN 2023"], None),
        ("daftar", ["PENERIMA BLT DANA DESA TAHUN 2022", "DICETAK 2023-01"], "2022"),
        ("daftar", ["PENERIMA BLT DANA DESA TAHUN 2022", "DATA TAHUN 2021"], None),
        ("daftar", ["PENERIMA BLT DANA DESA JANUARI - JUNI 2023"], None),
        ("daftar", ["PENERIMA BLT DANA DESA", "SK NOMOR 4 TAHUN 2022"], None),
    ],
)
def test_a_title_says_the_period_where_nothing_else_does(drop, name, titles, period, query):
    content = as_csv(
        titles[:1] + [""] * 3, [[title, "", "", ""] for title in titles[1:]] + [RECIPIENTS, *ROWS]
    )
    outcome = landing.land(drop(f"dinsos/{name}.csv", content))
    if period is None:
        held(outcome, query, "no period was found", "period: 2024-06")
    else:
        assert outcome.status == "loaded", outcome.reason
        assert row_of(query, outcome.file_id)["period"] == period


@pytest.mark.parametrize(
    ("letter", "words"),
    [
        ("period: 2024-Q3", ["2024-Q3", "2024-Q2"]),
        ("region_code: '36.01'", ["36.01", "12.74"]),
        ("region_code: '99.99'", ["no Kemendagri code"]),
        ("rows: 3", ["states 3 rows", "has 2"]),
        ("totals: {nominal: 5}", ["total of 5", "adds up to 1200000"]),
        ("totals: {gaji: 5}", ["gaji"]),
        ("totals: {nominal: banyak}", ["cannot be checked"]),
        ("jenis_bansos: SEMBAKO", ["one value of 'jenis_bansos'", "row 2"]),
        ("warna: merah", ["warna", "does not have: correct the name, or"]),
        ("region: '12.74'", ["'region', which", "correct the name ('region_code'?)"]),
        ("periode_data: 2024-06", ["correct the name ('period'?)"]),
        ("dataset: bpjs.pbi_jk", ["stated as bpjs.pbi_jk"]),
        ("dataset: bpjs.xyz", ["no contract is called 'bpjs.xyz'"]),
        ("period: nanti", ["'nanti'", "cannot be read"]),
        ("rows: -3", ["'rows' must be a whole number"]),
        ("rows: banyak", ["'rows' must be a whole number"]),
        ("rows: [1", ["not valid YAML (line"]),
        ("- a\n- b", ["key: value"]),
        ("totals: 5", ["'totals' must be"]),
        ("period: {a: b}", ["must have one value"]),
        ("a: &a [x,x,x]\nb: &b [*a,*a,*a]\nc: [*b,*b,*b]", ["not valid YAML"]),
        ("sender: !!python/object/apply:os.system ['true']", ["must have one value"]),
        ("period: 2024-06\nperiod: 2024-07", ["not valid YAML"]),
        ("sender: " + "x" * 70_000, ["larger than 64 KiB"]),
        (b"sender: \xff\xfe", ["not UTF-8"]),
        ("sheet: Data", ["names sheet 'Data'", "the file has no sheets"]),
    ],
)
def test_contradictions_and_broken_letters_hold_the_file(drop, query, letter, words):
    heading = [*KKS, "Provinsi", "Kabupaten"]
    rows = [[*kks_row(n), "Sumatera Utara", "Tanjung Balai"] for n in (1, 2)]
    path = drop("dinsos/kks.csv", as_csv(heading, rows))
    drop("dinsos/kks.csv.yml", letter)
    held(landing.land(path), query, *words)


def test_caller_and_letter_must_agree_on_the_dataset(drop, query):
    path = drop("bpjs/pbi 2024-06.csv", pbi(2))
    drop("bpjs/pbi 2024-06.csv.yml", "dataset: bpjs.pbi_jk")
    held(landing.land(path, dataset="dinsos.dtks"), query, "'bpjs.pbi_jk'", "'dinsos.dtks'")
    assert landing.land(path).status == "loaded"


def test_what_a_letter_writes_stays_text(tmp_path):
    (tmp_path / "a.csv").write_text("x")
    (tmp_path / "a.csv.yml").write_text(
        "region_code: 12.10\nletter_number: 007\nperiod: 2024-06-01\nsender: yes\nrows:\n"
    )
    beside = letter_path(tmp_path / "a.csv")
    letter = parse_letter(beside.name, letter_bytes(beside))
    assert (letter.region_code, letter.letter_number, letter.period, letter.sender) == (
        "12.10",
        "007",
        "2024-06-01",
        "yes",
    )
    assert letter.rows is None


@pytest.mark.parametrize(
    ("stated", "region"),
    [
        ("12.74", "12.74"),
        ("1274", "12.74"),  # the records are of the city that this is to Kemendagri
        ("12", "12"),
        ("1272", None),  # to BPS
        ("1272010", None),
    ],
)
def test_a_letter_with_a_code_of_bps_is_held(drop, query, stated, region):
    path = drop("bpjs/pbi 2024-06.csv", pbi(3))
    drop("bpjs/pbi 2024-06.csv.yml", f"region_code: '{stated}'")
    outcome = landing.land(path)
    if region:
        assert row_of(query, outcome.file_id)["region_code"] == region
    else:
        held(outcome, query, f"'{stated}', which is the BPS code of 12.74 Kota Tanjungbalai")
        assert "kode BPS untuk 12.74" in query("select reason_id from audit.file")[0][0]


@pytest.mark.parametrize(
    ("stated", "region"),
    [
        ("12.72", "12.72"),  # with its dot it is one of Kemendagri
        ("1272", ["which is 12.72 Kota Pematangsiantar to Kemendagri and 12.74 Kota Tanjungbalai to BPS"]),
        ("3601", "36.01"),  # the same to both
        ("9708", ["the BPS code of 95.02 Kabupaten Pegunungan Bintang"]),
        ("1274011001", ["no Kemendagri code of a province, regency or district"]),
        ("12.1", ["no Kemendagri code"]),
        ("12.74.99", ["no Kemendagri code"]),  # a district of a known city, but none
        ("00", "00"),
    ],
)
def test_where_the_records_say_no_region_a_code_without_dots_must_be_clear(drop, query, stated, region):
    path = drop("dinsos/kks.csv", as_csv(KKS, [kks_row(1)]))
    drop("dinsos/kks.csv.yml", f"period: 2024-Q2\nregion_code: '{stated}'")
    outcome = landing.land(path)
    if isinstance(region, str):
        assert row_of(query, outcome.file_id)["region_code"] == region, outcome.reason
    else:
        held(outcome, query, *region)


def test_a_letter_for_a_district_of_the_list_is_a_contradiction(drop, query):
    path = drop("bpjs/pbi 2024-06.csv", as_csv(PBI, [pbi_row(n) for n in range(9)]))
    drop("bpjs/pbi 2024-06.csv.yml", "region_code: 12.74.05")
    held(landing.land(path), query, "12.74.05", "12.74")
