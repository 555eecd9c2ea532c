"""The rights matrix: what the catalogue says every role may read is what it reads when it asks, and nothing else."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from psycopg import sql
from typer.testing import CliRunner

from simpul import release
from simpul.cli import app
from simpul.database import connect, ensure_database, warehouse_dsn
from simpul.release import rights
from simpul.settings import get_settings
from simpul.stack import postgres
from simpul.trust import checking
from simpul.trust.matrix import matrix
from tests.release.trying import READERS, ROLES, may, statistics, told, tried

PERSONS = "select count(*) from marts_person.person"
REGIONS = "select region_code, count(*) from marts_person.person group by 1 order by 1"


def check() -> list[tuple[str, str]]:
    with connect() as conn:
        return [(one.subject, one.problem) for one in checking.check(conn)]


def do(*statements: str) -> None:
    with connect() as conn:
        for statement in statements:
            conn.execute(statement)


def grant(*regions: str) -> None:
    for region in regions:
        do(
            f"insert into audit.person_region_grant (role_name, region_code) values ('caseworker', '{region}')"
        )


def holds() -> None:
    """Nothing is unexpected, every role reads what the matrix says, and a caseworker the persons of 12.07 alone."""
    assert check() == []
    with connect() as conn:
        found = matrix(conn)
    for role in ROLES:
        assert tried(role) == told(found, role), role
    with connect() as conn:
        everybody = dict(conn.execute(REGIONS).fetchall())
    with connect(role="caseworker") as conn:
        assert dict(conn.execute(REGIONS).fetchall()) == {"12.07.01": everybody["12.07.01"]}
    right = found.of("caseworker", "marts_person.person")
    assert right and (right.rows, right.regions) == ("own regions", ["12.07"])


@pytest.fixture
def granted(shop):
    shop.publish()
    grant("12.07")
    return shop


def test_the_matrix_is_what_each_role_reads_when_it_asks(granted):
    holds()


def test_it_holds_after_a_rebuild_a_new_release_a_rollback_and_in_a_pinned_session(granted):
    granted.publish()
    holds()
    granted.publish(batch=7)
    holds()
    release.rollback()
    holds()
    with connect(role="caseworker") as conn:
        for number in (1, 2):
            conn.execute(f"set simpul.release_id = {number}")
            assert [region for region, _ in conn.execute(REGIONS)] == ["12.07.01"]


def test_who_reads_is_shown_to_people_and_programs(granted):
    shown = CliRunner().invoke(app, ["access", "matrix"]).output
    (line,) = [line for line in shown.splitlines() if "marts_person.person" in line and "caseworker" in line]
    assert line.endswith("12.07")
    (line,) = [line for line in shown.splitlines() if "quarantine.row" in line and "auditor" in line]
    assert "all but raw" in line
    found = json.loads(CliRunner().invoke(app, ["access", "matrix", "--json"]).output)
    assert {one["relation"] for one in found["rights"] if one["role"] == "bi_reader" and one["may_name"]} == {
        "marts.fct_poverty",
        "marts.rpt_poverty_position",
    }
    assert "name" in found["relations"]["marts_person.person"]


# what somebody did by hand → what is told of it
ALTERED = [
    (
        "grant select (name) on release.person__r1 to auditor",
        ("release.person__r1", "auditor may read name"),
    ),
    ("grant usage on schema release to bi_reader", ("release.fct_poverty", "bi_reader may read every column")),
    ("grant select on quarantine.row to public; grant usage on schema quarantine to bi_reader",
     ("quarantine.row", "bi_reader may read every column")),
    ("grant select on quarantine.row to auditor", ("quarantine.row", "auditor may read raw")),
    ("grant select on audit.person_region_grant to transformer",
     ("audit.person_region_grant", "transformer may read every column")),
    ("create view marts.careless as select * from release.person; grant select on marts.careless to bi_reader",
     ("marts.careless", "it reads with its owner's rights (security_invoker is off)")),
    ("alter view marts_person.person reset (security_invoker)",
     ("marts_person.person", "it reads with its owner's rights (security_invoker is off)")),
    ("create view audit.copy as select * from release.person__r1",
     ("audit.copy", "auditor reads it with its owner's rights")),
    ("create materialized view audit.copy as select * from release.person",
     ("audit.copy", "auditor reads it with its owner's rights")),
    ("create table marts.copy as select name, region_code from release.person; grant select on marts.copy to bi_reader",
     ("marts.copy", "bi_reader may read name")),
    ("create table marts.copy as select region_code from release.person",
     ("marts.copy", "it is no view of a published table")),
    ("drop policy caseworker_own_regions on release.person", ("marts_person.person", "caseworker reads nothing of it")),
    ("drop policy steward_all on release.person", ("marts_person.person", "steward reads nothing of it")),
    ("drop policy owner_in_person on release.person",
     ("release.person", "its rights or row rights are not those it was given")),
    ("alter policy caseworker_own_regions on release.person using (true)",
     ("marts_person.person", "caseworker reads every row, not only those of its regions")),
    ("alter policy caseworker_own_regions on release.person"
     " using (region_code like any (audit.person_region_patterns()) or region_code = '12.08')",
     ("release.person", "its rights or row rights are not those it was given")),
    # the condition of before stands in it, and every row is shown
    ("alter policy caseworker_own_regions on release.person"
     " using (region_code like (select (audit.person_region_patterns())[1]) or region_code is not null)",
     ("marts_person.person", "which rows caseworker reads is decided by another condition than its regions")),
    ("alter policy caseworker_own_regions on release.person to caseworker, bi_reader",
     ("release.person", "its rights or row rights are not those it was given")),
    ("drop policy owner_in_person on release.person; create policy owner_in_person on release.person to simpul"
     " using ((select pg_has_role(session_user, 'simpul', 'member'))) with check (false)",
     ("release.person", "its rights or row rights are not those it was given")),
    ("create policy more on release.person for insert to steward with check (true)",
     ("release.person", "its rights or row rights are not those it was given")),
    ("alter table release.fct_poverty enable row level security; create policy part on release.fct_poverty"
     " using (region_code not like '12.07%')",
     ("release.fct_poverty", "its rights or row rights are not those it was given")),
    ("alter table release.person disable row level security",
     ("marts_person.person", "caseworker reads every row, not only those of its regions")),
    ("alter table release.person no force row level security",
     ("release.person", "its rights or row rights are not those it was given")),
    ("revoke select on marts.fct_poverty from bi_reader", ("marts.fct_poverty", "bi_reader reads nothing of it")),
    ("alter table release.fct_poverty add column nik text",
     ("release.fct_poverty", "nik: no view shows it, it was added by hand")),
    ("create function audit.peek() returns bigint language sql security definer"
     " as 'select count(*) from release.person'",
     ("audit.peek()", "it runs with its owner's rights and is not declared")),
    ("alter function audit.current_day() reset search_path",
     ("audit.current_day()", "who calls it may choose its search path")),
    ("grant execute on function audit.current_day() to public", ("audit.current_day()", "everybody may call it")),
    ("grant create on schema marts to caseworker", ("schema marts", "caseworker may make tables in it")),
    ("grant insert on audit.person_region_grant to caseworker",
     ("audit.person_region_grant", "caseworker may change it")),
    ("grant insert on audit.ledger to transformer", ("audit.ledger", "transformer may change it")),
    ("grant update (content_hash) on audit.release to loader", ("audit.release", "loader may change it")),
    ("grant usage on all sequences in schema audit to loader",
     ("audit.waiver_waiver_id_seq", "loader may change it")),
    ("grant delete on quarantine.row to loader", ("quarantine.row", "loader may change it")),
    ("grant update on identity.link to transformer", ("identity.link", "transformer may change it")),
    ("create table candidate.mine (n int); alter table candidate.mine owner to transformer;"
     " alter table candidate.mine set schema release",
     ("release.mine", "transformer may change it")),
    ("alter default privileges in schema audit grant insert, update on tables to transformer",
     ("default privileges in audit", "transformer will be given insert on what the owner makes there")),
    ("alter default privileges in schema raw grant select on tables to auditor",
     ("default privileges in raw", "auditor will be given select on what the owner makes there")),
    ("alter role caseworker set search_path = elsewhere, marts",
     ("sessions of caseworker", "search_path is set otherwise than declared")),
    ("alter role bi_reader set row_security = off",
     ("sessions of bi_reader", "row_security is set otherwise than declared")),
    ("alter role caseworker reset default_transaction_read_only",
     ("sessions of caseworker", "default_transaction_read_only is not set as declared")),
    ("alter role bi_reader reset search_path", ("sessions of bi_reader", "search_path is not set as declared")),
    ("alter role auditor set statement_timeout = 0",
     ("sessions of auditor", "statement_timeout is set otherwise than declared")),
    ("grant create on schema identity to transformer", ("schema identity", "transformer may make tables in it")),
    ("create or replace function audit.person_region_patterns() returns text[] language sql stable parallel safe"
     " security definer set search_path = pg_catalog, pg_temp as $$ select array['%'] $$",
     ("audit.person_region_patterns()", "it does something else than its migration made it do")),
    ("create or replace function audit.note_read(relation text) returns boolean language sql security definer"
     " set search_path = pg_catalog, pg_temp as $$ select true $$",
     ("audit.note_read(relation text)", "it does something else than its migration made it do")),
    ("alter function audit.note_read security invoker",
     ("audit.note_read(text)", "it is gone, or runs without its owner's rights")),
    ("create or replace view marts.fct_poverty with (security_invoker) as select _release_id, _as_of, region_code,"
     " year, p0_percent - 10 as p0_percent, batch, measured_at from release.fct_poverty"
     " where _release_id = (select audit.stored_in('fct_poverty', audit.current_release()))",
     ("marts.fct_poverty", "it shows something else than the rows of its table")),
    ("create or replace view marts_person.person with (security_invoker) as select (select audit.current_release())"
     " as _release_id, (select audit.current_day()) as _as_of, person_id, name, regency_code, region_code"
     " from release.person where _release_id = (select audit.stored_in('person', audit.current_release()))",
     ("marts_person.person", "it shows something else than the rows of its table")),  # and leaves no line
    ("create function marts.restatement(bigint, bigint) returns table (change numeric) language sql as 'select 0.0'",
     ("marts.restatement(bigint, bigint)", "it compares releases otherwise than the project does")),
]  # fmt: skip


def test_what_was_altered_by_hand_is_named(granted):
    for statements, finding in ALTERED:
        with connect() as conn:
            for statement in statements.split("; "):
                conn.execute(statement)
            found = {(one.subject, one.problem): one.hint for one in checking.found_in(conn)}
            assert found.get(finding), (statements, found)
            conn.rollback()
    assert check() == []


# what is read or hidden by it, tried out: altered or not, the matrix tells the truth
TRIED = (
    "grant select (name) on release.person__r1 to auditor; grant usage on schema release to bi_reader, auditor",
    "create view marts.careless as select * from release.person; grant select on marts.careless to bi_reader",
    "create view audit.copy as select * from release.person__r1",
    "alter view marts_person.person reset (security_invoker); revoke select on release.person from caseworker",
    "create view marts.hopeless with (security_invoker) as select * from identity.person_key;"
    " grant select on marts.hopeless to bi_reader",
    "revoke select on marts.fct_poverty from bi_reader; grant usage on schema quarantine to public;"
    ' grant select (file_id) on quarantine."row" to public',
)


def test_altered_or_not_the_matrix_tells_what_is_read(granted):
    for statements in TRIED:
        do(*statements.split(";"))
    assert check()
    with connect() as conn:
        found = matrix(conn)
    for role in ROLES:
        assert tried(role) == told(found, role)
    assert granted.ask("select count(*) from marts.careless", role="bi_reader") == [(0,)]
    assert granted.ask("select count(*) from audit.copy", role="auditor") == [(500,)], (
        "a partition has no row rights"
    )


def test_the_commands_say_what_is_wrong_and_what_to_do(fresh_warehouse):
    for command in (["access", "check"], ["verify"]):
        assert CliRunner().invoke(app, command).exit_code == 0
    do("grant usage on schema audit to bi_reader", "grant select on audit.ledger to bi_reader")
    for command in (["access", "check"], ["access", "check", "--json"], ["verify"], ["verify", "--json"]):
        done = CliRunner().invoke(app, command)
        assert done.exit_code == 1
        assert "bi_reader may read every column" in done.output
        assert "revoke all on audit.ledger from bi_reader" in done.output


def test_a_dropped_policy_shows_nobody_and_the_next_release_mends_it(granted):
    do("drop policy caseworker_own_regions on release.person")
    assert granted.ask(PERSONS, role="caseworker") == [(0,)]
    assert ("marts_person.person", "caseworker reads nothing of it") in check()
    granted.publish()
    holds()


WIDE = "region_code like (select (audit.person_region_patterns())[1]) or region_code is not null"


def test_who_widens_a_policy_and_what_stands_beside_it_is_named_and_the_next_release_mends_it(granted):
    """Whoever may alter a policy may alter the comment on it, too: neither tells what it should be."""
    named = "policy caseworker_own_regions on release.person"
    do(f"alter {named} using ({WIDE})")
    with connect() as conn:
        (printed,) = conn.execute(
            "select polcmd::text || ' ' || pg_get_expr(polqual, polrelid) from pg_policy where polname = %s",
            ("caseworker_own_regions",),
        ).fetchone()
        conn.execute(
            sql.SQL("comment on " + named + " is {}").format(sql.Literal(f"{printed}\n{rights._OWN_REGIONS}"))
        )
    assert granted.ask(PERSONS, role="caseworker") == [(450,)]
    assert check() == [
        (
            "marts_person.person",
            "which rows caseworker reads is decided by another condition than its regions",
        ),
        ("release.person", "its rights or row rights are not those it was given"),
    ]
    with connect() as conn:
        assert matrix(conn).of("caseworker", "marts_person.person").rows == "other"
    assert CliRunner().invoke(app, ["verify"]).exit_code == 1
    granted.publish()
    holds()


def test_a_policy_that_hides_rows_of_a_mart_is_taken_away_by_the_next_release(granted):
    rows = granted.ask("select count(*) from marts.fct_poverty", role="bi_reader")
    do(
        "alter table release.fct_poverty enable row level security",
        "create policy part on release.fct_poverty using (region_code not like '12.07%')",
    )
    assert granted.ask("select count(*) from marts.fct_poverty", role="bi_reader") < rows
    assert check() == [("release.fct_poverty", "its rights or row rights are not those it was given")]
    granted.publish()
    assert granted.ask("select count(*) from marts.fct_poverty", role="bi_reader") == rows
    holds()


# what a role that nothing logs in as could do, and no register told of it
FORGED = {
    "transformer": (
        "insert into audit.waiver (door, scope, rule_code, until, why, asked_by, approved_by, approved_at)"
        " values ('landing', 'dinsos.dtks', 'nik_unique', now() + interval '1 year', 'x', 'Nobody', 'No One', now())",
        "insert into audit.ledger select * from audit.ledger limit 0",
        "update audit.gate_result set severity = 'warn'",
        "update audit.rule_version set owner = 'x'",
        "update audit.release set content_hash = repeat('0', 64)",
        "update audit.release_pointer set release_id = null",
        "delete from audit.release_input",
        "update identity.link set person_id = 1",
        "create table identity.mine (n int)",
    ),
    "loader": (
        "delete from audit.gate_result",
        "delete from audit.gate_failure",
        "insert into audit.ledger select * from audit.ledger limit 0",
        "update audit.file set status = 'landed'",
        "delete from quarantine.row",
        "create table quarantine.mine (n int)",
    ),
}


@pytest.mark.parametrize("role", FORGED)
def test_no_helper_is_a_second_owner_of_the_registers(granted, role):
    for statement in FORGED[role]:
        with connect(role=role, autocommit=True) as conn, pytest.raises(psycopg.errors.InsufficientPrivilege):
            conn.execute(statement)


@pytest.mark.parametrize("role", ROLES)
def test_nobody_changes_a_table_of_anothers_nor_one_to_come(granted, role):
    """Tried, whatever the catalogue says: every table, and one that the owner makes now in each schema."""
    with connect() as owner:
        schemas = [
            name
            for (name,) in owner.execute(
                "select nspname from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema'"
            )
        ]
        for schema in schemas:
            owner.execute(sql.SQL("create table {} (n int)").format(sql.Identifier(schema, "made_now")))
        tables = owner.execute(
            "select relnamespace::regnamespace::text, relname, (select attname from pg_attribute"
            "   where attrelid = c.oid and attnum > 0 and not attisdropped and attidentity = '' and attgenerated = ''"
            "   order by attnum limit 1)"
            " from pg_class c where relkind in ('r', 'p') and relnamespace::regnamespace::text = any(%s)",
            (schemas,),
        ).fetchall()
    assert len(tables) > 40
    with connect(role=role, autocommit=True) as conn:
        conn.execute("set default_transaction_read_only = off")
        for schema, table, column in tables:
            where, named = sql.Identifier(schema, table), sql.Identifier(column)
            for statement in (
                "insert into {0} ({1}) select null where false",
                "update {0} set {1} = null where false",
                "delete from {0} where false",
                "truncate {0}",
            ):
                assert not may(conn, sql.SQL(statement).format(where, named)), (schema, table, statement)


def test_powers_of_roles_are_named(granted):
    with psycopg.connect(postgres.dsn(), autocommit=True) as admin:
        admin.execute("create role nosy_test login password 'x' in role pg_read_all_data")
        admin.execute("create role deputy_test login password 'x' bypassrls in role caseworker")
        try:
            found = check()
        finally:
            admin.execute("drop role nosy_test; drop role deputy_test")
    assert ("nosy_test", "is a member of pg_read_all_data") in found
    assert ("marts_person.person", "nosy_test may read every column") in found
    assert ("deputy_test", "bypasses row rights") in found
    assert ("marts_person.person", "deputy_test reads every row, not only those of its regions") in found
    assert check() == []


OWNS = "is a member of simpul (makes roles, owns the warehouse)"
# a role made by hand, or a group of such → what is told of it; none of them was given a right on any table
MADE = [
    ("create role bob_test login in role simpul", "bob_test", OWNS),
    ("create role bob_test login noinherit in role simpul", "bob_test", OWNS),
    ("create role some_test in role simpul; create role bob_test login in role some_test", "bob_test", OWNS),
    ("create role bob_test login superuser", "bob_test", "is a superuser"),
    ("create role some_test superuser; create role bob_test login in role some_test", "bob_test",
     "is a member of some_test (a superuser)"),
    ("create role bob_test login bypassrls", "bob_test", "bypasses row rights"),
    ("create role bob_test login createrole", "bob_test", "makes roles"),
    ("create role bob_test login replication", "bob_test", "may copy the whole server (replication)"),
    ("create role some_test bypassrls; create role bob_test login in role some_test", "bob_test",
     "is a member of some_test (bypasses row rights)"),
    *((f"create role bob_test login in role {one}", "bob_test", f"is a member of {one}")
      for one in ("pg_read_all_data", "pg_write_all_data", "pg_read_server_files", "pg_write_server_files",
                  "pg_execute_server_program", "pg_read_all_stats")),
    ("create role some_test in role pg_monitor; create role bob_test login in role some_test", "bob_test",
     "is a member of pg_read_all_stats"),
    ("create role some_test superuser role steward", "steward", "is a member of some_test (a superuser)"),
]  # fmt: skip


@contextmanager
def as_superuser() -> Iterator[psycopg.Connection]:
    """A transaction in the warehouse that is taken back."""
    dsn = postgres.dsn(database=get_settings().dsn.rsplit("/", 1)[1])
    with psycopg.connect(dsn) as admin:
        yield admin
        admin.rollback()


def check_in(admin: psycopg.Connection) -> dict[tuple[str, str], str]:
    """As the owner sees what is not committed yet."""
    admin.execute("set local role simpul")
    found = {(one.subject, one.problem): one.hint for one in checking.found_in(admin)}
    admin.execute("reset role")
    return found


def test_whoever_may_become_more_is_named(granted):
    for statements, role, power in MADE:
        with as_superuser() as admin:
            admin.execute(statements)
            found = check_in(admin)
            assert (role, power) in found, (statements, found)
            if "simpul" in power or "a superuser" in power:
                assert {subject for subject, _ in found} == {role}, "once, not for every table"
                admin.execute("set local role simpul")
                told = matrix(admin)
                assert [one.name for one in told.roles if one.is_master] == [role]
                right = told.of(role, "marts_person.person")
                assert right and (right.rows, right.withheld, right.reads) == ("all", [], True)
    assert check() == []


def test_a_member_of_the_owner_really_reads_everybody_and_stands_in_the_matrix(granted, monkeypatch):
    with psycopg.connect(postgres.dsn(), autocommit=True) as admin:
        admin.execute("create role bob_test login password 'x' in role simpul")
        try:
            where = psycopg.conninfo.make_conninfo(warehouse_dsn(), user="bob_test", password="x")
            with psycopg.connect(where) as bob:
                assert bob.execute(PERSONS).fetchone() == (500,)
            shown = CliRunner().invoke(app, ["access", "matrix"]).output
            (line,) = [line for line in shown.splitlines() if "bob_test" in line]
            assert line.split() == ["bob_test", "everything", "all", "all"]
            for command in (["access", "check"], ["verify"]):
                done = CliRunner().invoke(app, command)
                assert done.exit_code == 1 and "bob_test: is a member of simpul" in done.output
            # somebody answers for him: he is shown and not told, and nobody of ours can be left out so
            monkeypatch.setenv("SIMPUL_ADMINISTRATORS", "bob_test, steward")
            get_settings.cache_clear()
            done = CliRunner().invoke(app, ["access", "check"])
            assert done.exit_code == 0 and "bob_test" in done.output, done.output
            assert "bob_test" in CliRunner().invoke(app, ["access", "matrix"]).output
            do("grant select on audit.ledger to steward")
            assert check() == [("audit.ledger", "steward may read every column")]
        finally:
            monkeypatch.undo()
            get_settings.cache_clear()
            admin.execute("drop role bob_test")


def test_roles_of_other_databases_are_told_only_if_they_reach_this_one(granted):
    with as_superuser() as admin:
        admin.execute("create role app_test; create role outsider_test login in role app_test")
        assert check_in(admin) == {}
        name = sql.Identifier(admin.info.dbname)
        admin.execute(sql.SQL("grant connect on database {} to outsider_test").format(name))
        assert list(check_in(admin)) == [("outsider_test", "is a member of app_test")]


# rights on what PostgreSQL brings → what is told
BROUGHT = [
    ("grant select on pg_statistic to auditor", ("pg_catalog.pg_statistic", "auditor was given select on it")),
    ("grant select (stavalues1) on pg_statistic to auditor",
     ("pg_catalog.pg_statistic (stavalues1)", "auditor was given select on it")),
    ("grant select on pg_statistic to public", ("pg_catalog.pg_statistic", "everybody was given select on it")),
    ("grant execute on function pg_read_binary_file(text) to bi_reader",
     ("function pg_read_binary_file(text)", "bi_reader was given execute on it")),
    ("create role some_test role bi_reader; grant execute on function pg_read_binary_file(text) to some_test",
     ("function pg_read_binary_file(text)", "some_test was given execute on it")),
    ("grant execute on function pg_ls_dir(text) to public",
     ("function pg_ls_dir(text)", "everybody was given execute on it")),
    ("grant execute on function lo_import(text) to auditor",
     ("function lo_import(text)", "auditor was given execute on it")),
    ("grant execute on function lo_create(oid) to caseworker",  # it was taken from everybody
     ("function lo_create(oid)", "caseworker was given execute on it")),
    ("grant set on parameter session_preload_libraries to caseworker",
     ("parameter session_preload_libraries", "caseworker was given set on it")),
    ("grant alter system on parameter log_statement to public",
     ("parameter log_statement", "everybody was given alter system on it")),
    ("create foreign data wrapper elsewhere_test; create server there_test foreign data wrapper elsewhere_test;"
     " grant usage on foreign server there_test to steward",
     ("foreign server there_test", "steward was given usage on it")),
    ("create foreign data wrapper elsewhere_test; grant usage on foreign data wrapper elsewhere_test to steward",
     ("foreign data wrapper elsewhere_test", "steward was given usage on it")),
    ("grant create on tablespace pg_default to loader", ("tablespace pg_default", "loader was given create on it")),
    ("do $$ begin execute (select format('grant select on pg_toast.%I to auditor', t.relname) from pg_class c"
     " join pg_class t on t.oid = c.reltoastrelid where c.oid = 'audit.ledger'::regclass); end $$",
     ("pg_toast.pg_toast_…", "auditor was given select on it")),
    ("select lo_create(0)", ("large objects", "there are 1, and Simpul makes none")),
]  # fmt: skip


def test_rights_on_what_the_server_brings_are_named(granted):
    for statements, finding in BROUGHT:
        with as_superuser() as admin:
            admin.execute(statements)
            # a TOAST table has its number in its name
            found = [(re.sub(r"toast_[0-9]+$", "toast_…", one), told) for one, told in check_in(admin)]
            assert set(found) - {("bi_reader", "is a member of some_test")} == {finding}, statements
    assert check() == []


def test_what_everybody_has_anyway_is_no_deviation(granted):
    with as_superuser() as admin:
        admin.execute("grant execute on function lower(text) to auditor; grant select on pg_class to auditor")
        assert check_in(admin) == {}


# ------------------------------------------------------------------------------------------------------- dump, restore
def program(name: str, *words: str, user: str = postgres.SUPERUSER) -> subprocess.CompletedProcess[str]:
    """One of the server's programs; the password goes by the environment, as anybody would hand it over."""
    where = psycopg.conninfo.conninfo_to_dict(warehouse_dsn())
    password = psycopg.conninfo.conninfo_to_dict(postgres.dsn(user))["password"]
    environment = {
        "PATH": os.defpath,
        "PGHOST": str(where["host"]),
        "PGPORT": str(where["port"]),
        "PGUSER": user,
        "PGPASSWORD": str(password),
    }
    return subprocess.run(
        [str(postgres.binaries() / name), *words],
        env=environment,
        text=True,
        capture_output=True,
        check=False,
    )


