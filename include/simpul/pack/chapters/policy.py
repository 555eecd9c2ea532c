"""Chapter 3: the strategies, the programmes under each, and the targets of the planning documents."""

from __future__ import annotations

from typing import Any

from simpul.pack.model import Block, Chapter, Column, Gap, Part, Row, Table, Text
from simpul.pack.words import RECEIVER, SCOPE, STRATEGY, UNIT, listed
from simpul.pack.world import TARGETS, World


def chapter(world: World) -> Chapter:
    """Programmes by strategy, and targets."""
    return Chapter(
        "Kebijakan penanggulangan kemiskinan", "Kebijakan", [*_programmes(world), *_targets(world)]
    )


def _programmes(world: World) -> list[Block]:
    found = world.rows(
        """select * from marts.dim_program
        where (scope_region_code is null or scope_region_code in ('00', %(region)s, %(province)s))
            and coalesce(starts_on, '-infinity') <= make_date(%(year)s, 12, 31)
            and coalesce(ends_on, 'infinity') >= make_date(%(year)s, 1, 1)
        order by array_position(%(strategies)s, strategy), program_code""",
        strategies=list(STRATEGY),
    )
    found, note = _with_villages(world, found)
    rows = [
        Row(
            [STRATEGY.get(row["strategy"], Gap("tidak disebut")), row["program_code"], row["name"], row["agency"],
             SCOPE.get(row["scope"], row["scope"]), RECEIVER.get(row["unit"], row["unit"])],
        )
        for row in found
    ]  # fmt: skip
    columns = [
        Column("Strategi", width=2), Column("Kode", width=1.5), Column("Program", width=2.4),
        Column("Penanggung jawab", width=2), Column("Tingkat", width=1.1), Column("Penerima", width=1),
    ]  # fmt: skip
    return [
        Part("Tiga strategi dan programnya"),
        Text(_strategies(world.year)),
        Table(f"Program yang berlaku di {world.region.name} tahun {world.year} menurut strategi", columns, rows,
              "Sumber: daftar milik proyek (dim_program), bukan berkas kiriman; masa berlakunya perlu diperiksa."
              f"{note}"),
    ]  # fmt: skip


def _with_villages(world: World, programmes: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], str]:
    """The programmes without those of villages where there is no village, and what the note says of them.

    Kemendagri's code of a village of the state's administration (kelurahan) begins with 1 in its last part; it has no
    village fund. Where the villages of some district are not known, nobody can say that there is none.
    """
    of_villages = [row for row in programmes if row["scope"] == "village"]
    if not of_villages:
        return programmes, ""
    names = listed([row["name"] for row in of_villages])
    (known,) = world.rows(
        """with village as (
            select parent_region_code, split_part(region_code, '.', 4) like '1%%' as is_of_state
            from marts.dim_region
            where is_current and level = 'village' and region_code ^@ (%(region)s || '.'))
        select
            (select count(*) from village) as villages,
            (select count(*) from village where not is_of_state) as desa,
            (select count(*) from marts.dim_region
                where is_current and level = 'district' and region_code ^@ (%(region)s || '.')
                    and region_code not in (select parent_region_code from village)) as unknown_districts,
            exists (select from marts.rpt_program_payment
                where region_code = %(region)s and program_code = any(%(programmes)s)) as is_paid_here""",
        programmes=[row["program_code"] for row in of_villages],
    )
    if known["desa"] or known["is_paid_here"]:
        return programmes, ""
    if known["villages"] and not known["unknown_districts"]:
        kept = [row for row in programmes if row["scope"] != "village"]
        return kept, f" {names} tidak ditulis: wilayah ini tidak memiliki desa, hanya kelurahan."
    return programmes, (
        f" {names} hanya berlaku di desa, tidak di kelurahan; kode desa/kelurahan wilayah ini belum lengkap dalam"
        " gudang."
    )


def _strategies(year: int) -> str:
    """The three strategies, and whether the instruction that names them holds in the year (8 June 2022 to 2024)."""
    three = (
        "tiga strategi: mengurangi beban pengeluaran masyarakat, meningkatkan pendapatan masyarakat, dan mengurangi"
        " kantong kemiskinan"
    )
    if 2022 <= year <= 2024:
        return f"Penanggulangan kemiskinan ekstrem menurut Inpres 4 Tahun 2022 (2022–2024) ditempuh dengan {three}."
    holds = "belum ada pada" if year < 2022 else "berakhir 31 Desember 2024, sebelum"
    return (
        f"Program di bawah ini dikelompokkan menurut {three}. Pengelompokan itu dari Inpres 4 Tahun 2022 (2022–2024)"
        f" tentang kemiskinan ekstrem, yang {holds} tahun laporan ini; dasar yang berlaku perlu dirujuk."
    )


def _targets(world: World) -> list[Block]:
    found = world.rows(
        """select * from marts.fct_poverty_target
        where region_code = %(region)s and year between %(year)s - 1 and %(year)s + 5 order by year, indicator"""
    )
    blocks: list[Block] = [Part("Target dalam dokumen perencanaan")]
    if not found:
        return [*blocks, world.absent(TARGETS, "dinsos.poverty_target")]
    rows = [
        Row(
            [str(row["year"]), row["indicator_as_printed"], UNIT.get(row["unit"], "tidak disebut"), row["target_low"],
             row["target_high"], row["document"] or Gap("tidak disebut")],
            [world.proof("fct_poverty_target", row, "place_key", "year", "indicator")],
        )
        for row in found
    ]  # fmt: skip
    columns = [
        Column("Tahun", width=0.7), Column("Indikator", width=3), Column("Satuan"), Column("Batas bawah", "as_printed"),
        Column("Batas atas", "as_printed"), Column("Dokumen"),
    ]  # fmt: skip
    return [*blocks, Table(f"Target {world.region.name}", columns, rows)]
