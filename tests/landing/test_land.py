"""Landing on a real warehouse: what arrives, what is kept of it, and what is held with which reason."""

from __future__ import annotations

import hashlib
import os
import stat
import time
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from simpul import landing
from simpul.contract import load_contracts
from simpul.landing.verify import verify
from simpul.readers.layout import counts_columns
from simpul.readers.source import Source
from tests.landing.conftest import (
    DTKS,
    KKS,
    PBI,
    as_csv,
    dtks_row,
    kks_row,
    pbi,
    pbi_row,
    regency_table,
)

BPS = "Provinsi,Jumlah Penduduk Miskin - Maret (ribu),Persentase Penduduk Miskin - Maret"


def row_of(query, file_id):
    columns = (
        "status, dataset, edition, period, region_code, slice_key, rows_read, rows_loaded, rows_quarantined,"
        " rows_skipped, reason, reason_id, structure, agency, duplicate_of, superseded_by"
    )
    (row,) = query(f"select {columns} from audit.file where file_id = %s", file_id)
    return dict(zip(columns.replace(" ", "").split(","), row, strict=True))


def table_of(outcome):
    return f'raw."{outcome.dataset.replace(".", "__")}__{outcome.file_id}"'


def held(outcome, query, *words):
    """The file is held, the reason says why in both languages, and nothing of it is left but its bytes."""
    row = row_of(query, outcome.file_id)
    assert outcome.status == row["status"] == "held"
    for word in words:
        assert word in outcome.reason, outcome.reason
    assert row["reason_id"] and row["reason_id"] != row["reason"]
    assert (row["rows_read"], row["rows_loaded"], row["rows_quarantined"]) == (0, 0, 0)
    assert query("select count(*) from quarantine.row") == [(0,)]
    assert query(
        "select count(*) from pg_class where relnamespace = 'raw'::regnamespace and relkind = 'r'"
    ) == [(0,)]
    assert not verify().findings
    return row


# ------------------------------------------------------------------------------------------------------------- sound
def test_a_list_lands_with_its_addresses(drop, query, fresh_warehouse):
    path = drop("bpjs/PBI Tanjungbalai Juni 2024.csv", pbi(30))
    outcome = landing.land(path)
    row = row_of(query, outcome.file_id)
    assert outcome.status == "loaded"
    assert (row["dataset"], row["edition"], row["agency"]) == ("bpjs.pbi_jk", "kemensos", "bpjs")
    assert (row["period"], row["region_code"]) == ("2024-06", "12.74")
    assert (row["rows_read"], row["rows_loaded"], row["rows_quarantined"]) == (30, 30, 0)
    assert row["structure"]["delimiter"] == ";" and row["structure"]["encoding"] == "utf-8"
    cells = query(
        f"select _file_id, _sheet, _row, id, nama, rt, keterangan, _extra from {table_of(outcome)} order by _row"
    )
    assert cells[0] == (outcome.file_id, None, 2, "1", "CONTOH 1", "001", "AKTIF", None)
    assert [cell[2] for cell in cells] == list(range(2, 32))
    content = path.read_bytes()
    sha256 = hashlib.sha256(content).hexdigest()
    archived = fresh_warehouse.archive / sha256[:2] / sha256
    assert outcome.file_id == sha256[:16]
    assert archived.read_bytes() == content
    assert stat.S_IMODE(archived.stat().st_mode) == 0o440
    assert path.exists()


@pytest.mark.parametrize(
    "content",
    [
        as_csv(PBI, [pbi_row(n) for n in range(1, 6)], delimiter=",", line_end="\n"),
        as_csv(PBI, [pbi_row(n) for n in range(1, 6)], delimiter="\t"),
        as_csv(PBI, [pbi_row(n) for n in range(1, 6)], delimiter="|", line_end="\r"),
        "\ufeff" + as_csv(PBI, [pbi_row(n) for n in range(1, 6)]).rstrip("\r\n"),
        as_csv([name.upper().replace("_", "\u00a0") for name in PBI], [pbi_row(n) for n in range(1, 6)]),
        "Daftar PBI\r\n\r\n" + as_csv(PBI, [pbi_row(n) for n in range(1, 6)]),
        as_csv([*PBI, "", ""], [[*pbi_row(n), "", ""] for n in range(1, 6)]),
        as_csv(PBI, [[*pbi_row(n), "", ""] for n in range(1, 6)]),
        as_csv(PBI[::-1], [pbi_row(n)[::-1] for n in range(1, 6)]),
    ],
    ids=["comma", "tab", "pipe and CR", "BOM", "spelling", "title", "blank columns", "wider", "order"],
)  # fmt: skip
def test_the_same_records_however_written(drop, query, content):
    outcome = landing.land(drop("bpjs/pbi 2024-06.csv", content))
    names = query(f"select nama, nik, keterangan, _extra from {table_of(outcome)} order by _row")
    assert names == [(f"CONTOH {n}", f"12740117089{n:05d}", "AKTIF", None) for n in range(1, 6)]
    assert (outcome.rows_read, outcome.rows_quarantined) == (5, 0)


