"""A document of a pack made by hand: hostile words, gaps, long numbers, and every kind of block."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from simpul.pack.model import (
    Bars,
    Chapter,
    Column,
    Document,
    Gap,
    Map,
    Missing,
    Part,
    Picture,
    Proof,
    Row,
    Table,
    Text,
    Trend,
)
from simpul.pack.proving import Stamp
from simpul.pack.words import plain

HOSTILE = '=HYPERLINK("http://x"), #panic("no") *b* <script>alert(1)</script> & 1274011708900001'
TREND = Trend(
    {"Kota": {"2022-03": 12.45, "2023-03": None, "2024-03": 12.21}}, "persen", [("2025-03", 4.5, 5.5)]
)


def document() -> Document:
    """It; the same every time."""
    proof = Proof(1, "fct_tkpk_meeting", {"place_key": "Kota Antah", "agenda": 'a "b" $c'}, file_ids=["f"])
    proof.addresses.append({"file_id": "f", "sheet": "Rapat #1", "row": 7, "column": None})
    stamp = Stamp(
        "S1", plain(HOSTILE), "0123456789ab", "dinsos.tkpk_meeting", "Rapat", "tanpa surat pengantar", None, (3, 4),
        ("agenda_present (1 dari 9)",), ("agenda_present (#2, s.d. 2026-12-31)",), is_unaltered=True,
    )  # fmt: skip
    columns = [
        Column("Agenda"),
        Column("Tanggal", "date"),
        Column("Persen", "percent"),
        Column("Jiwa", "count"),
    ]
    rows = [
        Row([HOSTILE, dt.date(2024, 3, 6), Decimal("6.2"), 24690], [proof]),
        Row(["-1+1", None, Gap("tidak terbit"), 0]),
    ]
    blocks = [
        Part("Bagian"), Text(HOSTILE), Missing("Belum ada data itu."),
        Table("Tabel " + HOSTILE, columns, rows, "Catatan"),
        Picture("Garis", TREND, 'alt "dalam kutip"', [proof]),
        Picture("Batang", Bars({"A <b>": 1.5, "B": 3.0}, "persen", "B", {"Nasional": 2.0}), "alt"),
        Picture("Peta", Map({"36.01": ("Kabupaten Lebak", 8.68), "36.72": ("Kota Cilegon", None)}, "persen"), "alt"),
    ]  # fmt: skip
    moment = dt.datetime(2026, 11, 28, 1, tzinfo=dt.UTC)
    return Document("12.74", "Kota Antah", 2024, 3, HOSTILE, moment, None, [Chapter("Bab", "Bab", blocks)], [proof],
                        {"f": stamp}, {"fct_tkpk_meeting": (2, 2)})  # fmt: skip


def large() -> Document:
    """A province of 38 regencies: a picture nearly a page high, a short table of much text, a file for each regency."""
    regencies = [f"Kabupaten Nomor {n}" for n in range(1, 39)]
    stamps = {
        f"f{n}": Stamp(f"S{n}", f"Penduduk miskin {name} menurut BPS, cetakan {n}.xlsx", "0123456789ab",
                       "bps.poverty_regency", "Kemiskinan", "Dinas Sosial Provinsi, surat 460/17/2024", None, (9, 9),
                       (), (), is_unaltered=True)
        for n, name in enumerate(regencies, start=1)
    }  # fmt: skip

    def behind(number: int, *file_ids: str) -> Proof:
        return Proof(number, "rpt_poverty_position", {"n": str(number)}, file_ids=list(file_ids))

    proofs = [behind(n, f"f{n}") for n in range(1, 7)] + [behind(7, *stamps)]
    chart = Bars({name: 30 - n / 2 for n, name in enumerate(regencies)}, "persen", None, {"Indonesia": 9.0})
    agenda = (
        "Penyelarasan program dan anggaran antardinas, tindak lanjut temuan, dan rencana bulan berikutnya. "
        * 8
    )
    meetings = Table("Rapat", [Column("Tanggal", "date"), Column("Agenda", width=4)],
                     [Row([dt.date(2024, 3, day), agenda], [proofs[6]]) for day in range(1, 13)])  # fmt: skip
    blocks = [
        Text("Kalimat pembuka. " * 60), Part("Posisi"),
        Picture("Persentase penduduk miskin menurut kabupaten/kota", chart, "alt", proofs[:6]),
        Part("Rapat koordinasi"), meetings,
    ]  # fmt: skip
    moment = dt.datetime(2026, 11, 28, 1, tzinfo=dt.UTC)
    chapters = [Chapter("Bab", "Bab", blocks)]
    return Document("35", "Provinsi Antah", 2024, 3, None, moment, None, chapters, proofs, stamps, {})
