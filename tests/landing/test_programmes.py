"""Lists of recipients and of the insured: told apart by their headings, never guessed; who says the programme."""

from __future__ import annotations

import csv
import datetime as dt
import re
from pathlib import Path
from typing import Any

import pytest

from simpul import landing
from simpul.contract import load_contracts, load_fields
from simpul.headings import heading_key
from simpul.landing import claims
from simpul.landing.facts import _FIRST_DAY
from simpul.period import parse_period
from simpul.programmes import programme_codes
from simpul.readers.layout import Layout
from simpul.readers.letter import parse_letter
from simpul.readers.reasons import Held
from simpul.readers.source import Source
from simpul.settings import get_settings
from tests.landing.conftest import DTKS, KKS, PBI, as_csv, dtks_row, kks_row, pbi_row, save_workbook
from tests.landing.test_land import held, table_of

TEMPLATE = [
    "program",
    "periode",
    "nik",
    "no_kk",
    "nama",
    "tanggal_lahir",
    "jenis_kelamin",
    "alamat",
    "kode_desa",
    "nominal",
    "status",
]
KKS_MASTER = ["NIK", "Nama", "No.KKS", "WA", "Kepesertaan", "Status", "Alamat", "RT", "RW"]
OPENSID = ["Peserta", "No. Peserta", "NIK", "Nama", "Tempat Lahir", "Tanggal Lahir", "Alamat"]
APBD = ["PSNOKA", "NIK", "NAMA", "SEGMEN", "BULAN", "TAHUN"]
MASTER = [
    "PSNOKA",
    "PSNOKALAMA",
    "PSNOKALAMA2",
    "NAMA",
    "NMCETAK",
    "JENKEL",
    "AGAMA",
    "TMPLHR",
    "TGLLHR",
    "FLAGTANGGUNGAN",
    "NOHP",
    "NIK",
    "NOKTP",
    "TMT",
    "TAT",
    "NPWP",
    "EMAIL",
    "NOKA",
    "KDHUBKEL",
    "KDSTAWIN",
    "KDNEGARA",
    "KDGOLDARAH",
    "KDSTATUSPST",
    "KDKANTOR",
    "TSINPUT",
    "TSUPDATE",
]
SIPP = [
    "NIK/KITAS/KITAP",
    "NAMA LENGKAP",
    "NO KK",
    "SIPP_Nomor Kartu",
    "SIPP_Status Kepesertaan",
    "SIPP_Segmen Peserta",
]
POS = [
    "nopen",
    "kantor",
    "kab_kota",
    "alokasi_kmp",
    "alokasi_jml_uang",
    "nama_sufix",
    "alokasi",
    "alokasi_biaya",
    "realisasi",
    "realisasi_biaya",
    "gagal_bayar_tolak",
    "sisa_aktif",
    "sisa_biaya",
]
CARD = [
    ["NO", "NO KK", "KEPALA KELUARGA", "IDENTITAS DI KARTU PESERTA", "", "", "", "", ""],
    ["", "", "", "NIK", "NAMA", "TEMPAT LAHIR", "TANGGAL LAHIR", "JENIS KELAMIN", "ALAMAT"],
]
RECIPIENT = "dinsos.program_recipient"


def register(query, outcome, columns: str) -> tuple[Any, ...]:
    """What the register says of a file."""
    return query(f"select {columns} from audit.file where file_id = %s", outcome.file_id)[0]


def recognised(path: Path, rows: list[list[Any]], **options: Any) -> Layout:
    """The layout of a file that holds ``rows``."""
    if path.suffix == ".xlsx":
        save_workbook(path, {"Data": rows})
    else:
        width = max(map(len, rows))
        path.write_text(as_csv(rows[0] + [""] * (width - len(rows[0])), rows[1:], ","), encoding="utf-8-sig")
    source = Source.open(path)
    try:
        return source.recognise(load_contracts().values(), **options)
    finally:
        source.close()


