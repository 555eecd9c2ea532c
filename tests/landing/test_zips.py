"""A zip of deliveries: its files are landed like any other, and nothing of it reaches outside its folder."""

from __future__ import annotations

import io
import os
import time
import zipfile
from pathlib import Path

import pytest

from simpul import landing, pipeline
from simpul.database import connect
from simpul.errors import SimpulError
from simpul.landing import unpack
from simpul.landing.inbox import agency_of
from simpul.landing.verify import verify
from simpul.readers.reasons import printable
from simpul.settings import get_settings
from tests.landing.conftest import KKS, PBI, as_csv, kks_row, pbi, pbi_row, save_workbook
from tests.landing.test_land import held, row_of, table_of
from tests.landing.workbook_files import ods


def zipped(members: dict[str, str | bytes], **modes: int) -> bytes:
    """A zip; ``modes``: Unix modes by name."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = modes.get(name, 0o100644) << 16
            archive.writestr(info, content)
    return out.getvalue()


def workbook(tmp_path: Path) -> bytes:
    path = tmp_path / "a.xlsx"
    save_workbook(path, {"Data": [KKS, kks_row(1), kks_row(2)]})
    return path.read_bytes()


def test_every_file_of_it_is_received_on_its_own(drop, query, tmp_path, fresh_warehouse):
    """CSV and workbooks in folders, a cover letter beside one of them, and what nobody means to send."""
    members = {
        "kks/data.xlsx": workbook(tmp_path),
        "kks\\lagi.ods": ods([KKS, kks_row(3, stage="Tahap 1 Tahun 2024")]),
        "Thumbs.db": b"x",
        "__MACOSX/kks/._data.xlsx": b"x",
    }
    path = drop("dinsos/kota/Kiriman.zip", zipped(members))
    results = {result["file_name"]: result for result in pipeline.land_inbox()}
    assert {name: result["status"] for name, result in results.items()} == {
        "Kiriman.zip": "unpacked", "data.xlsx": "landed", "lagi.ods": "landed",
    }  # fmt: skip
    zip_id = results["Kiriman.zip"]["file_id"]
    whole = row_of(query, zip_id)
    assert (whole["structure"]["members"], whole["structure"]["left_out"]) == (2, 2)
    assert (whole["rows_read"], whole["agency"]) == (0, "dinsos")
    one = row_of(query, results["data.xlsx"]["file_id"])
    assert one["structure"]["archive"] == {"file_id": zip_id, "member": "kks/data.xlsx"}
    assert (one["agency"], one["rows_loaded"]) == ("dinsos", 2)
    assert landing.discover() == []
    assert pipeline.land_inbox() == []
    assert verify().findings == ()
    assert landing.land(path).file_id == zip_id  # looked at again: nothing new
    assert query("select count(*) from audit.file") == [(3,)]


def test_an_auditor_reads_no_number_in_a_name(drop, query):
    """A file, or what a zip holds, may be named after a person."""
    number = "1274011708900001"
    drop(f"dinsos/Keluarga {number}/Berkas {number}.zip", zipped({f"bpjs {number}.csv": pbi(2)}))
    pipeline.land_inbox()
    query("analyze audit.file")
    with connect(role="auditor") as auditor:
        (columns,) = auditor.execute(
            "select string_agg(quote_ident(column_name), ', ') from information_schema.columns"
            " where table_schema = 'audit' and table_name = 'file'"
        ).fetchone()
        rows = auditor.execute(f"select {columns} from audit.file order by received_at").fetchall()
        kept = auditor.execute("select s::text from pg_stats s where schemaname = 'audit'").fetchall()
        names = auditor.execute("select printable_name from audit.file order by received_at").fetchall()
    assert names == [("Berkas ….zip",), ("bpjs ….csv",)]
    assert number not in str(rows) + str(kept)


def test_what_landed_leaves_its_folder_after_its_time_and_not_before(drop, query):
    def age(path: Path, days: int) -> None:
        os.utime(path, (time.time() - days * 86_400,) * 2)

    drop("bpjs/a/satu.zip", zipped({"kota/daftar 2024-06.csv": pbi(3)}))
    drop("bpjs/b/dua.zip", zipped({"daftar 2024-07.csv": pbi(4), "tanpa judul.csv": "apa;ini\n1;2\n"}))
    found = {result["file_name"]: result for result in pipeline.land_inbox()}
    assert found["tanpa judul.csv"]["status"] == "held"
    one, two = sorted(unpack.folders())
    assert (one.name, two.name) == (found["satu.zip"]["file_id"], found["dua.zip"]["file_id"])
    assert landing.drop_unpacked() == []  # new
    query("update audit.file set received_at = received_at - interval '40 days' returning 1")
    assert landing.drop_unpacked() == []  # just laid out, for whatever reason
    age(one, 40), age(two, 40)
    assert landing.drop_unpacked() == [one]  # the other has a member that is held
    assert not one.parent.exists() and two.exists()
    assert {path.name for path in landing.members(two.name)} == {"daftar 2024-07.csv", "tanpa judul.csv"}
    assert landing.discover() == [] and verify().findings == ()
    again = landing.land(get_settings().inbox / "bpjs/a/satu.zip", again=True)
    assert len(landing.members(again.file_id)) == 1  # it can be laid out again


def test_letters_in_it_and_beside_it(drop, query):
    path = drop("bpjs/a.zip", zipped({"daftar.csv": pbi(3), "daftar.csv.yml": "period: 2024-06\nrows: 3\n"}))
    outcome = landing.land(path)
    (member,) = landing.members(outcome.file_id)
    landed = landing.land(member)
    assert (landed.status, row_of(query, landed.file_id)["period"]) == ("loaded", "2024-06")

    drop("bpjs/b.zip.yml", "period: 2024-07\n")
    outcome = landing.land(drop("bpjs/b.zip", zipped({"daftar.csv": pbi(4)})))
    (member,) = landing.members(outcome.file_id)
    landed = landing.land(member)
    assert row_of(query, landed.file_id)["period"] == "2024-07"


def test_one_letter_for_several_files_is_not_guessed(drop, query):
    drop("bpjs/c.zip.yml", "period: 2024-08\n")
    outcome = landing.land(drop("bpjs/c.zip", zipped({"daftar.csv": pbi(5), "lagi.csv": pbi(6)})))
    held(outcome, query, "2 files and one cover letter")


def test_a_corrected_zip_replaces_what_the_first_brought(drop, query):
    """Nothing in these rows names a region, so the sender's folder does; that the zip is another must not matter."""
    first = [[*pbi_row(n)[:2], "", "", "", "", *pbi_row(n)[6:]] for n in range(1, 9)]
    results = []
    for name, rows in (
        ("a.zip", first),
        ("b.zip", [*first, [*pbi_row(9)[:2], "", "", "", "", *pbi_row(9)[6:]]]),
    ):
        drop(f"bpjs/kota/{name}", zipped({"pbi 2024-06.csv": as_csv(PBI, rows)}))
        results.append(next(one for one in pipeline.land_inbox() if one["file_name"].endswith(".csv")))
    assert [one["status"] for one in results] == ["landed", "landed"]
    assert row_of(query, results[0]["file_id"])["superseded_by"] == results[1]["file_id"]


