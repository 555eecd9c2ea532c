"""A landed file is taken back: nothing reads it any more, what it replaced counts again, and all of it is told."""

from __future__ import annotations

import json
import shutil

import psycopg
import pytest
from typer.testing import CliRunner

from simpul import gate, landing, pipeline, release
from simpul.cli import app
from simpul.database import connect, warehouse_dsn
from simpul.errors import DatabaseTransient, ReleaseError, SimpulError
from simpul.landing import received, withdrawal
from simpul.landing.verify import verify
from simpul.ledger import Decision, whoami
from simpul.trust import registers
from tests.landing.conftest import PBI, as_csv, pbi, pbi_row
from tests.landing.test_land import row_of

MONTH = "bpjs/pbi 2024-06.csv"


def withdraw(file_id, reason="wrong city", reason_id="kota keliru"):
    return pipeline.withdraw(file_id, Decision("tester", reason, reason_id))


def standing(query):
    return dict(query("select file_id, status from audit.file"))


def test_a_withdrawn_file_is_read_by_nobody_and_not_found_again(drop, query, fresh_warehouse):
    path = drop(MONTH, pbi(5).replace("CONTOH 3;", '"CONTOH 3;'))
    other = landing.land_file(drop("bpjs/pbi 2024-05.csv", pbi(4)))
    file = landing.land_file(path)
    assert withdraw(file.file_id)["changed"]

    assert query("select distinct _file_id from raw.bpjs__pbi_jk") == [(other.file_id,)]
    row = row_of(query, file.file_id)
    assert (row["status"], row["reason"], row["reason_id"]) == ("refused", "wrong city", "kota keliru")
    told = "select subject, detail ->> 'by', detail ->> 'why', detail ->> 'why_id' from audit.ledger where kind = %s"
    assert query(told, "file.withdrawn") == [(file.file_id, "tester", "wrong city", "kota keliru")]
    assert landing.discover() == []
    assert "no open record" in CliRunner().invoke(app, ["quarantine", "list"]).output
    page = (fresh_warehouse.reports / "landing" / file.file_id / "index.html").read_text()
    assert "kota keliru" in page and "wrong city" in page and "validations/" in page and "dikarantina" in page
    assert "kota keliru" in (fresh_warehouse.reports / "index.html").read_text()
    assert not verify().findings


def test_a_held_file_that_nobody_will_mend_waits_no_more(drop, query):
    drop("bpjs/catatan.csv", "a;b\n1;2\n")
    (held,) = [landing.land_file(path) for path in landing.discover()]
    assert held.status == "held"
    with connect() as conn:
        assert received.count_waiting(conn) == 1
    assert withdraw(held.file_id)["restored"] == ()
    with connect() as conn:
        assert received.count_waiting(conn) == 0
    assert row_of(query, held.file_id)["status"] == "held"
    assert landing.discover() == []
    assert not verify().findings
    with connect() as conn:
        assert registers.problems(conn) == []
    assert not withdraw(held.file_id)["changed"]


def test_a_held_file_whose_bytes_have_landed_elsewhere_waits_no_more(drop, fresh_warehouse):
    """It was told to be in another agency's folder, and was moved there."""
    path = drop("dinsos/pbi 2024-06.csv", pbi(5))
    assert landing.land_file(path).status == "held"
    home = fresh_warehouse.inbox / "bpjs" / path.name
    home.parent.mkdir(parents=True, exist_ok=True)
    path.rename(home)
    assert landing.land_file(home).status == "landed"
    with connect() as conn:
        assert received.count_waiting(conn) == 0


def test_withdrawing_warns_of_nothing(drop, caplog):
    file = landing.land_file(drop(MONTH, pbi(5)))
    release.open_release("x")
    caplog.clear()
    assert withdraw(file.file_id)["abandoned"]
    assert [record.message for record in caplog.records if record.levelname != "INFO"] == []


def test_the_same_bytes_come_back_only_when_a_person_asks(drop, query):
    path = drop(MONTH, pbi(5))
    file = landing.land_file(path)
    withdraw(file.file_id)
    copy = path.with_name("salinan 2024-06.csv")
    shutil.copyfile(path, copy)
    assert landing.discover() == [str(copy)]
    found = landing.land_file(copy)
    assert found.status == "duplicate" and "withdrawn" in found.reason
    assert landing.discover() == []
    back = landing.reland(file.file_id)
    assert gate.gate_file(back.file_id).status == "landed"
    assert query("select distinct _file_id from raw.bpjs__pbi_jk") == [(back.file_id,)]
    assert not verify().findings


