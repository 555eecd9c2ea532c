"""The regions whose persons a caseworker may look up: given and taken by a person, with a reason, in the ledger."""

from __future__ import annotations

import re
from typing import Any

import psycopg
from psycopg.rows import dict_row

from simpul import ledger
from simpul.errors import SimpulError
from simpul.ledger import Decision
from simpul.regions import NATION, Regions

_VILLAGE = re.compile(r"[0-9]{2}\.[0-9]{2}\.[0-9]{2}\.[0-9]{4}")


def grants(conn: psycopg.Connection[Any]) -> list[dict[str, Any]]:
    """Who may see the persons of which region, and the roles that see nobody yet (``region_code`` None)."""
    with conn.cursor(row_factory=dict_row) as cursor:
        found = cursor.execute(
            "select role_name, region_code, granted_by, granted_at from audit.person_region_grant"
            " union all select rolname, null, null, null from pg_roles where rolcanlogin and not rolsuper"
            " and pg_has_role(oid, 'caseworker', 'member') and rolname <> current_user"
            " and rolname not in (select role_name from audit.person_region_grant) order by 1, 2"
        ).fetchall()
    return [{**row, "region": _name(row["region_code"])} for row in found]


def grant(conn: psycopg.Connection[Any], role: str, region_code: str, decision: Decision) -> bool:
    """Let a login role see the persons of a region and of all below it; ``00`` is the nation. False: it may already.

    It holds from the next query on, for every release that is kept. Nothing of a release is changed.

    Raises:
        SimpulError: no region has this code, or the role is no login role that reads persons.
    """
    if _name(region_code) is None:
        raise SimpulError(
            f"'{region_code}' is no region of today",
            code="unknown_region",
            hint="write a Kemendagri code with its dots: 12.74 (city), 12.74.01 (district), 00 (the nation)",
        )
    row = conn.execute(
        "select pg_has_role(oid, 'caseworker', 'member') from pg_roles where rolname = %s and rolcanlogin",
        (role,),
    ).fetchone()
    if not (row and row[0]):
        raise SimpulError(
            f"'{role}' is no login role that may read persons",
            code="unknown_role",
            hint=f"let an administrator run: create role \"{role}\" login password '…' in role caseworker",
        )
    with conn.transaction():
        new = conn.execute(
            "insert into audit.person_region_grant (role_name, region_code, granted_by) values (%s, %s, %s)"
            " on conflict do nothing",
            (role, region_code, decision.by),
        ).rowcount
        if new:
            ledger.append(conn, "access.granted", role, {"region_code": region_code, **decision.as_dict()})
    return bool(new)


def revoke(conn: psycopg.Connection[Any], role: str, region_code: str, decision: Decision) -> bool:
    """Take it back, at once; False: there was no such right. One for a wider region stays and still shows them."""
    with conn.transaction():
        gone = conn.execute(
            "delete from audit.person_region_grant where role_name = %s and region_code = %s",
            (role, region_code),
        ).rowcount
        if gone:
            ledger.append(conn, "access.revoked", role, {"region_code": region_code, **decision.as_dict()})
    return bool(gone)


def _name(region_code: str | None) -> str | None:
    """What a region is called; of a village, whose lists the warehouse has, its code. None: no such region today."""
    if region_code is None:
        return None
    regions = Regions.load().by_code
    if region_code == NATION:
        return "Indonesia"
    if _VILLAGE.fullmatch(region_code):
        return region_code if region_code[:8] in regions else None
    found = regions.get(region_code)
    return found.name if found and found.is_current else None
