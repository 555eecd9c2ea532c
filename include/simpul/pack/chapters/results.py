"""Chapter 6: what was reached of the targets, what auditors would find, how good the numbers of people are."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from operator import itemgetter
from typing import Any

from simpul.contract import load_contracts
from simpul.pack.chapters.indicators import indicator_table, newest_year
from simpul.pack.model import Block, Chapter, Column, Gap, Part, Row, Table, Text
from simpul.pack.words import SEVERITY, month
from simpul.pack.world import SMALL, World, masked, of_months, whole_masked
from simpul.period import last_month_sql


def chapter(world: World) -> Chapter:
    """Results and gaps."""
    return Chapter("Hasil dan kesenjangan", "Hasil", [*_achievement(world), *_findings(world), *_nik(world)])


def _achievement(world: World) -> list[Block]:
    blocks: list[Block] = [Part("Capaian indikator LP2KD")]
    year = newest_year(world)
    title = f"Capaian indikator LP2KD {world.region.name}, laporan {year}"
    table = indicator_table(world, title, year) if year else None
    if table is None or year is None:
        return [*blocks, world.absent("capaian indikator LP2KD", "dinsos.lp2kd_indicator")]
    if year < world.year:
        blocks.append(
            world.absent(f"capaian indikator LP2KD tahun {world.year}", "dinsos.lp2kd_indicator",
                         but=f"Laporan terbaru: tahun {year}.")
        )  # fmt: skip
    reached = [row.cells[6] for row in table.rows]
    unsaid = sum(isinstance(cell, Gap) for cell in reached)
    blocks.append(
        Text(
            f"Dari {len(reached)} indikator laporan {year}, {reached.count('ya')} mencapai target,"
            f" {reached.count('tidak')} tidak, dan {unsaid} tidak dapat dikatakan."
        )
    )
    return [*blocks, table]


def _findings(world: World) -> list[Block]:
    blocks: list[Block] = [Part("Temuan pada penyaluran")]
    found = world.rows(
        """select rule_code, title_id, severity, period, records, people, added_amount_idr
        from marts.rpt_finding where region_code = %(region)s and left(period, 4) = %(year)s::text
        order by rule_order, rule_code, period"""
    )
    if not found:
        paid = world.rows(
            """select count(*) as n from marts.rpt_program_payment
            where region_code = %(region)s and left(period, 4) = %(year)s::text"""
        )
        if paid[0]["n"]:
            return [
                *blocks,
                Text(f"Aturan pemeriksaan tidak menemukan apa pun pada penyaluran tahun {world.year}."),
            ]
        return [*blocks, world.absent(f"penyaluran tahun {world.year} untuk diperiksa", "dinsos.kks_payment")]
    rows = []
    for _, of_rule in groupby(found, key=itemgetter("rule_code")):
        months = list(of_rule)
        shown = of_months(months, "records", ("added_amount_idr",), _shown_finding)
        proofs = [
            world.proof("rpt_finding", {**row, "region_code": world.region.code}, "rule_code", "region_code", "period")
            for row in months
        ]  # fmt: skip
        rows.append(
            Row([shown["title_id"], SEVERITY.get(shown["severity"], shown["severity"]), len(months), shown["records"],
                 shown["people"], Gap.unless(shown["added_amount_idr"], "tidak diketahui")], proofs)
        )  # fmt: skip
    columns = [
        Column("Temuan", width=3), Column("Berat", width=0.8), Column("Jumlah bulan", "count", 0.8),
        Column("Baris terbanyak sebulan", "count"), Column("Penerima bulan itu", "count"),
        Column("Berisiko, bulan yang masuk (Rp)", "count", 1.4),
    ]  # fmt: skip
    note = (
        "Temuan adalah hal yang perlu diperiksa, bukan putusan. Rupiah tiap pembayaran dihitung sekali, pada temuan"
        " pertama yang mengenainya, dan ditahan juga bila pada salah satu bulan hanya sedikit orang yang terkena."
        f" {SMALL}"
    )
    return [*blocks, Table(f"Temuan di {world.region.name} tahun {world.year}", columns, rows, note)]


def _shown_finding(row: Mapping[str, Any]) -> dict[str, Any]:
    """One month."""
    return masked(row, ("records", "people"), follows=("added_amount_idr",))


def _nik(world: World) -> list[Block]:
    blocks: list[Block] = [Part("Mutu NIK dalam daftar")]
    if world.region.is_province:
        return [
            *blocks,
            Text(
                "Mutu NIK dihitung per daftar, dan daftar bernama dikirim per kabupaten/kota: angkanya ada dalam bahan"
                " rapat kabupaten/kota masing-masing."
            ),
        ]
    found = world.rows(
        f"""select distinct on (dataset) dataset, period, sum(records) as records,
            coalesce(sum(records) filter (where not is_valid), 0) as broken,
            array_agg(nik_status order by nik_status) as statuses
        from marts.rpt_nik_quality
        where region_code = %(region)s and left(period, 4) = %(year)s::text
        group by dataset, period
        order by dataset, {last_month_sql("period")} desc nulls last, period desc"""  # noqa: S608 — constants of this package
    )
    if not found:
        return [*blocks, world.absent(f"daftar bernama tahun {world.year}", "dinsos.dtks", "dinsos.dtsen")]
    rows = []
    for row in found:
        shown = _shown_nik(row)
        proofs = [
            world.proof("rpt_nik_quality", {**row, "place_key": world.region.code, "nik_status": status},
                        "place_key", "dataset", "period", "nik_status")
            for status in row["statuses"]
        ]  # fmt: skip
        rows.append(
            Row([load_contracts()[row["dataset"]].title.id, month(row["period"]), shown["records"], shown["sound"],
                 shown["broken"]], proofs)
        )  # fmt: skip
    columns = [
        Column("Daftar", width=3), Column("Periode", width=1.2), Column("Rekaman", "count"),
        Column("NIK dapat dipakai", "count"), Column("NIK perlu diperbaiki", "count"),
    ]  # fmt: skip
    note = f"Baris yang mengulang rekaman dihitung sekali; jumlahnya dapat lebih kecil daripada yang masuk. {SMALL}"
    return [*blocks, Table(f"Mutu NIK {world.region.name} tahun {world.year}", columns, rows, note)]


def _shown_nik(row: dict[str, Any]) -> dict[str, Any]:
    row = {**row, "sound": row["records"] - row["broken"]}
    return whole_masked(row, masked(row, ("broken", "sound")), "records", "broken", "sound")