def test_what_it_replaced_lands_again(drop, query):
    old = landing.land_file(drop(MONTH, pbi(5)))
    new = landing.land_file(drop("bpjs/pbi revisi 2024-06.csv", pbi(8)))
    assert standing(query) == {old.file_id: "superseded", new.file_id: "landed"}
    assert withdraw(new.file_id)["restored"] == (old.file_id,)
    assert standing(query) == {old.file_id: "landed", new.file_id: "refused"}
    assert row_of(query, old.file_id)["superseded_by"] is None
    assert query("select count(*) from raw.bpjs__pbi_jk") == [(5,)]
    assert query("select detail ->> 'withdrawn' from audit.ledger where kind = 'file.restored'") == [
        (new.file_id,)
    ]
    assert not verify().findings
    withdraw(old.file_id)
    assert query("select count(*) from raw.bpjs__pbi_jk") == [(0,)]


def test_what_the_register_says_of_a_file_is_what_the_ledger_tells(drop):
    """Content, place, counts and what the letter said: of files replaced, withdrawn, delivered twice, landed again."""
    path = drop(MONTH, pbi(5).replace("CONTOH 3;", '"CONTOH 3;'))
    old = landing.land_file(path).file_id
    landing.land_file(path.rename(path.with_name("salinan 2024-06.csv")))
    with connect() as conn:
        assert registers.problems(conn) == []
        new = landing.land_file(drop("bpjs/pbi revisi 2024-06.csv", pbi(8))).file_id
        conn.rollback()
        assert registers.problems(conn) == []
        withdraw(new)
        conn.rollback()
        assert registers.problems(conn) == []
        for change, told in {
            f"sha256 = '{'0' * 64}'": "sha256",
            "status = 'superseded'": "status",
            "dataset = 'bpjs.other'": "dataset",
            "rows_read = rows_read - 1, rows_loaded = rows_loaded - 1": "rows_loaded",
            "sender = 'another'": "period, region_code, edition, sender or letter_number",
            "period = '2023-06'": "period, region_code, edition, sender or letter_number",
        }.items():
            conn.execute(f"update audit.file set {change} where file_id = '{old}'")
            (found,) = registers.problems(conn)
            assert found.startswith(f"audit.file {old}: {told} is not"), found
            conn.rollback()
        landing.reland(new)
        gate.gate_file(new)
        assert registers.problems(conn) == []


def test_what_another_file_replaced_meanwhile_stays_replaced(drop, query):
    """A month of a city, then of its province, then of the city again: the province's file is taken back."""
    cities = ("KOTA TANJUNG BALAI", "LANGKAT")
    city = landing.land_file(drop(MONTH, pbi(5)))
    wide = drop("bpjs/sumut 2024-06.csv", as_csv(PBI, [pbi_row(n, city=cities[n % 2]) for n in range(20)]))
    drop("bpjs/sumut 2024-06.csv.yml", "region_code: '12'")
    province = landing.land_file(wide)
    assert row_of(query, city.file_id)["superseded_by"] == province.file_id
    drop("bpjs/pbi revisi 2024-06.csv.yml", "part: 2")  # it may as well be an excerpt of the province's file
    corrected = landing.land_file(drop("bpjs/pbi revisi 2024-06.csv", pbi(6)))
    assert standing(query)[province.file_id] == "landed"
    assert withdraw(province.file_id)["restored"] == ()
    assert row_of(query, city.file_id)["superseded_by"] == corrected.file_id
    assert standing(query)[corrected.file_id] == "landed"
    assert not verify().findings


def test_withdrawing_again_changes_nothing(drop, query):
    file = landing.land_file(drop(MONTH, pbi(5)))
    withdraw(file.file_id)
    events = query("select count(*) from audit.ledger")
    assert withdraw(file.file_id, "another reason")["changed"] is False
    assert row_of(query, file.file_id)["reason"] == "wrong city"
    assert query("select count(*) from audit.ledger") == events


