"""Where regions stand on a map: their borders where somebody has given them, otherwise one tile each, never nothing.

Borders come from GeoJSON in ``home/maps``: features with Kemendagri's code as ``region_code``
(docs/untuk-perencana.md). No package with free and current borders of Indonesia's regencies is
known (docs/adr/0054). The tiles of the provinces
are arranged as they lie (``tiles.csv``), those of regencies by their codes.
"""

from __future__ import annotations

import csv
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from math import ceil, cos, radians, sqrt
from pathlib import Path
from textwrap import wrap
from typing import Any

import numpy as np

from simpul.pack import borders

_TILES = Path(__file__).with_name("tiles.csv")
_GAP = 0.04
WIDTH = 6.7  # inches: the text width of A4
_TALLEST = 7.5  # inches, without its legend
_SEEN = 0.3  # points: a corner that is nearer to the line without it is not seen
_LEGEND = 0.6  # inches above the map
_LETTER = 0.6  # how wide a letter is, of the size of its font
_LINE = 15  # letters of a line in a tile: the longest word of a name has as many
_KINDS = (
    "Kabupaten Administrasi ",
    "Kota Administrasi ",
    "Kabupaten ",
)  # left out; "Kota" tells a city from its regency


@dataclass(frozen=True)
class Shapes:
    """Paths by region code, in units of the figure; ``labels``: where the text of a region stands, and how wide it may
    be there (of a tile as wide as it is).
    """

    paths: Mapping[str, Any]
    labels: Mapping[str, tuple[float, float, float]]
    x: tuple[float, float]
    y: tuple[float, float]
    aspect: float
    font_size: float = 6
    are_borders: bool = False

    def height_for(self, width: float) -> float:
        """Of the figure, with room for its legend."""
        return min(_TALLEST, width * self.aspect) + _LEGEND

    def fitting(self, lines: list[str], room: float, width: float) -> list[str]:
        """Of a region's name and, at last, its figure what fits into ``room``: the figure alone, or nothing.

        Args:
            lines: of the text.
            room: of the region where its text stands.
            width: of the figure, in inches.
        """
        if not self.are_borders:
            return lines
        inches = min(
            width / ((self.x[1] - self.x[0]) or 1),
            (self.height_for(width) - _LEGEND) / ((self.y[1] - self.y[0]) or 1),
        )
        letters = room * inches / (_LETTER * self.font_size / 72)
        return next((part for part in (lines, lines[-1:]) if max(map(len, part)) <= letters), [])


@dataclass(frozen=True)
class _Tile:
    column: int
    row: int
    label: str


def shapes(regions: Collection[str]) -> Shapes:
    """Borders of these regions if those of all are there, otherwise tiles."""
    return _shapes(tuple(regions), borders.given())


@lru_cache(
    maxsize=16
)  # a pack has several maps of the same regions, whose borders may have a million corners
def _shapes(regions: tuple[str, ...], files: borders.State) -> Shapes:
    known = borders.read(files).rings
    rings = {code: known[code] for code in regions if known.get(code)}
    return _drawn(rings) if rings and len(rings) == len(set(regions)) else _tiled(list(regions))


def unreadable() -> tuple[str, ...]:
    """Names of files of ``home/maps`` that hold no borders: what they should bring is drawn as tiles."""
    return borders.read(borders.given()).unreadable


def short(code: str, name: str) -> list[str]:
    """A region's name in lines short enough for a tile, no word of it lost; of a regency without the words for it."""
    if code in _arranged():
        return [_arranged()[code].label]
    kind = next((kind for kind in _KINDS if name.startswith(kind)), "")
    return wrap(name.removeprefix(kind), _LINE, break_long_words=False, break_on_hyphens=False)


# -------------------------------------------------------------------------------------------------------------- tiles
def _tiled(codes: list[str]) -> Shapes:
    from matplotlib.path import Path as Outline

    places = _places(codes)
    columns = 1 + max(column for column, _ in places.values())
    rows = 1 + max(row for _, row in places.values())
    side = 1 - _GAP
    paths = {
        code: Outline([(c, -r), (c + side, -r), (c + side, -r - side), (c, -r - side), (c, -r)], closed=True)
        for code, (c, r) in places.items()
    }
    labels = {code: (c + side / 2, -r - side / 2, side) for code, (c, r) in places.items()}
    return Shapes(
        paths, labels, (-0.05, columns), (-rows, 0.05), aspect=(0.62 if columns < 9 else 0.85) * rows / columns,
        font_size=6 if columns < 9 else 5,
    )  # fmt: skip


def _places(codes: list[str]) -> dict[str, tuple[int, int]]:
    known = _arranged()
    if all(code in known for code in codes):
        return {code: (known[code].column, known[code].row) for code in codes}
    columns = max(4, min(8, ceil(sqrt(len(codes) * 1.4))))
    return {code: (place % columns, place // columns) for place, code in enumerate(sorted(codes))}


@lru_cache(maxsize=1)
def _arranged() -> dict[str, _Tile]:
    with _TILES.open(encoding="utf-8", newline="") as file:
        return {
            row["region_code"]: _Tile(int(row["column"]), int(row["row"]), row["label"])
            for row in csv.DictReader(file)
        }


# ------------------------------------------------------------------------------------------------------------ borders
def _drawn(rings: Mapping[str, list[borders.Ring]]) -> Shapes:
    """Outlines in degrees of latitude, with corners as near to each other as can still be seen on the page."""
    from matplotlib.path import Path as Outline

    low, high = _ends(rings)
    squeeze = np.array([cos(radians((low[1] + high[1]) / 2)), 1.0])
    low, high = low * squeeze, high * squeeze
    wide, tall = high - low
    points = 72 * min(WIDTH / (wide or 1), _TALLEST / (tall or 1))  # on paper, of one degree
    thin = {
        code: borders.thinned([ring * squeeze for ring in of], _SEEN / points) for code, of in rings.items()
    }
    paths = {
        code: Outline.make_compound_path(*(Outline(ring, closed=True) for ring in of))
        for code, of in thin.items()
    }
    labels = {code: _widest([[(x, y) for x, y in ring.tolist()] for ring in of]) for code, of in thin.items()}
    return Shapes(
        paths, labels, (low[0], high[0]), (low[1], high[1]), float(tall / (wide or 1)), font_size=5, are_borders=True
    )  # fmt: skip


def _ends(rings: Mapping[str, list[borders.Ring]]) -> tuple[Any, Any]:
    """The southwestern and the northeastern corner of all."""
    every = [ring for of in rings.values() for ring in of]
    return (
        np.min([ring.min(axis=0) for ring in every], axis=0),
        np.max([ring.max(axis=0) for ring in every], axis=0),
    )


def _widest(rings: list[list[tuple[float, float]]]) -> tuple[float, float, float]:
    """Middle and width of the widest stretch inside these rings, looked for on nineteen lines from south to north."""
    latitudes = [y for ring in rings for _, y in ring]
    low, high = min(latitudes), max(latitudes)
    found = []
    for part in range(1, 20):
        level = low + (high - low) * part / 20
        crossings = sorted(
            x0 + (level - y0) / (y1 - y0) * (x1 - x0)
            for ring in rings
            for (x0, y0), (x1, y1) in pairwise([*ring, ring[0]])
            if (y0 > level) != (y1 > level)
        )
        # between the first and second line one is inside, between the second and third outside
        found += [(e - w, (w + e) / 2, level) for w, e in zip(crossings[::2], crossings[1::2], strict=True)]
    width, x, y = max(found, default=(0.0, rings[0][0][0], low))
    return x, y, width
