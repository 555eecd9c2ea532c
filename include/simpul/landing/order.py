"""What was asked for, held against what the file turns out to be."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

from simpul.contract import Contract, load_contracts
from simpul.readers.layout import Layout
from simpul.readers.letter import Letter, letter_bytes, parse_letter
from simpul.readers.reasons import Held
from simpul.readers.source import Source


@dataclass(frozen=True)
class Order:
    """One file to land, and what is said about it from outside."""

    path: Path
    agency: str | None  # None: outside the inbox; "": inside, in no agency's folder
    period: str | None
    dataset: str | None
    letter: Path | None
    letter_name: str | None = None  # where the file is called otherwise now

    @property
    def overrides(self) -> dict[str, str]:
        """What the caller says instead of letter, content and name, for the register."""
        return {k: v for k, v in (("period", self.period), ("dataset", self.dataset)) if v}

    def read_letter(self) -> Sealed | None:
        """The cover letter as it is now; read once, so that all that is said about it is about the same bytes."""
        if self.letter is None:
            return None
        return Sealed(self.letter_name or self.letter.name, letter_bytes(self.letter))


@dataclass(frozen=True)
class Sealed:
    """A cover letter that nobody has understood yet."""

    name: str
    content: bytes

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    def open(self) -> Letter:
        """What it says.

        Raises:
            Held: it cannot be understood.
        """
        return parse_letter(self.name, self.content)


def recognise(source: Source, order: Order, letter: Letter | None) -> Layout:
    """The layout of the delivery, with what caller and letter say of it.

    Raises:
        Held: see `Source.recognise`; or caller and letter contradict each other.
    """
    stated = letter.dataset if letter else None
    if order.dataset and stated and order.dataset != stated:
        raise Held(
            f"the cover letter says '{stated}', the caller '{order.dataset}': correct whichever is wrong",
            f"surat pengantar menyebut '{stated}', perintah menyebut '{order.dataset}': perbaiki yang keliru",
            code="contradiction",
        )
    contracts = load_contracts()
    dataset = order.dataset or stated
    try:
        if letter is None:
            return source.recognise(contracts.values(), dataset, agency=order.agency)
        layout = source.recognise(
            contracts.values(), dataset, letter.sheet, letter.edition, agency=order.agency
        )
        return _with_marks(layout, letter.decimal)
    except Held as held:
        if not dataset or dataset not in contracts or held.code != "unknown":
            raise
        raise Held(
            f"stated as {dataset}, but {held.reason}",
            f"disebut sebagai {dataset}, tetapi {held.reason_id}",
            code="unknown",
        ) from None


def _with_marks(layout: Layout, decimal: str | None) -> Layout:
    """``layout`` with the decimal mark that the sender states; the other mark may then part thousands."""
    if decimal is None:
        return layout
    marks = {"decimal": decimal, "thousands": "." if decimal == "," else ","}
    return replace(layout, edition=layout.edition.as_read(marks))


def check_agency(agency: str | None) -> None:
    """Hold what lies in the inbox, but in no agency's folder."""
    if agency == "":
        raise Held(
            "the file lies in no agency's folder; move it to <inbox>/bps, dinsos, bpjs, reference or review",
            "berkas tidak berada dalam folder instansi; pindahkan ke <inbox>/bps, dinsos, bpjs, reference atau review",
            code="wrong_folder",
        )


def check_folder(contract: Contract, agency: str | None) -> None:
    """Hold a delivery that lies in another agency's folder."""
    if agency is None or contract.agency == agency:
        return
    raise Held(
        f"this is {contract.dataset}, but it lies in the folder of '{agency}'; move it to <inbox>/{contract.agency}/",
        f"ini {contract.dataset}, tetapi berada dalam folder '{agency}'; pindahkan ke <inbox>/{contract.agency}/",
        code="wrong_folder",
    )


def filled_columns(layout: Layout, constants: dict[str, str]) -> set[str]:
    """Contract columns that can hold a value in this file."""
    filled = {*layout.map.columns, *layout.edition.constants, *constants}
    for sets in (*layout.map.melted.values(), *(row.columns for row in layout.edition.context_rows)):
        filled |= set(sets)
    if layout.edition.melt:
        filled.add(layout.edition.melt.value)
    if layout.edition.context:
        filled.add(layout.edition.context.fills)
    return filled
