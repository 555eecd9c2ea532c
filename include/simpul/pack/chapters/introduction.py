"""Chapter 1: what the pack is, the newest figures at a glance, and which data there are."""

from __future__ import annotations

from typing import Any

from simpul.contract import load_contracts
from simpul.pack.chapters import extreme
from simpul.pack.model import Block, Chapter, Column, Gap, Missing, Part, Proof, Row, Table, Text
from simpul.pack.words import LINE, MEETINGS_RULE_FROM, month, percent
from simpul.pack.world import NATION, World, who_says
from simpul.period import last_month_sql


def chapter(world: World) -> Chapter:
    """Purpose, summary, availability."""
    return Chapter("Pendahuluan", "Pendahuluan", [*_purpose(world), *_summary(world), *_availability(world)])


def _purpose(world: World) -> list[Block]:
    name, year = world.region.name, world.year
    return [
        Part("Maksud dan dasar"),
        Text(
            f"Bahan ini disusun untuk rapat koordinasi Tim Koordinasi Penanggulangan Kemiskinan (TKPK) {name} dan untuk"
            f" penyusunan Laporan Pelaksanaan Penanggulangan Kemiskinan Daerah (LP2KD) tahun {year}. {_basis(year)}"
            " Urutan babnya mengikuti kelaziman LP2KD; peraturan itu sendiri perlu dirujuk untuk format resminya."
        ),
        Part("Cara membaca"),
        Text(
            "Setiap angka berasal dari berkas kiriman instansi yang lolos gerbang pemeriksaan dan terbit dalam satu"
            " rilis. Di bawah setiap tabel dan gambar tertulis berkas asal, baris, pengirim, dan hasil pemeriksaannya."
            " Nomor dalam kolom “Bukti” menunjuk ke Lampiran B: perintah di sana menelusuri angka itu sampai ke sel"
            " berkas aslinya. Aturan gerbang ada dua macam: yang wajib menahan berkas atau menyisihkan barisnya;"
            " peringatan hanya dicatat untuk ditanyakan kepada pengirim, berkasnya tetap masuk. Data yang belum masuk"
            " dinyatakan belum ada; tidak ada sel kosong atau nol sebagai penggantinya. Angka dari instansi ditulis"
            " sebagaimana dikirim."
        ),
    ]


_OF_THE_HOUSE = ("reference", "review")
"""Agencies whose datasets keep the warehouse itself: codes, answers of its stewards. No planner asks for them."""
TEAMS_RULE_FROM = 2010
"""Year of Permendagri 42/2010, the first on teams."""


def _basis(year: int) -> str:
    """What holds in the year of the report."""
    if year < TEAMS_RULE_FROM:
        return (
            "Permendagri 42 Tahun 2010 dan 53 Tahun 2020 tentang TKPK belum ada pada tahun itu: TKPK dan LP2KD belum"
            " diatur, dan bahan ini hanya menyajikan angka."
        )
    if year < MEETINGS_RULE_FROM:
        return (
            "TKPK waktu itu diatur Permendagri 42 Tahun 2010; Permendagri 53 Tahun 2020, yang meminta rapat koordinasi"
            " sedikitnya tiga kali setahun, belum ada."
        )
    return (
        "Permendagri 53 Tahun 2020 mengatur TKPK dan dokumennya (RPKD, RAT, dan LP2KD) serta meminta rapat koordinasi"
        " sedikitnya tiga kali setahun (pasal 13 ayat (3))."
    )


def _summary(world: World) -> list[Block]:
    rows = [*_poverty(world), *_extreme(world), *_meetings(world), *_indicators(world)]
    columns = [
        Column("Uraian", width=3),
        Column("Angka", "as_printed"),
        Column("Satuan"),
        Column("Periode", width=1.4),
    ]
    return [
        Part("Ringkasan"),
        *([] if world.known_of == "region" else [Missing(_nothing_of_its_year(world))]),
        Table(f"Ringkasan {world.region.name} sampai dengan {world.year}", columns, rows),
    ]


def _nothing_of_its_year(world: World) -> str:
    if world.known_of == "regencies":
        return (
            f"Rilis ini tidak memuat satu angka pun tentang {world.region.name} itu sendiri tahun {world.year}; angka"
            " kabupaten/kotanya ada. Yang tertulis tentang provinsi itu sendiri adalah angka dari tahun-tahun"
            " sebelumnya, bila ada, masing-masing dengan tahunnya."
        )
    return (
        f"Rilis ini tidak memuat satu angka pun tentang {world.region.name} tahun {world.year}. Yang tertulis dalam"
        " bahan ini adalah angka dari tahun-tahun sebelumnya, bila ada, masing-masing dengan tahunnya."
    )


def _poverty(world: World) -> list[Row]:
    found = world.rows(
        """select * from marts.fct_poverty
        where region_code = %(region)s and area = 'total' and year <= %(year)s and p0_percent is not null
        order by year desc, month desc limit 1"""
    )
    if not found:
        return [Row(["Persentase penduduk miskin", Gap(), "persen", Gap()])]
    share, when = found[0], month(found[0]["period"])
    rows = [
        Row(
            [
                f"Persentase penduduk miskin{who_says(world, share)}",
                percent(share["p0_percent"]),
                "persen",
                when,
            ],
            [_of_poverty(world, share, "p0_percent")],
        )
    ]
    # of a survey BPS may tell the percentage alone: then the newest number there is, with its own period
    counted = share if share["poor_people"] is not None else _newest_with_people(world)
    if counted is None:
        return [*rows, Row(["Jumlah penduduk miskin", Gap(), "jiwa", Gap()])]
    by = who_says(world, counted, "poor_people")
    older = f" (belum ada untuk {when})" if counted["period"] < share["period"] else ""
    return [
        *rows,
        Row(
            [f"Jumlah penduduk miskin{by}{older}", counted["poor_people"], "jiwa", month(counted["period"])],
            [_of_poverty(world, counted, "poor_people")],
        ),
    ]