@pytest.mark.parametrize("line_end", ["\r\n", "\n", "\r"], ids=["CRLF", "LF", "CR"])
@pytest.mark.parametrize(
    ("encoding", "mark"),
    [("utf-8", ""), ("cp1252", ""), ("utf-16-le", "\ufeff"), ("utf-16-be", "\ufeff"), ("utf-8", "\ufeff"),
     ("utf-16-le", ""), ("utf-16-be", "")],
)  # fmt: skip
def test_encodings_and_line_ends(tmp_path, encoding, mark, line_end):
    """Letters beyond ASCII, quotes with delimiters inside, in every encoding, delimiter and line end that is met."""
    names = ["JOSÉ NÚÑEZ – contoh", 'CONTOH; "A", B\t|', "CONTOH 3"]
    rows = [[*pbi_row(n)[:12], name, *pbi_row(n)[13:]] for n, name in enumerate(names, 1)]
    for delimiter in ",;\t|":
        path = tmp_path / "pbi.csv"
        path.write_bytes((mark + as_csv(PBI, rows, delimiter, line_end)).encode(encoding))
        source = Source.open(path)
        layout = source.recognise(load_contracts().values())
        assert (layout.contract.dataset, layout.delimiter) == ("bpjs.pbi_jk", delimiter)
        found = list(source.splitter(layout).rows(source.body(layout)))
        assert found == [(n, row) for n, row in enumerate(rows, 2)]


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-16"])
def test_encodings(drop, query, encoding):
    rows = [[*pbi_row(1)[:12], "JOSÉ NÚÑEZ – contoh", *pbi_row(1)[13:]], pbi_row(2)]
    outcome = landing.land(drop("bpjs/pbi 2024-06.csv", as_csv(PBI, rows), encoding))
    assert query(f"select nama from {table_of(outcome)} order by _row") == [
        ("JOSÉ NÚÑEZ – contoh",),
        ("CONTOH 2",),
    ]


def test_a_quote_that_stays_open_late_in_a_large_file(drop, query):
    """It costs its own line, not the megabytes behind it; so does a NUL."""
    lines = pbi(20_000).split("\r\n")
    lines[15_000] = lines[15_000].replace("CONTOH 15000", '"CONTOH 15000')
    lines[15_010] = lines[15_010].replace("CONTOH 15010", "CONTOH\x0015010")
    outcome = landing.land(drop("bpjs/pbi 2024-06.csv", "\r\n".join(lines)))
    assert (outcome.status, outcome.rows_read, outcome.rows_quarantined) == ("loaded", 20_000, 2)
    found = query(
        'select "row", rule_code from quarantine.row where file_id = %s order by 1', outcome.file_id
    )
    assert found == [(15_001, "unbalanced_quote"), (15_011, "nul_byte")]
    behind = query(f"select count(*), max(_row) from {table_of(outcome)} where _row > 15001")
    assert behind == [(4_999, 20_001)]


def test_difficult_cells_survive(drop, query):
    """Quotes, delimiters, line breaks, backslashes, apostrophes, numbers in scientific form: nothing is repaired."""
    odd = [
        'SITI "ANI"',
        "a;b",
        "dua\nbaris",
        r"C:\new\.",
        "'1274",
        "3,67E+15",
        " tepi ",
        "\\.",
        "NULL",
        "=1+1",
    ]
    rows = [pbi_row(n) for n in range(1, len(odd) + 1)]
    for row, value in zip(rows, odd, strict=True):
        row[12] = row[16] = value
    outcome = landing.land(drop("bpjs/pbi 2024-06.csv", as_csv(PBI, rows)))
    assert query(f"select nama, nik from {table_of(outcome)} order by _row") == [
        (value, value) for value in odd
    ]
    assert outcome.rows_quarantined == 0