def test_only_what_has_landed_or_is_held_can_be_withdrawn(drop, query):
    old = landing.land_file(drop(MONTH, pbi(5)))
    new = landing.land_file(drop("bpjs/pbi revisi 2024-06.csv", pbi(8)))
    for file_id, word in (
        (old.file_id, f"superseded by {new.file_id}"),
        ("no such", "no file"),
    ):
        with pytest.raises(SimpulError, match=word):
            withdraw(file_id)
    assert standing(query)[old.file_id] == "superseded"


def test_a_release_that_is_being_built_from_it_is_given_up(drop, query):
    kept = landing.land_file(drop("bpjs/pbi 2024-05.csv", pbi(4)))
    file = landing.land_file(drop(MONTH, pbi(5)))
    opened = release.open_release("builder")
    assert withdraw(file.file_id)["abandoned"] == opened.release_id
    with connect() as conn, pytest.raises(ReleaseError, match=f"its input {file.file_id} was withdrawn"):
        release.require_candidate(conn, opened.release_id, "builder")
    again = release.open_release("builder")
    assert again.is_new and again.release_id != opened.release_id
    assert query("select file_id from audit.release_input where release_id = %s", again.release_id) == [
        (kept.file_id,)
    ]
    with pytest.raises(ReleaseError, match=rf"{file.file_id} \(refused\)"):
        release.open_release("other", inputs=[file.file_id], take_over=True)


def test_nothing_is_half_withdrawn_when_the_table_is_being_read(drop, query, monkeypatch):
    old = landing.land_file(drop(MONTH, pbi(5)))
    new = landing.land_file(drop("bpjs/pbi revisi 2024-06.csv", pbi(8)))
    monkeypatch.setattr(withdrawal, "_LOCK_TIMEOUT", "100ms")
    with psycopg.connect(warehouse_dsn()) as reader:
        reader.execute("select count(*) from raw.bpjs__pbi_jk")
        with pytest.raises(DatabaseTransient, match="LockNotAvailable"):
            withdraw(new.file_id)
    assert standing(query) == {old.file_id: "superseded", new.file_id: "landed"}
    assert withdraw(new.file_id)["restored"] == (old.file_id,)


def test_from_the_command_line(drop, query):
    old = landing.land_file(drop(MONTH, pbi(5)))
    new = landing.land_file(drop("bpjs/pbi revisi 2024-06.csv", pbi(8)))
    done = CliRunner().invoke(app, ["withdraw", new.file_id, "--reason", "x", "--reason-id", "y", "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["restored"] == [old.file_id]
    told = CliRunner().invoke(app, ["withdraw", new.file_id, "--reason", "x"])
    assert told.exit_code == 0 and "was withdrawn before" in told.output
    alone = CliRunner().invoke(app, ["withdraw", old.file_id, "--reason-id", "salah kota"])
    assert alone.exit_code == 0 and "readers do not see it" in alone.output
    row = row_of(query, old.file_id)
    assert (row["reason"], row["reason_id"]) == (None, "salah kota"), (
        "one language is not passed off as the other"
    )
    told = (
        "select detail ->> 'by', detail ->> 'why', detail ->> 'why_id' from audit.ledger where subject = %s"
    )
    assert (whoami(), None, "salah kota") in query(told, old.file_id)
    assert CliRunner().invoke(app, ["withdraw", old.file_id]).exit_code == 1, "no reason"
    assert CliRunner().invoke(app, ["withdraw", "nothing", "--reason", "x"]).exit_code == 1


def test_readers_are_spoken_of_only_where_they_see_the_file(drop, query):
    """Nobody sees a file that no published release was built from."""
    shown, later = (
        landing.land_file(drop(MONTH, pbi(5))),
        landing.land_file(drop("bpjs/pbi 2024-07.csv", pbi(6))),
    )
    query(
        "insert into audit.release (release_id, status, inputs_hash, owner_run) values (1, 'published', 'x', 'test')"
    )
    query("insert into audit.release_input (release_id, file_id) values (1, %s)", shown.file_id)
    query("update audit.release_pointer set release_id = 1")

    def told(file_id):
        return CliRunner().invoke(app, ["withdraw", file_id, "--reason", "wrong city"]).output

    assert "readers do not see it" in told(later.file_id)
    assert "readers see it until the next release" in told(shown.file_id)
