"""How much two names are alike: enough to see that two records under one NIK are, or cannot be, one person.

Agencies shorten, respell and mistype names; they do not invent new ones. So words are compared after undoing old
spelling, and one slip of the pen in a word is no difference.
"""

from __future__ import annotations

from enum import IntEnum
from functools import lru_cache

from simpul.identity.levels import nearly
from simpul.identity.normal import BEHIND, CHILD_OF, IN_FRONT, folded, tokens

# titles and "child of": two people who share only these share no name
_PARTICLES = CHILD_OF | IN_FRONT | BEHIND


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
    return tuple(folded(word) for word in tokens(name) if len(word) > 1 and word not in _PARTICLES)


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
