"""Suggestions for broken NIKs: one number that agrees with everything that is known, or none."""

from __future__ import annotations

import csv
import random
from collections import Counter, defaultdict
from datetime import date
from pathlib import Path

import pytest

from simpul.identity.grammar import NikStatus, nik_status
from simpul.identity.repair import REPAIRABLE, Basis, suggest

MAN, WOMAN = "1274011203900001", "1274015203900001"
BORN = date(1990, 3, 12)
SEEDS = Path(__file__).parents[2] / "dbt_project" / "seeds"


@pytest.mark.parametrize(
    ("nik", "born", "sex", "suggested", "basis"),
    [
        ("12740I12O390000l", BORN, "male", MAN, Basis.LETTERS_FOR_DIGITS),
        ("127401I203900001", None, None, MAN, Basis.LETTERS_FOR_DIGITS),
        ("127401X203900001", BORN, "male", None, None),  # not a letter that looks like a digit
        ("127401I203900001", date(1990, 3, 13), "male", None, None),  # does not agree with the date
        ("12774011203900001", BORN, "male", MAN, Basis.DOUBLED_DIGIT),
        ("12740112039000001", BORN, "male", MAN, Basis.DOUBLED_DIGIT),
        ("12740112039000012", BORN, "male", "1274011203900012", Basis.DOUBLED_DIGIT),
        ("12740132039000012", BORN, "male", None, None),  # 17 digits, but not by doubling one
        ("127401120390001", BORN, "male", None, None),  # a digit is gone: nobody knows which
        ("1274010312900001", date(1990, 3, 12), "male", MAN, Basis.DAY_AND_MONTH_SWAPPED),
        ("1274010325900001", date(1990, 3, 25), "male", "1274012503900001", Basis.DAY_AND_MONTH_SWAPPED),
        ("1274014325900001", date(1990, 3, 25), "female", "1274016503900001", Basis.DAY_AND_MONTH_SWAPPED),
        ("1274010325900001", None, "male", None, None),  # nothing to agree with
        (MAN, BORN, "female", WOMAN, Basis.OTHER_SEX),
        (WOMAN, BORN, "male", MAN, Basis.OTHER_SEX),
        ("1274013203900001", BORN, "male", MAN, Basis.BIRTH_DATE_OF_RECORD),
        ("1274011203910001", BORN, "male", MAN, Basis.BIRTH_DATE_OF_RECORD),
        ("1274011207850001", BORN, "male", None, None),  # another date altogether: somebody else's NIK
        ("1274010201900001", date(1990, 1, 1), "male", None, None),  # 1 January is what offices write for "not known"
        (MAN, BORN, "male", None, None),  # nothing to repair
        ("1274011203900000", BORN, "male", None, None),
        ("1,27401E+15", BORN, "male", None, None),
        ("0127401100100001", BORN, "male", None, None),
        (None, BORN, "male", None, None),
    ],
)  # fmt: skip
def test_suggest(nik, born, sex, suggested, basis):
    found = suggest(nik, None, born, sex)
    assert (found and (found.nik, found.basis)) == (suggested and (suggested, basis))


def test_the_family_card_is_never_suggested():
    card = "1274011203900001"
    assert suggest("1274011203900OO1", card) is None
    assert suggest("1274011203900OO1", "1274010101100001").nik == card


def test_every_basis_has_a_sentence():
    with open(SEEDS / "seed_nik_basis.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["basis"] for row in rows} == set(Basis)
    assert all(row["reason"].endswith(".") and row["reason_id"].endswith(".") for row in rows)


def test_suggestions_are_right_as_often_as_they_say():
    """Slips in 20,000 known numbers, some of them in the record instead, some NIKs of somebody else."""
    chance = random.Random(7)
    right: dict[tuple[Basis, float], list[bool]] = defaultdict(list)
    statuses: Counter[NikStatus] = Counter()
    for _ in range(20_000):
        born = date(chance.randint(1935, 2023), chance.randint(1, 12), chance.randint(1, 28))
        sex = chance.choice(["male", "female"])
        true = _number(born, sex, chance)
        sent, told_born, told_sex = _spoilt(true, born, sex, chance)
        if chance.random() < 0.1:
            told_born = None
        found = suggest(sent, None, told_born, told_sex)
        statuses[nik_status(sent, None, told_born, told_sex)] += 1
        if found:
            assert nik_status(found.nik, None, told_born, told_sex) == NikStatus.VALID
            right[found.basis, found.confidence].append(found.nik == true)
    assert set(REPAIRABLE) <= set(statuses)
    assert {basis for basis, _ in right} == set(Basis)
    for (basis, confidence), outcomes in right.items():
        assert sum(outcomes) / len(outcomes) >= confidence - 0.05, (basis, confidence, len(outcomes))


def _number(born: date, sex: str, chance: random.Random) -> str:
    serial = min(chance.randint(1, 9999), chance.randint(1, 9999), chance.randint(1, 9999))
    return f"12740{chance.randint(1, 6)}{born.day + 40 * (sex == 'female'):02}{born:%m%y}{serial:04}"


def _spoilt(true: str, born: date, sex: str, chance: random.Random) -> tuple[str, date, str]:
    """One slip; as often as in the number it is in the date or the sex that stand beside it."""
    place = chance.randrange(16)
    swapped = date(born.year, born.day, born.month) if born.day <= 12 else born
    other_sex = "male" if sex == "female" else "female"
    near = date(born.year + chance.choice([-1, 1]), born.month, born.day)
    raised = int(true[6:8]) + (40 if sex == "male" else -40)
    day, month = born.day, born.month
    swapped_number = f"{true[:6]}{month + 40 * (sex == 'female'):02}{day:02}{true[10:]}"
    digit = chance.randrange(6, 12)
    return chance.choice(
        [
            (true.translate(str.maketrans("01", "OI")), born, sex),
            (true[:place] + true[place] + true[place:], born, sex),
            (swapped_number, born, sex),
            (true, swapped, sex),
            (f"{true[:6]}{raised:02}{true[8:]}", born, sex),
            (true, born, other_sex),
            (true[:digit] + chance.choice("0123456789") + true[digit + 1 :], born, sex),
            (true, near, sex),
            (_number(date(born.year - 25, born.month, born.day), "female", chance), born, sex),
        ]
    )
