"""Headings of every layout are recognised, and only as what they are. Data of the tables is invented."""

from __future__ import annotations

import csv
import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from simpul.contract import load_contracts
from simpul.headings import HeadingMap, compose_headings, heading_key, match_headings

CONTRACTS = load_contracts()
PROVINCE, REGENCY = "bps.poverty_province", "bps.poverty_regency"
REFERENCE = os.environ.get("SIMPUL_REFERENCE_DIR")


def cut(headings: str) -> list[str]:
    """One heading line."""
    return headings.split("|")


A_2017 = cut(
    "Provinsi|Garis Kemiskinan - Maret (Rp)|Garis Kemiskinan - September (Rp)|"
    "Jumlah Penduduk Miskin - Maret (ribu) (Ribu)|Jumlah Penduduk Miskin - September (ribu) (Ribu)|"
    "Persentase Penduduk Miskin - Maret|Persentase Penduduk Miskin - September"
)
DTKS = cut(
    "ID DTKS|Provinsi|Kabupaten/Kota|Kecamatan|Desa/Kelurahan|Alamat|Dusun|RT|RW|Nomor KK|Nomor NIK|Nama|Tanggal Lahir|"
    "Tempat Lahir|Jenis Kelamin|Pekerjaan|Nama Ibu Kandung|Hubungan Keluarga|Keterangan Padan|Bansos BPNT|Bansos PKH|"
    "Bansos BPNT-PPKM|PBI JKN"
)
PBI = cut(
    "id|iddtks|provinsi|kota|kecamatan|kelurahan|rt|rw|dusun|alamat|noka_bpjs|psnoka_bpjs|nama|tanggal_lahir|tempat_lahir|"
    "jenis_kelamin|nik|nokk|hub_keluarga|nama_ibu_kandung|keterangan"
)
KKS = ["NIK", "Nama", "No KKS", "Jenis Bansos", "Tahap Salur", "Nominal"]


def candidates(rows: Sequence[Sequence[str]]) -> dict[str, HeadingMap]:
    """All editions that fit, as `readers.recognise` tries them, best first."""
    found = {}
    for contract in CONTRACTS.values():
        for edition in contract.editions:
            headings = compose_headings(rows[: edition.header_rows], fill=edition.fill_headings)
            fit = match_headings(contract, edition, headings)
            if fit.fits and not (edition.only_known and fit.unknown):
                found[f"{contract.dataset} {edition.name}"] = fit
    return dict(sorted(found.items(), key=lambda item: -item[1].known))


def best(rows: Sequence[Sequence[str]]) -> tuple[str, HeadingMap]:
    found = candidates(rows)
    assert found, "nothing fits"
    (name, fit), *others = found.items()
    assert all(other.known < fit.known for _, other in others), "a tie"
    return name, fit


def b_table(title: str, *years: str, first: str = "Provinsi/Kabupaten/Kota") -> list[list[str]]:
    blank = [""] * (len(years) - 1)
    return [[first, "", *blank], ["", title, *blank], ["", *years], ["ACEH", *("1" for _ in years)]]


def test_province_with_and_without_the_poverty_line() -> None:
    name, fit = best([A_2017])
    assert name == f"{PROVINCE} a_2017" and not fit.unknown
    assert {n: (s["indikator"], s["bulan"]) for n, s in fit.melted.items()} == {
        1: ("poverty_line", "3"),
        2: ("poverty_line", "9"),
        3: ("poor_thousand", "3"),
        4: ("poor_thousand", "9"),
        5: ("p0", "3"),
        6: ("p0", "9"),
    }
    name, fit = best([[A_2017[0], *A_2017[3:]]])
    assert name == f"{PROVINCE} a_2015" and not fit.unknown and len(fit.melted) == 4


def test_a_count_without_its_unit_is_not_taken_for_thousands() -> None:
    headings = [text.replace(" (ribu) (Ribu)", " (Jiwa)") for text in A_2017]
    _, fit = best([headings])
    assert set(fit.unknown) == {3, 4}  # the file is held


@pytest.mark.parametrize(
    ("title", "indicator"),
    [
        ("Garis Kemiskinan Menurut Kabupaten/Kota (Rupiah/kapita/bulan)", "poverty_line"),
        ("GARIS KEMISKINAN (RUPIAH/KAPITA/BULAN) MENURUT KABUPATEN/KOTA", "poverty_line"),
        ("Persentase Penduduk Miskin (P0) Menurut Kabupaten/Kota (Persen)", "p0"),
        ("Persentase Penduduk Miskin Menurut Kabupaten/Kota (Persen)", "p0"),
        ("Persentase Penduduk Miskin", "p0"),
        ("Indeks Kedalaman Kemiskinan (P1) Menurut Kabupaten/Kota (Persen)", "p1"),
        ("Indeks Kedalaman Kemiskinan (P1) Menurut Kabupaten_Kota", "p1"),
        ("Indeks Keparahan Kemiskinan (P2) Menurut Kabupaten/Kota (Indeks)", "p2"),
        ("Jumlah Penduduk Miskin (Ribu Jiwa) Menurut Kabupaten/Kota", "poor_thousand"),
        ("Jumlah Penduduk Miskin Menurut Kabupaten_Kota(000)", "poor_thousand"),
        ("Jumlah Penduduk Miskin Menurut Kabupaten/Kota  (ribu jiwa)", "poor_thousand"),
    ],
)
def test_spellings_of_national_titles(title: str, indicator: str) -> None:
    name, fit = best(b_table(title, "2021"))
    assert name == f"{REGENCY} b_national"
    assert fit.columns == {"wilayah": 0} and fit.melted == {1: {"indikator": indicator, "tahun": "2021"}}


