"""The register of files, held against the ledger: which content it was, what landed of it, where it stands (0062)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg

from simpul.landing.register import STATED

# of a file that was tried several times its last try counts; of one that landed, what has been erased of it since
_FILES = f"""
with events as (select event_id, kind, subject, detail from audit.ledger where kind like 'file.%'),
content as (
    select distinct on (subject) subject, detail ->> 'sha256' as sha256 from events
    where kind in ('file.loaded', 'file.unpacked', 'file.repeated', 'file.rewritten') order by subject, event_id desc),
try as (
    select distinct on (subject) subject, kind, event_id, detail, (detail ->> 'rows_loaded')::bigint as loaded,
        (detail ->> 'rows_quarantined')::bigint as aside from events
    where kind in ('file.loaded', 'file.landed', 'file.held', 'file.unpacked', 'file.repeated')
    order by subject, event_id desc),
erased as (
    select try.subject, sum((events.detail ->> 'rows_loaded')::bigint) as loaded,
        sum((events.detail ->> 'rows_quarantined')::bigint) as aside
    from try join events on events.subject = try.subject and events.event_id > try.event_id
    where events.kind = 'file.rewritten' and events.detail ? 'erasure' group by 1),
standing as (
    select distinct on (subject) subject, status from (
        select event_id, subject, case kind when 'file.landed' then 'landed' when 'file.restored' then 'landed'
            when 'file.withdrawn' then 'refused' end as status from events
        union all
        select event_id, replaced, 'superseded' from events
            cross join jsonb_array_elements_text(detail -> 'supersedes') as replaced where kind = 'file.landed') as told
    where status is not null order by subject, event_id desc),
other as (
    select file_id, 'sha256' as what from audit.file as file join content on content.subject = file_id
    where file.sha256 <> content.sha256
    union all
    select file_id, unnest(array[
        case when file.status <> standing.status then 'status' end,
        case when dataset is distinct from try.detail ->> 'dataset' then 'dataset' end,
        case when rows_loaded is distinct from try.loaded - coalesce(erased.loaded, 0) then 'rows_loaded' end,
        case when rows_quarantined is distinct from try.aside - coalesce(erased.aside, 0) then 'rows_quarantined' end,
        case when {STATED} <> try.detail ->> 'stated'
            then 'period, region_code, edition, sender or letter_number' end])
    from audit.file as file join try on try.subject = file_id and try.kind = 'file.landed'
    left join erased on erased.subject = file_id left join standing on standing.subject = file_id
    where file.status in ('landed', 'superseded', 'refused'))
select file_id, string_agg(what, ', ') from other where what is not null group by 1 order by 1"""  # noqa: S608


def problems(conn: psycopg.Connection[Any]) -> Iterator[str]:
    """Files of which the register says something else than the ledger; in both languages."""
    for file_id, what in conn.execute(_FILES).fetchall():  # type: ignore[arg-type]
        yield f"audit.file {file_id}: {what} is not what the ledger tells · tidak sama dengan buku peristiwa"
