"""Chapter 2: how many are poor, where the region stands, the extremely poor, what sources disagree on, and the
supporting indicators by theme.
"""

from __future__ import annotations

from typing import Any

from simpul.pack.chapters.indicators import indicator_table, newest_year
from simpul.pack.model import Bars, Block, Chapter, Column, Gap, Map, Part, Picture, Row, Table, Text, Trend
from simpul.pack.words import (
    LINE,
    REASON,
    SOURCE_STANDING,
    STATUS,
    decimal,
    listed,
    month,
    number,
    percent,
    told,
)
from simpul.pack.world import NATION, TARGETS, Region, World

_BPS = ("bps.poverty_regency", "bps.poverty_province")
_KEY = ("region_code", "year", "month", "area")
_POSITION = ("region_code", "year", "month")
_YEARS = 12
_MEASURES = {
    "p0_percent": ("Persentase penduduk miskin", "percent"), "poor_people": ("Jumlah penduduk miskin (jiwa)", "count"),
    "poverty_line_idr": ("Garis kemiskinan (Rp)", "count"), "p1_index": ("Indeks kedalaman (P1)", "index"),
    "p2_index": ("Indeks keparahan (P2)", "index"),
}  # fmt: skip
_THEMES = {
    "Konsumsi": ("EXPENDITURE_PER_CAPITA", "GINI_RATIO", "INFLATION", "ECONOMIC_GROWTH", "UNEMPLOYMENT_RATE",
        "LABOUR_PARTICIPATION"),
    "Kesehatan": ("BASIC_HEALTH_CARE_POOR", "BIRTHS_BY_SKILLED_STAFF", "CHILD_DEATHS", "CHILD_MORTALITY",
        "IMMUNISATION", "INFANT_DEATHS", "INFANT_MORTALITY", "JKN_MEMBERSHIP", "LIFE_EXPECTANCY", "MATERNAL_DEATHS",
        "MATERNAL_MORTALITY", "MEDICINE_AVAILABILITY", "MORBIDITY"),
    "Pendidikan": ("DROPOUT_LOWER_SECONDARY", "DROPOUT_PRIMARY", "DROPOUT_UPPER_SECONDARY",
        "ENROLMENT_GROSS_LOWER_SECONDARY", "ENROLMENT_GROSS_PRIMARY", "ENROLMENT_GROSS_UPPER_SECONDARY",
        "ENROLMENT_NET_LOWER_SECONDARY", "ENROLMENT_NET_PRIMARY", "ENROLMENT_NET_UPPER_SECONDARY",
        "EXPECTED_YEARS_OF_SCHOOLING", "LITERACY", "MEAN_YEARS_OF_SCHOOLING"),
    "Infrastruktur dasar": ("DECENT_HOUSING", "ELECTRIFICATION", "SAFE_SANITATION", "SAFE_WATER", "SLUM_AREA",
        "UNFIT_HOUSES"),
    "Ketahanan pangan dan gizi": ("STUNTING_PREVALENCE", "UNDERWEIGHT_PREVALENCE", "LOW_BIRTH_WEIGHT"),
}  # fmt: skip


def chapter(world: World) -> Chapter:
    """Main and supporting indicators."""
    blocks = [*_level(world), *_position(world), *_extreme(world), *_disagreement(world), *_themes(world)]
    return Chapter("Profil kemiskinan", "Profil", blocks)


# ----------------------------------------------------------------------------------------------------------- how many
def _level(world: World) -> list[Block]:
    found = world.rows(
        """select * from marts.fct_poverty where region_code = %(region)s and area = 'total'
            and year between %(year)s - %(years)s and %(year)s order by year, month""",
        years=_YEARS,
    )
    blocks: list[Block] = [Part("Tingkat kemiskinan")]
    if not found:
        return [*blocks, world.absent("tingkat kemiskinan", *_BPS)]
    known = [row for row in found if row["p0_percent"] is not None]
    if known:
        blocks.append(Text(_sentence(world, known[-1])))
    if not known or known[-1]["year"] < world.year:
        newest = f"Angka terbaru: {month(known[-1]['period'])}." if known else ""
        blocks.append(world.absent(f"tingkat kemiskinan tahun {world.year}", *_BPS, but=newest))
    if known:
        blocks.append(_trend(world, known))
    columns = [
        Column("Periode", width=1.5), Column("Penduduk miskin (%)", "percent"),
        Column("Penduduk miskin (jiwa)", "count"), Column("Garis kemiskinan (Rp/kapita/bulan)", "count", 1.2),
        Column("P1", "index", 0.7),
        Column("P2", "index", 0.7), Column("Status", width=0.8),
    ]  # fmt: skip
    rows = [_level_row(world, row) for row in found]
    return [*blocks, Table(f"Kemiskinan {world.region.name} menurut periode", columns, rows)]