@pytest.mark.parametrize(
    "title",
    [
        "Jumlah Penduduk Miskin (Jiwa) Menurut Kabupaten/Kota",  # persons, not thousands
        "Persentase Penduduk Miskin Menurut Pendidikan (Persen)",
        "Rata-rata Lama Sekolah Menurut Kabupaten/Kota",
    ],
)
def test_other_tables_are_not_mistaken(title: str) -> None:
    assert candidates(b_table(title, "2021")) == {}


def test_several_years_side_by_side_under_one_title() -> None:
    _, fit = best(
        b_table("Persentase Penduduk Miskin (P0) Menurut Kabupaten/Kota (Persen)", "2019", "2020", "2021*")
    )
    assert [sets["tahun"] for sets in fit.melted.values()] == ["2019", "2020", "2021"]


@pytest.mark.parametrize(
    ("first", "title", "province"),
    [
        (
            "Kabupaten/Kota",
            "Persentase Penduduk Miskin Menurut Kabupaten/Kota di Jawa Barat (Persen)",
            "Jawa Barat",
        ),
        (
            "Kabupaten Kota",
            "Persentase Penduduk Miskin Menurut Kabupaten_Kota di Provinsi Sumatera Utara, 2025",
            "Sumatera Utara",
        ),
        (
            "Kabupaten/Kota",
            "Indeks Kedalaman Kemiskinan (P1) Menurut Kabupaten/Kota di Provinsi Banten",
            "Banten",
        ),
    ],
)
def test_a_provincial_table_names_its_province(first: str, title: str, province: str) -> None:
    name, fit = best(b_table(title, "2024", first=first))
    assert name == f"{REGENCY} c_province"
    assert fit.melted[1]["provinsi"] == province and fit.melted[1]["tahun"] == "2024"


def test_dtks_in_its_spellings() -> None:
    typo = [text.replace("Kelurahan", "Keluarahan").replace("Hubungan", "Hub") for text in DTKS]
    slugs = [heading_key(text) for text in typo]
    short = ["NIK" if t == "Nomor NIK" else "NO KK" if t == "Nomor KK" else t for t in reversed(DTKS)]
    later = [*DTKS, "Kepesertaan BPNT", "Ketbansos", "Kepesertaan PKH"]
    for headings in (DTKS, typo, slugs, short, later, [text.upper() for text in DTKS]):
        name, fit = best([headings])
        assert name == "dinsos.dtks siks_ng"
        assert not fit.unknown and not fit.duplicates and fit.known == len(headings)


def test_columns_that_the_contract_does_not_know_are_told() -> None:
    _, fit = best([["No", *DTKS, "Catatan Desa"]])
    assert fit.unknown == {0: "No", 24: "Catatan Desa"}


def test_a_heading_that_stands_twice_is_told() -> None:
    _, fit = best([[*KKS, "nik"]])
    assert fit.duplicates == {"nik": (0, 6)}


def test_pbi_and_kks() -> None:
    name, fit = best([PBI])
    assert name == "bpjs.pbi_jk kemensos" and fit.known == 21 and not fit.unknown
    for headings in (KKS, ["Provinsi", "Kabupaten/Kota", "Kecamatan", "Desa/Kelurahan", *KKS]):
        name, fit = best([headings])
        assert name == "dinsos.kks_payment salur" and fit.known == len(headings)


@pytest.mark.parametrize("headings", [["Nama"], ["a", "b"], [], KKS[:-1], ["Provinsi", "2024"]])
def test_too_little_is_nothing(headings: list[str]) -> None:
    assert candidates([headings]) == {}


@pytest.mark.skipif(not REFERENCE, reason="SIMPUL_REFERENCE_DIR is not set")
def test_the_files_of_bps_as_they_are_published() -> None:
    expected = {
        "Jumlah dan Persentase": f"{PROVINCE} a_2017",
        "Garis Kemiskinan": f"{REGENCY} b_national",
        "Persentase Penduduk Miskin Menurut Kabupaten_Kota di Jawa Barat": f"{REGENCY} c_province",
        "opendatajabar": f"{REGENCY} e_open_data",
    }
    files = sorted((Path(REFERENCE or "") / "bps").glob("*.csv"))
    assert files
    for path in files:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.reader(file))
        wanted = next(name for start, name in expected.items() if path.name.startswith(start))
        name, fit = best(rows)
        extra = {0: "id", 1: "kode_provinsi"} if wanted.endswith("open_data") else {}
        assert (name, fit.unknown) == (wanted, extra), path.name