@contextmanager
def restored(dump: str) -> Iterator[None]:
    """Another database, with the roles that the server has, as docs/runbooks/containers.md restores it."""
    with psycopg.connect(postgres.dsn(), autocommit=True) as admin, pytest.MonkeyPatch.context() as patch:
        admin.execute(f"create database restored_test owner {postgres.OWNER}")
        try:
            done = program("pg_restore", "--exit-on-error", "-d", "restored_test", dump)
            assert done.returncode == 0, done.stderr
            patch.setenv("SIMPUL_DSN", postgres.dsn(postgres.OWNER, "restored_test"))
            get_settings.cache_clear()
            yield
        finally:
            patch.undo()
            get_settings.cache_clear()
            admin.execute("drop database restored_test with (force)")


@pytest.mark.parametrize("user", [postgres.SUPERUSER, postgres.OWNER])
def test_the_same_after_dump_and_restore(granted, tmp_path, user):
    dump = str(tmp_path / "warehouse.dump")
    name = get_settings().dsn.rsplit("/", 1)[1]
    done = program("pg_dump", "-Fc", "-f", dump, "-d", name, user=user)
    assert done.returncode == 0, done.stderr
    with connect() as conn:
        before = matrix(conn).rights
    with restored(dump):
        assert ("database", "bi_reader may make schemas or temporary tables") in check()
        ensure_database()
        holds()
        with connect() as conn:
            assert matrix(conn).rights == before
            assert conn.execute(PERSONS).fetchone() == (500,)


