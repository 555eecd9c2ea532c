"""Ways to rows besides reading them: powers of roles, functions with their owner's rights, places to make tables."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass
from typing import Any

import psycopg

from simpul.roles import CREATES, DEFINERS, READS, SESSION
from simpul.stack.tuning import QUIET_LOG
from simpul.trust.matrix import Role

_REMAKE = (
    "look what it did and since when; make it again as the newest of simpul/migrations/versions that names it"
)
_HELD = (
    "default_transaction_read_only",
    "local_preload_libraries",
    "role",
    "row_security",
    "search_path",
    "session_preload_libraries",
)
"""Settings by which a session reads, or is, something else."""


@dataclass(frozen=True)
class Unexpected:
    """Something in the catalogue that is not as declared, and what to do about it."""

    subject: str
    problem: str
    hint: str

    def as_dict(self) -> dict[str, str]:
        """For a program."""
        return asdict(self)


def found(conn: psycopg.Connection[Any], roles: list[Role]) -> Iterator[Unexpected]:
    """Every way that is open and not declared."""
    yield from _powers(conn, roles)
    yield from _functions(conn)
    yield from _makers(conn, roles)
    yield from _settings(conn, roles)
    yield from _system(conn)
    yield from _server_log(conn)


def _powers(conn: psycopg.Connection[Any], roles: list[Role]) -> Iterator[Unexpected]:
    """What a role may beyond its grants, or may become."""
    names = [role.name for role in roles]
    for name, power in conn.execute(
        """select rolname, power from pg_roles, unnest(array[
            case when rolsuper then 'is a superuser' end, case when rolbypassrls then 'bypasses row rights' end,
            case when rolreplication then 'may copy the whole server (replication)' end,
            case when rolcreaterole then 'makes roles' end]) as power
        where rolname = any(%(names)s) and power is not null
        union all
        select r.rolname, 'is a member of ' || g.rolname from pg_auth_members m
            join pg_roles r on r.oid = m.member join pg_roles g on g.oid = m.roleid
        where r.rolname = any(%(names)s) and (g.rolname <> all(%(ours)s) or r.rolname = any(%(ours)s))
        order by 1, 2""",
        {"names": names, "ours": list(READS)},
    ):
        yield Unexpected(
            name, power, f"alter role {name} …, or revoke the membership: only an administrator can"
        )


def _functions(conn: psycopg.Connection[Any]) -> Iterator[Unexpected]:
    """Whatever runs with its owner's rights is declared, does what its migration says, cannot be led to other tables,
    and is not everybody's.
    """
    missed = dict(DEFINERS)
    for name, body, is_pinned, is_public in conn.execute(
        """select n.nspname || '.' || proname || '(' || pg_get_function_identity_arguments(p.oid) || ')', md5(prosrc),
            exists (select from unnest(proconfig) as setting where setting like 'search\\_path=pg\\_catalog%%'),
            exists (select from aclexplode(coalesce(proacl, acldefault('f', proowner))) where grantee = 0)
        from pg_proc p join pg_namespace n on n.oid = p.pronamespace
        where prosecdef and n.nspname !~ '^pg_' order by 1""",
        {},
    ):
        arguments = ", ".join(one.split()[-1] for one in name[name.index("(") + 1 : -1].split(",") if one)
        declared = missed.pop(f"{name[: name.index('(')]}({arguments})", None)
        if declared is None:
            yield Unexpected(
                name, "it runs with its owner's rights and is not declared", f"drop function {name}"
            )
        elif body != declared.body:
            yield Unexpected(name, "it does something else than its migration made it do", _REMAKE)
        if not is_pinned:
            yield Unexpected(
                name,
                "who calls it may choose its search path",
                f"alter function {name} set search_path = pg_catalog, pg_temp",
            )
        if is_public:
            yield Unexpected(name, "everybody may call it", f"revoke all on function {name} from public")
    for name in missed:
        yield Unexpected(name, "it is gone, or runs without its owner's rights", _REMAKE)


def _makers(conn: psycopg.Connection[Any], roles: list[Role]) -> Iterator[Unexpected]:
    """Who makes or changes tables where he is not meant to."""
    names = [role.name for role in roles]
    declared = {
        role.name: {schema for name in role.works_as for schema in CREATES.get(name, ())} for role in roles
    }
    read = {role.name: {schema for name in role.works_as for schema in READS[name]} for role in roles}
    for role, schema in conn.execute(
        """select r.rolname, n.nspname from pg_roles r cross join pg_namespace n
        where r.rolname = any(%s) and not r.rolsuper and has_schema_privilege(r.oid, n.oid, 'create') order by 1, 2""",
        (names,),
    ):
        if schema not in declared[role]:
            yield Unexpected(
                f"schema {schema}",
                f"{role} may make tables in it",
                f"revoke create on schema {schema} from {role}",
            )
    for (role,) in conn.execute(
        """select rolname from pg_roles where rolname = any(%s) and not rolsuper
            and has_database_privilege(oid, current_database(), 'create, temporary') order by 1""",
        ([name for name in names if not declared[name]],),
    ):
        yield Unexpected(
            "database",
            f"{role} may make schemas or temporary tables",
            f"revoke create, temporary … from {role}",
        )
    for role, schema, relation, is_theirs in conn.execute(
        """select r.rolname, n.nspname, n.nspname || '.' || c.relname, pg_has_role(r.oid, c.relowner, 'usage')
        from pg_roles r cross join pg_class c join pg_namespace n on n.oid = c.relnamespace
        where r.rolname = any(%s) and not r.rolsuper and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
            and case when c.relkind = 'S' then has_sequence_privilege(r.oid, c.oid, 'usage, update')
                when c.relkind in ('r', 'p', 'v', 'm', 'f') then
                    has_table_privilege(r.oid, c.oid, 'insert, update, delete, truncate, references, trigger')
                    or has_any_column_privilege(r.oid, c.oid, 'insert, update, references') end
        order by 1, 3""",
        (names,),
    ):
        if not (is_theirs and schema in declared[role]):
            yield Unexpected(
                relation, f"{role} may change it", f"revoke all on {relation} from {role}, then publish"
            )
    for role, schema, what in conn.execute(
        """select distinct r.rolname, coalesce(n.nspname, 'every schema'), lower(given.privilege_type)
        from pg_default_acl d left join pg_namespace n on n.oid = d.defaclnamespace
            cross join aclexplode(d.defaclacl) as given
            join pg_roles r on given.grantee = 0 or pg_has_role(r.oid, given.grantee, 'usage')
        where r.rolname = any(%s) and not r.rolsuper and d.defaclobjtype in ('r', 'S')
            and not pg_has_role(r.oid, d.defaclrole, 'usage')
        order by 1, 2, 3""",
        (names,),
    ):
        if what == "select" and schema in read[role]:
            continue
        yield Unexpected(
            f"default privileges in {schema}",
            f"{role} will be given {what} on what the owner makes there",
            f"alter default privileges … revoke {what} … from {role}",
        )


def _settings(conn: psycopg.Connection[Any], roles: list[Role]) -> Iterator[Unexpected]:
    """What sessions start with and nobody declared: a path in which somebody else's table has a mart's name, rows not
    held against rights (then reads fail), a library that is loaded.
    """
    declared: dict[str | None, set[tuple[str, str]]] = {None: set()}
    for one in roles:
        declared[one.name] = {setting for name in one.works_as for setting in SESSION.get(name, {}).items()}
    for role, name, value, of in _set_ahead(conn, _HELD):
        told = ", ".join(part.strip(' "') for part in value.split(","))
        if role in declared and (name, told) not in declared[role]:
            yield Unexpected(
                f"sessions of {role or 'everybody'}",
                f"{name} is set otherwise than declared",
                f"look who did it; alter {of} reset {name}, or set it as simpul.roles has it",
            )


def _set_ahead(
    conn: psycopg.Connection[Any], names: Collection[str] | None = None
) -> Iterator[tuple[str | None, str, str, str]]:
    """What sessions here start with: (role or None for everybody, name, value, whose setting it is in SQL); of these
    settings or of all.
    """
    yield from conn.execute(
        """select r.rolname::text, split_part(setting, '=', 1), substr(setting, strpos(setting, '=') + 1),
            case when setrole = 0 and setdatabase = 0 then 'role all'
                when setrole = 0 then 'database ' || quote_ident(current_database())
                else 'role ' || setrole::regrole
                    || case when setdatabase = 0 then '' else ' in database ' || quote_ident(current_database()) end end
        from pg_db_role_setting left join pg_roles r on r.oid = setrole cross join unnest(setconfig) as setting
        where setdatabase in (0, (select oid from pg_database where datname = current_database()))
            and coalesce(split_part(setting, '=', 1) = any(%s), true) order by 1, 2""",
        (None if names is None else list(names),),
    )


def _system(conn: psycopg.Connection[Any]) -> Iterator[Unexpected]:
    """PostgreSQL's own tables, of which statistics hold values of cells, as it made them; and no large objects."""
    for (name,) in conn.execute(
        """select c.relname from pg_class c
            left join pg_init_privs i on i.objoid = c.oid and i.classoid = 'pg_class'::regclass and i.objsubid = 0
        where c.relnamespace = 'pg_catalog'::regnamespace and c.relkind in ('r', 'v')
            and exists (select from aclexplode(c.relacl) as now where grantee <> c.relowner and not exists (
                select from aclexplode(i.initprivs) as made
                where (made.grantee, made.privilege_type) = (now.grantee, now.privilege_type)))
        order by 1"""
    ):
        yield Unexpected(
            f"pg_catalog.{name}", "somebody was given rights on it", f"revoke them: \\dp pg_catalog.{name}"
        )
    row = conn.execute("select count(*) from pg_largeobject_metadata").fetchone()
    if row and row[0]:
        yield Unexpected(
            "large objects",
            f"there are {row[0]}, and Simpul makes none",
            "look who made them, lo_unlink them",
        )


