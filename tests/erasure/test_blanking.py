"""A row leaves a file: everybody else's keep their place, their cells and their bytes."""

from __future__ import annotations

import csv
import gzip
import io
import tempfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import openpyxl
import pytest
from python_calamine import CalamineWorkbook

from simpul.blanking import Sought, Unreadable, blank, letters
from simpul.blanking.looking import numbers_in, packed, views
from simpul.blanking.sought import MASK
from simpul.settings import get_settings
from tests.landing.conftest import PBI, as_csv, pbi_row, save_workbook
from tests.landing.workbook_files import ods, xls, xlsb

NIK = "1274011708900003"
ROWS = [pbi_row(n) for n in range(1, 6)]
FORMS = (
    NIK, "12.7401.170890.0003", "'1274 0117 0890 0003", "1274-0117-0890-0003", f"{NIK}.0", f"\u200b{NIK}", f"`{NIK}",
    f"’{NIK}", "1274\u00a00117\u00a00890\u00a00003", "1274\u200b0117\ufeff0890\u200b0003", "1274/0117/0890/0003",
    "1274  0117  0890  0003", "1 2 7 4 0 1 1 7 0 8 9 0 0 0 0 3", "12740117\n08900003", "1274 - 0117 - 0890 - 0003.0",
    "127401’170890’0003",
)  # fmt: skip
"""As the warehouse reads them, all are the same number."""
ALONE = Sought(frozenset({NIK}), names=frozenset({letters("CONTOH")}))


def text(**changed: str) -> str:
    rows = [[*row] for row in ROWS]
    rows[1][9] = 'JL "MELATI"\nNO 2; BELAKANG'  # a record of two lines
    rows[2][16] = changed.get("nik", NIK)
    return "Daftar PBI;;\r\n" + as_csv(PBI, rows)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("by_row", [True, False], ids=["by row", "by number"])
def test_a_row_of_a_text_is_blank_and_the_others_are_as_they_were(tmp_path, encoding, by_row):
    source, made = tmp_path / "a.csv", tmp_path / "b.csv"
    source.write_bytes(text().replace("CONTOH 1", "CONTOH É").encode(encoding))
    done = blank(
        source,
        made,
        {None: [5]} if by_row else {},
        ALONE if not by_row else Sought(frozenset()),
        delimiter=";",
    )
    assert done.rows == {"": [5]} and NIK.encode() in done.texts["", 5]
    before = source.read_bytes().decode(encoding).split("\r\n")
    after = made.read_bytes().decode(encoding).split("\r\n")
    assert [n for n, (a, b) in enumerate(zip(before, after, strict=True)) if a != b] == [4]
    assert after[4] == ";" * (len(PBI) - 1)
    assert blank(made, tmp_path / "c.csv", {None: [5]}, ALONE).rows == {}, "blank rows stay as they are"
    assert not (tmp_path / "c.csv").exists()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1252"])
@pytest.mark.parametrize("nik", FORMS)
def test_a_number_is_found_however_it_is_parted(tmp_path, nik, encoding):
    if not nik.isascii() and encoding == "cp1252" and not {"\u200b", "\ufeff"}.isdisjoint(nik):
        pytest.skip("Windows-1252 has no such sign")
    (tmp_path / "a.csv").write_bytes(text(nik=nik).replace("CONTOH 1", "CONTOH É").encode(encoding))
    done = blank(tmp_path / "a.csv", tmp_path / "b.csv", {}, ALONE)
    assert done.rows == {"": [5]} and not done.masked
    assert any(NIK in numbers_in(one) for one in views(tmp_path / "a.csv"))


@pytest.mark.parametrize("make", [None, ods], ids=["xlsx", "ods"])
def test_a_number_is_found_however_it_is_parted_in_a_workbook(tmp_path, make):
    rows = [
        ["NIK", "Nama"],
        *([form, f"ORANG {n}"] for n, form in enumerate(FORMS)),
        ["1274011708900004", "LAIN"],
    ]
    if make:
        (tmp_path / "a").write_bytes(make(rows))
    else:
        save_workbook(tmp_path / "a", {"Data": rows})
    done = blank(tmp_path / "a", tmp_path / "b", {}, ALONE)
    assert list(done.rows.values()) == [[*range(2, len(FORMS) + 2)]] and not done.masked


