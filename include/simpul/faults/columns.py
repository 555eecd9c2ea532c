"""Faults of a column as a whole: it slid past its people, says the same of everybody, or was cut."""

from __future__ import annotations

import random
from collections.abc import Iterator

from simpul.faults.good import Good, Place
from simpul.faults.kinds import is_nik, kind, slide_column
from simpul.period import parse_period

_KNOWN = 20  # people whom another delivery has, too
_CARDS = ("no_kks", "no_kk", "psnoka_bpjs")


@kind(
    "column_slid_nik",
    "The NIKs stand one row too low",
    "Kolom NIK bergeser satu baris",
    "delivery_names_of_others",
    "delivery_cards_of_others",
    critical=True,
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    return _slid(good, "nik", beside="nama")


@kind(
    "column_slid_name",
    "The names stand one row too low",
    "Kolom nama bergeser satu baris",
    "delivery_names_of_others",
    critical=True,
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    return _slid(good, "nama")


@kind(
    "column_slid_mother",
    "The mothers' names stand some rows too low",
    "Kolom nama ibu kandung bergeser beberapa baris",
    "delivery_mothers_of_others",
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    return _slid(good, "nama_ibu_kandung", by=7)


@kind(
    "column_slid_birth",
    "The birth dates stand one row too low",
    "Kolom tanggal lahir bergeser satu baris",
    "nik_birth_date",
    critical=True,
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    return None if "nik_birth_date" in good.contract.waives else _slid(good, "tanggal_lahir")


@kind(
    "column_slid_amount",
    "The amounts stand one row too low",
    "Kolom nominal bergeser satu baris",
    "delivery_amounts_of_others",
    "nominal_of_programme",
    critical=True,
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    position = good.position("nominal")
    if position is None or len({good.text(row, position) for row in good.records}) < 4:
        return None
    return _slid(good, "nominal")


@kind(
    "column_slid_card",
    "The numbers of cards stand some rows too low",
    "Kolom nomor kartu bergeser beberapa baris",
    "delivery_cards_of_others",
    critical=True,
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    for field in _CARDS:
        if places := _slid(good, field, by=7):
            return places
    return None


@kind("names_all_same", "All have one name", "Semua bernama sama", "delivery_people_alike", critical=True)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    return _filled(good, "nama")


@kind(
    "niks_all_same", "All have one NIK", "Semua ber-NIK sama", "delivery_people_alike", "held", critical=True
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    return _filled(good, "nik")


@kind(
    "mothers_all_same",
    "All have one mother's name",
    "Semua bernama ibu kandung sama",
    "delivery_column_alike",
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    return _filled(good, "nama_ibu_kandung")


@kind(
    "card_all_same",
    "All are on one card",
    "Semua bernomor kartu sama",
    "delivery_column_alike",
    critical=True,
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    for field in _CARDS:
        if places := _filled(good, field):
            return places
    return None


@kind(
    "names_cut", "All names are cut to six letters", "Semua nama terpotong enam huruf", "delivery_names_cut"
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    position = good.position("nama")
    if position is None or len(rows := good.filled(position)) < _KNOWN:
        return None
    for row in rows:
        good.put(row, position, good.text(row, position)[:6])
    return [good.place(None, position)]


def _filled(good: Good, field: str) -> list[Place] | None:
    """A column filled down from its first cell."""
    position = good.position(field)
    if good.layout.is_melted or position is None or len(rows := good.filled(position)) < _KNOWN:
        return None
    value = good.text(rows[0], position)
    for row in rows:
        good.put(row, position, value)
    return [good.place(None, position)]


def _slid(good: Good, field: str, by: int = 1, beside: str | None = None) -> list[Place] | None:
    """A column some rows lower than the others, what fell out at its end on top.

    In a list of people of whom another delivery says the same thing, or who carry it in their NIK.
    """
    position, nik = good.position(field), good.position("nik")
    if position is None or nik is None or len(good.filled(position)) < _KNOWN:
        return None
    told = beside or field
    if field != "tanggal_lahir":
        numbers = {good.text(row, nik) for row in good.filled(nik, is_nik)}
        if len(numbers & {number for other in _others(good, told) for number in other}) < _KNOWN:
            return None
    if len({good.text(row, position) for row in good.filled(position)}) < 2:
        return None  # nothing would be another
    return slide_column(good, position, by)


def _others(good: Good, field: str) -> Iterator[set[str]]:
    """NIKs of the other deliveries that say such a thing: other lists, and other periods of this one."""
    period = parse_period(good.path.stem)
    for path in good.others:
        if (other := Good.open(path)) is None:
            continue
        is_same_list = other.contract.dataset == good.contract.dataset
        if (is_same_list and parse_period(path.stem) == period) or (field == "nominal" and not is_same_list):
            continue
        nik, told = other.position("nik"), other.position(field)
        if nik is not None and told is not None:
            yield {other.text(row, nik) for row in other.filled(nik, is_nik) if other.text(row, told)}
