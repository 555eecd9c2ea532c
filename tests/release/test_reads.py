"""Whoever reads a table about persons by SQL is told by the server's log: who, which table, when, and no value."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from typer.testing import CliRunner

from simpul import database
from simpul.cli import app
from simpul.clock import WIB
from simpul.database import connect
from simpul.identifying import IDENTIFYING
from simpul.stack import postgres
from simpul.trust import reads
from tests.release.test_rights import grant

NAME = "ORANG 7"


@pytest.fixture
def log(shop, simpul_home: Path) -> Path:
    """The log of the tests' server, with one release published."""
    shop.publish()
    return simpul_home / "postgres" / "server.log"


@pytest.fixture
def noted(log: Path, eventually):
    """Role and table of the reads since it was last asked, once so many are there."""
    told = [len(_all(log))]

    def since(number: int) -> list[tuple[str, str]]:
        eventually(lambda: len(_all(log)) >= told[0] + number)
        new = _all(log)[told[0] :]
        told[0] += len(new)
        return [(one.role, one.relation) for one in new]

    return since


def _all(log: Path) -> list[reads.Read]:
    with connect() as conn:
        return reads.reads(conn, log=log)


def test_each_statement_is_one_line_with_role_table_and_release(shop, noted, log):
    grant("caseworker", "12")
    began = datetime.now(UTC) - timedelta(seconds=1)
    with connect(role="steward", autocommit=True) as steward:
        steward.execute("select * from person").fetchall()
        steward.execute("select count(*) from person where name = %s", (NAME,)).fetchall()
    assert noted(2) == [("steward", "person")] * 2
    with connect(role="caseworker", autocommit=True) as caseworker:
        caseworker.execute("select * from person limit 1").fetchall()
    assert noted(1) == [("caseworker", "person")]
    newest = _all(log)[-1]
    assert (newest.release, newest.at >= began) == (1, True)
    assert NAME not in log.read_text(encoding="utf-8", errors="replace")
    asked = ["access", "reads", "--log", str(log), "--since", f"{began:%Y-%m-%dT%H:%M:%S}", "--json"]
    done = CliRunner().invoke(app, asked)
    assert done.exit_code == 0, done.output
    assert [one["role"] for one in json.loads(done.output)][-3:] == ["steward", "steward", "caseworker"]


def test_neither_a_rollback_nor_a_read_only_transaction_nor_a_cursor_hides_it(noted):
    with connect(role="steward") as steward:
        steward.execute("set transaction read only")
        steward.execute("select from person limit 1")
        steward.rollback()
        steward.execute("declare names cursor for select * from person")
        steward.execute("fetch 1 from names")
        steward.rollback()
        with pytest.raises(psycopg.errors.DivisionByZero):
            steward.execute("select 1 / (person_id - person_id) from person")
    assert noted(3) == [("steward", "person")] * 3


def test_what_returns_no_row_is_a_read_and_a_plan_is_none(noted):
    with connect(role="steward", autocommit=True) as steward:
        steward.execute("explain select * from person")
        steward.execute("prepare one as select * from person where name = $1")
        steward.execute("execute one ('nobody')")
        steward.execute("explain analyze select * from person")
    assert noted(2) == [("steward", "person")] * 2


def test_the_reader_can_neither_switch_it_off_nor_speak_for_another(noted):
    forged = 'x LOG:  simpul read {"role": "auditor", "relation": "y"}'
    with connect(role="steward", autocommit=True) as steward:
        for setting in (
            "log_min_messages = 'panic'",
            "log_destination = 'csvlog'",
            "logging_collector = off",
        ):
            with pytest.raises(psycopg.errors.Error):
                steward.execute(f"set {setting}")
        steward.execute("select set_config('application_name', %s, false)", (forged,))
        steward.execute('do $$ begin raise log \'simpul read {"role": "auditor", "relation": "y"}\'; end $$')
        steward.execute("set search_path = pg_temp")
        steward.execute("select from marts_person.person")
    assert noted(1) == [("steward", "person")]
    for role in ("steward", "caseworker", "bi_reader", "auditor", "loader", "transformer"):
        with connect(role=role) as conn, pytest.raises(psycopg.errors.InsufficientPrivilege):
            conn.execute("select audit.note_read('person')")
    with (
        connect() as owner,
        pytest.raises(psycopg.errors.UndefinedTable),
    ):  # nor put a word of his choice there
        owner.execute("select audit.note_read(%s)", (NAME,))


def test_before_anything_is_published_a_view_can_be_read(shop, noted):
    with connect() as conn:
        conn.execute("update audit.release_pointer set release_id = null")
    with connect(role="steward") as steward:
        assert steward.execute("select * from person").fetchall() == []
    assert noted(1) == [("steward", "person")]


def test_the_index_is_used_as_without_it(shop, log):
    with connect(role="steward") as steward:
        steward.execute("set enable_seqscan = off")
        plan = "\n".join(
            line for (line,) in steward.execute("explain select * from person where person_id = 3").fetchall()
        )
    assert "Index" in plan and "InitPlan" in plan


