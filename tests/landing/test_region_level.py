"""A list speaks for the region that its contract says lists come for, and for none that it does not know of."""

from __future__ import annotations

import pytest

from simpul import landing
from simpul.landing.region_level import ONE_DISTRICT, region_of_name, region_of_titles
from simpul.regions import Regions
from tests.landing.conftest import DTKS, as_csv, dtks_row

NIBUNG = Regions.load().resolve("Sumatera Utara", "Kota Tanjungbalai", "Teluk Nibung")


def row_of(query, file_id: str) -> tuple:
    [row] = query(
        "select status, region_code, slice_key, reason, reason_id from audit.file where file_id = %s", file_id
    )
    return row


def registry(numbers=range(1, 60), *, heading=DTKS, city="KOTA TANJUNG BALAI", district=None) -> str:
    rows = [dtks_row(n, city=city) for n in numbers]
    return as_csv(heading, [[*row[:3], district or row[3], *row[4:]] for row in rows])


def test_a_few_people_of_one_district_are_a_list_of_their_city(drop, query):
    """Nobody said that it is a list of the district: it has the slice of the city's list."""
    outcome = landing.land_file(
        drop("dinsos/DTKS Juni 2024.csv", registry(range(5), district="TELUK NIBUNG"))
    )
    assert row_of(query, outcome.file_id)[:3] == ("landed", "12.74", "2024-06|12.74|anggota")


def test_a_long_list_of_one_district_is_that_districts_until_a_letter_says_more(drop, query):
    path = drop("dinsos/DTKS Juni 2024.csv", registry(range(ONE_DISTRICT), district="TELUK NIBUNG"))
    status, region, _, reason, reason_id = row_of(query, landing.land_file(path).file_id)
    assert (status, region) == ("landed", NIBUNG)
    assert "Teluk Nibung" in reason and "district alone" in reason and "`region_code: '12.74'`" in reason
    assert "kecamatan itu saja" in reason_id
    drop("dinsos/DTKS Juni 2024.csv.yml", "region_code: '12.74'")
    status, region, _, reason, _ = row_of(query, landing.land_file(path).file_id)
    assert (status, region, reason) == ("landed", "12.74", None)


def test_a_file_named_after_another_city_is_held(drop, query):
    path = drop("dinsos/DTKS Kota Medan April 2024.csv", registry())
    outcome = landing.land_file(path)
    status, _, _, reason, reason_id = row_of(query, outcome.file_id)
    assert status == "held"
    for told in (reason, reason_id):
        assert (
            "12.71 Kota Medan" in told
            and "12.74 Kota Tanjungbalai" in told
            and "region_code: '12.74'" in told
        )
    drop("dinsos/DTKS Kota Medan April 2024.csv.yml", "region_code: '12.74'")
    assert row_of(query, landing.land_file(path).file_id)[:2] == ("landed", "12.74")


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("DTKS Kota Medan April 2024.csv", "12.71"),
        ("dtks_kota_tanjung_balai_2024-06.xlsx", "12.74"),
        ("PBI Kab. Asahan 2024-06.csv", "12.09"),
        ("Kabupaten Kota Tanjungbalai.csv", "12.74"),
        ("Prov. Sumatera Utara 2024.csv", "12"),
        ("DTKS Medan.csv", None),  # a word alone may be anything
        ("Data per Kabupaten Kota di Sumatera Utara.csv", None),
        ("Kota Atlantis.csv", None),
    ],
)
def test_the_region_that_a_file_name_says(name, code):
    assert region_of_name(name) == code


@pytest.mark.parametrize(
    ("titles", "code"),
    [
        (["DAFTAR PENERIMA BLT DANA DESA", "KOTA TANJUNGBALAI PROVINSI SUMATERA UTARA"], "12.74"),
        (["PEMERINTAH KABUPATEN ASAHAN", "DINAS SOSIAL"], "12.09"),
        (["REKAP KOTA BINJAI DAN KOTA MEDAN"], None),
        (["KOTA BINJAI", "KABUPATEN ASAHAN"], None),
        (["DAFTAR PENERIMA PER KABUPATEN/KOTA"], None),
        ([], None),
    ],
)
def test_the_region_that_the_rows_above_a_heading_say(titles, code):
    assert region_of_titles(titles) == code


