"""Connections to the warehouse, its migrations, locks; nothing here knows what the tables mean."""

from __future__ import annotations

import contextlib
import hashlib
import logging
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

import psycopg
from psycopg import errors as pg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import TransactionStatus

from simpul import vault
from simpul.errors import DatabaseTransient, SimpulError, StackError
from simpul.settings import get_settings
from simpul.stack import postgres

log = logging.getLogger("simpul.database")

LOGIN_ROLES = ("bi_reader", "caseworker", "steward", "auditor", "loader", "transformer")
MINIMUM_VERSION = 150000  # security_invoker views
_VERSIONS = Path(__file__).parent / "migrations" / "versions"
_Read = TypeVar("_Read")


# --------------------------------------------------------------------------------------------------------- addresses
def _url(parts: dict[str, Any]) -> str:
    """A libpq URL from connection keywords; what has no place in the URL proper becomes a query parameter."""
    rest = dict(parts)
    user, password = rest.pop("user", None), rest.pop("password", None)
    host, port, name = rest.pop("host", ""), rest.pop("port", None), rest.pop("dbname", "")
    login = quote(str(user), safe="") if user else ""
    if password:
        login += ":" + quote(str(password), safe="")
    if str(host).startswith("/") or "," in str(host):  # a socket folder or several hosts
        rest["host"], host = host, ""
        if port:
            rest["port"], port = port, None
    if ":" in str(host):
        host = f"[{host}]"
    address = (f"{login}@" if login else "") + str(host) + (f":{port}" if port else "")
    query = "?" + urlencode(rest, quote_via=quote) if rest else ""
    return f"postgresql://{address}/{quote(str(name), safe='')}{query}"


def _owner_parts() -> dict[str, Any]:
    settings = get_settings()
    if settings.is_embedded:
        return conninfo_to_dict(postgres.dsn(postgres.OWNER, postgres.WAREHOUSE))
    try:
        parts = conninfo_to_dict(settings.dsn or "")
    except psycopg.ProgrammingError:
        # libpq quotes the text it cannot read, which may hold the password
        raise StackError(
            "SIMPUL_DSN is not a PostgreSQL address",
            hint="write postgresql://user:password@host:5432/warehouse",
        ) from None
    if not parts.get("dbname"):
        raise StackError(
            "SIMPUL_DSN names no database", hint="write postgresql://user:password@host:5432/warehouse"
        )
    return vault.complete({key: value for key, value in parts.items() if value is not None})


def warehouse_dsn(role: str | None = None) -> str:
    """The libpq URL of the warehouse for ``role`` (None = its owner), password included. Starts and checks nothing.

    Raises:
        StackError: unknown role, or no password is known for it here.
    """
    parts = _owner_parts()
    if role and role != parts.get("user"):
        # a caseworker who was made here has a secret for Superset, too
        if role not in LOGIN_ROLES and not vault.read(vault.for_superset(role)):
            raise StackError(
                f"there is no role '{role}'",
                hint=f"roles are {', '.join(LOGIN_ROLES)}, and whom `simpul bi user` has made",
            )
        password = vault.read(role)
        if not password:
            raise StackError(
                f"the password of role '{role}' is not known here",
                hint=f"run `simpul up` once, or write it to {vault.path(role)}",
            )
        parts |= {"user": role, "password": password}
    return _url(parts)


# ------------------------------------------------------------------------------------------------------- connections
def connect(
    *, role: str | None = None, autocommit: bool = False, application_name: str = "simpul"
) -> psycopg.Connection[Any]:
    """Connect to the warehouse; times are UTC in every session. Starts nothing.

    A password that was being changed when somebody was killed (`simpul.trust.passwords`) is found here.

    Raises:
        StackError: the server cannot be reached or refuses us; the message never holds the password.
    """
    parts = conninfo_to_dict(warehouse_dsn(role))
    try:
        return _open(_url(parts), autocommit=autocommit, application_name=application_name)
    except StackError as error:
        user = str(parts.get("user"))
        is_kept = role in LOGIN_ROLES or owner_is_kept()
        # nobody waits any more: whoever changed it has put it in place in this moment
        password = (vault.waiting(user) or vault.read(user)) if error.code == "password" and is_kept else None
        if password in (None, parts.get("password")):
            raise
    connection = _open(
        _url(parts | {"password": password}), autocommit=autocommit, application_name=application_name
    )
    vault.promote(user)
    return connection


