"""New passwords for the roles of the warehouse, in an order that a kill between any two steps does not lock out.

1. The new password is written beside the old one (`vault.next_of`). 2. The role, logged in as itself, takes it: one
statement. 3. The file takes the place of the old one. Killed before 2, the old one still opens, and the next call
goes on with the new one; killed before 3, `database.connect` finds the old one refused, logs in with the new one and
does step 3. What PostgreSQL is sent is the verifier that it keeps, so no log of statements can hold a password.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from simpul import ledger, vault
from simpul.database import LOGIN_ROLES, advisory_lock, connect, no_values, owner_is_kept, warehouse_dsn
from simpul.errors import StackError
from simpul.ledger import Decision

log = logging.getLogger("simpul.trust")


def owner() -> str:
    """The role that the warehouse belongs to."""
    return str(conninfo_to_dict(warehouse_dsn())["user"])


def rotatable() -> tuple[str, ...]:
    """Roles whose password is kept in the vault: all but an owner whose password stands in ``SIMPUL_DSN``."""
    return (*LOGIN_ROLES, owner()) if owner_is_kept() else LOGIN_ROLES


def rotate(names: Sequence[str], decision: Decision) -> list[str]:
    """Give each role a new password, in the database and in the vault. Sessions that are open go on.

    Args:
        names: of roles; none = all of `rotatable`.
        decision: who, and why; the ledger keeps it.

    Raises:
        StackError: no such role, or its password is not kept here; nothing has been changed then.
    """
    for name in names:
        if name not in rotatable():
            raise StackError(
                f"the password of '{name}' is not kept here",
                hint=f"roles are {', '.join(rotatable())}; that of an owner named in SIMPUL_DSN is changed there",
            )
    done = []
    with (
        no_values("changing passwords"),
        connect(autocommit=True, application_name="simpul access") as conn,
        ledger.writing(conn),
        advisory_lock(conn, "passwords"),
    ):
        for name in names or rotatable():
            _rotate(name)
            ledger.append(conn, "access.password_changed", name, decision.as_dict())
            log.info("%s has a new password", name)
            done.append(name)
    return done


def _rotate(name: str) -> None:
    role = None if name == owner() else name
    with connect(role=role, autocommit=True, application_name="simpul access") as conn:
        password = vault.next_of(name)
        verifier = conn.pgconn.encrypt_password(password.encode(), name.encode(), b"scram-sha-256").decode()
        conn.execute("set default_transaction_read_only = off")
        conn.execute(sql.SQL("alter role {} password {}").format(sql.Identifier(name), sql.Literal(verifier)))
    vault.promote(name)
