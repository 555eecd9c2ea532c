"""The registers of decisions, held against the ledger: a row that was altered by hand contradicts it (ADR 0062)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg

from simpul import ledger_held
from simpul.ledger_said import KEYS, Said
from simpul.trust import delivered, marked

_EVENTS = "select kind, subject, detail from audit.ledger order by event_id"
# what each door said last of a file or release that came through, beside what its rows say
_LANDING = """
with said as (
    select distinct on (subject) subject, detail -> 'failing' as failing
    from audit.ledger where kind = 'gate.landing' order by subject, event_id desc),
rows as (
    select file_id, coalesce(jsonb_object_agg(rule_code, failing order by gate_result_id)
        filter (where not passed), '{}') as failing
    from audit.gate_result where door = 'landing' group by file_id)
select file.file_id, said.failing is null from audit.file as file
left join said on said.subject = file.file_id left join rows using (file_id)
where file.status in ('landed', 'superseded') and file.bytes_dropped_at is null
    and (said.failing is not null or rows.failing is not null) and said.failing is distinct from rows.failing
order by 1"""
_PUBLICATION = """
with said as (
    select distinct on (subject) subject, event_id, detail from audit.ledger
    where kind = 'gate.publication' order by subject, event_id desc),
broken as (
    select release_id, severity, jsonb_agg(distinct table_name || '.' || rule_code) as rules
    from audit.gate_result where door = 'publication' and not passed group by 1, 2),
told as (
    select release.release_id, said.event_id, said.detail, coalesce(failing.rules, '[]') as failing,
        coalesce(warnings.rules, '[]') as warnings,
        exists (select from audit.ledger where kind = 'warehouse.rebuilt' and ledger.event_id > said.event_id)
            as is_asked_again
    from audit.release join said on said.subject = release_id::text
    left join broken as failing on failing.release_id = release.release_id and failing.severity = 'fail'
    left join broken as warnings on warnings.release_id = release.release_id and warnings.severity = 'warn'
    where release.status = 'published')
select release_id from told
where not (failing @> (detail -> 'failing') and failing <@ (detail -> 'failing'))
    or not is_asked_again and not (warnings @> (detail -> 'warnings') and warnings <@ (detail -> 'warnings'))
order by 1"""
# one that is running now is no problem
_UNENDED = """
select erasure_id from audit.erasure
where status = 'begun' and lifted_at is null and begun_at < clock_timestamp() - interval '1 hour' order by 1"""
_SHOWN = """
select (select release_id from audit.release_pointer), (
    select case kind when 'release.published' then subject else detail ->> 'to' end::bigint from audit.ledger
    where kind in ('release.published', 'release.rolled_back') order by event_id desc limit 1)"""


def problems(conn: psycopg.Connection[Any]) -> list[str]:
    """What of files, releases, rules, waivers, rights, exports, erasures, openings, the gates' outcomes and the vault
    is not what the ledger tells; in both languages, empty = nothing.
    """
    with conn.cursor(name="simpul_events", withhold=conn.autocommit) as cursor:
        cursor.itersize = 10_000
        said = Said(cursor.execute(_EVENTS))
    found = []
    for relation in KEYS:
        rows = [row for (row,) in conn.execute(f"select to_jsonb(r) from {relation} as r")]  # type: ignore[arg-type] # noqa: S608
        found += said.contradictions(relation, rows)
    found += delivered.problems(conn)
    found += _unended(conn)
    vault = (" · ".join(words) for words in marked.problems(conn))
    found += [*_gates(conn), *_pointer(conn)]
    named = {one.partition(":")[0] for one in found}  # what is told by its columns need not be told as a row
    held = (one for one in ledger_held.problems(conn) if one.partition(":")[0] not in named)
    return [*found, *held, *vault]


def _unended(conn: psycopg.Connection[Any]) -> Iterator[str]:
    """Erasures that were begun and left: their numbers are kept in the vault until they end."""
    for (number,) in conn.execute(_UNENDED).fetchall():
        yield (
            f"audit.erasure {number}: begun and not ended, so the person may still stand somewhere: run `simpul erase`"
            " again · penghapusan dimulai dan belum selesai, orangnya mungkin masih ada: jalankan lagi"
        )


def _gates(conn: psycopg.Connection[Any]) -> Iterator[str]:
    for file_id, is_unknown in conn.execute(_LANDING).fetchall():
        what = "no outcome of the landing gate" if is_unknown else "another outcome of the landing gate"
        apa = "tidak ada hasil gerbang masuk" if is_unknown else "hasil gerbang masuk yang lain"
        yield f"audit.gate_result of file {file_id}: the ledger tells {what} · menurut buku peristiwa {apa}"
    for (release_id,) in conn.execute(_PUBLICATION).fetchall():
        yield (
            f"audit.gate_result of release {release_id}: the ledger tells another outcome of the publication gate"
            " · menurut buku peristiwa hasil gerbang terbit lain"
        )


def _pointer(conn: psycopg.Connection[Any]) -> Iterator[str]:
    row = conn.execute(_SHOWN).fetchone()
    if row and row[1] is not None and row[0] != row[1]:
        yield (
            f"release {row[0]} is shown, the ledger tells of release {row[1]}"
            f" · yang tampil rilis {row[0]}, menurut buku peristiwa rilis {row[1]}"
        )
