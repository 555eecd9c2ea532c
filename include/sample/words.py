"""The word lists of the sample and the arrays of text made from them.

A column of text is an object array of shared strings: picking a million names copies a million pointers, no characters.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path

import numpy as np

from sample.draws import Draws, Integers

FOLDER = Path(__file__).parent / "names"
Texts = np.ndarray  # of object: str


def texts(values: Iterable[str]) -> Texts:
    """An object array of ``values``."""
    items = list(values)
    array = np.empty(len(items), dtype=object)
    array[:] = items
    return array


def join(*parts: Texts, by: str = " ") -> Texts:
    """Text by text joined with ``by``; empty parts leave no trace."""
    return texts(by.join(filter(None, row)) for row in zip(*parts, strict=True))


def numbers(values: Integers, form: str = "d") -> Texts:
    """Whole numbers as text, e.g. ``form='03d'``."""
    if form == "d":
        return texts(map(str, values.tolist()))
    return texts(format(value, form) for value in values.tolist())


def lookup(values: Integers, form) -> Texts:
    """``form(value)`` for each value, worked out once per distinct value."""
    distinct, places = np.unique(values, return_inverse=True)
    return texts(form(value) for value in distinct.tolist())[places]


@cache
def words(name: str) -> Texts:
    """The lines of ``names/<name>.txt``, most frequent first."""
    return texts((FOLDER / f"{name}.txt").read_text(encoding="utf-8").split("\n")[:-1])


def frequencies(count: int) -> Integers:
    """Weights of a list sorted by frequency: a few words are common, most are rare (Zipf, flattened at the top)."""
    return 100_000 // (np.arange(count) + 8)


def pick_words(draws: Draws, name: str, count: int) -> Texts:
    """``count`` words of a list, as often as people bear them."""
    choice = words(name)
    return choice[draws.pick(frequencies(len(choice)), count)]