def _level_row(world: World, row: dict[str, Any]) -> Row:
    p0 = row["p0_percent"]
    if p0 is None:
        p0 = Gap(REASON.get(row["p0_missing_reason"], "belum ada"))
    rest = [row[name] for name in ("poor_people", "poverty_line_idr", "p1_index", "p2_index")]
    status = STATUS[row["value_status"]] + (" (kutipan)" if row["is_quoted"] else "")
    return Row([month(row["period"]), p0, *rest, status], [world.proof("fct_poverty", row, *_KEY)])


def _sentence(world: World, row: dict[str, Any]) -> str:
    people = "" if row["poor_people"] is None else f" atau {number(row['poor_people'])} jiwa"
    text = (
        f"Pada {month(row['period'])} penduduk miskin {world.region.name} sebesar"
        f" {decimal(float(row['p0_percent']))} persen{people}."
    )
    position = world.rows(
        "select * from marts.rpt_poverty_position where region_code = %(region)s and period = %(period)s",
        period=row["period"],
    )
    if position and position[0]["change_pp"] is not None:
        change = position[0]["change_pp"]
        word = "turun" if change < 0 else "naik" if change > 0 else "tetap"
        less = position[0]["change_people"]
        told_people = (
            f" ({told('count', abs(less))} jiwa {'lebih sedikit' if less < 0 else 'lebih banyak'})"
            if less and position[0]["previous_people_period"] == position[0]["previous_period"] else ""
        )  # fmt: skip
        text += (
            f" Dibandingkan dengan {month(position[0]['previous_period'])} angka itu {word}"
            f" {decimal(abs(float(change)))} poin persen{told_people}."
        )
        if position[0]["is_change_comparable"] is False:
            text += " Perubahan itu tidak sebanding: sejak itu sebagian wilayahnya menjadi daerah lain."
    return text


def _trend(world: World, known: list[dict[str, Any]]) -> Picture:
    wanted = {world.region.code: world.region.name}
    if world.province.code != world.region.code:
        wanted[world.province.code] = world.province.name
    wanted[NATION] = "Indonesia"
    found = world.rows(
        """select * from marts.fct_poverty where region_code = any(%(codes)s) and area = 'total'
            and p0_percent is not null and year between %(first)s and %(year)s order by year, month""",
        codes=list(wanted),
        first=known[0]["year"],
    )
    # every survey of the years is a place on the axis, so a year without a figure is seen as a gap
    periods = [f"{year}-{m:02d}" for year in range(known[0]["year"], world.year + 1) for m in (3, 9)]
    of = {(row["region_code"], row["period"]): float(row["p0_percent"]) for row in found}
    months = {p[5:] for _, p in of}
    periods = [period for period in periods if period[5:] in months]
    series = {
        name: {period: of.get((code, period)) for period in periods}
        for code, name in wanted.items()
        if any(region == code for region, _ in of)
    }
    targets = _targets(world)
    shown = [
        (f"{row['year']}-03", float(row["target_low"]), float(row["target_high"])) for row in targets
        if row["year"] >= known[0]["year"] and row["target_low"] is not None and row["target_high"] is not None
    ]  # fmt: skip
    proofs = [world.proof("fct_poverty", row, *_KEY) for row in found]
    proofs += [world.proof("fct_poverty_target", row, "place_key", "year", "indicator") for row in targets]
    first, last = known[0], known[-1]
    return Picture(
        f"Persentase penduduk miskin, {first['year']}–{world.year}",
        Trend(series, "persen", shown),
        f"Garis persentase penduduk miskin {listed(list(series))}. {world.region.name}:"
        f" {decimal(float(first['p0_percent']))} persen pada {month(first['period'])},"
        f" {decimal(float(last['p0_percent']))} persen pada {month(last['period'])}.",
        proofs,
        "Garis terputus pada periode yang angkanya belum ada.",
    )


def _targets(world: World) -> list[dict[str, Any]]:
    return world.rows(
        """select * from marts.fct_poverty_target
        where region_code = %(region)s and indicator = 'POVERTY_RATE' and year <= %(year)s + 5 order by year"""
    )


