"""Names for invented people: by culture, from lists of its own (``names.csv``), none of them the sample's.

``*heads|tails`` in the file stands for every head with every tail: Su-yono, Su-yanto, Har-yono …
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from sample.draws import Draws, Integers
from sample.households import FEMALE, MALE
from sample.words import Texts, texts

SEXES = {MALE: "male", FEMALE: "female"}


@dataclass(frozen=True)
class Naming:
    """How a population is named.

    Attributes:
        cultures: culture → weight.
        words: weights of names of one, two and three given words.
        front: share with a word in front (Muhammad, Siti, I Wayan) that many others bear.
        top: how flat the distribution of names is; small = the first names of a list are very common.
    """

    cultures: dict[str, int]
    words: tuple[int, int, int]
    front: float
    top: int = 8


@cache
def words(culture: str, part: str) -> Texts:
    """The words of a part (front_male, female …) of a culture's names, most frequent first."""
    with Path(__file__).with_name("names.csv").open(encoding="utf-8", newline="") as file:
        row = next(r for r in csv.DictReader(file) if (r["culture"], r["part"]) == (culture, part))
    if row["words"].startswith("*"):
        heads, tails = (side.split() for side in row["words"][1:].split("|"))
        return texts(head + tail for tail in tails for head in heads)
    return texts(row["words"].split("," if "," in row["words"] else None))


def name_people(naming: Naming, culture: Integers, sex: Integers, draws: Draws) -> list[Texts]:
    """Front word and three given words of each person; absent ones are empty."""
    count = len(sex)
    many = draws.pick(naming.words, count) + 1
    parts = [_draw(naming, culture, sex, "front_", draws.chance(naming.front, count), draws)]
    parts += [_draw(naming, culture, sex, "", many > place, draws) for place in range(3)]
    for later in (2, 3):
        parts[later][parts[later] == parts[later - 1]] = ""
    return parts


def _draw(
    naming: Naming, culture: Integers, sex: Integers, part: str, wanted: np.ndarray, draws: Draws
) -> Texts:
    drawn = np.full(len(sex), "", dtype=object)
    for number, name in enumerate(naming.cultures):
        for code, word in SEXES.items():
            rows = np.flatnonzero(wanted & (culture == number) & (sex == code))
            choice = words(name, part + word)
            weights = 100_000 // (np.arange(len(choice)) + naming.top)
            drawn[rows] = choice[draws.pick(weights, len(rows))]
    return drawn
