"""How a person is told in a text: a number that is theirs alone, or one that others carry beside one of their names."""

from __future__ import annotations

import base64
import datetime as dt
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from html.entities import html5

from simpul.errors import PARTED

_WORD = re.compile(r"[A-Z]+")
MASK = "X" * 16
"""Stands where a number of the person was told in a row of somebody else."""
_UNPARTED = str.maketrans("", "", PARTED)
_SIGNS = {byte for coding in ("utf-8", "utf-16-le", "cp1252") for byte in PARTED.encode(coding, "ignore")} - {
    0
}
_RAW = b"[" + re.escape(bytes(sorted(_SIGNS))) + b"]*"


def _written(sign: str) -> list[str]:
    """Patterns of a sign as JSON, XML and the texts of a workbook may write it."""
    code = ord(sign)
    named = [re.escape(f"&{name}") for name, meant in html5.items() if meant == sign and name.endswith(";")]
    return [rf"\\u{code:04x}", rf"&#0*{code};", rf"&#x0*{code:x};", f"_x{code:04x}_", *named]


_WRITTEN = "|".join(sorted({r"\\[tnr/]"} | {form for sign in PARTED for form in _written(sign)})).encode()
# the guard in front costs less than trying each of them behind every digit
BETWEEN = rb"%s(?:(?=[\\&_])(?i:%s)%s)*" % (_RAW, _WRITTEN, _RAW)
"""Pattern of what may stand between two digits in a file: `PARTED` as bytes, in UTF-16 without its noughts, and as JSON
and XML write it.
"""
FIRST = rb"(?:(?<!\d.)|(?<=\\u[0-9a-fA-F]{4}.))"
"""Stands behind the first digit of a number: in front of it is none, but for the last one of an escaped sign."""
IN_JSON = r"\\tnr" + PARTED
"""For a set of signs in a pattern of PostgreSQL: `PARTED`, and those with which JSON writes some of it."""


def letters(name: str) -> str:
    """A name as it is compared: its words in capitals without accents, in the order of the alphabet."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().upper()
    return " ".join(sorted(_WORD.findall(plain)))


_DAY_FIRST = re.compile(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4})(?: .*)?")
_YEAR_FIRST = re.compile(r"(\d{4})[-/. ](\d{1,2})[-/. ](\d{1,2})(?:[T ].*)?")
_SERIAL = re.compile(r"[1-6]\d{4}|[1-9]\d{3}")
_DAY_ZERO = dt.date(1899, 12, 30)


def born(text: str) -> str | None:
    """The day that a text tells, ISO: day or year first, or the number by which a workbook stores it."""
    told = text.strip().strip("'")
    if _SERIAL.fullmatch(told):
        return (_DAY_ZERO + dt.timedelta(int(told))).isoformat()
    if found := _YEAR_FIRST.fullmatch(told):
        year, month, day = found.groups()
    elif found := _DAY_FIRST.fullmatch(told):
        day, month, year = found.groups()
    else:
        return None
    try:
        return dt.date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return None


@dataclass(frozen=True)
class Sought:
    """Whom to look for. Holds values of a person: never printed, never logged.

    Attributes:
        numbers: NIKs, 16 digits each.
        shared: those of them that records of others carry, too.
        names: `letters` of every spelling.
        cards: numbers of family cards; a row with one of them, a name and a birth date is the person's.
        births: birth dates, ISO.
    """

    numbers: frozenset[str]
    shared: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    cards: frozenset[str] = frozenset()
    births: frozenset[str] = frozenset()

    @property
    def own(self) -> frozenset[str]:
        """Numbers that nobody else carries: wherever one stands, it is the person."""
        return self.numbers - self.shared

    @cached_property
    def pattern(self) -> re.Pattern[bytes] | None:
        """Any of the numbers or cards in UTF-8, also parted, and as a spreadsheet stores large numbers."""
        return _pattern(self.numbers | self.cards)

    @cached_property
    def _of_numbers(self) -> re.Pattern[bytes] | None:
        return _pattern(self.numbers)

    @cached_property
    def own_pattern(self) -> re.Pattern[bytes] | None:
        """As `pattern`, of `own`."""
        return _pattern(self.own)

    def is_in(self, text: bytes) -> bool:
        """Whether a text (a row) tells of the person."""
        if self._of_numbers is None or not self._of_numbers.search(text):
            return False
        if self.own_pattern is not None and self.own_pattern.search(text):
            return True
        return self.is_named(text)

    def is_named(self, text: bytes) -> bool:
        """Whether the words of one of the person's names stand in a text."""
        words = set(letters(text.decode("utf-8", "replace")).split())
        return any(words.issuperset(name.split()) for name in self.names if name)

    def is_told(self, cells: Sequence[str]) -> bool:
        """Whether card, name and birth date of the person stand in the cells of a row, each alone."""
        return (
            any(unparted(cell) in self.cards for cell in cells)
            and any(letters(cell) in self.names for cell in cells if cell)
            and any(born(cell) in self.births for cell in cells if cell)
        )

    def is_alone(self, cell: str) -> bool:
        """Whether a cell is one of the numbers and nothing else, parted or not: as the database compares them."""
        return unparted(cell) in self.numbers

    @cached_property
    def _coded(self) -> tuple[bytes, ...]:
        return tuple(form for number in sorted(self.own) for form in coded(number))

    def masked(self, text: bytes) -> bytes:
        """A text of somebody else without the person's own numbers, also where they stand escaped or in base64."""
        return self.uncoded(self.own_pattern.sub(MASK.encode(), text)) if self.own_pattern else text

    def coded_in(self, text: bytes) -> list[int]:
        """Where own numbers stand escaped or in base64."""
        return [found.start() for form in self._coded for found in re.finditer(re.escape(form), text)]

    def uncoded(self, text: bytes) -> bytes:
        """… only where they stand escaped or in base64."""
        for form in self._coded:  # looked for first: nearly no text has one, and this is cheap
            if form in text:
                text = text.replace(form, MASK.encode())
        return text


def coded(number: str) -> list[bytes]:
    """A number escaped, and in each of the three places that base64 gives it: the same whatever stands around it."""
    at = [base64.b64encode(b"\0" * before + number.encode()) for before in range(3)]
    inner = [code[(4 * before + 2) // 3 : (4 * (before + 16)) // 3] for before, code in enumerate(at)]
    return ["".join(f"\\u{ord(digit):04x}" for digit in number).encode(), *inner]


def unparted(cell: str) -> str:
    """A number as the warehouse compares it: without `PARTED` and the ``.0`` of a spreadsheet."""
    return cell.removesuffix(".0").translate(_UNPARTED)


def anywhere(numbers: Iterable[str]) -> str | None:
    """Pattern of PostgreSQL: any of the numbers, parted or not, among whatever, in JSON, too; None of none. A third of
    the cost of taking what may part them out of every text first.
    """
    return "|".join(f"[{IN_JSON}]*".join(number) for number in sorted(numbers)) or None


def _pattern(numbers: frozenset[str]) -> re.Pattern[bytes] | None:
    forms = []
    for number in sorted(numbers):
        first, *others = (bytes([digit]) for digit in number.encode())
        forms.append(BETWEEN.join((first + FIRST, *others)))
        forms.append(rf"{number[0]}(?<!\d.)\.{number[1:].rstrip('0') or '0'}[eE]\+?15".encode())
    return re.compile(rb"(?:%s)(?!\d)" % b"|".join(forms)) if forms else None
