"""How large a run is: the full sizes of the goals, or small ones that show only that everything works."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Size:
    """What every benchmark may choose from."""

    rows: int = 1_000_000
    people: int = 175_000
    crowd: int = 1_000_000  # people of bi
    publishes: int = 100
    regencies: int = 38  # of packs
    listed: int = 38_000  # people of packs
    form_years: int = 5  # of packs
    records: int = 200_000
    populations: tuple[str, ...] = ()  # of linkage; none = all
    repeats: int = 7  # of every question of bi and dashboards, in each round
    rounds: int = 3
    peers: bool = True


FULL = Size()
QUICK = Size(
    rows=20_000,
    people=4_000,
    crowd=4_000,
    publishes=10,
    regencies=2,
    listed=600,
    form_years=1,
    records=6_000,
    repeats=2,
    rounds=1,
)