def test_backslashes_without_quotes(drop, query):
    odd = [r"a\nb", "\\", "\\.", r"x\\y", r"\N", "naïve"]
    rows = [pbi_row(n) for n in range(1, len(odd) + 1)]
    for row, value in zip(rows, odd, strict=True):
        row[12] = value
    content = as_csv(PBI, rows)
    assert '"' not in content
    outcome = landing.land(drop("bpjs/pbi 2024-06.csv", content))
    assert query(f"select nama from {table_of(outcome)} order by _row") == [(value,) for value in odd]


def test_unknown_columns_are_kept(drop, query):
    heading = [*PBI[:3], "Nomor HP", *PBI[3:], "Catatan", "Catatan", ""]
    rows = [[*r[:3], "", *r[3:], "a", "b", ""] for r in (pbi_row(1), pbi_row(2))]
    rows[1][3] = "0812"
    rows[1][-1] = "lepas"
    outcome = landing.land(drop("bpjs/pbi 2024-06.csv", as_csv(heading, rows)))
    extra = query(f"select _extra from {table_of(outcome)} order by _row")
    assert extra == [
        ({"Catatan [W]": "a", "Catatan [X]": "b"},),
        ({"Nomor HP": "0812", "Catatan [W]": "a", "Catatan [X]": "b", "[Y]": "lepas"},),
    ]
    assert row_of(query, outcome.file_id)["structure"]["unknown"] == [
        "Nomor HP",
        "Catatan [W]",
        "Catatan [X]",
    ]
    assert query(f"select nama, kabupaten from {table_of(outcome)} order by _row")[0] == (
        "CONTOH 1",
        "KOTA TANJUNG BALAI",
    )


def test_missing_optional_columns_are_empty(drop, query):
    keep = [PBI.index(name) for name in ("iddtks", "noka_bpjs", "psnoka_bpjs", "nama", "nik")]
    rows = [[pbi_row(n)[k] for k in keep] for n in (1, 2)]
    outcome = landing.land(drop("bpjs/pbi 2024-06.csv", as_csv([PBI[k] for k in keep], rows)))
    assert query(f"select provinsi, nama from {table_of(outcome)} order by _row") == [
        (None, "CONTOH 1"),
        (None, "CONTOH 2"),
    ]
    assert row_of(query, outcome.file_id)["slice_key"] == "2024-06|?bpjs|"


def test_a_nul_in_a_heading_or_a_title_is_nothing(drop, query):
    """The columns of figures are named by their headings in raw: the database takes no NUL there."""
    heading = BPS.replace("(ribu)", "(ri\0bu)")
    outcome = landing.land_file(drop("bps/Kemiskinan, 2023.csv", f"Tabel\0 1,,\n{heading}\nAceh,1.5,2.5\n"))
    assert (outcome.status, outcome.rows_loaded) == ("landed", 2), outcome.reason
    assert query(f"select _column from {table_of(outcome)} order by 1") == [
        ("Jumlah Penduduk Miskin - Maret (ribu)",),
        ("Persentase Penduduk Miskin - Maret",),
    ]
    assert not verify().findings


def test_signs_that_look_like_an_escape_stay_as_they_are(drop, query):
    odd = ["\\u0000", "a\\\\u0000b", "\\x00"]
    rows = [[*dtks_row(n), text] for n, text in enumerate(odd)]
    outcome = landing.land(drop("dinsos/dtks Juni 2024.xlsx", {"Data": [[*DTKS, "Lain"], *rows]}))
    assert query(f"select _extra ->> 'Lain' from {table_of(outcome)} order by _row") == [
        (text,) for text in odd
    ]


def test_hostile_headings_and_names_are_only_text(drop, query):
    heading = [*PBI, "x'); drop table audit.file; --", 'a"b {%s} %(x)s']
    outcome = landing.land(
        drop("bpjs/pbi 2024-06 '; drop table x; --.csv", as_csv(heading, [[*pbi_row(1), "u", "v"]]))
    )
    assert query(f"select _extra from {table_of(outcome)}") == [
        ({"x'); drop table audit.file; --": "u", 'a"b {%s} %(x)s': "v"},)
    ]


