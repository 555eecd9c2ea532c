"""The release that shows a figure: who opened and published it, made from what, and what the publication gate said."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
from psycopg.rows import dict_row

from simpul import ledger
from simpul.errors import LONG_NUMBER
from simpul.release import catalog, hash_by_code_of_today, stored_in

_RELEASE = """
select r.release_id, r.label, r.status, r.is_pinned, r.is_chosen, r.owner_run, r.created_at, r.published_at,
    r.inputs_hash, r.content_hash, r.reason, r.reason_id, coalesce(p.release_id = r.release_id, false) as is_current,
    (select count(*) from audit.release_input i where i.release_id = r.release_id) as files,
    r.tables -> %(mart)s as mart
from audit.release r cross join audit.release_pointer p where r.release_id = %(release_id)s"""
_EVENTS = """
select event_id, at, kind, hash, detail ->> 'by' as by, detail ->> 'run' as run, detail ->> 'why' as why,
    detail ->> 'why_id' as why_id
from audit.ledger where subject = %s and kind like 'release.%%' order by event_id"""
_GATES = """
select result.rule_code, result.severity, result.dimension, result.column_name, result.passed, result.checked,
    result.failing, result.description_en, result.description_id, result.report, result.run_at,
    to_jsonb(waiver) as waiver, version.version, version.version_hash, version.owner, version.basis,
    version.is_basis_read
from audit.gate_result as result
left join audit.waiver using (waiver_id)
left join audit.rule_version as version using (rule_version_id)
where result.door = 'publication' and result.release_id = %s and result.table_name = %s
order by result.gate_result_id"""

# An address at publication tells a row, or a group of rows, by columns of the table that it names; a row of a file as
# other addresses do. What is no column of the table (which of its figures it was) tells no row apart.
_BROKEN = """
select failure.rule_code, bool_or(told.names @> %(key)s::text[] or 'source_row' = any(told.names)) as is_whole
from audit.gate_failure as failure
cross join lateral (
    select array_agg(name) as names, bool_and(coalesce(value, '') = coalesce(%(row)s::jsonb ->> name, '')) as is_same
    from (
        select value, case when %(row)s::jsonb ? key then key else 'source_' || key end as name
        from jsonb_each_text(failure.address - 'table')) as part
    where %(row)s::jsonb ? name) as told
where failure.door = 'publication' and failure.release_id = %(release_id)s and failure.address ->> 'table' = %(mart)s
    and told.is_same
group by failure.rule_code"""
_ERASED_SINCE = """
select count(distinct subject) from audit.ledger
where kind = 'erasure.deleted' and event_id > (
    select max(event_id) from audit.ledger where kind = 'release.attached' and subject = %s)"""


def release_of(
    conn: psycopg.Connection[Any], release_id: int, mart: str, values: Mapping[str, Any], *, differs: bool
) -> dict[str, Any]:
    """What is kept of a release, as far as it concerns one mart, and one row of it.

    ``stored_in``: the release that stored its rows, an earlier one where nothing that they are made from has changed.
    Where the gate said nothing of a mart that was carried over, what it said then. ``notes``: what has to be known of
    the row before it is believed, in English and Indonesian.

    Args:
        conn: the owner's, in the transaction that reads the release.
        release_id: the release.
        mart: the table.
        values: the row, by column.
        differs: whether what can be listed adds up to something else than the row says.
    """
    with conn.cursor(row_factory=dict_row) as cursor:
        release: Any = cursor.execute(_RELEASE, {"release_id": release_id, "mart": mart}).fetchone()
        number = stored_in(conn, release_id).get(mart, release_id)
        events = cursor.execute(_EVENTS, (str(release_id),)).fetchall()
        gates = cursor.execute(_GATES, (release_id, mart)).fetchall()
        judged_in = release_id if gates else number
        gates = gates or cursor.execute(_GATES, (number, mart)).fetchall()
        fingerprint = cursor.execute(
            "select fingerprint from audit.release_table where release_id = %s and mart = %s",
            (release_id, mart),
        ).fetchone()
    key = [name for name in catalog.primary_key(conn, catalog.RELEASE, mart) if name != "_release_id"]
    row = json.dumps({**values}, default=str)
    asked = {"key": key, "row": row, "release_id": judged_in, "mart": mart}
    broken: dict[str, bool] = dict(conn.execute(_BROKEN, asked).fetchall())
    erased = conn.execute(_ERASED_SINCE, (str(number),)).fetchone() if differs else None
    for event in events:
        for name in ("run", "why", "why_id"):
            event[name] = LONG_NUMBER.sub("…", event[name]) if event[name] else None
    return {
        **release,
        "owner_run": LONG_NUMBER.sub("…", release["owner_run"] or ""),
        "stored_in": number,
        "is_carried": number != release_id,
        "fingerprint": fingerprint["fingerprint"] if fingerprint else None,
        "is_code_of_today": hash_by_code_of_today(conn, release_id) == release["inputs_hash"],
        "events": events,
        "is_ledger_whole": ledger.verify(conn) is None,
        "gates": gates,
        "notes": [*_broken(gates, broken), *_erased(erased[0] if erased else 0)],
    }


def _broken(gates: Sequence[Mapping[str, Any]], broken: Mapping[str, bool]) -> list[tuple[str, str]]:
    """``broken``: rule → whether an address tells this row alone, and not a group that it is of."""
    told = []
    for rule in (rule for rule in gates if rule["rule_code"] in broken):
        what, what_id = (
            ("this row", "baris ini")
            if broken[rule["rule_code"]]
            else ("a group of rows that this one is of", "sekelompok baris yang memuat baris ini")
        )
        told.append(
            (
                f"{what} broke a rule of the publication gate, {rule['rule_code']}: {rule['description_en']}",
                f"{what_id} melanggar aturan gerbang terbit, {rule['rule_code']}: {rule['description_id']}",
            )
        )
    return told


def _erased(persons: int) -> list[tuple[str, str]]:
    """A published figure stays as it was printed; who was erased since stands behind it no more (ADR 0049)."""
    if not persons:
        return []
    were = "person was" if persons == 1 else "persons were"
    return [
        (
            f"since this table was made {persons} {were} erased (audit.erasure): the figure still counts whom it"
            " counted, but nothing of them is listed, so a difference may come from there",
            f"sejak tabel ini dibuat, data {persons} orang telah dihapus (audit.erasure): angka tetap menghitung yang"
            " dihitungnya, tetapi baris mereka tidak ada lagi, sehingga selisih dapat berasal dari situ",
        )
    ]