@contextlib.contextmanager
def beside(
    read: Callable[[psycopg.Connection[Any]], _Read], application_name: str
) -> Iterator[Future[_Read]]:
    """What another connection reads meanwhile: it sees nothing of a transaction that is still going on here.

    Args:
        read: is given the other connection, in a thread of its own.
        application_name: of that connection.
    """

    def run() -> _Read:
        with connect(application_name=application_name) as conn:
            return read(conn)

    with ThreadPoolExecutor(1, thread_name_prefix="beside") as pool:
        yield pool.submit(run)


def owner_is_kept() -> bool:
    """Whether the owner's password is one of the vault, not one that ``SIMPUL_DSN`` tells."""
    dsn = get_settings().dsn
    return not dsn or not conninfo_to_dict(dsn).get("password")


def _open(dsn: str, *, autocommit: bool = False, application_name: str = "simpul") -> psycopg.Connection[Any]:
    parts = conninfo_to_dict(dsn)
    try:
        connection = psycopg.connect(
            dsn, autocommit=autocommit, application_name=application_name, connect_timeout=10
        )
    except psycopg.OperationalError as error:
        where = f"{parts.get('host', 'localhost')}:{parts.get('port', 5432)}/{parts.get('dbname')}"
        raise _unreachable(error, where, str(parts.get("user"))) from None
    if connection.info.parameter_status("TimeZone") != "UTC":
        connection.execute("set timezone = 'UTC'")
        if not autocommit:
            connection.commit()
    return connection


def _unreachable(error: psycopg.OperationalError, where: str, user: str) -> StackError:
    embedded = get_settings().is_embedded
    text = str(error)
    if "password authentication failed" in text or "no password supplied" in text:
        hint = f"compare {vault.path(user)}" if embedded else "check user and password in SIMPUL_DSN"
        return StackError(
            f"the warehouse at {where} refuses the password of '{user}'", code="password", hint=hint
        )
    if "does not exist" in text:
        hint = (
            "`simpul up` makes it" if embedded else "create it, or give SIMPUL_DSN a user who may (CREATEDB)"
        )
        return StackError(
            f"the database of {where} or the role '{user}' does not exist", code="missing", hint=hint
        )
    if "too many" in text or "remaining connection slots" in text:
        return StackError(
            f"{where} has no free connection", code="busy", hint="wait, or raise max_connections"
        )
    hint = "start it with `simpul up`" if embedded else "check SIMPUL_DSN and that the server runs"
    return StackError(f"the warehouse at {where} cannot be reached", code="unreachable", hint=hint)


def safe_error(error: psycopg.Error) -> str:
    """What went wrong without any value: PostgreSQL quotes cells in its message, detail and context.

    Returns:
        Condition, SQLSTATE and the names of table, column and constraint, as far as known.
    """
    named = (
        ("table", error.diag.table_name),
        ("column", error.diag.column_name),
        ("", error.diag.constraint_name),
    )
    places = [f"{what} {name}".strip() for what, name in named if name]
    return f"{type(error).__name__} (SQLSTATE {error.sqlstate})" + (
        f" at {', '.join(places)}" if places else ""
    )


# PostgreSQL counts them among the internal errors
_PASSING = (pg.ReadOnlySqlTransaction, pg.IdleInTransactionSessionTimeout)


@contextlib.contextmanager
def no_values(doing: str) -> Iterator[None]:
    """Turn a psycopg error inside the block into a `SimpulError` that quotes no data.

    Raises:
        DatabaseTransient: connection trouble, a deadlock, a lock timeout, a full disk, a server that is shutting down
            or takes no writes after a failover: retrying can help.
        SimpulError: anything else.
    """
    try:
        yield
    except (psycopg.OperationalError, *_PASSING) as error:
        raise DatabaseTransient(f"{doing}: {safe_error(error)}") from None
    except psycopg.Error as error:
        raise SimpulError(f"{doing}: {safe_error(error)}", code="database") from None


# ------------------------------------------------------------------------------------------------------------- locks
def _lock_key(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)


@contextlib.contextmanager
def advisory_lock(
    conn: psycopg.Connection[Any], name: str, *, shared: bool = False, wait: bool = True
) -> Iterator[bool]:
    """Hold the advisory lock ``name``; yields whether it was got (always True with ``wait``).

    Outside a transaction (autocommit) the lock lasts for the block. Inside one it belongs to the transaction: it is let
    go at commit or rollback, not at the end of the block, so nobody works on what is not committed yet. Either way it
    dies with the connection.
    """
    of_session = conn.autocommit and conn.info.transaction_status == TransactionStatus.IDLE
    scope = "" if of_session else "xact_"
    suffix = "_shared" if shared else ""
    take = sql.SQL(f"select pg_{'' if wait else 'try_'}advisory_{scope}lock{suffix}(%s)")
    row = conn.execute(take, (_lock_key(name),)).fetchone()
    got = True if wait else bool(row and row[0])
    try:
        yield got
    finally:
        if got and of_session and not conn.closed:
            conn.execute(sql.SQL(f"select pg_advisory_unlock{suffix}(%s)"), (_lock_key(name),))