def test_a_number_that_others_carry_is_the_persons_beside_a_name_only(tmp_path):
    rows = [[*row] for row in ROWS]
    rows[0][12], rows[0][16], rows[2][12] = "SITI AMINAH", NIK, "BUDI SIREGAR"
    (tmp_path / "a.csv").write_text(as_csv(PBI, rows))
    shared = Sought(frozenset({NIK}), frozenset({NIK}), frozenset({letters("Siregar, Budi")}))
    assert blank(tmp_path / "a.csv", tmp_path / "b.csv", {}, shared).rows == {"": [4]}
    assert "SITI AMINAH" in (tmp_path / "b.csv").read_text()


FAMILY = [
    ["NIK", "Nama", "NIK Kepala Keluarga", "Catatan"],
    [NIK, "CONTOH 3", NIK, ""],
    ["1274011708900004", "CONTOH 4", NIK, ""],
    ["1274011708900005", "CONTOH 5", int(NIK), f"titip kepada {NIK[:6]} {NIK[6:]}"],
]
"""The person, and two children who name the person."""


def family_csv(path: Path) -> bytes:
    path.write_text(as_csv(FAMILY[0], [[str(cell) for cell in row] for row in FAMILY[1:]]))
    return path.read_bytes()


def family_book(make: Callable[[list[list[Any]]], bytes] | None) -> Callable[[Path], bytes]:
    def made(path: Path) -> bytes:
        if make:
            path.write_bytes(make(FAMILY))
        else:
            save_workbook(path, {"Data": FAMILY})
        return path.read_bytes()

    return made


@pytest.mark.parametrize(
    "make",
    [family_csv, family_book(None), family_book(ods), family_book(xls)],
    ids=["csv", "xlsx", "ods", "xls"],
)
@pytest.mark.parametrize("dataset", [None, "dinsos.dtks"])
def test_who_only_mentions_the_number_keeps_the_row(tmp_path, make, dataset):
    make(tmp_path / "a")
    done = blank(tmp_path / "a", tmp_path / "b", {}, ALONE, dataset=dataset)
    assert list(done.rows.values()) == [[2]] and [row for _, row in done.masked if row] == [3, 4]
    if make is family_csv:
        rows = list(csv.reader((tmp_path / "b").open(newline=""), delimiter=";"))
    else:
        (rows,) = cells(tmp_path / "b").values()
    assert rows == [
        FAMILY[0],
        [""] * 4,
        ["1274011708900004", "CONTOH 4", MASK, ""],
        ["1274011708900005", "CONTOH 5", MASK, f"titip kepada {MASK}"],
    ]
    assert not blank(tmp_path / "b", tmp_path / "c", {}, ALONE).is_written, "again: no change"


def test_in_a_list_of_families_the_head_is_whom_a_row_is_about(tmp_path):
    (tmp_path / "a.csv").write_text(as_csv(["No", "NIK Kepala Keluarga", "Desil"], [["1", NIK, "2"]]))
    assert blank(tmp_path / "a.csv", tmp_path / "b.csv", {}, ALONE).rows == {"": [2]}


def test_a_row_that_is_known_as_anothers_stays(tmp_path):
    (tmp_path / "a.csv").write_text(text())
    done = blank(tmp_path / "a.csv", tmp_path / "b.csv", {}, ALONE, kept={"": [5]})
    assert (done.rows, done.masked) == ({}, [("", 5)])


SHEETS = {"Data": [["NIK", "Nama", "Rp"], *[[row[16], row[12], 600000 + n] for n, row in enumerate(ROWS)]],
          "-Lama": [["NIK"], [int(NIK)], [1274011708900001]]}  # fmt: skip


