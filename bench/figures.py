"""What a benchmark says: values of several rounds, what they stand beside, the goal, and whether it was met."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from statistics import median

Say = Callable[[str], None]


@dataclass(frozen=True)
class Goal:
    """A limit of DESIGN §7 on the median of a figure's ratio, or of its value when it stands beside nothing."""

    limit: float
    unit: str = "×"
    at_least: bool = False

    def is_met(self, value: float) -> bool:
        """Whether ``value`` keeps the limit."""
        return value >= self.limit if self.at_least else value <= self.limit

    def __str__(self) -> str:
        if not self.limit:
            return "none"
        return f"{'≥' if self.at_least else '≤'} {self.limit:g} {self.unit}"


@dataclass(frozen=True)
class Figure:
    """One thing that was measured, a value per round.

    ``against``: name and values of the peer or floor in the same rounds; the ratio is taken round by round, ours to
    theirs, so what disturbed one round disturbs both sides of it. ``is_slower`` turns it over: how many times slower.
    """

    what: str
    values: Sequence[float]
    unit: str = "s"
    against: tuple[str, Sequence[float]] | None = None
    is_slower: bool = False
    goal: Goal | None = None

    @property
    def ratios(self) -> list[float]:
        """This figure to its peer, one per round; empty without a peer."""
        if not self.against:
            return []
        return [mine / theirs for mine, theirs in zip(self.values, self.against[1], strict=True)]

    @property
    def is_met(self) -> bool | None:
        """Whether the goal was met; None without a goal."""
        return self.goal.is_met(median(self.ratios or self.values)) if self.goal else None

    def cells(self) -> tuple[str, ...]:
        """One row of the table of results."""
        word = " slower" if self.is_slower else ""
        return (
            self.what,
            spread(self.values, self.unit),
            self.against[0] if self.against else "",
            spread(self.ratios, "×") + word if self.ratios else "",
            str(self.goal or ""),
            {None: "", True: "yes", False: "**no**"}[self.is_met],
        )


HEADING = ("what", "measured", "against", "ratio", "goal", "met")


@dataclass(frozen=True)
class Table:
    """Further numbers that explain the figures, e.g. seconds stage by stage."""

    title: str
    heading: tuple[str, ...]
    rows: list[tuple[str, ...]]


@dataclass
class Section:
    """Everything that one benchmark has to say."""

    name: str
    title: str
    how: str
    figures: list[Figure] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    versions: dict[str, str] = field(default_factory=dict)


def spread(values: Iterable[float], unit: str) -> str:
    """``1.52 s (1.47–1.60)``: median, and least to most when there is more than one."""
    values = list(values)
    middle = f"{number(median(values))} {unit}".strip()
    return middle if len(values) == 1 else f"{middle} ({number(min(values))}–{number(max(values))})"


def number(value: float) -> str:
    """Three digits that mean something: 0.123, 1.52, 15.2, 152, 15,200; counts as they are."""
    size = abs(value)
    if value == int(value) and (size >= 1 or not size):
        return f"{int(value):,}"
    return f"{value:,.{0 if size >= 100 else 1 if size >= 10 else 2 if size >= 1 else 3}f}"
