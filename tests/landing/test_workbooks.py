"""Workbooks: layouts met in the wild, and what must not be opened."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from pathlib import Path

import openpyxl
import pytest

from simpul import landing
from simpul.contract import load_contracts
from simpul.readers.reasons import Held
from simpul.readers.source import Source
from simpul.readers.workbook import Workbook, cell_text
from tests.landing.conftest import DTKS, KKS, PBI, as_csv, dtks_row, kks_row, pbi, save_workbook
from tests.landing.test_land import BPS, held, row_of, table_of
from tests.landing.workbook_files import container, ods, xls, xlsb

TITLE = "Persentase Penduduk Miskin Menurut Kabupaten_Kota di Provinsi Sumatera Utara (Persen)"


def rewrite(path: Path, part: str, change) -> None:
    """Change one part of a workbook."""
    content = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as new:
        for item in old.infolist():
            data = old.read(item)
            new.writestr(item.filename, change(data.decode()) if item.filename == part else data)
    path.write_bytes(content.getvalue())


def reason(path: Path) -> str:
    with pytest.raises(Held) as caught:
        Source.open(path).recognise(load_contracts().values())
    assert caught.value.reason_id != caught.value.reason
    return caught.value.reason


# ------------------------------------------------------------------------------------------------------------ layouts
def test_the_same_records_as_csv(drop, query):
    """Text cells of a workbook give the very records that the CSV gives."""
    rows = [dtks_row(n) for n in range(1, 30)]
    one = landing.land(drop("dinsos/a Juni 2024.csv", as_csv(DTKS, rows)))
    two = landing.land(drop("dinsos/b Juni 2024.xlsx", {"Data": [DTKS, *rows]}))
    names = ", ".join(load_contracts()["dinsos.dtks"].column_names)
    same = query(
        f"(select {names}, _row from {table_of(one)}) except (select {names}, _row from {table_of(two)})"
    )
    assert (one.rows_loaded, two.rows_loaded, same) == (29, 29, [])
    assert query(f"select distinct _sheet from {table_of(two)}") == [("Data",)]


def test_cells_become_text(drop, query):
    odd = [
        (1274011708900001, "1274011708900001"), (3.67123e15, "3671230000000000"), (0.1, "0.1"), (True, "TRUE"),
        (dt.date(2024, 1, 2), "2024-01-02"), (dt.datetime.fromisoformat("2024-01-02 03:04"), "2024-01-02 03:04:00"),
        (dt.time(3, 4), "03:04:00"), ("#N/A", "#N/A"), ("=1+1x", "=1+1x"), ("dua\nbaris", "dua\nbaris"),
        (' "x" ', ' "x" '), ("0012", "0012"), (12.5, "12.5"),
    ]  # fmt: skip
    rows = []
    for n, (value, _) in enumerate(odd, 1):
        row = dtks_row(n)
        row[11] = value
        rows.append(row)
    path = drop("dinsos/dtks Juni 2024.xlsx", {"Data": [DTKS, *rows]})
    book = openpyxl.load_workbook(path)
    for cell in book["Data"]["L"]:
        if cell.value in ("=1+1x", "#N/A"):  # openpyxl would make them a formula and a text
            cell.data_type = "s" if cell.value == "=1+1x" else "e"
    book.save(path)
    outcome = landing.land(path)
    assert query(f"select nama from {table_of(outcome)} order by _row") == [(text,) for _, text in odd]


def test_title_rows_blank_columns_and_a_start_elsewhere(drop, query):
    lead = [[], [None, None, "DAFTAR PENERIMA"], [None, None, "Kota Contoh"], []]
    rows = [[None, None, *dtks_row(n)] for n in range(1, 6)]
    sheet = [*lead, [None, None, *DTKS], *rows, [], [], []]
    outcome = landing.land(drop("dinsos/dtks Juni 2024.xlsx", {"Data": sheet}))
    found = query(f"select _row, id_dtks, _extra from {table_of(outcome)} order by _row")
    assert found == [(5 + n, f"D{n:09d}", None) for n in range(1, 6)]
    assert row_of(query, outcome.file_id)["structure"]["header_row"] == 5


def test_provincial_table_with_merged_headings(drop, query):
    """Three heading rows, the title over the figures, a total row and regencies (Sumatera Utara's own layout)."""
    sheet = [
        ["Kabupaten Kota", TITLE, None], [None, 2023, 2024], ["", None, None], ["Sumatera Utara", 8.15, 7.99],
        ["Tanjung Balai", 12.21, 12], ["Nias", "-", None], ["Catatan: contoh"],
    ]  # fmt: skip
    sheet[1], sheet[2] = [None, None, None], [None, 2023, 2024]
    outcome = landing.land(drop("bps/sumut.xlsx", {"Tabel": sheet}))
    assert (outcome.status, outcome.dataset, outcome.rows_read) == ("loaded", "bps.poverty_regency", 6)
    found = query(
        f"select _row, wilayah, provinsi, indikator, tahun, nilai from {table_of(outcome)} order by _row, tahun"
    )
    assert found[2:] == [
        (5, "Tanjung Balai", "Sumatera Utara", "p0", "2023", "12.21"),
        (5, "Tanjung Balai", "Sumatera Utara", "p0", "2024", "12"),
        (6, "Nias", "Sumatera Utara", "p0", "2023", "-"),
        (6, "Nias", "Sumatera Utara", "p0", "2024", None),  # an empty cell is a lost figure: the gate says so
    ]
    row = row_of(query, outcome.file_id)
    assert row["rows_skipped"] == {"footer": 1}
    assert (row["period"], row["region_code"]) == ("2024", "12")


def test_figures_without_a_heading_are_held(drop, query):
    sheet = [["Kabupaten Kota", TITLE], [None, None], [None, 2024], ["Nias", 1, 2]]
    held(
        landing.land(drop("bps/sumut.xlsx", {"Tabel": sheet})), query, "row 4, column C", "without a heading"
    )


def test_an_empty_column_under_the_title_does_not_matter(drop, query):
    content = (
        "Provinsi/Kabupaten/Kota,,\n,Garis Kemiskinan Menurut Kabupaten/Kota (Rupiah),\n,2024,\nACEH,1,\n"
    )
    assert landing.land(drop("bps/b.csv", content)).rows_read == 1


def test_unknown_figure_columns_are_held(drop, query):
    content = f"{BPS},Gini Ratio\nAceh,1,2,3\n"
    held(landing.land(drop("bps/Kemiskinan 2023.csv", content)), query, "does not know", "[D] Gini Ratio")


def test_the_same_figures_twice_are_held(drop, query):
    content = f"{BPS},Persentase Penduduk Miskin (P0) - Maret\nAceh,1,2,3\n"
    held(landing.land(drop("bps/Kemiskinan 2023.csv", content)), query, "[C]", "[D]")


def test_a_column_that_is_there_twice_is_told_by_its_letter_however_long_its_heading(drop, query):
    title = "Persentase Penduduk Miskin (P0) Menurut Kabupaten/Kota di Provinsi Sumatera Utara (Persen)"
    sheet = [["Kabupaten Kota", title, title], [None, None, None], [None, 2024, 2024], ["Nias", 1, 2]]
    held(landing.land(drop("bps/sumut.xlsx", {"Tabel": sheet})), query, "'[B] Persentase", "'[C] Persentase")


def test_a_heading_that_is_missing_is_named_as_a_person_would(drop, query):
    content = "Provinsi,Persentase Penduduk Miskin - Maret,Catatan,Lain\nAceh,1,2,3\n"
    outcome = landing.land(drop("bps/Kemiskinan 2023.csv", content))
    held(outcome, query, "lacks 'Jumlah Penduduk Miskin …'")


def test_hidden_sheets_are_left_and_told(drop, query):
    rows = [dtks_row(n) for n in (1, 2)]
    path = drop(
        "dinsos/dtks Juni 2024.xlsx",
        {"-lama": [DTKS, dtks_row(9)], "Petunjuk": [["baca ini"]], "Data": [DTKS, *rows]},
    )
    outcome = landing.land(path)
    assert outcome.rows_loaded == 2
    assert "lama" in str(row_of(query, outcome.file_id)["structure"]["notes"])


def test_a_sheet_on_which_the_list_goes_on_without_a_heading_is_held_until_one_is_named(drop, query):
    people = [dtks_row(n) for n in range(1, 7)]
    notes = [["Keterangan"], ["Data per Juni 2024"]]
    sheets = {"1": [DTKS, *people[:3]], "2": people[3:], "Catatan": notes, "-Lama": people}
    path = drop("dinsos/dtks Juni 2024.xlsx", sheets)
    held(landing.land(path), query, "sheet '2' has no heading", "(sheet: 1)")
    drop("dinsos/dtks Juni 2024.xlsx.yml", "sheet: '1'\n")
    outcome = landing.land(path)
    assert (outcome.status, outcome.rows_loaded) == ("loaded", 3)


def test_two_sheets_that_fit_are_held_until_one_is_named(drop, query):
    sheets = {"Mei": [DTKS, dtks_row(1)], "Juni": [DTKS, dtks_row(2), dtks_row(3)]}
    path = drop("dinsos/dtks Juni 2024.xlsx", sheets)
    held(landing.land(path), query, "'Mei (dinsos.dtks)', 'Juni (dinsos.dtks)'", "sheet: …")
    drop("dinsos/dtks Juni 2024.xlsx.yml", "sheet: Juni\n")
    outcome = landing.land(path)
    assert (outcome.status, outcome.rows_loaded) == ("loaded", 2)


def test_workbook_renamed_as_csv_is_read_as_what_it_is(drop, query):
    path = drop("dinsos/kks.xlsx", {"Data": [KKS, kks_row(1), kks_row(2)]})
    named = path.rename(path.with_suffix(".csv"))
    outcome = landing.land(named)
    assert (outcome.status, outcome.rows_loaded) == ("loaded", 2)


# ------------------------------------------------------------------------------------------------------- not a table
def test_truncated(tmp_path):
    path = tmp_path / "a.xlsx"
    save_workbook(path, {"Data": [PBI]})
    path.write_bytes(path.read_bytes()[:-200])
    assert "damaged" in reason(path)


def test_damaged_inside(tmp_path):
    path = tmp_path / "a.xlsx"
    save_workbook(path, {"Data": [KKS, *[kks_row(n) for n in range(500)]]})
    content = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        begin = archive.getinfo("xl/worksheets/sheet1.xml").header_offset + 60
    content[begin : begin + 400] = b"\0" * 400
    path.write_bytes(content)
    assert "damaged" in reason(path)


def test_password(tmp_path):
    path = tmp_path / "a.xlsx"
    path.write_bytes(
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
        + bytes(1500)
        + "EncryptedPackage".encode("utf-16-le")
        + bytes(500)
    )
    assert "password" in reason(path)


def test_old_office_document(tmp_path):
    path = tmp_path / "a.xls"
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1500) + "WordDocument".encode("utf-16-le"))
    assert "without a workbook" in reason(path)