LAYOUTS = [
    ([TEMPLATE], f"{RECIPIENT} template"),
    ([["Program", "Periode", "NIK"]], f"{RECIPIENT} template"),
    ([["NAMA", "PROGRAM", "Catatan desa"]], f"{RECIPIENT} template"),
    ([["No", "N I K", "Nama Penerima", "Jenis Bansos", "Jumlah Uang"]], f"{RECIPIENT} template"),
    ([["NIK", "NAMA"]], f"{RECIPIENT} bnba"),
    ([["NO", "NO. KTP", "NAMA PENERIMA", "ALAMAT", "KEL/DESA", "NOMINAL"]], f"{RECIPIENT} bnba"),
    ([["No", "Nama", "Alamat", "Jumlah"]], f"{RECIPIENT} names"),  # BLT, as a village hall pins it up
    ([["No", "Nama KPM", "Dusun", "RT", "RW", "Desa", "Jumlah (Rp)", "Tanda Tangan"]], f"{RECIPIENT} names"),
    ([["No", "Nama Pengurus", "NIK Pengurus", "Nomor KK", "Alamat"]], f"{RECIPIENT} bnba"),  # PKH
    ([["NAMA", "NIK", "Kelurahan", "kecamatan", "RW", "RT", "Ket.", "TTD"]], f"{RECIPIENT} bnba"),
    ([["NIK", "Nama", "Periode", "Nominal"]], f"{RECIPIENT} bnba"),
    ([KKS_MASTER], f"{RECIPIENT} kks_master"),
    ([["kepesertaan", "no kks", "nama", "nik"]], f"{RECIPIENT} kks_master"),
    ([OPENSID], f"{RECIPIENT} opensid"),
    (CARD, f"{RECIPIENT} card_participants"),
    ([CARD[0], ["", "", "", *reversed(CARD[1][3:])]], f"{RECIPIENT} card_participants"),
    (
        [
            ["NO.", "NO. KK", "NIK", "NAMA PENDUDUK", "Identitas di Kartu Peserta:", "", ""],
            ["", "", "", "", "No. Kartu Peserta", "NIK", "NAMA"],
        ],
        f"{RECIPIENT} card_participants",
    ),
    ([KKS], "dinsos.kks_payment salur"),
    ([[*KKS, "Alamat", "RT", "RW", "No KK", "Status", "Keterangan"]], "dinsos.kks_payment salur"),
    ([DTKS], "dinsos.dtks siks_ng"),
    ([PBI], "bpjs.pbi_jk kemensos"),
    ([APBD], "bpjs.pbi_apbd monthly"),
    ([["Tahun", "Bulan", "Segmen", "Nama Peserta", "No NIK", "No. Kartu", "Kecamatan"]], "bpjs.pbi_apbd monthly"),
    ([MASTER], "bpjs.member master"),
    ([[*MASTER, "SEGMEN", "KABUPATEN"]], "bpjs.member master"),
    ([["psnoka", "nik", "nama", "nama segmen", "status peserta"]], "bpjs.member segments"),
    ([SIPP], "bpjs.member sipp"),
    ([POS], "dinsos.payment_recap pos"),
    ([[text.replace("kmp", "kpm") for text in POS]], "dinsos.payment_recap pos"),
]  # fmt: skip


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
@pytest.mark.parametrize(
    ("heading", "expected"), LAYOUTS, ids=lambda item: item if isinstance(item, str) else ""
)
@pytest.mark.parametrize(
    "spell", [str, str.upper, lambda text: f" {text.title().replace('_', ' ')} "], ids=range(3)
)
def test_layouts_in_any_spelling(tmp_path, heading, expected, spell, suffix):
    """Other case, blanks for underscores, below a title and blank rows, columns that stand elsewhere."""
    spelt = [[spell(text) if text else "" for text in row] for row in heading]
    values = ["x" if text else "" for text in spelt[-1]]
    layout = recognised(tmp_path / f"berkas{suffix}", [["DAFTAR"], [""], *spelt, values])
    assert f"{layout.contract.dataset} {layout.edition.name}" == expected
    assert layout.header_row == 3
    if len(heading) == 1 and "Identitas" not in heading[0]:
        turned = recognised(tmp_path / f"lain{suffix}", [list(reversed(spelt[0])), values])
        assert f"{turned.contract.dataset} {turned.edition.name}" == expected


