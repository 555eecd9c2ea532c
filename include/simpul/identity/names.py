"""How much two names are alike: enough to see that two records under one NIK are, or cannot be, one person.

Agencies shorten, respell and mistype names; they do not invent new ones. So words are compared after undoing old
spelling, and one slip of the pen in a word is no difference.
"""

from __future__ import annotations

import re
import unicodedata
from enum import IntEnum
from functools import lru_cache

# titles and "child of": two people who share only these share no name
_PARTICLES = {"BIN", "BINTI", "BT", "BTE", "ALM", "ALMH", "ALMARHUM", "ALMARHUMAH", "HAJI", "HAJJAH", "HJ"} | {
    "DRS", "DRA", "DR", "IR", "ST", "SE", "SH", "SPD", "MPD", "SAG", "AMD", "TN", "NY"
}  # fmt: skip

# spelling before 1972 and its remains; both sides are folded, so a fold need not be right, only the same
_FOLDS = (
    ("OE", "U"),
    ("OO", "U"),
    ("DJ", "J"),
    ("TJ", "C"),
    ("SJ", "SY"),
    ("CH", "H"),
    ("KH", "H"),
    ("PH", "F"),
)
_LETTERS = str.maketrans("VY", "FI")
_DOUBLED = re.compile(r"(.)\1+")
_SHORT = 4  # in a shorter word one letter is too much of it


class Likeness(IntEnum):
    """What two names have in common."""

    NOTHING = 0
    PART = 1
    """Some words, but each has one that the other lacks: often the family's name."""
    ALL = 2
    """Every word of the shorter one."""
    UNKNOWN = 3
    """One of them is missing."""


@lru_cache(maxsize=100_000)
def name_parts(name: str | None) -> tuple[str, ...]:
    """Words of a name in their order: capitals, old spelling undone, without accents, titles and initials."""
    plain = unicodedata.normalize("NFKD", name or "").encode("ascii", "ignore").decode().upper()
    words = re.findall(r"[A-Z]+", plain.replace("'", "").replace("`", ""))
    return tuple(_fold(word) for word in words if len(word) > 1 and word not in _PARTICLES)


def _fold(word: str) -> str:
    for old, new in _FOLDS:
        word = word.replace(old, new)
    return _DOUBLED.sub(r"\1", word.translate(_LETTERS))


def likeness(one: tuple[str, ...], other: tuple[str, ...]) -> Likeness:
    """Compare two names as `name_parts` gives them; the order of the words does not matter."""
    if not one or not other:
        return Likeness.UNKNOWN
    found = min(_found(one, other), _found(other, one))
    if found >= min(len(one), len(other)) or nearly("".join(one), "".join(other)):  # a blank may have moved
        return Likeness.ALL
    return Likeness.PART if found else Likeness.NOTHING


def _found(words: tuple[str, ...], among: tuple[str, ...]) -> int:
    return sum(word in among or any(nearly(word, other) for other in among) for word in words)


def nearly(one: str, other: str) -> bool:
    """Equal but for one letter too many, too few, wrong, or two neighbours swapped."""
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
