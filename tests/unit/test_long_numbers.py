"""What may be a NIK is no part of a text that is kept for good, however it is parted; what else has digits stays."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simpul.errors import LONG_NUMBER, PARTED, SimpulError
from simpul.ledger import Decision
from simpul.readers.reasons import printable
from tests.erasure.test_blanking import FORMS

CUTS = ((), (4, 8, 12), (6, 12), (2, 6, 12), (2, 4, 6, 12), (2, 4, 6, 8, 10, 12), (8,), (6,), (12,),
        tuple(range(1, 16)),
        tuple(range(2, 16, 2)), (1, 4, 7, 10, 13))  # fmt: skip
"""After so many digits people and programs part a NIK."""
NIK = st.builds(
    "{}{:04}{:02}{:02}{:02}{:04}".format,
    st.sampled_from((*range(11, 20), *range(31, 37), 51, 52, 53, *range(61, 66), *range(71, 77), 81, 82, 91, 94)),
    st.integers(101, 9999), st.sampled_from((*range(1, 32), *range(41, 72))), st.integers(1, 12), st.integers(0, 99),
    st.integers(1, 1899),
)  # fmt: skip
SIGNS = st.lists(st.sampled_from(PARTED), min_size=1, max_size=3).map("".join)


@given(
    NIK,
    st.sampled_from(CUTS),
    SIGNS,
    st.sampled_from(("", "KTP ", "no.", "tahun 2024: ", "lihat ’", "(")),
    st.booleans(),
)
def test_a_nik_is_caught_however_it_is_parted(nik, cuts, sign, before, is_ended):
    parts = [nik[start:end] for start, end in zip((0, *cuts), (*cuts, 16), strict=True)]
    text = before + sign.join(parts) + (".xlsx" if is_ended else "")
    assert not any(digit in LONG_NUMBER.sub("…", text).removeprefix(before) for digit in "0123456789")


@pytest.mark.parametrize("form", [*FORMS, "19850101 201001 1 001", "1.274.011.708.900.003"])
def test_no_form_passes_into_ledger_pages_and_journal(form):
    for kept in ({"why": f"tentang {form}"}, {"why_id": f"KTP {form}.xlsx"}):
        with pytest.raises(SimpulError, match="long number"):
            Decision("Budi", **kept)
    assert not sum(sign.isdigit() for sign in printable(f"KTP {form}.xlsx")) > 4


DAY = st.dates().map(lambda day: day.replace(year=1950 + day.year % 100, day=min(day.day, 28)))
HARMLESS = st.one_of(
    st.tuples(DAY, st.sampled_from(("%Y-%m-%d", "%d-%m-%Y", "%d/%m/%Y", "%d.%m.%Y", "%d %m %Y", "%Y-%m", "%Y")))
    .map(lambda told: told[0].strftime(told[1])),
    DAY.map(lambda day: day.replace(year=2000 + day.year % 50).strftime("%Y%m%d")),
    st.integers(1_000, 999_999_999_999_999).map(lambda idr: f"{idr:,}".replace(",", ".")),
    st.sampled_from(("12.74", "12.74.01", "12.74.01.1001", "0812-3456-7890", "0811 345 678", "0812-345-67890")),
)  # fmt: skip


@given(
    st.lists(HARMLESS, min_size=1, max_size=6), st.sampled_from((" ", " - ", "/", "; ", " s.d. ", ", ", "\n"))
)
def test_dates_amounts_regions_and_telephones_stay(items, between):
    text = between.join(items)
    assert LONG_NUMBER.sub("…", text) == text


@pytest.mark.parametrize(
    "text",
    [
        "2024-06-01 s.d. 2024-06-30", "2024-06-01/2024-06-30", "01-06-2024 30-06-2024 31-07-2024", "20240601-20240630",
        "202406 202407 202408", "2021 2022 2023 2024 2025", "Rp 1.250.000.000.000,00",
        "1.250.000.000.000 3.600.000.000",
        "2024-06-01T10:30:00.123456+00:00", "+62 812 3456 7890", "RT 01 RW 02 15-06-2024 12.74.01.1001 1.250.000",
        "460/1234/DINSOS/2024", "12.74.01.1001 12.74.01.1002", "baris 12, 13, 14, 15, 16, 17, 18, 19, 20", "123456789",
    ],
)  # fmt: skip
def test_what_people_write_beside_stays(text):
    assert not LONG_NUMBER.search(text)
