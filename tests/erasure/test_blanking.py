"""A row leaves a file: everybody else's keep their place, their cells and their bytes."""

from __future__ import annotations

import base64
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


WRITTEN = (
    r"1274\t0117\u00a00890\n0003", r"\u00a01274\/0117\u200b0890\u20190003", "1274&#160;0117&nbsp;0890&#xA0;0003",
    "1274&#x0009;0117&apos;08900003", "1274_x0009_011708900003",
)  # fmt: skip
"""As JSON, XML and the texts of a workbook write some of them."""


@pytest.mark.parametrize("nik", WRITTEN)
def test_a_number_is_found_however_its_signs_are_written(tmp_path, nik):
    (tmp_path / "a.json").write_text(f'{{"nik": "{nik}", "lain": "1274\\t011708900004"}}')
    assert numbers_in((tmp_path / "a.json").read_bytes()) == {NIK, "1274011708900004"}
    assert blank(tmp_path / "a.json", tmp_path / "b.json", {}, ALONE).masked
    told = (tmp_path / "b.json").read_text()
    assert (
        MASK in told
        and told.endswith('"lain": "1274\\t011708900004"}')
        and NIK not in numbers_in(told.encode())
    )


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


_BESIDE = {
    "xl/worksheets/sheet1.xml": (
        b"</sheetData>",
        b'</sheetData><autoFilter ref="A1:B9"><filterColumn colId="1"><filters><filter val="CONTOH 3"/><filter val='
        b"'BUDI'/></filters></filterColumn></autoFilter><conditionalFormatting sqref='B1'><cfRule type=\"containsText\""
        b' priority="1" operator="containsText" text="Contoh 3"><formula>NOT(ISERROR(SEARCH("Contoh 3",Contoh!B1)))'
        b"</formula></cfRule></conditionalFormatting><dataValidations count='1'><dataValidation type=\"list\""
        b" prompt='Pilih CONTOH 3' sqref=\"C2\"><formula1>&quot;BUDI,CONTOH 3,WATI&quot;</formula1></dataValidation>"
        b"</dataValidations><headerFooter><oddHeader>&amp;LDaftar Contoh 3</oddHeader></headerFooter>",
    ),
    "xl/workbook.xml": (
        b"</sheets>",
        b'</sheets><definedNames><definedName name="Contoh">"CONTOH 3"</definedName>'
        b'<definedName name="Lain">Contoh!$A$1</definedName></definedNames>',
    ),
}
_MORE = {
    "xl/externalLinks/externalLink1.xml": '<externalLink xmlns="x"><sheetDataSet><sheetData sheetId="0">'
    '<row r="1"><cell r="A1" t="str"><v>CONTOH 3</v></cell><cell r="B1" t="str"><v>JL MELATI 7</v></cell></row>'
    '<row r="2"><cell r="A2" t="str"><v>BUDI</v></cell></row></sheetData></sheetDataSet></externalLink>',
    "xl/externalLinks/_rels/externalLink1.xml.rels": '<Relationships xmlns="x"><Relationship Id="1" TargetMode='
    '"External" Target="file:///C:/Contoh%203.xlsx"/><Relationship Id="2" Target="contoh.xml"/></Relationships>',
    "xl/slicerCaches/slicerCache1.xml": '<slicerCacheDefinition xmlns="x" name="Contoh"><i n="[N].[CONTOH 3]" c='
    '"CONTOH 3"/><i n="[N].[BUDI]" c="BUDI"/></slicerCacheDefinition>',
    "xl/tables/table9.xml": '<table xmlns="x" name="Contoh"><autoFilter ref="A1"><customFilter val="*CONTOH 3*"/>'
    '<customFilter val="*BUDI*"/></autoFilter></table>',
    "xl/pivotTables/pivotTable9.xml": '<pivotTableDefinition xmlns="x"><item n="Contoh 3" x="0"/><filter stringValue1='
    '"CONTOH 3"/></pivotTableDefinition>',
}  # fmt: skip


def altered(source: Path, target: Path, parts: dict[str, tuple[bytes, bytes]], more: dict[str, str]) -> None:
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(*parts.get(name, (b"\0", b""))))
        for name, content in more.items():
            new.writestr(name, content)


def test_filters_lists_to_choose_from_and_caches_of_other_books_leave_with_the_row(tmp_path):
    save_workbook(tmp_path / "bare.xlsx", SHEETS)
    altered(tmp_path / "bare.xlsx", tmp_path / "a.xlsx", _BESIDE, _MORE)
    sought = Sought(frozenset({NIK}), names=frozenset({letters("Contoh")}))
    nobody = Sought(frozenset({"1274011708900999"}), names=sought.names)
    assert not blank(tmp_path / "a.xlsx", tmp_path / "b.xlsx", {}, nobody).is_written, (
        "a name alone is nobody's"
    )
    blank(tmp_path / "a.xlsx", tmp_path / "b.xlsx", {}, sought)
    with zipfile.ZipFile(tmp_path / "b.xlsx") as parts:
        for name in (*_BESIDE, *_MORE):
            told = parts.read(name)
            ElementTree.fromstring(told)
            outside = told[: told.find(b"<sheetData>")] + told[told.find(b"</sheetData>") :]
            # what a part or a range is called stays: others refer to it
            assert b"CONTOH 3" not in outside.upper() and b"CONTOH%203" not in outside.upper(), name
        sheet, index, link, rels, slicer, table, _ = (
            parts.read(name).decode() for name in (*_BESIDE, *_MORE)
        )
    assert f"<formula1>&quot;BUDI,{MASK},WATI&quot;</formula1>" in sheet and "<filter val='BUDI'/>" in sheet
    assert f'SEARCH("{MASK}",Contoh!B1)' in sheet
    assert (
        '<definedName name="Lain">Contoh!$A$1<' in index and f'<definedName name="Contoh">"{MASK}"<' in index
    )
    assert "MELATI" not in link and "BUDI" in link and 'Target="contoh.xml"' in rels
    assert 'c="BUDI"' in slicer and "*BUDI*" in table