def test_archives_are_not_unpacked(tmp_path):
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("../../etc/passwd", "x")
        archive.writestr("data.csv", pbi(2))
    assert "zip archive with 2 files" in reason(path)
    content = bytearray(path.read_bytes())
    content[content.index(b"PK\x01\x02") + 8] |= 1  # marked as encrypted
    path.write_bytes(content)
    assert "encrypted" in reason(path)


def test_word_document(tmp_path):
    path = tmp_path / "a.docx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("word/document.xml", "<x/>")
    assert "Word" in reason(path)


# -------------------------------------------------------------------------------------------------------------- bombs
@pytest.mark.parametrize("states_it", [True, False])
def test_a_cell_in_the_far_corner(tmp_path, states_it):
    """Dense storage of A1:XFD1048576 would take hundreds of gigabytes; the stated dimension may hide it."""
    path = tmp_path / "a.xlsx"
    save_workbook(path, {"Data": [KKS, kks_row(1)]})

    def corner(xml: str) -> str:
        if not states_it:
            xml = re.sub(r'<dimension ref="[^"]*"', '<dimension ref="A1:F2"', xml)
        return xml.replace(
            "</sheetData>", '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
        )

    rewrite(path, "xl/worksheets/sheet1.xml", corner)
    assert "A1 to XFD1048576" in reason(path)