def cells(path: Path) -> dict[str, list[list[object]]]:
    book = CalamineWorkbook.from_path(str(path))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def test_a_row_of_a_workbook_leaves_sheet_shared_texts_comments_and_hidden_sheets(tmp_path):
    source, made = tmp_path / "a.xlsx", tmp_path / "b.xlsx"
    save_workbook(source, SHEETS)
    book = openpyxl.load_workbook(source)
    book["Data"]["D1"].comment = openpyxl.comments.Comment(f"lihat {NIK}", "x")
    book.save(source)
    done = blank(source, made, {"Data": [4]}, ALONE)
    assert done.rows["Data"] == [4] and done.rows["Lama"] == [2]
    before, after = cells(source), cells(made)
    assert after["Data"][3] == ["", "", ""] and [r for n, r in enumerate(after["Data"]) if n != 3] == [
        r for n, r in enumerate(before["Data"]) if n != 3
    ]
    assert after["Lama"] == [["NIK"], [""], [1274011708900001.0]]
    with zipfile.ZipFile(made) as parts:
        inside = b"".join(parts.read(name) for name in parts.namelist())
    assert NIK.encode() not in inside and b"CONTOH 3<" not in inside and b"CONTOH 4<" in inside
    assert openpyxl.load_workbook(made)["Lama"].sheet_state == "hidden"


_CACHE = (
    '<pivotCacheDefinition xmlns="x" recordCount="2" refreshedBy="SITI"><cacheFields><cacheField name="Nama">'
    '<sharedItems count="2"><s v="CONTOH 3"/><s v="CONTOH 4"/></sharedItems></cacheField><cacheField name="Lahir">'
    '<sharedItems minValue="19900817" maxValue="19900817" containsNumber="1"/></cacheField></cacheFields>'
    "</pivotCacheDefinition>"
)
_RECORDS = (
    '<pivotCacheRecords xmlns="x" count="2"><r><x v="0"/><n v="19900817"/></r><r><x v="1"/><n v="1"/></r>'
    "</pivotCacheRecords>"
)
_CHART = '<c:chart xmlns:c="x"><c:pt><c:v>Contoh 3</c:v></c:pt><c:pt><c:v>CONTOH 4</c:v></c:pt></c:chart>'


def book_with_leavings(path: Path) -> None:
    save_workbook(path.with_name("bare.xlsx"), SHEETS)
    book = openpyxl.load_workbook(path.with_name("bare.xlsx"))
    for cell, said in (
        ("B4", "anaknya lima"),
        ("B5", "rumah kosong"),
        ("D1", "lihat Contoh 3"),
        ("D2", "benar"),
    ):
        book["Data"][cell].comment = openpyxl.comments.Comment(said, "x")
    book.save(path)
    with zipfile.ZipFile(path, "a") as parts:
        parts.writestr("xl/pivotCache/pivotCacheDefinition1.xml", _CACHE)
        parts.writestr("xl/pivotCache/pivotCacheRecords1.xml", _RECORDS)
        parts.writestr("xl/charts/chart1.xml", _CHART)


def test_comments_caches_of_pivot_tables_and_labels_of_charts_leave_with_the_row(tmp_path):
    book_with_leavings(tmp_path / "a.xlsx")
    sought = Sought(frozenset({NIK}), names=frozenset({letters("Contoh")}))
    done = blank(tmp_path / "a.xlsx", tmp_path / "b.xlsx", {}, sought)
    assert done.rows["Data"] == [4]
    told = openpyxl.load_workbook(tmp_path / "b.xlsx")["Data"]
    said = {cell: told[cell].comment.text for cell in ("B4", "B5", "D1", "D2") if told[cell].comment}
    assert {cell: text for cell, text in said.items() if text} == {"B5": "rumah kosong", "D2": "benar"}
    with zipfile.ZipFile(tmp_path / "b.xlsx") as parts:
        cache, records, chart = (
            parts.read(f"xl/{name}.xml").decode()
            for name in ("pivotCache/pivotCacheDefinition1", "pivotCache/pivotCacheRecords1", "charts/chart1")
        )
    assert "CONTOH" not in cache + records + chart.upper() and "19900817" not in cache + records
    assert (
        'refreshOnLoad="1"' in cache and '<sharedItems count="2"><s v="1"/><s v="2"/></sharedItems>' in cache
    )
    for text in (cache, records, chart):
        ElementTree.fromstring(text)