def with_texts(path: Path, *items: str, sheet: str = "") -> None:
    """A book whose texts and cells are spelt as given: numbers in runs, attributes in single quotes."""
    save_workbook(path.with_name("bare.xlsx"), {"Data": []})
    rows = sheet or "".join(
        f"<row r='{n}'><c r='A{n}' t='s'><v>{2 * n - 2}</v></c><c t = 's' r='B{n}'><v>{2 * n - 1}</v></c></row>"
        for n in range(1, len(items) // 2 + 1)
    )
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings"
    made = {
        "xl/worksheets/sheet1.xml": f"<worksheet xmlns='{main}'><sheetData>{rows}</sheetData></worksheet>",
        "xl/sharedStrings.xml": f"<sst xmlns='{main}'>"
        + "".join(f"<si>{item}</si>" for item in items)
        + "</sst>",
    }
    related = f"<Relationship Type='{kind}' Target='sharedStrings.xml' Id='rId99'/></Relationships>"
    with zipfile.ZipFile(path.with_name("bare.xlsx")) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            if name not in made:
                new.writestr(name, old.read(name).replace(b"</Relationships>", related.encode()))
        for name, content in made.items():
            new.writestr(name, content)


IN_RUNS = f"<r><rPr><b/></rPr><t>{NIK[:7]}</t></r><r><t>{NIK[7:]}</t></r><rPh sb='0' eb='1'><t>0</t></rPh>"


def test_a_number_in_runs_and_attributes_in_single_quotes_are_read(tmp_path):
    plain = [f"<t>{word}</t>" for word in ("NIK", "Nama", "1274011708900004", "BUDI")]
    with_texts(tmp_path / "a.xlsx", *plain, IN_RUNS, "<r><t>CON</t></r><r><t>TOH 3</t></r>")
    assert cells(tmp_path / "a.xlsx")["Data"][2] == [NIK, "CONTOH 3"], "as it is shown"
    done = blank(tmp_path / "a.xlsx", tmp_path / "b.xlsx", {}, ALONE)
    assert done.rows == {"Data": [3]} and b"CONTOH 3" in done.texts["Data", 3]
    assert cells(tmp_path / "b.xlsx")["Data"] == [["NIK", "Nama"], ["1274011708900004", "BUDI"]]
    with zipfile.ZipFile(tmp_path / "b.xlsx") as parts:
        assert b"TOH 3" not in parts.read("xl/sharedStrings.xml") and b"BUDI" in parts.read(
            "xl/sharedStrings.xml"
        )


def test_a_number_in_runs_within_a_cell_or_in_a_row_of_somebody_else(tmp_path):
    of_other = IN_RUNS.replace("<t>1274", "<t xml:space='preserve'>titip 1274")
    sheet = (
        "<row r='1'><c r='A1' t='inlineStr'><is><t>NIK</t></is></c><c r='B1' t='s'><v>0</v></c></row>"
        f"<row r='2'><c r='A2' t='inlineStr'><is>{IN_RUNS}</is></c><c r='B2' t='s'><v>1</v></c></row>"
        f"<row r='3'><c r='A3'><v>1274011708900004</v></c><c r='B3' t='s'><v>2</v></c></row>"
        f"<row r='4'><c r='A4'><v>1274011708900005</v></c><c r='B4' t='inlineStr'><is>{of_other}</is></c></row>"
    )
    with_texts(tmp_path / "a.xlsx", "<t>Catatan</t>", "<t>CONTOH 3</t>", of_other, sheet=sheet)
    done = blank(tmp_path / "a.xlsx", tmp_path / "b.xlsx", {}, ALONE)
    assert done.rows == {"Data": [2]} and done.masked == [("Data", 3), ("Data", 4)]
    (rows,) = cells(tmp_path / "b.xlsx").values()
    assert [row[1] for row in rows[1:]] == ["", f"titip {MASK}", f"titip {MASK}"]
    assert not blank(tmp_path / "b.xlsx", tmp_path / "c.xlsx", {}, ALONE).is_written


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


@pytest.mark.parametrize("before", ["", "a", "ab", "NIK: "])
@pytest.mark.parametrize("after", ["", ";L", "7"])
def test_a_number_in_base64_or_escaped_goes_from_a_hidden_sheet_and_from_a_line(tmp_path, before, after):
    coded = base64.b64encode(f"{before}{NIK}{after}".encode()).decode()
    escaped = "".join(f"\\u{ord(digit):04x}" for digit in NIK)
    book = openpyxl.Workbook()
    for row in [PBI, *ROWS]:
        book.active.append(list(row))
    hidden = book.create_sheet("catatan")
    hidden.sheet_state = "hidden"
    hidden.append(["lama", coded])
    hidden.append([escaped])
    book.save(tmp_path / "a.xlsx")
    (tmp_path / "a.csv").write_text(f"{text()}catatan;{coded}\r\n;{escaped}\r\n")
    for name in ("a.xlsx", "a.csv"):
        done = blank(tmp_path / name, tmp_path / f"less {name}", {}, ALONE)
        assert sum(map(len, done.rows.values())) == 1
        assert not any(NIK in numbers_in(one) for one in views(tmp_path / f"less {name}")), name


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
