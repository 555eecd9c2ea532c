"""Where the region stands: against its province, the nation, its target, and its neighbours."""

from __future__ import annotations

from typing import Any

from simpul.pack.chapters.level import of_bps
from simpul.pack.chapters.maps import map_of
from simpul.pack.model import Bars, Block, Column, Gap, Part, Picture, Row, Table, Text
from simpul.pack.words import listed, month
from simpul.pack.world import NATION, TARGETS, Region, World, below_marked, who_says

_POSITION = ("region_code", "year", "month")
_HELD_AGAINST = ("p0_percent", "gap_to_province_pp", "gap_to_national_pp")
_RANKED = (*_HELD_AGAINST, "rank_in_province")
"""What is told of a row: a gap comes from both figures, a rank from those of all that are ranked; no change is told."""
_TOLD = """select told.*, (
        select 'Provinsi ' || name from marts.dim_region where region_code = told.province_code_then
        order by is_current desc, valid_from desc limit 1
    ) as province_then
    from marts.rpt_poverty_position as told"""
"""A regency of a province that was split off stands against its old one, which is named."""


def blocks(world: World) -> list[Block]:
    """Position, target, and the regions of one level beside each other."""
    blocks: list[Block] = [
        Part("Posisi terhadap provinsi, nasional, dan target"),
        *_own_position(world),
        *_among(world, world.province, "regency", "Kabupaten/kota"),
    ]
    if world.region.is_province:
        blocks += _among(world, Region(NATION, "Indonesia", "nation", NATION), "province", "Provinsi")
    return blocks


def _own_position(world: World) -> list[Block]:
    found = world.rows(
        f"""{_TOLD}
        where region_code = %(region)s and year <= %(year)s and p0_percent is not null
        order by year desc, month desc limit 4"""
    )
    if not found:
        return [world.absent("posisi kemiskinan", of_bps(world.region))]
    in_province = not world.region.is_province
    rows = [
        Row(
            [month(row["period"]) + who_says(world, row), row["p0_percent"],
             *([row["province_p0_percent"]] if in_province else []), row["national_p0_percent"],
             *([row["gap_to_province_pp"]] if in_province else []), row["gap_to_national_pp"],
             *([_rank(row)] if in_province else [])],
            [world.proof("rpt_poverty_position", row, *_POSITION, told=_RANKED if in_province else _HELD_AGAINST)],
        )
        for row in found
    ]  # fmt: skip
    columns = [
        Column("Periode", width=1.3), Column("Wilayah (%)", "percent"),
        *([Column("Provinsi (%)", "percent")] if in_province else []), Column("Nasional (%)", "percent"),
        *([Column("Selisih thd. provinsi (poin)", "points")] if in_province else []),
        Column("Selisih thd. nasional (poin)", "points"),
        *([Column("Peringkat di provinsi", width=1.4)] if in_province else []),
    ]  # fmt: skip
    notes = [
        "Peringkat 1 = persentase tertinggi, di antara kabupaten/kota yang angkanya sudah masuk."
    ] * in_province
    if in_province and (then := _others(found)):
        notes.append(f"Pada {then}: angka provinsi, selisih, dan peringkat terhadap provinsi itu.")
    if marked := below_marked(_quotes_above(world, found)):
        notes.append(marked)
    blocks: list[Block] = [Table(f"Posisi {world.region.name}", columns, rows, " ".join(notes) or None)]
    return [*blocks, *_against_target(world, found)]


def _rank(row: dict[str, Any]) -> Any:
    """``6 dari 33``; where the figures of some are missing, of how many there are."""
    if row["rank_in_province"] is None:
        return Gap()
    told, of = row["ranked_regions"], row["regencies_total"]
    more = f" (seluruhnya {of})" if of != told else ""
    then = f" di {row['province_then']}" if _is_other(row) else ""
    return f"{row['rank_in_province']} dari {told}{more}{then}"


def _quotes_above(world: World, found: list[dict[str, Any]]) -> dict[str, str | None]:
    """Whose figure a row is held against, and when → whom that is quoted from."""
    told: dict[str, str | None] = {}
    for row in found:
        for code, name in ((row["province_code_then"], row["province_then"]), (NATION, "Indonesia")):
            if code and code != row["region_code"]:
                told[f"{name} {month(row['period'])}"] = world.quoted_by(code, row["period"])
    return told


def _is_other(row: dict[str, Any]) -> bool:
    """Whether the province that the row is held against is another than today's."""
    return row["province_code_then"] not in (None, row["province_code"])


def _others(found: list[dict[str, Any]]) -> str:
    """``Maret 2021 termasuk Provinsi Papua``."""
    said = [f"{month(row['period'])} termasuk {row['province_then']}" for row in found if _is_other(row)]
    return listed(list(dict.fromkeys(said)))


