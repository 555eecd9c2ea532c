"""Chapter 2: the parts about poverty itself, each a module, and the supporting indicators by theme."""

from __future__ import annotations

from simpul.pack.chapters import extreme, level, position, sources
from simpul.pack.chapters.indicators import indicator_table, newest_year
from simpul.pack.model import Block, Chapter, Part
from simpul.pack.world import World

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
    blocks = [
        *level.blocks(world),
        *position.blocks(world),
        *extreme.blocks(world),
        *sources.blocks(world),
        *_themes(world),
    ]
    return Chapter("Profil kemiskinan", "Profil", blocks)


def _themes(world: World) -> list[Block]:
    blocks: list[Block] = []
    year = newest_year(world)
    for theme, indicators in _THEMES.items():
        blocks.append(Part(f"Indikator pendukung: {theme.lower()}"))
        table = indicator_table(world, f"{theme}, laporan {year}", year, indicators) if year else None
        blocks.append(table or world.absent(f"indikator {theme.lower()}", "dinsos.lp2kd_indicator"))
    return blocks
