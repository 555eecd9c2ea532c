"""What evidence and the guide for auditors show of files, releases and rules is what the ledger tells: each altered
alone, by whoever owns the database, and told by `simpul verify` with its register and row.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import psycopg
import pytest
from typer.testing import CliRunner

from simpul import erased, ledger_held, vault
from simpul.cli import app
from simpul.clock import now
from simpul.database import connect
from simpul.gate import waivers
from simpul.ledger import Decision
from simpul.trust import erasure, registers
from tests.city import City


def run(*words: str) -> None:
    done = CliRunner().invoke(app, [*words, "--reason", "a test", "--reason-id", "sebuah uji"])
    assert done.exit_code == 0, done.output


WHY = Decision("siti", "a test", "sebuah uji")
NUMBER = re.compile(r"\d{16}(?!\d|[0-9a-f])")


@pytest.fixture(scope="module")
def there(city, tmp_path_factory) -> Iterator[City]:
    out = tmp_path_factory.mktemp("out")
    with city(2) as there:
        run("opendata", "--out", str(out))
        run("export", "rpt_population", "--out", str(out / "people.csv"))
        with connect() as conn:
            until = (now() + timedelta(3)).date()
            waivers.ask(conn, "dinsos.kks_payment", "jenis_bansos_known", until, WHY)
        yield there


@pytest.fixture
def conn(there) -> Iterator[psycopg.Connection]:
    """What is altered by it is as it was after the test."""
    with connect() as conn:
        yield conn
        conn.rollback()


def told(conn: psycopg.Connection) -> list[str]:
    return [one.split(" · ")[0] for one in registers.problems(conn)]


FILE = "(select min(file_id) from audit.release_input where release_id = 2)"
RESULT = f"door = 'landing' and file_id = {FILE}"
EDITS = {
    f"update audit.gate_result set severity = 'fail' where {RESULT} and severity = 'warn'":
        "audit.gate_result of file F",
    f"update audit.gate_result set checked = checked + 1 where {RESULT}": "audit.gate_result of file F",
    f"update audit.gate_result set description_en = 'nothing' where {RESULT}": "audit.gate_result of file F",
    f"update audit.gate_result set waiver_id = 1 where {RESULT}": "audit.gate_result of file F",
    f"update audit.gate_result set rule_version_id = 1 where {RESULT}": "audit.gate_result of file F",
    "delete from audit.gate_result where release_id = 2 and passed": "audit.gate_result of release 2",
    "update audit.gate_result set checked = 0 where release_id = 2": "audit.gate_result of release 2",
    "delete from audit.gate_failure where file_id = (select min(file_id) from audit.gate_failure)":
        "audit.gate_failure of file G",
    "update audit.gate_failure set row = row + 1 where file_id = (select min(file_id) from audit.gate_failure)":
        "audit.gate_failure of file G",
    "delete from audit.gate_failure where release_id = 2": "audit.gate_failure of release 2",
    **{
        f"update audit.rule_version set {change} where rule_code = 'nik_sixteen_digits' and scope = 'dinsos.dtks'":
            "audit.rule_version landing dinsos.dtks"
        for change in ("owner = 'nobody'", "basis = 'none'", "is_basis_read = not is_basis_read", "severity = 'fail'",
                       "text_id = 'lain'", "ended_at = now()")
    },
    f"delete from audit.release_input where release_id = 2 and file_id = {FILE}": "audit.release_input 2",
    **{
        f"update audit.file set {change} where file_id = {FILE}": "audit.file F"
        for change in (
            "agency = 'bpjs2'", "received_at = received_at - interval '1 year'",
            "landed_at = landed_at + interval '1 s'",
            "file_name = 'another.csv'", "reason = 'a reason'", "reason_id = 'alasan'", "contract_hash = 'x'",
            "structure = jsonb_set(coalesce(structure, '{}'), '{letter}', '{\"sha256\": \"x\", \"name\": \"y\"}')",
            "rows_dropped_at = now()", "run_id = 'r'", "bytes = bytes + 1",
        )
    },
    "update audit.file set superseded_by = (select max(file_id) from audit.file where status = 'landed')"
    " where file_id = (select min(file_id) from audit.file where status = 'superseded')": "audit.file S",
    "delete from audit.delivery where file_id = (select min(file_id) from audit.delivery)": "audit.delivery D",
    "update audit.delivery set records = records * 2 where file_id = (select min(file_id) from audit.delivery)":
        "audit.delivery D",
    "delete from quarantine.row where file_id = (select min(file_id) from quarantine.row)": "quarantine.row Q",
    "update quarantine.row set status = 'dismissed' where file_id = (select min(file_id) from quarantine.row)":
        "quarantine.row Q",
    **{
        f"update audit.release set {change} where release_id = 1": "audit.release 1"
        for change in ("published_at = published_at + interval '1 day'", "inputs_hash = 'x'", "owner_run = 'x'",
                       "reason = 'x'", "reason_id = 'x'", "label = 'x'")
    },
    "update audit.release_table set fingerprint = 'x' where release_id = 2 and mart = 'rpt_program_coverage'":
        "audit.release_table 2",
    "update audit.linkage_figure set value = value + 1 where release_id = 1 and figure = 'total'":
        "audit.linkage_figure 1",
    "delete from audit.linkage_figure where release_id = 2": "audit.linkage_figure 2",
    'update intermediate.int_person_record set "row" = "row" + 1 where record_key ='
    " (select min(record_key) from intermediate.int_person_record)": "intermediate.int_person_record newest",
    "delete from intermediate.int_person_record where record_key ="
    " (select max(record_key) from intermediate.int_person_record)": "intermediate.int_person_record newest",
    # two people are one
    "update identity.link set person_id = (select min(person_id) from identity.link)"
    " where person_id = (select max(person_id) from identity.link)": "identity.link newest",
    **{
        f"update identity.link set {change} where ctid = (select min(ctid) from identity.link)": "identity.link newest"
        for change in ("explanation = 'x'", "explanation_id = 'x'", "match_probability = 0.123",
                       "compared_with = 'x'", "match_kind = case match_kind when 'nik' then 'single' else 'nik' end")
    },
    "update identity.nik_suggestion set confidence = 0.999 where ctid ="
    " (select min(ctid) from identity.nik_suggestion)":
        "identity.nik_suggestion newest",
    "insert into identity.person_event (release_id, kind, person_id, other_person_id, records, explanation,"
    " explanation_id) select 1, 'merge', min(person_id), max(person_id), 1, 'x', 'x' from identity.person_key":
        "identity.person_event newest",
    "update audit.open_data_cell set suppressed = 'added' where suppressed is null": "audit.open_data_cell 1",
    "delete from audit.open_data_cell where ctid = (select min(ctid) from audit.open_data_cell)":
        "audit.open_data_cell 1",
    "delete from audit.export_sketch": "audit.export_sketch 1",
    "insert into audit.rebuild (events, last_hash, finished_at, is_same, found) values (1, 'x', now(), true, '{}')":
        "audit.rebuild 1",
    "update identity.person_nik set person_id = (select min(person_id) from identity.person_nik)"
    " where ctid = (select max(ctid) from identity.person_nik)": "identity.person_nik newest",
    "insert into identity.person_redirect select max(person_id), min(person_id), 1 from identity.person_key":
        "identity.person_redirect newest",
    "update identity.person_key set split_from = 1 where person_id = (select max(person_id) from identity.person_key)":
        "identity.person_key newest",
}  # fmt: skip
WHICH = {
    "F": f"select {FILE}",
    "G": "select min(file_id) from audit.gate_failure",
    "S": "select min(file_id) from audit.file where status = 'superseded'",
    "D": "select min(file_id) from audit.delivery",
    "Q": "select min(file_id) from quarantine.row",
}


def test_nothing_is_told_of_a_warehouse_that_nobody_altered(conn):
    assert told(conn) == []


@pytest.mark.parametrize("statement", EDITS)
def test_every_edit_is_told(conn, statement):
    expected = EDITS[statement]
    letter = expected[-1]
    if letter in WHICH:
        (name,) = conn.execute(WHICH[letter]).fetchone()
        expected = f"{expected[:-1]}{name}"
    assert conn.execute(statement).rowcount > 0, "nothing was altered"
    found = told(conn)
    assert any(one.startswith(f"{expected}: ") for one in found), found
    assert len(found) <= 2 and not NUMBER.search(" ".join(found)), found


def test_an_event_of_before_holds_nothing_and_is_no_problem(conn):
    """A ledger from before digests were told: nothing turns red, and nothing is held."""
    conn.execute("alter table audit.ledger disable trigger append_only")
    conn.execute("update audit.ledger set detail = detail - 'held'")
    conn.execute("update audit.linkage_figure set value = value + 1")
    assert told(conn) == []


def test_an_act_tells_what_it_changed_and_not_what_was_altered_before_it():
    """An erasure, say: whoever had altered a register is not excused by it."""
    before = {"audit.file": {"a": "1"}, "audit.delivery": {"a": "x"}}
    after = {"audit.file": {"a": "2", "b": None}, "audit.gate_failure of release": {"7": "y"}}
    assert ledger_held.more(after, before) == {
        "audit.file": {"b": None},
        "audit.gate_failure of release": {"7": "y"},
    }


def test_a_release_that_builds_no_records_tells_of_them_what_was_told_before(there):
    """Of an altered table no release says that it is as it should be."""
    name = ledger_held.RECORDS
    with connect() as conn:
        conn.execute(f'update {name} set "row" = "row" + 1')
    there.publish(3)
    with connect() as conn:
        first, second, third = (held for (held,) in conn.execute(
            "select detail -> 'held' -> %s ->> 'newest' from audit.ledger where kind = 'release.attached'"
            " order by event_id", (name,)
        ))  # fmt: skip
        assert first != second == third
        assert told(conn) == [f"{name} newest: not the rows that the ledger tells"]
        conn.execute(f'update {name} set "row" = "row" - 1')
        assert told(conn) == []


def test_an_erasure_tells_what_it_changed_and_excuses_nobody(there):
    """Addresses of door 2, files written anew, records that are gone; what was altered before it stays told."""
    with connect() as conn:
        conn.execute(
            "update audit.linkage_figure set value = value + 1 where release_id = 1 and figure = 'total'"
        )
        found = conn.execute(
            "select (address ->> 'person_id')::bigint from audit.gate_failure where door = 'publication'"
            " and address ->> 'person_id' is not null order by 1 limit 1"
        ).fetchone()
    assert found
    try:
        erasure.erase(found[0], WHY, "Budi", "Ani")
    finally:
        vault.path(erased.MARKS).unlink(missing_ok=True)
    with connect() as conn:
        (held,) = conn.execute(
            "select detail -> 'held' from audit.ledger where kind = 'erasure.deleted'"
        ).fetchone()
        problems = [one for one in told(conn) if "vault" not in one]
    assert {"audit.file", "audit.gate_failure of release", ledger_held.RECORDS} <= held.keys()
    assert "audit.linkage_figure" not in held
    assert problems == ["audit.linkage_figure 1: not the rows that the ledger tells"]
