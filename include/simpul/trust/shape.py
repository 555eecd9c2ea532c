"""What decides over rows without being a right: rules, triggers, constraints, who may call what, settings of sessions.

Registers are as the migrations made them: ``shape.json`` is the catalogue of a warehouse that was only migrated, and
`tests/release/test_shape.py` writes it anew when a migration changes it. Tables of rows have none of it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import psycopg

from simpul.roles import DEFINERS, SESSION
from simpul.stack.tuning import QUIET_LOG
from simpul.trust.doors import HELD, REMAKE, Unexpected, set_ahead

Shape = dict[str, dict[str, str]]
"""Table or function → what it has → how it is said."""

_FILE = Path(__file__).with_name("shape.json")
_MIGRATED = ["audit", "identity", "quarantine"]
_OURS = [
    *_MIGRATED, "raw", "staging", "intermediate", "candidate", "release", "marts", "marts_person", "public"
]  # fmt: skip
_HARMLESS = (
    r"(_timeout|_mem|_buffers|_cost|_cache_size)$|^(enable|jit|max_parallel|geqo|lc)_|^(jit|geqo|timezone|datestyle"
    r"|client_encoding|application_name|temp_file_limit|tcp_.*)$"
)
"""Settings that make a session slower or quicker, or its texts other: anybody may have his own."""

_SHAPE = """
with ours as (
    select c.oid, n.nspname || '.' || c.relname as name, relrowsecurity from pg_class as c
    join pg_namespace as n on n.oid = c.relnamespace where n.nspname = any(%(schemas)s) and c.relkind in ('r', 'p')),
functions as (
    select replace(oid::regprocedure::text, ',', ', ') as function, pronamespace::regnamespace::text as schema,
        prosrc, proacl, proowner from pg_proc),
found (name, part, said) as (
    select name, 'constraint ' || conname, pg_get_constraintdef(k.oid) from ours join pg_constraint as k
        on conrelid = ours.oid where contype <> 'n'
    union all
    select name, 'index ' || indexrelid::regclass, pg_get_indexdef(indexrelid) from ours
        join pg_index on indrelid = ours.oid
        where indisunique and indisvalid and not exists (select from pg_constraint where conindid = indexrelid)
    union all
    select name, 'column ' || attname, 'not null' from ours join pg_attribute on attrelid = ours.oid
        where attnum > 0 and attnotnull and not attisdropped
    union all
    select name, 'generated column ' || attname, pg_get_expr(adbin, adrelid) from ours
        join pg_attribute as a on attrelid = ours.oid join pg_attrdef on (adrelid, adnum) = (attrelid, attnum)
        where attgenerated <> ''
    union all
    select name, 'trigger ' || tgname, pg_get_triggerdef(t.oid) || ', ' || tgenabled::text from ours
        join pg_trigger as t on tgrelid = ours.oid where not tgisinternal
    union all
    select distinct name, 'check of references', 'is switched off' from ours
        join pg_trigger on tgrelid = ours.oid where tgisinternal and tgenabled <> 'O'
    union all
    select name, 'row rights', 'are on' from ours where relrowsecurity
    union all
    select name, 'policy ' || polname, 'is there' from ours join pg_policy on polrelid = ours.oid
    union all
    select name, 'table', 'is there' from ours
    union all
    select function, 'body', md5(prosrc) from functions
        where schema = any(%(schemas)s) and function <> all(%(definers)s)
    union all
    select function, 'caller ' || coalesce(r.rolname, 'everybody'), 'may call it' from functions
        cross join aclexplode(coalesce(proacl, acldefault('f', proowner))) as given
        left join pg_roles as r on r.oid = given.grantee
        where (schema = any(%(schemas)s) or function = any(%(definers)s)) and given.grantee <> proowner)
select name, jsonb_object_agg(part, said) from found group by 1 order by 1"""

# on any table of ours but those of the migrations, whose triggers stand in the shape
_BY_HAND = """
select n.nspname || '.' || c.relname as name, 'rule ' || rulename || ' does something else than was asked' as told,
    format('drop rule %%I on %%I.%%I', rulename, nspname, relname) as hint
from pg_rewrite join pg_class as c on c.oid = ev_class join pg_namespace as n on n.oid = c.relnamespace
where ev_type <> '1' and n.nspname = any(%(ours)s)
union all
select n.nspname || '.' || c.relname, 'trigger ' || tgname || ' was put on it by hand',
    format('drop trigger %%I on %%I.%%I', tgname, nspname, relname)
from pg_trigger join pg_class as c on c.oid = tgrelid join pg_namespace as n on n.oid = c.relnamespace
where not tgisinternal and tgparentid = 0 and n.nspname = any(%(ours)s) and n.nspname <> all(%(schemas)s)
union all
select 'event trigger ' || evtname, 'Simpul makes none', format('drop event trigger %%I', evtname)
from pg_event_trigger where evtenabled <> 'D'
union all
select name, role || ' may give ' || string_agg(distinct what, ', ' order by what) || ' on',
    format('revoke grant option for … on %%s from %%s', name, role)