@pytest.mark.parametrize(
    "heading",
    [
        ["nomor_kk", "nik", "nama", "desil"],  # deciles
        ["nik", "nama", "jenis_pmks", "kode_desa", "tahun", "tertangani"],
        [
            "registri",
            "id_sumber",
            "nik",
            "nama",
            "kode_desa",
            "tanggal_verval",
            "hasil",
            "kelayakan",
            "petugas",
        ],
        ["NIK", "NAMA", "JABATAN"],
        ["PSNOKA", "NIK", "NAMA"],
        ["PSNOKA", "BLNTAG"],
        [f"PSTV{number:02d}" for number in range(1, 19)],
        ["no_keluarga", "kecamatan", "kelurahan", *(f"ind_{n}" for n in range(1, 9)), "jumlah_indikator"],
        [*(name for name in DTKS if name != "ID DTKS")],
        KKS[:-1],
        ["NO", "NAMA", "ALAMAT"],
        ["nopen", "kantor", "alokasi"],
    ],
    ids=" ".join,
)
def test_a_bare_list_does_not_swallow_others(tmp_path, heading):
    """Held as unknown, or read as what another contract declares."""
    try:
        layout = recognised(tmp_path / "PKH 2024-06.csv", [heading, ["x"] * len(heading)])
    except Held as held:
        assert held.code == "unknown"
    else:
        assert layout.contract.dataset != "dinsos.program_recipient"


def test_a_bare_list_with_a_column_more_is_read_when_the_letter_says_what_it_is(tmp_path):
    rows = [["NIK", "NAMA", "JABATAN"], ["1", "A", "x"]]
    with pytest.raises(
        Held, match=r"does not know 'JABATAN', if it is one nevertheless.*`dataset: dinsos.program_rec"
    ):
        recognised(tmp_path / "a.csv", rows)
    layout = recognised(tmp_path / "b.csv", rows, dataset=RECIPIENT)
    assert layout.edition.name == "bnba" and layout.extra == {2: "JABATAN"}


# ------------------------------------------------------------------------------------------- who says the programme
@pytest.mark.parametrize(
    ("title", "name", "letter", "program"),
    [
        ("", "Penerima PKH Juni 2024.xlsx", "", "PKH"),
        ("", "bnba_BPNT_2024-06.csv", "", "SEMBAKO"),
        ("DAFTAR PENERIMA KARTU LANSIA JAKARTA (KLJ)", "daftar 2024.csv", "", "KLJ"),
        ("Bantuan Sosial Tunai", "BNBA PKH 2024.csv", "", "BST"),  # the title is content
        ("", "BNBA PKH 2024.csv", "program: KLJ", "KLJ"),  # the letter goes before the name
        ("PENERIMA KLJ", "x.csv", "program: Kartu Lansia Jakarta", "Kartu Lansia Jakarta"),
        ("", "x.csv", "nama program: Bantuan Warga", "Bantuan Warga"),
        ("", "BPNT PPKM 2021.csv", "", "BPNT PPKM"),
        ("", "Pelatihan vokasi 2023.csv", "", "VOKASI"),
        ("", "KPDJ & co.csv", "", "KPDJ"),
        # nobody, or two, or of somebody else than the recipients
        ("", "daftar 2024-06.csv", "", None),
        ("", "PKH dan BPNT 2024.csv", "", None),
        ("PENERIMA PKH", "x.csv", "program: KLJ", None),
        ("PENERIMA PKH DAN BPNT", "PKH 2024.csv", "", None),
        ("", "Pendamping PKH 2024.csv", "", None),
        ("DAFTAR CALON PENERIMA BST", "x.csv", "", None),
    ],
)  # fmt: skip
def test_who_says_the_programme_of_a_bare_list(tmp_path, title, name, letter, program):
    layout = recognised(tmp_path / "berkas.csv", [[title], ["NIK", "NAMA"], ["1", "A"]])
    told = parse_letter("x.yml", letter.encode()) if letter else None
    if program:
        assert claims.constants(layout, told, name) == {"program": program}
    else:
        with pytest.raises(Held) as caught:
            claims.constants(layout, told, name)
        assert caught.value.code == ("contradiction" if letter else "unsaid")