def test_a_list_whose_records_name_no_region_is_of_the_one_in_its_title(drop, query):
    rows = [["PEMERINTAH KOTA TANJUNGBALAI"] + [""] * 3, ["NIK", "NAMA", "ALAMAT", "NOMINAL"],
            ["1274014101800001", "SITI", "JL MAWAR 1", "600000"]]  # fmt: skip
    path = drop("dinsos/BST Juni 2024.csv", as_csv(rows[0], rows[1:]))
    assert row_of(query, landing.land_file(path).file_id)[:2] == ("landed", "12.74")
    drop("dinsos/BST Juni 2024.csv.yml", "region_code: '12.71'")  # who sends it knows better
    assert row_of(query, landing.land_file(path).file_id)[:2] == ("landed", "12.71")


def test_two_misspelt_headings_hold_the_list_that_would_be_of_its_province(drop, query):
    heading = [
        {"Kabupaten/Kota": "Kabupaten/Kta", "Bansos BPNT": "Bansos BNPT"}.get(one, one) for one in DTKS
    ]
    path = drop("dinsos/DTKS Juni 2024.csv", registry(heading=heading))
    outcome = landing.land_file(path)
    status, _, _, reason, reason_id = row_of(query, outcome.file_id)
    assert status == "held"
    assert "'Kabupaten/Kta' may be meant as 'Kabupaten/Kota'" in reason and "12 Sumatera Utara" in reason
    assert "'Kabupaten/Kta' mungkin maksudnya 'Kabupaten/Kota'" in reason_id
    drop("dinsos/DTKS Juni 2024.csv.yml", "region_code: '12.74'")
    assert row_of(query, landing.land_file(path).file_id)[:2] == ("landed", "12.74")


def test_a_list_of_several_cities_is_of_their_province_unless_a_letter_says_whose_it_is(drop, query):
    """Nine in ten are of one city: the letter may say that it is the list of that one, not of another."""
    rows = [dtks_row(n, city="KOTA BINJAI" if n % 10 == 0 else "KOTA TANJUNG BALAI") for n in range(1, 61)]
    path = drop("dinsos/DTKS Juni 2024.csv", as_csv(DTKS, rows))
    status, region, _, reason, reason_id = row_of(query, landing.land_file(path).file_id)
    assert (status, region) == ("landed", "12")
    assert "no single region" in reason and "tidak menyebut satu wilayah" in reason_id
    drop("dinsos/DTKS Juni 2024.csv.yml", "region_code: '12.75'")
    assert row_of(query, landing.land_file(path).file_id)[0] == "held"
    drop("dinsos/DTKS Juni 2024.csv.yml", "region_code: '12.74'")
    assert row_of(query, landing.land_file(path).file_id)[:2] == ("landed", "12.74")


def test_a_city_that_nobody_knows_does_not_make_a_list_of_its_province(drop, query):
    path = drop("dinsos/DTKS Juni 2024.csv", registry(city="KOTA ATLANTIS"))
    status, _, _, reason, reason_id = row_of(query, landing.land_file(path).file_id)
    assert status == "held" and "is not known" in reason and "tidak dikenal" in reason_id


def test_a_list_without_a_column_of_regions_is_held_where_a_heading_may_be_one(drop, query):
    swapped = {"Provinsi": "Provnsii", "Kabupaten/Kota": "Kabupatn/Kta"}
    heading = [swapped.get(one, one) for one in DTKS]
    outcome = landing.land_file(drop("dinsos/DTKS Juni 2024.csv", registry(heading=heading)))
    status, _, _, reason, _ = row_of(query, outcome.file_id)
    assert status == "held" and "no region" in reason and "'Provnsii' may be meant as 'Provinsi'" in reason
