"""Small BPS files with the figures BPS really published, in the layouts they are downloaded in.

Indonesia, Sumatera Utara, Jambi, DKI Jakarta and Banten, and the regencies of these provinces. Nothing is invented:
a figure that is not known to us has no row, and what BPS printed wrongly stands here as printed (2018: a count of
25674.58 in the percent column of Indonesia; 2022: a poverty line of 505), because the doors are there to stop it.

``bps_figures.csv`` holds one line per series: layout (A province table, B regency table), indicator, month, the
province and the name as printed, where the figures come from, and a column per year with the cell as printed.
An empty cell: the table of that year has no such row or column.
"""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

FIGURES = Path(__file__).with_name("bps_figures.csv")
YEARS = range(2011, 2026)

_BOM = "\ufeff"
_MONTHS = {3: "Maret", 9: "September"}
_PROVINCE_HEADINGS = {
    "poverty_line": "Garis Kemiskinan - {month} (Rp)",
    "poor_thousand": "Jumlah Penduduk Miskin - {month} (ribu) (Ribu)",
    "p0": "Persentase Penduduk Miskin - {month}",
}
# what stands under the table in some years, inside the data area
_PROVINCE_FOOTERS = {2022: "-", 2023: "September 2023 tidak dilakukan penghitungan kemiskinan"}
_REGENCY_TITLES = {
    "poverty_line": ("Garis Kemiskinan", "(Rupiah/kapita/bulan)"),
    "p0": ("Persentase Penduduk Miskin (P0)", "(Persen)"),
    "poor_thousand": ("Jumlah Penduduk Miskin", "(Ribu Jiwa)"),
}
# a browser numbers a file that was downloaded before, so the name is no proof of the year
_DOWNLOAD_SUFFIX = {("poverty_line", 2017): " 2", ("poverty_line", 2019): " 2", ("poverty_line", 2023): " 3"}


@dataclass(frozen=True)
class Series:
    """One line of ``bps_figures.csv``: the cells of a region over the years, as printed."""

    layout: str
    indicator: str
    month: int
    province: str
    name: str
    origin: str
    cells: dict[int, str]


def read_figures(path: Path = FIGURES) -> list[Series]:
    """All series, in the order in which the tables print them."""
    with open(path, encoding="utf-8", newline="") as file:
        return [
            Series(
                layout=row["layout"],
                indicator=row["indicator"],
                month=int(row["month"]),
                province=row["province"],
                name=row["name"],
                origin=row["origin"],
                cells={year: row[str(year)] for year in YEARS if row[str(year)]},
            )
            for row in csv.DictReader(file)
        ]


def write_bps_sample(out: Path, years: Collection[int] = YEARS) -> list[Path]:
    """Write the tables of ``years`` (2011-2025 are known) to ``<out>/bps`` and return the files, sorted by name.

    The same bytes every time. Layout A (province tables) begins in 2015; of layout B there is the poverty line of
    every year, P0 for the years in which figures of these regencies are known, and one count of the poor (2017).
    """
    figures = read_figures()
    written = []
    for year in sorted(years):
        provinces = [series for series in figures if series.layout == "A" and year in series.cells]
        if provinces:
            name = f"Jumlah dan Persentase Penduduk Miskin Menurut Provinsi, {year}.csv"
            written.append(_write(out / "bps" / "provinsi" / name, _province_table(provinces, year)))
        for indicator in _REGENCY_TITLES:
            regions = [
                series
                for series in figures
                if series.layout == "B" and series.indicator == indicator and year in series.cells
            ]
            if regions:
                path = out / "bps" / "kabupaten_kota" / _regency_file_name(indicator, year)
                written.append(_write(path, _regency_table(regions, indicator, year)))
    return sorted(written)


def _province_table(series: list[Series], year: int) -> Iterable[list[str]]:
    """Layout A: a row per province, the nation last; the columns and the notes differ from year to year."""
    cells = {(one.name, one.indicator, one.month): one.cells[year] for one in series}
    columns = [
        (indicator, month)
        for indicator in _PROVINCE_HEADINGS
        for month in _MONTHS
        if any((one.indicator, one.month) == (indicator, month) for one in series)
    ]
    headings = [_PROVINCE_HEADINGS[indicator].format(month=_MONTHS[month]) for indicator, month in columns]
    yield ["Provinsi", *headings]
    for name in dict.fromkeys(one.name for one in series):
        yield [name, *(cells[name, indicator, month] for indicator, month in columns)]
    if year in _PROVINCE_FOOTERS:
        for note in ("", "Keterangan", _PROVINCE_FOOTERS[year]):
            yield [note, *("" for _ in columns)]


def _regency_table(series: list[Series], indicator: str, year: int) -> Iterable[list[str]]:
    """Layout B: three heading rows, then each province in capitals with its regencies below; no codes."""
    title, unit = _REGENCY_TITLES[indicator]
    yield ["Provinsi/Kabupaten/Kota", ""]
    yield ["", f"{title} Menurut Kabupaten/Kota {unit}"]
    yield ["", str(year)]
    for one in series:
        yield [one.name, one.cells[year]]


def _regency_file_name(indicator: str, year: int) -> str:
    title, _ = _REGENCY_TITLES[indicator]
    return f"{title} Menurut Kabupaten_Kota, {year}{_DOWNLOAD_SUFFIX.get((indicator, year), '')}.csv"


def _write(path: Path, rows: Iterable[list[str]]) -> Path:
    """As the portal does it: UTF-8 with a byte order mark, unix line ends, and none at the end."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = _BOM + "\n".join(",".join(row) for row in rows)
    path.write_text(text, encoding="utf-8", newline="")
    return path
