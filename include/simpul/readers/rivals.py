"""Doubt about a layout that fits: would another, were a heading spelt right? Does another know far more headings?

A heading that decides between layouts may be misspelt: without `Persentil` a P3KE list of 2023 is one of the first
edition. So unknown headings are read once more as if a letter were wrong. Nothing is taken for what it might mean: the
file is held, and told what to correct.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from simpul.contract import Contract, Edition
from simpul.headings import (
    HeadingMap,
    Spellings,
    compose_headings,
    heading_key,
    match_headings,
    needed_columns,
)
from simpul.readers.layout import Grid
from simpul.readers.reasons import Held, listed

_MANY = 200  # more unknown headings than this are no slips
_FAR_MORE = (
    2  # times as many headings known by a layout that does not fit: the one that fits has them by chance
)


@dataclass(frozen=True)
class Chosen:
    """The layout that fits and where."""

    contract: Contract
    edition: Edition
    grid: Grid
    header_row: int
    map: HeadingMap


def check_rivals(chosen: Chosen, candidates: Iterable[tuple[Contract, Edition]]) -> None:
    """Hold a table whose layout is doubtful.

    Args:
        chosen: the layout that fits.
        candidates: every contract and edition that the file may be of.

    Raises:
        Held: another layout knows far more of the headings, or would fit as well if one letter were another.
    """
    if not chosen.map.unknown or len(chosen.map.unknown) > _MANY:
        return
    own = _corrected(chosen.contract, chosen.edition, chosen.grid, chosen.header_row)
    needed = own[0].known if own and own[0].fits else chosen.map.known
    for contract, edition in candidates:
        if edition is chosen.edition:
            continue
        for row in sorted({chosen.header_row, max(chosen.header_row - edition.header_rows + 1, 1)}):
            found = match_headings(contract, edition, _headings(edition, chosen.grid, row))
            if (
                _knows_far_more(contract, edition, found, chosen)
                and contract.dataset != chosen.contract.dataset
            ):
                raise _held(chosen, contract, edition, found.known)
            if not _may_be_mended(contract, edition, found):
                continue
            slips = _corrected(contract, edition, chosen.grid, row)
            if slips and slips[0].fits and slips[0].known >= needed:
                raise _held(chosen, contract, edition, slips[0].known, slips[1])


def _knows_far_more(contract: Contract, edition: Edition, found: HeadingMap, chosen: Chosen) -> bool:
    """Whether the layout was meant, and one heading of it is missing. One that lacks more of what it needs, or has what
    rules it out (`must_not`), was not meant, however many others it knows.
    """
    lacking = [name for name in needed_columns(contract, edition) if name not in found.columns]
    ruled_out = set(edition.must_not) & set(found.columns)
    return found.known >= _FAR_MORE * chosen.map.known and len(lacking) <= 1 and not ruled_out


def _may_be_mended(contract: Contract, edition: Edition, found: HeadingMap) -> bool:
    """Whether every heading that the edition lacks may be there, misspelt."""
    lacking = [[name] for name in needed_columns(contract, edition) if name not in found.columns]
    if edition.must_any and not any(name in found.columns for name in edition.must_any):
        lacking.append(list(edition.must_any))
    keys = [heading_key(heading) for heading in found.unknown.values()]
    spellings = Spellings.of(contract, edition).by_key if lacking else {}
    return bool(lacking) and all(
        any(is_slip(key, known) for known, name in spellings.items() if name in names for key in keys)
        for names in lacking
    )


def _headings(edition: Edition, grid: Grid, row: int) -> list[str]:
    rows = grid.rows[row - 1 : row - 1 + edition.header_rows]
    own = compose_headings(rows)
    return [
        text if own[n] else "" for n, text in enumerate(compose_headings(rows, fill=edition.fill_headings))
    ]


def _corrected(
    contract: Contract, edition: Edition, grid: Grid, row: int
) -> tuple[HeadingMap, dict[str, str]] | None:
    """What the headings mean if each unknown one that is a letter off a missing one is that; and which are."""
    headings = _headings(edition, grid, row)
    found = match_headings(contract, edition, headings)
    known = Spellings.of(contract, edition).exact
    missing = {heading_key(text): text for text, name in known.items() if name not in found.columns}
    slips: dict[str, str] = {}
    for position, heading in found.unknown.items():
        key = heading_key(heading)
        if meant := next((text for spelt, text in missing.items() if is_slip(key, spelt)), None):
            slips[heading] = headings[position] = meant
    return (match_headings(contract, edition, headings), slips) if slips else None


def is_slip(text: str, meant: str) -> bool:
    """Whether ``text`` is ``meant`` with one letter missing, added or replaced, or two in the wrong order.

    A digit is no slip: `Kuartal 1` is not `Kuartal 2`.
    """
    if text == meant or len(meant) < 3 or abs(len(text) - len(meant)) > 1:
        return False
    start = next(
        (n for n, (a, b) in enumerate(zip(text, meant, strict=False)) if a != b), min(len(text), len(meant))
    )
    text, meant = text[start:], meant[start:]
    while text and meant and text[-1] == meant[-1]:
        text, meant = text[:-1], meant[:-1]
    if not (text + meant).isalpha():
        return False
    return max(len(text), len(meant)) == 1 or (len(text) == 2 and text == meant[::-1])


def _held(
    chosen: Chosen, contract: Contract, edition: Edition, known: int, slips: dict[str, str] | None = None
) -> Held:
    fits = f"{chosen.contract.dataset} ({chosen.edition.name})"
    rival = f"{contract.dataset} ({edition.name})"
    if slips:
        letter = f"`dataset: {chosen.contract.dataset}`, `edition: {chosen.edition.name}`"
        pairs: Sequence[tuple[str, str]] = list(slips.items())
        en = ", ".join(f"{listed([sent])} is a letter off {listed([meant])}" for sent, meant in pairs)
        id_ = ", ".join(
            f"{listed([sent])} berbeda satu huruf dari {listed([meant])}" for sent, meant in pairs
        )
        return Held(
            f"the headings fit {fits}, but {en}, and with that they fit {rival}: correct the heading, or say in the"
            f" cover letter which it is ({letter})",
            f"judul kolom cocok dengan {fits}, tetapi {id_}, dan dengan itu cocok dengan {rival}: perbaiki judul"
            f" kolom, atau sebutkan dalam surat pengantar ({letter})",
            code="ambiguous",
        )
    count = chosen.map.known
    return Held(
        f"the headings fit {fits}, which knows {count} of them, but {rival} knows {known}: say in the cover letter"
        f" which it is (`dataset: …`, `edition: …`)",
        f"judul kolom cocok dengan {fits} yang mengenal {count} di antaranya, tetapi {rival} mengenal {known}:"
        f" sebutkan dalam surat pengantar (`dataset: …`, `edition: …`)",
        code="ambiguous",
    )
