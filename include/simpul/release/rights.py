"""Who may read a published table. Rights sit on the permanent parent and its view, so no rebuild can lose them.

Readers get SELECT on the parent without USAGE on its schema: the ``security_invoker`` view may read it for them, they
cannot name it themselves. On tables about persons the rows are limited too, and whatever is unclear is not shown: row
rights are forced: they hold where the owner's rights are asked, too, behind a view without ``security_invoker``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import psycopg
from psycopg import sql

from simpul.release import catalog
from simpul.release.mart import Mart

READERS = {
    "marts": ("bi_reader", "caseworker", "steward", "auditor"),
    "marts_person": ("caseworker", "steward"),
}
REGION, REGENCY = "region_code", "regency_code"
REGENCY_OF_REGION = f"{REGENCY} is null or coalesce(starts_with({REGION} || '.', {REGENCY} || '.'), false)"
"""What must hold of every row of a table of persons that has both columns: whose regency it is shows the row."""
_COMMANDS = {"r": "select", "*": "all"}  # as pg_policy abbreviates them
# The sub-selects run once per query; a row without a region matches no pattern and is not shown. The first pattern is
# that of the widest region, asked for alone: it is all that most rows need, and `any` takes four times as long. Where
# it is a regency, and the table says of which one each row is, that is compared before: half the time of `like`.
_OWN_REGIONS = (
    f"{REGION} like (select (audit.person_region_patterns())[1])"
    f" or {REGION} like any ((select audit.person_region_patterns())::text[])"
)
_WIDEST_REGENCY = "substring((audit.person_region_patterns())[1] from '^([0-9]{2}[.][0-9]{2})[.]%$')"
_OWN_REGENCY = f"{REGENCY} = (select {_WIDEST_REGENCY})"


class Policy(NamedTuple):
    """A policy as the catalogue has it: conditions in the words of PostgreSQL."""

    is_permissive: bool
    command: str
    roles: str
    using: str | None
    check: str | None


class RowRights(NamedTuple):
    """Whether row rights are on, and forced, and the policies by name."""

    is_on: bool
    is_forced: bool
    policies: dict[str, Policy]


def is_current(conn: psycopg.Connection[Any], mart: Mart) -> bool:
    """Whether rights and row rights are what `give` would make: nobody altered them by hand.

    Args:
        conn: the owner's; a temporary table is made and taken back.
        mart: name and audience.
    """
    parent, view = _oid(conn, catalog.RELEASE, mart), _oid(conn, mart.audience, mart)
    return all(
        _readers(conn, relation) == set(READERS[mart.audience]) for relation in (parent, view)
    ) and _row_rights(conn, parent) == _as_made_now(conn, mart)


def give(conn: psycopg.Connection[Any], mart: Mart) -> None:
    """Grant SELECT to the readers of this audience and to nobody else; on person tables limit the rows."""
    for schema in (catalog.RELEASE, mart.audience):
        take_all(conn, schema, mart.name)
        readers = sql.SQL(", ").join(map(sql.Identifier, READERS[mart.audience]))
        conn.execute(sql.SQL("grant select on {} to {}").format(catalog.name(schema, mart.name), readers))
    parent = catalog.name(catalog.RELEASE, mart.name)
    for policy in _row_rights(conn, _oid(conn, catalog.RELEASE, mart)).policies:
        conn.execute(sql.SQL("drop policy {} on {}").format(sql.Identifier(policy), parent))
    conn.execute(
        sql.SQL("alter table {} disable row level security, no force row level security").format(parent)
    )
    _limit(conn, parent, _policies(conn, mart))


def own_regions(conn: psycopg.Connection[Any]) -> set[str | None]:
    """The conditions that show somebody the rows of their own regions, in the words in which PostgreSQL has them now:
    of a table that says the regency of each row, and of one that does not.
    """
    columns = sql.SQL("({} text, {} text)").format(sql.Identifier(REGION), sql.Identifier(REGENCY))
    policies = {
        str(place): ("caseworker", "r", _own_regions(of_regency))
        for place, of_regency in enumerate((False, True))
    }
    return {policy.using for policy in _made_now(conn, columns, policies).policies.values()}


def of_regencies(columns: Iterable[str]) -> bool:
    """Whether rows of a table with these columns are shown by their regency, so `REGENCY_OF_REGION` must hold."""
    return {REGION, REGENCY} <= set(columns)


def _own_regions(of_regency: bool) -> str:
    return f"{_OWN_REGENCY} or {_OWN_REGIONS}" if of_regency else _OWN_REGIONS


def take_all(conn: psycopg.Connection[Any], schema: str, table: str) -> None:
    """Take every right on a relation from everybody but its owner."""
    for role in sorted(_readers(conn, catalog.oid(conn, schema, table) or 0)):
        grantee = sql.SQL("public") if role == "public" else sql.Identifier(role)
        conn.execute(sql.SQL("revoke all on {} from {}").format(catalog.name(schema, table), grantee))


def _policies(conn: psycopg.Connection[Any], mart: Mart) -> dict[str, tuple[str, str, str]]:
    """Policy → role, command and condition; none on tables that are not about persons.

    A table without regions cannot be shared out by them: only the steward reads it.
    """
    if mart.audience != "marts_person":
        return {}
    owner = _owner(conn, mart)
    # Whose session it is, not whose rights are asked: behind a view without security_invoker these are the owner's for
    # everybody. Not for reading only: an owner who may see rows and not change them would delete none, and be told so
    # by nobody. An administrator who is a member of the owner works as he does.
    is_his = sql.SQL("(select pg_has_role(session_user, {}, 'member'))").format(sql.Literal(owner))
    policies = {
        "owner_in_person": (owner, "*", is_his.as_string(conn)),
        "steward_all": ("steward", "r", "true"),
    }
    columns = [column.name for column in catalog.attributes(conn, catalog.RELEASE, mart.name)]
    if REGION in columns:
        policies["caseworker_own_regions"] = ("caseworker", "r", _own_regions(of_regencies(columns)))
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


def _as_made_now(conn: psycopg.Connection[Any], mart: Mart) -> RowRights:
    """Row rights as `give` would make them: never what a hand that may alter them has written down somewhere."""
    policies = _policies(conn, mart)
    if not policies:
        return RowRights(False, False, {})
    return _made_now(conn, sql.SQL("(like {})").format(catalog.name(catalog.RELEASE, mart.name)), policies)


def _made_now(
    conn: psycopg.Connection[Any], columns: sql.Composable, policies: Mapping[str, tuple[str, str, str]]
) -> RowRights:
    """PostgreSQL writes conditions in its own words: they are made on a table that is taken back, and read there.

    On the parent itself that would wait for its readers, and they for it.
    """
    with conn.transaction(force_rollback=True):
        conn.execute(sql.SQL("create temporary table expected_rights {}").format(columns))
        _limit(conn, sql.Identifier("pg_temp", "expected_rights"), policies)
        row = conn.execute("select 'pg_temp.expected_rights'::regclass::oid").fetchone()
        return _row_rights(conn, row[0] if row else 0)


def _limit(
    conn: psycopg.Connection[Any], table: sql.Composable, policies: Mapping[str, tuple[str, str, str]]
) -> None:
    """Row rights, forced, of a table that has none; without policies it stays open to whoever has its rights."""
    if policies:
        conn.execute(
            sql.SQL("alter table {} enable row level security, force row level security").format(table)
        )
    for policy, (role, command, condition) in policies.items():
        conn.execute(
            sql.SQL("create policy {} on {} for {} to {} using ({})").format(
                sql.Identifier(policy),
                table,
                sql.SQL(_COMMANDS[command]),
                sql.Identifier(role),
                sql.SQL(condition),
            )
        )


def _row_rights(conn: psycopg.Connection[Any], relation: int) -> RowRights:
    row = conn.execute(
        "select relrowsecurity, relforcerowsecurity from pg_class where oid = %s", (relation,)
    ).fetchone()
    found = conn.execute(
        """select polname, polpermissive, polcmd::text, array_to_string(
                array(select case r when 0 then 'public' else r::regrole::text end from unnest(polroles) r order by 1),
                ','),
            pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid)
        from pg_policy where polrelid = %s""",
        (relation,),
    ).fetchall()
    return RowRights(*(row or (False, False)), {name: Policy(*told) for name, *told in found})