def test_every_programme_a_title_can_say_is_known():
    editions = load_contracts()[RECIPIENT].editions
    said = {title.set["program"] for edition in editions for title in edition.titles if title.set}
    assert said and all(len(programme_codes(program)) == 1 for program in said)


def test_nobody_says_the_programme(drop, query):
    path = drop("dinsos/daftar Juni 2024.csv", as_csv(["NIK", "NAMA"], [["1274011708900001", "CONTOH 1"]]))
    told = "write into the cover letter 'daftar Juni 2024.csv.yml': `program: …`"
    row = held(landing.land(path), query, told)
    assert "tulis dalam surat pengantar" in row["reason_id"]
    path.with_name(path.name + ".yml").write_text("program: KLJ\n")
    again = landing.land(path)
    assert again.status == "loaded", again.reason
    assert query(f"select program, nama from {table_of(again)}") == [("KLJ", "CONTOH 1")]


def test_lists_of_two_programmes_stand_side_by_side(drop, query):
    rows = [["1274011708900001", "CONTOH 1"]]
    outcomes = [
        landing.land_file(
            drop(f"dinsos/BNBA {name} Juni 2024.csv", as_csv(["NIK", "NAMA"], [*rows, [name, "A"]]))
        )
        for name in ("KLJ", "KJP")
    ]
    assert [register(query, one, "status, period") for one in outcomes] == [("landed", "2024-06")] * 2
    assert query("select program, count(*) from raw.dinsos__program_recipient group by 1 order by 1") == [
        ("KJP", 2), ("KLJ", 2)
    ]  # fmt: skip


def test_what_is_no_recipient(drop, query):
    """Rows that number the columns, a total, nobody. A NIK alone is somebody, and so is a broken one with a name."""
    rows = [
        ["(1)", "(2)", "(3)"], ["1", "2", "3"], ["1", "1274011708900001", ""], ["2", "3,67E+15", "CONTOH 2"],
        ["3", "-", "-"], ["4", "", "CONTOH 4"], ["Jumlah", "4", ""], ["", "Mengetahui", "KEPALA DINAS"],
    ]  # fmt: skip
    outcome = landing.land_file(drop("dinsos/KLJ Juni 2024.csv", as_csv(["NO", "NIK", "NAMA"], rows)))
    assert register(query, outcome, "status, rows_read, rows_quarantined, rows_skipped") == (
        "landed", 5, 2, {"numbering": 1, "footer": 2}
    )  # fmt: skip
    assert query("select rule_code, row from quarantine.row order by row") == [
        ("recipient_named", 3), ("recipient_named", 6)
    ]  # fmt: skip


def test_a_month_that_a_spreadsheet_made_a_day_of(drop, query):
    rows = [
        [program, dt.date(2024, 6, 1), f"12740117089{n:05d}", f"CONTOH {n}"]
        for n, program in enumerate(["PKH", "KLJ"], 1)
    ]
    path = drop("dinsos/penerima.xlsx", {"Data": [["program", "periode", "nik", "nama"], *rows]})
    outcome = landing.land_file(path)
    assert register(query, outcome, "status, period, rows_quarantined") == ("landed", "2024-06", 0)