# --------------------------------------------------------------------------------------------------------- malformed
def test_malformed_records_are_set_aside_with_their_address(drop, query):
    lines = pbi(600).split("\r\n")
    lines[499] = ";".join(lines[499].split(";")[:-3])  # three columns short in row 500
    lines[99] += ";lebih"
    lines[199] = lines[199].replace("CONTOH", '"CONTOH')  # a quote that is never closed
    content = "\r\n".join(lines).encode()
    content = content.replace(b"CONTOH 300;", b"CONT\xffOH 300;").replace(b"CONTOH 400;", b"CONT\0OH 400;")
    content = content.replace(b"CONTOH 10;", "CONTOH É;".encode())  # sound UTF-8 beside the broken byte
    outcome = landing.land(drop("bpjs/pbi 2024-06.csv", content))
    assert (outcome.rows_read, outcome.rows_loaded, outcome.rows_quarantined) == (600, 595, 5)
    found = query(
        'select "row", rule_code, reason, reason_id, raw, status from quarantine.row order by "row"'
    )
    assert [line[:2] for line in found] == [
        (100, "field_count"), (200, "unbalanced_quote"), (301, "encoding"), (401, "nul_byte"), (500, "field_count")
    ]  # fmt: skip
    assert "18 fields where the heading has 21: correct the row" in found[4][2]
    assert "22 fields where the heading has 21: put cells that hold the delimiter" in found[0][2]
    assert found[4][4] == {"_raw": lines[499]}
    assert found[2][4]["_raw"].count(r"\xff") == 1
    assert all(line[3] != line[2] and line[5] == "open" for line in found)
    rows = query(f"select _row, id from {table_of(outcome)} order by _row")
    assert all(int(number) + 1 == row for row, number in rows)
    assert not {100, 200, 301, 401, 500} & {row for row, _ in rows}
    assert not verify().findings


def test_blank_rows_do_not_shift_addresses(drop, query):
    lines = pbi(5).split("\r\n")
    content = "\r\n".join([*lines[:3], "", ";" * 20, *lines[3:], "", "", ""])
    outcome = landing.land(drop("bpjs/pbi 2024-06.csv", content))
    assert query(f"select _row, id from {table_of(outcome)} order by _row") == [
        (2, "1"),
        (3, "2"),
        (6, "3"),
        (7, "4"),
        (8, "5"),
    ]
    assert outcome.rows_read == 5
    assert row_of(query, outcome.file_id)["rows_skipped"] == {"blank": 5}


def test_a_file_mostly_malformed_is_held(drop, query):
    lines = pbi(100).split("\r\n")
    lines[1:40] = [";".join(line.split(";")[:-1]) for line in lines[1:40]]
    held(
        landing.land(drop("bpjs/pbi 2024-06.csv", "\r\n".join(lines))),
        query,
        "39 of 100",
        "field_count",
        "row 2",
    )