from (
    select n.nspname || '.' || c.relname as name, given.grantee::regrole::text as role, lower(privilege_type) as what
    from pg_class as c join pg_namespace as n on n.oid = c.relnamespace cross join aclexplode(c.relacl) as given
    where n.nspname = any(%(ours)s) and is_grantable and grantee <> c.relowner
    union all
    select n.nspname || '.' || c.relname, given.grantee::regrole::text, lower(privilege_type)
    from pg_attribute as a join pg_class as c on c.oid = attrelid join pg_namespace as n on n.oid = c.relnamespace
    cross join aclexplode(attacl) as given
    where n.nspname = any(%(ours)s) and is_grantable and grantee <> c.relowner
    union all
    select 'schema ' || nspname, given.grantee::regrole::text, lower(privilege_type)
    from pg_namespace cross join aclexplode(nspacl) as given
    where nspname = any(%(ours)s) and is_grantable and grantee <> nspowner
    union all
    select 'function ' || p.oid::regprocedure, given.grantee::regrole::text, lower(privilege_type)
    from pg_proc as p cross join aclexplode(proacl) as given
    where pronamespace::regnamespace::text = any(%(ours)s) and is_grantable and grantee <> proowner
    union all
    select 'database ' || quote_ident(datname), given.grantee::regrole::text, lower(privilege_type)
    from pg_database cross join aclexplode(datacl) as given
    where datname = current_database() and is_grantable and grantee <> datdba) as options
group by name, role
union all
select 'default privileges in ' || coalesce(n.nspname, 'every schema'),
    case grantee when 0 then 'everybody' else grantee::regrole::text end || ' will be given ' || lower(privilege_type)
        || ' on ' || case defaclobjtype when 'f' then 'functions' when 'T' then 'types' else 'schemas' end
        || ' made there',
    'alter default privileges … revoke … from …'
from pg_default_acl left join pg_namespace as n on n.oid = defaclnamespace cross join aclexplode(defaclacl)
where defaclobjtype not in ('r', 'S') and grantee <> defaclrole
union all
select 'default privileges', 'everybody will be given execute on functions that the owner makes',
    'alter default privileges revoke execute on functions from public'
where not exists (
    select from pg_default_acl join pg_namespace as audit on audit.nspname = 'audit' and nspowner = defaclrole
    where defaclnamespace = 0 and defaclobjtype = 'f')
order by 1, 2"""


def found(conn: psycopg.Connection[Any]) -> Iterator[Unexpected]:
    """Everything of it that no migration made."""
    yield from _others(shape(conn), declared())
    for name, told, hint in conn.execute(_BY_HAND, {"ours": _OURS, "schemas": _MIGRATED}).fetchall():
        yield Unexpected(name, told, f"look who made it and what it did since; {hint}")
    yield from _settings(conn)


def shape(conn: psycopg.Connection[Any]) -> Shape:
    """Of the registers, as the catalogue has it."""
    row = conn.execute("select current_setting('search_path')").fetchone()
    conn.execute(
        "select set_config('search_path', 'pg_catalog', true)"
    )  # what stands in it is said without its schema
    told = conn.execute(_SHAPE, {"schemas": _MIGRATED, "definers": list(DEFINERS)}).fetchall()
    conn.execute("select set_config('search_path', %s, true)", row)
    return dict(told)


@cache
def declared() -> Shape:
    """As the migrations make it."""
    return dict(json.loads(_FILE.read_text(encoding="utf-8")))


def _others(now: Shape, made: Shape) -> Iterator[Unexpected]:
    """Of what was made; a table or function that somebody added is told by who may read or call it."""
    for name, parts in made.items():
        has = now.get(name)
        if has is None:
            yield Unexpected(name, "it is gone", REMAKE)
            continue
        for part in sorted(parts.keys() | has.keys()):
            if part not in has:
                yield Unexpected(name, f"{part} is gone", REMAKE)
            elif part not in parts:
                yield Unexpected(name, f"{part} was added: {has[part]}", REMAKE)
            elif has[part] != parts[part]:
                yield Unexpected(name, f"{part} is not as its migration made it", REMAKE)


def _settings(conn: psycopg.Connection[Any]) -> Iterator[Unexpected]:
    """What sessions start with beside what `simpul.trust.doors` looks at: another release, statements in the log."""
    harmless = re.compile(_HARMLESS, re.IGNORECASE)
    known = {*HELD, *QUIET_LOG, *(name for one in SESSION.values() for name in one)}
    for role, name, _, of in set_ahead(conn):
        if name not in known and not harmless.search(name):
            yield Unexpected(
                f"sessions of {role or 'everybody'}",
                f"{name} is set, and nobody declared it",
                f"look who did it; alter {of} reset {name}",
            )
