from __future__ import annotations

import psycopg
import pytest
from psycopg import sql

from simpul import database
from simpul.errors import SimpulError, StackError
from simpul.settings import Settings, get_settings


@pytest.fixture
def dsn(monkeypatch: pytest.MonkeyPatch):
    def use(value: str) -> None:
        monkeypatch.setenv("SIMPUL_DSN", value)
        get_settings.cache_clear()

    yield use
    monkeypatch.undo()
    get_settings.cache_clear()


# --------------------------------------------------------------------------------------------------------- addresses
@pytest.mark.parametrize(
    ("given", "url"),
    [
        ("postgresql://me:pw@db:6432/gudang", "postgresql://me:pw@db:6432/gudang"),
        ("host=db user=me password='p:/ w' dbname=gudang", "postgresql://me:p%3A%2F%20w@db/gudang"),
        ("postgresql://db/gudang?sslmode=require", "postgresql://db/gudang?sslmode=require"),
        ("host=/var/run user=me dbname=gudang", "postgresql://me@/gudang?host=%2Fvar%2Frun"),
        ("host=::1 dbname=gudang", "postgresql://[::1]/gudang"),
    ],
)
def test_every_form_of_address_becomes_a_url(dsn, given: str, url: str) -> None:
    dsn(given)
    assert database.warehouse_dsn() == url


@pytest.mark.parametrize("broken", ["postgresql://me:geheim@[db/x", "nonsense geheim", "host=db user=me"])
def test_a_broken_address_is_explained_without_its_password(dsn, broken: str) -> None:
    dsn(broken)
    with pytest.raises(StackError) as caught:
        database.warehouse_dsn()
    assert "SIMPUL_DSN" in str(caught.value)
    assert "geheim" not in str(caught.value)


def test_unknown_role_is_named_with_the_known_ones() -> None:
    with pytest.raises(StackError, match="no role 'root' — roles are bi_reader"):
        database.warehouse_dsn("root")


def test_unreachable_server_is_named_without_its_password(dsn) -> None:
    dsn("postgresql://me:geheim@127.0.0.1:1/gudang")
    with pytest.raises(StackError, match=r"127\.0\.0\.1:1/gudang cannot be reached") as caught:
        database.connect()
    assert "geheim" not in repr(caught.value) + str(caught.value.__cause__)


# ------------------------------------------------------------------------------------------------------- migrations
def test_ensure_is_idempotent(warehouse: Settings) -> None:
    database.ensure_database()
    with database.connect() as connection:
        row = connection.execute("select version_num from audit.alembic_version").fetchone()
    assert row == (database.head_revision(),)


def test_migrations_form_one_chain_in_the_order_of_their_names() -> None:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(database._VERSIONS.parent))
    chain = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]
    assert chain == sorted(chain, reverse=True)
    assert chain[0] == database.head_revision()


def test_everything_is_commented_in_both_languages(fresh_warehouse: Settings) -> None:
    with database.connect() as connection:
        silent = connection.execute("""
            select c.oid::regclass::text || coalesce('.' || a.attname, '')
            from pg_class c
            join pg_namespace n on n.oid = c.relnamespace
            left join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
            where n.nspname in ('audit', 'quarantine', 'identity', 'raw') and c.relkind in ('r', 'p')
              and c.relname <> 'alembic_version'
              and (coalesce(col_description(c.oid, a.attnum), '') !~ ' — '
                   or coalesce(obj_description(c.oid, 'pg_class'), '') !~ ' — ')""").fetchall()
        schemas = connection.execute("""
            select nspname from pg_namespace where nspowner = current_user::regrole
            and coalesce(obj_description(oid, 'pg_namespace'), '') !~ ' — '""").fetchall()
    assert silent == []
    assert schemas == []


def test_there_is_one_candidate_and_one_pointer(fresh_warehouse: Settings) -> None:
    add = "insert into audit.release (release_id, status) values (%s, %s)"
    with database.connect(autocommit=True) as connection:
        connection.execute(add, (1, "candidate"))
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute(add, (2, "candidate"))
        connection.execute(add, (3, "published"))
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute("insert into audit.release_pointer (release_id) values (3)")
        with pytest.raises(psycopg.errors.CheckViolation):
            connection.execute("insert into audit.release_pointer (only_row) values (false)")


def test_current_release_is_the_pointer_unless_a_session_chooses(fresh_warehouse: Settings) -> None:
    with database.connect(autocommit=True) as connection:
        assert connection.execute("select audit.current_release()").fetchone() == (None,)
        connection.execute(
            "insert into audit.release (release_id, status) values (7, 'published'), (3, 'published')"
        )
        connection.execute("update audit.release_pointer set release_id = 7")
        assert connection.execute("select audit.current_release()").fetchone() == (7,)
        connection.execute("set simpul.release_id = '3'")
        assert connection.execute("select audit.current_release()").fetchone() == (3,)
        connection.execute("set simpul.release_id = ''")
        assert connection.execute("select audit.current_release()").fetchone() == (7,)


# ------------------------------------------------------------------------------------------------------- privileges
def _can(role: str, statement: str) -> bool:
    with database.connect(role=role, autocommit=True) as connection:
        try:
            connection.execute(sql.SQL(statement))
        except (psycopg.errors.InsufficientPrivilege, psycopg.errors.ReadOnlySqlTransaction):
            return False
    return True


@pytest.mark.parametrize("role", database.LOGIN_ROLES)
def test_every_role_can_log_in_and_nobody_uses_public(warehouse: Settings, role: str) -> None:
    with database.connect(role=role) as connection:
        row = connection.execute(
            "select current_user, current_setting('TimeZone'), has_schema_privilege('public', 'usage'),"
            " rolsuper or rolcreaterole or rolcreatedb or rolbypassrls from pg_roles where rolname = current_user"
        ).fetchone()
    assert row == (role, "UTC", False, False)


