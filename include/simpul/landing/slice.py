"""The slice of a delivery: which period, region and content it is about, and which older slices it replaces."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from simpul.regions import NATION, Regions

_JOINT = "|"
UNSAID = "?"
_LONGEST_CONTENT = 2_000  # bytes; PostgreSQL indexes entries up to 2,704


@dataclass(frozen=True)
class Slice:
    """One period, region and content.

    ``region`` is a Kemendagri code, with the names of what is finer (``12.74.05/sirantau``); or names alone where no
    code is known (``sumaterautara/…``); or ``?`` with the sender's folder when nothing says it. Empty: it does not
    count.
    ``content``: values, empty where it does not count.
    """

    period: str = ""
    region: str = ""
    content: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """Text form for ``audit.file.slice_key``."""
        return _JOINT.join((self.period, self.region, ",".join(self.content)))

    @classmethod
    def parse(cls, key: str) -> Slice:
        """The slice of a key."""
        period, region, content = key.split(_JOINT, 2)
        return cls(period, region, tuple(content.split(",")) if content else ())

    def replaces(self, older: Slice) -> bool:
        """Whether a delivery of this slice says everything that ``older`` said."""
        return (
            self.period == older.period
            and set(self.content) >= set(older.content)
            and contains(self.region, older.region)
        )


def clean(value: str) -> str:
    """A content value as part of a key."""
    return value.strip().replace(_JOINT, "/").replace(",", ";")


def whole_or_digest(content: set[str]) -> tuple[str, ...]:
    """Content values in order; one digest of them where they are too many for an index entry.

    A digest only equals itself, so such a delivery replaces its like and nothing smaller.
    """
    values = tuple(sorted(content))
    if sum(len(value.encode()) + 1 for value in values) <= _LONGEST_CONTENT:
        return values
    return ("#" + hashlib.sha256(",".join(values).encode()).hexdigest()[:32],)


def contains(outer: str, inner: str) -> bool:
    """Whether region ``outer`` is or covers ``inner``."""
    if outer == inner:
        return True
    if UNSAID in (outer[:1], inner[:1]):
        return False
    if not outer:
        return True
    regions = Regions.load().by_code
    code, _, _ = inner.partition("/")
    if outer in regions and code in regions:
        return Regions.load().contains(outer, code)
    return outer == NATION or inner.startswith(outer + "/")
