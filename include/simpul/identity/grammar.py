"""What a NIK and a family card number (KK) must look like, and what is wrong with one that does not.

A number is never repaired in place: what was sent stays, `simpul.identity.repair` sets a suggestion beside it.
The dbt macros `nik_digits`, `nik_status`, `kk_status`, `looks_rounded` and `prefix_level` say the same in SQL;
tests/golden/nik.csv, kk.csv and rounded.csv hold both to one truth. The sentence of every status stands in
``seed_nik_status``.

A NIK is ``PPKKCC DDMMYY SSSS``: where the person was first registered, the birth date (day + 40 for women), a serial
from 0001. A KK number has the date on which it was given out instead, and never + 40. The district in it is
where somebody was first registered, not where they live: it is never compared with an address.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Literal, NamedTuple

from simpul.regions import Regions
from simpul.settings import get_settings

Sex = Literal["male", "female"]
PrefixLevel = Literal["district", "regency", "province"]


class Sentence(NamedTuple):
    """The same in both languages."""

    en: str
    id: str


class NikStatus(StrEnum):
    """What is wrong with a NIK, the first of these that applies; only a valid one may link records by itself."""

    MISSING = "missing"
    PLACEHOLDER = "placeholder"
    SCIENTIFIC_NOTATION = "scientific_notation"
    NOT_DIGITS = "not_digits"
    WRONG_LENGTH = "wrong_length"
    TEMPORARY = "temporary"
    UNKNOWN_PROVINCE = "unknown_province"
    IS_KK_NUMBER = "is_kk_number"
    IMPOSSIBLE_DATE = "impossible_date"
    ROUNDED = "rounded"
    SERIAL_ZERO = "serial_zero"
    CONTRADICTS_BIRTH_DATE = "contradicts_birth_date"
    CONTRADICTS_SEX = "contradicts_sex"
    SHARED = "shared"
    """Used by several people. No number shows it by itself: linking finds it (`simpul.identity.parting`)."""
    VALID = "valid"


PLAIN_NUMBER = "plain"
"""``nik_status`` of a number that is no NIK (profile ``plain``)."""


class KkStatus(StrEnum):
    """What is wrong with a family card number, the first of these that applies."""

    MISSING = "missing"
    PLACEHOLDER = "placeholder"
    SCIENTIFIC_NOTATION = "scientific_notation"
    NOT_DIGITS = "not_digits"
    WRONG_LENGTH = "wrong_length"
    TEMPORARY = "temporary"
    UNKNOWN_PROVINCE = "unknown_province"
    IS_NIK = "is_nik"
    IMPOSSIBLE_DATE = "impossible_date"
    ROUNDED = "rounded"
    SERIAL_ZERO = "serial_zero"
    VALID = "valid"


_SIXTEEN = re.compile("[0-9]{16}")
_SOUND = re.compile("[1-9][0-9]{15}")
_SCIENTIFIC = re.compile("[0-9][0-9,]*e[+]?[0-9]+", re.IGNORECASE)
_NO_NOUGHT = re.compile("[1-9]")
_A_DIGIT = re.compile("[0-9]")
_ADDED = str.maketrans(
    "", "", " \t\n\r\N{NO-BREAK SPACE}\N{ZERO WIDTH SPACE}\N{ZERO WIDTH NO-BREAK SPACE}'`’.-"
)
_COUNTED = ("12345678901234567890", "01234567890123456789")
_SHORT_MONTHS = ("04", "06", "09", "11")


def digits(text: str | None) -> str | None:
    """A number without what spreadsheets and people add: blanks, apostrophes, dots, dashes, a trailing ``.0``.

    Other characters stay: a letter O is not made a 0. None when nothing but noughts is left, for ``0`` stands for "has
    none".
    """
    if text is None or _SOUND.fullmatch(text):
        return text
    plain = text.removesuffix(".0").translate(_ADDED)
    return (plain if _NO_NOUGHT.search(text) else plain.lstrip("0")) or None


def nik_status(
    nik: str | None,
    no_kk: str | None = None,
    birth_date: date | None = None,
    sex: Sex | None = None,
    *,
    in_rounded_file: bool = False,
) -> NikStatus:
    """What is wrong with a NIK as `digits` gives it; the rest is of the same record (None cannot contradict).

    ``in_rounded_file``: `looks_rounded` says so of the NIKs of its file.
    """
    form = _form(nik)
    if form or nik is None:
        return NikStatus(form or "missing")
    if nik == no_kk and not _is_a_persons(nik, birth_date):
        return NikStatus.IS_KK_NUMBER
    if not _is_date(nik, women=True):
        return NikStatus.IMPOSSIBLE_DATE
    if in_rounded_file and nik.endswith("0"):
        return NikStatus.ROUNDED
    if nik.endswith("0000"):
        return NikStatus.SERIAL_ZERO
    if birth_date is not None and not _tells(nik, birth_date):
        return NikStatus.CONTRADICTS_BIRTH_DATE
    if sex is not None and sex_in(nik) != sex:
        return NikStatus.CONTRADICTS_SEX
    return NikStatus.VALID


def kk_status(
    no_kk: str | None,
    nik: str | None = None,
    birth_date: date | None = None,
    *,
    in_rounded_file: bool = False,
) -> KkStatus:
    """What is wrong with a family card number as `digits` gives it; NIK and birth date are of the same record.

    It is a person's NIK where its day is a woman's (+ 40), or where it stands in the NIK column too and tells the birth
    date of the record.
    """
    form = _form(no_kk)
    if form or no_kk is None:
        return KkStatus(form or "missing")
    if _is_date(no_kk, women=True) and (
        no_kk[6:8] > "40" or (no_kk == nik and _is_a_persons(no_kk, birth_date))
    ):
        return KkStatus.IS_NIK
    if not _is_date(no_kk, women=False):
        return KkStatus.IMPOSSIBLE_DATE
    if in_rounded_file and no_kk.endswith("0"):
        return KkStatus.ROUNDED
    if no_kk.endswith("0000"):
        return KkStatus.SERIAL_ZERO
    return KkStatus.VALID


def looks_rounded(numbers: Iterable[str | None]) -> bool:
    """Whether a spreadsheet has kept 15 digits of the numbers of a file and put a 0 for the last one.

    One number does not show it, many do: of serials counted from 0001 a tenth at most ends in 0. A file
    is rounded when more than three tenths of its different numbers do, and more than six standard deviations above a
    tenth: by chance not once in forty thousand files, however small (five of five, seven of ten, 13 of 30).
    """
    sound = {number for number in numbers if number is not None and _SOUND.fullmatch(number)}
    count, ending = len(sound), sum(number.endswith("0") for number in sound)
    return ending * 10 > count * 3 and (ending * 10 - count) ** 2 > 324 * count


def birth_date_in(nik: str, on: date) -> date:
    """Birth date written in a valid NIK; its two-digit year lies in the hundred years up to the year of ``on``."""
    year = int(nik[10:12])
    century = 2000 if year <= on.year % 100 else 1900
    return date(century + year, int(nik[8:10]), int(nik[6:8]) % 40)


def sex_in(nik: str) -> Sex:
    """Sex written in a valid NIK."""
    return "female" if nik[6:8] > "40" else "male"


def prefix_level(number: str | None) -> PrefixLevel | None:
    """How fine the area in front of a number is known, in any vintage: a withdrawn district is a district.

    Information, not a fault: lists of districts are older and younger than people. None where not even the province
    ever was, or the number has no 16 characters.
    """
    if number is None or len(number) != 16:
        return None
    return next((level for length, level in _LEVELS if number[:length] in _prefixes()), None)


_LEVELS: tuple[tuple[int, PrefixLevel], ...] = ((6, "district"), (4, "regency"), (2, "province"))


def sentence(number: Literal["nik", "no_kk"], status: NikStatus | KkStatus) -> Sentence:
    """What a status means and what to do, for people."""
    return _sentences(get_settings().dbt_dir / "seeds" / "seed_nik_status.csv")[number, status.value]


@lru_cache(maxsize=4)
def _sentences(seed: Path) -> dict[tuple[str, str], Sentence]:
    with seed.open(encoding="utf-8", newline="") as file:
        return {
            (row["number"], row["status"]): Sentence(row["reason"], row["reason_id"])
            for row in csv.DictReader(file)
        }


@lru_cache(maxsize=1)
def _prefixes() -> frozenset[str]:
    """Codes of all provinces, regencies and districts that ever were, without dots."""
    return frozenset(
        region.region_code.replace(".", "") for region in Regions.load() if region.level != "nation"
    )


def _form(number: str | None) -> str | None:
    """What is wrong with any 16-digit number, whatever it is the number of."""
    if number is None or not _A_DIGIT.search(number):
        return "missing"
    if _is_placeholder(number):
        return "placeholder"
    if not _SIXTEEN.fullmatch(number):
        if _SCIENTIFIC.fullmatch(number):
            return "scientific_notation"
        return "wrong_length" if number.isascii() and number.isdigit() else "not_digits"
    if number[0] == "0":
        return "temporary"
    return None if number[:2] in _prefixes() else "unknown_province"


def _is_placeholder(number: str) -> bool:
    """One digit over and over, or counted upwards: typed to get past a form."""
    if len(number) < 4:
        return False
    return number == number[0] * len(number) or any(counted.startswith(number) for counted in _COUNTED)


def _is_date(number: str, *, women: bool) -> bool:
    """Whether digits 7 to 12 are a date. 29 February counts as real in any year divisible by 4: the only two-digit year
    whose century matters is 00, and nobody born in 1900 is alive.
    """
    day, month = int(number[6:8]), number[8:10]
    if women and 40 < day <= 71:
        day -= 40
    if month in _SHORT_MONTHS:
        last = 30
    elif month == "02":
        last = 28 if int(number[10:12]) % 4 else 29
    else:
        last = 31
    return "01" <= month <= "12" and 1 <= day <= last


def _tells(nik: str, birth_date: date) -> bool:
    """Whether a NIK has this birth date, be it a man's or a woman's."""
    return nik[8:12] == f"{birth_date:%m%y}" and int(nik[6:8]) % 40 == birth_date.day


def _is_a_persons(number: str, birth_date: date | None) -> bool:
    """Whether a number that stands for a person and for a family is the person's: no card is given out on day 41."""
    return "40" < number[6:8] <= "71" or (birth_date is not None and _tells(number, birth_date))
