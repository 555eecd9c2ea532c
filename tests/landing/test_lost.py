"""Figures and records that a table would lose without a word: empty cells, and rows below a note."""

from __future__ import annotations

import pytest

from simpul import landing
from simpul.contract import load_contracts
from simpul.landing.verify import verify
from simpul.readers.marks import record_test
from simpul.readers.source import Source
from tests.landing.conftest import as_csv
from tests.landing.test_land import BPS, held, row_of

TITLE = "Persentase Penduduk Miskin Menurut Kabupaten_Kota di Sumatera Utara (Persen)"
GROUPED = [
    ["Kabupaten/Kota", TITLE], ["", ""], ["", "2024"], ["Kabupaten", ""], ["Asahan", "8.12"], ["Kota", ""],
    ["Kota Tanjungbalai", "12.10"],
]  # fmt: skip


# --------------------------------------------------------------------------------------------------------- empty cells
@pytest.mark.parametrize("as_workbook", [False, True])
def test_an_empty_figure_beside_a_region_is_set_aside_with_its_address(drop, query, as_workbook):
    rows = [
        BPS.split(","),
        ["Aceh", "848.44", ""],
        ["Bali", "...", "-"],
        ["", "", ""],
        ["Riau", "1.5", "2.5"],
    ]
    name = "bps/Kemiskinan, 2016"
    path = (
        drop(f"{name}.xlsx", {"A": rows})
        if as_workbook
        else drop(f"{name}.csv", "\n".join(map(",".join, rows)))
    )
    outcome = landing.land_file(path)
    assert outcome.status == "landed", outcome.reason
    assert (outcome.rows_read, outcome.rows_loaded, outcome.rows_quarantined) == (6, 5, 1)
    found = query('select "row", "column", rule_code, field, raw ->> \'Provinsi\' from quarantine.row')
    assert found == [(2, "Persentase Penduduk Miskin - Maret", "nilai_required", "nilai", "Aceh")]
    assert query('select "row", "column" from audit.gate_failure where rule_code = \'nilai_required\'') == [
        (2, "Persentase Penduduk Miskin - Maret")
    ]
    assert not verify().findings


def test_headings_of_groups_have_no_figures_to_lose(drop, query):
    outcome = landing.land_file(drop("bps/p0 2024.csv", "\n".join(map(",".join, GROUPED))))
    assert (outcome.status, outcome.rows_read, outcome.rows_quarantined) == ("landed", 2, 0)
    assert row_of(query, outcome.file_id)["rows_skipped"] == {"skip": 2}


# ------------------------------------------------------------------------------------------------------- below a note
@pytest.mark.parametrize("as_workbook", [False, True])
@pytest.mark.parametrize(
    ("below", "words"),
    [
        (
            [["Sumber: BPS", "", ""], ["Riau", "1.5", "2.5"]],
            ["row 4 holds a record", "below the note in row 3"],
        ),
        (
            [["-", "", ""], ["", "", ""], ["Catatan 2023", "", ""], ["Riau", "...", "2.5*"]],
            ["row 6", "note in row 3"],
        ),
        ([["* Riau", "1.5", "2.5"]], ["row 3 holds a record, but begins like a note"]),
    ],
)
def test_a_record_below_a_note_holds_the_file(drop, query, below, words, as_workbook):
    rows = [BPS.split(","), ["Aceh", "848.44", "16.73"], *below]
    name = "bps/Kemiskinan, 2016"
    path = (
        drop(f"{name}.xlsx", {"A": rows})
        if as_workbook
        else drop(f"{name}.csv", "\n".join(map(",".join, rows)))
    )
    held(landing.land(path), query, *words)


HEAD = ["NO", "NAMA", "NIK", "DESA", "NOMINAL"]
MALABAR = [
    ["1", "SITI", "1274014101800001", "MALABAR", "200000"],
    ["2", "BUDI", "1274010202810002", "MALABAR", "200000"],
]
CITERAS = [["1", "AGUS", "1274010303820003", "CITERAS", "300000"]]