def _without_indexes(session: psycopg.Connection) -> None:
    session.execute("set enable_indexscan = off; set enable_bitmapscan = off; set enable_indexonlyscan = off")


def test_how_much_was_fetched_is_told_until_the_next_read(log, noted):
    """At once, although the session goes on, and to whom it was, although others read in between."""
    grant("caseworker", "12.07")
    with connect() as owner:
        ids = owner.execute(
            "select person_id from release.person where region_code like '12.07%' limit 3"
        ).fetchall()
    with (
        connect(role="steward", autocommit=True) as steward,
        connect(role="caseworker", autocommit=True) as caseworker,
    ):
        _without_indexes(steward)
        read = []
        for one in ids:
            read.append(("steward", len(steward.execute("select * from person").fetchall())))
            seen = caseworker.execute("select * from person where person_id = %s", one).fetchall()
            assert len(seen) == 1
            read.append(("caseworker", 1))
        noted(6)
        told = _all(log)[-6:]
    assert [one.role for one in told] == [role for role, _ in read]
    assert all((one.rows or 0) >= rows for one, (_, rows) in zip(told, read, strict=True)), (
        [(one.role, one.rows) for one in told],
        read,
    )
    assert sum(one.rows or 0 for one in told if one.role == "caseworker") < read[0][1], "nobody's copy is his"


def test_in_an_open_transaction_others_are_counted_as_they_read(log, noted):
    """Its own reads are counted when it ends (ADR 0055); what others read meanwhile is not hidden by it."""
    grant("caseworker", "12.07")
    with connect(role="steward") as steward, connect(role="caseworker", autocommit=True) as caseworker:
        _without_indexes(caseworker)
        steward.execute("select * from person limit 1")
        seen = len(caseworker.execute("select * from person").fetchall())
        everybody = len(steward.execute("select * from person").fetchall())
        noted(3)
        assert (_all(log)[-2].rows or 0) >= seen > 0
        steward.commit()
        assert (_all(log)[-1].rows or 0) >= everybody


def test_lines_of_another_form_are_no_reads(tmp_path, shop):
    shop.publish()
    path = tmp_path / "server.log"
    whole = '2026-11-27 20:44:34.080 UTC [1] [unknown] LOG:  simpul read {"role": "steward", "relation": "person"}'
    path.write_text(
        "\n".join([whole[:-9], whole, whole.replace(" UTC", " WIB"), f"{whole} FATAL:  x", "LOG:  x"])
    )
    assert [(one.role, one.rows) for one in _all(path)] == [("steward", None)]


def test_the_page_for_auditors_counts_by_day_role_and_table(log, noted, tmp_path):
    with connect(role="steward", autocommit=True) as steward:
        steward.execute("select * from person where name = %s", (NAME,)).fetchall()
    noted(1)
    with connect() as conn:
        page = reads.write_page(conn, tmp_path, log=log).read_text(encoding="utf-8")
    day = datetime.now(WIB).date()
    today = sum(
        one.role == "steward" and one.relation == "person" and one.at.astimezone(WIB).date() == day
        for one in _all(log)
    )
    assert f'<td>steward</td><td><code>person</code></td><td class="n">{today}</td>' in page
    assert NAME not in page


def test_the_embedded_server_is_told_to_write_such_lines(warehouse):
    with database._open(postgres.dsn(), autocommit=True) as admin:
        assert admin.execute("show log_min_messages").fetchone() == ("fatal",)
    with connect() as conn:
        assert conn.execute(
            "select 'log_min_messages=log' = any(proconfig) from pg_proc"
            " where oid = 'audit.note_read(text)'::regprocedure"
        ).fetchone() == (True,)


def test_beside_the_views_that_note_it_a_steward_reads_no_number_and_no_key(shop):
    """What says who belongs together he reads; whose number it is stands in `marts_person` alone."""
    with connect() as conn:
        conn.execute("create table identity.made_later (nik text)")
        columns = conn.execute(
            "select relname, attname::text, has_column_privilege('steward', pg_class.oid, attname, 'select')"
            " from pg_class join pg_attribute on attrelid = pg_class.oid"
            " where relnamespace = 'identity'::regnamespace and relkind in ('r', 'p', 'v', 'm')"
            " and attnum > 0 and not attisdropped"
        ).fetchall()
        conn.rollback()
    naming = {
        (table, column)
        for table, column, _ in columns
        if column in IDENTIFYING | {"anchor", "compared_with"} or column.startswith("record_key")
    }
    assert {(table, column) for table, column, is_read in columns if not is_read} == naming
    assert {
        ("person_nik", "nik"),
        ("link", "record_key"),
        ("link", "compared_with"),
        ("made_later", "nik"),
    } <= naming
    with connect(role="steward") as steward:
        steward.execute("select person_id, match_kind, explanation_id from identity.link").fetchall()
        for asked in (
            "nik from identity.person_nik",
            "* from identity.link",
            "n from identity.nik_suggestion n",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                steward.execute(f"select {asked}")
            steward.rollback()
