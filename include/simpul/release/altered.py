"""Do the kept releases still say what they said when they were attached? Their tables, hashed once more (ADR 0062).

Tables are permanent and rows in them are never changed: whoever owns the database can all the same, and a table that is
carried over takes the change into every later release. The ledger holds the hashes of then.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg

from simpul.release import catalog
from simpul.release.fingerprint import fingerprint, release_hash
from simpul.release.storing import stored_in

Words = tuple[str, str]
"""English, Indonesian."""


@dataclass
class Altered:
    """``problems``: what is not as it was attached. ``notes``: tables that are compared by their number of rows only,
    because an erasure took a person out since. ``tables``: how many were hashed.
    """

    problems: list[Words] = field(default_factory=list)
    notes: list[Words] = field(default_factory=list)
    tables: int = 0


@dataclass(frozen=True)
class _Release:
    """``tables``: as the register has them; ``said``: number of the event that told its hash last, and what it told."""

    number: int
    tables: Mapping[str, Mapping[str, Any]]
    said: int
    content_hash: str
    hashes: Mapping[str, str]


# the last word on what a release holds: its attaching, or a rebuild that made it anew
_SAID = """
select told.release_id, told.event_id, told.content_hash, told.hashes from (
    select subject::bigint as release_id, event_id, detail ->> 'content_hash' as content_hash,
        coalesce(detail -> 'hashes', '{}') as hashes
    from audit.ledger where kind = 'release.attached'
    union all
    select one.key::bigint, event_id, one.value, coalesce(detail -> 'hashes' -> one.key, '{}')
    from audit.ledger cross join jsonb_each_text(detail -> 'releases') as one
    where kind = 'warehouse.rebuilt' and one.value is not null) as told
order by told.event_id"""
# what erasures took out of partitions; one of before that was written down names tables alone, in the register
_ERASED = """
select l.event_id, l.subject, l.detail -> 'release', array(
    select substring(name from '^release[.]([^.]+)') from jsonb_object_keys(e.found -> 'rows') as name
    where name ^@ 'release.')
from audit.ledger as l left join audit.erasure as e on e.erasure_id::text = l.subject
where l.kind = 'erasure.deleted' order by l.event_id"""


def altered(conn: psycopg.Connection[Any], progress: Callable[[str], None] = lambda table: None) -> Altered:
    """Hash every table of every kept release once and hold it against what the ledger tells.

    Args:
        conn: in a transaction that sees one moment.
        progress: told the partition that is read next.
    """
    found = Altered()
    said = {number: told for number, *told in conn.execute(_SAID).fetchall()}
    erased = conn.execute(_ERASED).fetchall()
    looked: dict[str, tuple[int, str] | None] = {}
    wrong: dict[tuple[str, str], list[int]] = {}
    for number, tables in conn.execute(
        "select release_id, coalesce(tables, '{}') from audit.release where status = 'published' order by 1"
    ).fetchall():
        if number not in said:
            found.problems.append(
                (
                    f"release {number}: the ledger tells of no tables",
                    f"rilis {number}: tidak ada di buku peristiwa",
                )
            )
            continue
        one = _Release(number, tables, *said[number])
        found.problems += _register(one)
        stored = stored_in(conn, number)
        for mart, table in sorted(tables.items()):
            home = stored.get(mart, number)
            part = catalog.partition(mart, home)
            if part not in looked:
                progress(part)
                looked[part] = (
                    fingerprint(conn, catalog.RELEASE, part, table["columns"])
                    if catalog.exists(conn, catalog.RELEASE, part)
                    else None
                )
            since = said[home][0] if home in said else one.said
            if problem := _table(found, looked[part], table, part, mart, since, erased):
                wrong.setdefault((part, problem), []).append(number)
    found.tables = len(looked)
    found.problems += [_told(part, problem, releases) for (part, problem), releases in wrong.items()]
    found.notes = list(dict.fromkeys(found.notes))
    return found


def table_hashes(conn: psycopg.Connection[Any], releases: Sequence[int]) -> dict[str, dict[str, str]]:
    """Release (as text) → table → content hash, as the register has them: for an event of the ledger."""
    return {
        str(number): {mart: table["content_hash"] for mart, table in tables.items()}
        for number, tables in conn.execute(
            "select release_id, coalesce(tables, '{}') from audit.release where release_id = any(%s) order by 1",
            (list(releases),),
        )
    }


def _register(one: _Release) -> list[Words]:
    """The hashes that the register has of the tables are bound by those of the ledger."""
    others = sorted(
        mart for mart, said in one.hashes.items() if one.tables.get(mart, {}).get("content_hash") != said
    )
    if not others and release_hash(one.tables) == one.content_hash:
        return []
    which = f" ({', '.join(others)})" if others else ""
    return [
        (
            f"release {one.number}: the register's hashes of its tables{which} are not those of the ledger",
            f"rilis {one.number}: sidik tabel dalam register{which} bukan yang ada di buku peristiwa",
        )
    ]


def _table(
    found: Altered,
    now: tuple[int, str] | None,
    table: Mapping[str, Any],
    part: str,
    mart: str,
    since: int,
    erased: Sequence[tuple[Any, ...]],
) -> str | None:
    """What is wrong with a table, in a word: gone, rows, content."""
    if now is None:
        return "gone"
    if now[1] == table["content_hash"]:
        return None
    taken, counted, by = 0, True, []
    for event, number, told, of_tables in erased:
        is_there = part in told if told is not None else mart in (of_tables or ())
        if event > since and is_there:
            by.append(number)
            counted = counted and told is not None
            taken += told[part] if told is not None else 0
    if not by:
        return "content" if now[0] == table["rows"] else "rows"
    if counted and now[0] + taken != table["rows"]:
        return "rows"
    numbers = ", ".join(dict.fromkeys(by))
    found.notes.append(
        (
            f"release.{part}: erasure {numbers} took rows out, so only their number is compared",
            f"release.{part}: penghapusan {numbers} mengambil barisnya, jadi hanya jumlahnya yang dibandingkan",
        )
    )
    return None


_WRONG: dict[str, Words] = {
    "gone": ("is gone", "hilang"),
    "rows": (
        "has lost or gained rows since it was attached",
        "bertambah atau berkurang barisnya sejak disimpan",
    ),
    "content": ("was altered since it was attached", "diubah sejak disimpan"),
}


def _told(part: str, problem: str, releases: Sequence[int]) -> Words:
    english, indonesian = _WRONG[problem]
    numbers = ", ".join(map(str, releases))
    return (
        f"release.{part} {english}: shown by release {numbers}",
        f"release.{part} {indonesian}: ditampilkan rilis {numbers}",
    )
