"""What the differences between a list and its earlier delivery look like: a block of rows, two columns exchanged, a
value that is gone.

People change one by one, or family by family, all over a list; a spreadsheet changes rows that stand together. So few
differences may tell, where they stand in one place. Nothing here asks a database.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from math import log
from typing import NamedTuple

_WINDOWS = (20, 40, 80, 160, 320, 640, 1_280)  # people
_WITHIN = 0.5  # of a block so many differ …
_AROUND = 0.10  # … and of all the others hardly any
_FAMILY = 4  # people who change as one
_SURE = 14.0  # natural logarithm of a million: how unlikely chance has to be
_VALUES = 12  # a column of so many different answers is a flag or a rank
_OF_VALUE = 40  # people who gave one answer, to look at them alone
_PAIRS = 5  # people of whom two columns said different things
_MOST = 0.8  # of these
_COPY = 0.995
_LEAST_SHARE, _LEAST_CELLS = 0.05, 20  # of a value that is a part of the list
_LEFT = 0.1  # of its share: what a filter left

BLOCK_BOUNDS: dict[str, float] = {
    "of_block": _WITHIN,
    "around": _AROUND,
    "family": _FAMILY,
    "shortest": _WINDOWS[0],
    "log_of_chance": _SURE,
}
EXCHANGED_BOUNDS: dict[str, float] = {"people": _PAIRS, "of_them": _MOST, "copied": _COPY, "values": _VALUES}
LOST_BOUNDS: dict[str, float] = {"share": _LEAST_SHARE, "cells": _LEAST_CELLS, "left": _LEFT}


class Block(NamedTuple):
    """Rows that stand together: of ``people`` so many differ."""

    differ: int
    people: int


def block(changed: Sequence[bool]) -> Block | None:
    """The rows that stand together of which more differ than anybody's people do by chance.

    Args:
        changed: of each person, in the order of the list.
    """
    count = len(changed)
    sums = [0]
    for one in changed:
        sums.append(sums[-1] + one)
    for size in _WINDOWS:
        if size > count // 2:
            break
        within = max(sums[end] - sums[end - size] for end in range(size, count + 1))
        around = (sums[-1] - within + 1) / (count - size + 1)
        share = within / size
        if share < _WITHIN or around > _AROUND:
            continue
        if size / _FAMILY * _surprise(share, around) > log(count) + _SURE:
            return Block(within, size)
    return None


def _surprise(share: float, by_chance: float) -> float:
    """Kullback-Leibler divergence of two shares, with which what chance brings about grows rare (Chernoff)."""
    return sum(
        one * log(one / other) for one, other in ((share, by_chance), (1 - share, 1 - by_chance)) if one > 0
    )


def block_of_pairs(pairs: Sequence[tuple[str, str]], changed: Sequence[bool]) -> Block | None:
    """As `block`, of all people and of those who gave one and the same answer before.

    Args:
        pairs: of each person in the order of the list what is said now, and what was.
        changed: of each pair, whether it is another.
    """
    found = block(changed)
    values = {there for _, there in pairs}
    if found or len(values) > _VALUES:
        return found
    for value in sorted(values):
        own = [is_other for (_, there), is_other in zip(pairs, changed, strict=True) if there == value]
        if len(own) >= _OF_VALUE and (found := block(own)):
            return found
    return None


def is_flag(values: Collection[str]) -> bool:
    """Whether these are the answers of a flag or the ranks of a scale."""
    return 2 <= len(values) <= _VALUES


def exchanged(now: Sequence[tuple[str, str]], before: Sequence[tuple[str, str]]) -> tuple[bool, ...]:
    """Which of two columns are one the other's: ``(True, True)`` exchanged, one alone: that is a copy; empty: neither.

    Args:
        now: what two columns say of each person.
        before: what they said of the same.
    """
    differing = [(here, there) for here, there in zip(now, before, strict=True) if there[0] != there[1]]
    if len(differing) < _PAIRS:
        return ()
    if sum(here == there[::-1] for here, there in differing) >= _MOST * len(differing):
        return (True, True)
    same = [one for one, other in now if one == other]
    rarest = len(same) - max((same.count(one) for one in {*same}), default=0)
    if len(same) < _COPY * len(now) or rarest < _PAIRS:
        return ()
    kept = [sum(here[place] == there[place] for here, there in differing) for place in (0, 1)]
    return (kept[0] < kept[1], kept[0] >= kept[1])


def lost(before: Mapping[str, int], now: Mapping[str, int]) -> list[str]:
    """Values that a good part of the list had and that hardly anybody has now; none where new words stand for them.

    Args:
        before: value → records.
        now: likewise.
    """
    were, are = sum(before.values()), sum(now.values())
    if min(were, are) < _LEAST_CELLS:
        return []
    gone = [
        value
        for value, cells in before.items()
        if cells >= max(_LEAST_CELLS, _LEAST_SHARE * were) and now.get(value, 0) / are < _LEFT * cells / were
    ]
    new = sum(cells for value, cells in now.items() if value not in before) / are
    return gone if new < sum(before[value] for value in gone) / were / 2 else []
