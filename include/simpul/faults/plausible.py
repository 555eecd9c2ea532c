"""Faults of which every cell could be so: another programme, region or amount that there is, a few rows too few.

Nobody knows them from the file alone, and most of them nobody knows at all until a list is held against another one or
against the people in it. They are in the kit so that this is counted and not forgotten; see `Kind.plausible`.
"""

from __future__ import annotations

import random
from functools import partial

from simpul.faults.good import Good, Place
from simpul.faults.kinds import change_cell, is_nik, kind
from simpul.gate.amounts import UNPAYABLE

_PROGRAMMES = ("PKH", "SEMBAKO")
_FEW = 3  # records


_plausible = partial(kind, critical=True, plausible=True)


@_plausible(
    "programme_of_others",
    "Somebody's programme is another one that there is",
    "Program seseorang tertulis program lain yang memang ada",
    UNPAYABLE,
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    for field in ("jenis_bansos", "program"):
        places = change_cell(
            good, chance, field,
            lambda programme: _PROGRAMMES[programme.upper() == _PROGRAMMES[0]],
            lambda programme: programme.upper() in _PROGRAMMES,
        )  # fmt: skip
        if places:
            return places
    return None


@_plausible(
    "district_of_others",
    "Somebody lives in another district of the list",
    "Seseorang tertulis tinggal di kecamatan lain dalam daftar",
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    return _of_another_record(good, chance, "kecamatan")


@_plausible(
    "amount_of_others",
    "Somebody is paid what another one of the list is paid",
    "Seseorang tertulis menerima nominal orang lain dalam daftar",
    UNPAYABLE,
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    return _of_another_record(good, chance, "nominal")


@_plausible(
    "few_records_lost",
    "A few records are missing",
    "Beberapa rekaman hilang",
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    if good.layout.is_melted or len(good.records) < 30 * _FEW:
        return None
    gone = chance.sample(good.records, _FEW)
    places = [good.place(row) for row in gone]
    good.rows = [row for number, row in enumerate(good.rows) if number not in gone]
    return places


@_plausible(
    "records_of_another_file",
    "A few records of another list of this kind are in this one, too",
    "Beberapa rekaman daftar lain yang sejenis ikut masuk",
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    """Of people who are not in this list: who is, stands twice, and that is told."""
    nik = good.position("nik")
    if nik is None:
        return None
    here = {good.text(row, nik) for row in good.records}
    for other in good.siblings():
        if other.path.suffix != good.path.suffix or other.heading != good.heading:
            continue
        strangers = [row for row in other.filled(nik, is_nik) if other.text(row, nik) not in here]
        if len(strangers) < _FEW:
            continue
        last = good.records[-1]
        good.rows[last + 1 : last + 1] = [list(other.rows[row]) for row in chance.sample(strangers, _FEW)]
        return [good.place(row) for row in range(last + 1, last + 1 + _FEW)]
    return None


@_plausible(
    "person_in_two_districts",
    "Somebody stands twice, in two districts",
    "Seseorang tercatat dua kali, di dua kecamatan",
    "record_unique",
    "nik_unique",
    "payment_unique",
    "psnoka_unique",
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    district, nik = good.position("kecamatan"), good.position("nik")
    if district is None or nik is None or not (rows := good.filled(nik, is_nik)):
        return None
    row = chance.choice(rows)
    again = list(good.rows[row])
    others = {good.text(other, district) for other in good.records} - {"", good.text(row, district)}
    if not others:
        return None
    again[district] = chance.choice(sorted(others))
    good.rows.insert(row + 1, again)
    return [good.place(row), good.place(row + 1, district)]


def _of_another_record(good: Good, chance: random.Random, field: str) -> list[Place] | None:
    """One cell says what another record says."""
    position = good.position(field)
    told = sorted({good.text(row, position) for row in good.records} - {""}) if position is not None else []
    if len(told) < 2:
        return None
    return change_cell(good, chance, field, lambda text: chance.choice([one for one in told if one != text]))