# ---------------------------------------------------------------------------------------------------- where it stands
def _position(world: World) -> list[Block]:
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
        """select * from marts.rpt_poverty_position
        where region_code = %(region)s and year <= %(year)s and p0_percent is not null
        order by year desc, month desc limit 4"""
    )
    if not found:
        return [world.absent("posisi kemiskinan", *_BPS)]
    rows = []
    for row in found:
        rank = (
            Gap("tidak berlaku") if row["level"] != "regency"
            else Gap() if row["rank_in_province"] is None
            else f"{row['rank_in_province']} dari {row['ranked_regions']} (seluruhnya {row['regencies_total']})"
        )  # fmt: skip
        province = row["province_p0_percent"]
        if province is None and world.region.is_province:
            province = Gap("wilayah ini")
        gap = Gap("tidak berlaku") if world.region.is_province else row["gap_to_province_pp"]
        rows.append(
            Row(
                [month(row["period"]), row["p0_percent"], province, row["national_p0_percent"], gap,
                 row["gap_to_national_pp"], rank],
                [world.proof("rpt_poverty_position", row, *_POSITION)],
            )
        )  # fmt: skip
    columns = [
        Column("Periode", width=1.3), Column("Wilayah (%)", "percent"), Column("Provinsi (%)", "percent"),
        Column("Nasional (%)", "percent"), Column("Selisih thd. provinsi (poin)", "points"),
        Column("Selisih thd. nasional (poin)", "points"), Column("Peringkat di provinsi", width=1.4),
    ]  # fmt: skip
    note = "Peringkat 1 = persentase tertinggi, di antara kabupaten/kota yang angkanya sudah masuk."
    blocks: list[Block] = [Table(f"Posisi {world.region.name}", columns, rows, note)]
    return [*blocks, *_against_target(world, found)]


