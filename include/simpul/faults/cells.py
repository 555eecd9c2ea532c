"""Faults that the delivery alone tells: what was filled down, what no person wrote, who stands in it twice."""

from __future__ import annotations

import random
import re
from itertools import pairwise

from simpul.faults.good import Good, Place
from simpul.faults.kinds import change_cell, is_nik, kind

_FILLED = 60  # rows of a column that is filled down
_YEAR = re.compile(r"\b20(\d\d)\b")


@kind(
    "cards_filled_down",
    "Family card numbers count up from the first",
    "Nomor KK terisi otomatis berurutan ke bawah",
    "delivery_numbers_in_series",
    critical=True,
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    position = good.position("no_kk")
    if position is None:
        return None
    rows = good.filled(position, is_nik)
    begin = chance.randrange(max(1, len(rows) - _FILLED))
    rows = rows[begin : begin + _FILLED]
    if len(rows) < _FILLED or rows[-1] - rows[0] != _FILLED - 1:
        return None
    first = int(good.text(rows[0], position))
    for step, row in enumerate(rows):
        good.put(row, position, str(first + step))
    return [good.place(None, position)]


@kind(
    "address_of_a_lost_formula",
    "An address is the error of a formula",
    "Alamat berisi galat rumus",
    "delivery_cells_spoilt",
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    return change_cell(good, chance, "alamat", lambda said: "#REF!")


@kind(
    "marks_of_a_web_page",
    "Addresses hold marks of a web page",
    "Alamat memuat tanda laman web",
    "delivery_cells_spoilt",
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    return change_cell(good, chance, "alamat", lambda said: f"{said} &amp; {said}<br>")


@kind(
    "births_of_last_century",
    "Who was born after 1999 is said to be a hundred years older",
    "Yang lahir setelah 1999 tertulis seratus tahun lebih tua",
    "delivery_births_of_last_century",
    "delivery_values_of_others",
    critical=True,
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    position = good.position("tanggal_lahir")
    if position is None:
        return None
    young = good.filled(position, lambda text: bool(re.search(r"\b20(0|1)\d\b", text)))
    if len(young) < max(10, 0.05 * len(good.records)):
        return None
    return [good.put(row, position, _YEAR.sub(r"19\1", good.text(row, position))) for row in young]


@kind(
    "district_of_another_city",
    "A record says another city than its district's",
    "Kabupaten/kota satu catatan bukan tempat kecamatannya",
    "kecamatan_of_kabupaten",
    critical=True,
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    if (found := good.positions("provinsi", "kabupaten", "kecamatan")) is None:
        return None
    province, regency, place = found
    rows = [
        row
        for row in good.filled(place)
        if good.text(row, province).upper() == "SUMATERA UTARA"
        and not any("MEDAN" in good.text(row, where).upper() for where in (regency, place))
    ]
    return [good.put(chance.choice(rows), regency, "KOTA MEDAN")] if rows else None


@kind(
    "person_twice_other_digit",
    "One person stands twice, once with another last digit of the NIK",
    "Satu orang tertulis dua kali, sekali dengan digit terakhir NIK yang lain",
    "person_once",
    critical=True,
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    if (found := good.positions("nik", "no_kk", "tanggal_lahir", "nama")) is None:
        return None
    nik, *needed = found
    rows = [row for row in good.filled(nik, is_nik) if all(good.text(row, one) for one in needed)]
    if len(rows) < 2:
        return None
    one, again = rows[0], good.records[-1]
    good.rows[again] = list(good.rows[one])
    number = good.text(one, nik)
    good.put(again, nik, number[:-1] + str((int(number[-1]) + 1) % 10))
    return [good.place(one, nik), good.place(again, nik)]


@kind(
    "paid_on_two_cards",
    "One person is paid on two cards, in place of another",
    "Satu orang dibayar lewat dua kartu, menggantikan orang lain",
    "nik_one_card",
    critical=True,
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    if (found := good.positions("nik", "nama", "tahap_salur", "jenis_bansos", "no_kks")) is None:
        return None
    nik, name, stage, programme, card = found
    pairs = [
        (one, other)
        for one, other in pairwise(good.filled(nik, is_nik))
        if all(good.text(one, same) == good.text(other, same) for same in (programme, stage))
        and good.text(one, card) != good.text(other, card)
    ]
    if not pairs:
        return None
    one, other = chance.choice(pairs)
    for position in (nik, name):
        good.put(other, position, good.text(one, position))
    return [good.place(one, nik), good.place(other, nik)]