def test_a_part_that_inflates_beyond_reason(tmp_path):
    path = tmp_path / "a.xlsx"
    save_workbook(path, {"Data": [KKS, kks_row(1)]})
    rewrite(
        path,
        "xl/worksheets/sheet1.xml",
        lambda xml: xml.replace("</sheetData>", " " * (80 << 20) + "</sheetData>"),
    )
    assert "unpacks to" in reason(path)


def test_rows_without_numbers_are_probed_first(tmp_path, monkeypatch):
    from simpul.readers import guards

    probed = []
    monkeypatch.setattr(guards, "check_by_probe", probed.append)
    path = tmp_path / "a.xlsx"
    save_workbook(path, {"Data": [KKS, kks_row(1)]})
    rewrite(path, "xl/worksheets/sheet1.xml", lambda xml: re.sub(r'<row r="\d+"', "<row", xml))
    Source.open(path).recognise(load_contracts().values())
    assert probed == [path]


def test_probe_tells_a_workbook_that_needs_too_much(tmp_path, monkeypatch):
    from simpul.readers import guards

    path = tmp_path / "a.xlsx"
    save_workbook(path, {"Data": [KKS, kks_row(1)]})
    guards.check_by_probe(path)
    rewrite(
        path,
        "xl/worksheets/sheet1.xml",
        lambda xml: xml.replace(
            "</sheetData>", '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
        ),
    )
    with pytest.raises(Held, match="memory"):
        guards.check_by_probe(path)


