"""BPS tables that say outside their cells what they are about, and numbers as different sources write them."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
import yaml

from simpul import landing
from simpul.contract import load_contracts
from simpul.readers.source import Source
from simpul.settings import get_settings
from tests.fixtures.expectations import load_expectations
from tests.landing.conftest import regency_table
from tests.landing.test_land import held, row_of, table_of

SERIES = "Provinsi,Maret 2012,September 2012\nINDONESIA,11.96,11.66\nBANTEN,5.85,5.71\n"
FIXTURES = [one for one in load_expectations() if one.dataset.startswith("bps.")]


def figures(query, outcome, columns="indikator, daerah, tahun, bulan, nilai"):
    return query(f"select wilayah, {columns} from {table_of(outcome)} order by _row, _column")


# ------------------------------------------------------------------------------------------------- said from outside
@pytest.mark.parametrize(
    ("name", "indicator"),
    [
        ("Persentase Penduduk Miskin Menurut Provinsi.csv", "p0"),
        ("persentase_penduduk_miskin_(P0)_menurut_provinsi (2).csv", "p0"),
        ("Garis Kemiskinan, 2012.csv", "poverty_line"),
        ("INDEKS KEDALAMAN KEMISKINAN.csv", "p1"),
        ("Indeks Keparahan (P2) per provinsi.csv", "p2"),
        ("Jumlah Penduduk Miskin (000) Menurut Provinsi.csv", "poor_thousand"),
        ("Jumlah Penduduk Miskin Menurut Provinsi (Ribu Jiwa).csv", "poor_thousand"),
    ],
)
def test_the_indicator_stands_in_the_name_of_the_file(drop, query, name, indicator):
    outcome = landing.land(drop(f"bps/{name}", SERIES))
    assert outcome.status == "loaded", outcome.reason
    assert row_of(query, outcome.file_id)["period"] == "2012"
    assert figures(query, outcome)[:2] == [
        ("INDONESIA", indicator, "total", "2012", "3", "11.96"),
        ("INDONESIA", indicator, "total", "2012", "9", "11.66"),
    ]


@pytest.mark.parametrize(
    "name",
    [
        "data.csv",
        "Jumlah Penduduk Miskin.csv",  # thousands or persons?
        "Jumlah dan Persentase Penduduk Miskin (Ribu).csv",
        "Garis Kemiskinan dan Persentase Penduduk Miskin.csv",
        "Persentase Penduduk Miskin Menurut Pendidikan.csv",
    ],
)
def test_an_indicator_that_nobody_says_is_asked_for(drop, query, name):
    path = drop(f"bps/{name}", SERIES)
    row = held(landing.land(path), query, f"'{name}.yml'", "indikator: p0 | p1", "poor_thousand")
    assert "surat pengantar" in row["reason_id"]
    drop(f"bps/{name}.yml", "indikator: poor_thousand\n")
    outcome = landing.land(path)
    assert outcome.status == "loaded", outcome.reason
    assert {line[1] for line in figures(query, outcome)} == {"poor_thousand"}


def test_title_letter_and_name_in_that_order_of_trust(drop, query):
    titled = f"Indeks Kedalaman Kemiskinan (P1) Menurut Provinsi,,\n{SERIES}"
    path = drop("bps/Persentase Penduduk Miskin.csv", titled)
    outcome = landing.land(path)
    assert {line[1] for line in figures(query, outcome)} == {"p1"}  # the title is content, the name is not
    path = drop("bps/Persentase Penduduk Miskin 2.csv", titled.replace("11.96", "11.97"))
    drop("bps/Persentase Penduduk Miskin 2.csv.yml", "indikator: p0\n")
    second = landing.land(path)
    assert second.status == "held" and "'indikator' is 'p0', the headings say 'p1'" in second.reason
    path = drop("bps/Persentase Penduduk Miskin 3.csv", SERIES)
    drop("bps/Persentase Penduduk Miskin 3.csv.yml", "indikator: p2\n")
    assert {line[1] for line in figures(query, landing.land(path))} == {"p2"}


def test_a_letter_that_contradicts_the_headings_holds_the_file(drop, query):
    table = "Provinsi/Kabupaten/Kota,\n,Persentase Penduduk Miskin (P0) (Persen)\n,2021\nBANTEN,6.66\nLebak,10.29\n"
    path = drop("bps/tabel.csv", table)
    drop("bps/tabel.csv.yml", "indikator: p1\n")
    held(landing.land(path), query, "'indikator' is 'p1', the headings say 'p0'")


def test_an_indicator_that_no_dictionary_knows_is_set_aside(drop, query):
    path = drop("bps/data.csv", SERIES)
    drop("bps/data.csv.yml", "indikator: kemiskinan\n")
    outcome = landing.land_file(path)
    assert outcome.status == "held" and "indikator_known 4" in outcome.reason


@pytest.mark.parametrize(
    ("edition", "words"),
    [
        ("h_year_column", "no heading of a known dataset"),
        ("xyz", "no layout is called 'xyz'"),
        ("g_wide", None),
    ],
)
def test_the_letter_may_name_the_layout(drop, query, edition, words):
    path = drop("bps/Persentase Penduduk Miskin.csv", SERIES)
    drop("bps/Persentase Penduduk Miskin.csv.yml", f"edition: {edition}\n")
    outcome = landing.land(path)
    if words:
        held(outcome, query, words)
    else:
        assert outcome.status == "loaded", outcome.reason


# --------------------------------------------------------------------------------------------------- layouts of §1.1
def test_areas_years_and_semesters_under_merged_cells(drop, query):
    outcome = landing.land(_fixture("penduduk miskin provinsi daerah.xlsx"))
    found = figures(query, outcome)
    assert ("BANTEN", "p0", "urban", "2020", "3", "5.03") in found
    assert ("BANTEN", "p0", "rural", "2021", "9", "7.72") in found
    assert ("INDONESIA", "p0", "total", "2021", "3", "10.14") in found
    assert ("KALIMANTAN UTARA", "p0", "urban", "2020", "annual", "-") in found
    address = f"select _row, _column from {table_of(outcome)} where nilai = '7.72'"
    assert query(address) == [(5, "Perdesaan | 2021 | Semester 2 (September)")]


def test_a_figure_for_the_year_as_a_whole_is_set_aside(drop, query):
    path = drop(
        "bps/Persentase Penduduk Miskin.csv",
        "Provinsi,Perkotaan,,,Perdesaan,,,Jumlah,,\n,2021,,,2021,,,2021,,\n"
        + ",Semester 1 (Maret),Semester 2 (September),Tahunan" * 3
        + "\n1,2,3,4,5,6,7,8,9,10\nBANTEN,1,2,-,3,4,-,5,6,7\n",  # the numbers of the columns are no region
    )
    outcome = landing.land_file(path)
    assert (outcome.status, outcome.rows_read, outcome.rows_quarantined) == ("landed", 9, 1), outcome.reason
    assert query('select "row", "column", rule_code from quarantine.row') == [
        (5, "Jumlah | 2021 | Tahunan", "figure_of_a_survey")
    ]


def test_the_year_of_a_row_in_the_column_tahunan(drop, query):
    headings = "PROVINSI,semester 2 (september),TAHUNAN, Semester 1 (Maret) "
    table = f"{headings}\nINDONESIA,9.66,2018,9.82\nBANTEN,5.25,2018,5.24\n"
    outcome = landing.land(drop("bps/Persentase Penduduk Miskin.csv", table))
    assert row_of(query, outcome.file_id)["edition"] == "h_year_column"
    assert figures(query, outcome)[:2] == [
        ("INDONESIA", "p0", "total", "2018", "3", "9.82"),
        ("INDONESIA", "p0", "total", "2018", "9", "9.66"),
    ]


@pytest.mark.parametrize(
    ("heading", "unit", "figure", "indicator", "is_sound"),
    [
        ("persentase_penduduk_miskin", "PERSEN", "7.4", "p0", True),
        ("PERSENTASE PENDUDUK MISKIN", "persen", "7.4", "p0", True),
        ("indeks_keparahan_kemiskinan", "POIN", "0.2", "p2", True),
        ("garis_kemiskinan", "RUPIAH/KAPITA/BULAN", "404000", "poverty_line", True),
        ("jumlah_penduduk_miskin", "RIBU JIWA", "465.67", "poor", True),
        ("jumlah_penduduk_miskin", "ORANG", "465670", "poor", True),
        ("jumlah_penduduk_miskin", "RIBU JIWA", "465670", "poor", False),  # 465 million
        ("jumlah_penduduk_miskin", "KELUARGA", "4656", "poor", False),
        ("persentase_penduduk_miskin", "RIBU JIWA", "7.4", "p0", False),
    ],
)
def test_every_indicator_of_an_open_data_portal(drop, query, heading, unit, figure, indicator, is_sound):
    names = f"tahun,{heading},satuan,nama_kabupaten_kota,kode_kabupaten_kota,nama_provinsi,kode_provinsi,id"
    row = f"2019,{figure},{unit},KABUPATEN BOGOR,3201,JAWA BARAT,32,7"
    outcome = landing.land_file(drop("bps/opendata.csv", f"{names}\n{row}\n"))
    assert outcome.status == ("landed" if is_sound else "held"), outcome.reason  # no record is left
    if is_sound:
        assert query(
            f"select indikator, kode_bps, wilayah, provinsi, satuan, nilai, _extra from {table_of(outcome)}"
        ) == [
            (
                indicator,
                "3201",
                "KABUPATEN BOGOR",
                "JAWA BARAT",
                unit,
                figure,
                {"id": "7", "kode_provinsi": "32"},
            )
        ]


def test_the_wrong_decimal_mark_is_set_aside_by_its_address_and_other_columns_are_kept(drop, query):
    outcome = landing.land_file(_fixture("Klasifikasi Tingkat Kemiskinan 2020.csv"))
    assert (outcome.status, outcome.rows_read, outcome.rows_quarantined) == ("landed", 4, 1)
    title = "Persentase Penduduk Miskin (P0) Menurut Kabupaten/Kota (Persen)"
    assert query('select "row", "column", rule_code, raw ->> "column" from quarantine.row') == [
        (3, title, "nilai_number", "10.29")
    ]
    ((extra,),) = query(f"select _extra from {table_of(outcome)} where wilayah = 'Pandeglang'")
    assert extra["Rata-rata Lama Sekolah Penduduk 15+ (Tahun)"] == "7.11"  # as printed, dot and all
    assert extra["Klasifikasi Kemiskinan"] == "0"


def test_a_merged_table_without_a_year_is_asked_for_it(drop, query):
    content = _fixture("Klasifikasi Tingkat Kemiskinan 2020.csv").read_bytes()
    held(landing.land(drop("bps/klasifikasi.csv", content)), query, "no period was found", "period:")


def test_numbers_of_a_portal_and_numbers_of_bps(drop, query):
    """360.202 is 360,202 rupiah in the one and 360.202 thousand people in the other."""
    portal = landing.land_file(_fixture("Elemen Kemiskinan.csv"))
    assert (portal.status, portal.rows_loaded, portal.rows_quarantined) == ("landed", 11, 4), portal.reason
    codes = dict(
        query('select "column" || "row", rule_code from quarantine.row where rule_code <> \'satuan_fits\'')
    )
    assert codes == {"20195": "nilai_number", "20186": "indikator_required", "20196": "indikator_required",
                     "20206": "indikator_required"}  # fmt: skip
    line = query(
        f"select nilai, tahun, provinsi from {table_of(portal)} where indikator = 'poverty_line' order by 2"
    )
    assert line[-1] == ("360.202", "2020", "DI Yogyakarta")
    path = drop("bps/Jumlah Penduduk Miskin (Ribu).csv", SERIES.replace("11.96", "360.202"))
    assert landing.land_file(path).rows_quarantined == 0


def test_the_letter_states_the_decimal_mark(drop, query):
    head = "Provinsi;Maret 2012;September 2012"
    path = drop("bps/Garis Kemiskinan.csv", f'{head}\nBANTEN;"251.161,5";261.000\nJAMBI;270000;-\n')
    assert landing.land_file(path).rows_quarantined == 2  # 261 rupiah, and no number
    query_rows = (
        "select structure ->> 'decimal', structure ->> 'thousands' from audit.file where status = 'landed'"
    )
    assert query(query_rows) == [(".", None)]
    path = drop("bps/Garis Kemiskinan b.csv", f'{head}\nBANTEN;"251.161,5";261.001\n')
    drop("bps/Garis Kemiskinan b.csv.yml", 'decimal: ","\n')
    outcome = landing.land_file(path)
    assert (outcome.rows_loaded, outcome.rows_quarantined) == (2, 0)
    drop("bps/Garis Kemiskinan c.csv.yml", "decimal: koma\n")
    held_one = landing.land(drop("bps/Garis Kemiskinan c.csv", SERIES))
    assert held_one.status == "held" and "'decimal' must be" in held_one.reason


def test_a_workbook_of_a_provincial_office(drop, query):
    outcome = landing.land(_fixture("Jumlah Penduduk Miskin Sumatera Utara.xlsx"))
    assert row_of(query, outcome.file_id)["region_code"] == "12"
    assert query(
        f"select wilayah, provinsi, indikator, tahun, nilai, _row from {table_of(outcome)} order by _row"
    ) == [
        ("Sumatera Utara", "Sumatera Utara", "poor_thousand", "2025", "1140.25", 4),
        ("Nias", "Sumatera Utara", "poor_thousand", "2025", "16.5", 5),
        ("Kota Tanjungbalai", "Sumatera Utara", "poor_thousand", "2025", "21.2", 6),
    ]


def test_a_series_does_not_replace_the_summary_of_its_last_year(drop, query):
    head = "Provinsi,Jumlah Penduduk Miskin - Maret (ribu),Persentase Penduduk Miskin - Maret"
    landing.land_file(
        drop("bps/Jumlah dan Persentase, 2019.csv", f"{head}\nINDONESIA,29132,11.96\nBANTEN,652,5.71\n")
    )
    landing.land_file(drop("bps/Persentase Penduduk Miskin.csv", SERIES.replace("2012", "2019")))
    assert query("select status, count(*) from audit.file group by 1") == [("landed", 2)]


def test_numbers_typed_as_numbers_take_the_mark_of_the_layout(drop, query):
    outcome = landing.land_file(_fixture("Kemiskinan Ekstrem.xlsx"))
    assert (outcome.rows_loaded, outcome.rows_quarantined) == (2, 1)
    assert query(f"select persen, jumlah_jiwa, _extra from {table_of(outcome)} order by _row") == [
        ("1,79", "23500", {"Sumber": "BPS"}),
        ("2,00", "80.100", {"Sumber": "BPS"}),
    ]


# -------------------------------------------------------------------------------------------------------- recognised
def _fixture(name: str) -> Path:
    return next(one.path for one in FIXTURES if one.path.name == name)


@pytest.mark.parametrize("one", [o for o in FIXTURES if o.path.suffix == ".csv"], ids=str)
def test_headings_in_other_case_with_blanks_and_columns_in_another_order(tmp_path, one):
    text = one.path.read_text(encoding="utf-8-sig")
    mark = ";" if one.path.read_text(encoding="utf-8-sig").partition("\n")[0].count(";") else ","
    rows = list(csv.reader(text.splitlines(), delimiter=mark))
    edition = load_contracts()[one.dataset].edition(one.edition)
    rows[: edition.header_rows] = [
        [f"  {cell.upper()} " if cell else "" for cell in row] for row in rows[: edition.header_rows]
    ]
    if edition.header_rows == 1:
        rows = [[*row[1:], row[0]] if any(row[1:]) else row for row in rows]
    path = tmp_path / "kiriman 7.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, delimiter=mark).writerows(rows)
    layout = Source.open(path).recognise(load_contracts().values())
    assert (layout.contract.dataset, layout.edition.name) == (one.dataset, one.edition)
    assert not layout.map.unknown or layout.edition.melt.unknown == "keep"


def test_fixtures_with_letters_need_them(drop, query):
    for one in FIXTURES:
        letter = one.path.with_name(one.path.name + ".yml")
        if letter.exists() and "decimal" not in yaml.safe_load(letter.read_text()):
            held(landing.land(drop(f"bps/{one.path.name}", one.path.read_bytes())), query, "cover letter")


def test_a_name_that_no_region_has_is_told_when_the_table_lands(drop, query):
    """Until now only the gate of the release said so, days later and to others."""
    table = regency_table(
        2023,
        cells={"BANTEN": ["6.2"], "Pandeglang": ["9.3"], "Kota Atlantis": ["1.0"], "INDONESIA": ["9.4"]},
    )
    found = landing.land_file(drop("bps/Persentase.csv", table))
    assert found.status == "landed" and "no region is called 'Kota Atlantis': " in found.reason
    (row,) = query("select reason_id from audit.file where file_id = %s", found.file_id)
    assert "'Kota Atlantis'" in row[0] and "Pandeglang" not in row[0]
    page = (get_settings().reports / "landing" / found.file_id / "index.html").read_text(encoding="utf-8")
    assert "Kota Atlantis" in page
    sound = landing.land_file(drop("bps/Persentase 2022.csv", regency_table(2022)))
    assert (sound.status, sound.reason) == ("landed", None)
