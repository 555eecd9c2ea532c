"""What offices type into cells and headings, and how they save it: all delivered in one go, each with its outcome.

Nothing is repaired on the way to raw. What is wrong is told with its row, as a warning or in quarantine.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from simpul import pipeline
from simpul.database import connect
from simpul.landing.verify import verify
from tests.landing.conftest import (
    DTKS,
    KKS,
    as_csv,
    dtks_row,
    kks_row,
    pbi,
    regency_table,
    save_workbook,
)
from tests.landing.test_land import BPS
from tests.landing.test_workbooks import rewrite

NIK, NAME, BORN = DTKS.index("Nomor NIK"), DTKS.index("Nama"), DTKS.index("Tanggal Lahir")
NUMBERS = [
    "1,27401E+15", "1.27401E+15", "35.2318.170890.0001", "'1274011708900005", "1274011708900006.0",
    "1274011708900007\u00a0", "\u200b1274011708900008",
]  # fmt: skip
SIGNS = ["=1+1", "=cmd|'/c calc'!A0", "+62812", "-5", "@SUM(A1)", "{{ 7 * 7 }}", "{% raw %}", "%(x)s"]
DATES = ["31-02-1990", "01/02/2024", "12/03/90", "17 Agustus 1990", ""]
FIGURES = ["9.36*", "n/a", "-", "x)", "*)", "9,36", "1,5 jt"]
MONEY = ["Rp 1.250.000,-", "600000.0", "1,5 jt", "-", "gratis"]
DECILES = ["1", "10", "0", "11", "6-10", ""]
SHEET = "a'); drop table x; --"


def with_cells(position: int, cells: list[Any]) -> list[list[Any]]:
    rows = [dtks_row(n) for n in range(1, max(len(cells), 20) + 1)]
    for row, cell in zip(rows, cells, strict=False):
        row[position] = cell
    return rows


def hidden_rows(path: Path) -> None:
    """A filter hides all rows but one, and a column is hidden too."""
    save_workbook(path, {"Data": [DTKS, *with_cells(0, [])]})
    book = openpyxl.load_workbook(path)
    sheet = book.active
    sheet.auto_filter.ref = sheet.dimensions
    sheet.auto_filter.add_filter_column(NAME, ["CONTOH 1"])
    for number in range(3, 22):
        sheet.row_dimensions[number].hidden = True
    sheet.column_dimensions["K"].hidden = True
    book.save(path)


def formulas(path: Path) -> None:
    """One with its value, one that is broken; the name of the sheet is hostile."""
    rows: list[list[Any]] = [kks_row(n, stage="Tahap 3 Tahun 2024") for n in range(1, 9)]
    rows[0][5], rows[1][1] = "=500000+100000", "#REF!"
    save_workbook(path, {SHEET: [KKS, *rows]})
    book = openpyxl.load_workbook(path)
    book.active["B3"].data_type = "e"
    book.save(path)
    rewrite(
        path,
        "xl/worksheets/sheet1.xml",
        lambda xml: re.sub(r"(<f>500000\+100000</f>)<v ?/>", r"\1<v>600000</v>", xml),
    )


def serials(epoch: dt.datetime | None) -> Any:
    def save(path: Path) -> None:
        book = openpyxl.Workbook()
        if epoch:
            book.epoch = epoch
        for row in [DTKS, *with_cells(BORN, [dt.date(1990, 8, 17)])]:
            book.active.append(row)
        book.save(path)

    return save


def deliveries() -> dict[str, Any]:
    total = ["JUMLAH", *[""] * (len(DTKS) - 1)]
    digits = with_cells(NIK, [1274011708900010, 1274011708900000])
    return {
        "dinsos/numbers 2020-01.csv": as_csv(DTKS, with_cells(NIK, NUMBERS)),
        "dinsos/digits 2020-02.xlsx": lambda path: save_workbook(path, {"Data": [DTKS, *digits]}),
        "dinsos/total 2020-03.csv": as_csv(DTKS, [*with_cells(0, [])[:5], total, *with_cells(0, [])[5:]]),
        "dinsos/hidden 2020-04.xlsx": hidden_rows,
        "dinsos/signs 2020-05.csv": as_csv(DTKS, with_cells(NAME, SIGNS)),
        "dinsos/dates 2020-06.csv": as_csv(DTKS, with_cells(BORN, DATES)),
        "dinsos/serial 2020-07.xlsx": serials(None),
        "dinsos/mac 2020-08.xlsx": serials(CALENDAR_MAC_1904),
        "dinsos/formulas.xlsx": formulas,
        "dinsos/money.csv": as_csv(KKS, [kks_row(n, nominal=text) for n, text in enumerate(MONEY)]),
        "dinsos/desil Triwulan II 2025.csv": "nomor_kk,nik,nama,desil\n" + "".join(
            f"127401010100000{n},12740117089{n:05d},CONTOH,{text}\n" for n, text in enumerate(DECILES)
        ),
        "dinsos/desil Triwulan II 2025.csv.yml": "region_code: '12.74'",
        "bps/figures, 2023.csv": f"{BPS}\n" + "".join(f'P{n},1.5,"{text}"\n' for n, text in enumerate(FIGURES)),
        "bps/saved as 2024.csv": regency_table(2023),
        "bpjs/again 2020-01.csv": pbi(9),
    }  # fmt: skip


class Landed:
    """What became of the deliveries, by the first word of their names."""

    def __init__(self, results: list[dict[str, Any]]) -> None:
        self.results: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for result in results:
            self.results[re.split(r"[ .,]", result["file_name"])[0]].append(result)

    def __getitem__(self, name: str) -> dict[str, Any]:
        return self.results[name][0]

    def cells(self, name: str, column: str, where: str = "true") -> list[str | None]:
        found = self[name]
        table = f'raw."{found["dataset"].replace(".", "__")}__{found["file_id"]}"'
        return [row[0] for row in ask(f"select {column} from {table} where {where} order by _row")]

    def told(self, name: str, *rules: str) -> list[tuple[str, int]]:
        """Rules and rows that the landing gate told; all rules where none is named."""
        return ask(
            "select rule_code, row from audit.gate_failure where file_id = %s and (rule_code = any(%s) or %s)"
            " order by row, rule_code",
            self[name]["file_id"], list(rules), not rules,
        )  # fmt: skip


def ask(text: str, *values: Any) -> list[tuple[Any, ...]]:
    with connect(autocommit=True) as conn:
        return conn.execute(text, values or None).fetchall()


@pytest.fixture(scope="module")
def landed(module_warehouse) -> Landed:
    for name, content in deliveries().items():
        path = module_warehouse.inbox / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if callable(content):
            content(path)
        else:
            path.write_text(content, encoding="utf-8", newline="")
    results = pipeline.land_inbox()
    (module_warehouse.inbox / "bpjs" / "again 2020-01.csv").write_text(pbi(10), newline="")
    return Landed(results + pipeline.land_inbox())


def test_all_have_landed_and_counts_hold(landed):
    for results in landed.results.values():
        for result in results:
            assert result["status"] in ("landed", "superseded"), result
            assert result["rows_read"] == result["rows_loaded"] + result["rows_quarantined"]
    assert not verify().findings


def test_the_same_name_with_corrected_bytes_replaces(landed):
    old, new = (result["file_id"] for result in landed.results["again"])
    assert ask("select status, superseded_by from audit.file where file_id = %s", old) == [
        ("superseded", new)
    ]
    assert ask("select status, rows_loaded from audit.file where file_id = %s", new) == [("landed", 10)]


def test_numbers_that_a_spreadsheet_wrote_are_kept_and_told(landed):
    assert landed.cells("numbers", "nik")[: len(NUMBERS)] == NUMBERS
    told = landed.told("numbers", "nik_scientific", "nik_sixteen_digits")
    # blanks that nobody sees are no fault of the number
    assert told == [
        ("nik_scientific", 2),
        ("nik_scientific", 3),
        *[("nik_sixteen_digits", n) for n in (4, 5, 6)],
    ]


def test_a_number_typed_as_a_number_is_kept_as_the_workbook_kept_it(landed):
    """Fifteen digits are all a spreadsheet keeps. Serials below ten, which most are, become 0000: that is told."""
    assert landed.cells("digits", "nik")[:2] == ["1274011708900010", "1274011708900000"]
    assert landed.told("digits", "nik_serial") == [("nik_serial", 3)]


def test_a_total_among_persons_is_set_aside_as_no_person(landed):
    assert landed["total"]["rows_quarantined"] == 1
    assert ask(
        "select rule_code, row from quarantine.row where file_id = %s", landed["total"]["file_id"]
    ) == [("nama_required", 7)]


def test_rows_and_columns_that_are_hidden_are_data(landed):
    assert len([nik for nik in landed.cells("hidden", "nik") if nik]) == 20


def test_signs_that_a_spreadsheet_would_run_are_only_text(landed):
    assert landed.cells("signs", "nama")[: len(SIGNS)] == SIGNS
    assert landed["signs"]["rows_quarantined"] == 0


def test_dates_stay_as_written_and_impossible_ones_are_told(landed):
    assert landed.cells("dates", "tanggal_lahir")[: len(DATES)] == [*DATES[:-1], None]
    told = landed.told("dates", "tanggal_lahir_date", "tanggal_lahir_present")
    # two digits of a year are read, in staging, but a sender should know
    assert told == [("tanggal_lahir_date", 2), ("tanggal_lahir_date", 4), ("tanggal_lahir_present", 6)]


@pytest.mark.parametrize("name", ["serial", "mac"])
def test_the_days_of_a_workbook_are_days_in_both_calendars(landed, name):
    assert landed.cells(name, "tanggal_lahir")[0] == "1990-08-17"


def test_a_formula_gives_its_value_and_a_broken_one_is_told(landed):
    assert landed.cells("formulas", "nominal")[0] == "600000"
    aside = ask(
        "select rule_code, row, sheet, raw ->> 'Nama' from quarantine.row where file_id = %s",
        landed["formulas"]["file_id"],
    )
    assert aside == [("nama_required", 3, SHEET, "#REF!")]


def test_money_is_read_or_set_aside_never_guessed(landed):
    assert landed.cells("money", "nominal") == MONEY[:2]
    aside = ask(
        "select raw ->> 'Nominal' from quarantine.row where file_id = %s order by row",
        landed["money"]["file_id"],
    )
    assert [text for (text,) in aside] == MONEY[2:]


def test_signs_of_bps_are_kept_and_others_set_aside(landed):
    assert landed.cells("figures", "nilai", "indikator = 'p0'") == FIGURES[:3]
    aside = ask(
        "select raw ->> 'Persentase Penduduk Miskin - Maret' from quarantine.row where file_id = %s order by row",
        landed["figures"]["file_id"],
    )
    assert [text for (text,) in aside] == FIGURES[3:]


def test_what_is_no_decile_is_kept_and_told(landed):
    assert landed.cells("desil", "desil") == [*DECILES[:-1], None]
    assert landed.told("desil", "desil_range") == [("desil_range", n) for n in (4, 5, 6)]


def test_content_goes_before_the_year_in_a_name_and_both_are_kept(landed):
    found = ask(
        "select period, structure ->> 'file_name_says' from audit.file where file_id = %s",
        landed["saved"]["file_id"],
    )
    assert found == [("2023", "2024")]
