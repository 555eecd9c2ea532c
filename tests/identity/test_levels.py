"""How much two records agree: the truth table of names, and the levels of dates, addresses and regions."""

from __future__ import annotations

import csv
import random
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simpul.identity.levels import (
    Address,
    AddressLevel,
    DateLevel,
    NameLevel,
    RegionLevel,
    address,
    compare_addresses,
    compare_dates,
    compare_names,
    compare_regions,
    nearly,
)
from simpul.identity.normal import Name, name

GOLDEN = Path(__file__).parents[1] / "golden" / "names.csv"
WORDS = (
    "SITI",
    "SITTI",
    "AMINAH",
    "AMIMAH",
    "PATIMAH",
    "FATIMA",
    "NUR",
    "HAYATI",
    "NURHAYATI",
    "N",
    "A",
    "S",
    "MUHAMMAD",
)
NAMES = st.lists(st.sampled_from(WORDS), max_size=5).map(lambda words: Name(tuple(words)))


def _pairs() -> list[dict[str, str]]:
    with open(GOLDEN, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("pair", _pairs(), ids=lambda pair: f"{pair['level']}: {pair['why']}")
def test_names(pair):
    one, other = name(pair["one"] or None), name(pair["other"] or None)
    assert compare_names(one, other).name.lower() == pair["level"]


def test_the_truth_table_has_every_level():
    assert {pair["level"] for pair in _pairs()} == {level.name.lower() for level in NameLevel}
    assert len(_pairs()) >= 150


@given(NAMES, NAMES)
def test_names_are_compared_from_both_sides_alike(one, other):
    assert compare_names(one, other) == compare_names(other, one)


@given(NAMES, NAMES, st.randoms())
def test_the_order_of_words_counts_for_equality_alone(one, other, chance: random.Random):
    shuffled = Name(tuple(chance.sample(one.words, len(one.words))))
    before, after = compare_names(one, other), compare_names(shuffled, other)
    assert before == after or {before, after} <= {NameLevel.EQUAL, NameLevel.REORDERED}


@given(NAMES)
def test_a_name_is_equal_to_itself_and_contained_in_more(one):
    if one.words:
        assert compare_names(one, one) == NameLevel.EQUAL
        more = Name((*one.words, "ZULKARNAEN"))
        has_word = any(len(word) > 1 for word in one.words)
        assert compare_names(one, more) == (NameLevel.CONTAINED if has_word else NameLevel.NOTHING)


@pytest.mark.parametrize(
    ("one", "other", "is_near"),
    [
        ("SARI", "SARI", True),
        ("SARI", "SARIA", True),
        ("SARI", "ARI", False),  # too short
        ("SARI", "SORI", True),
        ("SARI", "SAIR", True),
        ("SARI", "RASI", False),
        ("SARI", "SORE", False),
        ("RAHMAT", "RAHMAN", True),
        ("RAHMAT", "RAHMANI", False),
    ],
)
def test_nearly(one, other, is_near):
    assert nearly(one, other) is nearly(other, one) is is_near


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        (date(1990, 3, 12), date(1990, 3, 12), DateLevel.EQUAL),
        (date(1970, 1, 1), date(1970, 1, 1), DateLevel.EQUAL_DEFAULT),
        (date(1970, 7, 1), date(1970, 7, 1), DateLevel.EQUAL_DEFAULT),
        (date(1990, 1, 1), date(1990, 3, 12), DateLevel.DEFAULT_DAY),
        (date(1990, 7, 1), date(1990, 3, 12), DateLevel.DEFAULT_DAY),
        (date(1990, 7, 1), date(1990, 1, 1), DateLevel.DEFAULT_DAY),
        (date(1990, 3, 12), date(1990, 12, 3), DateLevel.SWAPPED),
        (date(1990, 3, 12), date(1990, 3, 13), DateLevel.ONE_DIGIT),
        (date(1990, 3, 12), date(1991, 3, 12), DateLevel.ONE_DIGIT),
        (date(1990, 3, 12), date(1980, 3, 12), DateLevel.ONE_DIGIT),
        (date(1989, 3, 12), date(1990, 3, 12), DateLevel.YEAR_OFF),
        (date(1995, 3, 12), date(2005, 3, 12), DateLevel.YEAR_OFF),
        (date(1925, 3, 12), date(2025, 3, 12), DateLevel.YEAR_OFF),
        (date(1990, 3, 12), date(1990, 8, 25), DateLevel.SAME_YEAR),
        (date(1990, 3, 12), date(1971, 8, 25), DateLevel.DIFFER),
        (date(1990, 1, 1), date(1988, 3, 12), DateLevel.DIFFER),
        (date(1990, 3, 12), None, DateLevel.MISSING),
        (None, None, DateLevel.MISSING),
    ],
)
def test_dates(one, other, level):
    assert compare_dates(one, other) == compare_dates(other, one) == level


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Jln. Sehat No.01 RT 001/002", Address(("JALAN", "SEHAT"), "1", "1", "2")),
        ("JL SEHAT NO 1 RT1/RW2", Address(("JALAN", "SEHAT"), "1", "1", "2")),
        ("JALAN SEHAT 1, RT. 01 RW. 02", Address(("JALAN", "SEHAT"), "1", "1", "2")),
        ("GG. MAWAR 12A RT.1 RW 02", Address(("GANG", "MAWAR"), "12A", "1", "2")),
        ("KP. BARU RT 02/RW 05 NO. 7 B", Address(("KAMPUNG", "BARU"), "7B", "2", "5")),
        ("DSN III", Address(("DUSUN", "III"))),
        ("LINGK. IV RT 03", Address(("LINGKUNGAN", "IV"), None, "3")),
        ("RW 05", Address(rw="5")),
        ("JL. ARTERI BARAT", Address(("JALAN", "ARTERI", "BARAT"))),  # RT inside a word is none
        ("-", Address()),
        (None, Address()),
    ],
)
def test_an_address_taken_apart(text, expected):
    assert address(text) == expected


