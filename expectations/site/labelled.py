"""How good the model is on invented people whose identity is known: ``quality.json`` as rows of a table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from expectations.site.numerals import decimal, share

Words = tuple[str, str]
"""Indonesian, English."""

POPULATIONS: dict[str, Words] = {
    "city": ("kota contoh", "the sample's city"),
    "typist": ("salah ketik nama dan tanggal", "slips in names and dates"),
    "registrar": ("NIK kosong, tertukar, terpotong", "numbers missing, swapped, cut"),
    "village": ("satu desa, nama seragam, anak kembar", "one village, few names, twins"),
}
_SUBGROUPS: dict[tuple[str, str], Words] = {
    ("nik", "usable"): ("kedua rekaman ber-NIK valid", "both records with a usable NIK"),
    ("nik", "not usable"): ("salah satu tanpa NIK valid", "one of them without"),
    ("mononym", "True"): ("nama satu kata", "one name only"),
    ("mononym", "False"): ("nama lebih dari satu kata", "more than one name"),
    ("sex", "female"): ("perempuan", "women"),
    ("sex", "male"): ("laki-laki", "men"),
    ("age_band", "0-17"): ("0–17 tahun", "0–17 years"),
    ("age_band", "18-39"): ("18–39 tahun", "18–39 years"),
    ("age_band", "40-59"): ("40–59 tahun", "40–59 years"),
    ("age_band", "60+"): ("60 tahun ke atas", "60 years and older"),
}
_FEWEST_PAIRS = 1000  # as in the bench: a subgroup with fewer says nothing about a difference of two points
_PERSONAL = ("mononym", "sex", "age_band", "region")

Cell = tuple[float, float, bool]
"""Precision, recall, whether there are enough pairs to say so."""


def rows(populations: Mapping[str, Any]) -> list[tuple[Words, list[Cell | None]]]:
    """What is measured, and a cell for each population."""
    told_rows: list[tuple[Words, list[Cell | None]]] = [
        (("semua pasangan", "all pairs"), [_cell(told["pairs"]) for told in populations.values()])
    ]
    for (group, value), words in _SUBGROUPS.items():
        found = [told["subgroups"][group].get(value) for told in populations.values()]
        told_rows.append((words, [_cell(pairs) if pairs else None for pairs in found]))
    regions = [_regions(told["subgroups"]["region"]) for told in populations.values()]
    told_rows.append(
        (("wilayah terendah", "lowest region"), [cells[0] if cells else None for cells in regions])
    )
    told_rows.append(
        (("wilayah tertinggi", "highest region"), [cells[-1] if cells else None for cells in regions])
    )
    return told_rows


def _cell(pairs: Mapping[str, int]) -> Cell:
    together = pairs["found"] + pairs["wrong"]
    return (
        share(pairs["found"], together),
        share(pairs["found"], pairs["true"]),
        pairs["true"] >= _FEWEST_PAIRS,
    )


def _regions(regions: Mapping[str, Any]) -> list[Cell]:
    """Those with enough pairs, by recall; none where there is but one."""
    cells = sorted((cell for cell in map(_cell, regions.values()) if cell[2]), key=lambda cell: cell[1])
    return cells if len(cells) > 1 else []


def gaps(populations: Mapping[str, Any]) -> list[str]:
    """Per population the largest gap in recall between people of different kinds, in points."""
    return [
        decimal(100 * max(_gap(told["subgroups"][name].values()) for name in _PERSONAL), 1)
        for told in populations.values()
    ]


def _gap(values: Iterable[Mapping[str, int]]) -> float:
    recalls = [recall for _, recall, is_enough in map(_cell, values) if is_enough]
    return max(recalls) - min(recalls) if recalls else 0.0
