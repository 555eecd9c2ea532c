"""Periods as people write them."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simpul.contract import load_contracts
from simpul.period import MONTH_NAMES, Form, coarsen, parse_period

SOUND = re.compile(r"\d{4}(-(Q[1-4]|S[12]|0[1-9]|1[0-2]))?")
YEARS = st.integers(2015, 2035)
MONTHS = st.sampled_from(sorted(MONTH_NAMES))
QUARTERS = st.sampled_from(
    [("1", 1), ("2", 2), ("3", 3), ("4", 4), ("I", 1), ("II", 2), ("III", 3), ("IV", 4)]
)
GAPS = st.sampled_from([" ", "_", "-", " - ", ", ", ""])
AROUND = st.sampled_from(["", "DTKS ", "pbi_jk_", "Data Kota Tanjungbalai (12.74) ", "1274_"])
AFTER = st.sampled_from(["", ".csv", ".xlsx", " 2.csv", " (1).csv", "_final.csv", " v3.xlsx"])


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("2024-06", "2024-06"),
        ("202406", "2024-06"),
        ("06-2024", "2024-06"),
        ("Juni 2024", "2024-06"),
        ("Juni_2024", "2024-06"),
        ("Jun 2024", "2024-06"),
        ("JUNI2024", "2024-06"),
        ("2024 June", "2024-06"),
        ("Feb 2022", "2022-02"),
        ("Triwulan II 2024", "2024-Q2"),
        ("TW2 2024", "2024-Q2"),
        ("TW II/2024", "2024-Q2"),
        ("2024-Q2", "2024-Q2"),
        ("Tahap 2 Tahun 2025", "2025-Q2"),
        ("kks_2025_tahap_2.csv", "2025-Q2"),
        ("Semester 1 2024", "2024-S1"),
        ("Tahap 2 Tahun Anggaran 2024", "2024-Q2"),  # Indonesia's fiscal year is the calendar year
        ("Bulan Juni TA 2024", "2024-06"),
        ("2012", "2012"),  # a cell that is nothing but a year
        ("2024.0", "2024"),  # the same from a number cell
        ("Jumlah dan Persentase Penduduk Miskin Menurut Provinsi, 2017 2.csv", "2017"),
        ("Garis Kemiskinan Menurut Kabupaten_Kota, 2023 3.csv", "2023"),
        ("Penduduk Miskin, 2024 (1).csv", "2024"),
        ("2024/DTKS Juni 2024.csv", "2024-06"),  # the year adds nothing
        ("DTKS Juni 2024 unduh 2024-07-02.csv", "2024-06"),  # the day of the download is not the period
    ],
)
def test_understood(text: str, period: str) -> None:
    assert parse_period(text) == period


@pytest.mark.parametrize(
    "text",
    [
        "",
        "DTKS Kota Tanjungbalai.csv",
        "1274_DTKS.csv",
        "dtks_20240630.csv",  # a day only
        "30-06-2024",
        "2024-13",
        "2024-25",
        "opendatajabar_p1_2018_2020.csv",
        "Juni 2024 - Juli 2024",
        "Januari - Juni 2024",
        "Tahap 1 - 2 Tahun 2025",
        "Tahap 1 dan 2 Tahun 2025",
        "Triwulan 5 2024",
        "Semester 3 2024",
        "penyaluran tahap 3.csv",
        "DTKS Juni Tanjungbalai 2024",  # month and year apart: perhaps, perhaps not
        "2024-Q2 atau 2024-Q3",
        "x" * 10_000 + " 2024",
    ],
)
def test_not_guessed(text: str) -> None:
    assert parse_period(text) is None


@pytest.mark.parametrize(
    ("text", "form", "period"),
    [
        ("Jumlah dan Persentase Penduduk Miskin Menurut Provinsi, 2014.csv", "year", "2014"),
        ("Jumlah dan Persentase Penduduk Miskin Menurut Provinsi, 1976 2.csv", "year", "1976"),
        ("Penduduk Miskin Maret 1998.csv", "year", "1998-03"),
        ("Penduduk Miskin 2010_2014.csv", "year", None),
        ("Penduduk Miskin, 1975.csv", "year", None),
        ("Penduduk Miskin, 2036.csv", "year", None),
        ("1998 keluarga.csv", "month", None),
        ("1998 keluarga.csv", "any", None),
    ],
)
def test_a_year_before_2015_is_one_where_years_are_asked_for(
    text: str, form: Form, period: str | None
) -> None:
    assert parse_period(text, form) == period


@given(st.text())
def test_any_text_gives_a_sound_period_or_none(text: str) -> None:
    period = parse_period(text)
    assert period is None or SOUND.fullmatch(period)


@given(AROUND, MONTHS, GAPS, YEARS, AFTER, st.booleans())
def test_month_and_year_in_any_dress(
    before: str, month: str, gap: str, year: int, after: str, upper: bool
) -> None:
    text = f"{before}{month.upper() if upper else month.title()}{gap}{year}{after}"
    assert parse_period(text) == f"{year}-{MONTH_NAMES[month]:02d}"


@given(AROUND, st.sampled_from(["Triwulan", "TW", "Tahap", "Q", "Kuartal"]), QUARTERS, YEARS, AFTER)
def test_quarters_in_any_dress(
    before: str, word: str, quarter: tuple[str, int], year: int, after: str
) -> None:
    spelt, number = quarter
    assert parse_period(f"{before}{word} {spelt} {year}{after}") == f"{year}-Q{number}"
    assert parse_period(f"{before}{word}_{spelt}_Tahun_{year}{after}") == f"{year}-Q{number}"


@given(AROUND, YEARS, st.integers(1, 12), st.sampled_from(["-", "_", ""]), AFTER)
def test_numbers_in_any_dress(before: str, year: int, month: int, gap: str, after: str) -> None:
    assert parse_period(f"{before}{year}{gap}{month:02d}{after}") == f"{year}-{month:02d}"


@given(MONTHS, YEARS, MONTHS, YEARS)
def test_two_periods_are_one_only_when_they_are_the_same(m1: str, y1: int, m2: str, y2: int) -> None:
    same = (MONTH_NAMES[m1], y1) == (MONTH_NAMES[m2], y2)
    expected = f"{y1}-{MONTH_NAMES[m1]:02d}" if same else None
    assert parse_period(f"{m1} {y1} dan {m2} {y2}") == expected


@given(YEARS, st.integers(1, 12))
def test_what_is_written_out_is_read_back(year: int, month: int) -> None:
    for period in (
        str(year),
        f"{year}-Q{(month + 2) // 3}",
        f"{year}-S{(month + 5) // 6}",
        f"{year}-{month:02d}",
    ):
        assert parse_period(period) == period


@pytest.mark.parametrize(
    ("period", "form", "coarser"),
    [
        ("2024-06", "any", "2024-06"),
        ("2024-06", "quarter", "2024-Q2"),
        ("2024-06", "year", "2024"),
        ("2024-Q2", "year", "2024"),
        ("2024-S1", "year", "2024"),
        ("2024-S1", "quarter", None),
        ("2024", "month", None),
        ("2024", "quarter", None),
        ("2024-Q2", "month", None),
        ("June 2024", "any", None),
    ],
)
def test_coarsen(period: str, form, coarser: str | None) -> None:
    assert coarsen(period, form) == coarser


@pytest.mark.parametrize("contract", load_contracts().values(), ids=lambda contract: contract.dataset)
def test_contracts_that_read_a_column_say_which(contract) -> None:
    period = contract.period
    if "content" in period.sources:
        assert period.column or period.columns_year_month
