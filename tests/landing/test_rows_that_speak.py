"""Rows that are no records but say something of them: titles, headings with a year, rows in between (LP2KD)."""

from __future__ import annotations

from pathlib import Path

import pytest
from psycopg import sql

from simpul import landing
from simpul.contract import load_contracts
from simpul.database import connect
from simpul.landing.region import find_region
from tests.landing.conftest import as_csv
from tests.landing.test_land import held, row_of, table_of

PRINTED = (
    Path(__file__).parents[1]
    / "fixtures/dinsos/lp2kd_indicator/Capaian Indikator Kemiskinan Tanjungbalai.csv"
)
HEAD = ["NO", "URAIAN", "TARGET 2017", "REALISASI 2017", "PELAKSANA"]
FIRST = ["1", "Persentase kepesertaan BPJS", "75%", "83,32 %", "BPJS"]
SECOND = ["2", "Jumah kematian bayi", "28", "22", "Dinas Kesehatan"]
SELECT = (
    "select nomor, uraian, target, realisasi, tahun, tahun_realisasi, pelaksana, _row from {} order by _row"
)


def test_the_table_of_the_first_article_lands_as_printed(drop, query):
    outcome = landing.land(drop("dinsos/lp2kd kota tanjungbalai.csv", PRINTED.read_bytes()))
    assert (outcome.status, outcome.rows_read) == ("loaded", 13), outcome.reason
    row = row_of(query, outcome.file_id)
    assert (row["period"], row["rows_skipped"]) == ("2017", {"context": 1})
    records = query(SELECT.format(table_of(outcome)))
    assert [record[0] for record in records] == [str(number) for number in range(1, 14)]
    assert [record[5] for record in records] == ["2017"] * 4 + ["2016"] * 9
    assert {record[4] for record in records} == {"2017"}
    assert records[2][1:4] == ("Tersedianya data base PMKS", None, None)
    assert records[8][1:4] == ("Jumlah kematian balita", "43", None)
    assert records[1][2:4] == ("75%", "83,32 %")
    assert (records[7][1], records[11][6]) == (
        "Jumah kematian bayi",
        "Dinas Peraperkim/Dinas PUPR/Kotaku/NUSP",
    )
    assert records[4][7] == 7  # the row in between is a row of the file


@pytest.mark.parametrize(
    "between",
    [["REALISASI 2016"], ["", "", "", "Realisasi 2016", ""], ["", "", "TARGET 2016", "REALISASI 2016", "", "", ""]],
)  # fmt: skip
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_row_in_between_may_stand_in_any_cell_and_have_any_width(drop, query, between, kind):
    rows = [FIRST, between, SECOND]
    content = as_csv(HEAD, rows) if kind == "csv" else {"LP2KD": [HEAD, *rows]}
    outcome = landing.land(drop(f"dinsos/lp2kd kota jambi.{kind}", content))
    assert (outcome.status, outcome.rows_read) == ("loaded", 2), outcome.reason
    records = query(SELECT.format(table_of(outcome)))
    assert [record[5] for record in records] == ["2017", "2016"]
    assert records[1][4] == ("2016" if len(between) == 7 else "2017")


def test_a_record_that_mentions_a_city_or_a_year_is_a_record(drop, query):
    odd = ["3", "Realisasi 2016 Kota layak anak", "1", "2", "Bappeda"]
    outcome = landing.land(drop("dinsos/lp2kd kota jambi.csv", as_csv(HEAD, [FIRST, odd, SECOND])))
    assert outcome.rows_read == 3
    assert query(f"select distinct tahun_realisasi, wilayah from {table_of(outcome)}") == [
        ("2017", "kota jambi")
    ]


@pytest.mark.parametrize(
    ("title", "region"),
    [
        ("Tabel Capaian Indikator Kemiskinan Kota Tanjungbalai Tahun 2017", "12.74"),
        ("CAPAIAN INDIKATOR KABUPATEN ASAHAN PROVINSI SUMATERA UTARA TAHUN 2017", "12.09"),
        ("LP2KD PROVINSI JAMBI", "15"),
    ],
)
def test_a_title_row_names_the_region(drop, query, title, region):
    content = as_csv([title], [[], HEAD, FIRST])
    outcome = landing.land(drop("dinsos/lp2kd.csv", content))
    row = row_of(query, outcome.file_id)
    assert (row["status"], row["region_code"], row["period"]) == ("loaded", region, "2017"), row["reason"]


