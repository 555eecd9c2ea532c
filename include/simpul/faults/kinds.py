"""The faults that deliveries are known to have, each with how it is put into a sound file and what should catch it.

A kind says nothing of how the gates find it; ``rules`` are the names under which it is expected to be told, so that a
fault which is caught for another reason shows.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from simpul.contract import Text
from simpul.faults.good import Good, Place

Plant = Callable[[Good, random.Random], list[Place] | None]
_NIK = re.compile(r"[1-9][0-9]{15}")


@dataclass(frozen=True)
class Kind:
    """A class of faults. ``critical``: it would change who gets aid, or a published figure, without a sign.

    ``plausible``: every cell of the faulty file could be so. What a door says of such faults is counted apart, and what
    passes is no failure of the gate: one list alone cannot tell.
    """

    code: str
    title: Text
    critical: bool
    door: Literal["landing", "publication"]
    rules: tuple[str, ...]
    """Any of these tells it; ``held`` is the file that does not land."""
    plant: Plant
    plausible: bool = False


KINDS: dict[str, Kind] = {}


def kind(
    code: str,
    en: str,
    id_: str,
    *rules: str,
    critical: bool = False,
    door: Literal["landing", "publication"] = "landing",
    plausible: bool = False,
) -> Callable[[Plant], Plant]:
    """Register a kind; the function plants one fault and returns its addresses, None where the file cannot have it."""

    def register(plant: Plant) -> Plant:
        KINDS[code] = Kind(code, Text(en=en, id=id_), critical, door, rules, plant, plausible)
        return plant

    return register


def change_cell(
    good: Good,
    chance: random.Random,
    field: str,
    made: Callable[[str], object],
    fits: Callable[[str], bool] = bool,
) -> list[Place] | None:
    """Change one filled cell of a field."""
    position = good.position(field)
    rows = good.filled(position, fits) if position is not None else []
    if position is None or not rows:
        return None
    row = chance.choice(rows)
    return [good.put(row, position, made(good.text(row, position)))]


def change_column(
    good: Good, field: str, made: Callable[[str], object], fits: Callable[[str], bool] = bool
) -> list[Place] | None:
    """Change every filled cell of a field."""
    position = good.position(field)
    rows = good.filled(position, fits) if position is not None else []
    if position is None or len(rows) < 5:
        return None
    for row in rows:
        good.put(row, position, made(good.text(row, position)))
    return [good.place(None, position)]


def slide_column(good: Good, position: int, by: int = 1, part: slice = slice(None)) -> list[Place]:
    """Put the filled cells of a column, or of a part of it, some rows lower, what fell out at its end on top."""
    rows = good.filled(position)[part]
    cells = [good.rows[row][position] for row in rows]
    for row, cell in zip(rows, cells[-by:] + cells[:-by], strict=True):
        good.put(row, position, cell)
    return [good.place(None, position)]


def exchange_columns(good: Good, one: int, other: int) -> list[Place]:
    """Put the cells of two columns under each other's heading."""
    for row in good.records:
        good.rows[row][one], good.rows[row][other] = good.rows[row][other], good.rows[row][one]
    return [good.place(None, one), good.place(None, other)]


def is_nik(text: str) -> bool:
    """16 digits that begin like a number of the population register."""
    return _NIK.fullmatch(text) is not None
