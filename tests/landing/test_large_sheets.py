"""A large sheet is read in parts, and gives what reading it whole gives."""

from __future__ import annotations

import datetime as dt
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simpul import landing
from simpul.errors import SimpulError
from simpul.readers import cut_sheet, guards
from simpul.readers.ahead import ahead
from simpul.readers.reasons import Held
from simpul.readers.workbook import Workbook
from simpul.settings import get_settings
from tests.landing.conftest import DTKS, dtks_row, save_workbook
from tests.landing.test_land import table_of
from tests.landing.test_workbooks import rewrite

SHEET = "xl/worksheets/sheet1.xml"
CELLS = st.one_of(
    st.none(), st.just(""), st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "Z"]), max_size=12),
    st.integers(-(10**17), 10**17), st.floats(allow_nan=False, allow_infinity=False), st.booleans(),
    st.dates(dt.date(1904, 1, 2), dt.date(2100, 1, 1)), st.just("#REF!"),
)  # fmt: skip


@pytest.fixture(autouse=True)
def small_parts(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[None]:
    """Some rows to a part."""
    if "drop" not in request.fixturenames:  # that has a home of its own
        monkeypatch.setenv("SIMPUL_HOME", str(tmp_path / "home"))
        get_settings.cache_clear()
    monkeypatch.setattr(guards, "_STEP", 3_000)
    monkeypatch.setattr(cut_sheet, "PART", 1)
    monkeypatch.setattr(cut_sheet, "LARGE", 0)
    yield
    monkeypatch.undo()
    get_settings.cache_clear()


def read(path: Path, name: str = "Data", **options: Any) -> list[tuple[int, list[str | None]]]:
    """Rows without the blanks at their end, and without blank rows at the end of the sheet."""
    book = Workbook(path)
    rows = [(number, [cell or None for cell in cells]) for number, cells in book.rows(name, **options)]
    book.close()
    for _, cells in rows:
        while cells and cells[-1] is None:
            cells.pop()
    while rows and not rows[-1][1]:
        rows.pop()
    return rows


def whole(path: Path, monkeypatch: pytest.MonkeyPatch, **options: Any) -> list[tuple[int, list[str | None]]]:
    with monkeypatch.context() as here:
        here.setattr(cut_sheet, "LARGE", 1 << 40)
        return read(path, **options)


def parts(path: Path, name: str = "Data") -> int:
    """Into how many parts the sheet is cut; 0 when it is read whole."""
    book = Workbook(path)
    sheet = book._sheet(name)
    count = sheet._count if isinstance(sheet, cut_sheet.CutSheet) else 0
    book.close()
    return count


def save(path: Path, rows: dict[int, list[Any]], left: int = 0, *, is_1904: bool = False) -> None:
    book = openpyxl.Workbook()
    if is_1904:
        from openpyxl.utils.datetime import CALENDAR_MAC_1904

        book.epoch = CALENDAR_MAC_1904
    sheet = book.active
    sheet.title = "Data"
    for number, cells in rows.items():
        for position, value in enumerate(cells):
            if value is not None:
                cell = sheet.cell(number, left + position + 1)
                cell.value = value
                if value == "#REF!":
                    cell.data_type = "e"
    book.save(path)


@given(
    rows=st.dictionaries(st.integers(1, 120), st.lists(CELLS, max_size=6), max_size=60),
    left=st.integers(0, 4),
    decimal=st.sampled_from(".,"),
    is_1904=st.booleans(),
)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_sheet_reads_the_same_in_parts(tmp_path, monkeypatch, rows, left, decimal, is_1904):
    path = tmp_path / "a.xlsx"
    save(path, rows, left, is_1904=is_1904)
    assert read(path, decimal=decimal) == whole(path, monkeypatch, decimal=decimal)


def test_it_is_in_parts_and_may_be_read_again(tmp_path, monkeypatch):
    path = tmp_path / "a.xlsx"
    save(path, {n: [f"teks {n}", n, n / 7] for n in range(3, 2_000)})
    assert parts(path) > 10
    book = Workbook(path)
    first = book.grid("Data", False, 5)
    assert [list(row) for row in first.rows[:2]] == [[], []]
    assert len(list(book.rows("Data"))) == len(list(book.rows("Data"))) == 1_999
    assert read(path) == whole(path, monkeypatch)
    book.close()
    assert list(get_settings().work.iterdir()) == []


def test_a_reader_that_stops_early_leaves_no_thread(tmp_path):
    path = tmp_path / "a.xlsx"
    save(path, {n: [n] for n in range(1, 1_000)})
    book = Workbook(path)
    rows = book.rows("Data")
    next(rows)
    rows.close()
    book.close()
    assert not [one for one in threading.enumerate() if "simpul-ahead" in one.name]
    assert list(ahead(iter("abc"))) == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("change", "is_whole"),
    [
        (lambda xml: xml.replace("<sheetData>", "<sheetData><!-- a <row r= comment -->"), True),
        (lambda xml: re.sub(r'<row r="\d+"', "<row", xml), True),
        (lambda xml: re.sub(r"<(/?)(?=[a-z])", r"<\1x:", xml).replace("xmlns=", "xmlns:x="), False),
    ],
    ids=["a comment", "rows without numbers", "names with a prefix"],
)
def test_what_cannot_be_cut_is_read_whole(tmp_path, monkeypatch, change, is_whole):
    path = tmp_path / "a.xlsx"
    save(path, {n: ["x", n] for n in range(1, 500)})
    plain = read(path)
    rewrite(path, SHEET, change)
    assert (parts(path) == 0) == is_whole
    assert read(path) == whole(path, monkeypatch) == plain


