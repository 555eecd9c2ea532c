"""Where regions stand on a map: their borders where somebody has given them, otherwise one tile each, never nothing.

Borders come from GeoJSON in ``home/maps``: features with Kemendagri's code as ``region_code``
(docs/untuk-perencana.md). No package with free and current borders of Indonesia's regencies is
known (docs/adr/0054). The tiles of the provinces
are arranged as they lie (``tiles.csv``), those of regencies by their codes.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from math import ceil, cos, radians, sqrt
from pathlib import Path
from textwrap import wrap
from typing import Any

from simpul.errors import SimpulError
from simpul.settings import get_settings

_TILES = Path(__file__).with_name("tiles.csv")
_GAP = 0.04
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
        return min(7.5, width * self.aspect) + _LEGEND

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
    """Borders of these regions if those of all are there, otherwise tiles.

    Raises:
        SimpulError: a file of ``home/maps`` is no GeoJSON.
    """
    borders = {
        code: polygons
        for code, polygons in _borders(get_settings().home / "maps").items()
        if code in set(regions) and polygons and all(polygons)
    }
    return _drawn(borders) if borders.keys() == set(regions) and borders else _tiled(list(regions))


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
def _borders(folder: Path) -> dict[str, list[list[tuple[float, float]]]]:
    """Region code → rings of its polygons, longitude and latitude."""
    found: dict[str, list[list[tuple[float, float]]]] = {}
    for path in sorted(folder.glob("*.geojson")):
        try:
            for feature in json.loads(path.read_text(encoding="utf-8"))["features"]:
                code = str(feature["properties"].get("region_code", ""))
                found.setdefault(code, []).extend(_rings(feature["geometry"]))
        except (ValueError, KeyError, TypeError, AttributeError, IndexError):
            raise SimpulError(
                f"maps/{path.name} is no GeoJSON of regions",
                code="map",
                hint="features need a polygon and properties.region_code such as 12.74; or take the file away",
            ) from None
    return found


def _rings(geometry: Mapping[str, Any]) -> Iterator[list[tuple[float, float]]]:
    polygons: Iterable[Any] = {
        "Polygon": lambda: [geometry["coordinates"]],
        "MultiPolygon": lambda: geometry["coordinates"],
    }[geometry["type"]]()
    for polygon in polygons:
        for ring in polygon:
            yield [(float(point[0]), float(point[1])) for point in ring]


def _drawn(borders: Mapping[str, list[list[tuple[float, float]]]]) -> Shapes:
    from matplotlib.path import Path as Outline

    latitudes = [point[1] for rings in borders.values() for ring in rings for point in ring]
    squeeze = cos(radians((min(latitudes) + max(latitudes)) / 2))
    paths = {
        code: Outline.make_compound_path(
            *(Outline([(x * squeeze, y) for x, y in ring], closed=True) for ring in rings)
        )
        for code, rings in borders.items()
    }
    labels = {
        code: _widest([[(x * squeeze, y) for x, y in ring] for ring in rings])
        for code, rings in borders.items()
    }
    boxes = [path.get_extents() for path in paths.values()]
    x = min(box.x0 for box in boxes), max(box.x1 for box in boxes)
    y = min(box.y0 for box in boxes), max(box.y1 for box in boxes)
    aspect = (y[1] - y[0]) / ((x[1] - x[0]) or 1)
    return Shapes(paths, labels, x, y, aspect, font_size=5, are_borders=True)


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
