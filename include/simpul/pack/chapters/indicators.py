"""Indicators of LP2KD as the region reported them, some or all of them."""

from __future__ import annotations

from collections.abc import Collection

from simpul.pack.model import Column, Gap, Row, Table
from simpul.pack.words import NOT_SAID, UNIT
from simpul.pack.world import World

_COLUMNS = (
    Column("No", width=0.5), Column("Indikator", width=3), Column("Satuan", width=0.8), Column("Target", "as_printed"),
    Column("Realisasi", "as_printed"), Column("Tahun realisasi", width=0.9), Column("Tercapai", width=1.2),
    Column("Pelaksana", width=1.8),
)  # fmt: skip


def newest_year(world: World) -> int | None:
    """The newest report up to the year of the pack."""
    found = world.rows(
        "select max(year) as year from marts.fct_indicator_achievement"
        " where region_code = %(region)s and year <= %(year)s"
    )
    year: int | None = found[0]["year"]
    return year


def indicator_table(
    world: World, title: str, year: int, indicators: Collection[str] | None = None
) -> Table | None:
    """Indicators of a report, in its order; None where it has none of them."""
    found = [
        row
        for row in world.rows(
            "select * from marts.fct_indicator_achievement where region_code = %(region)s and year = %(found)s"
            " order by source_row, indicator",
            found=year,
        )
        if indicators is None or row["indicator"] in indicators
    ]
    if not found:
        return None
    rows = [
        Row(
            [
                row["number_as_printed"] or "–",
                row["indicator_as_printed"],
                UNIT.get(row["unit"], "tidak disebut"),
                row["target"],
                row["realised"],
                Gap("tidak disebut") if row["realised_year"] is None else str(row["realised_year"]),
                ("ya" if row["is_achieved"] else "tidak") if row["is_achieved"] is not None
                else Gap(f"tidak dapat dikatakan: {NOT_SAID.get(row['why_not_said'], 'tanpa angka')}"),
                row["agencies"] or Gap("tidak disebut"),
            ],
            [world.proof("fct_indicator_achievement", row, "place_key", "year", "indicator")],
        )
        for row in found
    ]  # fmt: skip
    return Table(title, _COLUMNS, rows)
