"""How a planner in Indonesia reads what the marts hold: numbers, days, months, and the codes of closed lists."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from expectations.site.numerals import as_printed, decimal
from simpul.clock import WIB
from simpul.errors import LONG_NUMBER
from simpul.pack.model import Gap, Kind

MONTHS = (
    "Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober", "November",
    "Desember",
)  # fmt: skip
STATUS = {"final": "tetap", "provisional": "sementara", "estimate": "perkiraan", "revised": "revisi"}
LINE = {
    "ppp_1_90": "US$ 1,90 PPP per hari",
    "ppp_2_15": "US$ 2,15 PPP per hari",
    "not_stated": "tidak disebut",
}
REASON = {
    "not_published": "tidak terbit",
    "not_applicable": "tidak berlaku",
    "region_did_not_exist": "wilayah belum ada",
    "not_shown": "tidak ditampilkan BPS",
    "quarantined": "dikarantina: tercetak tetapi mustahil",
    "blank": "sel kosong",
    "unreadable": "tidak terbaca",
    "in_no_file": "belum ada",
    "not_delivered": "belum ada",
}
NOT_SAID = {
    "no_figure": "target dan realisasi tidak tercetak",
    "one_figure_only": "hanya satu angka tercetak",
    "unknown_indicator": "indikator belum dikenal",
}
STRATEGY = {
    "reduce_burden": "Mengurangi beban pengeluaran masyarakat",
    "raise_income": "Meningkatkan pendapatan masyarakat",
    "shrink_pockets": "Mengurangi kantong kemiskinan",
}
MEETINGS_RULE_FROM = 2020
"""Year of Permendagri 53/2020, which asks for three meetings a year."""
UNIT = {"percent": "%", "count": "jumlah", "number": "angka", "yes_no": "ada/tidak"}
RECEIVER = {"person": "orang", "family": "keluarga"}
SCOPE = {"national": "nasional", "province": "provinsi", "regency": "kabupaten/kota", "village": "desa"}
SEVERITY = {"high": "tinggi", "medium": "sedang", "low": "rendah"}
WORKFORCE = {
    "PENDAMPING_PKH": "Pendamping PKH", "TAGANA": "Taruna Siaga Bencana (Tagana)",
    "TKSK": "Tenaga Kesejahteraan Sosial Kecamatan (TKSK)", "PSM": "Pekerja Sosial Masyarakat (PSM)",
}  # fmt: skip
SOURCE_STANDING = {
    "published": "dipakai", "gap": "tanpa angka", "quoted": "kutipan pihak lain",
    "table_of_other_level": "tabel tingkat lain", "earlier_edition": "edisi lebih lama",
    "coarser": "desimal lebih sedikit", "older_delivery": "kiriman lebih lama", "replaced": "telah diganti",
}  # fmt: skip


INTERNAL = (
    "BAHAN INTERNAL TKPK, BUKAN UNTUK DIPUBLIKASIKAN: dibaca bersama data terbuka, angkanya dapat membuka jumlah kecil"
    " yang ditutup di sana. Untuk umum: data terbuka rilis ini."
)
"""On the first page of every face (docs/adr/0054)."""


def day(value: dt.date) -> str:
    """``6 Maret 2024``."""
    return f"{value.day} {MONTHS[value.month - 1]} {value.year}"


def moment(value: dt.datetime | None) -> str:
    """The day in western Indonesian time."""
    return "belum terbit" if value is None else day(value.astimezone(WIB).date())


_ROMAN = ("I", "II", "III", "IV")
_PARTS = {"Q": "Triwulan", "S": "Semester"}


def month(period: str) -> str:
    """Every form of `simpul.period`: ``2024-03`` → ``Maret 2024``, ``2024-Q2`` → ``Triwulan II 2024``, ``2024-S1`` →
    ``Semester I 2024``; a year stays.
    """
    year, _, rest = period.partition("-")
    if not rest:
        return year
    part = _PARTS.get(rest[0])
    return f"{part} {_ROMAN[int(rest[1:]) - 1]} {year}" if part else f"{MONTHS[int(rest) - 1]} {year}"


def between(first: str, last: str) -> str:
    """``Januari 2024 – Juni 2024``; one period alone is told once."""
    return month(first) if first == last else f"{month(first)} – {month(last)}"


_TOLD: dict[Kind, Callable[[Any], str]] = {
    "count": as_printed,
    "percent": lambda value: decimal(float(value)),
    "index": lambda value: decimal(float(value)),
    "points": lambda value: decimal(float(value), signed=True),
    "yes_no": lambda value: "ya" if value else "tidak",
    "date": day,
    "as_printed": as_printed,
}


def told(kind: Kind, value: Any) -> str:
    """A cell as it is read. Long numbers in somebody's own words are cut out: they may be a NIK."""
    if value is None or isinstance(value, Gap):
        return (value or Gap()).text
    if isinstance(value, str):  # a word where a figure is expected
        return plain(value)
    return _TOLD.get(kind, plain)(value)


def percent(value: Decimal | None) -> Decimal | Gap:
    """With the two decimals that BPS prints, in a column of figures of all kinds."""
    return Gap() if value is None else Decimal(value).quantize(Decimal("0.01"))


def plain(value: Any) -> str:
    """Somebody's own words."""
    return LONG_NUMBER.sub("…", str(value))


def spans(years: Iterable[int]) -> str:
    """``2016, 2019, dan 2021–2024``."""
    ordered = sorted(set(years))
    starts = [year for year in ordered if year - 1 not in ordered]
    ends = [year for year in ordered if year + 1 not in ordered]
    parted = [
        [str(year) for year in range(start, end + 1)] if end - start < 2 else [f"{start}–{end}"]
        for start, end in zip(starts, ends, strict=True)
    ]
    return listed([told_part for part in parted for told_part in part])


def listed(items: list[str]) -> str:
    """``a, b, dan c``."""
    if len(items) < 3:
        return " dan ".join(items)
    return f"{', '.join(items[:-1])}, dan {items[-1]}"