@pytest.mark.parametrize(
    ("title", "reason"),
    [
        ("Indikator Kemiskinan", "does not say its region"),
        ("Capaian Kota Negeri Antah Tahun 2017", "names the region 'Kota Negeri Antah', which is none"),
    ],
)
def test_without_a_region_it_is_held_and_a_letter_frees_it(drop, query, title, reason):
    path = drop("dinsos/lp2kd.csv", as_csv([title], [[], HEAD, FIRST]))
    held(landing.land(path), query, reason, "region_code: 12.74")
    drop("dinsos/lp2kd.csv.yml", "region_code: '12.74'\n")
    assert landing.land(path).status == "loaded"


def test_one_region_does_not_replace_another_whose_indicators_are_the_same(drop, query):
    for name in ("LP2KD Asahan 2024", "LP2KD Batubara 2024"):
        path = drop(f"dinsos/{name}.csv", as_csv(["NO", "URAIAN", "TARGET 2024", "REALISASI 2024", "PELAKSANA"],
                                                 [FIRST, SECOND, ["3", name, "1", "1", "Bappeda"]]))  # fmt: skip
        assert landing.land_file(path).status == "held"
        drop(f"dinsos/{name}.csv.yml", f"region_code: '{'12.09' if 'Asahan' in name else '12.19'}'\n")
        assert landing.land_file(path).status == "landed"
    assert query("select region_code, status from audit.file where status <> 'held' order by 1") == [
        ("12.09", "landed"),
        ("12.19", "landed"),
    ]


def test_a_title_says_the_year_where_the_headings_do_not(drop, query):
    head = ["No", "Uraian", "Target", "Realisasi", "Pelaksana"]
    content = as_csv(["Capaian Kota Jambi Tahun 2022"], [head, FIRST])
    row = row_of(query, landing.land(drop("dinsos/lp2kd.csv", content)).file_id)
    assert (row["period"], row["region_code"]) == ("2022", "15.71")


@pytest.mark.parametrize(
    ("letter", "reason"),
    [
        ("tahun: 2018", "the headings say '2017'"),
        ("tahun_realisasi: 2017", "row 3 has another"),  # the row in between says 2016
    ],
)
def test_a_letter_may_not_contradict_a_heading_nor_a_row_in_between(drop, query, letter, reason):
    head = ["NO", "URAIAN", "TARGET 2017", "REALISASI", "PELAKSANA"]
    path = drop("dinsos/lp2kd.csv", as_csv(head, [["REALISASI 2016"], FIRST]))
    drop("dinsos/lp2kd.csv.yml", letter)
    held(landing.land(path), query, reason)


# --------------------------------------------------------------------------------------------- region, period, slice
BUDGET = ["kode_wilayah", "nama_wilayah", "tahun", "registri", "dianggarkan", "anggaran_rp", "terlaksana"]


def budget(*codes: str) -> str:
    return as_csv(BUDGET, [[code, "", "2024", "DTKS", "ya", "1000000", "ya"] for code in codes])


@pytest.mark.parametrize(
    ("codes", "region"),
    [
        (["12.74"], "12.74"),
        (["1274", "12.74.01", "12.74.01.1001"], "12.74"),
        (["15.01", "15.02"], "15"),
        (["12", "12.74"], "12"),  # a province's own figure is not its city's
        (["15.01", "36.04"], "00"),
        (["99.99"], None),
        (["91.02"], "95.01"),  # recoded in 2022
        (["3601"], "36.01"),  # the same regency to both systems
        (["1274", "36.01", *["12.74"] * 40], "12.74"),
        (["15.08", "12,74"], None),  # a code that nobody can read may be of anywhere
    ],
)
def test_codes_name_the_region_of_a_delivery(drop, query, codes, region):
    row = row_of(query, landing.land(drop("dinsos/anggaran.csv", budget(*codes))).file_id)
    assert (row["status"], row["region_code"]) == ("loaded", region), row["reason"]