@pytest.mark.parametrize(
    "written",
    [
        "2024-06", "202406", "06/2024", "Juni 2024", "bulan Juni 2024", "Jun-2024", "2024-06-01", "2024-Q2",
        "Tahap 2 Tahun 2025", "TAHAP II 2025", "Triwulan 2/2025", "tahun 2024", "2024",
    ],
)  # fmt: skip
def test_periods_that_land_are_periods_that_are_read(written):
    rule = next(rule for rule in load_contracts()[RECIPIENT].rules if rule.code == "periode_form")
    assert re.fullmatch(rule.pattern or "", written, re.IGNORECASE)
    assert parse_period(_FIRST_DAY.sub(r"\1", written))


@pytest.mark.parametrize(
    "written", ["bulan lalu", "Juni", "2024-13", "Juni 24", "31-06-2024", "Januari - Juni 2024", "Foo 2024"]
)
def test_what_is_no_period_is_set_aside(written):
    rule = next(rule for rule in load_contracts()[RECIPIENT].rules if rule.code == "periode_form")
    assert not re.fullmatch(rule.pattern or "", written, re.IGNORECASE)


# -------------------------------------------------------------------------------------------------- the insured
def apbd(n: int, month: str = "Juni", segment: str = "APBD") -> list[str]:
    return [f"{n:013d}", f"12740117089{n:05d}", f"CONTOH {n}", segment, month, "2024"]


@pytest.mark.parametrize(("delimiter", "encoding", "months"), [
    (",", "utf-8-sig", ["6", "06"]), (";", "utf-8", ["Juni", "JUNI"]), (";", "utf-16", ["jun", "6"]),
])  # fmt: skip
def test_the_month_of_a_regions_list_is_in_its_records(drop, query, delimiter, encoding, months):
    text = as_csv(APBD, [apbd(n, month) for n, month in enumerate(months, 1)], delimiter)
    outcome = landing.land_file(drop("bpjs/kis daerah Mei 2024.csv", text, encoding))
    assert register(query, outcome, "status, period, rows_quarantined") == ("landed", "2024-06", 0)
    assert query("select psnoka_bpjs from raw.bpjs__pbi_apbd order by 1") == [
        ("0000000000001",),
        ("0000000000002",),
    ]


def test_two_months_are_two_files(drop, query):
    text = as_csv(APBD, [apbd(1, "Mei"), apbd(2, "6")])
    held(landing.land(drop("bpjs/kis.csv", text)), query, "several periods")


def test_segments_of_the_dictionary_are_those_of_the_seed():
    with open(
        get_settings().dbt_dir / "seeds" / "seed_bpjs_segment.csv", encoding="utf-8", newline=""
    ) as file:
        seed = {row["segment_key"]: row for row in csv.DictReader(file)}
    assert {heading_key(text): text for text in load_fields()["segmen"].values or ()} == {
        key: row["spelling"] for key, row in seed.items()
    }
    assert {row["program_code"] for row in seed.values()} == {"PBI_JK", "PBI_APBD", ""}
    assert {row["segment_class"] for row in seed.values() if row["program_code"]} == {
        "PBI APBN",
        "PBPU/BP Pemda",
    }


def test_payout_that_does_not_add_up_is_set_aside(drop, query):
    rows = [
        [
            "20000",
            "A",
            "KOTA X",
            "",
            "",
            "t1",
            "1.200",
            "Rp 720.000.000",
            "1.100",
            "660000000",
            "40",
            "60",
            "36000000",
        ],
        ["20001", "B", "KOTA X", "", "", "t1", "900", "1", "800", "2", "40", "50", "0"],
        ["20002", "C", "KOTA X", "", "", "t1", "10", "1", "10", "2", "-", "", "0"],
    ]
    outcome = landing.land_file(drop("dinsos/rekap Tahap 1 2024.csv", as_csv(POS, rows)))
    assert register(query, outcome, "status, period, rows_read, rows_quarantined") == (
        "landed",
        "2024-Q1",
        3,
        1,
    )
    assert query("select rule_code, row from quarantine.row") == [("payout_adds_up", 3)]