@pytest.mark.parametrize("role", READERS)
def test_no_reader_dumps_the_warehouse(granted, tmp_path, role):
    name = get_settings().dsn.rsplit("/", 1)[1]
    for words in ((), ("--enable-row-security",), ("-n", "marts_person"), ("-t", "release.person*")):
        done = program("pg_dump", *words, "-f", str(tmp_path / "dump.sql"), "-d", name, user=role)
        assert "ORANG" not in done.stderr
        text = (tmp_path / "dump.sql").read_text() if (tmp_path / "dump.sql").exists() else ""
        assert "ORANG" not in text
        assert done.returncode != 0 or "-n" in words, "a schema of views has no rows to dump"


# --------------------------------------------------------------------------------------------------------------- leaks
def test_statistics_show_no_cell_that_may_not_be_read(granted):
    with connect(autocommit=True) as conn:
        conn.execute("analyze")
        found = matrix(conn)
    assert ("release", "fct_poverty", "p0_percent") in statistics("bi_reader"), "what it reads anyway"
    for role in READERS:
        for schema, table, column in statistics(role):
            right = found.of(role, f"{schema}.{table}")
            assert right and column in right.columns and right.rows == "all"
            assert not (schema == "release" and table.startswith("person")), "row rights hide the samples"


def test_errors_quote_nobody_of_another_region(granted):
    """A cast that fails quotes the cell: it is asked after the policy, of rows that may be seen."""
    with connect(role="caseworker", autocommit=True) as conn:
        with pytest.raises(psycopg.errors.InvalidTextRepresentation) as raised:
            conn.execute("select count(*) from marts_person.person where name::integer > 0")
        (quoted,) = [word for word in str(raised.value).split('"') if word.startswith("ORANG")]
        assert conn.execute(
            "select region_code from marts_person.person where name = %s", (quoted,)
        ).fetchall() == [("12.07.01",)]
    do("delete from audit.person_region_grant")
    with connect(role="caseworker") as conn:
        assert conn.execute(
            "select count(*) from marts_person.person where name::integer > 0"
        ).fetchone() == (0,)