@pytest.mark.parametrize(
    ("name", "letter", "region", "is_told"),
    [
        ("Kota Tanjungbalai", None, "12.74", False),
        ("Kota Pematangsiantar", None, "12.72", False),
        ("", None, None, True),
        ("Kota Antah", None, None, True),
        ("", "12.74", "12.74", False),
        ("", "12", "12", True),
    ],
)
def test_a_code_without_dots_may_be_of_bps_and_its_name_tells(drop, query, name, letter, region, is_told):
    path = drop("dinsos/anggaran.csv", budget("1272").replace("1272;;", f"1272;{name};"))
    if letter:
        drop("dinsos/anggaran.csv.yml", f"region_code: '{letter}'\n")
    row = row_of(query, landing.land(path).file_id)
    assert (row["status"], row["region_code"]) == ("loaded", region), row["reason"]
    told = "1272 is 12.72 Kota Pematangsiantar to Kemendagri and 12.74 Kota Tanjungbalai to BPS"
    assert (told in (row["reason"] or "")) == is_told
    assert ("1272 adalah 12.72 Kota Pematangsiantar" in (row["reason_id"] or "")) == is_told


@pytest.mark.parametrize(
    ("names", "region"),
    [
        (["Kota Tanjung Balai", "Datuk Bandar", "Sirantau"], "12.74"),  # no finer than the list's level
        (["Gorontalo", "", ""], "75.01"),  # the regency, not the province of that name
        (["", "Pandeglang", ""], None),  # a district that is called as a regency is not it
    ],
)
def test_a_contract_whose_lists_name_no_province_begins_with_the_regency(query, names, region):
    columns = ("kabupaten", "kecamatan", "desa")
    contract = load_contracts()["dinsos.dtks"].model_copy(update={"region_columns": columns})
    given = {column for column, name in zip(columns, names, strict=True) if name}
    with connect() as conn:
        conn.execute("create temp table list (kabupaten text, kecamatan text, desa text)")
        conn.execute("insert into list values (nullif(%s, ''), nullif(%s, ''), nullif(%s, ''))", names)
        assert find_region(conn, sql.Identifier("list"), contract, given, 1, None, {})[1] == region


def test_a_code_typed_as_a_number_keeps_its_point(drop, query):
    """The table writes decimals with a comma, and a code is no decimal."""
    rows = [[12.74, "", 2024, "DTKS", "ya", 1000000.5, "ya"], ["15.08", "", 2024, "DTKS", "ya", 2, "ya"]]
    outcome = landing.land(drop("dinsos/anggaran.xlsx", {"Data": [BUDGET, *rows]}))
    found = query(f"select kode_wilayah, anggaran_rp from {table_of(outcome)} order by _row")
    assert found == [("12.74", "1000000,5"), ("15.08", "2")]
    assert row_of(query, outcome.file_id)["region_code"] == "00"  # two provinces


def test_a_letter_of_another_region_holds_the_file(drop, query):
    path = drop("dinsos/anggaran.csv", budget("15.01"))
    drop("dinsos/anggaran.csv.yml", "region_code: '36'\n")
    held(landing.land(path), query, "records are of 15.01")


def test_a_budget_may_be_of_a_year_to_come(drop, query):
    content = budget("12.74").replace("2024", "2099")
    row = row_of(query, landing.land(drop("dinsos/anggaran.csv", content)).file_id)
    assert (row["status"], row["period"]) == ("loaded", "2099"), row["reason"]


MEETING = ["kode_wilayah", "tanggal", "tingkat", "agenda"]


def test_dates_name_the_period_and_parts_of_a_list_stand_side_by_side(drop, query):
    """A correction comes under the name of what it corrects; another part under a name of its own."""

    def land(name: str, *rows: list[str]) -> str:
        return landing.land_file(drop(f"dinsos/{name}", as_csv(MEETING, list(rows)))).file_id

    first = land("rakor 1.csv", ["12.74", "22 Mei 2018", "", "Rakor I"])
    other = land("rakor 2.csv", ["12.74", "2018-09-04", "", "Rakor II"])
    mended = land("rakor 1.csv", ["12.74", "23/05/2018", "", "Rakor I"])
    found = dict(query("select file_id, status from audit.file"))
    assert found == {first: "superseded", other: "landed", mended: "landed"}
    assert query("select distinct period from audit.file") == [("2018",)]