def test_columns_of_rt_and_rw_go_before_the_text():
    assert address("JL SEHAT RT 9", "003", "RW 4") == Address(("JALAN", "SEHAT"), None, "3", "4")


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        ("JL. SEHAT NO. 1 RT 01/02", "Jalan Sehat 1 RT 001 RW 002", AddressLevel.EQUAL),
        ("JL. SEHAT NO. 1", "GG. SEHAT NO 2", AddressLevel.SAME_STREET),
        ("JL. SEHAT", "JL. SEHAT RT 1", AddressLevel.SAME_STREET),
        ("DUSUN MAWAR JL. SEHAT", "JL SEHAT", AddressLevel.PART),
        ("RT 01 RW 02", "JL SEHAT RT 1/2", AddressLevel.SAME_RT),
        ("JL. SEHAT", "JL. MAWAR", AddressLevel.DIFFER),
        ("RT 1 RW 2", "RT 1 RW 3", AddressLevel.DIFFER),
        ("JL. SEHAT", "-", AddressLevel.MISSING),
    ],
)
def test_addresses(one, other, level):
    assert compare_addresses(address(one), address(other)) == level
    assert compare_addresses(address(other), address(one)) == level


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        ("12.74.05.1001", "12.74.05.1001", RegionLevel.VILLAGE),
        ("12.74.05.1001", "12.74.05.1002", RegionLevel.DISTRICT),
        ("12.74.05.1001", "12.74.05", RegionLevel.DISTRICT),
        ("12.74.05", "12.74.01", RegionLevel.REGENCY),
        ("12.74", "12.71", RegionLevel.PROVINCE),
        ("12.74", "13.74", RegionLevel.DIFFER),
        ("12.74", None, RegionLevel.MISSING),
    ],
)
def test_regions(one, other, level):
    assert compare_regions(one, other) == compare_regions(other, one) == level