# -------------------------------------------------------------------------------------------------------------- held
@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("bpjs/pbi 2024-06.csv", b"", ["empty"]),
        ("bpjs/pbi 2024-06.csv", b"  \r\n \r\n", ["nothing but blanks"]),
        ("bpjs/pbi 2024-06.csv", as_csv(PBI, []), ["heading in row 1", "no record"]),
        ("bpjs/pbi 2024-06.csv", as_csv(PBI, []).strip(), ["heading in row 1", "no record"]),
        ("bps/Kemiskinan, 2023.csv", f"{BPS}\n,,\nKeterangan,,\ncatatan,,\n", ["only notes"]),
        ("bps/Kemiskinan, 2023.csv", "Keterangan\nSeptember 2023 tidak dilakukan\n", ["only notes"]),
        ("bps/Kemiskinan, 2023.csv", f"{BPS}\nAceh,,\n", ["no figure"]),
        ("bpjs/x 2024-06.csv", "a,b\n1,2\n", ["no heading of a known dataset"]),
        (
            "bpjs/x 2024-06.csv", as_csv([*PBI[:10], "noka", *PBI[12:]], [pbi_row(1)[:-1]]),
            ["bpjs.pbi_jk (kemensos), row 1: lacks 'psnoka_bpjs'"],
        ),
        (
            "bpjs/x 2024-06.csv", as_csv(["NO", "NIK", "NAMA", "TGL_LAHIR", "FASKES", "KELAS"], [["1"] * 6]),
            ["nearest: bpjs."],
        ),
        (
            "dinsos/x 2024-06.csv", as_csv(["NO", "NIK", "NAMA", "TGL_LAHIR", "FASKES", "KELAS"], [["1"] * 6]),
            ["nearest: dinsos."],
        ),
        ("bpjs/pbi 2024-06.csv", as_csv([*PBI, "NIK"], [[*pbi_row(1), "x"]]), ["column 'nik'", "[Q] nik", "[V] NIK"]),
        ("bpjs/pbi 2024-06.xlsx", b"<html><head></head><table><tr><td>NIK</td></tr></table></html>", ["HTML"]),
        ("bpjs/pbi 2024-06.xlsx", b"\xef\xbb\xbf\r\n<!DOCTYPE html><html>", ["HTML"]),
        ("bpjs/pbi 2024-06.xls", b'<?xml version="1.0"?><?mso-application progid="x"?><Workbook/>', ["XML spread"]),
        ("bpjs/pbi 2024-06.csv", b"%PDF-1.7 ...", ["PDF"]),
        ("bpjs/pbi 2024-06.json", b'{"status": "OK"}', ["JSON"]),
        ("bpjs/pbi 2024-06.csv", bytes(range(256)) * 40, ["binary data"]),
        ("bpjs/daftar.csv", pbi(3), ["no period", "daftar.csv.yml", "--period"]),
        ("bpjs/daftar 2012.csv", pbi(3), ["no period was found with its month: the file name says 2012 only"]),
        ("dinsos/pbi 2024-06.csv", pbi(3), ["bpjs.pbi_jk", "folder of 'dinsos'", "<inbox>/bpjs/"]),
        ("pbi 2024-06.csv", pbi(3), ["no agency's folder"]),
        ("lain/pbi 2024-06.csv", pbi(3), ["no agency's folder"]),
        (
            "dinsos/kks.csv", as_csv(KKS, [kks_row(1), kks_row(2, stage="Tahap 3 Tahun 2024")]),
            ["several periods", "2024-Q2"],
        ),
        ("dinsos/kks.csv", as_csv(KKS, [kks_row(1, stage="Tahap 2")]), ["the records say 'Tahap 2'", "… 2024-Q2.csv"]),
        ("bpjs/PBI JK 2042-06.csv", pbi(3), ["2042-06", "in the future"]),
        (
            "dinsos/kks.csv", as_csv(KKS, [kks_row(1, stage="Tahap 2 Tahun 2052")]), ["2052-Q2", "in the future"],
        ),
        ("bps/Persentase.csv", regency_table(2021, 2099), ["2099", "in the future"]),
        ("bps/Persentase.csv", regency_table(1975, 2005), ["1975", "before 1976"]),
    ],
)  # fmt: skip
def test_held_with_a_clear_reason(drop, query, name, content, words):
    held(landing.land(drop(name, content)), query, *words)


def test_what_has_begun_may_be_delivered_and_old_tables_are_welcome(drop, query):
    """The running year and month, and the regency tables from before the calendar of the first release."""
    today = datetime.now(ZoneInfo("Asia/Jakarta"))
    for name, content, period in (
        (f"bpjs/pbi {today:%Y-%m}.csv", pbi(3), f"{today:%Y-%m}"),
        ("bps/Persentase, kini.csv", regency_table(today.year), f"{today:%Y}"),
        ("bps/Persentase.csv", regency_table(2005, 2009), "2009"),
    ):
        outcome = landing.land(drop(name, content))
        assert (outcome.status, row_of(query, outcome.file_id)["period"]) == ("loaded", period)


def test_reasons_never_show_a_person(drop, query):
    """A list without its heading: the first person must not be quoted as an unknown column."""
    content = "\r\n".join(pbi(5).split("\r\n")[1:])
    row = held(landing.land(drop("bpjs/pbi 2024-06.csv", content)), query, "no heading of a known dataset")
    assert "CONTOH" not in str(row) and "1274" not in str(row)


