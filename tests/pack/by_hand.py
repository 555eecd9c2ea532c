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
                        {"f": stamp}, {"fct_tkpk_meeting": (2, 3, 1)})  # fmt: skip


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


MONTHS = [f"{year}-{month:02d}" for year in (2023, 2024) for month in range(1, 13)]
LISTS = {
    "bpjs.pbi_jk": "PBI JK", "dinsos.dtks": "DTKS", "dinsos.kks_payment": "KKS", "dinsos.program_recipient": "BST",
    "dinsos.verval_result": "Verval",
}  # fmt: skip


def province(figures: int = 300) -> Document:
    """A province of 38 regencies whose lists of persons come every month, five kinds of them: 4,560 files, and each of
    ``figures`` counts is made of all of them. One list has a waiver, one was altered in the archive.
    """
    stamps: dict[str, Stamp] = {}
    moment = dt.datetime(2024, 12, 28, 1, tzinfo=dt.UTC)
    for dataset, title in LISTS.items():
        for regency in range(1, 39):
            for period in MONTHS:
                number = len(stamps) + 1
                stamps[f"f{number}"] = Stamp(
                    f"S{number}", f"{title} 35.{regency:02d} {period}.csv", f"{number:012x}", dataset, title,
                    f"Dinas Sosial 35.{regency:02d}, surat 460/{number}/2024", moment, (8, 9), ("nik_valid",),
                    ("nik_valid (#7, s.d. 2026-12-31)",) if number == 100 else (), is_unaltered=number != 101,
                    year=int(period[:4]), period=period, region=f"35.{regency:02d} Kabupaten Nomor {regency}",
                    is_personal=True,
                )  # fmt: skip
    counted = [
        Proof(number, "rpt_program_coverage",
              {"region_code": "35", "program_code": "PKH", "decile": str(number), "period": "2024-12"},
              file_ids=list(stamps), is_counted=True)
        for number in range(1, figures + 1)
    ]  # fmt: skip
    # every second file: what no range can say
    scattered = [
        Proof(figures + n, "rpt_finding", {"n": str(n)}, file_ids=list(stamps)[::2], is_counted=True)
        for n in (1, 2)
    ]
    # very many rows of very many files, one by one
    rows = [{"file_id": file_id, "sheet": None, "row": row, "column": None}
            for n, file_id in enumerate(list(stamps)[:190], start=1) for row in range(n, 2000 + n, 40)]  # fmt: skip
    visits = [
        Proof(figures + 3 + n, "fct_verval", {"n": str(n)}, addresses=rows[n * 50 : n * 50 + 50], total=5000,
              file_ids=[f"f{n + 1}"])
        for n in range(190)
    ]  # fmt: skip
    columns = [Column("Program"), Column("Penerima", "count")]
    blocks = [
        Table("Cakupan", columns, [Row(["PKH", 5000], counted)]),
        Table("Temuan", columns, [Row(["Temuan", 50], scattered)]),
        Table("Verval", columns, [Row([str(n), 50], [proof]) for n, proof in enumerate(visits)]),
    ]
    return Document("35", "Provinsi Antah", 2024, 3, None, moment, None, [Chapter("Bab", "Bab", blocks)],
                    [*counted, *scattered, *visits], stamps, {})  # fmt: skip
