"""Chapter 5: meetings of the TKPK, verification of the registries, who works in the field."""

from __future__ import annotations

from typing import Any

from simpul.pack.model import Block, Chapter, Column, Gap, Part, Row, Table, Text
from simpul.pack.words import MEETINGS_RULE_FROM, WORKFORCE, listed
from simpul.pack.world import SMALL, World, masked

_VISITS = (
    ("verified", "found", "not_found", "moved", "deceased", "duplicate", "result_unknown",
     "eligible", "ineligible", "eligibility_unknown"),
    ("target_records",),
)  # fmt: skip
"""What adds up, also of counts that have no column."""


def chapter(world: World) -> Chapter:
    """What the team did."""
    return Chapter(
        "Kerja TKPK dan rapat koordinasi", "TKPK", [*_meetings(world), *_verval(world), *_workforce(world)]
    )


def _meetings(world: World) -> list[Block]:
    blocks: list[Block] = [Part("Rapat koordinasi")]
    years = world.rows(
        "select * from marts.rpt_tkpk_compliance where region_code = %(region)s and year <= %(year)s order by year"
    )
    if not years:
        return [*blocks, world.absent("rapat koordinasi TKPK", "dinsos.tkpk_meeting")]
    if years[-1]["year"] < world.year:
        blocks.append(
            world.absent(
                f"rapat koordinasi TKPK tahun {world.year}", "dinsos.tkpk_meeting",
                but=f"Rapat terakhir yang diketahui: tahun {years[-1]['year']}.",
            )
        )  # fmt: skip
    rows = [
        Row(
            [str(row["year"]), row["meetings"], *_required(row), row["first_held_on"], row["last_held_on"]],
            [world.proof("rpt_tkpk_compliance", row, "place_key", "year")],
        )
        for row in years
    ]  # fmt: skip
    columns = [
        Column("Tahun", width=0.7), Column("Rapat", "count"), Column("Sedikitnya", "count"),
        Column("Mencukupi", "yes_no", 1.2), Column("Rapat pertama", "date", 1.6), Column("Rapat terakhir", "date", 1.6),
    ]  # fmt: skip
    blocks.append(
        Table("Rapat koordinasi menurut tahun (Permendagri 53/2020 pasal 13 ayat (3))", columns, rows)
    )
    meetings = world.rows(
        "select * from marts.fct_tkpk_meeting where region_code = %(region)s and year <= %(year)s"
        " order by held_on desc, meeting_no limit 30"
    )
    rows = [
        Row([row["held_on"], row["level"] or Gap("tidak disebut"), row["agenda"] or Gap("tidak disebut")],
            [world.proof("fct_tkpk_meeting", row, "place_key", "held_on", "meeting_no")])
        for row in meetings
    ]  # fmt: skip
    columns = [Column("Tanggal", "date", 1.4), Column("Tingkat", width=1.2), Column("Agenda", width=4)]
    return [*blocks, Table("Rapat yang dilaksanakan", columns, rows)]


def _required(row: dict[str, Any]) -> list[Any]:
    """How many meetings are asked for, and whether there were as many; nothing was asked before the rule."""
    if row["year"] < MEETINGS_RULE_FROM:
        return [Gap("tidak berlaku"), Gap("sebelum Permendagri 53/2020")]
    return [row["required_meetings"], Gap.unless(row["is_compliant"], "tahun belum berakhir")]


def _of_five_years(world: World, mart: str, order: str) -> list[dict[str, Any]]:
    """Rows of a mart of the year and the four before, of the region; of a province those of its regencies, too."""
    return world.rows(
        f"""select * from (
            select told.*, region.name from marts.{mart} as told
            left join marts.dim_region as region on region.region_code = told.region_code and region.is_current
            where told.year between %(year)s - 4 and %(year)s and (told.region_code = %(region)s
                or (%(is_province)s and told.province_code = %(region)s))) as named
        order by year, {order}""",  # noqa: S608 — names of this module
        is_province=world.region.is_province,
    )


