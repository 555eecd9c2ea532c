"""Ways to rows besides reading them: powers of roles, functions with their owner's rights, places to make tables."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass
from typing import Any

import psycopg

from simpul.roles import CREATES, DEFINERS, READS, SESSION, setting_sql
from simpul.stack.tuning import QUIET_LOG
from simpul.trust.matrix import MEMBER, Role

REMAKE = (
    "look what it did and since when; make it again as the newest of simpul/migrations/versions that names it"
)
HELD = (
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
    yield from _makers(conn, [role for role in roles if not role.is_master])
    yield from _settings(conn, roles)
    yield from _system(conn, [role for role in roles if not role.is_master])
    yield from _server_log(conn)


# An attribute, the owner and PostgreSQL's own roles (files, programs, all tables, other sessions' statements) reach
# these persons from any database of the server; another group only whoever may connect here.
_POWERS = f"""
{MEMBER},
power (oid, told) as (
    select oid, told from pg_roles, unnest(array[
        case when rolsuper then 'a superuser' end, case when rolbypassrls then 'bypasses row rights' end,
        case when rolreplication then 'may copy the whole server (replication)' end,
        case when rolcreaterole then 'makes roles' end]) as told where told is not null
    union all select datdba, 'owns the warehouse' from pg_database where datname = current_database())
select r.rolname, case when told like 'a %%' then 'is ' else '' end || told
    from power join pg_roles r using (oid) where r.rolname = any(%(names)s)
union all
select r.rolname, 'is a member of ' || g.rolname || coalesce(
        ' (' || (select string_agg(told, ', ' order by told) from power where power.oid = g.oid) || ')', '')
    from member join pg_roles r on r.oid = member.oid join pg_roles g on g.oid = member.of
    where r.rolname = any(%(names)s) and (g.rolname <> all(%(ours)s) or r.rolname = any(%(ours)s))
        and (g.rolname ~ '^pg_' or g.oid in (select oid from power)
            or r.rolname = any(%(ours)s) or has_database_privilege(r.oid, current_database(), 'connect'))
order by 1, 2"""  # noqa: S608 - of a constant


def _powers(conn: psycopg.Connection[Any], roles: list[Role]) -> Iterator[Unexpected]:
    """What a role may beyond its grants, or may become."""
    given = {"names": [role.name for role in roles], "ours": list(READS)}
    for name, power in conn.execute(_POWERS, given):
        yield Unexpected(
            name,
            power,
            f"alter role {name} …, or revoke the membership: only an administrator can;"
            " one whose powers are known is named in SIMPUL_ADMINISTRATORS",
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
            yield Unexpected(name, "it does something else than its migration made it do", REMAKE)
        if not is_pinned:
            yield Unexpected(
                name,
                "who calls it may choose its search path",
                f"alter function {name} set search_path = pg_catalog, pg_temp",
            )
        if is_public:
            yield Unexpected(name, "everybody may call it", f"revoke all on function {name} from public")
    for name in missed:
        yield Unexpected(name, "it is gone, or runs without its owner's rights", REMAKE)


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
    held against rights (then reads fail), a library that is loaded. And what was declared and is gone.
    """
    declared: dict[str | None, set[tuple[str, str]]] = {None: set()}
    for one in roles:
        declared[one.name] = {setting for name in one.works_as for setting in SESSION.get(name, {}).items()}
    missing = {(role, *setting) for role in SESSION for setting in SESSION[role].items()}
    for role, name, value, of in set_ahead(conn, {*HELD, *(name for _, name, _ in missing)}):
        told = ", ".join(part.strip(' "') for part in value.split(","))
        missing.discard((str(role), name, told))
        is_held = name in HELD or name in SESSION.get(str(role), {})
        if is_held and role in declared and (name, told) not in declared[role]:
            yield Unexpected(
                f"sessions of {role or 'everybody'}",
                f"{name} is set otherwise than declared",
                f"look who did it; alter {of} reset {name}, or set it as simpul.roles has it",
            )
    for role, name, value in sorted(missing):
        yield Unexpected(
            f"sessions of {role}",
            f"{name} is not set as declared",
            f"look who took it away; {setting_sql(role, name, value)}",
        )