# --------------------------------------------------------------------------------------------------- again and again
def test_the_same_bytes_again_are_a_recorded_no_op(drop, query):
    first = landing.land(drop("bpjs/pbi 2024-06.csv", pbi(5)))
    again = landing.land(drop("bpjs/salinan 2024-06.csv", pbi(5)))
    assert (again.status, again.file_id) == ("duplicate", first.file_id + "-2")
    assert row_of(query, again.file_id)["duplicate_of"] == first.file_id
    assert "pbi 2024-06.csv" in again.reason
    third = landing.land(drop("bpjs/salinan 3 2024-06.csv", pbi(5)))
    assert third.file_id == first.file_id + "-3"
    assert query(
        "select count(*) from pg_class where relnamespace = 'raw'::regnamespace and relkind = 'r'"
    ) == [(1,)]
    assert not verify().findings


def test_the_same_receipt_again_goes_on_and_then_is_a_recorded_no_op(drop, query):
    path = drop("bpjs/pbi 2024-06.csv", pbi(5))
    assert landing.land(path) == landing.land(path)  # a crash before the gate: it goes on
    landed = landing.land_file(path)
    assert landed.status == "landed"
    again = landing.land_file(path)
    assert (again.status, again.file_id, again.rows_loaded) == ("duplicate", landed.file_id + "-2", 0)
    assert query("select status from audit.file order by file_id") == [("landed",), ("duplicate",)]
    assert query(
        "select count(*) from pg_class where relnamespace = 'raw'::regnamespace and relkind = 'r'"
    ) == [(1,)]


def test_a_run_that_is_repeated_finds_its_own_work(drop, query):
    path = drop("bpjs/pbi 2024-06.csv", pbi(5))
    landed = landing.land_file(path, run_id="run 1")
    assert landing.land_file(path, run_id="run 1") == landed
    assert query("select count(*) from audit.file") == [(1,)]


def test_a_corrected_delivery_supersedes(drop, query):
    """Same period and region: the later one counts, the earlier one stays readable."""
    old = landing.land_file(drop("bpjs/pbi 2024-06.csv", pbi(5)))
    other_month = landing.land_file(drop("bpjs/pbi 2024-05.csv", pbi(6)))
    other_city = landing.land_file(drop("bpjs/asahan 2024-06.csv", pbi(7, city="KAB. ASAHAN")))
    new = landing.land_file(drop("bpjs/pbi revisi 2024-06.csv", pbi(8)))
    state = {name: query("select status, superseded_by from audit.file where file_id = %s", f.file_id)[0]
             for name, f in (("old", old), ("month", other_month), ("city", other_city), ("new", new))}  # fmt: skip
    assert state == {
        "old": ("superseded", new.file_id), "month": ("landed", None), "city": ("landed", None), "new": ("landed", None)
    }  # fmt: skip
    assert query("select count(*) from raw.bpjs__pbi_jk") == [(26,)]
    drop("bpjs/sumut 2024-06.csv.yml", "region_code: '12'")
    province = landing.land_file(
        drop(
            "bpjs/sumut 2024-06.csv",
            as_csv(PBI, [pbi_row(n, city="ASAHAN" if n % 2 else "LANGKAT") for n in range(20)]),
        )
    )
    assert row_of(query, province.file_id)["region_code"] == "12"
    replaced = query("select file_id from audit.file where superseded_by = %s order by 1", province.file_id)
    assert [r[0] for r in replaced] == sorted([new.file_id, other_city.file_id])
    back = landing.land(drop("bpjs/lama 2024-06.csv", pbi(5)))
    assert back.status == "duplicate" and "--again" in back.reason
    restored = landing.land(drop("bpjs/lama 2024-06.csv", pbi(5)), again=True)
    assert restored.status == "loaded" and restored.file_id.startswith(old.file_id)
    assert not verify().findings


def test_two_programmes_of_one_stage_do_not_replace_each_other(drop, query):
    one = landing.land_file(drop("dinsos/pkh.csv", as_csv(KKS, [kks_row(n) for n in range(5)])))
    two = landing.land_file(
        drop("dinsos/sembako.csv", as_csv(KKS, [kks_row(n, kind="SEMBAKO") for n in range(5)]))
    )
    assert {row_of(query, f.file_id)["status"] for f in (one, two)} == {"landed"}
    assert row_of(query, one.file_id)["period"] == "2024-Q2"


