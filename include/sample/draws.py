"""Chance that gives the same values everywhere, for ever.

NumPy promises a stable stream for its bit generators only, not for ``Generator.normal`` and its kin, and
floating-point sums differ between processors. So everything here is integer arithmetic on raw words: the same seed
writes the same bytes on every platform, Python and NumPy.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np

Integers = np.ndarray  # of int64
Flags = np.ndarray  # of bool


class Draws:
    """A stream of random values for one topic. Topics are independent: a new draw in one does not move the others."""

    def __init__(self, seed: int, topic: str) -> None:
        digest = hashlib.sha256(f"{seed}:{topic}".encode()).digest()
        self._bits = np.random.PCG64(int.from_bytes(digest[:16], "big"))

    def words(self, count: int) -> np.ndarray:
        """``count`` words of 32 random bits, in int64."""
        return (self._bits.random_raw(count) >> np.uint64(32)).astype(np.int64)

    def below(self, limit: int | Integers, count: int | None = None) -> Integers:
        """Whole numbers from 0 to ``limit`` - 1; ``limit`` (at most 2**31) may be one per value."""
        size = count if count is not None else len(limit)  # type: ignore[arg-type]
        return (self.words(size) * limit) >> 32

    def between(self, low: int, high: int, count: int) -> Integers:
        """Whole numbers from ``low`` to ``high``, both included."""
        return low + self.below(high - low + 1, count)

    def chance(self, rate: float | np.ndarray, count: int | None = None) -> Flags:
        """True with probability ``rate`` (0 to 1), which may be one per value."""
        size = count if count is not None else len(rate)  # type: ignore[arg-type]
        return self.words(size) < np.round(np.asarray(rate) * 2**32)

    def pick(self, weights: Sequence[int] | Integers, count: int) -> Integers:
        """Positions in ``weights``, each as often as its whole-number weight says."""
        edges = np.cumsum(np.asarray(weights, dtype=np.int64))
        return np.searchsorted(edges, self.below(int(edges[-1]), count), side="right")

    def shuffled(self, count: int) -> Integers:
        """The numbers 0 to ``count`` - 1 in random order."""
        return np.argsort(self.words(count), kind="stable")


class KeyedDraws(Draws):
    """Random values tied to keys: the value for a key is the same whichever others are asked for beside it.

    What is wrong with a person's record in one delivery is then still wrong in the next. Values come from the
    finaliser of SplitMix64 over (topic, call, key).
    """

    def __init__(self, seed: int, topic: str, keys: Integers) -> None:
        self._base = int.from_bytes(hashlib.sha256(f"{seed}:{topic}".encode()).digest()[:8], "big")
        self._keys = keys.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        self._calls = 0

    def words(self, count: int) -> np.ndarray:
        if count != len(self._keys):
            raise ValueError(f"{count} values asked for {len(self._keys)} keys")
        self._calls += 1
        mixed = self._keys + np.uint64((self._base + self._calls * 0xD1B54A32D192ED03) % 2**64)
        for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
            mixed = (mixed ^ mixed >> np.uint64(shift)) * np.uint64(factor)
        return (mixed >> np.uint64(32)).astype(np.int64)
