"""What each login role may read, asked of the catalogue: role × relation × columns × which rows.

Nothing here knows what a role *should* read (`simpul.roles.READS`, `simpul.trust.checking`): it tells what PostgreSQL
would let it do, through views, row rights, column rights, PUBLIC and memberships, without reading a row.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

import psycopg
from psycopg.rows import namedtuple_row

from simpul.database import LOGIN_ROLES
from simpul.release import rights
from simpul.roles import ALL, OWN_REGIONS

NONE, OTHER, ERROR = "none", "other", "error"

MEMBER = """with recursive member (oid, of) as (
    select member, roleid from pg_auth_members
    union select member.oid, g.roleid from member join pg_auth_members g on g.member = member.of)"""
"""Who is a member of whom, through groups too, inheriting or not."""
# who logs in, but whose installation this is (who asks, and whose database it is if he may act for that one) and who
# made the server; is_master: a superuser, or a member of one or of an owner, through groups too, inheriting or not
_ROLES = f"""
{MEMBER},
owner as (
    select datdba as oid from pg_database where datname = current_database()
    union select oid from pg_roles where rolname = current_user)
select r.oid, rolname as name, rolsuper or rolbypassrls as sees_everything,
    rolsuper or r.oid in (select oid from owner) or exists (select from member join pg_roles g on g.oid = member.of
        where member.oid = r.oid and (g.rolsuper or g.oid in (select oid from owner))) as is_master,
    array(select ours.rolname::text from pg_roles ours where ours.rolname = any(%(ours)s)
        and (ours.oid = r.oid or (r.oid, ours.oid) in (select oid, of from member)) order by 1) as works_as
from pg_roles r
where rolcanlogin and (rolname = any(%(ours)s) or not (r.oid = 10 or rolname = current_user
    or r.oid in (select oid from owner) and pg_has_role(r.oid, 'member')))
order by rolname"""  # noqa: S608 - of a constant

_RELATIONS = """
select c.oid, n.nspname as schema, n.nspname || '.' || c.relname as name, c.relkind as kind,
    pg_get_userbyid(c.relowner) as owner, c.relowner as owner_oid, c.relrowsecurity as has_row_rights,
    c.relforcerowsecurity as is_forced, c.relispartition as is_partition,
    coalesce((select option_value::boolean from pg_options_to_table(c.reloptions)
        where option_name = 'security_invoker'), false) as is_invoker,
    array(select attname::text from pg_attribute
        where attrelid = c.oid and attnum > 0 and not attisdropped order by attnum) as columns
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'v', 'm', 'f') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
order by n.nspname, c.relname"""

# what a role holds itself, is given as a member, or has as PUBLIC; owners of views are asked for as well
_SELECTS = """
select r.oid as role, c.oid as relation, has_schema_privilege(r.oid, c.relnamespace, 'usage') as may_name,
    array(select a.attname::text from pg_attribute a
        where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
            and has_column_privilege(r.oid, c.oid, a.attnum, 'select') order by a.attnum) as columns
from pg_roles r cross join pg_class c
where r.oid = any(%(roles)s) and c.oid = any(%(relations)s) and has_any_column_privilege(r.oid, c.oid, 'select')"""

_BASES = """
select r.ev_class as view, d.refobjid as base,
    array(select attname::text from pg_attribute
        where attrelid = d.refobjid and attnum = any(array_agg(d.refobjsubid)) and attnum > 0) as columns
from pg_rewrite r
join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid and d.refclassid = 'pg_class'::regclass
join pg_class c on c.oid = d.refobjid and c.relkind in ('r', 'p', 'v', 'm', 'f')
where r.ev_type = '1' and d.refobjid <> r.ev_class and r.ev_class = any(%(relations)s)
group by r.ev_class, d.refobjid"""

_POLICIES = """
select p.polrelid as relation, r.oid as role, p.polpermissive as is_permissive,
    pg_get_expr(p.polqual, p.polrelid) as condition