def _newest_with_people(world: World) -> dict[str, Any] | None:
    found = world.rows(
        """select * from marts.fct_poverty
        where region_code = %(region)s and area = 'total' and year <= %(year)s and poor_people is not null
        order by year desc, month desc limit 1"""
    )
    return found[0] if found else None


def _of_poverty(world: World, row: dict[str, Any], told: str) -> Proof:
    return world.proof("fct_poverty", row, "region_code", "year", "month", "area", told=(told,))


def _extreme(world: World) -> list[Row]:
    row = extreme.newest(world)
    if row is None:
        return [Row(["Persentase penduduk miskin ekstrem", Gap(), "persen", Gap()])]
    proof = world.proof("fct_extreme_poverty", row, "place_key", "year", "line_version")
    told, year = f" (garis {LINE[row['line_version']]})", str(row["year"])
    return [
        Row([f"Persentase penduduk miskin ekstrem{told}", percent(row["extreme_percent"]), "persen", year], [proof]),
        Row(["Jumlah penduduk miskin ekstrem", row["extreme_people"], "jiwa", year], [proof]),
    ]  # fmt: skip


def _meetings(world: World) -> list[Row]:
    found = world.rows(
        "select * from marts.rpt_tkpk_compliance where region_code = %(region)s and year = %(year)s"
    )
    if not found:
        return [Row(["Rapat koordinasi TKPK", Gap(), "rapat", str(world.year)])]
    proof = world.proof("rpt_tkpk_compliance", found[0], "place_key", "year")
    return [Row(["Rapat koordinasi TKPK", found[0]["meetings"], "rapat", str(world.year)], [proof])]


def _indicators(world: World) -> list[Row]:
    found = world.rows(
        """select year, count(*) as all, count(is_achieved) as judged, count(*) filter (where is_achieved) as reached
        from marts.fct_indicator_achievement where region_code = %(region)s and year <= %(year)s
        group by year order by year desc limit 1"""
    )
    if not found:
        return [Row(["Indikator LP2KD yang mencapai target", Gap(), "indikator", Gap()])]
    (row,) = found
    each = world.rows(
        "select * from marts.fct_indicator_achievement where region_code = %(region)s and year = %(found)s"
        " order by source_row, indicator",
        found=row["year"],
    )
    proofs = [world.proof("fct_indicator_achievement", one, "place_key", "year", "indicator") for one in each]
    of = f"dari {row['all']}"
    if 0 < row["judged"] < row["all"]:
        of = f"dari {row['judged']} yang dapat dinilai, seluruhnya {row['all']}"
    # 0 of none that can be judged would say that all were missed
    reached = row["reached"] if row["judged"] else Gap("tidak dapat dikatakan")
    return [
        Row([f"Indikator LP2KD yang mencapai target ({of})", reached, "indikator", str(row["year"])], proofs)
    ]


def _availability(world: World) -> list[Block]:
    # of a mart that knows every period: the newest of `rpt_freshness` may be later than the report
    found = world.rows(
        f"""select distinct on (dataset) dataset, region_code, period, dimension from marts.rpt_data_quality
        where (region_code in (%(region)s, %(province)s, %(nation)s) or region_code ^@ (%(region)s || '.'))
            and (period = 'unknown' or left(period, 4) <= %(year)s::text)
        order by dataset, {last_month_sql("period")} desc nulls last, period desc, length(region_code) desc,
            region_code, dimension desc""",  # noqa: S608 — constants of this package
        nation=NATION,
    )
    by_dataset = {row["dataset"]: row for row in found}
    rows = []
    for name, contract in sorted(load_contracts().items()):
        if contract.agency in _OF_THE_HOUSE:
            continue
        row = by_dataset.get(name)
        key = ("dataset", "region_code", "period", "dimension")
        proofs = [world.proof("rpt_data_quality", row, *key, told=("delivered_records",))] if row else []
        newest: str | Gap = Gap("belum masuk")
        if row:
            newest = "ada, tanpa periode" if row["period"] == "unknown" else month(row["period"])
        rows.append(Row([contract.title.id, name, contract.owner, newest], proofs))
    columns = [
        Column("Kumpulan data", width=3), Column("Nama", width=2), Column("Pemilik", width=1.4),
        Column(f"Periode terbaru s.d. {world.year}", width=1.4),
    ]  # fmt: skip
    note = (
        f"Dari berkas untuk wilayah ini, wilayah di bawah atau di atasnya, atau yang tidak menyebut wilayah; kiriman"
        f" sesudah {world.year} tidak dimuat. Berkas yang masuk tidak selalu memuat wilayah ini: bab-bab berikut"
        " menyebutkannya satu per satu."
    )
    return [
        Part("Ketersediaan data"),
        Table(f"Kumpulan data dalam rilis ini bagi {world.region.name}", columns, rows, note),
    ]
