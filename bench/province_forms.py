"""What agencies send of a province without naming anybody: tables of BPS, forms and reports, of every regency and year.

Figures are invented and the same every time; beside the lists of `bench.province` every mart has rows.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

from sample.files import write_cover_letter
from simpul.regions import Regions

LAST = 2024
POOR = "6000.50"  # thousands in the province: no regency has more
REGISTRIES = ("PBDT2015", "DTKS", "P3KE", "REGSOSEK", "DTSEN")
KINDS = ("Pendamping PKH", "Tagana", "TKSK", "PSM")
INDICATORS = 45


def regencies_of(province: str) -> dict[str, str]:
    """Code → name of the regencies and cities of today."""
    return {
        region.region_code: region.name for region in Regions.load()
        if region.is_current and region.level == "regency" and region.parent_region_code == province
    }  # fmt: skip


def write_forms(inbox: Path, province: str, name: str, regencies: Sequence[str], years: int) -> int:
    """Write them below ``inbox`` for a province and some of its regencies; how many files.

    Args:
        inbox: of the home.
        province: its code.
        name: of the province.
        regencies: codes.
        years: of budgets, workforce and meetings, up to `LAST`; tables of BPS reach back twice as far.
    """
    told_years, bps_years = range(LAST + 1 - years, LAST + 1), range(LAST + 1 - 2 * years, LAST + 1)
    named = {code: told for code, told in regencies_of(province).items() if code in regencies}
    places = list(enumerate(named.items()))
    everybody = [(0, (province, name)), *places]
    files = 0

    def write(
        path: str, rows: Iterable[Sequence[object]], region: str | None = None, delimiter: str = ";"
    ) -> None:
        nonlocal files
        target = inbox / path
        target.parent.mkdir(parents=True, exist_ok=True)
        text = io.StringIO()
        csv.writer(text, delimiter=delimiter, lineterminator="\n").writerows(rows)
        target.write_text(text.getvalue(), encoding="utf-8")
        if region:
            write_cover_letter(target, {"region_code": region})
        files += 1

    for year in bps_years:
        share, nation = f"{14 - (year - 2015) / 3:.2f}", f"{12 - (year - 2015) / 3:.2f}"
        for title, unit, most, of_province in (
            ("Persentase Penduduk Miskin (P0)", "(Persen)", 20, share),
            ("Jumlah Penduduk Miskin", "(Ribu Jiwa)", 200, POOR),
        ):
            figures = [
                (_as_bps(told), f"{most / 2 + (n * 7 + year) % most / 2:.2f}") for n, (_, told) in places
            ]
            write(
                f"bps/{title} Menurut Kabupaten_Kota, {year}.csv",
                [["Provinsi/Kabupaten/Kota", ""], ["", f"{title} Menurut Kabupaten/Kota {unit}"], ["", year],
                 [name.upper(), of_province], *figures],
                delimiter=",",
            )  # fmt: skip
        write(
            f"bps/Jumlah dan Persentase Penduduk Miskin Menurut Provinsi, {year}.csv",
            [["Provinsi", "Jumlah Penduduk Miskin - Maret (ribu) (Ribu)", "Persentase Penduduk Miskin - Maret"],
             [name, POOR, share], ["Indonesia", "26000.10", nation]],
            delimiter=",",
        )  # fmt: skip
    for year in (told_years[0] - 1, *told_years):
        write(
            f"bps/Kemiskinan Ekstrem {year}.csv",
            [["kode_wilayah", "nama_wilayah", "tahun", "persen", "jumlah_jiwa", "garis"],
             *([code, told, year, f"{(n * 3 + year) % 40 / 10:.2f}".replace(".", ","), 1000 + 37 * n,
                "PPP 1.90" if year < 2024 else "PPP 2.15"] for n, (code, told) in everybody)],
        )  # fmt: skip
    for year in told_years:
        write(
            f"dinsos/Anggaran Verval {year}.csv",
            [["kode_wilayah", "nama_wilayah", "tahun", "registri", "dianggarkan", "anggaran_rp", "terlaksana"],
             *([code, told, year, registry, "ya", 250_000_000 + n, "ya"]
               for n, (code, told) in places for registry in REGISTRIES)],
        )  # fmt: skip
        write(
            f"dinsos/PSKS {year}.csv",
            [["kode_wilayah", "nama_wilayah", "tahun", "jenis", "jumlah"],
             *([code, told, year, kind, 20 + n] for n, (code, told) in places for kind in KINDS)],
        )  # fmt: skip
    write(
        "dinsos/Target RPJMD.csv",
        [["kode_wilayah", "nama_wilayah", "tahun", "indikator", "target_bawah", "target_atas", "dokumen"],
         *([code, told, year, "Persentase penduduk miskin", "8,5", "9,5", "RPJMD"]
           for _, (code, told) in everybody for year in (2024, 2025))],
    )  # fmt: skip
    write(
        "dinsos/Rakor TKPK.csv",
        [["kode_wilayah", "tanggal", "tingkat", "agenda"],
         *([code, f"{year}-{month:02d}-06", "provinsi" if code == province else "kabupaten/kota",
            f"Rakor bulan {month}"] for _, (code, _) in everybody for year in told_years for month in (3, 8, 12))],
    )  # fmt: skip
    write(
        "dinsos/Kontribusi 2024.csv",
        [["kode_wilayah", "tahun", "jenis", "pemberi", "penerima", "nominal_rp"],
         *([code, 2024, kind, f"Bank {kind}", 120 + n, 3_500_000_000]
           for n, (code, _) in everybody for kind in ("KUR", "CSR"))],
    )  # fmt: skip
    for code, told in [(province, name), *named.items()]:
        write(
            f"dinsos/Capaian Indikator {told}.csv",
            [["NO", "URAIAN", "TARGET 2024", "REALISASI 2024", "PELAKSANA"],
             *([n, f"Cakupan layanan dasar nomor {n} bagi penduduk miskin (%)", f"{60 + n % 30}%", f"{55 + n % 40}%",
                "Dinas Sosial"] for n in range(1, INDICATORS + 1))],
            region=code,
        )  # fmt: skip
    return files


def _as_bps(name: str) -> str:
    """As its tables print a regency: a city with the word, a regency without."""
    return name.removeprefix("Kabupaten ")