from pg_policy p cross join pg_roles r
where p.polcmd in ('r', '*') and r.oid = any(%(roles)s)
    and exists (select from unnest(p.polroles) as given
        where given = 0 or case when given = 0 then false else pg_has_role(r.oid, given, 'usage') end)"""

_GRANTED = "select role_name, region_code from audit.person_region_grant order by 1, 2"


@dataclass(frozen=True)
class Role:
    """Who may log in. ``works_as``: the declared roles that it is, or is a member of. ``is_master``: it is or may
    become a superuser or the owner, so it reads and changes everything.
    """

    oid: int
    name: str
    sees_everything: bool
    is_master: bool
    works_as: list[str]


@dataclass(frozen=True)
class Relation:
    """A table or view as the catalogue has it."""

    oid: int
    schema: str
    name: str
    kind: str
    owner: str
    owner_oid: int
    has_row_rights: bool
    is_forced: bool
    is_partition: bool
    is_invoker: bool
    columns: list[str]


@dataclass(frozen=True)
class Right:
    """What a role may read of a relation.

    ``rows``: ``all``, ``own regions`` (which: ``regions``), ``none`` (row rights leave nothing), ``other`` (a condition
    that is not ours), ``error`` (a view that asks rights which the role has not). ``may_name`` False: it holds the
    right, but not the schema, so it reads through a view only.
    """

    role: str
    relation: str
    columns: list[str]
    withheld: list[str]
    rows: str
    may_name: bool
    regions: list[str] = field(default_factory=list)

    @property
    def reads(self) -> bool:
        """Whether any row can come out when the role asks this relation itself."""
        return self.may_name and self.rows not in (NONE, ERROR)


@dataclass(frozen=True)
class Matrix:
    """What any login role holds; the owner and the superuser who made the server hold everything, and are left out."""

    roles: list[Role]
    relations: dict[str, Relation]
    bases: dict[str, list[str]]
    rights: list[Right]

    def of(self, role: str, relation: str) -> Right | None:
        """What this role holds of this relation; None: nothing."""
        return next((r for r in self.rights if r.role == role and r.relation == relation), None)

    def as_dict(self) -> dict[str, Any]:
        """For a program. A pair that is not listed may not be read."""
        return {
            "roles": [
                {"name": role.name, "works_as": role.works_as, "reads_everything": role.is_master}
                for role in self.roles
            ],
            "relations": {name: relation.columns for name, relation in self.relations.items()},
            "rights": [asdict(right) for right in self.rights],
        }


def matrix(conn: psycopg.Connection[Any]) -> Matrix:
    """Ask the catalogue, in one snapshot of the caller's transaction; what it makes to compare it takes back."""
    catalogue = _Catalogue(conn)
    relations = catalogue.relations
    return Matrix(
        catalogue.roles,
        {relation.name: relation for relation in relations.values()},
        {
            relations[view].name: sorted(relations[one.base].name for one in used if one.base in relations)
            for view, used in catalogue.bases.items()
        },
        [
            right
            for role in catalogue.roles
            for relation in relations.values()
            if (right := catalogue.right(role, relation))
        ],
    )


class _Catalogue:
    """What is asked of the database, each of it once."""

    def __init__(self, conn: psycopg.Connection[Any]) -> None:
        self.roles = [Role(*row) for row in _rows(conn, _ROLES, ours=list(LOGIN_ROLES))]
        self.relations = {row.oid: Relation(*row) for row in _rows(conn, _RELATIONS)}
        roles = list(
            {role.oid for role in self.roles} | {relation.owner_oid for relation in self.relations.values()}
        )
        relations = list(self.relations)
        self._selects = {
            (row.role, row.relation): row for row in _rows(conn, _SELECTS, roles=roles, relations=relations)
        }
        self.bases = _grouped(_rows(conn, _BASES, relations=relations), "view")
        self._policies = _grouped(_rows(conn, _POLICIES, roles=roles), "relation", "role")
        self._granted = _grouped(_rows(conn, _GRANTED), "role_name")
        self._own_regions = rights.own_regions(conn)
        self._unlimited = {role.oid for role in self.roles if role.sees_everything}

    def right(self, role: Role, relation: Relation) -> Right | None:
        """What the role holds of the relation; None: nothing."""
        if role.is_master:
            return Right(role.name, relation.name, relation.columns, [], ALL, may_name=True)
        held = self._selects.get((role.oid, relation.oid))
        if held is None:
            return None
        rows = self._shown(relation, role.oid)
        withheld = [column for column in relation.columns if column not in held.columns]
        regions = [one.region_code for one in self._granted.get(role.name, [])]
        return Right(
            role.name,
            relation.name,
            held.columns,
            withheld,
            rows,
            held.may_name,
            regions if rows == OWN_REGIONS else [],
        )

    def _shown(self, relation: Relation, asker: int) -> str:
        """Which rows come out when the rights of ``asker`` are asked."""
        if relation.kind == "v":
            behind = asker if relation.is_invoker else relation.owner_oid
            return _narrowest(
                [
                    self._shown(self.relations[one.base], behind) if self._may(behind, one) else ERROR
                    for one in self.bases.get(relation.oid, [])
                    if one.base in self.relations
                ]
            )
        is_exempt = asker == relation.owner_oid and not relation.is_forced
        if not relation.has_row_rights or asker in self._unlimited or is_exempt:
            return ALL
        return self._by_policies(self._policies.get((relation.oid, asker), []))

    def _by_policies(self, policies: list[Any]) -> str:
        """By what publishing writes, letter by letter: a condition that holds more than it shows other rows."""
        permissive = [policy.condition for policy in policies if policy.is_permissive]
        if not permissive:
            return NONE
        if any(not policy.is_permissive for policy in policies):
            return OTHER
        if "true" in permissive:
            return ALL
        return OWN_REGIONS if self._own_regions.issuperset(permissive) else OTHER

    def _may(self, asker: int, base: Any) -> bool:
        held = self._selects.get((asker, base.base))
        return held is not None and set(base.columns) <= set(held.columns)


def _rows(conn: psycopg.Connection[Any], query: str, **given: Any) -> list[Any]:
    with conn.cursor(row_factory=namedtuple_row) as cursor:
        return cursor.execute(query, given).fetchall()  # type: ignore[arg-type]


def _grouped(rows: list[Any], *names: str) -> dict[Any, list[Any]]:
    """Rows by the value of one column, or by those of several."""
    found: dict[Any, list[Any]] = {}
    for row in rows:
        key = tuple(getattr(row, name) for name in names)
        found.setdefault(key if len(names) > 1 else key[0], []).append(row)
    return found


def _narrowest(rows: list[str]) -> str:
    """A view that joins shows no more than the narrowest of what it joins."""
    order = (ERROR, NONE, OTHER, OWN_REGIONS, ALL)
    return min(rows, key=order.index, default=ALL)
