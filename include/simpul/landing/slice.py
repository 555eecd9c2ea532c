"""The slice of a delivery: which period, region and content it is about, and which older slices it covers."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from simpul.headings import heading_key
from simpul.programmes import programme_codes
from simpul.regions import NATION, Regions, name_key

_JOINT = "|"
UNSAID = "?"
_LONGEST_CONTENT = 2_000  # bytes; PostgreSQL indexes entries up to 2,704


@dataclass(frozen=True)
class Slice:
    """One period, region and content.

    ``region`` is a Kemendagri code, with the names of what is finer (``12.74.05/sirantau``); or names alone where no
    code is known (``sumaterautara/…``); or ``?`` with the sender's folder when nothing says it. Empty: it does not
    count.
    ``content``: values, empty where it does not count. They are compared by `content_key`, however they are spelt.
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

    def covers(self, older: Slice) -> bool:
        """Whether a delivery of this slice could say everything that ``older`` said."""
        return (
            self.period == older.period
            and set(map(content_key, self.content)) >= set(map(content_key, older.content))
            and contains(self.region, older.region)
        )

    def may_cover(self, older: Slice) -> bool:
        """As `covers`, where only one of the two says its region: then the records themselves must tell."""
        is_unsaid = [region.startswith(UNSAID) for region in (self.region, older.region)]
        return is_unsaid[0] != is_unsaid[1] and Slice(self.period, "", self.content).covers(
            Slice(older.period, "", older.content)
        )


def content_key(value: str) -> str:
    """A content value whatever its spelling: programmes as codes, a province or the nation as its code, letters and
    digits of anything else. The key of a key is itself, so slices that were registered raw stay comparable.

    ``pkh+Sembako`` → ``PKH+SEMBAKO``; ``DI Yogyakarta`` → ``34``; ``Kab. Bogor`` → ``bogor``; ``p0`` → ``p0``.
    """
    if codes := programme_codes(value):
        return "+".join(codes)
    if any(char.isdigit() for char in value):
        return heading_key(value)  # a year or an indicator: name_key would drop the digits
    return Regions.load().resolve(value) or name_key(value) or UNSAID


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
