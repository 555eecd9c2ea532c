"""How much two records agree, attribute by attribute, in ordered levels: the higher, the more they have in common.

Every comparison is symmetric and says `MISSING` where a side has nothing. What a level is worth is for linking to
learn.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date
from enum import IntEnum
from functools import lru_cache
from itertools import permutations
from typing import NamedTuple

from simpul.identity.normal import Name, phonetic, tokens


# -------------------------------------------------------------------------------------------------------------- names
class NameLevel(IntEnum):
    """What two names have in common. The order of the words counts for `EQUAL` alone."""

    MISSING = -1
    NOTHING = 0
    PART = 1
    """Some word, but each has one that the other lacks: often the family's name."""
    CONTAINED = 2
    """Every word of the shorter one, as it is, shortened, heard alike or with a slip."""
    PHONETIC = 3
    """The same words to the ear."""
    ONE_SLIP = 4
    """One letter wrong, missing, too many or two swapped in one word; or a blank moved."""
    ABBREVIATED = 5
    """The same words, some of them as initials."""
    REORDERED = 6
    EQUAL = 7


_SHORT = 4  # in a shorter word one letter is too much of it
_MANY = 4  # words whose orders are still tried one by one


def compare_names(one: Name, other: Name) -> NameLevel:
    """The level of two names without their fathers; `simpul.identity.normal.name` gives them."""
    if not one.words or not other.words:
        return NameLevel.MISSING
    if one.words == other.words:
        return NameLevel.EQUAL
    left, right = _without_common(one.words, other.words)
    if not left and not right:
        return NameLevel.REORDERED
    has_common = any(len(word) > 1 for word in set(one.words) & set(other.words))
    if len(left) == len(right):
        if has_common and _all_pair(left, right, _is_initial_of):
            return NameLevel.ABBREVIATED
        if len(left) == 1 and nearly(left[0], right[0]):
            return NameLevel.ONE_SLIP
    if _is_blank_moved(one.words, other.words):
        return NameLevel.ONE_SLIP
    if sorted(map(phonetic, left)) == sorted(map(phonetic, right)):
        return NameLevel.PHONETIC
    found = _paired(left, right, _is_like)
    if not has_common and not _paired(left, right, _is_word_like):  # initials alone prove nothing
        return NameLevel.NOTHING
    return NameLevel.CONTAINED if found == min(len(left), len(right)) else NameLevel.PART


def nearly(one: str, other: str) -> bool:
    """Equal but for one letter too many, too few, wrong, or two neighbours swapped; short words only when equal."""
    if one == other:
        return True
    if len(one) > len(other):
        one, other = other, one
    if len(one) < _SHORT or len(other) - len(one) > 1:
        return False
    place = next((n for n, letter in enumerate(one) if letter != other[n]), len(one))
    if len(one) < len(other):
        return one[place:] == other[place + 1 :]
    rest = one[place + 1 :] == other[place + 1 :]
    swapped = (
        one[place : place + 2] == other[place : place + 2][::-1] and one[place + 2 :] == other[place + 2 :]
    )
    return rest or swapped


def _without_common(one: Sequence[str], other: Sequence[str]) -> tuple[list[str], list[str]]:
    left, right = [], list(other)
    for word in one:
        if word in right:
            right.remove(word)
        else:
            left.append(word)
    return left, right


def _is_initial_of(one: str, other: str) -> bool:
    return (len(one) == 1 or len(other) == 1) and one[0] == other[0]


def _is_word_like(one: str, other: str) -> bool:
    return len(one) > 1 and len(other) > 1 and (nearly(one, other) or phonetic(one) == phonetic(other))


def _is_like(one: str, other: str) -> bool:
    return _is_initial_of(one, other) or _is_word_like(one, other)


def _all_pair(one: Sequence[str], other: Sequence[str], fits: Callable[[str, str], bool]) -> bool:
    return len(one) == len(other) and _paired(one, other, fits) == len(one)


def _paired(one: Sequence[str], other: Sequence[str], fits: Callable[[str, str], bool]) -> int:
    """The most words that can be paired one to one, whatever their order."""
    partner: dict[int, int] = {}

    def find(place: int, seen: set[int]) -> bool:
        for n, word in enumerate(other):
            if n not in seen and fits(one[place], word):
                seen.add(n)
                if n not in partner or find(partner[n], seen):
                    partner[n] = place
                    return True
        return False

    return sum(find(place, set()) for place in range(len(one)))


def _is_blank_moved(one: Sequence[str], other: Sequence[str]) -> bool:
    if sum(map(len, one)) != sum(map(len, other)) or max(len(one), len(other)) > _MANY:
        return False
    return not {"".join(p) for p in permutations(one)}.isdisjoint("".join(p) for p in permutations(other))


# -------------------------------------------------------------------------------------------------------- birth dates
class DateLevel(IntEnum):
    """What two birth dates have in common."""

    MISSING = -1
    DIFFER = 0
    SAME_YEAR = 1
    YEAR_OFF = 2
    """Day and month are equal, the years 1, 10 or 100 apart."""
    ONE_DIGIT = 3
    SWAPPED = 4
    """Day and month have changed places."""
    DEFAULT_DAY = 5
    """The same year, and on one side a day that offices write for "not known"."""
    EQUAL_DEFAULT = 6
    """Equal, but such a day: thousands share it."""
    EQUAL = 7


