"""A fault and the records it befalls: what every spoiler is given, and where it is found by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sample.city import City
from sample.draws import Draws, Integers
from sample.layouts import Listing
from sample.words import Texts


@dataclass(frozen=True)
class Spot:
    """The records that one fault befalls."""

    city: City
    listing: Listing
    rows: Integers
    value: Texts  # what stands there now
    draws: Draws

    @property
    def person(self) -> Integers:
        return self.listing.person[self.rows]

    def __len__(self) -> int:
        return len(self.rows)

    def put(self, column: str, values: Texts | str) -> None:
        """Write another column than the fault's own; lists without it are left alone."""
        if column in self.listing.columns:
            self.listing.columns[column][self.rows] = values


Spoiler = Callable[[Spot], "Texts | list[str] | str"]
SPOILERS: dict[str, Spoiler] = {}


def spoiler(function: Spoiler) -> Spoiler:
    """Register ``_some_fault`` as the spoiler of ``some_fault``: from the texts at a spot to the spoilt ones."""
    SPOILERS[function.__name__.removeprefix("_")] = function
    return function


def constant(text: str, *faults: str) -> None:
    """Faults that leave the same text whatever stood there."""
    for fault in faults:
        SPOILERS[fault] = lambda spot: text
