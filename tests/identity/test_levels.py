"""How much two names agree: the truth table of names."""

from __future__ import annotations

import csv
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simpul.identity.levels import NameLevel, compare_names, nearly
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
    ("cut", "whole", "level"),
    [
        ("LUTFIATUL AZZAHRA SO", "LUTFIATUL AZZAHRA SOLEHA", NameLevel.CONTAINED),
        ("ISTIQOMAH AZIZAAH WA", "ISTIQOMAH AZIZAH WARDANI", NameLevel.CONTAINED),
        ("LUTFIATUL AZZAHRA SO", "LUTFIATUL AZZAHRA WARDANI", NameLevel.PART),  # a sister
        ("SITI NUR", "SITI NURHAYATI", NameLevel.PART),  # too short to be cut
    ],
)
def test_what_a_narrow_column_leaves_of_a_name_is_a_part_of_it(cut, whole, level):
    assert compare_names(name(cut), name(whole)) == compare_names(name(whole), name(cut)) == level
