"""Faults of a column as a whole that only an earlier delivery of the same list tells."""

from __future__ import annotations

import random
from collections.abc import Callable

from simpul.faults.good import Good, Place
from simpul.faults.kinds import exchange_columns, is_nik, kind, slide_column
from simpul.period import parse_period

_KNOWN = 20  # people who were in the list before
_SHARE = 0.10  # of the numbers
_BLOCK = 0.14  # of the list
TURNED = {"YA": "TIDAK", "TIDAK": "YA"}


@kind(
    "flags_turned",
    "Who gets aid is said not to, and who does not, to get it",
    "Penerima tertulis bukan penerima, dan sebaliknya",
    "delivery_values_of_others",
    critical=True,
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    return all_of(good, "bansos_pkh", lambda said: TURNED.get(said.upper(), said), least=2)


@kind(
    "flags_filled_down",
    "All are said to get aid",
    "Semua orang tertulis penerima bansos",
    "delivery_values_of_others",
    critical=True,
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    return all_of(good, "bansos_pkh", lambda said: "YA", least=2)


@kind(
    "columns_exchanged",
    "Districts stand under the heading of villages, and villages under that of districts",
    "Kolom kecamatan dan desa tertukar",
    "delivery_values_of_others",
    critical=True,
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    found = good.positions("kecamatan", "desa")
    if found is None or not has_earlier(good, "kecamatan", least=2):
        return None
    return exchange_columns(good, *found)


@kind(
    "relations_filled_down",
    "All are heads of their family",
    "Semua orang tertulis kepala keluarga",
    "delivery_values_of_others",
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    return all_of(good, "hubungan_keluarga", lambda said: "Kepala Keluarga", least=2)


@kind(
    "ids_slid",
    "The list's own numbers stand one row too low",
    "Nomor daftar bergeser satu baris",
    "delivery_values_of_others",
    critical=True,
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    position = good.position("id_dtks")
    if position is None or not has_earlier(good, "id_dtks"):
        return None
    return slide_column(good, position)


@kind(
    "column_emptied",
    "A column that was filled says nothing",
    "Kolom yang dahulu terisi menjadi kosong",
    "delivery_column_emptied",
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    return all_of(good, "bansos_pkh", lambda said: "")


@kind(
    "names_lost_a_letter",
    "All names lack their first letter",
    "Semua nama kehilangan huruf pertama",
    "delivery_names_respelt",
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    return all_of(good, "nama", lambda name: name[1:])


@kind(
    "niks_of_nobody",
    "The last four digits of all NIKs are others",
    "Empat angka terakhir semua NIK berubah",
    "delivery_niks_of_others",
    "delivery_niks_changed",
    critical=True,
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    return all_of(good, "nik", lambda nik: _other_serial(nik, chance))


@kind(
    "some_niks_of_nobody",
    "The last four digits of one NIK in ten are others",
    "Empat angka terakhir satu dari sepuluh NIK berubah",
    "delivery_niks_changed",
    critical=True,
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    position = good.position("nik")
    if position is None or not has_earlier(good, "nik"):
        return None
    rows = good.filled(position, is_nik)
    chosen = chance.sample(rows, round(_SHARE * len(rows)))
    return [good.put(row, position, _other_serial(good.text(row, position), chance)) for row in chosen]


@kind(
    "names_slid_in_a_block",
    "The names of one part of the list stand one row too low",
    "Nama pada satu bagian daftar bergeser satu baris",
    "delivery_values_of_others",
    "delivery_names_of_others",
    critical=True,
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    position = good.position("nama")
    if position is None or not has_earlier(good, "nama", least=2):
        return None
    begin, length = len(good.records) // 3, round(_BLOCK * len(good.records))
    return slide_column(good, position, part=slice(begin, begin + length))


@kind(
    "names_lost_blanks",
    "All names are written as one word",
    "Semua nama tertulis tanpa spasi",
    "delivery_names_respelt",
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    return all_of(good, "nama", lambda name: name.replace(" ", ""))


@kind(
    "cards_of_nobody",
    "The last four digits of all family card numbers are others",
    "Empat angka terakhir semua nomor KK berubah",
    "delivery_values_of_others",
    critical=True,
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    return all_of(good, "no_kk", lambda card: _other_serial(card, chance), least=2)


def _other_serial(nik: str, chance: random.Random) -> str:
    """Another number of the same day and place; what is no number stays."""
    if not is_nik(nik):
        return nik
    own = int(nik[12:])
    return nik[:12] + f"{chance.choice([serial for serial in range(1, 1000) if serial != own]):04d}"


def all_of(good: Good, field: str, made: Callable[[str], str], least: int = 1) -> list[Place] | None:
    """Every filled cell of a field that an earlier delivery says, too, of at least so many different things."""
    position = good.position(field)
    if position is None or not has_earlier(good, field, least):
        return None
    for row in good.filled(position):
        good.put(row, position, made(good.text(row, position)))
    return [good.place(None, position)]


def has_earlier(good: Good, field: str, least: int = 1) -> bool:
    """Whether an earlier delivery of the list says it of people who are in this one, and not of all the same."""
    nik, told, period = good.position("nik"), good.position(field), parse_period(good.path.stem)
    if nik is None or told is None or good.position("tanggal_lahir") is None or period is None:
        return False
    mine = {good.text(row, nik) for row in good.filled(nik, is_nik)}
    for other in good.siblings():
        before = parse_period(other.path.stem)
        theirs, said = other.position("nik"), other.position(field)
        if before is None or not before < period or theirs is None or said is None:
            continue
        known = [row for row in other.filled(said) if other.text(row, theirs) in mine]
        values = [other.text(row, said).upper() for row in known]
        commonest = max(map(values.count, set(values)), default=0)
        if (
            len(known) >= _KNOWN
            and len(set(values)) >= least
            and (least == 1 or commonest < 0.8 * len(values))
        ):
            return True
    return False
