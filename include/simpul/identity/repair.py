"""What a broken NIK probably was meant to be. A suggestion stands beside the number that was sent, never in its place.

Only slips that leave a trace are undone, and only where exactly one number comes out that is valid and agrees with
birth date and sex of the record. What a spreadsheet has cut off, a placeholder or a family card number tell nothing:
no suggestion. The sentence of every basis stands in ``seed_nik_basis``.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from simpul.identity.grammar import NikStatus, Sex, nik_status, prefix_level, sex_in

REPAIRABLE = (
    NikStatus.NOT_DIGITS,
    NikStatus.WRONG_LENGTH,
    NikStatus.IMPOSSIBLE_DATE,
    NikStatus.CONTRADICTS_BIRTH_DATE,
    NikStatus.CONTRADICTS_SEX,
)


class Basis(StrEnum):
    """How a suggestion comes out of the number that was sent."""

    LETTERS_FOR_DIGITS = "letters_for_digits"
    DOUBLED_DIGIT = "doubled_digit"
    DAY_AND_MONTH_SWAPPED = "day_and_month_swapped"
    OTHER_SEX = "other_sex"
    BIRTH_DATE_OF_RECORD = "birth_date_of_record"


class Suggestion(NamedTuple):
    """``confidence`` (0–1): how probable it is that this number was meant."""

    nik: str
    basis: Basis
    confidence: float


_AREAS = ("district", "regency", "province")
_LETTERS = str.maketrans("OoIilL|", "0011111")
_DEFAULT_DAYS = ((1, 1), (1, 7))  # day and month that offices write for "not known"


def suggest(
    nik: str | None, no_kk: str | None = None, birth_date: date | None = None, sex: Sex | None = None
) -> Suggestion | None:
    """The one number that was meant, or None.

    Args:
        nik: as `simpul.identity.grammar.digits` gives it.
        no_kk: family card of the same record; never suggested.
        birth_date: of the same record, and
        sex: which must agree with the suggestion where they are known.
    """
    status = nik_status(nik, no_kk, birth_date, sex)
    if nik is None or status not in REPAIRABLE:
        return None
    found: dict[str, tuple[Basis, float]] = {}
    for number, basis, confidence in _candidates(nik, status, birth_date, sex):
        if number != nik and nik_status(number, no_kk, birth_date, sex) == NikStatus.VALID:
            found.setdefault(number, (basis, confidence))
    if len(found) > 1:  # an area that is on some list is likelier than one that never was
        finest = min(_AREAS.index(prefix_level(number)) for number in found)
        found = {number: why for number, why in found.items() if _AREAS[finest] == prefix_level(number)}
    if len(found) != 1:
        return None
    ((number, (basis, confidence)),) = found.items()
    return Suggestion(number, basis, confidence)


def _candidates(
    nik: str, status: NikStatus, birth_date: date | None, sex: Sex | None
) -> Iterator[tuple[str, Basis, float]]:
    """Numbers that one slip makes of ``nik``, the surest basis first.

    Where the number as sent could itself be somebody's, the slip may as well be in the record's date or sex, or the NIK
    be a relative's: such a suggestion is no better than even.
    """
    if status == NikStatus.NOT_DIGITS:
        yield nik.translate(_LETTERS), Basis.LETTERS_FOR_DIGITS, 0.95 if birth_date else 0.8
        return
    if status == NikStatus.WRONG_LENGTH:
        for place in range(1, len(nik)) if len(nik) == 17 else ():
            if nik[place] == nik[place - 1]:
                yield nik[:place] + nik[place + 1 :], Basis.DOUBLED_DIGIT, 0.9 if birth_date else 0.6
        return
    is_impossible = status == NikStatus.IMPOSSIBLE_DATE
    if status == NikStatus.CONTRADICTS_SEX:
        other_day = int(nik[6:8]) + (40 if sex_in(nik) == "male" else -40)
        yield f"{nik[:6]}{other_day:02}{nik[8:]}", Basis.OTHER_SEX, 0.5
    if birth_date is None or (birth_date.day, birth_date.month) in _DEFAULT_DAYS:
        return
    day, month = int(nik[6:8]), int(nik[8:10])
    raised = 40 if day > 40 else 0
    yield (
        f"{nik[:6]}{month + raised:02}{day - raised:02}{nik[10:]}",
        Basis.DAY_AND_MONTH_SWAPPED,
        0.9 if is_impossible else 0.5,
    )
    for added in (0, 40) if sex is None else (40,) if sex == "female" else (0,):
        date_part = f"{birth_date.day + added:02}{birth_date:%m%y}"
        differing = sum(one != other for one, other in zip(date_part, nik[6:12], strict=True))
        confidence = {(1, True): 0.85, (2, True): 0.6, (1, False): 0.4}.get((differing, is_impossible))
        if confidence:
            yield nik[:6] + date_part + nik[12:], Basis.BIRTH_DATE_OF_RECORD, confidence