def test_held_bytes_may_be_landed_again(drop, query):
    path = drop("bpjs/daftar.csv", pbi(3))
    first = landing.land(path)
    assert first.status == "held"
    assert landing.discover() == []
    again = landing.land(path, period="2024-06")
    assert (again.status, again.file_id) == ("loaded", first.file_id)
    row = row_of(query, again.file_id)
    assert row["reason"] is None and row["structure"]["overrides"] == {"period": "2024-06"}


def test_a_cover_letter_that_comes_later_frees_a_held_file(drop, query):
    path = drop("bpjs/daftar.csv", pbi(3))
    landing.land(path)
    assert landing.discover() == []
    drop("bpjs/daftar.csv.yml", "period: 2024-06\n")
    assert landing.discover() == [str(path)]
    assert landing.land(path).status == "loaded"


def test_one_stray_address_does_not_make_a_list_provincial(drop, query):
    rows = [pbi_row(n) for n in range(1, 101)]
    rows[50][3] = "ASAHAN"
    rows[51][3] = "Kota  Tanjungbalai"
    outcome = landing.land(drop("bpjs/pbi 2024-06.csv", as_csv(PBI, rows)))
    row = row_of(query, outcome.file_id)
    assert row["region_code"].startswith("12.74") and row["structure"]["region_share"] == 0.99


# ----------------------------------------------------------------------------------------------------------- arrival
def test_discover_takes_what_is_whole(drop, fresh_warehouse):
    sound = [drop(f"bpjs/{n}/pbi 2024-0{n}.csv", pbi(n)) for n in (2, 1)]
    for name in (
        "a.csv.part",
        "~$a.xlsx",
        ".hidden.csv",
        "a.crdownload",
        "Thumbs.db",
        "a.csv.yml",
        "x.tmp",
        "y.filepart",
    ):
        drop(f"bpjs/{name}", "x")
    (fresh_warehouse.inbox / "bpjs" / "link.csv").symlink_to("/etc/hostname")
    now = time.time()
    for path, age in zip(sound, (100, 50), strict=True):
        os.utime(path, (now - age, now - age))
    growing = drop("dinsos/besar.csv", "x")
    object.__setattr__(fresh_warehouse, "settle_seconds", 20.0)
    assert landing.discover() == [str(path) for path in sound]
    object.__setattr__(fresh_warehouse, "settle_seconds", 0.0)
    assert landing.discover() == [*map(str, sound), str(growing)]
    assert landing.discover("bpjs") == [str(path) for path in sound]
    landing.land(sound[0])
    assert landing.discover("bpjs") == list(
        map(str, sound)
    )  # loaded, not yet judged: the pipeline goes on with it
    landing.land_file(sound[0])
    assert landing.discover("bpjs") == [str(sound[1])]
    sound[0].write_text(pbi(9))
    assert str(sound[0]) in landing.discover("bpjs")


def test_a_growing_file_is_refused(drop, fresh_warehouse, monkeypatch, query):
    path = drop("bpjs/pbi 2024-06.csv", pbi(3))
    object.__setattr__(fresh_warehouse, "settle_seconds", 0.3)

    def grow(seconds):
        path.write_text(pbi(4))

    monkeypatch.setattr("simpul.landing.inbox.time.sleep", grow)
    with pytest.raises(landing.Unsettled):
        landing.land(path)
    assert query("select count(*) from audit.file") == [(0,)]


def test_a_file_that_changes_while_it_is_read_is_refused(drop, fresh_warehouse, query, monkeypatch):
    from simpul.landing import archive

    path = drop("bpjs/pbi 2024-06.csv", pbi(3))
    write = archive._write_all

    def write_and_disturb(descriptor, chunk):
        write(descriptor, chunk)
        with path.open("a") as file:
            file.write("more")

    monkeypatch.setattr(archive, "_write_all", write_and_disturb)
    with pytest.raises(landing.Unsettled):
        landing.land(path)
    assert query("select count(*) from audit.file") == [(0,)]
    assert not [p for p in fresh_warehouse.archive.rglob("*") if p.is_file()]


def test_a_full_disk_is_told_and_leaves_nothing(drop, fresh_warehouse, query, monkeypatch):
    import errno

    from simpul.errors import SimpulError
    from simpul.landing import archive

    def full(descriptor, chunk):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(archive, "_write_all", full)
    with pytest.raises(SimpulError, match="full"):
        landing.land(drop("bpjs/pbi 2024-06.csv", pbi(3)))
    assert not [p for p in fresh_warehouse.archive.rglob("*") if p.is_file()]