def test_a_book_without_the_person_keeps_its_comments_and_caches(tmp_path):
    book_with_leavings(tmp_path / "a.xlsx")
    nobody = Sought(frozenset({"1274011708900999"}), names=frozenset({letters("CONTOH")}))
    assert not blank(tmp_path / "a.xlsx", tmp_path / "b.xlsx", {}, nobody).is_written


def test_a_text_that_another_row_shares_stays(tmp_path):
    sheets = {"Data": [["NIK", "Nama"], [NIK, "SAMA"], ["1274011708900009", "SAMA"]]}
    save_workbook(tmp_path / "a.xlsx", sheets)
    shared = tmp_path / "shared.xlsx"
    with zipfile.ZipFile(tmp_path / "a.xlsx") as old, zipfile.ZipFile(shared, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name))
    blank(shared, tmp_path / "b.xlsx", {}, ALONE)
    assert cells(tmp_path / "b.xlsx")["Data"][2] == ["1274011708900009", "SAMA"]


@pytest.mark.parametrize("make", [ods, xls, xlsb], ids=["ods", "xls", "xlsb"])
def test_an_old_workbook_comes_back_as_a_new_one_with_the_same_cells(tmp_path, make):
    source, made = tmp_path / "a", tmp_path / "b"
    source.write_bytes(make(SHEETS["Data"]))
    done = blank(source, made, {}, ALONE)
    assert list(done.rows.values()) == [[4]]
    [(name, before)], [(same, after)] = cells(source).items(), cells(made).items()
    assert name == same and len(after) == len(before) and after[3] == ["", "", ""]
    assert [row for n, row in enumerate(after) if n != 3] == [row for n, row in enumerate(before) if n != 3]


@pytest.mark.parametrize("make", [xls, xlsb], ids=["xls", "xlsb"])
def test_no_cell_of_an_old_workbook_stands_in_the_way_and_a_text_stays_a_text(tmp_path, make):
    """Control characters, a text that looks like a formula, one that looks like what stands for such a character."""
    kept = ["1274011708900009", "SITI\x01 \x1f", "=1+1", "_x0041_"]
    (tmp_path / "a").write_bytes(make([["NIK", "Nama", "Alamat", "Lain"], [NIK, "CONTOH", "-", "-"], kept]))
    assert list(blank(tmp_path / "a", tmp_path / "b", {}, ALONE).rows.values()) == [[2]]
    (rows,) = cells(tmp_path / "b").values()
    assert rows[1:] == [[""] * 4, kept]
    scan = openpyxl.load_workbook(io.BytesIO((tmp_path / "b").read_bytes()))["Data"]
    assert scan["C3"].data_type == "s", "a rebuild would hold a formula without a value"


def broken_ods(value: str) -> bytes:
    made = io.BytesIO()
    source = io.BytesIO(ods([["NIK", "Nama"], [NIK, "SITI RAHASIA"]]))
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(made, "w") as new:
        for name in old.namelist():
            content = old.read(name).decode().replace("<text:p>SITI RAHASIA</text:p>", value)
            new.writestr(name, content)
    return made.getvalue()


def test_what_a_reader_says_of_a_cell_is_not_said_on(tmp_path):
    (tmp_path / "a").write_bytes(broken_ods("<text:p>SITI &rahasia; X</text:p>"))
    with pytest.raises(Unreadable) as told:
        blank(tmp_path / "a", tmp_path / "b", {}, ALONE)
    assert "rahasia" not in str(told.value).lower() and told.value.__suppress_context__
    assert not (tmp_path / "b").exists()


def test_an_old_workbook_is_written_only_when_it_holds_somebody_and_leaves_no_draft(tmp_path):
    (tmp_path / "a").write_bytes(xls([["NIK", "Nama"], [NIK, "CONTOH"]]))
    nowhere = tmp_path / "none" / "b"
    assert not blank(tmp_path / "a", nowhere, {}, Sought(frozenset({"1274011708900999"}))).is_written
    before = {*Path(tempfile.gettempdir()).glob("openpyxl*")}
    with pytest.raises(OSError):
        blank(tmp_path / "a", nowhere, {}, ALONE)
    assert {*Path(tempfile.gettempdir()).glob("openpyxl*")} == before
    assert not list(get_settings().work.glob(".book-*"))