def test_bi_reader_sees_marts_and_nothing_else(warehouse: Settings) -> None:
    with database.connect(role="bi_reader") as connection:
        schemas = connection.execute(
            "select nspname from pg_namespace where nspname !~ '^(pg_|information_schema)'"
            " and has_schema_privilege(oid, 'usage')"
        ).fetchall()
        readable = connection.execute(
            "select c.oid::regclass from pg_class c join pg_namespace n on n.oid = c.relnamespace"
            " where n.nspname !~ '^(pg_|information_schema)' and relkind in ('r', 'p', 'v', 'm')"
            " and n.nspname not in ('marts', 'release') and has_table_privilege(c.oid, 'select')"
        ).fetchall()
    assert schemas == [("marts",)]
    assert readable == []
    assert not _can("bi_reader", "select * from audit.file")
    assert not _can("bi_reader", "create table marts.mine ()")
    assert not _can("bi_reader", "create temporary table mine ()")


def test_bi_reader_reads_a_published_view_without_reaching_the_release_behind_it(
    fresh_warehouse: Settings,
) -> None:
    with database.connect(autocommit=True) as owner:
        owner.execute("create table release.t (_release_id bigint, n int) partition by list (_release_id)")
        owner.execute("create table release.t__r1 partition of release.t for values in (1)")
        owner.execute("insert into release.t values (1, 42)")
        owner.execute(
            "create view marts.t with (security_invoker) as"
            " select n from release.t where _release_id = audit.current_release()"
        )
        owner.execute("grant select on release.t, marts.t to bi_reader")
        owner.execute("insert into audit.release (release_id, status) values (1, 'published')")
        owner.execute("update audit.release_pointer set release_id = 1")
    with database.connect(role="bi_reader") as reader:
        assert reader.execute("select n from t").fetchall() == [(42,)]
    assert not _can("bi_reader", "select n from release.t")


def test_auditor_reads_quarantine_but_not_the_records(warehouse: Settings) -> None:
    assert _can("auditor", "select file_id, reason_id from quarantine.row")
    assert not _can("auditor", "select raw from quarantine.row")
    assert _can("auditor", "select * from audit.ledger")
    for column in ("file_name", "source_path", "*"):
        assert not _can("auditor", f"select {column} from audit.file"), "a name may hold a person's NIK"
    assert not _can("auditor", "select * from identity.person_key")
    assert not _can("auditor", "delete from audit.gate_result")


def test_loader_and_transformer_keep_to_their_rooms(warehouse: Settings) -> None:
    assert _can("loader", "select * from audit.file")
    assert not _can("loader", "update audit.release set status = 'published'")
    assert not _can("loader", "select * from identity.link")
    assert _can("transformer", "select * from identity.link")
    assert not _can("transformer", "select raw from quarantine.row")
    assert not _can("steward", "select * from audit.file")


def test_owner_may_take_over_what_its_helpers_made(fresh_warehouse: Settings) -> None:
    """A table that dbt built as transformer can be moved and attached by the owner."""
    with database.connect(role="transformer", autocommit=True) as helper:
        helper.execute("create table candidate.t (n int)")
    with database.connect(autocommit=True) as owner:
        owner.execute("alter table candidate.t set schema release")


# ------------------------------------------------------------------------------------------------------------ locks
def test_lock_of_a_session_lasts_for_the_block(warehouse: Settings) -> None:
    with database.connect(autocommit=True) as one, database.connect(autocommit=True) as two:
        with (
            database.advisory_lock(one, "a") as first,
            database.advisory_lock(two, "a", wait=False) as second,
        ):
            assert (first, second) == (True, False)
        with database.advisory_lock(two, "a", wait=False) as got:
            assert got


def test_lock_of_a_transaction_lasts_until_its_end(warehouse: Settings) -> None:
    with database.connect() as one, database.connect() as two:
        with database.advisory_lock(one, "b"):
            pass
        with database.advisory_lock(two, "b", wait=False) as got:
            assert not got, "the work is not committed yet"
        one.commit()
        with database.advisory_lock(two, "b", wait=False) as got:
            assert got


def test_shared_locks_go_together(warehouse: Settings) -> None:
    with (
        database.connect(autocommit=True) as one,
        database.connect(autocommit=True) as two,
        database.advisory_lock(one, "c", shared=True),
        database.advisory_lock(two, "c", shared=True, wait=False) as together,
        database.advisory_lock(two, "c", wait=False) as alone,
    ):
        assert (together, alone) == (True, False)


# ----------------------------------------------------------------------------------------------------------- errors
def test_errors_quote_no_value(warehouse: Settings) -> None:
    nik = "3674012505820001"
    with database.connect() as connection:
        for statement in (
            "select %s::date",
            "insert into identity.person_key (nik, anchor) values (%s, 'x'), (%s, 'y')",
            "select (%s || 'x')::bigint",
        ):
            with pytest.raises(SimpulError) as caught, database.no_values("loading file ab12"):
                connection.execute(statement, (nik,) * statement.count("%s"))
            connection.rollback()
            text = str(caught.value) + repr(caught.value.__cause__)
            assert nik not in text
            assert "SQLSTATE" in text
            assert caught.value.__suppress_context__
    assert caught.value.code == "database"


def test_trouble_that_may_pass_is_told_apart(warehouse: Settings) -> None:
    with database.connect(autocommit=True) as connection:
        connection.execute("set statement_timeout = '20ms'")
        with pytest.raises(SimpulError) as caught, database.no_values("waiting"):
            connection.execute("select pg_sleep(5)")
    assert caught.value.code == "database_transient"
