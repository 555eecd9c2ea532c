"""Who may read a published table. Rights sit on the permanent parent and its view, so no rebuild can lose them.

Readers get SELECT on the parent without USAGE on its schema: the ``security_invoker`` view may read it for them, they
cannot name it themselves. On tables about persons the rows are limited too, and whatever is unclear is not shown: row
rights are forced: they hold where the owner's rights are asked, too, behind a view without ``security_invoker``.
"""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import sql

from simpul.release import catalog
from simpul.release.mart import Mart

READERS = {
    "marts": ("bi_reader", "caseworker", "steward", "auditor"),
    "marts_person": ("caseworker", "steward"),
}
REGION = "region_code"
_COMMANDS = {"r": "select", "*": "all"}  # as pg_policy abbreviates them
# The sub-selects run once per query; a row without a region matches no pattern and is not shown. The first pattern is
# that of the widest region, asked for alone: it is all that most rows need, and `any` takes four times as long.
_OWN_REGIONS = (
    f"{REGION} like (select (audit.person_region_patterns())[1])"
    f" or {REGION} like any ((select audit.person_region_patterns())::text[])"
)


def is_current(conn: psycopg.Connection[Any], mart: Mart) -> bool:
    """Whether rights and row rights are what `give` would make: nobody altered them by hand."""
    parent, view = _oid(conn, catalog.RELEASE, mart), _oid(conn, mart.audience, mart)
    return all(_readers(conn, relation) == set(READERS[mart.audience]) for relation in (parent, view)) and (
        mart.audience != "marts_person" or _row_rights_are_current(conn, mart)
    )


def give(conn: psycopg.Connection[Any], mart: Mart) -> None:
    """Grant SELECT to the readers of this audience and to nobody else; on person tables limit the rows."""
    for schema in (catalog.RELEASE, mart.audience):
        take_all(conn, schema, mart.name)
        readers = sql.SQL(", ").join(map(sql.Identifier, READERS[mart.audience]))
        conn.execute(sql.SQL("grant select on {} to {}").format(catalog.name(schema, mart.name), readers))
    if mart.audience != "marts_person":
        return
    parent = catalog.name(catalog.RELEASE, mart.name)
    conn.execute(sql.SQL("alter table {} enable row level security, force row level security").format(parent))
    _, found = _row_rights(conn, _oid(conn, catalog.RELEASE, mart))
    for policy in found:
        conn.execute(sql.SQL("drop policy {} on {}").format(sql.Identifier(policy), parent))
    for policy, (role, command, condition) in _policies(conn, mart).items():
        named = sql.SQL("policy {} on {}").format(sql.Identifier(policy), parent)
        conn.execute(
            sql.SQL("create {} for {} to {} using ({})").format(
                named, sql.SQL(_COMMANDS[command]), sql.Identifier(role), sql.SQL(condition)
            )
        )
        # how this version of PostgreSQL prints the condition is kept beside it, to see later that nobody altered it
        printed = _row_rights(conn, _oid(conn, catalog.RELEASE, mart))[1][policy][1]
        conn.execute(sql.SQL("comment on {} is {}").format(named, sql.Literal(_as_made(printed, condition))))


def take_all(conn: psycopg.Connection[Any], schema: str, table: str) -> None:
    """Take every right on a relation from everybody but its owner."""
    for role in sorted(_readers(conn, catalog.oid(conn, schema, table) or 0)):
        grantee = sql.SQL("public") if role == "public" else sql.Identifier(role)
        conn.execute(sql.SQL("revoke all on {} from {}").format(catalog.name(schema, table), grantee))


def _policies(conn: psycopg.Connection[Any], mart: Mart) -> dict[str, tuple[str, str, str]]:
    """Policy → role, command and condition.

    A table without regions cannot be shared out by them: only the steward reads it.
    """
    owner = _owner(conn, mart)
    # Whose session it is, not whose rights are asked: behind a view without security_invoker these are the owner's for
    # everybody. Not for reading only: an owner who may see rows and not change them would delete none, and be told so
    # by nobody. An administrator who is a member of the owner works as he does.
    is_his = sql.SQL("(select pg_has_role(session_user, {}, 'member'))").format(sql.Literal(owner))
    policies = {
        "owner_in_person": (owner, "*", is_his.as_string(conn)),
        "steward_all": ("steward", "r", "true"),
    }
    if any(column.name == REGION for column in catalog.attributes(conn, catalog.RELEASE, mart.name)):
        policies["caseworker_own_regions"] = ("caseworker", "r", _OWN_REGIONS)
    return policies


def _owner(conn: psycopg.Connection[Any], mart: Mart) -> str:
    row = conn.execute(
        "select pg_get_userbyid(relowner) from pg_class where oid = %s", (_oid(conn, catalog.RELEASE, mart),)
    ).fetchone()
    return str(row[0]) if row else ""


def _oid(conn: psycopg.Connection[Any], schema: str, mart: Mart) -> int:
    return catalog.oid(conn, schema, mart.name) or 0


def _readers(conn: psycopg.Connection[Any], relation: int) -> set[str]:
    """Roles other than the owner that hold any right on the relation."""
    rows = conn.execute(
        """select distinct case grantee when 0 then 'public' else grantee::regrole::text end
        from pg_class, aclexplode(relacl) where pg_class.oid = %s and grantee <> relowner""",
        (relation,),
    ).fetchall()
    return {row[0].strip('"') for row in rows}


def _row_rights_are_current(conn: psycopg.Connection[Any], mart: Mart) -> bool:
    are_forced, found = _row_rights(conn, _oid(conn, catalog.RELEASE, mart))
    expected = _policies(conn, mart)
    if not are_forced or found.keys() != expected.keys():
        return False
    return all(
        found[policy] == (role, printed := found[policy][1], _as_made(printed, condition))
        and printed.startswith(f"{command} ")
        for policy, (role, command, condition) in expected.items()
    )


def _as_made(printed: str, condition: str) -> str:
    """What stands beside a policy: its condition as PostgreSQL prints it, and as it is written here."""
    return f"{printed}\n{condition}"


def _row_rights(
    conn: psycopg.Connection[Any], relation: int
) -> tuple[bool, dict[str, tuple[str, str, str | None]]]:
    """Whether row rights are on and forced, and policy → (role, condition, what `give` wrote beside it)."""
    row = conn.execute(
        "select relrowsecurity and relforcerowsecurity from pg_class where oid = %s", (relation,)
    ).fetchone()
    found = conn.execute(
        """select polname, coalesce((select string_agg(r::regrole::text, ',') from unnest(polroles) r), ''),
            polcmd::text || ' ' || pg_get_expr(polqual, polrelid), obj_description(oid, 'pg_policy')
        from pg_policy where polrelid = %s""",
        (relation,),
    ).fetchall()
    return bool(row and row[0]), {
        policy: (role, condition, as_made) for policy, role, condition, as_made in found
    }
