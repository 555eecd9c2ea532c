"""How much two names agree, in ordered levels: the higher, the more they have in common.

A comparison is symmetric and says `MISSING` where a side has nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import IntEnum
from itertools import permutations

from rapidfuzz.distance import OSA, Levenshtein

from simpul.identity.normal import Name, phonetic


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


SHORT = 4
"""Letters: in a shorter word one letter is too much of it."""
_CUT = 15  # letters of a name that a column may be too narrow for
_MANY = 4  # words whose orders are still tried one by one


def compare_names(one: Name, other: Name) -> NameLevel:
    """The level of two names without their fathers; `simpul.identity.normal.name` gives them."""
    if not one.words or not other.words or one.is_teknonym != other.is_teknonym:
        return NameLevel.MISSING
    if one.words == other.words:
        return NameLevel.EQUAL
    left, right = _without_common(one.words, other.words)
    if not left and not right:
        return NameLevel.REORDERED
    if len(left) == len(right) == 1 and nearly(left[0], right[0]):
        return NameLevel.ONE_SLIP
    has_common = any(len(word) > 1 for word in set(one.words) & set(other.words))
    if has_common and _all_pair(left, right, _is_initial_of):
        return NameLevel.ABBREVIATED
    if _is_blank_moved(one.words, other.words):
        return NameLevel.ONE_SLIP
    if sorted(map(phonetic, left)) == sorted(map(phonetic, right)):
        return NameLevel.PHONETIC
    found = _paired(left, right, _is_like)
    if not has_common and not _paired(left, right, _is_word_like):  # initials alone prove nothing
        return NameLevel.NOTHING
    is_part = found == min(len(left), len(right)) or _is_cut_off(one.words, other.words)
    return NameLevel.CONTAINED if is_part else NameLevel.PART


def nearly(one: str, other: str) -> bool:
    """Equal but for one letter too many, too few, wrong, or two neighbours swapped; short words only when equal."""
    if one == other:
        return True
    return min(len(one), len(other)) >= SHORT and OSA.distance(one, other, score_cutoff=1) <= 1


def resemble(one: Name, other: Name) -> bool:
    """What the names do not have in common differs in every third letter at most: typed twice wrongly, not another's.

    SUMARNI and SUNATNI do, AMINAH and AMINATUN do not. That is too little to tell people apart by names alone.
    """
    left, right = ("".join(words) for words in _without_common(one.words, other.words))
    return min(len(left), len(right)) >= SHORT and 3 * Levenshtein.distance(left, right) <= max(
        len(left), len(right)
    )


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


def _is_cut_off(one: Sequence[str], other: Sequence[str]) -> bool:
    """A column was too narrow for one of the names: of its last word there only the beginning is left."""
    return any(
        1 < len(cut) <= len(whole)
        and sum(map(len, cut)) >= _CUT
        and whole[len(cut) - 1].startswith(cut[-1])
        and all(word == its or _is_word_like(word, its) for word, its in zip(cut[:-1], whole, strict=False))
        for cut, whole in ((one, other), (other, one))
    )


def _is_blank_moved(one: Sequence[str], other: Sequence[str]) -> bool:
    if max(len(one), len(other)) > _MANY or sorted("".join(one)) != sorted("".join(other)):
        return False
    return not {"".join(p) for p in permutations(one)}.isdisjoint("".join(p) for p in permutations(other))
