"""The stranger's ten lists: who is in each, and the file it comes as."""

from __future__ import annotations

import csv
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.identity.stranger.mistakes import Clerk, Row, copy_down
from bench.identity.stranger.people import City

HERE = {"provinsi": "SUMATERA UTARA", "kota": "KOTA TANJUNG BALAI"}
LETTER = "region_code: '12.74'\n"
BPS_DISTRICTS = {
    "12.74.01": 10,
    "12.74.02": 20,
    "12.74.03": 30,
    "12.74.04": 40,
    "12.74.05": 31,
    "12.74.06": 21,
}
TWICE, COPIED = 0.006, 0.002
"""Shares of people entered twice, and of numbers that are the line above's."""

Cells = Callable[[City, int, Row], list[object]]


@dataclass(frozen=True)
class Listing:
    """A list.

    Attributes:
        path: within the inbox.
        share: of the families, the poorest first with some noise.
        heading, cells: the file's columns; cells are given the city, the row's number from 1, and the row.
        who: ``all`` members, ``adults``, or one ``payee`` of a family.
        care: factor on all mistakes.
        no_nik: share without a NIK.
        is_old: written ten years ago: cards of that time, nobody younger.
        letter: cover letter.
        delimiter: of the CSV file.
    """

    path: str
    share: float
    heading: Sequence[str]
    cells: Cells
    who: str = "all"
    care: float = 1.0
    no_nik: float = 0.04
    is_old: bool = False
    letter: str = ""
    delimiter: str = ","


def write(city: City, seed: int, inbox: Path) -> dict[str, list[Row]]:
    """Write every list; returns the rows of each file by its name, in the file's order, below one line of headings."""
    rows_of = {}
    for listing in LISTS:
        path = inbox / listing.path
        path.parent.mkdir(parents=True, exist_ok=True)
        rows = _rows(city, listing, random.Random(f"{seed} {listing.path}"))
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, delimiter=listing.delimiter)
            writer.writerow(listing.heading)
            writer.writerows(listing.cells(city, n, row) for n, row in enumerate(rows, 1))
        if listing.letter:
            path.with_name(f"{path.name}.yml").write_text(listing.letter, encoding="utf-8")
        rows_of[path.name] = rows
    return rows_of


def _rows(city: City, listing: Listing, draw: random.Random) -> list[Row]:
    ranked = sorted(city.members, key=lambda family: city.need[family] + draw.gauss(0, 0.25))
    clerk, rows = Clerk(city, draw, listing.care, listing.no_nik), list[Row]()
    for family in sorted(ranked[: int(listing.share * len(ranked))]):
        home = city.members[family]
        adults = [one for one in home if one.age >= 17]
        mothers = [one for one in adults if one.sex == "P" and one.role != "ANAK"]
        chosen = {"all": home, "adults": adults, "payee": (mothers or adults or home)[:1]}[listing.who]
        for person in chosen:
            if (listing.is_old and person.age < 10) or (person.dead and draw.random() < 0.5):
                continue
            rows.append(clerk.write(person, is_old=listing.is_old, again=False))
            if draw.random() < TWICE:
                rows.append(clerk.write(person, is_old=listing.is_old, again=True))
    draw.shuffle(rows)
    copy_down(rows, COPIED, draw)
    return rows


def _date(form: str) -> Callable[[Row], str]:
    return lambda row: row.born.strftime(form) if row.born else ""


_iso, _dashed, _slashed = _date("%Y-%m-%d"), _date("%d-%m-%Y"), _date("%d/%m/%Y")
_SEX = {"L": 1, "P": 2}
_ROLE = {"KEPALA KELUARGA": 1, "ISTERI": 2, "ANAK": 3}


def _dtks(city: City, n: int, row: Row) -> list[object]:
    one = row.person
    number = f"{1274_0000_0000_0000 + one.number * 10 + row.again}"
    return [number, *HERE.values(), city.villages.district[one.village], row.village, row.address, f"{one.rt:03d}",
            "001", row.kk, row.nik, row.name.upper(), _iso(row), "TANJUNG BALAI", row.sex, row.mother.upper(), one.role,
            "YA", "TIDAK"]  # fmt: skip


_DTKS = ("ID DTKS", "Provinsi", "Kabupaten/Kota", "Kecamatan", "Desa/Kelurahan", "Alamat", "RT", "RW", "Nomor KK",
         "Nomor NIK", "Nama", "Tanggal Lahir", "Tempat Lahir", "Jenis Kelamin", "Nama Ibu Kandung", "Hubungan Keluarga",
         "Bansos BPNT", "Bansos PKH")  # fmt: skip


def _recipient(city: City, n: int, row: Row) -> list[object]:
    return ["PKH", "2024-06", row.nik, row.kk, row.name, _iso(row), row.sex, row.address, 600_000, "Aktif"]


def _payment(stage: str) -> Cells:
    def cells(city: City, n: int, row: Row) -> list[object]:
        one = row.person
        return [row.nik, row.name.upper(), f"6032{one.number:012d}", "BPNT", stage, "Rp 600.000", *HERE.values(),
                city.villages.district[one.village], row.village]  # fmt: skip

    return cells


_PAYMENT = ("NIK", "Nama", "No KKS", "Jenis Bansos", "Tahap Salur", "Nominal", "Provinsi", "Kabupaten/Kota",
            "Kecamatan", "Desa/Kelurahan")  # fmt: skip


