"""What a pack is made of, before anybody knows what a page or a sheet is."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

YearIsKnownOf = Literal["region", "regencies", "nobody"]
"""Of whom the release tells something of the year: of the region itself, of a province's regencies only, of neither."""
Kind = Literal["text", "count", "percent", "points", "index", "date", "yes_no", "as_printed"]
"""How a cell is told: people, pieces and rupiah, percent, percentage points (with sign), a figure with as many decimals
as it was printed with."""


@dataclass(frozen=True)
class Gap:
    """Stands where a figure would: why there is none. Never empty, never 0."""

    text: str = "belum ada"

    @classmethod
    def unless(cls, value: Any, why: str = "tidak disebut") -> Any:
        """A value, or the gap where there is none; 0 and false are values."""
        return cls(why) if value is None else value


@dataclass(eq=False)
class Proof:
    """A row of a mart that figures of the pack come from, and what stands behind it.

    Attributes:
        number: by which the pack names it.
        mart: published table.
        where: its key.
        columns: those that are told of the row; none: all.
        addresses: file, sheet and row of what was delivered, as `simpul evidence` lists them.
        total: how many rows are behind it; ``addresses`` may be fewer.
        file_ids: all files, also where rows are not listed one by one.
        is_counted: counted from lists of persons: files are named, rows are not.
        none: why there is no delivered row behind it.
    """

    number: int
    mart: str
    where: Mapping[str, str]
    columns: tuple[str, ...] = ()
    addresses: list[dict[str, Any]] = field(default_factory=list)
    total: int = 0
    file_ids: list[str] = field(default_factory=list)
    is_counted: bool = False
    none: str | None = None


@dataclass(frozen=True)
class Column:
    """``width``: relative to the other columns of the table."""

    heading: str
    kind: Kind = "text"
    width: float = 1.0


@dataclass(frozen=True)
class Row:
    """Values as the mart has them, or a `Gap`."""

    cells: Sequence[Any]
    proofs: Sequence[Proof] = ()


@dataclass(frozen=True)
class Table:
    """Rows under headings; ``note`` stands below."""

    title: str
    columns: Sequence[Column]
    rows: Sequence[Row]
    note: str | None = None

    @property
    def proofs(self) -> list[Proof]:
        """What its rows come from, each once."""
        return list(dict.fromkeys(proof for row in self.rows for proof in row.proofs))


@dataclass(frozen=True)
class Trend:
    """Lines over time; None = nothing is known, the line breaks; a period that only others have is passed over.
    ``targets``: each as (period, low, high); ``quoted``: series → periods whose figure no table of BPS has.
    """

    series: Mapping[str, Mapping[str, float | None]]
    unit: str
    targets: Sequence[tuple[str, float, float]] = ()
    quoted: Mapping[str, Collection[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Bars:
    """One bar per name, the one called ``own`` in another colour; ``lines``: limits across all bars; ``quoted``: names
    of bars and lines whose figure no table of BPS has.
    """

    values: Mapping[str, float]
    unit: str
    own: str | None = None
    lines: Mapping[str, float] = field(default_factory=dict)
    quoted: Collection[str] = ()


@dataclass(frozen=True)
class Map:
    """Regions by code: name and value, None where nothing is known; ``quoted``: codes whose figure no table of BPS
    has.
    """

    regions: Mapping[str, tuple[str, float | None]]
    unit: str
    own: str | None = None
    quoted: Collection[str] = ()


@dataclass(frozen=True)
class Picture:
    """A chart or map. ``alt`` says in words what it shows."""

    title: str
    chart: Trend | Bars | Map
    alt: str
    proofs: Sequence[Proof] = ()
    note: str | None = None


@dataclass(frozen=True)
class Text:
    """A paragraph."""

    text: str


@dataclass(frozen=True)
class Missing:
    """What should stand here and does not, and which file would bring it."""

    text: str


@dataclass(frozen=True)
class Part:
    """Heading of a part of a chapter."""

    title: str


Block = Text | Missing | Part | Table | Picture


@dataclass(frozen=True)
class Chapter:
    """``short``: name of its sheet."""

    title: str
    short: str
    blocks: Sequence[Block]


@dataclass(frozen=True)
class Document:
    """A whole pack. ``release``: id, label and times; ``stamps``: what is told of each file, by its id; ``asked_for``:
    how many kinds of files the last chapter asks for.
    """

    region_code: str
    region: str
    year: int
    release_id: int
    label: str | None
    made_at: datetime
    published_at: datetime | None
    chapters: Sequence[Chapter]
    proofs: Sequence[Proof]
    stamps: Mapping[str, Any]
    doors: Mapping[str, tuple[int, int, int]]
    asked_for: int = 0
    known_of: YearIsKnownOf = "region"

    def blocks(self) -> Iterator[Block]:
        """All of it, in order."""
        for chapter in self.chapters:
            yield from chapter.blocks