def test_what_explain_tells_of_others_is_numbers_of_rows(granted):
    """Never a cell; and of a value that one person has no more than of one that nobody has (docs/adr/0045)."""
    with connect(autocommit=True) as conn:
        conn.execute("analyze release.person")
    plans = []
    with connect(role="caseworker") as conn:
        for name in ("ORANG 1", "ORANG NOBODY"):  # the first lives in 12.02.01
            rows = conn.execute(
                "explain (format json) select * from marts_person.person where name = %s", (name,)
            ).fetchone()
            plans.append(json.dumps(rows).replace(name, "?"))
        general = conn.execute("explain (verbose) select * from marts_person.person").fetchall()
    assert plans[0] == plans[1]
    assert "ORANG" not in str(general) and "12.07" not in str(general)


def test_a_session_that_was_used_before_shows_no_more(granted):
    """Rights follow who logged in: no setting of the session widens them, nor does one that was left behind."""
    with connect(role="caseworker", autocommit=True) as conn:
        for setting in (
            "simpul.region_code = '00'",
            "simpul.role = 'steward'",
            "search_path = release, audit",
        ):
            conn.execute(f"set {setting}")
        assert [region for region, _ in conn.execute(REGIONS)] == ["12.07.01"]
        for statement in ("set role steward", "set role simpul", "set session authorization steward"):
            assert not may(conn, statement)
        conn.execute("set row_security = off")  # an error, not everybody
        assert not may(conn, PERSONS)
        conn.execute("discard all")
        assert [region for region, _ in conn.execute(REGIONS)] == ["12.07.01"]