def _pbi(city: City, n: int, row: Row) -> list[object]:
    one = row.person
    return [n, "", *HERE.values(), city.villages.district[one.village], row.village, f"{one.rt:03d}", "", "",
            row.address, f"{n:013d}", f"{n:013d}", row.name.upper(), _dashed(row), "", row.sex, row.nik, row.kk,
            one.role, row.mother.upper(), "AKTIF"]  # fmt: skip


_PBI = ("id", "iddtks", "provinsi", "kota", "kecamatan", "kelurahan", "rt", "rw", "dusun", "alamat", "noka_bpjs",
        "psnoka_bpjs", "nama", "tanggal_lahir", "tempat_lahir", "jenis_kelamin", "nik", "nokk", "hub_keluarga",
        "nama_ibu_kandung", "keterangan")  # fmt: skip


def _member(city: City, n: int, row: Row) -> list[object]:
    return [f"{n:013d}", row.name.upper(), _SEX.get(row.sex, ""), _slashed(row), row.nik, f"{n:013d}", 1, 0,
            "PBI JAMINAN KESEHATAN", row.kk]  # fmt: skip


def _regsosek(city: City, n: int, row: Row) -> list[object]:
    one = row.person
    district = BPS_DISTRICTS[str(city.villages.district_code[one.village])]
    return [12, 72, f"{district:03d}", f"{one.village % 7 + 1:03d}", "0001", one.family, one.family, row.kk, n,
            row.name.upper(), row.nik, 1, _SEX.get(row.sex, ""), _iso(row), max(0, int(one.age) - 3), 1,
            _ROLE.get(one.role, 8), 4]  # fmt: skip


_REGSOSEK = ("kode_provinsi", "kode_kabupaten", "kode_kecamatan", "kode_desa", "kode_sls_non_sls",
             "no_urut_bangunan_tinggal", "no_urut_keluarga_verif", "no_kk", "no_urut_art", "nama", "nik",
             "kd_ket_keberadaan_art", "kd_jenis_kelamin", "tgl_lahir", "umur", "kd_stat_perkawinan",
             "kd_hubungan_dg_kk", "kd_punya_kartuid")  # fmt: skip


def _decile(city: City, n: int, row: Row) -> list[object]:
    return [row.kk, row.nik, row.name.upper(), _iso(row), int(row.person.age), row.person.family % 5 + 1]


def _p3ke(city: City, n: int, row: Row) -> list[object]:
    one = row.person
    return [f"{1274000000 + one.family}", *HERE.values(), city.villages.district[one.village], row.village,
            city.villages.code[one.village], one.family % 4 + 1, row.address, f"{n:09d}", row.name.upper(), row.nik,
            "Ya", {"L": "Laki-laki", "P": "Perempuan"}.get(row.sex, ""), one.role, _iso(row)]  # fmt: skip


_P3KE = ("ID Keluarga P3KE", "Provinsi", "Kabupaten/Kota", "Kecamatan", "Desa/Kelurahan", "Kode Kemdagri",
         "Desil Kesejahteraan", "Alamat", "ID Individu", "Nama", "NIK", "Padan Dukcapil", "Jenis Kelamin",
         "Hubungan dengan Kepala Keluarga", "Tanggal Lahir")  # fmt: skip
LISTS = (
    Listing("dinsos/DTKS Kota Tanjungbalai Juni 2024.csv", 0.7, _DTKS, _dtks),
    Listing("dinsos/DTKS Kota Tanjungbalai Januari 2025.csv", 0.65, _DTKS, _dtks),
    Listing("dinsos/Penerima PKH 2024-06.csv", 0.35,
            ("program", "periode", "nik", "no_kk", "nama", "tanggal_lahir", "jenis_kelamin", "alamat", "nominal",
             "status"), _recipient, who="adults", letter=LETTER),
    Listing("dinsos/KKS salur Tahap 1 2025.csv", 0.5, _PAYMENT, _payment("Tahap 1 Tahun 2025"), who="payee", care=0.6,
            no_nik=0.01),
    Listing("dinsos/KKS salur Tahap 2 2025.csv", 0.5, _PAYMENT, _payment("Tahap 2 Tahun 2025"), who="payee", care=0.6,
            no_nik=0.01),
    Listing("bpjs/PBI JK 2024-12.csv", 0.6, _PBI, _pbi, delimiter=";"),
    Listing("bpjs/peserta Maret 2025.csv", 0.45,
            ("PSNOKA", "NAMA", "JENKEL", "TGLLHR", "NIK", "NOKA", "KDHUBKEL", "KDSTATUSPST", "NMSEGMEN", "NO KK"),
            _member, care=0.7, no_nik=0.01, letter=LETTER),
    Listing("dinsos/regsosek anggota 2022.csv", 0.8, _REGSOSEK, _regsosek, care=1.3, no_nik=0.12, letter=LETTER,
            delimiter=";"),
    Listing("dinsos/desil Triwulan II 2025.csv", 0.75, ("nomor_kk", "nik", "nama", "tanggal_lahir", "usia", "desil"),
            _decile, letter=LETTER),
    Listing("dinsos/P3KE individu Tanjungbalai 2023.csv", 0.3, _P3KE, _p3ke, care=1.5, no_nik=0.08),
)  # fmt: skip
