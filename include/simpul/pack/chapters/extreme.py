"""The extremely poor."""

from __future__ import annotations

from typing import Any

from expectations.site.numerals import number
from simpul.pack.chapters.maps import map_of
from simpul.pack.model import Block, Column, Gap, Part, Row, Table, Text
from simpul.pack.words import LINE, REASON, percent, told
from simpul.pack.world import NATION, World


def newest(world: World) -> dict[str, Any] | None:
    """The figure that summary and chapter tell: of the newest year; of several lines one with a percentage, then the
    highest.
    """
    found = world.rows(
        """select * from marts.fct_extreme_poverty where region_code = %(region)s and year <= %(year)s
        order by year desc, (extreme_percent is not null) desc, line_version desc limit 1"""
    )
    return found[0] if found else None


def blocks(world: World) -> list[Block]:
    """Sentence, map and table, by the line that was used."""
    blocks: list[Block] = [Part("Kemiskinan ekstrem")]
    found = world.rows(
        """select told.*, region.name from marts.fct_extreme_poverty as told
        join marts.dim_region as region on region.region_code = told.region_code and region.is_current
        where told.year <= %(year)s and told.year >= %(year)s - 5 and (told.region_code = %(region)s or
            told.region_code = %(nation)s or told.province_code = %(province)s)
        order by told.year desc, told.line_version desc, (told.region_code = %(region)s) desc,
            told.extreme_percent desc nulls last, told.region_code""",
        nation=NATION,
    )
    row = newest(world)
    if row is None:
        blocks.append(world.absent("kemiskinan ekstrem", "bps.extreme_poverty"))
    else:
        known = []
        if row["extreme_percent"] is not None:
            known.append(f"{told('as_printed', percent(row['extreme_percent']))} persen")
        if row["extreme_people"] is not None:
            known.append(f"{number(row['extreme_people'])} jiwa")
        if known:
            blocks.append(
                Text(
                    f"Penduduk miskin ekstrem {world.region.name} tahun {row['year']} sebesar {' atau '.join(known)}"
                    f" (garis {LINE[row['line_version']]})."
                )
            )
        if row["year"] < world.year:
            blocks.append(
                world.absent(f"kemiskinan ekstrem tahun {world.year}", "bps.extreme_poverty",
                             but=f"Angka terbaru: {row['year']}.")
            )  # fmt: skip
    if not found:
        return blocks
    columns = [
        Column("Tahun", width=0.6), Column("Wilayah", width=2.2), Column("Miskin ekstrem (%)", "percent"),
        Column("Miskin ekstrem (jiwa)", "count"), Column("Garis", width=1.6),
    ]  # fmt: skip
    rows = [
        Row(
            [str(row["year"]), row["name"], _or_why(row, "extreme_percent", "percent_missing_reason"),
             _or_why(row, "extreme_people", "people_missing_reason"), LINE[row["line_version"]]],
            [world.proof("fct_extreme_poverty", row, "place_key", "year", "line_version")],
        )
        for row in found
    ]  # fmt: skip
    note = "Angka dari garis yang berbeda tidak dapat dibandingkan. Nol berarti nol."
    first = row or found[0]
    year, line = first["year"], first["line_version"]
    shown = {
        row["region_code"]: float(row["extreme_percent"]) for row in found
        if row["year"] == year and row["line_version"] == line and row["extreme_percent"] is not None
    }  # fmt: skip
    proofs = [row.proofs[0] for row in rows]
    if len(shown) > 1:
        title = f"Peta: persentase penduduk miskin ekstrem di {world.province.name}, {year}"
        blocks.append(map_of(world, world.province, "regency", title, shown, proofs))
    return [*blocks, Table(f"Kemiskinan ekstrem di {world.province.name}", columns, rows, note)]


def _or_why(row: dict[str, Any], name: str, reason: str) -> Any:
    return Gap(REASON.get(row[reason], "belum ada")) if row[name] is None else row[name]
