"""What the five articles behind the project state, as the agencies' files would say it.

Figures are the articles' and those of the BPS tables they speak of; where an article only says "below 1 %", the figure
is invented and below. Headings are the agencies' own. `LATER` is no article's: it disagrees with what was
delivered before, or nobody knows its region.
"""

from __future__ import annotations

import csv
import io

from tests.landing.conftest import DTKS, as_csv, dtks_row

_SUMMARY = [
    f"{what} - {month} {unit}".rstrip()
    for what, unit in (
        ("Garis Kemiskinan", "(Rp)"),
        ("Jumlah Penduduk Miskin", "(ribu) (Ribu)"),
        ("Persentase Penduduk Miskin", ""),
    )
    for month in ("Maret", "September")
]


def _summary(rows: dict[str, str]) -> str:
    """The yearly table of provinces: line, thousands and percent, each of March and September."""
    return "\ufeff" + "\n".join(
        [f"Provinsi,{','.join(_SUMMARY)}", *(f"{name},{cells}" for name, cells in rows.items())]
    )


def _regencies(title: str, year: int, rows: dict[str, str]) -> str:
    table = io.StringIO()
    csv.writer(table, lineterminator="\n").writerows(
        [["Provinsi/Kabupaten/Kota", ""], ["", title], ["", year], *rows.items()]
    )
    return "\ufeff" + table.getvalue()


def _form(heading: str, *rows: str) -> str:
    return "\n".join([heading, *rows]) + "\n"


_PERCENT = "Persentase Penduduk Miskin (P0) Menurut Kabupaten/Kota (Persen)"
_JAMBI = {
    "15.01": "Kerinci", "15.02": "Merangin", "15.03": "Sarolangun", "15.04": "Batanghari", "15.05": "Muaro Jambi",
    "15.06": "Tanjung Jabung Barat", "15.07": "Tanjung Jabung Timur", "15.08": "Bungo", "15.09": "Tebo",
    "15.71": "Kota Jambi", "15.72": "Kota Sungai Penuh",
}  # fmt: skip
_WITHOUT_BUDGET = {2020: ("15.02", "15.03", "15.08", "15.09"), 2021: ("15.02", "15.03", "15.09")}


def _dtks(*broken: str) -> str:
    """Five invented people of Tanjungbalai; the first ones have these numbers instead of a NIK."""
    rows = [dtks_row(n) for n in range(1, 6)]
    for row, nik in zip(rows, broken, strict=False):
        row[DTKS.index("Nomor NIK")] = nik
    return as_csv(DTKS, rows)


