"""A login role of the warehouse for one caseworker."""

from __future__ import annotations

import re

from psycopg import errors as pg
from psycopg import sql

from simpul import vault
from simpul.database import LOGIN_ROLES, connect
from simpul.errors import SimpulError, StackError

_NAME = re.compile(r"[a-z_][a-z0-9_]{0,40}")


def ensure(name: str) -> bool:
    """Make the login role ``name``, a member of ``caseworker`` and of nothing else, with a password in the vault.

    Returns:
        Whether it was made now.

    Raises:
        SimpulError: no name for it, or a role of that name is there and is no caseworker.
        StackError: the owner of the warehouse may not make roles; the hint says what to run.
    """
    if not _NAME.fullmatch(name) or name in LOGIN_ROLES:
        raise SimpulError(
            f"'{name}' cannot be a caseworker", code="role_name", hint="small letters, digits and _"
        )
    with connect(application_name="simpul bi") as conn:
        memberships = conn.execute(
            "select coalesce(array_agg(m.roleid::regrole::text), '{}') from pg_roles r"
            " left join pg_auth_members m on m.member = r.oid where r.rolname = %s group by r.oid",
            (name,),
        ).fetchone()
        if memberships:
            if [one for one in memberships[0] if one] != ["caseworker"] or not vault.read(name):
                raise SimpulError(
                    f"role '{name}' is there and is not a caseworker whose password is known here",
                    code="role_taken",
                    hint=f"take another name, or write its password to {vault.path(name)}",
                )
            return False
        try:
            conn.execute(
                sql.SQL("create role {} login password {} in role caseworker").format(
                    sql.Identifier(name), sql.Literal(vault.read_or_create(name))
                )
            )
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