def test_a_zip_outside_the_inbox(fresh_warehouse, tmp_path, query):
    path = tmp_path / "pbi.zip"
    path.write_bytes(zipped({"pbi 2024-06.csv": pbi(3)}))
    outcome = landing.land(path)
    (member,) = landing.members(outcome.file_id)
    assert agency_of(member) is None
    assert landing.land(member).dataset == "bpjs.pbi_jk"


@pytest.mark.parametrize(
    ("members", "modes", "words"),
    [
        ({"../../pbi.csv": "x"}, {}, "would lie outside"),
        ({"a/..\\..\\..\\pbi.csv": "x"}, {}, "would lie outside"),
        ({"/etc/pbi.csv": "x"}, {}, "would lie outside"),
        ({"C:\\pbi.csv": "x"}, {}, "would lie outside"),
        ({"pbi.csv": "/etc/passwd"}, {"pbi.csv": 0o120777}, "is a link"),
        ({"pbi.csv": "x", "PBI.csv": "y"}, {}, "two files named"),
        ({"pbi.csv": "x", "PBI.csv/lagi.csv": "y"}, {}, "of a file and of a folder"),
        ({"Thumbs.db": "x", "a.yml": "period: 2024"}, {}, "no file that could be landed"),
        ({}, {}, "no file that could be landed"),
        ({"besar.csv": b"0" * (80 << 20)}, {}, "would become 80 MiB"),
    ],
)
def test_what_is_not_unpacked(drop, query, members, modes, words):
    sound = {"ok 2024-06.csv": pbi(2)} if "no file" not in words else {}
    outcome = landing.land(drop("bpjs/a.zip", zipped(sound | members, **modes)))
    held(outcome, query, words)
    assert landing.members(outcome.file_id) == []
    assert not any((get_settings().home / "unpacked" / ".incoming").glob("*"))


def test_only_one_level_is_unpacked(drop, query):
    outcome = landing.land(drop("bpjs/a.zip", zipped({"dalam.zip": zipped({"pbi 2024-06.csv": pbi(2)})})))
    (inner,) = landing.members(outcome.file_id)
    held(landing.land(inner), query, "within another zip")
    assert landing.discover() == []


