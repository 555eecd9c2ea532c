"""What somebody who owns the database alters by hand, in published figures and in registers, is told by the ledger."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from typer.testing import CliRunner

from simpul import ledger, release
from simpul.cli import app
from simpul.clock import now
from simpul.database import connect
from simpul.gate import waivers
from simpul.ledger import Decision
from simpul.release.fingerprint import fingerprint, release_hash
from simpul.trust import registers
from tests.release.conftest import Workshop

WHY = Decision("siti", "a test", "sebuah uji")


@pytest.fixture
def shop(fresh_warehouse):
    Workshop.deliver("aaaaaaaaaaaaaaaa")
    for _ in range(2):
        Workshop.publish(rows=5)
    return Workshop()


def run(*statements: str) -> None:
    with connect() as conn:
        for statement in statements:
            conn.execute(statement)


def altered() -> tuple[list[str], list[str]]:
    with connect() as conn:
        found = release.altered(conn)
    return [english for english, _ in found.problems], [english for english, _ in found.notes]


def said() -> list[str]:
    with connect() as conn:
        return [one.split(" · ")[0] for one in registers.problems(conn)]


def verified(*words: str) -> list[str]:
    """What `simpul verify` says of published tables and registers."""
    found = json.loads(CliRunner().invoke(app, ["verify", "--json", *words]).stdout)["findings"]
    return [one["problem"] for one in found if one["problem"].startswith(("release", "audit."))
            and "no anchor tells of it" not in one["problem"]]  # fmt: skip


def test_a_figure_that_was_altered_by_hand_is_told_for_every_release_that_shows_it(shop):
    assert altered() == ([], []) and verified() == []
    # as if the second release had carried the table over
    run(
        "update audit.release_table set stored_in = 1 where release_id = 2 and mart = 'fct_poverty'",
        "update audit.release set tables = jsonb_set(tables, '{fct_poverty}', (select tables -> 'fct_poverty'"
        " from audit.release where release_id = 1)) where release_id = 2",
    )
    assert altered()[0] == [
        "release 2: the register's hashes of its tables (fct_poverty) are not those of the ledger"
    ]
    run("update release.fct_poverty__r1 set p0_percent = 4.4 where region_code = '12.01'")
    told = "release.fct_poverty__r1 was altered since it was attached: shown by release 1, 2"
    assert told in altered()[0]
    assert any(one.startswith(told) and "diubah sejak disimpan" in one for one in verified())
    assert told not in " ".join(verified("--fast")), "tables are not read"


def test_whoever_alters_the_hash_as_well_contradicts_the_ledger(shop):
    run("delete from release.person__r2 where person_id = 1")
    assert altered()[0] == [
        "release.person__r2 has lost or gained rows since it was attached: shown by release 2"
    ]
    with connect() as conn:
        tables = conn.execute("select tables from audit.release where release_id = 2").fetchone()[0]
        columns = tables["person"]["columns"]
        rows, digest = fingerprint(conn, "release", "person__r2", columns)
        tables["person"] |= {"rows": rows, "content_hash": digest}
        conn.execute(
            "update audit.release set tables = %s, content_hash = %s where release_id = 2",
            (json.dumps(tables), release_hash(tables)),
        )
    assert altered()[0] == [
        "release 2: the register's hashes of its tables (person) are not those of the ledger"
    ]
    assert said() == ["audit.release 2: content_hash is not what the ledger tells"]


def test_what_an_erasure_took_out_is_counted_and_no_more_than_that(shop):
    run("delete from release.person__r2 where person_id = 1")
    with connect() as conn:
        ledger.append(conn, "erasure.deleted", "1", {"rows": 1, "release": {"person__r2": 1}})
    problems, notes = altered()
    assert problems == []
    assert notes == ["release.person__r2: erasure 1 took rows out, so only their number is compared"]
    run("delete from release.person__r2 where person_id = 2")
    assert altered()[0] == [
        "release.person__r2 has lost or gained rows since it was attached: shown by release 2"
    ]


def test_rows_of_registers_say_what_the_ledger_tells(shop):
    with connect() as conn:
        until = (now() + timedelta(3)).date()
        number = waivers.ask(conn, "dinsos.kks_payment", "jenis_bansos_known", until, WHY)
        waivers.approve(conn, number, Decision("budi", "seen", "dilihat"))
    assert said() == []
    for statement, told in {
        "update audit.waiver set until = until + 100": "audit.waiver 1: until is not what the ledger tells",
        "update audit.waiver set approved_by = 'ani'": "audit.waiver 1: approved_by is not what the ledger tells",
        "update audit.gate_result set waiver_id = null; delete from audit.waiver":
            "audit.waiver 1: the ledger tells of it, and it is gone",
        "insert into audit.person_region_grant (role_name, region_code, granted_by) values ('x', '00', 'y')":
            "audit.person_region_grant x 00: the ledger tells of no such row",
        "insert into audit.export (exported_by, application, key_id, role_name, relation, columns, identity_columns,"
        " filter, release_id, finished_at) values ('x', 'h', 'k', 'auditor', 'marts.p', '{a}', '{}', '{}', 1, now())":
            "audit.export 1: the ledger tells of no such row",
        "update audit.release set is_pinned = true where release_id = 1":
            "audit.release 1: is_pinned is not what the ledger tells",
        "update audit.release_pointer set release_id = 1": "release 1 is shown, the ledger tells of release 2",
    }.items():  # fmt: skip
        with connect() as conn:
            conn.execute(statement)
            found = [one.split(" · ")[0] for one in registers.problems(conn)]
            assert found == [told], statement
            conn.rollback()
    run("update audit.waiver set until = until + 100")
    assert any("audit.waiver 1: until" in one for one in verified("--fast"))