def total(amount: int, word: str = "JUMLAH") -> list[str]:
    return [word, "", "", "", str(amount)]


@pytest.mark.parametrize("as_workbook", [False, True])
@pytest.mark.parametrize(
    ("rows", "landed"),
    [
        ([*MALABAR, total(400_000), *CITERAS, total(300_000)], 3),
        (
            [
                *MALABAR,
                total(400_000),
                ["DESA CITERAS"] + [""] * 4,
                *CITERAS,
                total(300_000),
                total(700_000, "TOTAL"),
            ],
            3,
        ),
        (
            [
                *MALABAR,
                total(400_000),
                [""] * 5,
                *CITERAS,
                total(300_000),
                ["", "", "Mengetahui", "", "Kepala Desa"],
            ],
            3,
        ),
        ([*MALABAR, total(400_000), *CITERAS], ["row 5 holds a record", "below the note in row 4"]),
        (
            [*MALABAR, total(400_000), HEAD, *CITERAS, total(300_000)],
            ["row 6 holds a record", "note in row 4"],
        ),
        ([*MALABAR, ["Catatan: lunas"] + [""] * 4, *CITERAS, total(300_000)], ["row 5 holds a record"]),
    ],
    ids=["totals", "names of groups", "signatures", "below the last", "another heading", "below a note"],
)
def test_a_total_ends_its_group_where_the_next_one_has_one_too(drop, query, rows, landed, as_workbook):
    name = "dinsos/Sembako Mei 2024"
    path = (
        drop(f"{name}.xlsx", {"A": [HEAD, *rows]}) if as_workbook else drop(f"{name}.csv", as_csv(HEAD, rows))
    )
    outcome = landing.land(path)
    if isinstance(landed, list):
        held(outcome, query, *landed)
    else:
        assert (outcome.status, outcome.rows_read) == ("loaded", landed), outcome.reason
        assert row_of(query, outcome.file_id)["structure"]["totals"]["differ"] == []


def test_notes_remain_notes(drop, query):
    notes = [
        "Keterangan,,", "September 2023 tidak dilakukan penghitungan kemiskinan,,", "-,,", "* Angka sementara,,",
        "Diolah dari Susenas Maret, 2023", "Diolah dari Susenas, 2023, 2024", "1) termasuk 3 kabupaten baru, 2",
        '"Sumber: BPS, Susenas Maret 2023",,', "Catatan: P0, P1, P2 dan garis kemiskinan, 5",
    ]  # fmt: skip
    content = "\n".join(
        [BPS.replace("Persentase", "Garis Kemiskinan - Maret,Persentase"), "Aceh,1.5,5000,2.5", *notes]
    )
    outcome = landing.land(drop("bps/Kemiskinan, 2023.csv", content))
    assert (outcome.status, outcome.rows_read) == ("loaded", 3), outcome.reason
    assert row_of(query, outcome.file_id)["rows_skipped"] == {"footer": len(notes)}


def test_a_person_among_notes_has_a_value_in_every_column_that_must_be_there(tmp_path):
    path = tmp_path / "kks.csv"
    path.write_text("NIK;Nama;Jenis Bansos;Tahap Salur;Nominal;Kecamatan\n1;2;3;4;5;6\n")
    is_record = record_test(Source.open(path).recognise(load_contracts().values()))
    assert is_record(["1", "2", "3", "4", "5", ""]) and is_record(["1", "2", "3", "4", "5"])
    assert not is_record(["Mengetahui", "", "", "", "Kepala Dinas", "x"]) and not is_record(["Catatan"])
    # a signature may fill them all; a number that is missing is a number
    assert not is_record(["Mengetahui", "Kepala Dinas", "x", "x", "x"]) and is_record(
        ["NULL", "2", "3", "4", "5"]
    )