def test_damage_in_a_later_part_is_told(tmp_path):
    path = tmp_path / "a.xlsx"
    save(path, {n: ["x", n] for n in range(1, 500)})
    rewrite(path, SHEET, lambda xml: xml.replace('<c r="A400"', '<c r="4A0"'))
    with pytest.raises(Held, match="damaged"):
        read(path)


def test_guards_hold_for_parts(tmp_path):
    path = tmp_path / "a.xlsx"
    save(path, {n: ["x", n] for n in range(1, 500)})
    rewrite(
        path,
        SHEET,
        lambda xml: xml.replace('<c r="B400"', '<c r="XFD1048576"').replace('r="400"', 'r="1048576"'),
    )
    with pytest.raises(Held, match="A1 to XFD1048576"):
        read(path)
    assert list(get_settings().work.iterdir()) == []


def test_a_full_disk_is_told(tmp_path, monkeypatch):
    path = tmp_path / "a.xlsx"
    save(path, {n: ["x", n] for n in range(1, 500)})

    def full(self: cut_sheet.CutSheet, data: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(cut_sheet.CutSheet, "_write", full)
    with pytest.raises(SimpulError, match="No space left") as caught:
        read(path)
    assert caught.value.code == "disk"
    assert list(get_settings().work.iterdir()) == []


def test_other_sheets_beside_a_large_one(tmp_path):
    path = tmp_path / "a.xlsx"
    save_workbook(path, {"Data": [["a", n] for n in range(600)], "-Lama": [["b"]], "Petunjuk": [["baca"]]})
    book = Workbook(path)
    assert book.sheets == [("Data", False), ("Lama", True), ("Petunjuk", False)]
    found = {name: list(book.rows(name))[-1] for name in ("Data", "Lama", "Data", "Petunjuk")}
    assert found == {"Data": (600, ["a", "599"]), "Lama": (1, ["b"]), "Petunjuk": (1, ["baca"])}
    book.close()


def test_two_sheets_of_one_name_are_refused(tmp_path):
    """The guard would look at one and the reader take the other."""
    path = tmp_path / "a.xlsx"
    save_workbook(path, {"Data": [["a"]], "Datb": [["b"]]})
    rewrite(path, "xl/workbook.xml", lambda xml: xml.replace("Datb", "Data"))
    with pytest.raises(Held, match="damaged"):
        Workbook(path)


def test_records_of_a_large_sheet_land_with_their_rows(drop, query, monkeypatch):
    rows = [dtks_row(n) for n in range(1, 300)]
    rows.insert(100, [])
    rows[250] += [None, "lepas"]  # right of the last heading, in a part that is wider than the others
    path = drop("dinsos/dtks Juni 2024.xlsx", {"Data": [["DAFTAR"], [], DTKS, *rows]})
    cut = parts(path)
    outcome = landing.land(path)
    assert (cut > 5, outcome.status, outcome.rows_loaded) == (True, "loaded", 299)
    found = query(f"select _row, id_dtks from {table_of(outcome)} order by _row")
    assert found == [(3 + n + (n > 100), f"D{n:09d}") for n in range(1, 300)]
    stray = query(f"select _row, _extra from {table_of(outcome)} where _extra is not null")
    assert stray == [(254, {"[Y]": "lepas"})]
