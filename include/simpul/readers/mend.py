"""One misspelt heading of a known layout: read as what it is a letter off, where nothing else can be meant.

A person who sees ``Kabupaten/Kta`` beside the other headings of a layout has no doubt. So one cell of the headings may
have one letter missing, added or replaced, or two in the wrong order. What is read so is told in the notes of the file
and in its drift (`landing.drift`); its heading stays as it was written.

What a contract knows as a heading is never taken for another one that is misspelt: ``No KKS`` is not ``No KK``. A short
word is easily another one: ``NIP`` is not ``NIK``, ``NIKK`` and ``NKI`` are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from simpul.contract import Contract, Edition
from simpul.headings import HeadingMap, Spellings, compose_headings, heading_key, match_headings
from simpul.readers.rivals import is_slip

MANY = 200  # more unknown headings than this are no slips
_SHORT = 4  # letters of a word that is easily another word
_SUPPORT = 4  # known headings beside such a word
_WORD = re.compile("[A-Za-z]{3,}")
_NO_WORDS = re.compile(r"\\[A-Za-z]|\(\?P<\w+>|\[[^\]]*\]")  # signs of a pattern that look like words


@dataclass(frozen=True)
class Mended:
    """A table whose headings fit once one of them is spelt right."""

    map: HeadingMap
    written: str
    meant: str
    has_same_letters: bool  # one doubled, or two in the wrong order: likelier than another letter


def proper_headings(contracts: Iterable[Contract]) -> frozenset[str]:
    """Every heading that a contract knows, as `heading_key` writes it."""
    texts: set[str] = set()
    for contract in contracts:
        for column in contract.columns:
            texts |= {column.header, *column.aliases}
        for edition in contract.editions:
            texts |= {text for own in edition.aliases.values() for text in own}
    return frozenset(map(heading_key, texts))


def mend(
    contract: Contract, edition: Edition, rows: Sequence[Sequence[str | None]], proper: frozenset[str]
) -> Mended | None:
    """The one way in which ``rows`` (the heading rows) are those of the edition with one misspelt cell.

    None where there is none, or where two columns would do: the caller then knows no more than before.
    ``proper``: `proper_headings` of all contracts.
    """
    spellings = Spellings.of(contract, edition)
    before = match_headings(contract, edition, _composed(edition, rows), spellings)
    if not before.unknown or len(before.unknown) > MANY:
        return None
    found: list[Mended] = []
    for number, position, meant, has_same_letters in _proposals(edition, rows, before, spellings, proper):
        changed = [list(row) for row in rows]
        written = changed[number][position] or ""
        changed[number][position] = meant
        after = match_headings(contract, edition, _composed(edition, changed), spellings)
        is_better = after.known > before.known or not before.fits
        if after.fits and is_better and not after.duplicates:
            found.append(Mended(after, written.strip(), meant.strip(), has_same_letters))
    best = max(((one.map.known, one.has_same_letters) for one in found), default=None)
    found = [one for one in found if (one.map.known, one.has_same_letters) == best]
    meanings = {repr((one.map.columns, one.map.melted)) for one in found}
    return found[0] if len(meanings) == 1 else None


def _composed(edition: Edition, rows: Sequence[Sequence[str | None]]) -> list[str]:
    own = compose_headings(rows)
    return [
        text if own[n] else "" for n, text in enumerate(compose_headings(rows, fill=edition.fill_headings))
    ]


def _proposals(
    edition: Edition,
    rows: Sequence[Sequence[str | None]],
    found: HeadingMap,
    spellings: Spellings,
    proper: frozenset[str],
) -> Iterator[tuple[int, int, str, bool]]:
    """Cells (row, position) with what they may be meant as: a heading that is missing, or one of its words; and whether
    the letters are the same.
    """
    missing = {heading_key(text): text for text, name in spellings.exact.items() if name not in found.columns}
    words = _words(edition) | {word for text in spellings.exact for word in _WORD.findall(text)}
    for number, row in enumerate(rows):
        for position, cell in enumerate(row):
            # a merged heading stands over columns to its right; its own may be understood
            key = heading_key(cell or "")
            is_understood = len(rows) == 1 and position not in found.unknown
            if not cell or not key or key in proper or is_understood:
                continue
            for spelt, text in missing.items():
                if _is_clear(key, spelt, found.known):
                    yield number, position, text, set(key) == set(spelt)
            for word in _WORD.finditer(cell):
                lower = word[0].lower()
                if lower in words:
                    continue
                for other in words:
                    if _is_clear(lower, other, found.known):
                        mended = cell[: word.start()] + other + cell[word.end() :]
                        yield number, position, mended, set(lower) == set(other)


def _is_clear(text: str, meant: str, known: int) -> bool:
    if not is_slip(text, meant):
        return False
    if set(text) == set(meant) or len(meant) > _SHORT:
        return True
    is_missing = len(text) < len(meant)
    return (len(meant) == _SHORT or is_missing) and (
        known >= _SUPPORT or (is_missing and len(meant) == _SHORT)
    )


def _words(edition: Edition) -> frozenset[str]:
    """The words of the patterns by which an edition knows its headings."""
    patterns = [*edition.heading_patterns.values(), *edition.must_headings.values()]
    if edition.melt:
        patterns += [melted.heading for melted in edition.melt.columns]
        patterns += [text for spelt in edition.melt.spellings.values() for text in spelt]
    return frozenset(
        word.lower() for pattern in patterns for word in _WORD.findall(_NO_WORDS.sub(" ", pattern))
    )
