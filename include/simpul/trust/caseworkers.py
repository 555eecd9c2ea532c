"""A login role of the warehouse for one caseworker: made, and closed when the person leaves."""

from __future__ import annotations

import re
from typing import Any

import psycopg
from psycopg import errors as pg
from psycopg import sql

from simpul import vault
from simpul.database import LOGIN_ROLES, connect
from simpul.errors import SimpulError, StackError
from simpul.ledger import Decision
from simpul.stack.superset import ADMIN, ADMIN_SECRET, KEY_SECRET
from simpul.trust import grants

_NAME = re.compile(r"[a-z_][a-z0-9_]{0,40}")
_OTHERS = {ADMIN_SECRET, KEY_SECRET}
"""Secrets of Superset itself, which a caseworker of an unlucky name would share."""
_PREFIXES = ("superset_", "airflow_", "pg_")
"""Of names of secrets that are made of a user's name, and of PostgreSQL's own roles."""
_HOUSE = re.compile(r"notices|.*_(?:key|marks|secret|token)")
"""Names of the house's own secrets, also of those that nobody has needed yet."""


def ensure(name: str) -> bool:
    """Make the login role ``name``, a member of ``caseworker`` and of nothing else, with a password in the vault.

    Returns:
        Whether it was made, or opened again, now.

    Raises:
        SimpulError: no name for it, or a role or a secret of that name is there for something else.
        StackError: the owner of the warehouse may not make roles; the hint says what to run.
    """
    _refuse_name(name)
    with connect(application_name="simpul bi") as conn:
        can_log_in = _is_caseworker(conn, name)
        is_new = can_log_in is None
        if is_new and vault.read(name):
            raise SimpulError(
                f"a secret named '{name}' is there already, and it is no caseworker's password",
                code="role_taken",
                hint=f"take another name; if nothing else uses {vault.path(name)}, remove it and try again",
            )
        if can_log_in and not vault.read(name):
            raise SimpulError(
                f"the password of '{name}' is not known here",
                code="role_taken",
                hint=f"take another name, or write its password to {vault.path(name)}",
            )
        if can_log_in:
            return False
        words = (
            "create role {} login password {} in role caseworker"
            if is_new
            else "alter role {} login password {}"
        )
        try:
            conn.execute(sql.SQL(words).format(sql.Identifier(name), sql.Literal(vault.read_or_create(name))))
            conn.execute(
                sql.SQL("alter role {} set search_path = marts_person, marts").format(sql.Identifier(name))
            )
            conn.execute(
                sql.SQL("alter role {} set default_transaction_read_only = on").format(sql.Identifier(name))
            )
        except pg.InsufficientPrivilege:
            if is_new:
                vault.remove(name)  # a password of nobody: the next attempt would take it for another's
            raise StackError(
                f"the owner of the warehouse may not make the role '{name}'",
                hint=f"let an administrator run: create role {name} login password '…' in role caseworker;"
                f" and write the password to {vault.path(name)}",
            ) from None
    return True


def close(name: str, decision: Decision) -> list[str]:
    """The caseworker ``name`` leaves: no login, no open session, no region, no password in the vault.

    The role itself stays: the ledger and the log of reads speak of it. Again: no change. Superset's own secrets stay,
    whatever the name: an earlier version took any.

    Returns:
        Codes of the regions that were taken back.

    Raises:
        SimpulError: there is no such caseworker.
        StackError: the owner of the warehouse may not change this role; the hint says what to run.
    """
    with connect(application_name="simpul bi") as conn:
        if _is_caseworker(conn, name) is None:
            raise SimpulError(
                f"there is no caseworker '{name}'", code="unknown_role", hint="see `simpul access list`"
            )
        role = sql.Identifier(name)
        try:
            conn.execute(sql.SQL("alter role {} nologin password null").format(role))
            regions = [
                one["region_code"]
                for one in grants.grants(conn)
                if one["role_name"] == name and one["region_code"]
            ]
            for region in regions:
                grants.revoke(conn, name, region, decision)
            conn.commit()  # whoever logs in from here on is refused; then end who is in
            # only a member of a role may end its sessions; who made it may become one
            conn.execute(sql.SQL("grant {} to current_user").format(role))
            conn.execute("select pg_terminate_backend(pid) from pg_stat_activity where usename = %s", (name,))
            conn.execute(sql.SQL("revoke {} from current_user").format(role))
        except pg.InsufficientPrivilege:
            raise StackError(
                f"the owner of the warehouse may not close the role '{name}'",
                hint=f"let an administrator run: alter role {name} nologin password null; and end its sessions"
                " (pg_terminate_backend); then run this again",
            ) from None
    for secret in {name, vault.for_superset(name)} - _OTHERS:
        vault.remove(secret)
    return regions


def _refuse_name(name: str) -> None:
    """Names that PostgreSQL, the warehouse or Superset use for something else.

    Raises:
        SimpulError: it is one of them, or is written otherwise than roles are.
    """
    if not _NAME.fullmatch(name):
        raise SimpulError(
            f"'{name}' cannot be a caseworker", code="role_name", hint="small letters, digits and _"
        )
    if (
        name in (ADMIN, *LOGIN_ROLES)
        or name.startswith(_PREFIXES)
        or vault.for_superset(name) in _OTHERS
        or _HOUSE.fullmatch(name)
    ):
        raise SimpulError(
            f"'{name}' cannot be a caseworker: the name is used for something else",
            code="role_name",
            hint="take the person's own name, such as siti_rahayu",
        )


def _is_caseworker(conn: psycopg.Connection[Any], name: str) -> bool | None:
    """Whether it may log in; None = there is no such role.

    Raises:
        SimpulError: a role of that name is there and is something else.
    """
    row = conn.execute(
        "select rolcanlogin, coalesce(array_agg(m.roleid::regrole::text) filter (where m.roleid is not null), '{}')"
        " from pg_roles r left join pg_auth_members m on m.member = r.oid where r.rolname = %s group by r.oid, 1",
        (name,),
    ).fetchone()
    if row is None:
        return None
    if row[1] != ["caseworker"]:
        raise SimpulError(
            f"role '{name}' is there and is not a caseworker", code="role_taken", hint="take another name"
        )
    return bool(row[0])