FILES = {
    # Tanjungbalai 2018
    "bps/Persentase Penduduk Miskin Menurut Kabupaten_Kota, 2017.csv": _regencies(
        _PERCENT, 2017, {"SUMATERA UTARA": "10.22", "Kota Tanjung Balai": "14.46"}
    ),
    "bps/Jumlah Penduduk Miskin Menurut Kabupaten_Kota, 2017.csv": _regencies(
        "Jumlah Penduduk Miskin Menurut Kabupaten/Kota (Ribu Jiwa)",
        2017,
        {"SUMATERA UTARA": "1453.87", "Kota Tanjung Balai": "24.69"},
    ),
    "dinsos/Capaian Indikator Kemiskinan Kota Tanjungbalai.csv": _form(
        "NO;URAIAN;TARGET 2017;REALISASI 2017;PELAKSANA",
        "1;Terpenuhinya sharing dana untuk operasional PKH (%);2,9;3,61;Bappeda",
        "2;Persentase kepesertaan BPJS;75%;83,32 %;BPJS",
        "3;Tersedianya data base PMKS;;;Dinas Sosial",
        "4;Cakupan Layanan  rehab kesejahteraan sosial;100%;100%;Dinas Sosial",
        "REALISASI 2016",
        "5;Angka Putus Sekolah SD/MI;0,14%;1,53;Dinas Pendidikan",
        "6;Angka Putus Sekolah SMP/MTs;10,70%;4,19;Dinas Pendidikan",
        "7;Jumlah kematian Ibu;2;4;Dinas Kesehatan",
        "8;Jumah kematian bayi;28;22;Dinas Kesehatan",
        "9;Jumlah kematian balita;43;;Dinas Kesehatan",
        "10;Ketersediaan obat di puskesmas;100%;100%;Dinas Kesehatan",
        "11;Cakupan pelayanan kesehatan dasar masyarakat miskin;100%;100%;Dinas Kesehatan",
        "12;Persentase sanitasi layak;87%;81,31;Dinas Peraperkim/Dinas PUPR/Kotaku/NUSP",
        "13;Persentase RT menggunakan air minum layak;55%;39,17;Dinas PUPR/PDAM",
    ),
    # Tanjungbalai 2024 and Banten 2024
    "bps/Kemiskinan Ekstrem 2023.csv": _form(
        "kode_wilayah;nama_wilayah;tahun;persen;jumlah_jiwa;garis",
        "12.74;Kota Tanjungbalai;2023;1,03;1.890;PPP 1.90",
        "36.01;Kabupaten Pandeglang;2023;1,34;...;PPP 1.90",
        "36.02;Kabupaten Lebak;2023;1,79;...;PPP 1.90",
        "36.03;Kabupaten Tangerang;2023;2,00;...;PPP 1.90",
        "36.04;Kabupaten Serang;2023;0,61;...;PPP 1.90",
        "36.71;Kota Tangerang;2023;0,42;...;PPP 1.90",
        "36.72;Kota Cilegon;2023;0;0;PPP 1.90",
        "36.73;Kota Serang;2023;0,75;...;PPP 1.90",
        "36.74;Kota Tangerang Selatan;2023;0,20;...;PPP 1.90",
    ),
    "dinsos/Rakor TKPK.csv": _form(
        "kode_wilayah;tanggal;tingkat;agenda",
        "12.74;22 Mei 2018;kabupaten/kota;Rakor I: LP2KD 2017 dan rencana 2018",
        "12.74;2024-03-06;kabupaten/kota;Rakor I",
        "12.74;2024-08-14;kabupaten/kota;Rakor II",
        "12.74;04/12/2024;kabupaten/kota;Rakor III: kemiskinan ekstrem dan P3KE",
    ),
    "bps/Jumlah dan Persentase Penduduk Miskin Menurut Provinsi, 2023.csv": _summary(
        {"Banten": "618721,...,826.13,...,6.17,...", "Indonesia": "550458,...,25898.55,...,9.36,..."}
    ),
    "bps/Jumlah dan Persentase Penduduk Miskin Menurut Provinsi, 2024.csv": _summary(
        {"Banten": "654213,667403,791.61,777.49,5.84,5.7", "Indonesia": "582932,595242,25219.2,24054.72,9.03,8.57"}
    ),
    "bps/Persentase Penduduk Miskin Menurut Kabupaten_Kota, 2023.csv": _regencies(
        _PERCENT, 2023,
        {"BANTEN": "6.17", "Pandeglang": "9.27", "Lebak": "8.68", "Tangerang": "6.93", "Serang": "4.85",
         "Kota Tangerang": "5.89", "Kota Cilegon": "3.98", "Kota Serang": "6.20", "Kota Tangerang Selatan": "2.57"},
    ),
    "dinsos/Target RPJMD Banten.csv": _form(
        "kode_wilayah;nama_wilayah;tahun;indikator;target_bawah;target_atas;dokumen",
        "36;Banten;2025;Persentase penduduk miskin;4,5;5,5;RPJMD",
        "36;Banten;2024;Kemiskinan ekstrem;0;;RPJMN",
    ),
    # Jambi 2022: what BPS prints, and what the governor said of it
    "bps/Jumlah dan Persentase Penduduk Miskin Menurut Provinsi, 2021.csv": _summary(
        {"Jambi": "506355,...,293.86,...,8.09,...", "Indonesia": "472525,...,27542.77,...,10.14,..."}
    ),
    "bps/Sambutan Gubernur Jambi, 2021.csv": _summary(
        {"Jambi": "...,...,293.86,279.86,8.07,7.67", "Indonesia": "...,...,...,...,...,9.71"}
    ),
    # printed with the percentage of September in March; the later edition mends it
    "bps/Jumlah dan Persentase Penduduk Miskin Menurut Provinsi, 2017.csv": _summary(
        {"Indonesia": "385621,...,27771.22,26582.99,10.12,10.12"}
    ),
    "dinsos/Anggaran verval DTKS Jambi.csv": _form(
        "kode_wilayah;nama_wilayah;tahun;registri;dianggarkan;anggaran_rp;terlaksana",
        *(
            f"{code};{name};{year};DTKS;{'tidak' if code in without else 'ya'};;{'' if year == 2021 else 'ya'}"
            for year, without in _WITHOUT_BUDGET.items()
            for code, name in _JAMBI.items()
        ),
    ),
    "dinsos/PSKS Provinsi Jambi 2021.csv": _form(
        "kode_wilayah;nama_wilayah;tahun;jenis;jumlah",
        "15.71;Kota Jambi;2021;Taruna Siaga Bencana (Tagana);30",
        "15.71;Kota Jambi;2021;TKSK;11",
        "15.72;Kota Sungai Penuh;2021;Pendamping PKH;1.024",
    ),
}  # fmt: skip

LETTERS = {
    "bps/Sambutan Gubernur Jambi, 2021.csv": "sender: Pemerintah Provinsi Jambi\n",
    "dinsos/Capaian Indikator Kemiskinan Kota Tanjungbalai.csv": 'region_code: "12.74"\n',
}

LATER = {
    "bps/Jumlah dan Persentase Penduduk Miskin Menurut Provinsi (revisi), 2017.csv": _summary(
        {"Indonesia": "385621,...,27771.22,26582.99,10.64,10.12"}
    ),
    # the city counts its own, and a district that nobody knows comes along
    "dinsos/PSKS Kota Jambi.csv": _form(
        "kode_wilayah;nama_wilayah;tahun;jenis;jumlah",
        "15.71;Kota Jambi;2021;Tagana;34",
        "15.71;Kota Jambi;2021;PSM;40",
        "15.71;Kota Jambi;2021;PSM Laki-laki;15",
        "15.71;Kota Jambi;2021;PSM Perempuan;20",
        ";Kota Antah Berantah;2021;PSM;7",
    ),
    # NIKs repaired between two editions, as the rakor asks
    "dinsos/DTKS Tanjungbalai 2024-05.csv": _dtks("0", "127401170890002"),
    "dinsos/DTKS Tanjungbalai 2024-06.csv": _dtks("127401170890001"),
    "dinsos/Verval DTKS Tanjungbalai Juni 2024.csv": _form(
        "registri;id_sumber;nik;nama;kode_desa;tanggal_verval;hasil;kelayakan;petugas",
        "DTKS;D1;1274011708900001;CONTOH SATU;12.74.01.1001;11/06/2024;tidak ditemukan;layak;",
        "DTKS;D1;1274011708900001;CONTOH SATU;12.74.01.1001;19/06/2024;ditemukan;layak;",
        "DTKS;D2;1274015708900002;CONTOH DUA;12.74.01.1002;11/06/2024;meninggal;tidak layak;",
    ),
}