def set_ahead(
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


# Tables (statistics and TOAST hold values of cells), functions (some read files of the server) and what else PostgreSQL
# brings, beyond what each was made with. What everybody has gives nobody more.
_SYSTEM = """
with object (name, class, oid, part, owner, acl, kind) as (
    select n.nspname || '.' || c.relname, 'pg_class', c.oid, 0, c.relowner, c.relacl,
        case c.relkind when 'S' then 's' else 'r' end
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S', 't')
        and (n.nspname in ('pg_catalog', 'pg_toast', 'information_schema'))
    union all
    select n.nspname || '.' || c.relname || ' (' || a.attname || ')', 'pg_class', c.oid, a.attnum, c.relowner, a.attacl,
        'c'
    from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
    where n.nspname in ('pg_catalog', 'pg_toast', 'information_schema')
    union all
    select 'function ' || p.oid::regprocedure, 'pg_proc', p.oid, 0, proowner, proacl, 'f'
    from pg_proc p join pg_namespace n on n.oid = p.pronamespace
    where n.nspname in ('pg_catalog', 'information_schema')
    union all select 'parameter ' || parname, 'pg_parameter_acl', oid, 0, 10, paracl, 'p' from pg_parameter_acl
    union all select 'language ' || lanname, 'pg_language', oid, 0, lanowner, lanacl, 'l' from pg_language
    union all select 'foreign server ' || srvname, 'pg_foreign_server', oid, 0, srvowner, srvacl, 'S'
    from pg_foreign_server
    union all select 'foreign data wrapper ' || fdwname, 'pg_foreign_data_wrapper', oid, 0, fdwowner, fdwacl, 'F'
    from pg_foreign_data_wrapper
    union all select 'tablespace ' || spcname, 'pg_tablespace', oid, 0, spcowner, spcacl, 't' from pg_tablespace),
given as (
    select object.*, now.grantee, now.privilege_type as what, exists (
        select from aclexplode(coalesce(
            (select initprivs from pg_init_privs where (objoid, classoid, objsubid) = (oid, class::regclass, part)),
            acldefault(kind::"char", owner))) as made
        where (made.grantee, made.privilege_type) = (now.grantee, now.privilege_type)) as is_made
    from object, aclexplode(acl) as now where now.grantee <> owner
        -- made after initdb noted what it had made, for everybody but for what they are made of
        and not (grantee = 0 and privilege_type = 'SELECT' and name ~ '^information_schema[.][^_]'))
select name, case grantee when 0 then 'everybody' else pg_get_userbyid(grantee) end,
    string_agg(distinct lower(what), ', ')
from given g
where not is_made
    and (grantee = 0 or exists (select from pg_roles r where r.rolname = any(%(names)s)
            and (r.rolname = any(%(ours)s) or has_database_privilege(r.oid, current_database(), 'connect'))
            and case when g.grantee = 0 then false else pg_has_role(r.oid, g.grantee, 'member') end))
    and not exists (select from given e where (e.class, e.oid, e.part, e.what) = (g.class, g.oid, g.part, g.what)
        and e.grantee = 0 and g.grantee <> 0)
group by name, grantee order by 1, 2"""


def _system(conn: psycopg.Connection[Any], roles: list[Role]) -> Iterator[Unexpected]:
    """What PostgreSQL brings, as it was made; and no large objects."""
    for name, role, what in conn.execute(
        _SYSTEM, {"names": [role.name for role in roles], "ours": list(READS)}
    ):
        yield Unexpected(
            name,
            f"{role} was given {what} on it",
            f"look who did it; revoke {what} on {name} from {'public' if role == 'everybody' else role}",
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
    for role, name, value, of in set_ahead(conn, QUIET_LOG):
        if role is not None and value not in ("panic", *QUIET_LOG.values()):
            yield Unexpected(
                "log of the server", f"{name} is set otherwise for role {role}", f"alter {of} reset {name}"
            )
