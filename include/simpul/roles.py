"""The roles of the warehouse: who may log in, what a session of theirs starts with, and what each is meant to read.

What each may see is granted where the objects are made (migrations, release parents); here the doors of the database
itself are closed to everybody else, and `READS` is what `simpul access check` holds the whole catalogue against.
"""

from __future__ import annotations

import logging
from typing import Any, NamedTuple

import psycopg
from psycopg import errors as pg
from psycopg import sql

from simpul import vault
from simpul.database import LOGIN_ROLES
from simpul.errors import StackError
from simpul.stack.tuning import QUIET_LOG

log = logging.getLogger("simpul.roles")

# Readers find their tables without a schema, cannot write by accident, and a runaway query ends.
_READER = {"default_transaction_read_only": "on", "statement_timeout": "10min"}
SESSION: dict[str, dict[str, str]] = {
    "bi_reader": {"search_path": "marts", **_READER},
    "steward": {"search_path": "marts_person, marts"},
    "caseworker": {"search_path": "marts_person, marts", **_READER},
    "auditor": {"search_path": "audit, quarantine, marts", **_READER},
}
"""Role → what its sessions start with."""

ALL, OWN_REGIONS = "all", "own regions"
READS: dict[str, dict[str, str]] = {
    "bi_reader": {"marts": ALL},
    "caseworker": {"marts": ALL, "marts_person": OWN_REGIONS},
    "steward": {"marts": ALL, "marts_person": ALL, "identity": ALL},
    "auditor": {"marts": ALL, "audit": ALL, "quarantine": ALL},
    "loader": dict.fromkeys(("raw", "quarantine", "audit"), ALL),
    "transformer": dict.fromkeys(("raw", "staging", "intermediate", "identity", "candidate", "audit"), ALL),
}
"""Role → schema → rows. What is not here is read by the owner alone."""

WITHHELD = {
    "auditor": {
        "audit.file": (
            "file_name",
            "source_path",
        ),  # as delivered, they may name a person; printable_* do not
        "quarantine.row": ("raw",),
    },
    # in schema marts_person, where every read leaves a line, he has them all
    "steward": {
        "identity.doubtful_pair": ("record_key_a", "record_key_b"),
        "identity.family_key": ("no_kk",),
        "identity.link": ("record_key", "compared_with"),
        "identity.nik_suggestion": ("record_key", "suggested_nik"),
        "identity.person_key": ("nik", "anchor"),
        "identity.person_nik": ("nik",),
    },
    "transformer": {"audit.person_region_grant": ("*",)},  # who builds must not widen what anybody sees
    "loader": {"audit.person_region_grant": ("*",)},
}
"""Role → relation → columns that it does not read although it reads the schema; ``*``: none of them."""

CREATES = {
    "loader": ("raw",),
    "transformer": ("staging", "intermediate", "candidate"),
}
"""Role → schemas in which it makes tables, and changes those that it made. Nobody else makes any, temporary ones
included, and nobody but the owner changes a table of another's.
"""


class Definer(NamedTuple):
    """A function that runs with its owner's rights: why it may, and the md5 of its body as the migrations make it."""

    why: str
    body: str


DEFINERS = {
    "audit.current_release()": Definer(
        "the number of the release that is shown; who asks may not read the register",
        "468931183de06a2787cb53b86c6d9cdc",
    ),
    "audit.current_day()": Definer("the day of that release", "ab289fdb97dd1887b9993b5e3237b903"),
    "audit.stored_in(text, bigint)": Definer(
        "in which release's partition a table's rows are; behind every view",
        "1231def080e7139a9cdc76c35d043dfe",
    ),
    "audit.kept_release(bigint)": Definer(
        "whether a release that was asked for is kept; behind marts.restatement",
        "9ce09ed223443d15adb466191c429c6b",
    ),
    "marts.releases()": Definer(
        "which releases can be chosen; label and time, nothing else of the register",
        "3f5b29899910adac832e79e2869ece9a",
    ),
    "audit.note_read(text)": Definer(
        "a line in the server's log for each read of a table about persons; behind their views",
        "9e23cf589dc3c53369f475ba63fd55cf",
    ),
    "audit.person_region_patterns()": Definer(
        "the regions of who logged in; nobody reads the list of all", "74f4660d50a4e10c1c686b5527f361b3"
    ),
}
"""Functions that run with their owner's rights. Each takes numbers and names only and pins its search path."""