def _server_log(conn: psycopg.Connection[Any]) -> Iterator[Unexpected]:
    """The log of the server is read by others than the tables are: errors and statements quote cells."""
    for name, value in QUIET_LOG.items():
        is_quiet = {"log_min_messages": ("fatal", "panic")}.get(name, (value,))
        row = conn.execute("select current_setting(%s)", (name,)).fetchone()
        if row and row[0] not in is_quiet:
            yield Unexpected(
                "log of the server",
                f"{name} is {row[0]}: errors and statements there would quote persons",
                f"let an administrator run: alter database \"{conn.info.dbname}\" set {name} = '{value}'",
            )
    row = conn.execute(
        """select current_setting('log_min_messages') in ('fatal', 'panic') and not 'log_min_messages=log' = any(
            coalesce(proconfig, '{}')) from pg_proc where oid = to_regprocedure('audit.note_read(text)')"""
    ).fetchone()
    if row and row[0]:
        yield Unexpected(
            "log of the server",
            "who reads about persons leaves no line in it: log_min_messages silences that, too",
            f'let an administrator run: grant set on parameter log_min_messages to "{conn.info.user}"',
        )
    for role, name, value, of in _set_ahead(conn, QUIET_LOG):
        if role is not None and value not in ("panic", *QUIET_LOG.values()):
            yield Unexpected(
                "log of the server", f"{name} is set otherwise for role {role}", f"alter {of} reset {name}"
            )