def _against_target(world: World, found: list[dict[str, Any]]) -> list[Block]:
    rows = []
    for row in found:
        for year, low, high, gap in (
            (row["year"], row["target_low"], row["target_high"], row["gap_to_target_pp"]),
            (row["next_target_year"], row["next_target_low"], row["next_target_high"], row["gap_to_next_target_pp"]),
        ):  # fmt: skip
            if year is not None and high is not None:
                rows.append(
                    Row(
                        [month(row["period"]), row["p0_percent"], str(year), low, high, gap],
                        [world.proof("rpt_poverty_position", row, *_POSITION)],
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
    """The regions of one level below another, at the newest survey of which any of them is told."""
    newest = world.rows(
        """select period from marts.rpt_poverty_position
        where level = %(level)s and (%(above)s = '00' or province_code = %(above)s) and year <= %(year)s
            and p0_percent is not null order by (month = 3) desc, period desc limit 1""",
        level=level,
        above=above.code,
    )
    if not newest:
        return [world.absent(f"kemiskinan {kind.lower()} di {above.name}", f"bps.poverty_{level}")]
    period = newest[0]["period"]
    found = world.rows(
        """select * from marts.rpt_poverty_position
        where level = %(level)s and (%(above)s = '00' or province_code = %(above)s) and period = %(period)s
            and p0_percent is not null order by p0_percent desc, region_code""",
        level=level,
        above=above.code,
        period=period,
    )
    proofs = [world.proof("rpt_poverty_position", row, *_POSITION) for row in found]
    columns = [
        Column("Kode", width=0.6), Column(kind, width=2.4), Column("Penduduk miskin (%)", "percent"),
        Column("Selisih thd. nasional (poin)", "points"),
    ]  # fmt: skip
    if level == "regency":
        columns.insert(3, Column("Selisih thd. provinsi (poin)", "points"))
        columns.append(Column("Di atas provinsi", "yes_no"))
    rows = [
        Row(
            [row["region_code"], row["region_name"], row["p0_percent"],
             *([row["gap_to_province_pp"]] if level == "regency" else []), row["gap_to_national_pp"],
             *([row["is_above_province"]] if level == "regency" else [])],
            [proof],
        )
        for row, proof in zip(found, proofs, strict=True)
    ]  # fmt: skip
    blocks: list[Block] = []
    if level == "regency" and (over := [row["region_name"] for row in found if row["is_above_province"]]):
        blocks.append(Text(f"Pada {month(period)} di atas angka {above.name}: {listed(over)}."))
    lines = {}
    if level == "regency" and found[0]["province_p0_percent"] is not None:
        lines[above.name] = float(found[0]["province_p0_percent"])
    if found[0]["national_p0_percent"] is not None:
        lines["Indonesia"] = float(found[0]["national_p0_percent"])
    own = next((row["region_name"] for row in found if row["region_code"] == world.region.code), None)
    title = f"Persentase penduduk miskin menurut {kind.lower()} di {above.name}, {month(period)}"
    if len(found) > 1:
        values = {row["region_name"]: float(row["p0_percent"]) for row in found}
        ends = f"tertinggi {found[0]['region_name']}, terendah {found[-1]['region_name']}"
        blocks.append(Picture(title, Bars(values, "persen", own, lines), f"Diagram batang: {ends}.", proofs))
    shown = {row["region_code"]: float(row["p0_percent"]) for row in found}
    blocks.append(_map(world, above, level, f"Peta: {title[0].lower()}{title[1:]}", shown, proofs))
    blocks.append(Table(title, columns, rows))
    return blocks


def _map(
    world: World, above: Region, level: str, title: str, shown: dict[str, float], proofs: list[Any]
) -> Picture:
    regions = world.rows(
        """select region_code, name from marts.dim_region
        where is_current and level = %(level)s and parent_region_code = %(above)s order by region_code""",
        level=level,
        above=above.code,
    )
    values = {row["region_code"]: (row["name"], shown.get(row["region_code"])) for row in regions}
    without = [name for name, value in values.values() if value is None]
    note = f"Belum ada angka: {listed(without)}." if 0 < len(without) <= 6 else (
        f"Belum ada angka untuk {len(without)} dari {len(values)} wilayah." if without else None
    )  # fmt: skip
    alt = f"Peta {len(values)} wilayah; {len(values) - len(without)} di antaranya dengan angka. Angkanya dalam tabel."
    return Picture(title, Map(values, "persen", world.region.code), alt, proofs, note)


# --------------------------------------------------------------------------------------------------- the extremely poor
def _extreme(world: World) -> list[Block]:
    blocks: list[Block] = [Part("Kemiskinan ekstrem")]
    found = world.rows(
        """select told.*, region.name from marts.fct_extreme_poverty as told
        join marts.dim_region as region on region.region_code = told.region_code and region.is_current
        where told.year <= %(year)s and told.year >= %(year)s - 5 and (told.region_code = %(region)s or
            told.region_code = %(nation)s or told.province_code = %(province)s)
        order by told.year desc, told.line_version, (told.region_code = %(region)s) desc,
            told.extreme_percent desc nulls last, told.region_code""",
        nation=NATION,
    )
    own = [row for row in found if row["region_code"] == world.region.code]
    if not own:
        blocks.append(world.absent("kemiskinan ekstrem", "bps.extreme_poverty"))
    else:
        row = own[0]
        people = "" if row["extreme_people"] is None else f" atau {number(row['extreme_people'])} jiwa"
        share = told("as_printed", percent(row["extreme_percent"]))
        blocks.append(
            Text(
                f"Penduduk miskin ekstrem {world.region.name} tahun {row['year']} sebesar {share} persen{people}"
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
    newest, line = found[0]["year"], found[0]["line_version"]
    shown = {
        row["region_code"]: float(row["extreme_percent"]) for row in found
        if row["year"] == newest and row["line_version"] == line and row["extreme_percent"] is not None
    }  # fmt: skip
    proofs = [row.proofs[0] for row in rows]
    if len(shown) > 1:
        title = f"Peta: persentase penduduk miskin ekstrem di {world.province.name}, {newest}"
        blocks.append(_map(world, world.province, "regency", title, shown, proofs))
    return [*blocks, Table(f"Kemiskinan ekstrem di {world.province.name}", columns, rows, note)]


def _or_why(row: dict[str, Any], name: str, reason: str) -> Any:
    return Gap(REASON.get(row[reason], "belum ada")) if row[name] is None else row[name]


# ------------------------------------------------------------------------------------------------------- who says so
def _disagreement(world: World) -> list[Block]:
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
            [month(row["period"]), _MEASURES[row["indicator"]][0],
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


# -------------------------------------------------------------------------------------------------- supporting figures
def _themes(world: World) -> list[Block]:
    blocks: list[Block] = []
    year = newest_year(world)
    for theme, indicators in _THEMES.items():
        blocks.append(Part(f"Indikator pendukung: {theme.lower()}"))
        table = indicator_table(world, f"{theme}, laporan {year}", year, indicators) if year else None
        blocks.append(table or world.absent(f"indikator {theme.lower()}", "dinsos.lp2kd_indicator"))
    return blocks