def test_lists_that_stand_beside_each_other_stay_what_they_are(drop, query):
    """One inbox, all kinds, names that say nothing."""
    files = {
        "dinsos/a Juni 2024.csv": (as_csv(KKS, [kks_row(n) for n in range(1, 4)]), "dinsos.kks_payment"),
        "dinsos/b Juni 2024.csv": (as_csv(DTKS, [dtks_row(n) for n in range(1, 4)]), "dinsos.dtks"),
        "bpjs/a Juni 2024.csv": (as_csv(PBI, [pbi_row(n) for n in range(1, 4)]), "bpjs.pbi_jk"),
        "bpjs/b Juni 2024.csv": (as_csv(APBD, [apbd(n) for n in range(1, 4)]), "bpjs.pbi_apbd"),
        "dinsos/c KJP Juni 2024.csv": (as_csv(["NIK", "NAMA"], [["1", "A"], ["2", "B"]]), RECIPIENT),
    }
    found = {name: landing.land_file(drop(name, text)) for name, (text, _) in files.items()}
    assert {name: (one.status, one.dataset) for name, one in found.items()} == {
        name: ("landed", dataset) for name, (_, dataset) in files.items()
    }


def test_totals_of_a_recap_are_no_offices(drop, query):
    def office(nopen: str, name: str, regency: str, paid: int) -> list[str]:
        return [nopen, name, regency, "9", "9", "tahap1", str(paid), "9", str(paid), "9", "0", "0", "0"]

    rows = [
        office("36000", "KP SATU", "KAB. KERINCI", 4), office("JUMLAH KAB. KERINCI", "", "", 4),
        office("", "Sub Total", "KAB. KERINCI", 4), office("37000B1", "KP DUA", "KOTA JAMBI", 5),
        office("KERINCI", "", "", 4), office("", "KAB. KERINCI", "", 4), office("Jumlah Total", "", "", 9),
    ]  # fmt: skip
    outcome = landing.land_file(drop("dinsos/rekap pos Tahap 1 2024.csv", as_csv(POS, rows)))
    assert register(query, outcome, "status, rows_read, rows_quarantined, rows_skipped") == (
        "landed", 4, 2, {"skip": 2, "footer": 1}
    )  # fmt: skip
    assert query("select rule_code, row from quarantine.row order by row") == [
        ("nopen_digits", 6), ("nopen_required", 7)
    ]  # fmt: skip
    assert query("select nopen, realisasi_kpm from raw.dinsos__payment_recap order by 1") == [
        ("36000", "4"),
        ("37000B1", "5"),
    ]


def test_a_total_in_the_column_of_the_programme_ends_the_list(drop, query):
    """It fills the one column that the form must have, and is no programme all the same."""
    rows = [["PKH", "2024-06", "1274011708900001", "NYATA SATU"], ["JUMLAH", "", "", "1"]]
    content = as_csv(["program", "periode", "nik", "nama"], rows)
    outcome = landing.land_file(drop("dinsos/bantuan.csv", content))
    assert register(query, outcome, "status, rows_read, rows_skipped") == ("landed", 1, {"footer": 1})
    below = as_csv(["program", "periode", "nik", "nama"], [*rows, rows[0]])
    assert landing.land_file(drop("dinsos/bantuan lain.csv", below)).status == "held"


def test_a_total_is_nobody_who_was_verified(drop, query):
    head = ["registri", "id_sumber", "nik", "nama", "tanggal_verval", "hasil", "kelayakan"]
    rows = [["DTKS", "1", "1274011708900001", "NYATA SATU", "2024-06-01", "ditemukan", "layak"],
            ["DTKS", "2", "-", "4", "2024-06-01", "", ""], ["Jumlah", "", "", "4", "", "", ""]]  # fmt: skip
    outcome = landing.land_file(drop("dinsos/verval.csv", as_csv(head, rows)))
    assert register(query, outcome, "status, rows_read, rows_quarantined, rows_skipped") == (
        "landed", 2, 1, {"footer": 1}
    )  # fmt: skip
    assert query("select rule_code, row from quarantine.row") == [("record_named", 3)]