def ensure_roles(connection: psycopg.Connection[Any]) -> None:
    """Make the missing login roles with generated passwords; the owner becomes a member of those that own tables.

    A role that already exists is taken as it is: it may belong to another installation on the same server.

    Raises:
        StackError: roles are missing and the user may not create them; the hint holds the statements to run.
    """
    existing = {name for (name,) in connection.execute("select rolname from pg_roles")}
    missing = [role for role in LOGIN_ROLES if role not in existing]
    try:
        for role in missing:
            connection.execute(
                sql.SQL("create role {} login password {}").format(
                    sql.Identifier(role), sql.Literal(vault.read_or_create(role))
                )
            )
            for name, value in SESSION.get(role, {}).items():
                connection.execute(setting_sql(role, name, value))
        # tables that loader and transformer make can then be attached and altered by the owner of their parents
        for role in ("loader", "transformer"):
            if not _is_member(connection, role):
                connection.execute(sql.SQL("grant {} to current_user").format(sql.Identifier(role)))
    except pg.InsufficientPrivilege:
        statements = "; ".join(
            "; ".join(
                [
                    f"create role {role} login password '…'",
                    *(setting_sql(role, *setting) for setting in SESSION.get(role, {}).items()),
                ]
            )
            for role in missing
        )
        raise StackError(
            f"'{connection.info.user}' may not make the roles {', '.join(missing) or 'loader, transformer'}",
            hint="give it CREATEROLE, or let an administrator run: "
            + (statements + "; " if statements else "")
            + f'grant loader, transformer to "{connection.info.user}"'
            + f" — and write each password to {vault.path('<role>')}",
        ) from None


def setting_sql(role: str, name: str, value: str) -> str:
    """The statement that gives a role one of `SESSION`."""
    parts = ", ".join("'" + part.strip() + "'" for part in value.split(","))
    return f"alter role {role} set {name} = {parts}"


def _is_member(connection: psycopg.Connection[Any], role: str) -> bool:
    row = connection.execute("select pg_has_role(current_user, %s, 'usage')", (role,)).fetchone()
    return bool(row and row[0])


def log_reads(connection: psycopg.Connection[Any]) -> None:
    """Let `audit.note_read` write although the server logs nothing below fatal, where the owner has been given that.

    The embedded server's owner has (`simpul.stack.postgres.bootstrap`). Another server logs such lines by default.
    Several processes may find it missing at once: the first does it.
    """
    connection.execute(
        """do $$ begin
            perform pg_advisory_xact_lock(hashtextextended('audit.note_read', 0));
            if has_parameter_privilege(current_user, 'log_min_messages', 'set') and exists (
                select from pg_proc where oid = to_regprocedure('audit.note_read(text)')
                    and not 'log_min_messages=log' = any (coalesce(proconfig, '{}')))
            then
                alter function audit.note_read(text) set log_min_messages = 'log';
            end if;
        end $$"""
    )


def close_to_public(connection: psycopg.Connection[Any]) -> None:
    """PUBLIC may neither connect, nor make temporary tables, nor use schema ``public``; our roles may connect."""
    row = connection.execute(
        "select pg_has_role(datdba, 'usage') from pg_database where datname = current_database()"
    ).fetchone()
    if not (row and row[0]):  # PostgreSQL would only warn, and the doors would stay open
        raise _not_owner(connection)
    try:
        limit_database(connection, connection.info.dbname)
        connection.execute("revoke all on schema public from public")
        close_large_objects(connection)
    except pg.InsufficientPrivilege:
        raise _not_owner(connection) from None


def limit_database(connection: psycopg.Connection[Any], name: str) -> None:
    """The rights on a database itself: our roles alone may connect, and those that build make temporary tables."""
    database = sql.Identifier(name)
    roles = sql.SQL(", ").join(map(sql.Identifier, LOGIN_ROLES))
    writers = sql.SQL(", ").join(map(sql.Identifier, ("loader", "transformer")))
    connection.execute(sql.SQL("revoke all on database {} from public").format(database))
    connection.execute(sql.SQL("grant connect on database {} to {}").format(database, roles))
    connection.execute(sql.SQL("grant temporary on database {} to {}").format(database, writers))


def close_large_objects(connection: psycopg.Connection[Any]) -> None:
    """PUBLIC may make no large objects in this database: they would fill the disk, and need no right but to log in.

    Only a superuser may say so; for any other this does nothing (``docs/runbooks/containers.md`` has the statement).
    """
    functions = [
        name
        for (name,) in connection.execute(
            "select oid::regprocedure::text from pg_proc p"
            " where pronamespace = 'pg_catalog'::regnamespace and proname ~ '^lo(_|read$|write$)'"
            " and exists (select from aclexplode(coalesce(proacl, acldefault('f', proowner))) where grantee = 0)"
            " and (select rolsuper from pg_roles where rolname = current_user)"
        )
    ]
    if functions:
        connection.execute(f"revoke execute on function {', '.join(functions)} from public")


def quiet_log(connection: psycopg.Connection[Any]) -> None:
    """No statement and no error of this database in the log of its server, which others read (`QUIET_LOG`).

    Who may not say so is told by `simpul verify` what an administrator has to say.
    """
    database = sql.Identifier(connection.info.dbname)
    for name, value in QUIET_LOG.items():
        row = connection.execute(
            "select current_setting(%s) <> %s and has_parameter_privilege(%s, 'set')", (name, value, name)
        ).fetchone()
        if row and row[0]:
            connection.execute(
                sql.SQL("alter database {} set {} = {}").format(
                    database, sql.Identifier(name), sql.Literal(value)
                )
            )


def _not_owner(connection: psycopg.Connection[Any]) -> StackError:
    name, user = connection.info.dbname, connection.info.user
    return StackError(
        f"'{user}' does not own database '{name}'",
        hint=f'let an administrator run: alter database "{name}" owner to "{user}"',
    )
