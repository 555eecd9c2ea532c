"""Synthetic deliveries: invented people, the agencies' real headings."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from simpul.database import connect
from simpul.settings import Settings

PBI = [
    "id",
    "iddtks",
    "provinsi",
    "kota",
    "kecamatan",
    "kelurahan",
    "rt",
    "rw",
    "dusun",
    "alamat",
    "noka_bpjs",
    "psnoka_bpjs",
    "nama",
    "tanggal_lahir",
    "tempat_lahir",
    "jenis_kelamin",
    "nik",
    "nokk",
    "hub_keluarga",
    "nama_ibu_kandung",
    "keterangan",
]
DTKS = [
    "ID DTKS",
    "Provinsi",
    "Kabupaten/Kota",
    "Kecamatan",
    "Desa/Kelurahan",
    "Alamat",
    "Dusun",
    "RT",
    "RW",
    "Nomor KK",
    "Nomor NIK",
    "Nama",
    "Tanggal Lahir",
    "Tempat Lahir",
    "Jenis Kelamin",
    "Pekerjaan",
    "Nama Ibu Kandung",
    "Hubungan Keluarga",
    "Keterangan Padan",
    "Bansos BPNT",
    "Bansos PKH",
    "Bansos BPNT-PPKM",
    "PBI JKN",
]
KKS = ["NIK", "Nama", "No KKS", "Jenis Bansos", "Tahap Salur", "Nominal"]


_DISTRICTS = ("DATUK BANDAR", "TELUK NIBUNG", "SEI TUALANG RASO")


def pbi_row(n: int, *, city: str = "KOTA TANJUNG BALAI") -> list[str]:
    """An invented insured person."""
    return [
        str(n), f"{n:016d}", "SUMATERA UTARA", city, _DISTRICTS[n % 3], "CONTOH", "001", "002", "LINGKUNGAN II",
        f"JL CONTOH NO {n}", f"{n:013d}", f"{n + 7:013d}", f"CONTOH {n}", "17-08-1990", "MEDAN", "L",
        f"12740117089{n:05d}", f"1274010101{n // 4:06d}", "KEPALA KELUARGA", f"IBU SAMPEL {n}", "AKTIF",
    ]  # fmt: skip


def regency_table(*years: int, cells: dict[str, list[str]] | None = None) -> str:
    """A regency table of BPS (layout B) of the share of poor people, with a column per year."""
    blank = [""] * (len(years) - 1)
    figures = cells or {"BANTEN": ["9.1"] * len(years), "Pandeglang": ["10.2"] * len(years)}
    rows = [
        ["Provinsi/Kabupaten/Kota", "", *blank],
        ["", "Persentase Penduduk Miskin (P0) Menurut Kabupaten/Kota (Persen)", *blank],
        ["", *map(str, years)],
        *([name, *printed] for name, printed in figures.items()),
    ]
    return "\n".join(",".join(row) for row in rows)


def dtks_row(n: int, *, city: str = "KOTA TANJUNG BALAI") -> list[str]:
    """An invented registered person."""
    return [
        f"D{n:09d}", "SUMATERA UTARA", city, _DISTRICTS[n % 3], "CONTOH", f"JL CONTOH NO {n}", "II", "001", "002",
        f"1274010101{n // 4:06d}", f"12740117089{n:05d}", f"CONTOH {n}", "17-08-1990", "MEDAN", "L", "NELAYAN",
        f"IBU SAMPEL {n}", "Kepala Keluarga", "Padan", "YA", "TIDAK", "-", "YA",
    ]  # fmt: skip


def kks_row(
    n: int, *, stage: str = "Tahap 2 Tahun 2024", kind: str = "PKH", nominal: str = "Rp 600.000"
) -> list[str]:
    """An invented payment."""
    return [f"12740117089{n:05d}", f"CONTOH {n}", f"6032{n:012d}", kind, stage, nominal]


def as_csv(
    heading: Sequence[str], rows: Sequence[Sequence[str]], delimiter: str = ";", line_end: str = "\r\n"
) -> str:
    """CSV text as Excel and agencies' systems write it."""
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator=line_end).writerows([heading, *rows])
    return out.getvalue()


def pbi(count: int, **options: Any) -> str:
    """A list of insured people, ``;`` and CRLF as Kemensos writes it."""
    return as_csv(PBI, [pbi_row(n, **options) for n in range(1, count + 1)])


@pytest.fixture
def drop(fresh_warehouse: Settings) -> Callable[..., Path]:
    """Drop a file into the inbox: text, bytes, or the rows of a workbook's sheets."""

    def write(name: str, content: str | bytes | dict[str, list[list[Any]]], encoding: str = "utf-8") -> Path:
        path = fresh_warehouse.inbox / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, dict):
            save_workbook(path, content)
        else:
            path.write_bytes(content.encode(encoding) if isinstance(content, str) else content)
        return path

    return write


def save_workbook(path: Path, sheets: dict[str, list[list[Any]]]) -> None:
    """Write sheets of rows; a name that begins with ``-`` makes a hidden sheet."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name.removeprefix("-"))
        if name.startswith("-"):
            sheet.sheet_state = "hidden"
        for row in rows:
            sheet.append(row)
    book.save(path)


@pytest.fixture
def query(fresh_warehouse: Settings) -> Iterator[Callable[..., list[tuple[Any, ...]]]]:
    """Ask the warehouse, or tell it something."""
    with connect(autocommit=True) as conn:

        def ask(text: str, *values: Any) -> list[tuple[Any, ...]]:
            cursor = conn.execute(text, values)
            return cursor.fetchall() if cursor.description else []

        yield ask
