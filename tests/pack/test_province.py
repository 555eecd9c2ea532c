"""A pack of a province with thousands of lists of persons stays one that can be printed and opened. No database."""

from __future__ import annotations

import io
import re

import openpyxl
import pytest
from pypdf import PdfReader

from simpul.pack import as_html, as_pdf, as_xlsx
from simpul.pack.pages import laid_out
from tests.pack import by_hand
from tests.pipeline import faces

_CELL = 32_767  # characters that a cell of a workbook holds


@pytest.fixture(scope="module")
def written(tmp_path_factory) -> faces.Faces:
    document = by_hand.province()
    view = laid_out(document)
    folder = tmp_path_factory.mktemp("province")
    files = {}
    for suffix, write in (("pdf", as_pdf.written), ("xlsx", as_xlsx.written), ("html", as_html.written)):
        (folder / f"pack.{suffix}").write_bytes(write(view, document))
        files[suffix] = str(folder / f"pack.{suffix}")
    return faces.read(files)


def test_the_pages_can_be_printed(written):
    """492 proofs are some pages of calls; 4,560 files are 190 kinds of lists in 38 regencies."""
    assert len(PdfReader(io.BytesIO(written.raw["pdf"])).pages) < 60


def test_no_cell_of_the_workbook_is_longer_than_a_cell_may_be(written):
    book = openpyxl.load_workbook(io.BytesIO(written.raw["xlsx"]))
    longest = max(len(str(cell.value or "")) for sheet in book for row in sheet.iter_rows() for cell in row)
    assert longest < _CELL / 4


def test_every_file_stands_in_the_workbook_and_the_lists_of_a_kind_are_one_row_of_the_pages(written):
    sheet = [row for row in written.sheets["Sumber"] if re.fullmatch(r"S\d+", str(row[0]))]
    assert len(sheet) == 5 * 38 * 24
    (one,) = [row for row in written.rows if row[0] == "S25–S48"]
    assert one[1:5] == [
        "24 berkas 35.02 Kabupaten Nomor 2, Januari 2023 – Desember 2024", "PBI JK (bpjs.pbi_jk)", "lembar Sumber",
        "berlainan: lembar Sumber",
    ]  # fmt: skip
    assert one[6:] == [
        "gerbang masuk 192 dari 216 aturan lolos; peringatan, tidak menahan berkas: nik_valid (24 berkas)",
        "tanpa pengecualian", "utuh",
    ]  # fmt: skip
    assert (
        "lembar Sumber pada berkas XLSX" in written.page_text
        and "lembar Sumber pada berkas" in written.pdf_text
    )


def test_a_list_with_a_waiver_or_altered_bytes_is_not_hidden_in_a_group(written):
    assert written.sources()["S100"][7].startswith("dikecualikan: nik_valid (#7")
    assert written.sources()["S101"][8] == "BERUBAH ATAU HILANG"
    (rest,) = [row for row in written.rows if row[0] == "S97–S99, S102–S120"]
    assert rest[1].startswith("22 berkas 35.05")
    assert "1 berkas dengan pengecualian; 1 BERKAS ARSIPNYA BERUBAH ATAU HILANG" in written.page_text


def test_what_is_behind_many_figures_is_spelt_out_once(written):
    calls = written.calls()
    assert {calls[number][1] for number in range(1, 301)} == {"S1–S4560"}
    assert calls[301][1] == calls[302][1] == "daftar D1", "the same set has one name"
    assert written.codes("daftar D1") == [f"S{n}" for n in range(1, 4561, 2)]
    assert "2.280 berkas, rinciannya di Lampiran A: daftar D1." in written.page_text


def test_rows_of_very_many_files_stand_in_appendix_b(written):
    assert "190 berkas, rinciannya di Lampiran A: S1–S190; barisnya di Lampiran B." in written.page_text
    assert written.calls()[303][1].startswith("S1 baris 1, 41, 81, ")
    assert written.calls()[303][1].endswith("; 50 dari 5.000 baris")
