"""Is anything left? Every text of the database and every file of the home is asked, also inside archives and encodings.

While an erasure runs it asks for the numbers themselves. Afterwards nobody knows them, and every number of sixteen
digits that is met is held against the fingerprints in the vault.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from simpul import erased
from simpul.blanking import Sought
from simpul.blanking.looking import numbers_in, packed, views
from simpul.blanking.sought import IN_JSON, anywhere, coded
from simpul.landing.inbox import mark_of
from simpul.settings import get_settings

_ELSEWHERE = ("postgres/data", "secrets")  # the server's own files; passwords and fingerprints
_TEXTS = """
select n.nspname, c.relname, array_agg(a.attname::text order by a.attnum), array_agg(
    c.relkind = 'r' and c.reltuples > 100000 and exists (
        select from pg_stats s where s.schemaname = n.nspname and s.tablename = c.relname and s.attname = a.attname
            and s.n_distinct between 0 and 500) order by a.attnum)
from pg_attribute a
join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
join pg_type t on t.oid = a.atttypid
where c.relkind in ('r', 'p', 'm') and not c.relispartition and a.attnum > 0 and not a.attisdropped
    and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast') and n.nspname !~ '^pg_temp'
    and (t.typcategory = 'S' or t.typname in ('jsonb', 'json', '_text'))
group by 1, 2 order by 1, 2
"""
# written out: a repetition of a repetition costs PostgreSQL more
_LONG = "(?<![0-9])[1-9]" + f"[{IN_JSON}]*[0-9]" * 15 + "(?![0-9])"

Meant = Callable[[Path], bool]
"""Whether a file, or its name, holds a number that is meant."""
_LARGE = 16 << 20


def by_mark() -> Meant:
    """By the fingerprints in the vault: of all erasures that were not lifted."""
    known = erased.marks()

    def meant(path: Path) -> bool:
        return known is not None and any(
            known.erasure("number", number) is not None
            for text in (str(path).encode("utf-8", "replace"), *views(path))
            for number in numbers_in(text)
        )

    return meant


def by_number(sought: Sought) -> Meant:
    """By the numbers themselves, in all the forms that they may have: those are looked for, nothing is decoded."""
    pattern, forms = sought.own_pattern, sorted({form for number in sought.own for form in _forms(number)})

    def holds(content: bytes) -> bool:
        if any(form in content for form in forms):
            return True
        # a delivered file was looked through for parted numbers when it was blanked
        return pattern is not None and len(content) < _LARGE and bool(pattern.search(content))

    def meant(path: Path) -> bool:
        content = path.read_bytes()
        return (
            holds(str(path).encode("utf-8", "replace")) or holds(content) or any(map(holds, packed(content)))
        )

    return meant


def _forms(number: str) -> list[bytes]:
    """As text, UTF-16, escaped, and in each of the three places that base64 gives it."""
    return [number.encode(), number.encode("utf-16-le"), number.encode("utf-16-be"), *coded(number)]


def in_files(meant: Meant) -> Iterator[str]:
    """Files of the home and the inbox that hold one, by folder and mark: a name may name a person."""
    for root, path in _files(meant, get_settings().home, get_settings().inbox):
        inside = path.relative_to(root)
        yield f"{root.name}/{inside.parts[0] if len(inside.parts) > 1 else ''} {mark_of(path)}"


def clear_scratch(meant: Meant) -> int:
    """Remove such files from ``home/work``, which may be emptied at any time; how many."""
    scratch = [path for _, path in _files(meant, get_settings().work)]
    for path in scratch:
        path.unlink()
    return len(scratch)


def _files(meant: Meant, *roots: Path) -> Iterator[tuple[Path, Path]]:
    home, seen = get_settings().home, set[Path]()
    for root in roots:
        for path in root.rglob("*"):
            if path in seen or not path.is_file() or path.is_symlink():
                continue
            seen.add(path)
            inside = path.relative_to(root)
            if root == home and any(inside.is_relative_to(name) for name in _ELSEWHERE):
                continue
            if meant(path):
                yield root, path


def in_database(
    conn: psycopg.Connection[Any], numbers: list[str] | None = None, among: Collection[str] | None = None
) -> dict[str, int]:
    """Table → rows with one of the numbers; by the fingerprints in the vault where none are given.

    With numbers, a cell of a column with few values is looked into only where it is long enough for one: whether a
    mostly empty column holds a number its statistics do not tell.

    Args:
        conn: to the warehouse.
        numbers: that are looked for.
        among: these tables only (``schema.table``): no other had any when it was asked.
    """
    found: dict[str, int] = {}
    known = erased.marks()
    for schema, table, columns, few in conn.execute(_TEXTS).fetchall():
        if among is not None and f"{schema}.{table}" not in among:
            continue
        cells = {column: sql.SQL("{}::text").format(sql.Identifier(column)) for column in columns}
        short = {
            column for column, is_few in zip(columns, few, strict=True) if is_few and numbers is not None
        }
        whole = sql.SQL("array_to_string(array[{}]::text[], '|')").format(
            sql.SQL(", ").join(cells[column] for column in columns if column not in short)
        )
        name = sql.Identifier(schema, table)
        if numbers is not None:
            tests = [sql.SQL("{} ~ %(numbers)s").format(whole)]
            tests += [
                sql.SQL("(octet_length({0}) >= 16 and {0} ~ %(numbers)s)").format(cells[column])
                for column in sorted(short)
            ]
            row = conn.execute(
                sql.SQL("select count(*) from {} where {}").format(name, sql.SQL(" or ").join(tests)),
                {"numbers": anywhere(numbers)},
            ).fetchone()
            count = row[0] if row else 0
        else:
            sieve = sorted(known.sieves.get("number", ())) if known else []
            rows = conn.execute(
                sql.SQL(
                    # no column of the table may be taken for one of ours
                    "select found.number, count(*) from {name} as t cross join lateral ("
                    " select translate(hit[1], {parted}, '') from regexp_matches({whole}, {long}, 'g') as m (hit)"
                    ") as found (number) where left(md5({seed} || found.number), 8) = any({sieve}) group by 1"
                ).format(
                    name=name,
                    whole=whole,
                    long=sql.Literal(_LONG),
                    parted=sql.Literal(IN_JSON),
                    seed=sql.Literal(known.seed if known else ""),
                    sieve=sql.Literal(sieve),
                )
            ).fetchall()
            count = sum(n for number, n in rows if known and known.erasure("number", number) is not None)
        if count:
            found[f"{schema}.{table}"] = count
    return found