def _verval(world: World) -> list[Block]:
    blocks: list[Block] = [Part("Verifikasi dan validasi data (verval)")]
    found = _of_five_years(world, "fct_verval", "registry, region_code")
    if not found:
        return [*blocks, world.absent("verval", "dinsos.verval_budget", "dinsos.verval_result")]
    if max(row["year"] for row in found) < world.year:
        blocks.append(
            world.absent(f"verval tahun {world.year}", "dinsos.verval_budget", "dinsos.verval_result")
        )
    if world.region.is_province:
        blocks += _budgets(found)
    rows = [_verval_row(world, row) for row in found]
    columns = [
        Column("Tahun", width=0.7), Column("Wilayah", width=1.8), Column("Registri"), Column("Dianggarkan", width=1.3),
        Column("Anggaran (Rp)", "count", 1.1), Column("Terlaksana", width=1.2), Column("Sasaran", "count"),
        Column("Dikunjungi", "count", 1.2), Column("Ditemukan", "count", 1.2), Column("Dinilai layak", "count", 0.9),
    ]  # fmt: skip
    note = (
        "Ditemukan: orangnya ada pada alamatnya; dinilai layak: putusan petugas tentang yang dikunjungi, “tidak"
        f" disebut” bila hasil verval tidak memuatnya. {SMALL}"
    )
    return [*blocks, Table(f"Verval di {world.region.name}", columns, rows, note)]


def _verval_row(world: World, row: dict[str, Any]) -> Row:
    shown = masked(row, *_VISITS)
    unsaid = Gap("tidak disebut")
    is_unjudged = bool(row["verified"]) and row["eligibility_unknown"] == row["verified"]

    def word(value: bool | None) -> Any:
        return unsaid if value is None else "ya" if value else "tidak"

    return Row(
        [
            str(row["year"]), row["name"], row["registry"], word(row["is_budgeted"]),
            Gap.unless(row["budget_idr"]), word(row["is_executed"]),
            shown["target_records"], shown["verified"], shown["found"], unsaid if is_unjudged else shown["eligible"],
        ],
        [world.proof("fct_verval", row, "place_key", "year", "registry")],
    )  # fmt: skip


def _budgets(found: list[dict[str, Any]]) -> list[Block]:
    """Each regency once: it budgets where it does for one registry at least. The province's own row is no regency."""
    said = []
    for year in sorted({row["year"] for row in found}):
        budgets: dict[str, bool] = {}
        for row in found:
            is_regency = row["region_code"] != row["province_code"]
            if row["year"] == year and is_regency and row["is_budgeted"] is not None:
                budgets[row["place_key"]] = budgets.get(row["place_key"], False) or row["is_budgeted"]
        if budgets:
            yes, of = sum(budgets.values()), len(budgets)
            said.append(f"tahun {year}: {yes} menganggarkan dan {of - yes} tidak, dari {of} kabupaten/kota")
    return [Text(f"Anggaran verval kabupaten/kota, {listed(said)}.")] if said else []


def _workforce(world: World) -> list[Block]:
    blocks: list[Block] = [Part("Sumber daya manusia kesejahteraan sosial")]
    found = _of_five_years(world, "fct_social_workforce", "region_code, kind")
    if not found:
        return [*blocks, world.absent("tenaga dan relawan sosial (PSKS)", "dinsos.social_workforce")]
    rows = [
        Row([str(row["year"]), row["name"], WORKFORCE.get(row["kind"], row["kind_as_said"]),
             Gap.unless(row["people"])],
            [world.proof("fct_social_workforce", row, "place_key", "year", "kind")])
        for row in found
    ]  # fmt: skip
    columns = [
        Column("Tahun", width=0.7),
        Column("Wilayah", width=2),
        Column("Jenis", width=3),
        Column("Orang", "count"),
    ]
    return [*blocks, Table(f"Tenaga kesejahteraan sosial di {world.region.name}", columns, rows)]