DEFAULT_DAYS = ((1, 1), (1, 7))
"""Day and month that offices write where only the year is known."""


def is_default_day(day: date) -> bool:
    """1 January and 1 July stand for "not known" more often than for themselves."""
    return (day.day, day.month) in DEFAULT_DAYS


def compare_dates(one: date | None, other: date | None) -> DateLevel:
    """The level of two birth dates."""
    if one is None or other is None:
        return DateLevel.MISSING
    if one == other:
        return DateLevel.EQUAL_DEFAULT if is_default_day(one) else DateLevel.EQUAL
    if one.year == other.year:
        if is_default_day(one) or is_default_day(other):
            return DateLevel.DEFAULT_DAY
        if (one.day, one.month) == (other.month, other.day):
            return DateLevel.SWAPPED
    if sum(a != b for a, b in zip(f"{one:%d%m%Y}", f"{other:%d%m%Y}", strict=True)) == 1:
        return DateLevel.ONE_DIGIT
    if (one.day, one.month) == (other.day, other.month) and abs(one.year - other.year) in (1, 10, 100):
        return DateLevel.YEAR_OFF
    return DateLevel.SAME_YEAR if one.year == other.year else DateLevel.DIFFER


# ---------------------------------------------------------------------------------------------------------- addresses
class AddressLevel(IntEnum):
    """What two addresses of one village have in common."""

    MISSING = -1
    DIFFER = 0
    SAME_RT = 1
    """The same neighbourhood (RT and RW), another street or none."""
    PART = 2
    """Some word of street or hamlet."""
    SAME_STREET = 3
    """The same words, another house, RT or RW, or one of them missing."""
    EQUAL = 4


class Address(NamedTuple):
    """An address taken apart; numbers without their leading noughts."""

    words: tuple[str, ...] = ()
    house: str | None = None
    rt: str | None = None
    rw: str | None = None


_KINDS = {
    "JL": "JALAN", "JLN": "JALAN", "JAL": "JALAN", "GG": "GANG", "DSN": "DUSUN", "DS": "DESA", "KP": "KAMPUNG",
    "KAMP": "KAMPUNG", "KMP": "KAMPUNG", "LK": "LINGKUNGAN", "LKG": "LINGKUNGAN", "LINGK": "LINGKUNGAN",
    "KOMP": "KOMPLEK", "KOMPLEKS": "KOMPLEK", "PERUM": "PERUMAHAN", "BLK": "BLOK",
}  # fmt: skip
_KIND_WORDS = frozenset(_KINDS.values())
_RT_RW = re.compile(
    r"\bRT[ .:]*0*(?P<rt>[0-9]+)\b(?:[ ./,-]*(?:RW[ .:]*)?0*(?P<rw>[0-9]+)\b)?|\bRW[ .:]*0*(?P<alone>[0-9]+)\b"
)
_HOUSE = re.compile(r"\bNO(?:MOR)?[ .:]*(?P<no>[0-9]+ ?[A-Z]?)\b|(?<=[A-Z. ])(?P<bare>[0-9]+[A-Z]?)\s*$")


@lru_cache(maxsize=100_000)
def address(text: str | None, rt: str | None = None, rw: str | None = None) -> Address:
    """Take an address apart: ``Jln. Sehat No.01 RT 001/002`` → JALAN SEHAT, house 1, RT 1, RW 2.

    ``rt``, ``rw``: from columns of their own; they go before what the text says.
    """
    spelt = (text or "").upper()
    for found in _RT_RW.finditer(spelt):
        rt, rw = rt or found["rt"], rw or found["rw"] or found["alone"]
    spelt = _RT_RW.sub(" ", spelt).strip(" ,.-/")
    house = _HOUSE.search(spelt)
    number = (house["no"] or house["bare"]).replace(" ", "").lstrip("0") if house else None
    words = tokens(_HOUSE.sub(" ", spelt))
    words = [_KINDS.get(word, word) for word in words]
    return Address(tuple(words), number or None, _number(rt), _number(rw))


def compare_addresses(one: Address, other: Address) -> AddressLevel:
    """The level of two addresses; whether they are in one village is for `compare_regions` to say."""
    if one == Address() or other == Address():
        return AddressLevel.MISSING
    if one == other:
        return AddressLevel.EQUAL
    names = [{word for word in side.words if word not in _KIND_WORDS} for side in (one, other)]
    if names[0] and names[0] == names[1]:
        return AddressLevel.SAME_STREET
    if names[0] & names[1]:
        return AddressLevel.PART
    if one.rt and (one.rt, one.rw) == (other.rt, other.rw):
        return AddressLevel.SAME_RT
    return AddressLevel.DIFFER


def _number(text: str | None) -> str | None:
    digits = re.sub("[^0-9]", "", text or "").lstrip("0")
    return digits or None


# ------------------------------------------------------------------------------------------------------------ regions
class RegionLevel(IntEnum):
    """The finest region in which two records agree. Finer codes than both have cannot contradict."""

    MISSING = -1
    DIFFER = 0
    PROVINCE = 1
    REGENCY = 2
    DISTRICT = 3
    VILLAGE = 4


def compare_regions(one: str | None, other: str | None) -> RegionLevel:
    """The level of two Kemendagri codes with dots."""
    if not one or not other:
        return RegionLevel.MISSING
    agreed = 0
    for mine, its in zip(one.split("."), other.split("."), strict=False):
        if mine != its:
            break
        agreed += 1
    return RegionLevel(agreed)