# -------------------------------------------------------------------------------------------------------- migrations
def head_revision() -> str:
    """The newest migration, by its file name: asking Alembic would cost a second of imports in every command."""
    return max(path.name.split("_", 1)[0] for path in _VERSIONS.glob("[0-9]*_*.py"))


def _is_ready(connection: psycopg.Connection[Any]) -> bool:
    """All migrations are applied, PUBLIC is kept out, and who reads about persons is noted where that is allowed."""
    try:
        row = connection.execute(
            "select (select version_num from audit.alembic_version),"
            " (select count(*) from pg_roles where rolname = any(%s)),"
            " exists(select from pg_database, aclexplode(coalesce(datacl, acldefault('d', datdba))) where"
            " datname = current_database() and grantee = 0)"
            " or exists(select from pg_proc where oid = to_regprocedure('audit.note_read(text)')"
            " and has_parameter_privilege('log_min_messages', 'set')"
            " and not 'log_min_messages=log' = any(coalesce(proconfig, '{}')))",
            (list(LOGIN_ROLES),),
        ).fetchone()
    except (pg.UndefinedTable, pg.InvalidSchemaName, pg.InsufficientPrivilege):
        connection.rollback()
        return False
    assert row is not None
    return row[0] == head_revision() and row[1] == len(LOGIN_ROLES) and not row[2]


def _is_migrated(connection: psycopg.Connection[Any]) -> bool:
    """All migrations are applied, those of this code and no others."""
    try:
        row = connection.execute("select version_num from audit.alembic_version").fetchone()
    except (pg.UndefinedTable, pg.InvalidSchemaName):
        return False
    return row == (head_revision(),)


def migrate() -> None:
    """Bring the schemas to the newest migration. One process migrates, others wait for it and find it done."""
    with (
        connect(autocommit=True, application_name="simpul migrate") as guard,
        advisory_lock(guard, "migrate"),
    ):
        if _is_migrated(guard):
            return
        from alembic import command  # heavy, and only needed when there is something to do
        from alembic.config import Config

        config = Config()
        config.set_main_option("script_location", str(_VERSIONS.parent))
        try:
            command.upgrade(config, "head")
        except Exception as error:
            cause = getattr(error, "orig", error)
            if isinstance(cause, pg.InsufficientPrivilege):
                raise StackError(
                    f"the migrations need more rights: {cause.diag.message_primary}",
                    hint="SIMPUL_DSN must name the owner of the warehouse database",
                ) from None
            raise


def ensure_database() -> None:
    """Make sure the warehouse answers and is in its newest form: server, database, roles, migrations.

    Idempotent; when all is there it costs one connection and one query. Commands and tasks call it first.

    Raises:
        StackError: the server cannot be started or reached, is older than PostgreSQL 15, or the rights do not suffice.
    """
    settings = get_settings()
    settings.prepare()
    if settings.is_embedded:
        postgres.ensure_running()
    try:
        connection = connect(application_name="simpul check")
    except StackError as error:
        if settings.is_embedded or error.code != "missing":
            raise
        _create_database()
        connection = connect(application_name="simpul check")
    with connection:
        version = connection.info.server_version
        if version < MINIMUM_VERSION:
            raise StackError(
                f"the warehouse runs PostgreSQL {version // 10000}, Simpul needs 15 or newer",
                hint="change SIMPUL_DSN",
            )
        if _is_ready(connection):
            return
    from simpul import roles

    with (
        connect(autocommit=True, application_name="simpul roles") as connection,
        advisory_lock(connection, "roles"),
    ):
        roles.ensure_roles(connection)
        roles.close_to_public(connection)
        roles.quiet_log(connection)
    migrate()
    with connect(autocommit=True, application_name="simpul roles") as connection:
        roles.log_reads(connection)


def _create_database() -> None:
    """Create the database that SIMPUL_DSN names, through the maintenance database, where the user may."""
    parts = _owner_parts()
    name = str(parts["dbname"])
    with _open(_url(parts | {"dbname": "postgres"}), autocommit=True) as connection:
        try:
            connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
        except pg.DuplicateDatabase:
            return
        except pg.InsufficientPrivilege:
            raise StackError(
                f"database '{name}' does not exist and '{parts.get('user')}' may not create it",
                hint=f'ask an administrator: create database "{name}" owner "{parts.get("user")}"',
            ) from None
