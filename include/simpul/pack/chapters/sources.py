"""What sources disagree on."""

from __future__ import annotations

from typing import Any

from simpul.pack.model import Block, Column, Gap, Part, Row, Table, Text
from simpul.pack.words import REASON, SOURCE_STANDING, month, percent
from simpul.pack.world import World

_KEY = ("region_code", "year", "month", "area")
_YEARS = 12
_MEASURES = {
    "p0_percent": "Persentase penduduk miskin", "poor_people": "Jumlah penduduk miskin (jiwa)",
    "poverty_line_idr": "Garis kemiskinan (Rp)", "p1_index": "Indeks kedalaman (P1)",
    "p2_index": "Indeks keparahan (P2)",
}  # fmt: skip


def blocks(world: World) -> list[Block]:
    """Figures that two tell differently, or that only another than BPS tells."""
    found = world.rows(
        """select * from marts.fct_poverty_source as told
        where region_code = %(region)s and area = 'total' and year between %(year)s - %(years)s and %(year)s
            and exists (select from marts.fct_poverty_source as other
                where other.region_code = told.region_code and other.period = told.period and other.area = told.area
                    and other.indicator = told.indicator and (other.is_contradicting or other.is_quoted))
        order by period, indicator, source_no""",
        years=_YEARS,
    )
    if not found:
        return []
    rows = [
        Row(
            [month(row["period"]), _MEASURES[row["indicator"]],
             _figure(row),
             row["sender"] or "BPS", SOURCE_STANDING[row["standing"]]],
            [world.proof("fct_poverty_source", row, *_KEY, "indicator", "source_no")],
        )
        for row in found
    ]  # fmt: skip
    columns = [
        Column("Periode", width=1.2), Column("Ukuran", width=2), Column("Angka", "as_printed"),
        Column("Menurut", width=1.8), Column("Kedudukan", width=1.4),
    ]  # fmt: skip
    return [
        Part("Perbedaan antarsumber"),
        Text("Untuk angka berikut ada sumber yang berbeda, atau hanya pihak lain yang mengutipnya."),
        Table("Angka menurut sumbernya", columns, rows),
    ]


def _figure(row: dict[str, Any]) -> Any:
    if row["figure"] is None:
        return Gap(REASON.get(row["missing_reason"], "belum ada"))
    return (
        int(row["figure"])
        if row["indicator"] in ("poor_people", "poverty_line_idr")
        else percent(row["figure"])
    )
