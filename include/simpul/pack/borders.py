"""Borders of regions that somebody put into ``home/maps``: read once, drawn with no more corners than can be seen."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simpul.settings import get_settings

Ring = NDArray[np.float64]
"""Corners of an outline, n × 2: longitude and latitude in degrees; the last one is the first again."""
_CORNERS = 4  # of a ring at least: RFC 7946


@dataclass(frozen=True)
class Borders:
    """Region code → rings of its polygons; names of files that are no GeoJSON of regions."""

    rings: Mapping[str, list[Ring]]
    unreadable: tuple[str, ...]


State = tuple[tuple[Path, int, int], ...]


def given() -> State:
    """Path, time of change and size of every file: with these alike, `read` gives the same."""
    return tuple(
        (path, told.st_mtime_ns, told.st_size)
        for path in sorted((get_settings().home / "maps").glob("*.geojson"))
        for told in (path.stat(),)
    )


@lru_cache(maxsize=2)
def read(files: State) -> Borders:
    """What the files say. One that cannot be read is left out and named: it must not keep anybody from his pack."""
    rings: dict[str, list[Ring]] = {}
    unreadable = []
    for path, _, _ in files:
        try:
            told = list(_features(path))
        except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError):
            unreadable.append(path.name)
            continue
        for code, of_feature in told:
            rings.setdefault(code, []).extend(of_feature)
    return Borders(rings, tuple(unreadable))


def _features(path: Path) -> Iterable[tuple[str, list[Ring]]]:
    for feature in json.loads(path.read_text(encoding="utf-8"))["features"]:
        yield str(feature["properties"].get("region_code", "")), list(_rings(feature["geometry"]))


def _rings(geometry: Mapping[str, Any]) -> Iterable[Ring]:
    polygons = {"Polygon": lambda told: [told], "MultiPolygon": lambda told: told}[geometry["type"]](
        geometry["coordinates"]
    )
    for polygon in polygons:
        for ring in polygon:
            corners = np.array([(point[0], point[1]) for point in ring], dtype=np.float64)
            if len(corners) < _CORNERS or not np.isfinite(corners).all():
                raise ValueError("no ring")
            yield corners


def thinned(rings: Iterable[Ring], tolerance: float) -> list[Ring]:
    """The same outlines with no corner that lies nearer than ``tolerance`` to the line without it (Douglas–Peucker).

    Rings of which nothing is left are left out; of a region that would vanish the largest one stays as a rectangle.

    Args:
        rings: of one region, at least one.
        tolerance: in the units of the rings.
    """
    rings = list(rings)
    kept = [ring for ring in (_without_needless(ring, tolerance) for ring in rings) if len(ring) >= _CORNERS]
    if kept:
        return kept
    largest = max(rings, key=lambda ring: float(np.ptp(ring, axis=0).sum()))
    (west, south), (east, north) = largest.min(axis=0), largest.max(axis=0)
    return [np.array([(west, south), (east, south), (east, north), (west, north), (west, south)])]


def _without_needless(ring: Ring, tolerance: float) -> Ring:
    needed = np.zeros(len(ring), dtype=bool)
    needed[[0, -1]] = True
    parts = [(0, len(ring) - 1)]
    while parts:
        first, last = parts.pop()
        if last - first < 2:
            continue
        away = _distances(ring[first + 1 : last], ring[first], ring[last])
        farthest = int(away.argmax())
        if away[farthest] > tolerance:
            corner = first + 1 + farthest
            needed[corner] = True
            parts += [(first, corner), (corner, last)]
    return ring[needed]


def _distances(points: Ring, start: NDArray[np.float64], end: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of points from the straight piece between two others; of a closed ring these are one."""
    along = end - start
    length = float(along @ along)
    share = np.clip((points - start) @ along / length, 0, 1) if length else np.zeros(len(points))
    off = points - start - share[:, None] * along
    return np.hypot(off[:, 0], off[:, 1])
