"""Which places hold other counts than in the cut before, counts that are left out included.

Whoever holds two packages against each other guesses that a place of which nothing told has changed is as it was. That
is mostly right, and where it is not, what follows from it is right now and then. So it is told: nothing is given away
by it, for cells are protected from one who knows of every single one whether it has changed (`system`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from simpul.trust.opendata.relations import Cell, Cut

NAME = "changed_places"


@dataclass(frozen=True)
class Moves:
    """Since which release, and of each table and region that was in both cuts whether anything of it has changed."""

    since: int
    has_changed: dict[tuple[str, str], bool]


def moves(cut: Cut, before: Cut | None) -> Moves | None:
    """Of the cut that was opened last before this one; None: there was none."""
    if before is None:
        return None
    places = dict.fromkeys(sorted({*_places(cut)} & {*_places(before)}), False)
    for cell in cut.values.keys() | before.values.keys():
        place = _place(cell)
        if place in places and cut.values.get(cell) != before.values.get(cell):
            places[place] = True
    return Moves(before.release_id, places)


def _places(cut: Cut) -> Iterator[tuple[str, str]]:
    return (_place(cell) for cell in cut.values)


def _place(cell: Cell) -> tuple[str, str]:
    # the region comes first, as every aggregate declares
    return cell[0], cell[1][0]