def test_members_of_a_zip_are_looked_into_or_replaced(tmp_path):
    save_workbook(tmp_path / "m.xlsx", SHEETS)
    (tmp_path / "m.csv").write_text(text())
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.write(tmp_path / "m.xlsx", "dalam/m.xlsx")
        archive.write(tmp_path / "m.csv", "m.csv")
        archive.writestr("catatan.txt", "tidak ada siapa pun")
    assert set(blank(tmp_path / "a.zip", tmp_path / "b.zip", {}, ALONE).rows) == {"dalam/m.xlsx", "m.csv"}
    with zipfile.ZipFile(tmp_path / "b.zip") as archive:
        assert archive.namelist() == ["dalam/m.xlsx", "m.csv", "catatan.txt"]
        assert NIK not in archive.read("m.csv").decode() and "CONTOH 4" in archive.read("m.csv").decode()


_PDF = b"%PDF-1.4\n" + zlib.compress(NIK.encode() * 9)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (_PDF, "a PDF document"),
        (b"7z\xbc\xaf\x27\x1c" + bytes(99), "7-Zip"),
        (b"Rar!\x1a\x07" + bytes(99), "RAR"),
        (b"{\\rtf1 x}", "rich-text"),
        (b"PAR1" + bytes(99), "Parquet"),
        (b"SQLite format 3\0" + bytes(99), "SQLite"),
        (bytes(range(256)) * 9, "binary data"),
    ],
)
def test_what_is_no_table_counts_as_looked_into_by_nobody(tmp_path, content, said):
    (tmp_path / "a").write_bytes(content)
    done = blank(tmp_path / "a", tmp_path / "b", {}, ALONE)
    assert said in (done.doubt or "") and not done.is_written
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("m", content)
        archive.writestr("m.csv", text())
    done = blank(tmp_path / "a.zip", tmp_path / "b.zip", {}, ALONE)
    assert said in (done.doubt or "") and set(done.rows) == {"m.csv"}


def test_a_number_in_what_is_no_table_goes_where_it_stands_in_the_open(tmp_path):
    (tmp_path / "a").write_text(f"{{\\rtf1 {NIK} SITI}}")
    done = blank(tmp_path / "a", tmp_path / "b", {}, ALONE)
    assert done.masked and done.doubt and (tmp_path / "b").read_text() == f"{{\\rtf1 {MASK} SITI}}"
    (tmp_path / "a.csv").write_text("")
    (tmp_path / "b.csv").write_text(text(nik="-"))
    for name in ("a.csv", "b.csv"):
        assert blank(tmp_path / name, tmp_path / "c", {}, ALONE).doubt is None


def test_what_is_packed_by_gzip_is_opened(tmp_path):
    (tmp_path / "a.gz").write_bytes(gzip.compress(text().encode()))
    done = blank(tmp_path / "a.gz", tmp_path / "b.gz", {}, ALONE)
    assert done.rows == {"": [5]} and done.doubt is None
    inside = gzip.decompress((tmp_path / "b.gz").read_bytes())
    assert NIK.encode() not in inside and b"CONTOH 4" in inside
    assert any(NIK.encode() in one for one in packed((tmp_path / "a.gz").read_bytes()))
    (tmp_path / "a.gz").write_bytes(gzip.compress(text().encode())[:-99])
    with pytest.raises(Unreadable):
        blank(tmp_path / "a.gz", tmp_path / "c.gz", {}, ALONE)


def test_what_nobody_can_open_is_said(tmp_path):
    (tmp_path / "a.xlsx").write_bytes(b"PK\x03\x04 broken")
    with pytest.raises(Unreadable):
        blank(tmp_path / "a.xlsx", tmp_path / "b", {}, ALONE)
    assert not (tmp_path / "b").exists()
