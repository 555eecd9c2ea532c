"""Headings of a delivered table: how they are spelt, composed from several rows, and matched to contract columns."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache

from simpul.contract import Contract, Edition, named_groups

JOINT = " | "
_NUMBER = re.compile(r"\s*\([1-9][0-9]{0,2}\)$")  # not `(000)`: that is a unit
_MARKS = re.compile(r"[-_. ]+")
_BLANKS = re.compile(r"[\s\u00a0\u200b\ufeff]+")


@lru_cache(1 << 14)
def heading_key(text: str) -> str:
    """Letters and digits only, lower case, no accents: ``Desa/Kelurahan`` and its slug ``desakelurahan`` are one."""
    folded = unicodedata.normalize("NFKD", text)
    return "".join(char for char in folded.casefold() if char.isascii() and char.isalnum())


def bare_key(text: str) -> str:
    """`heading_key` without the number of the column: ``Nama KRT (13)`` is ``namakrt``."""
    return heading_key(_NUMBER.sub("", text))


def compose_headings(rows: Sequence[Sequence[str | None]], *, fill: bool = False) -> list[str]:
    """One heading per column from one or several heading rows, top to bottom, joined by `` | ``.

    Args:
        rows: the heading rows as read; short rows count as blank at their end.
        fill: merged cells, of which only the first has text: a blank cell takes the text to its left, in all rows
            but the last.
    """
    width = max((len(row) for row in rows), default=0)
    grid = [[_clean(row[n]) if n < len(row) else "" for n in range(width)] for row in rows]
    if fill:
        for row in grid[:-1]:
            for column in range(1, width):
                row[column] = row[column] or row[column - 1]
    return [JOINT.join(cell for row in grid if (cell := row[column])) for column in range(width)]


def _clean(cell: str | None) -> str:
    return _BLANKS.sub(
        " ", (cell or "").replace("\0", "")
    ).strip()  # a NUL can be in no column of the database


@dataclass(frozen=True)
class HeadingMap:
    """What the headings of a table mean under one edition. Positions are 0-based."""

    columns: dict[str, int] = field(default_factory=dict)  # contract column → position
    melted: dict[int, dict[str, str]] = field(default_factory=dict)  # position → values set for its figures
    unknown: dict[int, str] = field(
        default_factory=dict
    )  # position → heading that the contract does not know
    duplicates: dict[str, tuple[int, ...]] = field(
        default_factory=dict
    )  # contract column → all its positions
    given: dict[str, str] = field(default_factory=dict)  # what headings say of all records
    fits: bool = False  # all that the edition demands is there

    @property
    def known(self) -> int:
        """Number of headings understood: the edition that understands most wins."""
        return len(self.columns) + len(self.melted)


@dataclass(frozen=True)
class Spellings:
    """Under which headings an edition knows the columns of its contract.

    The very spelling goes before the letters and digits of it (``Hub_KRT`` is not ``HubKRT`` where a contract knows
    both), and those before the heading without the number of its column (``Nama KRT (13)``).
    """

    exact: dict[str, str]
    by_key: dict[str, str]

    @classmethod
    def of(cls, contract: Contract, edition: Edition) -> Spellings:
        texts = [
            (text, column.column) for column in contract.columns for text in (column.header, *column.aliases)
        ]
        # what an edition says of its headings goes before what the contract says of all
        texts = [(text, name) for name, own in edition.aliases.items() for text in own] + texts
        exact: dict[str, str] = {}
        by_key: dict[str, str] = {}
        for text, name in texts:
            exact.setdefault(_clean(text).casefold(), name)
            by_key.setdefault(heading_key(text), name)
        return cls(exact, by_key)

    def column_of(self, heading: str) -> str | None:
        """The contract column of a heading; None when no spelling fits."""
        if name := self.exact.get(heading.casefold()) or self.by_key.get(heading_key(heading)):
            return name
        return self.by_key.get(bare_key(heading))


def match_headings(
    contract: Contract, edition: Edition, headings: Sequence[str], spellings: Spellings | None = None
) -> HeadingMap:
    """Map composed ``headings`` to the columns of ``contract`` as ``edition`` lays them out.

    ``spellings``: those of the edition, for who tries it on many rows.
    """
    column_of = (spellings or Spellings.of(contract, edition)).column_of
    positions: dict[str, list[int]] = {}
    melted: dict[int, dict[str, str]] = {}
    unknown: dict[int, str] = {}
    given: dict[str, str] = {}
    for position, heading in enumerate(headings):
        if not heading:
            continue
        if name := column_of(heading):
            positions.setdefault(name, []).append(position)
        elif patterned := _patterned(edition, heading):
            name, said = patterned
            positions.setdefault(name, []).append(position)
            given |= said
        elif (sets := _melt(edition, heading)) is not None:
            melted[position] = sets
        else:
            unknown[position] = heading
    # only beside figures: the first cell of a row of persons must not pass for a heading
    is_free = melted and 0 not in melted and all(0 not in found for found in positions.values())
    if (first := edition.first_column) and first not in positions and is_free:
        positions[first] = [0]
        unknown.pop(0, None)
    needed = needed_columns(contract, edition)
    return HeadingMap(
        columns={name: found[0] for name, found in positions.items()},
        melted=melted,
        unknown=unknown,
        duplicates={name: tuple(found) for name, found in positions.items() if len(found) > 1},
        given=given,
        fits=all(name in positions for name in needed)
        and (not edition.must_any or any(name in positions for name in edition.must_any))
        and not any(name in positions for name in edition.must_not)
        and all(any(fits_pattern(must, text) for text in headings) for must in edition.must_headings.values())
        and (edition.melt is None or bool(melted)),
    )


def needed_columns(contract: Contract, edition: Edition) -> tuple[str, ...]:
    """Columns whose headings an edition demands, all of them."""
    return edition.must or tuple(column.column for column in contract.columns if column.required)


def fits_pattern(pattern: str, heading: str) -> re.Match[str] | None:
    """A heading matched whole, in any case; as it stands, else with the marks of a database's name as blanks."""
    fullmatch = _compiled(pattern).fullmatch
    if found := fullmatch(heading):
        return found
    spoken = dict.fromkeys((heading.replace("_", " "), _MARKS.sub(" ", heading).strip()))
    return next((found for text in spoken if text != heading and (found := fullmatch(text))), None)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


def _patterned(edition: Edition, heading: str) -> tuple[str, dict[str, str]] | None:
    for name, pattern in edition.heading_patterns.items():
        if found := fits_pattern(pattern, heading):
            return name, named_groups(found)
    return None


def _melt(edition: Edition, heading: str) -> dict[str, str] | None:
    if edition.melt is None:
        return None
    for melted in edition.melt.columns:
        if found := fits_pattern(melted.heading, heading):
            named = named_groups(found)
            for name in named.keys() & edition.melt.spellings:
                known = {heading_key(text): value for text, value in edition.melt.spellings[name].items()}
                if heading_key(named[name]) not in known:
                    return None
                named[name] = known[heading_key(named[name])]
            return {**melted.set, **named}
    return None
