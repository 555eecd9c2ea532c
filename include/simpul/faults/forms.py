"""Faults of filled forms and recaps, each of which is sound cell by cell."""

from __future__ import annotations

import random
import re

from simpul.faults.good import Good, Place
from simpul.faults.kinds import change_cell, kind
from simpul.readers.marks import first_cell
from simpul.readers.total_rows import is_total

_TWO_DECIMALS = re.compile("[0-9]+,[0-9]{2} ?%?")  # one digit less is ten times as much, which may be so
_NUMBER = re.compile(r"[0-9]+(,[0-9]+)?")


@kind(
    "code_of_another_region",
    "The codes of two regions are exchanged, their names are not",
    "Kode dua wilayah tertukar, namanya tidak",
    "code_of_region_name",
    critical=True,
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    found = good.positions("kode_wilayah", "nama_wilayah") or good.positions("kode_bps", "wilayah")
    if found is None:
        return None
    code, name = found
    rows = [row for row in good.filled(code) if good.text(row, name)]
    one = chance.choice(rows) if rows else None
    other = next(
        (row for row in rows if one is not None and good.text(row, code) != good.text(one, code)), None
    )
    if one is None or other is None:
        return None
    first, second = good.text(one, code), good.text(other, code)
    return [good.put(one, code, second), good.put(other, code, first)]


@kind(
    "told_twice_respelt",
    "A meeting or giver stands twice, once in capitals and with two blanks",
    "Rapat atau pemberi tertulis dua kali, sekali berhuruf kapital dan berspasi ganda",
    "meeting_unique",
    "contribution_unique",
    critical=True,
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    position = next((p for p in map(good.position, ("agenda", "pemberi")) if p is not None), None)
    rows = good.filled(position) if position is not None else []
    if position is None or len(rows) < 2:
        return None
    one, again = rows[0], rows[1]
    good.rows[again] = list(good.rows[one])
    return [good.put(again, position, good.text(one, position).upper().replace(" ", "  "))]


@kind(
    "budget_of_none",
    "A budget stands beside the answer that there is none",
    "Anggaran terisi di samping jawaban tidak dianggarkan",
    "budget_of_no_budget",
    critical=True,
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    found = good.positions("dianggarkan", "anggaran_rp")
    rows = [row for row in good.filled(found[0]) if good.text(row, found[1])[:3] == "Rp "] if found else []
    return [good.put(chance.choice(rows), found[0], "tidak")] if found and rows else None


@kind(
    "target_ends_exchanged",
    "The upper end of a target is below its lower end",
    "Batas atas target lebih rendah daripada batas bawahnya",
    "target_ends_in_order",
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    if (found := good.positions("target_bawah", "target_atas")) is None:
        return None
    low, high = found
    rows = good.filled(low, lambda text: _NUMBER.fullmatch(text) is not None and text != "0")
    if not rows:
        return None
    row = chance.choice(rows)
    return [good.put(row, high, "0,1")]


@kind(
    "reached_without_comma",
    "What was reached has lost its comma",
    "Realisasi kehilangan komanya",
    "reached_of_target",
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    return change_cell(
        good,
        chance,
        "realisasi",
        lambda text: text.replace(",", ""),
        lambda text: _TWO_DECIMALS.fullmatch(text) is not None,
    )


@kind(
    "contribution_times_thousand",
    "A contribution of KUR has three noughts too many",
    "Nominal KUR kelebihan tiga nol",
    "contribution_per_recipient",
    "figure_of_peers",
    critical=True,
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    if (found := good.positions("jenis_kontribusi", "penerima", "nominal_rp")) is None:
        return None
    kind_of, many, amount = found
    rows = [
        row
        for row in good.filled(many, lambda text: text.isdigit())
        if good.text(row, kind_of) == "KUR" and good.text(row, amount)
    ]
    if not rows:
        return None
    row = chance.choice(rows)
    dots = "." in good.text(row, amount)
    return [good.put(row, amount, good.text(row, amount) + (".000" if dots else "000"))]


@kind(
    "helpers_times_hundred",
    "A region has a hundred times as many helpers as it had",
    "Jumlah tenaga suatu wilayah seratus kali lipat",
    "jumlah_of_regency",
    "figure_of_series",
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    # fewer may be so
    return change_cell(
        good,
        chance,
        "jumlah",
        lambda text: f"{text}00",
        lambda text: re.fullmatch("[2-9][0-9]", text) is not None,
    )


@kind(
    "payout_not_whole",
    "A part of the rupiah that were to be paid is neither paid nor left",
    "Sebagian dana alokasi tidak terealisasi dan tidak pula tersisa",
    "payout_money_adds_up",
    critical=True,
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    position = good.position("realisasi_biaya")
    rows = good.filled(position, lambda text: text.isdigit() and text != "0") if position is not None else []
    if position is None or not rows:
        return None
    row = chance.choice(rows)
    return [good.put(row, position, str(int(good.text(row, position)) // 2))]


@kind(
    "office_times_ten",
    "A post office has ten times the rupiah for its families",
    "Dana satu kantor pos sepuluh kali lipat untuk keluarganya",
    "rupiah_per_family",
    critical=True,
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    found = good.positions("alokasi_uang", "alokasi_biaya", "realisasi_biaya", "sisa_biaya")
    rows = [row for row in good.records if all(good.text(row, n).isdigit() for n in found)] if found else []
    if found is None or len(rows) < 3:
        return None
    row = chance.choice(rows)
    return [good.put(row, position, f"{good.text(row, position)}0") for position in found]


@kind(
    "target_without_comma",
    "A target has lost its comma",
    "Satu target kehilangan komanya",
    "figure_of_series",
    critical=True,
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    position = good.position("target_bawah")
    rows = (
        good.filled(position, lambda text: _NUMBER.fullmatch(text) is not None)
        if position is not None
        else []
    )
    if position is None or len(rows) < 3:
        return None
    if not (with_comma := [row for row in rows if "," in good.text(row, position)]):
        return None
    row = chance.choice(with_comma)
    return [good.put(row, position, good.text(row, position).replace(",", ""))]


@kind(
    "office_lost_above_total",
    "A post office is gone from a recap whose total still holds it",
    "Satu kantor pos hilang dari rekap, sedangkan jumlahnya masih memuatnya",
    "delivery_total_differs",
    critical=True,
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    if good.position("nopen") is None or not any(is_total(first_cell(row)) for row in good.rows):
        return None
    row = chance.choice(good.records)
    del good.rows[row]
    return [good.place(None)]


@kind(
    "count_below_nought",
    "What was reached is below nought",
    "Realisasi kurang dari nol",
    "figure_of_count",
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    return change_cell(good, chance, "realisasi", lambda text: f"-{text}", lambda text: text[0].isdigit())


@kind(
    "coverage_above_all",
    "More than all were reached",
    "Realisasi cakupan melebihi seluruhnya",
    "share_of_coverage",
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    found = good.positions("uraian_indikator", "realisasi")
    rows = (
        [
            row
            for row in good.filled(found[1], lambda text: "%" in text)
            if "ersen" in good.text(row, found[0])
        ]
        if found
        else []
    )
    return [good.put(chance.choice(rows), found[1], "183,32 %")] if found and rows else None


@kind(
    "reached_in_a_far_year",
    "The heading of what was reached says a year far ahead",
    "Judul kolom realisasi menyebut tahun yang jauh di depan",
    "year_of_target",
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    for position, said in enumerate(good.heading if good.position("realisasi") is not None else ()):
        if re.fullmatch("REALISASI 20[0-9]{2}", str(said)):
            good.heading[position] = "REALISASI 2071"
            return [good.place(None, position)]
    return None
