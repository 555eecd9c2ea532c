"""The end of landing: slices, holding, conservation, the command line."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from simpul import gate, landing, ledger
from simpul.cli import app
from simpul.contract import load_contracts
from simpul.database import connect
from simpul.errors import SimpulError
from simpul.landing.slice import Slice, content_key
from simpul.landing.verify import verify
from simpul.ledger import whoami
from simpul.readers.marks import marks_of
from tests.landing.conftest import KKS, as_csv, kks_row, pbi, pbi_row
from tests.landing.test_land import row_of


@pytest.mark.parametrize(
    ("newer", "older", "covers"),
    [
        ("2024|12.74|", "2024|12.74|", True),
        ("2024|12|", "2024|12.74|", True),
        ("2024|00|", "2024|12.74.05|", True),
        ("2024|12.74|", "2024|12|", False),
        ("2024|12.74|", "2024|12.75|", False),
        ("2023|12.74|", "2024|12.74|", False),
        ("2024||", "2024|12.74|", True),
        ("2024|sumaterautara|", "2024|sumaterautara/x/y|", True),
        ("2024|sumaterautara|", "2024|sumaterautarax|", False),
        ("2024|sumaterautara|", "2024|12.74|", False),
        ("2024|12.74.05|", "2024|12.74.05/sirantau|", True),
        ("2024|12.74|", "2024|12.74.05/sirantau|", True),
        ("2024|12.74.05/sirantau|", "2024|12.74.05|", False),
        ("2024|12.74.05/sirantau|", "2024|12.74.05/pantaijohor|", False),
        ("2024|?dinsos/a|", "2024|?dinsos/a|", True),
        ("2024|?dinsos/a|", "2024|?dinsos/b|", False),
        ("2024|12|", "2024|?dinsos|", False),
        ("2024|00|p0,p1", "2024|00|p0", True),
        ("2024|00|p0", "2024|00|p0,p1", False),
        ("2024|93.01|", "2024|91.01|", True),  # Merauke, recoded in 2022
        # spelt in other words, or registered raw before slices were normalised
        ("2024|12.74|SEMBAKO", "2024|12.74|BPNT", True),
        ("2024|12.74|PKH+SEMBAKO", "2024|12.74|pkh + sembako", True),
        ("2024|12.74|PKH+SEMBAKO", "2024|12.74|BPNT PKH", True),
        ("2024|12.74|PKH+SEMBAKO", "2024|12.74|PKH", False),  # people of both programmes are another list
        ("2024||34,p0", "2024||DI Yogyakarta,p0", True),
        ("2024||daerahistimewayogyakarta", "2024||D.I. Yogyakarta", True),
        ("2024||p0", "2024||p1", False),
        ("2024||kotabogor", "2024||Kab. Bogor", False),
    ],
)  # fmt: skip
def test_what_covers_what(newer, older, covers):
    assert Slice.parse(newer).covers(Slice.parse(older)) is covers
    assert Slice.parse(newer).key == newer


@pytest.mark.parametrize(
    ("value", "key"),
    [
        ("pkh+Sembako", "PKH+SEMBAKO"), ("BPNT PKH", "PKH+SEMBAKO"), (" bpnt ", "SEMBAKO"), ("Prov. Jawa Barat", "32"),
        ("INDONESIA", "00"), ("2024", "2024"), ("p0", "p0"), ("Kota  Bogor", "kotabogor"), ("a|b,c", "abc"), ("…", "?"),
    ],
)  # fmt: skip
def test_the_key_of_a_content_value(value, key):
    assert content_key(value) == key
    assert content_key(key) == key


def test_settling_what_is_not_loaded_is_refused(drop):
    held = landing.land(drop("bpjs/x 2024-06.csv", "a,b\n1,2\n"))
    with connect() as conn, pytest.raises(SimpulError, match="is held, not loaded"):
        landing.settle_file(conn, held.file_id)
    with connect() as conn, pytest.raises(SimpulError, match="no file 'nothing'"):
        landing.settle_file(conn, "nothing")


def test_records_that_vanish_before_the_end_are_noticed(drop, query):
    loaded = landing.land(drop("bpjs/pbi 2024-06.csv", pbi(5)))
    with connect() as conn:
        conn.execute(f'delete from raw."bpjs__pbi_jk__{loaded.file_id}" where _row = 3')
        with pytest.raises(SimpulError, match="5 records read, but 4 loaded and 0 set aside"):
            landing.settle_file(conn, loaded.file_id)
        conn.rollback()
    assert query("select status from audit.file") == [("loaded",)]


def test_settle_attaches_without_scanning_and_twice_is_once(drop, query):
    loaded = landing.land(drop("bpjs/pbi 2024-06.csv", pbi(5)))
    for _ in range(2):
        with connect() as conn:
            assert landing.settle_file(conn, loaded.file_id) == []
    assert query("select count(*) from raw.bpjs__pbi_jk") == [(5,)]
    with connect() as conn, pytest.raises(SimpulError, match="is landed and cannot be held"):
        landing.hold(loaded.file_id, "late", "terlambat", conn=conn)
    kinds = query(
        "select kind, detail ->> 'rows_read' from audit.ledger where subject = %s order by event_id",
        loaded.file_id,
    )
    assert kinds == [("file.loaded", "5"), ("file.landed", "5")]


def test_a_file_held_by_the_gate_leaves_nothing(drop, query):
    text = pbi(50).replace("CONTOH 7;", '"CONTOH 7;')
    path = drop("bpjs/pbi 2024-06.csv", text)
    loaded = landing.land(path)
    assert loaded.rows_quarantined == 1
    landing.hold(loaded.file_id, "too many bad numbers", "terlalu banyak nomor rusak")
    row = row_of(query, loaded.file_id)
    assert (row["status"], row["reason"], row["reason_id"]) == (
        "held",
        "too many bad numbers",
        "terlalu banyak nomor rusak",
    )
    assert query("select count(*) from quarantine.row") == [(0,)]
    assert not verify().findings
    assert landing.discover() == []
    assert landing.land(path).rows_quarantined == 1  # explicitly, again


# ------------------------------------------------------------------------------------------------------------- verify
def test_verify_finds_what_was_tampered_with(drop, fresh_warehouse, query):
    one = landing.land_file(drop("bpjs/pbi 2024-06.csv", pbi(5)))
    two = landing.land_file(drop("bpjs/pbi 2024-07.csv", pbi(6).replace("CONTOH 3;", '"CONTOH 3;')))
    assert not verify().findings
    assert (verify().files, verify().records) == (2, 10)
    query("update audit.file set rows_loaded = 4 where file_id = %s", one.file_id)
    query(f'delete from raw."bpjs__pbi_jk__{two.file_id}" where _row = 2')
    query("delete from quarantine.row where file_id = %s", two.file_id)
    query("create table raw.bpjs__pbi_jk__0000 (a text)")
    paths = dict(query("select file_id, archive_path from audit.file"))
    archived = {outcome: fresh_warehouse.archive / paths[outcome.file_id] for outcome in (one, two)}
    archived[one].chmod(0o600)
    archived[one].write_bytes(archived[one].read_bytes().replace(b"CONTOH 1", b"CONTOH 2"))
    archived[two].unlink()
    (archived[one].parent / ("0" * 64)).write_bytes(b"x")
    problems = sorted((finding.file_id, finding.problem) for finding in verify().findings)
    said = " ".join(problem for _, problem in problems)
    for words in (
        "5 records read, but 4 loaded",
        "4 records registered as loaded, 5 in its table",
        "5 records registered as loaded, 4",
        "1 records registered as set aside, 0 in quarantine",
        "belongs to no received file",
        "hash differs",
        "gone from the archive",
        "bytes of no received file",
    ):  # fmt: skip
        assert words in said, words


def test_verify_finds_a_rewritten_ledger(drop, query):
    landing.land(drop("bpjs/pbi 2024-06.csv", pbi(5)))
    query("alter table audit.ledger disable trigger append_only")
    query("update audit.ledger set detail = '{}' where event_id = 1")
    with connect() as conn:
        assert ledger.verify(conn) == 1
    assert [f.problem for f in verify().findings] == [
        "the ledger is broken at event 1",
        "the ledger is open to changes: its trigger is gone, off, or was switched",
    ]
    query("alter table audit.ledger enable always trigger append_only")
    assert [f.problem for f in verify().findings] == ["the ledger is broken at event 1"]


def test_an_archive_that_was_damaged_is_healed_by_the_same_delivery(drop, fresh_warehouse, query):
    path = drop("bpjs/pbi 2024-06.csv", pbi(5))
    landing.land(path)
    archived = fresh_warehouse.archive / query("select archive_path from audit.file")[0][0]
    archived.chmod(0o600)
    archived.write_bytes(b"x")
    assert verify().findings
    landing.land(drop("bpjs/salinan 2024-06.csv", pbi(5)))
    assert not verify().findings


# -------------------------------------------------------------------------------------------------------------- CLI
def simpul(*arguments, code=0):
    done = CliRunner().invoke(app, list(map(str, arguments)))
    assert done.exit_code == code, done.output
    return done


def test_the_command_line(drop, query, fresh_warehouse):
    assert json.loads(simpul("land", "--json").stdout) == []
    good = drop("bpjs/pbi 2024-06.csv", pbi(30).replace("CONTOH 7;", '"CONTOH 7;'))
    bad = drop("bpjs/daftar.csv", pbi(4))
    results = {row["file_name"]: row for row in json.loads(simpul("land", "--json", code=1).stdout)}
    assert results[good.name]["status"] == "landed" and results[good.name]["rows_quarantined"] == 1
    assert results[bad.name]["status"] == "held" and "--period" in results[bad.name]["reason"]
    assert "nothing waits" in simpul("land").output
    shown = simpul("land", bad, "--period", "2024-05").output
    assert "landed" in shown and "bpjs.pbi_jk" in shown
    assert [row["status"] for row in json.loads(simpul("land", good.parent, "--json").stdout)] == [
        "duplicate",
        "duplicate",
    ]  # named again: nothing is loaded, and that is recorded
    (again,) = json.loads(simpul("land", "--file-id", results[good.name]["file_id"], "--json").stdout)
    assert (again["status"], again["file_id"]) == ("landed", results[good.name]["file_id"] + "-3")
    assert "everything adds up" in simpul("verify").output
    assert json.loads(simpul("verify", "--json", "--fast").stdout)["findings"] == []

    summary = json.loads(simpul("quarantine", "list", "--json").stdout)
    assert [(row["rule_code"], row["records"], row["first_row"]) for row in summary] == [
        ("unbalanced_quote", 1, 8)
    ]
    listed = simpul("quarantine", "list", "--file", again["file_id"]).output
    assert "unbalanced_quote" in listed and "CONTOH" not in listed
    (number,) = query("select quarantine_id from quarantine.row where file_id = %s", again["file_id"])[0]
    assert "CONTOH 7" in simpul("quarantine", "show", number).output
    addresses = simpul("quarantine", "show", again["file_id"]).output
    assert "row 8" in addresses and "CONTOH" not in addresses
    simpul("quarantine", "dismiss", number, "--why", "sender confirms", "--reason-id", "pengirim membenarkan")
    assert "no open record" in simpul("quarantine", "list").output
    assert simpul("quarantine", "dismiss", number, "--why", "again", code=1)
    told = "select detail ->> 'by', detail ->> 'why', detail ->> 'why_id' from audit.ledger where kind = %s"
    assert query(told, "quarantine.dismissed") == [(whoami(), "sender confirms", "pengirim membenarkan")]
    assert not verify().findings


def test_one_missing_file_does_not_stop_the_others(drop, fresh_warehouse):
    good = drop("bpjs/pbi 2024-06.csv", pbi(3))
    done = simpul("land", fresh_warehouse.inbox / "nothing.csv", good, "--json", code=1)
    assert [row["status"] for row in json.loads(done.stdout)] == ["missing_file", "landed"]


# ------------------------------------------------------------------------------------------------------------ marks
@pytest.mark.parametrize(
    "cell", ["Keterangan", "KETERANGAN: x", "  Catatan", '"Sumber : BPS"', "-", "– ", "*) sementara"]
)
def test_no_note_escapes_the_quick_look(cell):
    """The test over whole blocks may be wrong only one way."""
    edition = load_contracts()["bps.poverty_province"].edition("a_2017")
    marks = marks_of(edition, ",", lambda row: False)
    for lead in ("", ",,", " ,"):
        block = f"Aceh,1\n{lead}{cell},2\nRiau,3\n".encode()
        assert marks.suspect(block), block
        assert marks.judge([part.strip(b'"') for part in block.split(b"\n")[1].split(b",")]) == "footer"
        assert marks.suspect(f"{lead}{cell},2\n".encode())


def test_a_person_is_no_note():
    edition = load_contracts()["bps.poverty_province"].edition("a_2017")
    marks = marks_of(edition, ",", lambda row: False)
    assert not marks.suspect(",".join(pbi_row(1)).encode() + b"\n")


# -------------------------------------------------------------------------------------------------------- once more
def test_an_archived_file_is_landed_once_more_as_it_came(drop, query, fresh_warehouse):
    """Its name, folder and cover letter count again, though neither is in the inbox any more."""
    rows = as_csv(KKS, [kks_row(n) for n in range(5)])
    path, letter = (
        drop("dinsos/contoh/kks.csv", rows),
        drop("dinsos/contoh/kks.csv.yml", "provinsi: Sumatera Utara\n"),
    )
    first = landing.land_file(path)
    for file in (path, letter):
        file.unlink()
    again = landing.reland(first.file_id, run_id="run 1")
    assert (again.status, again.file_id) == ("loaded", first.file_id + "-2")
    assert landing.reland(first.file_id, run_id="run 1") == again
    assert gate.gate_file(again.file_id).status == "landed"
    assert landing.reland(first.file_id, run_id="run 1").file_id == again.file_id
    assert row_of(query, first.file_id)["superseded_by"] == again.file_id
    assert query("select distinct provinsi from raw.dinsos__kks_payment") == [("Sumatera Utara",)]
    assert not verify().findings
    third = landing.reland(again.file_id, run_id="run 2", period="2024-Q2")
    assert third.file_id == first.file_id + "-3"


def test_a_held_file_is_tried_anew_from_the_archive(drop, query):
    path = drop("bpjs/daftar.csv", pbi(3))
    held = landing.land(path)
    path.unlink()
    freed = landing.reland(held.file_id, period="2024-06")
    assert (freed.status, freed.file_id) == ("loaded", held.file_id)


def test_altered_bytes_are_not_landed_once_more(drop, query, fresh_warehouse):
    first = landing.land(drop("bpjs/pbi 2024-06.csv", pbi(3)))
    archived = fresh_warehouse.archive / query("select archive_path from audit.file")[0][0]
    archived.chmod(0o600)
    archived.write_bytes(archived.read_bytes() + b"x")
    with pytest.raises(SimpulError, match="damaged"):
        landing.reland(first.file_id)


def test_a_run_that_is_repeated_does_not_land_twice(drop, query):
    """An engineer asks for a file again; the task runs twice because its heartbeat was lost."""
    path = drop("bpjs/pbi 2024-06.csv", pbi(3))
    first = landing.land_file(path, run_id="run 1")
    again = landing.land(path, run_id="run 2", again=True)
    assert again.file_id == first.file_id + "-2"
    assert landing.land(path, run_id="run 2", again=True) == again
    assert query("select count(*) from audit.file") == [(2,)]


def test_what_lies_in_no_agencys_folder_is_held_once(drop, query):
    drop("pbi 2024-06.csv", pbi(3))
    drop("pbi 2024-06.csv.yml", "rows: 3")
    (path,) = landing.discover()
    landing.land(path)
    assert landing.discover() == []
