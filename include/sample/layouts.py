"""The agencies' lists, in their own columns and spellings, before anything goes wrong with them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from sample.city import ALIVE, City
from sample.draws import Draws, Flags, Integers, KeyedDraws
from sample.households import FEMALE
from sample.places import CITY, PROVINCE, villages
from sample.programmes import SEMBAKO_QUARTER_IDR, Programmes
from sample.words import Texts, lookup, numbers, texts

REPEATED = 0.006  # share of people whom a list holds twice
ROLES = texts(["Kepala Keluarga", "Istri", "Anak", "Cucu", "Orang Tua", "Mertua", "Famili Lain"])
DTKS_HEADERS = {
    "id_dtks": "ID DTKS", "provinsi": "Provinsi", "kabupaten": "Kabupaten/Kota", "kecamatan": "Kecamatan",
    "desa": "Desa/Kelurahan", "alamat": "Alamat", "dusun": "Dusun", "rt": "RT", "rw": "RW", "no_kk": "Nomor KK",
    "nik": "Nomor NIK", "nama": "Nama", "tanggal_lahir": "Tanggal Lahir", "tempat_lahir": "Tempat Lahir",
    "jenis_kelamin": "Jenis Kelamin", "pekerjaan": "Pekerjaan", "nama_ibu_kandung": "Nama Ibu Kandung",
    "hubungan_keluarga": "Hubungan Keluarga", "keterangan_padan": "Keterangan Padan", "bansos_bpnt": "Bansos BPNT",
    "bansos_pkh": "Bansos PKH", "bansos_bpnt_ppkm": "Bansos BPNT-PPKM", "pbi_jkn": "PBI JKN",
}  # fmt: skip
KKS_HEADERS = {
    "nik": "NIK", "nama": "Nama", "no_kks": "No KKS", "jenis_bansos": "Jenis Bansos", "tahap_salur": "Tahap Salur",
    "nominal": "Nominal",
}  # fmt: skip
PBI_HEADERS = {
    "id": "id", "id_dtks": "iddtks", "provinsi": "provinsi", "kabupaten": "kota", "kecamatan": "kecamatan",
    "desa": "kelurahan", "rt": "rt", "rw": "rw", "dusun": "dusun", "alamat": "alamat", "noka_bpjs": "noka_bpjs",
    "psnoka_bpjs": "psnoka_bpjs", "nama": "nama", "tanggal_lahir": "tanggal_lahir", "tempat_lahir": "tempat_lahir",
    "jenis_kelamin": "jenis_kelamin", "nik": "nik", "no_kk": "nokk", "hubungan_keluarga": "hub_keluarga",
    "nama_ibu_kandung": "nama_ibu_kandung", "keterangan": "keterangan",
}  # fmt: skip


@dataclass
class Listing:
    """A list on its way to become a file: one text per record in each column, and whom each record is about."""

    dataset: str
    headers: dict[str, str]  # canonical column → heading in the file
    person: Integers  # position in `City.people`
    columns: dict[str, Texts]
    again: Flags  # records that enter somebody a second time
    faults: dict[str, Integers] = field(default_factory=dict)  # fault → records that have it

    def __len__(self) -> int:
        return len(self.person)


def dmy(separator: str) -> Callable[[int], str]:
    """Writer of days as DD MM YYYY."""

    def write(day: int) -> str:
        year, month, date = str(np.datetime64(day, "D")).split("-")
        return separator.join((date, month, year))

    return write


def upper(values: Texts) -> Texts:
    """In capitals, as the registries write."""
    return texts(value.upper() for value in values)


def dtks(city: City, programmes: Programmes, *, notes_deaths: bool = False) -> Listing:
    """DTKS as downloaded from SIKS-NG: every listed person, by village and family.

    Args:
        city: who lives there.
        programmes: who is listed.
        notes_deaths: ``ALM.`` or ``ALMH.`` stands before the names of the dead who are still listed.
    """
    person, again = _with_repeats(city, "dinsos.dtks", np.flatnonzero(programmes.dtks))
    people, family = city.people, city.people.family[person]
    draws = Draws(city.seed, "dinsos.dtks values")
    ppkm = programmes.sembako[family] & draws.chance(0.7, len(person))
    columns = _person_columns(city, person, dmy("-")) | {
        "id_dtks": dtks_ids(programmes.dtks_id[person] + len(people.nik) * again),
        "jenis_kelamin": np.where(people.sex[person] == FEMALE, texts(["Perempuan"]), texts(["Laki-laki"])),
        "pekerjaan": people.occupation[person],
        "keterangan_padan": np.where(
            draws.chance(0.015, len(person)), texts(["Tidak Padan"]), texts(["Padan"])
        ),
        "bansos_bpnt": _flags(programmes.sembako[family]),
        "bansos_pkh": _flags(programmes.pkh_idr[family] > 0),
        "bansos_bpnt_ppkm": _flags(ppkm, no="-"),
        "pbi_jkn": _flags(programmes.pbi[person]),
    }
    if notes_deaths:
        late = np.where(people.sex[person] == FEMALE, texts(["ALMH. "]), texts(["ALM. "])) + columns["nama"]
        columns["nama"] = np.where(people.died[person] == ALIVE, columns["nama"], late)
    return Listing("dinsos.dtks", DTKS_HEADERS, person, columns, again)


def pbi_jk(city: City, programmes: Programmes, month: str) -> Listing:
    """The list of people whose health insurance the state pays in a month, in no order a reader could use."""
    draws = Draws(city.seed, f"bpjs.pbi_jk {month}")
    entitled = np.flatnonzero(programmes.pbi & draws.chance(0.99, len(programmes.pbi)))
    person, again = _with_repeats(city, "bpjs.pbi_jk", entitled[draws.shuffled(len(entitled))])
    lasting = KeyedDraws(city.seed, "bpjs.pbi_jk values", person)  # the same from month to month
    known = programmes.dtks[person] & lasting.chance(0.96, len(person))
    card = 9_000_000_000 + city.homes.start[city.people.family[person]]
    columns = _person_columns(city, person, dmy("/")) | {
        "id": numbers(np.arange(1, len(person) + 1)),
        "id_dtks": np.where(known, dtks_ids(programmes.dtks_id[person]), texts([""])),
        "noka_bpjs": numbers(card, "013d"),
        "psnoka_bpjs": numbers(9_500_000_000 + person + len(city.people.nik) * again, "013d"),
        "jenis_kelamin": np.where(city.people.sex[person] == FEMALE, texts(["P"]), texts(["L"])),
        "hubungan_keluarga": upper(ROLES)[city.people.role[person]],
        "keterangan": np.where(lasting.chance(0.03, len(person)), texts(["NON AKTIF"]), texts(["AKTIF"])),
    }
    return Listing("bpjs.pbi_jk", PBI_HEADERS, person, columns, again)


def kks_payment(city: City, programmes: Programmes, stage: int, year: int) -> Listing:
    """What was put on the welfare cards in a quarter; some families are paid in one quarter and not in the next."""
    dataset = "dinsos.kks_payment"
    draws = Draws(city.seed, f"{dataset} {year} {stage}")
    entitled = np.flatnonzero(programmes.sembako | (programmes.pkh_idr > 0))
    family = entitled[draws.chance(0.96, len(entitled))]
    person, again = _with_repeats(city, dataset, programmes.recipient[family])
    family = city.people.family[person]
    pkh, sembako = programmes.pkh_idr[family], programmes.sembako[family]
    columns = {
        "nik": city.people.nik[person],
        "nama": upper(city.people.name[person]),
        "no_kks": numbers(programmes.card[family]),
        "jenis_bansos": texts(["", "PKH", "SEMBAKO", "PKH + SEMBAKO"])[(pkh > 0) + 2 * sembako],
        "tahap_salur": np.full(len(person), f"Tahap {stage} Tahun {year}", dtype=object),
        "nominal": lookup(pkh + sembako * SEMBAKO_QUARTER_IDR, rupiah),
    }
    return Listing(dataset, KKS_HEADERS, person, columns, again)


def rupiah(amount: int) -> str:
    """``Rp 600.000``."""
    return "Rp " + f"{amount:,}".replace(",", ".")


def _person_columns(city: City, person: Integers, day: Callable[[int], str]) -> dict[str, Texts]:
    """What the lists of people have in common, in capitals as the registries write it."""
    people, families, places = city.people, city.families, villages()
    family = people.family[person]
    village = families.village[family]
    return {
        "provinsi": np.full(len(person), PROVINCE, dtype=object),
        "kabupaten": np.full(len(person), CITY, dtype=object),
        "kecamatan": upper(places.district)[village],
        "desa": upper(places.name)[village],
        "alamat": upper(families.address[family]),
        "dusun": upper(families.hamlet[family]),
        "rt": families.rt[family],
        "rw": families.rw[family],
        "no_kk": families.kk[family],
        "nik": people.nik[person],
        "nama": upper(people.name[person]),
        "tanggal_lahir": lookup(people.born[person], day),
        "tempat_lahir": upper(people.birthplace[person]),
        "nama_ibu_kandung": upper(people.mother[person]),
        "hubungan_keluarga": ROLES[people.role[person]],
    }


def _with_repeats(city: City, dataset: str, person: Integers) -> tuple[Integers, Flags]:
    """``person`` with some entered a second time somewhere in the list, and which records those are."""
    draws = KeyedDraws(city.seed, f"{dataset} repeats", person)
    twice = draws.chance(REPEATED, len(person))
    place = np.r_[np.arange(len(person)), draws.below(len(person), len(person))[twice]]
    order = np.argsort(place, kind="stable")
    return np.r_[person, person[twice]][order], (np.arange(len(place)) >= len(person))[order]


def dtks_ids(number: Integers) -> Texts:
    """Numbers in the registry, of fifteen digits."""
    return numbers(1274_0000_000_000 + number)


def _flags(values: np.ndarray, no: str = "TIDAK") -> Texts:
    return np.where(values, texts(["YA"]), texts([no]))
