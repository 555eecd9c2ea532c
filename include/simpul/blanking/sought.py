"""How a person is told in a text: a number that is theirs alone, or one that others carry beside one of their names."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property

_GROUPS = (2, 4, 6, 8, 12)
"""After so many digits people part a NIK: 12.7401.170890.0001, 1274 0117 0890 0001."""
_WORD = re.compile(r"[A-Z]+")
MASK = "X" * 16
"""Stands where a number of the person was told in a row of somebody else."""
PARTED = " .'-/\u00a0"
"""How people part a number."""
_UNPARTED = str.maketrans("", "", PARTED)


def letters(name: str) -> str:
    """A name as it is compared: its words in capitals without accents, in the order of the alphabet."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().upper()
    return " ".join(sorted(_WORD.findall(plain)))


@dataclass(frozen=True)
class Sought:
    """Whom to look for. Holds values of a person: never printed, never logged.

    Attributes:
        numbers: NIKs, 16 digits each.
        shared: those of them that records of others carry, too.
        names: `letters` of every spelling.
    """

    numbers: frozenset[str]
    shared: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()

    @property
    def own(self) -> frozenset[str]:
        """Numbers that nobody else carries: wherever one stands, it is the person."""
        return self.numbers - self.shared

    @cached_property
    def pattern(self) -> re.Pattern[bytes] | None:
        """Any of the numbers in UTF-8, also parted, and as a spreadsheet stores large numbers."""
        return _pattern(self.numbers)

    @cached_property
    def own_pattern(self) -> re.Pattern[bytes] | None:
        """As `pattern`, of `own`."""
        return _pattern(self.own)

    def is_in(self, text: bytes) -> bool:
        """Whether a text (a row) tells of the person."""
        if self.pattern is None or not self.pattern.search(text):
            return False
        if self.own_pattern is not None and self.own_pattern.search(text):
            return True
        return self.is_named(text)

    def is_named(self, text: bytes) -> bool:
        """Whether the words of one of the person's names stand in a text."""
        words = set(letters(text.decode("utf-8", "replace")).split())
        return any(words.issuperset(name.split()) for name in self.names if name)

    def is_alone(self, cell: str) -> bool:
        """Whether a cell is one of the numbers and nothing else, parted or not: as the database compares them."""
        return cell.translate(_UNPARTED) in self.numbers

    def masked(self, text: bytes) -> bytes:
        """A text of somebody else without the person's own numbers."""
        return self.own_pattern.sub(MASK.encode(), text) if self.own_pattern else text


def _pattern(numbers: frozenset[str]) -> re.Pattern[bytes] | None:
    forms = []
    for number in sorted(numbers):
        parts = [number[start:end] for start, end in zip((0, *_GROUPS), (*_GROUPS, 16), strict=True)]
        forms.append(r"(?:[ .'\-/]|\xc2\xa0)?".join(parts))
        forms.append(rf"{number[0]}\.{number[1:].rstrip('0') or '0'}[eE]\+?15")
    return re.compile(rf"(?<!\d)(?:{'|'.join(forms)})(?!\d)".encode("latin-1")) if forms else None
