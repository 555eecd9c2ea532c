"""How many are poor, over the years."""

from __future__ import annotations

from typing import Any

from expectations.site.numerals import decimal, number
from simpul.pack.model import Block, Column, Gap, Part, Picture, Row, Table, Text, Trend
from simpul.pack.words import REASON, STATUS, listed, month, spans, told
from simpul.pack.world import NATION, Region, World, below_marked, who_says

_KEY = ("region_code", "year", "month", "area")
_YEARS = 12
MARCH = "03"
_NOT_SENT = (None, "in_no_file", "not_delivered")
_MEASURES = {
    "poor_people": "jumlah penduduk miskin", "poverty_line_idr": "garis kemiskinan",
    "p1_index": "indeks kedalaman (P1)", "p2_index": "indeks keparahan (P2)",
}  # fmt: skip


def of_bps(region: Region) -> str:
    """The dataset that would tell of the region."""
    return "bps.poverty_province" if region.is_province else "bps.poverty_regency"


def blocks(world: World) -> list[Block]:
    """Trend and table."""
    found = world.rows(
        """select * from marts.fct_poverty where region_code = %(region)s and area = 'total'
            and year between %(year)s - %(years)s and %(year)s order by year, month""",
        years=_YEARS,
    )
    blocks: list[Block] = [Part("Tingkat kemiskinan")]
    if not found:
        return [*blocks, world.absent("tingkat kemiskinan", of_bps(world.region))]
    known = [row for row in found if row["p0_percent"] is not None]
    if known:
        blocks.append(Text(_sentence(world, known[-1])))
    if without := _years_without(world, found, known):
        newest = (
            f"Angka terbaru: {month(known[-1]['period'])}."
            if known and known[-1]["year"] < world.year
            else ""
        )
        blocks.append(
            world.absent(f"tingkat kemiskinan tahun {spans(without)}", of_bps(world.region), but=newest)
        )
    _ask_for_measures(world, known)
    if known:
        blocks.append(_trend(world, known))
    columns = [
        Column("Periode", width=1.5), Column("Penduduk miskin (%)", "percent"),
        Column("Penduduk miskin (jiwa)", "count"), Column("Garis kemiskinan (Rp/kapita/bulan)", "count", 1.2),
        Column("P1", "index", 0.7),
        Column("P2", "index", 0.7), Column("Status", width=0.8),
    ]  # fmt: skip
    by_period = {row["period"]: _level_row(world, row) for row in found}
    for year in without:
        by_period.setdefault(f"{year}-{MARCH}", Row([month(f"{year}-{MARCH}"), *[Gap()] * 6]))
    rows = [by_period[period] for period in sorted(by_period)]
    return [*blocks, Table(f"Kemiskinan {world.region.name} menurut periode", columns, rows)]


def _years_without(world: World, found: list[dict[str, Any]], known: list[dict[str, Any]]) -> list[int]:
    """Years of which no percentage came, from the first that is told of on; what BPS left out is not asked for."""
    if not known:
        return [world.year]
    told = {
        row["year"]
        for row in found
        if row["p0_percent"] is not None
        or (row["period"][5:] == MARCH and row["p0_missing_reason"] not in _NOT_SENT)
    }
    return [year for year in range(found[0]["year"], world.year + 1) if year not in told]


def _ask_for_measures(world: World, known: list[dict[str, Any]]) -> None:
    """The cells say it one by one; the list at the end says it once."""
    for name, words in _MEASURES.items():
        if without := [row["year"] for row in known if row[name] is None and row["period"][5:] == MARCH]:
            world.ask_for(f"{words} tahun {spans(without)}", of_bps(world.region))


def _level_row(world: World, row: dict[str, Any]) -> Row:
    p0 = row["p0_percent"]
    if p0 is None:
        p0 = Gap(REASON.get(row["p0_missing_reason"], "belum ada"))
    rest = [row[name] for name in ("poor_people", "poverty_line_idr", "p1_index", "p2_index")]
    status = STATUS[row["value_status"]] + (" (kutipan)" if row["is_quoted"] else "")
    return Row([month(row["period"]), p0, *rest, status], [world.proof("fct_poverty", row, *_KEY)])


def _sentence(world: World, row: dict[str, Any]) -> str:
    share = f"{decimal(float(row['p0_percent']))} persen"
    by = who_says(world, row)
    if row["poor_people"] is not None:
        by_people = who_says(world, row, "poor_people")
        share += f"{'' if by == by_people else by} atau {number(row['poor_people'])} jiwa"
        by = by_people
    text = f"Pada {month(row['period'])} penduduk miskin {world.region.name} sebesar {share}{by}."
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
    # every survey of the years is a place on the axis, so a March without a figure is seen as a gap; of September BPS
    # tells provinces and the nation only, and not of every year: a line that has none goes from March to March
    periods = [f"{year}-{m:02d}" for year in range(known[0]["year"], world.year + 1) for m in (3, 9)]
    of = {(row["region_code"], row["period"]): float(row["p0_percent"]) for row in found}
    months = {p[5:] for _, p in of}
    periods = [period for period in periods if period[5:] in months]
    series = {
        name: {
            period: of.get((code, period))
            for period in periods
            if period[5:] == MARCH or (code, period) in of
        }
        for code, name in wanted.items()
        if any(region == code for region, _ in of)
    }
    quotes = {
        (name, period): world.quoted_by(code, period)
        for code, name in wanted.items()
        for period in series.get(name, ())
    }
    quoted = {
        name: [period for (of_name, period), by in quotes.items() if by and of_name == name]
        for name in series
    }
    marked = below_marked({f"{name} {month(period)}": by for (name, period), by in quotes.items()})
    targets = _targets(world)
    shown = [
        (f"{row['year']}-03", float(row["target_low"]), float(row["target_high"])) for row in targets
        if row["year"] >= known[0]["year"] and row["target_low"] is not None and row["target_high"] is not None
    ]  # fmt: skip
    proofs = [world.proof("fct_poverty", row, *_KEY, told=("p0_percent",)) for row in found]
    proofs += [world.proof("fct_poverty_target", row, "place_key", "year", "indicator") for row in targets]
    first, last = known[0], known[-1]
    return Picture(
        f"Persentase penduduk miskin, {first['year']}–{world.year}",
        Trend(series, "persen", shown, quoted),
        f"Garis persentase penduduk miskin {listed(list(series))}. {world.region.name}:"
        f" {decimal(float(first['p0_percent']))} persen pada {month(first['period'])},"
        f" {decimal(float(last['p0_percent']))} persen pada {month(last['period'])}.",
        proofs,
        "Garis terputus pada Maret yang angkanya belum ada. Angka September hanya terbit bagi provinsi dan nasional,"
        " tidak bagi kabupaten/kota; tanpa September garis menghubungkan Maret dengan Maret."
        + (f" {marked}" if marked else ""),
    )


def _targets(world: World) -> list[dict[str, Any]]:
    return world.rows(
        """select * from marts.fct_poverty_target
        where region_code = %(region)s and indicator = 'POVERTY_RATE' and year <= %(year)s + 5 order by year"""
    )