def test_entities_are_not_expanded(tmp_path):
    path = tmp_path / "a.xlsx"
    save_workbook(path, {"Data": [KKS, kks_row(1)]})
    bomb = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><workbook'
    rewrite(path, "xl/workbook.xml", lambda xml: xml.replace("<workbook", bomb, 1))
    assert "damaged" in reason(path)


def test_formulas_without_a_value_are_held(tmp_path):
    path = tmp_path / "a.xlsx"
    save_workbook(path, {"Data": [KKS, [*kks_row(1)[:5], "=1+1"]]})
    assert "1 formulas hold no computed value" in reason(path)


# ------------------------------------------------------------------------------------------------------ other formats
FORMATS = {"ods": ods, "xlsb": xlsb, "xls": xls}


@pytest.mark.parametrize("suffix", [*FORMATS, "xlsx"])
def test_every_format_lands_the_same(drop, query, suffix):
    """Texts, numbers, letters beyond ASCII and blanks; the name of the file says nothing."""
    rows = [kks_row(n) for n in range(1, 41)]
    rows[3][1], rows[4][2] = "JOSÉ – contoh", ""
    rows[5][5] = "600000.5"
    expected = [[*row] for row in rows]
    rows[5][5] = 600000.5
    table = [KKS, *rows]
    path = drop("dinsos/kks.dat", {"Data": table} if suffix == "xlsx" else FORMATS[suffix](table))
    outcome = landing.land(path)
    assert (outcome.status, outcome.dataset, outcome.rows_loaded) == ("loaded", "dinsos.kks_payment", 40)
    structure = row_of(query, outcome.file_id)["structure"]
    assert (structure["format"], structure["sheet"]) == ("excel", "Data")
    names = ", ".join(structure["columns"][heading] for heading in KKS)
    found = query(f"select {names} from {table_of(outcome)} order by _row")
    assert [[cell or "" for cell in row] for row in found] == expected


@pytest.mark.parametrize("suffix", [*FORMATS, "xlsx"])
def test_every_format_cut_short_is_told(tmp_path, suffix):
    path = tmp_path / f"a.{suffix}"
    table = [KKS, *[kks_row(n) for n in range(1, 41)]]
    if suffix == "xlsx":
        save_workbook(path, {"Data": table})
    else:
        path.write_bytes(FORMATS[suffix](table))
    content = path.read_bytes()
    for share in (0.9, 0.5, 0.2):
        path.write_bytes(content[: int(len(content) * share)])
        assert "damaged" in reason(path)


def test_a_container_with_an_encrypted_workbook(tmp_path):
    path = tmp_path / "a.xlsx"
    path.write_bytes(container({"EncryptionInfo": b"\x04\x00\x04\x00", "EncryptedPackage": bytes(9000)}))
    assert "password" in reason(path)


@pytest.mark.parametrize("suffix", ["xls", "xlsx", "xlsb", "ods"])
def test_texts_under_the_name_of_a_workbook(tmp_path, drop, suffix):
    """A table of text is read as what it is; a web page is told apart."""
    outcome = landing.land(drop(f"bpjs/pbi 2024-06.{suffix}", pbi(3)))
    assert (outcome.status, outcome.rows_loaded) == ("loaded", 3)
    path = tmp_path / f"a.{suffix}"
    path.write_text(f"<html><body><table><tr><td>{'</td><td>'.join(PBI)}</td></tr></table></body></html>")
    assert "HTML" in reason(path)


def test_rows_are_numbered_as_the_spreadsheet_shows_them(tmp_path):
    """The reader begins at row 1 but at the first filled column; this holds it to that."""
    path = tmp_path / "a.xlsx"
    book = openpyxl.Workbook()
    book.active["C4"], book.active["E6"] = "x", "y"
    book.save(path)
    rows = [(number, [cell or "" for cell in cells]) for number, cells in Workbook(path).rows("Sheet", 4)]
    assert rows == [(4, ["", "", "x", "", ""]), (5, [""] * 5), (6, ["", "", "", "", "y"])]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1e15, "1000000000000000"),
        (1e22, "1e+22"),
        (-0.0, "0"),
        (1.10, "1.1"),
        (False, "FALSE"),
        ("", None),
        (None, None),
    ],
)
def test_cell_text(value, text):
    assert cell_text(value) == text
