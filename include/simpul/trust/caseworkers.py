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
from simpul.trust import grants

_NAME = re.compile(r"[a-z_][a-z0-9_]{0,40}")


def ensure(name: str) -> bool:
    """Make the login role ``name``, a member of ``caseworker`` and of nothing else, with a password in the vault.

    Returns:
        Whether it was made, or opened again, now.

    Raises:
        SimpulError: no name for it, or a role of that name is there and is no caseworker.
        StackError: the owner of the warehouse may not make roles; the hint says what to run.
    """
    if not _NAME.fullmatch(name) or name in LOGIN_ROLES:
        raise SimpulError(
            f"'{name}' cannot be a caseworker", code="role_name", hint="small letters, digits and _"
        )
    with connect(application_name="simpul bi") as conn:
        can_log_in = _is_caseworker(conn, name)
        if can_log_in and not vault.read(name):
            raise SimpulError(
                f"the password of '{name}' is not known here",
                code="role_taken",
                hint=f"take another name, or write its password to {vault.path(name)}",
            )
        if can_log_in:
            return False
        is_new = can_log_in is None
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
            raise StackError(
                f"the owner of the warehouse may not make the role '{name}'",
                hint=f"let an administrator run: create role {name} login password '…' in role caseworker;"
                f" and write the password to {vault.path(name)}",
            ) from None
    return True


def close(name: str, decision: Decision) -> list[str]:
    """The caseworker ``name`` leaves: no login, no open session, no region, no password in the vault.

    The role itself stays: the ledger and the log of reads speak of it. Again: no change.

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
    for secret in (name, f"superset_{name}"):
        vault.remove(secret)
    return regions


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
