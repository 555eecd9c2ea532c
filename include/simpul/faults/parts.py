"""Faults of a part of a list, of two columns at once, and of whom a programme is for."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from itertools import pairwise

from simpul.faults.earlier import TURNED, all_of, has_earlier
from simpul.faults.good import Good, Place
from simpul.faults.kinds import change_column, exchange_columns, is_nik, kind, slide_column

_BLOCK = 0.25  # of the list
_DIFFERING = 8  # people
_PART = (0.10, 0.35)  # of the list: more would be half a list, and held
_LEAST = 20  # records
_LOST, _FEW_LOST, _LIST = (
    0.02,
    5,
    110,
)  # of the list; people; of a shorter list they are more than one in twenty
_HOLDERS = 8  # people on one card
_SYNONYM = {"SEMBAKO": "BPNT"}
_EXCHANGED = {"Istri": "Kepala Keluarga", "Kepala Keluarga": "Istri"}
_INVENTED, _STOPPED = 40, 30  # people
_ELDERLY, _PUPILS = "KLJ", "KJP Plus"


@kind(
    "flags_turned_in_a_block",
    "In one part of the list who gets aid is said not to, and the other way round",
    "Pada satu bagian daftar, penerima tertulis bukan penerima dan sebaliknya",
    "delivery_block_of_others",
    "delivery_values_of_others",
    critical=True,
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    position = good.position("bansos_pkh")
    if position is None or not has_earlier(good, "bansos_pkh", least=2):
        return None
    begin, length = len(good.records) // 3, round(_BLOCK * len(good.records))
    for row in good.filled(position)[begin : begin + length]:
        said = good.text(row, position)
        good.put(row, position, TURNED.get(said.upper(), said))
    return [good.place(None, position)]


@kind(
    "flags_exchanged",
    "The flags of PKH stand under the heading of BPNT, and those of BPNT under that of PKH",
    "Kolom penerima PKH dan penerima BPNT tertukar",
    "delivery_columns_exchanged",
    "delivery_values_of_others",
    critical=True,
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    found = good.positions("bansos_bpnt", "bansos_pkh")
    if found is None or not has_earlier(good, "bansos_pkh", least=2):
        return None
    one, other = found
    if sum(good.text(row, one) != good.text(row, other) for row in good.records) < _DIFFERING:
        return None
    return exchange_columns(good, one, other)


@kind(
    "part_filtered_out",
    "All people of one relation to the head of the family are missing",
    "Semua orang dengan satu hubungan keluarga tidak ada dalam daftar",
    "delivery_part_lost",
    critical=True,
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    position = good.position("hubungan_keluarga")
    if position is None or not has_earlier(good, "hubungan_keluarga", least=2):
        return None
    said = [good.text(row, position) for row in good.records]
    parts = [
        value
        for value in sorted(set(said))
        if said.count(value) >= _LEAST and _PART[0] <= said.count(value) / len(said) <= _PART[1]
    ]
    if not parts:
        return None
    gone = {row for row in good.records if good.text(row, position) == parts[0]}
    good.rows = [cells for row, cells in enumerate(good.rows) if row not in gone]
    return [good.place(None, position)]


@kind(
    "deciles_slid",
    "The deciles stand one row too low",
    "Kolom desil bergeser satu baris",
    "delivery_families_apart",
    critical=True,
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    position, card = good.position("desil"), good.position("no_kk")
    if position is None or card is None or good.position("nik") is None:
        return None
    return slide_column(good, position)


@kind(
    "paid_twice_by_another_name",
    "Somebody is paid twice, once under another name of the programme",
    "Seseorang dibayar dua kali, sekali dengan nama lain program yang sama",
    "paid_once_however_spelt",
    critical=True,
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    found = good.positions("jenis_bansos", "nik", "nominal")
    if found is None:
        return None
    programme, nik, amount = found
    rows = [row for row in good.filled(nik, is_nik) if good.text(row, programme).upper() in _SYNONYM]
    pairs = [
        (row, other) for row, other in pairwise(rows) if good.text(row, amount) == good.text(other, amount)
    ]
    if not pairs:
        return None
    row, other = chance.choice(pairs)
    # in place of somebody else, so that rows and rupiah are what the letter says
    good.rows[other] = list(good.rows[row])
    return [good.place(row), good.put(other, programme, _SYNONYM[good.text(row, programme).upper()])]


@kind(
    "card_of_a_collector",
    "Many people are paid to one card",
    "Banyak orang dibayar lewat satu kartu",
    "card_of_few",
    critical=True,
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    found = good.positions("no_kks", "nik", "jenis_bansos")
    if found is None or len(rows := good.filled(found[0], is_nik)) < 2 * _HOLDERS:
        return None
    chosen = sorted(chance.sample(rows, _HOLDERS))
    card = good.text(chosen[0], found[0])
    return [good.put(row, found[0], card) for row in chosen]


@kind(
    "people_stopped",
    "All are said to be inactive",
    "Semua orang tertulis nonaktif",
    "delivery_people_stopped",
    critical=True,
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    position = good.position("keterangan")
    if position is None or len(good.filled(position, lambda said: said.upper() == "AKTIF")) < _LEAST:
        return None
    return all_of(good, "keterangan", lambda said: "NONAKTIF")


@kind(
    "programme_of_another_age",
    "A list of the elderly is sent as one of pupils",
    "Daftar lansia dikirim sebagai daftar pelajar",
    "delivery_ages_of_programme",
    critical=True,
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    if good.position("tanggal_lahir") is None:
        return None
    return change_column(good, "program", lambda said: _PUPILS, lambda said: said.upper() == _ELDERLY)


@kind(
    "ages_too_high",
    "All ages are ten years too high",
    "Semua usia terlalu tinggi sepuluh tahun",
    "delivery_ages_of_births",
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    if good.position("tanggal_lahir") is None:
        return None
    return change_column(good, "usia", lambda age: int(age) + 10, str.isdecimal)


@kind(
    "few_lost_in_a_correction",
    "Two in a hundred people of a list are missing",
    "Dua dari seratus orang tidak ada lagi dalam daftar",
    "delivery_people_lost",
    critical=True,
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    nik = good.position("nik")
    rows = good.filled(nik, is_nik) if nik is not None else []
    many = max(_FEW_LOST, round(_LOST * len(rows)))
    times = Counter(good.text(row, nik) for row in rows) if nik is not None else Counter[str]()
    once = [row for row in rows if nik is not None and times[good.text(row, nik)] == 1]
    if len(rows) < _LIST or len(once) < many:
        return None
    gone = {*chance.sample(once, many)}
    good.rows = [cells for row, cells in enumerate(good.rows) if row not in gone]
    return [good.place(None)]


@kind(
    "registry_numbers_slid",
    "The registry's numbers stand one row too low beside what officers found",
    "Nomor registri bergeser satu baris di samping temuan petugas",
    "delivery_ids_of_others",
    critical=True,
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    position = good.position("id_sumber")
    if position is None or good.position("registri") is None:
        return None
    return slide_column(good, position)


@kind(
    "registry_of_another",
    "What officers found is said to be of another registry",
    "Hasil verifikasi tertulis milik registri lain",
    "delivery_ids_unknown",
    critical=True,
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    if good.position("id_sumber") is None:
        return None
    return change_column(good, "registri", lambda said: "P3KE" if said.upper() == "DTKS" else "DTKS")


@kind(
    "relations_exchanged",
    "Wives stand as heads of their family, and heads as wives",
    "Istri tertulis kepala keluarga, dan kepala keluarga tertulis istri",
    "delivery_values_of_others",
    critical=True,
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    position = good.position("hubungan_keluarga")
    said = [good.text(row, position) for row in good.records] if position is not None else []
    if any(said.count(one) < _LEAST for one in _EXCHANGED):
        return None
    return all_of(good, "hubungan_keluarga", lambda one: _EXCHANGED.get(one, one), least=2)


@kind(
    "village_invented",
    "Forty people whom nobody knows are added to one village",
    "Empat puluh orang yang tidak dikenal ditambahkan ke satu desa",
    "delivery_part_grown",
    critical=True,
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    position = good.position("desa")
    if position is None or not has_earlier(good, "desa", least=2):
        return None
    said = Counter(good.text(row, position) for row in good.filled(position))
    village = said.most_common(1)[0][0]
    return _add(good, chance, _INVENTED, "127401", lambda row: good.text(row, position) == village)


@kind(
    "people_of_another_regency",
    "People of another regency are added to a list",
    "Orang dari kabupaten lain ditambahkan ke daftar",
    "delivery_people_of_elsewhere",
    critical=True,
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    if good.position("no_kk") is None or not has_earlier(good, "no_kk"):
        return None
    return _add(good, chance, max(12, len(good.records) // 12), "120901", lambda row: True)


def _add(
    good: Good, chance: random.Random, many: int, area: str, fits: Callable[[int], bool]
) -> list[Place] | None:
    """People of numbers of their own who live where others do."""
    found = good.positions("nik", "no_kk", "tanggal_lahir")
    rows = [row for row in good.records if found and fits(row) and is_nik(good.text(row, found[0]))]
    if found is None or not rows:
        return None
    nik, card, born = found
    own = [good.position(name) for name in ("id_dtks", "psnoka_bpjs", "noka_bpjs")]
    last = good.records[-1]
    for number in range(many):
        like = list(good.rows[chance.choice(rows)])
        day, month = chance.randrange(1, 29), chance.randrange(1, 13)
        like[nik] = f"{area}{day:02d}{month:02d}71{9001 + number}"
        like[card] = f"{area}0102{chance.randrange(10, 20)}{7001 + number // 4}"
        like[born] = f"{day:02d}-{month:02d}-1971"
        for position in own:
            if position is not None and like[position]:
                like[position] = str(like[position])[:-4] + f"{9001 + number}"
        good.rows.insert(last + 1, like)
    return [good.place(None, nik)]


@kind(
    "names_of_the_dead",
    "ALM. stands before the names of people who are still listed",
    "Nama orang yang masih terdaftar diawali ALM.",
    "delivery_names_of_dead",
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    position = good.position("nama")
    if position is None or not has_earlier(good, "nama"):
        return None
    rows = good.filled(position)
    chosen = chance.sample(rows, max(_LEAST, len(rows) // 10))
    return [good.put(row, position, f"ALM. {good.text(row, position)}") for row in chosen]


@kind(
    "stopped_in_a_block",
    "All people of one part of the list are said to have died",
    "Semua orang pada satu bagian daftar tertulis meninggal",
    "delivery_block_stopped",
    critical=True,
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    position = good.position("keterangan")
    if position is None or not has_earlier(good, "keterangan", least=1):
        return None
    rows = good.filled(position, lambda said: said.upper() == "AKTIF")
    if len(rows) < 3 * _STOPPED:
        return None
    for row in rows[len(rows) // 3 :][:_STOPPED]:
        good.put(row, position, "MENINGGAL")
    return [good.place(None, position)]
