"""Workbooks of the registries: sheets of several datasets, other sheet names, title rows, numbering rows."""

from __future__ import annotations

from pathlib import Path

import pytest

from simpul.contract import load_contracts
from simpul.readers.records import RecordReader
from simpul.readers.source import Source
from tests.contracts.registries import (
    LAYOUTS,
    P3KE_FAMILY,
    P3KE_PERSON,
    PBDT,
    REGSOSEK_FAMILY_NUMBERS,
    REGSOSEK_PERSON_NUMBERS,
)
from tests.landing.conftest import as_csv, save_workbook
from tests.landing.test_workbooks import reason


def recognised(path: Path, **said: str):
    source = Source.open(path)
    try:
        return source.recognise(load_contracts().values(), **said)
    finally:
        source.close()


def survey(path: Path) -> Path:
    """The village system's workbook of one survey: families and members, each under its own rows of headings."""
    save_workbook(
        path,
        {
            "Keluarga": [["Terakhir diubah", "I. KETERANGAN TEMPAT"], REGSOSEK_FAMILY_NUMBERS],
            "Anggota Keluarga": [["I. KETERANGAN TEMPAT"], ["", "A. DEMOGRAFI"], REGSOSEK_PERSON_NUMBERS],
        },
    )
    return path


def test_sheets_of_two_datasets_are_named_and_held(tmp_path: Path) -> None:
    said = reason(survey(tmp_path / "regsosek 2022.xlsx"))
    assert "'Keluarga (dinsos.regsosek_family)', 'Anggota Keluarga (dinsos.regsosek_person)'" in said
    assert "sheet: …" in said and "dataset: …" in said


@pytest.mark.parametrize(
    ("said", "dataset", "row"),
    [
        ({"sheet": "Anggota Keluarga"}, "dinsos.regsosek_person", 3),
        ({"dataset": "dinsos.regsosek_person"}, "dinsos.regsosek_person", 3),
        ({"sheet": "Keluarga"}, "dinsos.regsosek_family", 2),
        ({"dataset": "dinsos.regsosek_family"}, "dinsos.regsosek_family", 2),
    ],
)
def test_the_letter_chooses_by_sheet_or_by_dataset(tmp_path: Path, said, dataset: str, row: int) -> None:
    layout = recognised(survey(tmp_path / "regsosek 2022.xlsx"), **said)
    assert (layout.contract.dataset, layout.edition.name) == (dataset, "question_numbers")
    assert layout.header_row == row


def test_a_workbook_with_both_lists_of_p3ke_is_held(tmp_path: Path) -> None:
    path = tmp_path / "p3ke 2023.xlsx"
    save_workbook(path, {"KK": [P3KE_FAMILY], "ART": [P3KE_PERSON]})
    assert "'KK (dinsos.p3ke_family)', 'ART (dinsos.p3ke_person)'" in reason(path)


@pytest.mark.parametrize(("layout", "headings"), LAYOUTS.items(), ids=LAYOUTS)
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_under_title_rows_and_any_sheet_name(
    tmp_path: Path, layout: str, headings: list[str], kind: str
) -> None:
    path = tmp_path / f"daftar 2024.{kind}"
    title, record = ["DAFTAR KOTA CONTOH"], ["x"] * len(headings)
    if kind == "csv":
        path.write_text("DAFTAR KOTA CONTOH\r\n\r\n" + as_csv(headings, [record]), encoding="utf-8-sig")
    else:
        save_workbook(
            path, {"Petunjuk": [["Cara mengisi"]], "Lembar Apa Saja": [title, [], headings, record]}
        )
    found = recognised(path)
    assert f"{found.contract.dataset} {found.edition.name}" == layout
    assert found.header_row == 3


@pytest.mark.parametrize("numbers", [["KOLOM", *map(str, range(2, 102))], [f"({n})" for n in range(1, 102)]])
def test_a_row_of_numbers_is_no_record(tmp_path: Path, numbers: list[str]) -> None:
    path = tmp_path / "bdt2015.xlsx"
    record = [f"{n}" for n in range(1, 102)]  # household number 1 looks like a number of a column, too
    save_workbook(path, {"Sheet1": [PBDT, numbers, record]})
    source = Source.open(path)
    layout = source.recognise(load_contracts().values())
    reader = RecordReader(layout)
    records = list(reader.read(source.sheet_rows(layout)))
    source.close()
    assert [record.row for record in records] == [3]
    assert layout.is_numbered


@pytest.mark.parametrize(("layout", "headings"), LAYOUTS.items(), ids=LAYOUTS)
def test_numbers_of_columns_are_told_in_every_layout(
    tmp_path: Path, layout: str, headings: list[str]
) -> None:
    for name, numbers in (("plain", "{}"), ("in_brackets", "({})"), ("as_a_spreadsheet_reads_them", "-{}")):
        path = tmp_path / f"{name} 2024.csv"
        row = [numbers.format(n) for n in range(1, len(headings) + 1)]
        path.write_text(as_csv(headings, [row, ["x"] * len(headings)]), encoding="utf-8")
        found = recognised(path)
        assert (found.is_numbered, found.first_row) == (True, 3), (layout, name)
