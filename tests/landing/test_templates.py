"""The forms that are given out: each lands when it is filled, in any order of columns, and its examples never count."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from typer.testing import CliRunner

from simpul import landing
from simpul.cli import app
from simpul.contract import load_contracts
from simpul.database import connect
from simpul.settings import Settings
from simpul.templates import SHEET, templates, write_templates
from tests.landing.conftest import as_csv

FORMS = templates()
EACH = pytest.mark.parametrize("form", FORMS, ids=lambda form: f"{form.contract.dataset}-{form.edition.name}")
SUFFIX = {"excel": ".xlsx", "csv": ".csv"}


@pytest.fixture(scope="module")
def settings(cloned_warehouse, tmp_path_factory) -> Iterator[Settings]:
    with cloned_warehouse(tmp_path_factory.mktemp("templates")) as settings:
        yield settings


@pytest.fixture(scope="module")
def written(settings) -> Path:
    write_templates(settings.inbox)
    return settings.inbox


def _path(folder: Path, form, kind: str) -> Path:
    return folder / (form.contract.dataset.replace(".", "/") + kind)


def _register(file_id: str) -> dict:
    with connect() as conn:
        row = conn.execute(
            "select dataset, edition, region_code, rows_read, rows_loaded, rows_quarantined, structure, reason_id"
            " from audit.file where file_id = %s",
            (file_id,),
        ).fetchone()
    names = ("dataset", "edition", "region", "read", "loaded", "quarantined", "structure", "reason_id")
    return dict(zip(names, row or (), strict=True))


def _filled(text: str) -> str:
    """A cell as somebody fills it who goes by the example."""
    return (
        text.replace("Kota Contoh", "Kota Tanjungbalai").replace("CONTOH", "NYATA").replace("ontoh", "yata")
    )


def _fill(path: Path) -> Path:
    """A copy of a form, and of its letter, filled below the examples, which were left in it."""
    copy = path.with_stem(f"{path.stem} isian")
    if path.suffix == ".csv":
        heading, *rows = path.read_text(encoding="utf-8-sig").splitlines(keepends=True)
        copy.write_text("".join([heading, *rows, *map(_filled, rows)]), encoding="utf-8-sig")
    else:
        book = openpyxl.load_workbook(path)
        rows = list(book[SHEET].iter_rows(min_row=2, values_only=True))
        for row in rows:
            book[SHEET].append([_filled(cell) if isinstance(cell, str) else cell for cell in row])
        book.save(copy)
    if (letter := path.with_suffix(".yml")).exists():
        shutil.copy(letter, copy.with_suffix(".yml"))
    return copy


@pytest.mark.parametrize("kind", SUFFIX)
@EACH
def test_a_form_that_nobody_filled_is_held_and_told_what_to_do(written, form, kind):
    if kind not in form.edition.format:
        pytest.skip("another edition's form")
    outcome = landing.land_file(_path(written, form, SUFFIX[kind]))
    assert (outcome.status, outcome.dataset) == ("held", form.contract.dataset)
    assert f"only the {len(form.rows)} example rows" in outcome.reason and "replace them" in outcome.reason
    assert "ganti dengan data Anda" in _register(outcome.file_id)["reason_id"]


@pytest.mark.parametrize("kind", SUFFIX)
@EACH
def test_a_filled_form_lands_without_the_examples_that_were_left_in_it(written, form, kind):
    if kind not in form.edition.format:
        pytest.skip("another edition's form")
    outcome = landing.land_file(_fill(_path(written, form, SUFFIX[kind])))
    assert outcome.status == "landed", outcome.reason
    row = _register(outcome.file_id)
    count = len(form.rows)
    assert (row["dataset"], row["edition"]) == (form.contract.dataset, form.edition.name)
    assert (row["read"], row["loaded"], row["quarantined"]) == (2 * count, count, count)
    with connect() as conn:
        aside = conn.execute(
            'select "row", rule_code, reason_id, raw from quarantine.row where file_id = %s order by 1',
            (outcome.file_id,),
        ).fetchall()
    assert [(number, rule) for number, rule, _, _ in aside] == [
        (number, "template_example") for number in range(2, count + 2)
    ]
    assert "ganti dengan data Anda" in aside[0][2]
    assert aside[0][3].keys() == {
        heading for heading, cell in zip(form.headings, form.rows[0], strict=True) if cell
    }
    assert row["region"] == ("00" if form.contract.region_level == "nation" else row["region"])
    assert row["region"] in ("00", "12.74", "12.74.01")
    assert not row["structure"]["unknown"]


@pytest.mark.parametrize(
    "form", [form for form in FORMS if "csv" in form.edition.format], ids=lambda form: form.contract.dataset
)
def test_other_order_case_blanks_and_more_columns_are_the_same_form(settings, form):
    """What a person does to a form: every heading is still found, and what was added is kept."""
    order = range(len(form.headings))[::-1]
    headings = [f" {form.headings[n].replace('_', ' ').upper()} " for n in order]
    rows = [[_filled(row[n]) for n in order] + ["dicatat"] for row in form.rows]
    path = _path(settings.inbox, form, " juni 2024 lain.csv")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(as_csv([*headings, "Catatan Lapangan"], rows), encoding="utf-8")
    if form.contract.needs_region:
        path.with_suffix(".yml").write_text(
            f"region_code: '{form.letter['region_code']}'\n", encoding="utf-8"
        )
    outcome = landing.land_file(path)
    assert outcome.status == "landed", outcome.reason
    row = _register(outcome.file_id)
    assert row["dataset"] == form.contract.dataset
    assert len(row["structure"]["columns"]) == len(form.headings)
    table = f'raw."{form.contract.table}__{outcome.file_id}"'
    with connect() as conn:
        kept = conn.execute(f"select distinct _extra ->> 'Catatan Lapangan' from {table}").fetchall()
    assert kept == [("dicatat",)]


def test_a_nik_stands_as_text_and_stays_text_when_it_is_typed(written):
    for form in (form for form in FORMS if "excel" in form.edition.format):
        sheet = openpyxl.load_workbook(_path(written, form, ".xlsx"))[SHEET]
        for number, (column, field) in enumerate(zip(form.columns, form.fields, strict=True), start=1):
            if field.type == "code":
                cells = [row[number - 1] for row in sheet.iter_rows(min_row=2)]
                assert all(isinstance(cell.value, str | None) for cell in cells), column.column
                letter = openpyxl.utils.get_column_letter(number)
                assert sheet.column_dimensions[letter].number_format == "@"


def test_csv_and_workbook_show_the_headings_of_the_form(written):
    for form in FORMS:
        if "csv" in form.edition.format:
            with _path(written, form, ".csv").open(encoding="utf-8-sig", newline="") as file:
                assert next(csv.reader(file, delimiter=";")) == list(form.headings)
        if "excel" in form.edition.format:
            sheet = openpyxl.load_workbook(_path(written, form, ".xlsx"))[SHEET]
            assert [cell.value for cell in sheet[1]] == list(form.headings)


# agreed with the agencies (docs/templates.md); a heading that changes is a layout that nobody fills
AGREED = {
    "bps.extreme_poverty": "kode_wilayah nama_wilayah tahun persen jumlah_jiwa garis",
    "dinsos.contribution": "kode_wilayah tahun jenis pemberi penerima nominal_rp",
    "dinsos.lp2kd_indicator": "NO URAIAN TARGET_2024 REALISASI_2024 PELAKSANA",
    "dinsos.pmks": "nik nama jenis_pmks kode_desa tahun tertangani",
    "dinsos.poverty_target": "kode_wilayah nama_wilayah tahun indikator target_bawah target_atas dokumen",
    "dinsos.program_recipient": (
        "program periode nik no_kk nama tanggal_lahir jenis_kelamin alamat kode_desa nominal status"
    ),
    "dinsos.social_workforce": "kode_wilayah nama_wilayah tahun jenis jumlah",
    "dinsos.tkpk_meeting": "kode_wilayah tanggal tingkat agenda",
    "dinsos.verval_budget": "kode_wilayah nama_wilayah tahun registri dianggarkan anggaran_rp terlaksana",
    "dinsos.verval_result": "registri id_sumber nik nama kode_desa tanggal_verval hasil kelayakan petugas",
    "review.link_decision": "dataset_a source_key_a dataset_b source_key_b keputusan alasan petugas tanggal",
}


def test_the_forms_are_those_that_were_agreed():
    given_out = {
        form.contract.dataset: " ".join(h.replace(" ", "_") for h in form.headings) for form in FORMS
    }
    assert given_out == AGREED


def test_every_column_of_a_form_has_an_example_of_its_own():
    """An example is copied by whoever fills the form: `contoh xyz` would teach nothing."""
    for form in FORMS:
        for column, cells in zip(form.columns, zip(*form.rows, strict=True), strict=True):
            assert any(cells), (form.contract.dataset, column.column)
            assert not any(cell.startswith("contoh ") for cell in cells), (
                form.contract.dataset,
                column.column,
            )


def test_no_record_of_an_agency_can_be_an_example():
    """An example row that could be true would cost somebody a true record."""
    for form in FORMS:
        for row in form.rows:
            assert any("contoh" in cell.lower() for cell in row), (form.contract.dataset, row)


def test_every_template_is_given_out_in_both_formats():
    """Editions called `template…` are our own: each dataset that has one has a workbook and a CSV form, once each."""
    for dataset, contract in load_contracts().items():
        if any(edition.name.startswith("template") for edition in contract.editions):
            forms = [
                kind for form in FORMS if form.contract.dataset == dataset for kind in form.edition.format
            ]
            assert sorted(forms) == ["csv", "excel"], dataset


def test_the_command_writes_what_is_asked_for(tmp_path):
    run = CliRunner().invoke
    done = run(app, ["templates", "dinsos.pmks", "--out", str(tmp_path)])
    assert done.exit_code == 0, done.output
    assert sorted(path.name for path in tmp_path.rglob("*.*")) == ["pmks.csv", "pmks.xlsx"]
    wrong = run(app, ["templates", "dinsos.dtks", "--out", str(tmp_path)])
    assert wrong.exit_code == 1 and "no template for dinsos.dtks" in wrong.output