def test_encrypted_and_damaged(drop, query):
    content = bytearray(zipped({"pbi 2024-06.csv": pbi(50)}))
    index = content.index(b"PK\x01\x02")
    content[index + 8] |= 1
    held(landing.land(drop("bpjs/a.zip", bytes(content))), query, "encrypted")
    content[index + 8] &= ~1
    content[60:100] = bytes(40)
    outcome = landing.land(drop("bpjs/b.zip", bytes(content)))
    held(outcome, query, "damaged")
    assert landing.members(outcome.file_id) == []


@pytest.mark.parametrize("offset", [b"\xff\xff\xff\xff", b"\xff\xff\xff\x7f", b"\x0f\0\0\0"])
def test_an_index_that_points_nowhere_is_no_full_disk(drop, query, offset):
    """A place before the archive, behind it, or inside another member."""
    content = bytearray(zipped({"pbi 2024-06.csv": pbi(5)}))
    place = content.index(b"PK\x01\x02") + 42
    content[place : place + 4] = offset
    held(landing.land(drop("bpjs/a.zip", bytes(content))), query, "damaged")


def test_a_stream_that_bzip2_cannot_read(drop, query):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("pbi 2024-06.csv", pbi(50))
    content = bytearray(out.getvalue())
    content[48:80] = bytes(32)
    held(landing.land(drop("bpjs/a.zip", bytes(content))), query, "damaged")


def test_names_that_no_file_system_should_see(drop, query):
    long = "Daftar " + "é" * 300 + " 2024-06.csv"
    outcome = landing.land(drop("bpjs/a.zip", zipped({"a\x1b[31m\n.csv": pbi(2), long: pbi(3)})))
    names = [path.name for path in landing.members(outcome.file_id)]
    assert "a_[31m_.csv" in names
    assert all(len(name.encode()) <= 200 and name.endswith(".csv") for name in names)


def test_a_crash_between_unpacking_and_the_register(drop, query, monkeypatch):
    path = drop("bpjs/a.zip", zipped({"pbi 2024-06.csv": pbi(3)}))
    old = time.time() - 500
    os.utime(path, (old, old))

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as here:
        here.setattr("simpul.ledger.append", killed)
        with pytest.raises(KeyboardInterrupt):
            landing.land(path)
    (member,) = landing.members(query("select file_id from audit.file")[0][0])
    first = landing.land(member)  # somebody may look before the zip is taken up again
    assert landing.land(path).status == "unpacked"
    assert landing.land(member).file_id == first.file_id
    assert query("select count(*) from audit.file") == [(2,)]
    assert unpack.origin(member)["member"] == "pbi 2024-06.csv"
    assert query(f"select count(*) from {table_of(first)}") == [(3,)]


@pytest.mark.parametrize(
    "zip_id", ["0123456789abcdef", "876012345678901e", "0123456789012345", "012345678901234f-2"]
)
def test_the_path_that_the_ledger_prints_tells_where_a_member_lay(zip_id, fresh_warehouse):
    """A file id may look like a long number in part, or whole, and is printed without it."""
    path = fresh_warehouse.unpacked / "dinsos" / "PKH" / zip_id / "tahap 1" / "daftar.csv"
    assert unpack.folder_of_zip(path) == "dinsos/PKH/tahap 1"
    assert unpack.folder_of_zip(Path(printable(str(path), 400))) == "dinsos/PKH/tahap 1"


def test_what_lies_unpacked_before_its_zip_is_registered_is_landed_once(drop, query, monkeypatch):
    """A crash in between: the next run finds the zip and its members waiting side by side."""
    drop("bpjs/a.zip", zipped({"pbi.csv": pbi(3)}))
    register = landing.receive.register
    with monkeypatch.context() as patch:
        patch.setattr(register, "update", lambda *_: (_ for _ in ()).throw(SimpulError("killed")))
        assert [one["status"] for one in pipeline.land_inbox()] == ["error"]
    assert len(landing.discover()) == 2
    assert [one["status"] for one in pipeline.land_inbox()] == ["unpacked", "held"]
    assert query("select count(*) from audit.ledger where kind = 'file.held'") == [(1,)]


def test_the_command_line_goes_on_with_what_came_out(drop, query, fresh_warehouse):
    from typer.testing import CliRunner

    from simpul.cli import app

    path = drop("bpjs/a.zip", zipped({"pbi 2024-06.csv": pbi(3)}))
    done = CliRunner().invoke(app, ["land", str(path)])
    assert done.exit_code == 0, done.output
    assert "1 unpacked" in done.output and "1 landed" in done.output