def _against_target(world: World, found: list[dict[str, Any]]) -> list[Block]:
    rows = []
    for row in found:
        for year, low, high, gap in (
            (row["year"], row["target_low"], row["target_high"], "gap_to_target_pp"),
            (row["next_target_year"], row["next_target_low"], row["next_target_high"], "gap_to_next_target_pp"),
        ):  # fmt: skip
            if year is not None and high is not None:
                rows.append(
                    Row(
                        [
                            month(row["period"]) + who_says(world, row),
                            row["p0_percent"],
                            str(year),
                            low,
                            high,
                            row[gap],
                        ],
                        [world.proof("rpt_poverty_position", row, *_POSITION, told=("p0_percent", gap))],
                    )
                )
    if not rows:
        return [world.absent(TARGETS, "dinsos.poverty_target")]
    columns = [
        Column("Periode", width=1.3), Column("Wilayah (%)", "percent"), Column("Tahun target"),
        Column("Target, batas bawah (%)", "percent"), Column("Target, batas atas (%)", "percent"),
        Column("Selisih thd. batas atas (poin)", "points"),
    ]  # fmt: skip
    note = "Selisih positif: masih di atas target; negatif: target sudah tercapai."
    return [Table(f"{world.region.name} terhadap target", columns, rows, note)]


def _among(world: World, above: Region, level: str, kind: str) -> list[Block]:
    """The regions of one level below another, at one survey.

    It is one that tells of at least half as many of them as any does: of a year that has come of two regencies alone
    nobody ranks thirty. Of these that of the newest year, in it that of March, which is told of all levels. Superset
    does the same (`simpul.render.superset.datasets`).
    """
    newest = world.rows(
        """select period from marts.rpt_poverty_position
        where level = %(level)s and (%(above)s = '00' or province_code = %(above)s) and year <= %(year)s
            and p0_percent is not null
        group by year, month, period
        order by 2 * count(*) >= max(count(*)) over () desc, year desc, (month = 3) desc, period desc limit 1""",
        level=level,
        above=above.code,
    )
    if not newest:
        return [world.absent(f"kemiskinan {kind.lower()} di {above.name}", f"bps.poverty_{level}")]
    period = newest[0]["period"]
    found = world.rows(
        f"""{_TOLD}
        where level = %(level)s and (%(above)s = '00' or province_code = %(above)s) and period = %(period)s
            and p0_percent is not null order by p0_percent desc, region_code""",
        level=level,
        above=above.code,
        period=period,
    )
    proofs = [world.proof("rpt_poverty_position", row, *_POSITION, told=_HELD_AGAINST) for row in found]
    columns = [
        Column("Kode", width=0.6), Column(kind, width=2.4), Column("Penduduk miskin (%)", "percent"),
        Column("Selisih thd. nasional (poin)", "points"),
    ]  # fmt: skip
    if level == "regency":
        columns.insert(3, Column("Selisih thd. provinsi (poin)", "points"))
        columns.append(Column("Di atas provinsi", "yes_no"))
    if is_split := any(map(_is_other, found)):
        columns.append(Column("Provinsi saat itu", width=1.6))
    rows = [
        Row(
            [row["region_code"], row["region_name"] + who_says(world, row), row["p0_percent"],
             *([row["gap_to_province_pp"]] if level == "regency" else []), row["gap_to_national_pp"],
             *([row["is_above_province"]] if level == "regency" else []),
             *([row["province_then"]] if is_split else [])],
            [proof],
        )
        for row, proof in zip(found, proofs, strict=True)
    ]  # fmt: skip
    blocks: list[Block] = []
    provinces = {row["province_then"]: row["province_p0_percent"] for row in found if row["province_then"]}
    for province in sorted(provinces):
        of = [row for row in found if row["province_then"] == province]
        if over := [row["region_name"] for row in of if row["is_above_province"]]:
            blocks.append(Text(f"Pada {month(period)} di atas angka {province}: {listed(over)}."))
    lines = {name: float(value) for name, value in provinces.items() if value is not None}
    if found[0]["national_p0_percent"] is not None:
        lines["Indonesia"] = float(found[0]["national_p0_percent"])
    own = next((row["region_name"] for row in found if row["region_code"] == world.region.code), None)
    title = f"Persentase penduduk miskin menurut {kind.lower()} di {above.name}, {month(period)}"
    by_code = {row["region_code"]: by for row in found if (by := world.quoted_by(row["region_code"], period))}
    if len(found) > 1:
        values = {row["region_name"]: float(row["p0_percent"]) for row in found}
        ends = f"tertinggi {found[0]['region_name']}, terendah {found[-1]['region_name']}"
        codes = {row["province_then"]: row["province_code_then"] for row in found if row["province_then"]}
        quotes = {row["region_name"]: by_code.get(row["region_code"]) for row in found}
        quotes |= {
            name: world.quoted_by(code, period)
            for name, code in {**codes, "Indonesia": NATION}.items()
            if name in lines
        }
        bars = Bars(values, "persen", own, lines, [name for name, by in quotes.items() if by])
        blocks.append(Picture(title, bars, f"Diagram batang: {ends}.", proofs, below_marked(quotes)))
    shown = {row["region_code"]: float(row["p0_percent"]) for row in found}
    blocks.append(map_of(world, above, level, f"Peta: {title[0].lower()}{title[1:]}", shown, proofs, by_code))
    blocks.append(Table(title, columns, rows))
    return blocks