def test_no_such_file(fresh_warehouse):
    from simpul.errors import SimpulError

    with pytest.raises(SimpulError, match="cannot be opened"):
        landing.land(fresh_warehouse.inbox / "bpjs" / "nothing.csv")


def test_a_database_error_shows_no_value(drop, query, monkeypatch, caplog):
    from simpul.errors import SimpulError
    from simpul.readers.splitter import Splitter

    monkeypatch.setattr(Splitter, "blocks", lambda self, chunks: iter([b"CONTOH RAHASIA;1274011708900001\n"]))
    with pytest.raises(SimpulError) as caught:
        landing.land(drop("bpjs/pbi 2024-06.csv", pbi(3)))
    shown = f"{caught.value} {caught.value.__cause__} {caught.value.__context__ and ''} {caplog.text}"
    assert "RAHASIA" not in shown and "127401170890" not in shown
    assert query("select status from audit.file") == [("received",)]


def test_dtks_slugs_and_typos(drop, query):
    slugs = [name.lower().replace(" ", "_").replace("/", "_") for name in DTKS]
    slugs[4] = "Desa/Keluarahan"
    slugs[9] = "nokk"
    outcome = landing.land(
        drop("dinsos/dtks Juni 2024.csv", as_csv(slugs, [dtks_row(n) for n in range(1, 4)], delimiter=","))
    )
    assert (outcome.dataset, outcome.status) == ("dinsos.dtks", "loaded")
    assert query(f"select desa, no_kk from {table_of(outcome)} limit 1") == [("CONTOH", "1274010101000000")]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_row_that_numbers_the_columns_is_no_person(drop, query, kind):
    numbers = [str(n) for n in range(1, len(PBI) + 1)]
    rows = [numbers, pbi_row(1), pbi_row(2)]
    content = as_csv(PBI, rows) if kind == "csv" else {"Data": [PBI, *rows]}
    outcome = landing.land_file(drop(f"bpjs/pbi juni 2024.{kind}", content))
    row = row_of(query, outcome.file_id)
    assert (outcome.status, row["rows_loaded"], row["rows_skipped"]) == ("landed", 2, {"numbering": 1})
    assert query(f"select _row, nama from {table_of(outcome)} order by 1") == [
        (3, "CONTOH 1"),
        (4, "CONTOH 2"),
    ]


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ("1 2 3", True),
        ("(1) (2)", True),
        ("_ 1 2 3 _", True),
        ("KOLOM 1 2 3", True),
        ("Kolom (2) (3)", True),
        ("[1] [2]", True),
        ("1. 2. 3.", True),
        ("1 2", False),  # may be a record of two columns
        ("1 3 4", False),
        ("2 3 4", False),
        ("1 2 x", False),
        ("KOLOM", False),
        ("(1)", False),
        ("_ _", False),
    ],
)
def test_what_numbers_columns(cells, expected):
    assert counts_columns(["" if cell == "_" else cell for cell in cells.split()]) == expected


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("spelt", [str, lambda heading: f" {heading.upper()} "])
def test_a_second_table_under_the_first_is_held(drop, query, kind, spelt):
    """Its own title was not read, so its records may be of another region."""
    rows = [pbi_row(1), [spelt(heading) for heading in PBI], pbi_row(2)]
    content = as_csv(PBI, rows) if kind == "csv" else {"Data": [PBI, *rows]}
    path = drop(f"bpjs/pbi juni 2024.{kind}", content)
    held(landing.land_file(path), query, "the heading of row 1 stands again in row 3", "second table")


def test_a_second_table_of_figures_is_held(drop, query):
    again = ["Provinsi/Kabupaten/Kota", "2023"]
    table = regency_table(2023).splitlines()
    path = drop("bps/P0 2023.csv", "\n".join([*table, ",".join(again), "Lebak,8.1"]))
    held(landing.land_file(path), query, "stands again in row 6")


def test_a_person_called_like_a_heading_is_a_person(drop, query):
    row = pbi_row(1)
    row[PBI.index("nama")] = "NAMA"
    outcome = landing.land_file(drop("bpjs/pbi juni 2024.csv", as_csv(PBI, [row, pbi_row(2)])))
    assert (outcome.status, outcome.rows_loaded) == ("landed", 2)
