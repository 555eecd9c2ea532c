"""Rows of registers that an event holds by one digest: what auditors are shown of files, releases, rules (ADR 0062).

An event that stands for such rows tells ``held``: name of an entry of `HELD` → subject → digest of all its rows, as
they are when the transaction ends. The last event that tells of a subject counts. What no event tells of (ledgers of
before, files that are just being judged) is held by nothing, and no problem.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import psycopg

Digests = dict[str, dict[str, str | None]]
"""Name of an entry → subject → digest; None: no row is there."""


@dataclass(frozen=True)
class Held:
    """``rows``: what stands after FROM; ``key``: SQL of the subject, of type ``key_type``; ``told``: SQL of what is
    held of a row, none of which may depend on the session; ``moving``: SQL on ``said`` (subject, event_id), true while
    the rows may rightly be others than the last event tells; ``is_large``: a sum of md5 has to do, at half the cost;
    ``is_anew``: every release writes all of them anew, whether who is whom has changed or not.
    """

    rows: str
    key: str
    told: str
    where: str = "true"
    key_type: str = "text"
    moving: str = "false"
    is_large: bool = False
    is_anew: bool = False


def _utc(*columns: str) -> str:
    return ", ".join(f"{column} at time zone 'UTC'" for column in columns)


# a held file is tried again without a word until it is decided; one that has landed never is
_TRIED_AGAIN = """
    exists (select from audit.file as f where f.file_id = said.subject and f.status in ('received', 'loaded'))
    and not exists (select from audit.ledger as l where l.kind = 'file.landed' and l.subject = said.subject)"""
# linking and dbt write these from the opening of a release on, and its attaching tells them
_BEING_BUILT = (
    "exists (select from audit.ledger as l where l.kind = 'release.opened' and l.event_id > said.event_id)"
)
_RESULT = (
    "result.dataset, result.table_name, result.column_name, result.rule_code, result.severity, result.dimension,"
    " result.passed, result.checked, result.failing, result.description_en, result.description_id, result.report,"
    " result.waiver_id, result.answered_in, version.scope, version.rule_code, version.version, version.version_hash"
)
_RESULTS = "audit.gate_result as result left join audit.rule_version as version using (rule_version_id)"
_FAILURE = 'rule_code, severity, sheet, "row", "column", address'

HELD: dict[str, Held] = {
    "audit.file": Held(
        "audit.file", "file_id",
        "printable_name, printable_path, sha256, bytes, archive_path, agency, dataset, edition, period, region_code,"
        " sender, letter_number, slice_key, rows_read, rows_loaded, rows_quarantined, rows_erased, rows_skipped,"
        " status, reason, reason_id, structure, superseded_by, duplicate_of, contract_hash, run_id, "
        + _utc("received_at", "landed_at", "rows_dropped_at", "bytes_dropped_at"),
        moving=_TRIED_AGAIN,
    ),
    "audit.gate_result of file": Held(
        _RESULTS, "file_id", _RESULT, "result.door = 'landing'", moving=_TRIED_AGAIN
    ),
    "audit.gate_failure of file": Held(
        "audit.gate_failure", "file_id", _FAILURE, "door = 'landing'", moving=_TRIED_AGAIN
    ),
    "audit.delivery": Held(
        "audit.delivery", "file_id", "dataset, scope, period, records, amount_idr", moving=_TRIED_AGAIN
    ),
    "audit.rewritten_file": Held(
        "audit.rewritten_file", "file_id",
        "erasure_id, sha256_before, sha256_after, rows, loaded, quarantined, " + _utc("at"), moving=_TRIED_AGAIN,
    ),
    "quarantine.row": Held(
        'quarantine."row"', "file_id", 'sheet, "row", "column", field, rule_code, reason, reason_id, status',
        moving=_TRIED_AGAIN,
    ),
    "audit.erasure_payment": Held(
        "audit.erasure_payment", "erasure_id",
        "program_code, period, region_code, amount_idr, combined_amount_idr, legal_basis", key_type="bigint",
    ),
    # what was done to the person's rows, and what is known not to have been reached
    "audit.erasure": Held("audit.erasure", "erasure_id", "status, found", key_type="bigint"),
    # by it a file that turns up is named
    "audit.export_sketch": Held(
        "audit.export_sketch", "export_id", "column_name, is_whole, encode(hashes, 'hex')", key_type="bigint"
    ),
    # the next cut is held against the cells of those before
    "audit.open_data_cell": Held(
        "audit.open_data_cell", "cut_id", "mart, key, count, value, suppressed", key_type="bigint"
    ),
    "audit.rebuild": Held("audit.rebuild", "rebuild_id", "is_same, found", key_type="bigint"),
    "audit.release": Held(
        "audit.release", "release_id",
        "label, owner_run, inputs_hash, reason_code, reason, reason_id, is_chosen, "
        + _utc("created_at", "published_at"),
        key_type="bigint",
    ),
    "audit.release_input": Held("audit.release_input", "release_id", "file_id", key_type="bigint"),
    "audit.release_table": Held(
        "audit.release_table", "release_id", "mart, stored_in, fingerprint", key_type="bigint"
    ),
    "audit.linkage_figure": Held(
        "audit.linkage_figure", "release_id", "figure, dataset, part, value", key_type="bigint"
    ),
    "audit.gate_result of release": Held(
        _RESULTS, "release_id", _RESULT, "result.door = 'publication'", key_type="bigint"
    ),
    "audit.gate_failure of release": Held(
        "audit.gate_failure", "release_id", _FAILURE, "door = 'publication'", key_type="bigint"
    ),
    "intermediate.int_person_record": Held(
        "intermediate.int_person_record", "'newest'::text", 'record_key, dataset, period, file_id, sheet, "row"',
        moving=_BEING_BUILT, is_large=True,
    ),
    "identity.link": Held(
        "identity.link", "'newest'::text",
        "record_key, person_id, family_id, match_kind, round(match_probability::numeric, 9), compared_with,"
        " explanation, explanation_id", moving=_BEING_BUILT, is_large=True,
    ),
    "identity.person_key": Held(
        "identity.person_key", "'newest'::text", "person_id, created_release, split_from, nik is null",
        moving=_BEING_BUILT, is_large=True,
    ),
    "identity.person_nik": Held(
        "identity.person_nik", "'newest'::text", "person_id, since_release", moving=_BEING_BUILT, is_large=True
    ),
    "identity.person_redirect": Held(
        "identity.person_redirect", "'newest'::text", "person_id, to_person_id, since_release", moving=_BEING_BUILT,
        is_large=True,
    ),
    "identity.person_event": Held(
        "identity.person_event", "'newest'::text",
        "release_id, kind, person_id, other_person_id, records, explanation, explanation_id", moving=_BEING_BUILT,
        is_large=True,
    ),
    "identity.nik_suggestion": Held(
        "identity.nik_suggestion", "'newest'::text", "record_key, basis, confidence", moving=_BEING_BUILT,
        is_large=True, is_anew=True,
    ),
    "audit.rule_version": Held(
        "audit.rule_version", "door || ' ' || scope",
        "rule_code, version, version_hash, severity, dimension, text_en, text_id, owner, basis, is_basis_read,"
        " declaration, package_version, code_commit, first_subject, first_by, " + _utc("first_seen_at", "ended_at"),
    ),
}  # fmt: skip
"""What is held, by the name that a finding gives it. No column that may hold a number of a person: a digest of a row
whose other cells are known would tell it for good.
"""
FILE = tuple(name for name, one in HELD.items() if one.key == "file_id")
"""All that is held of a file."""
RELEASE = tuple(name for name, one in HELD.items() if one.key == "release_id")
"""All that is held of a release."""
RECORDS = "intermediate.int_person_record"
"""Where every record of a person stands, as the newest build has it."""
IDENTITY = tuple(name for name in HELD if name.startswith("identity."))
"""Who is whom, as linking left it."""

# free of the order of rows, without a list of them all in memory, and of strong hashes, which no choice of rows meets
_DIGESTS = """
select subject, encode(sha256(string_agg(part, ''::bytea order by part)), 'hex') as digest from (
    select subject, sha256(string_agg(line, ''::bytea order by line)) as part from (
        select ({key})::text as subject, sha256(convert_to(jsonb_build_array({told})::text, 'UTF8')) as line
        from {rows} where {where} offset 0) as lines
    group by subject, get_byte(line, 0)) as parts
group by subject"""
_SUMS = """
select subject, encode(sha256(convert_to(concat_ws(' ', count(*), sum(('x' || left(line, 16))::bit(64)::bigint),
    sum(('x' || right(line, 16))::bit(64)::bigint)), 'UTF8')), 'hex') as digest from (
    select ({key})::text as subject, md5(row({told})::text) as line from {rows} where {where} offset 0) as lines
group by subject"""
_NOTHING = "select null::text as subject, null::text as digest where false"
_SAID = """
with held as materialized (
    select distinct on (entry.key, one.key) entry.key as name, one.key as subject, one.value as digest, event_id
    from audit.ledger cross join lateral jsonb_each(detail -> 'held') as entry
    cross join lateral jsonb_each_text(entry.value) as one
    where detail ? 'held' order by entry.key, one.key, event_id desc)
"""
_OTHERS = """
select said.name, said.subject, now.digest from held as said left join ({digests}) as now using (subject)
where said.name = '{name}' and said.digest is distinct from now.digest and not ({moving})"""


def digests(conn: psycopg.Connection[Any], names: Iterable[str], subjects: Iterable[Any]) -> Digests:
    """What an event tells as ``held``: of these subjects, under each name. Costs what their rows cost."""
    told, wanted = {}, list(subjects)
    for name in names:
        one = HELD[name]
        query = _sql(one, f"({one.key}) = any(%s::{one.key_type}[])")
        found = dict(conn.execute(query, (wanted,)).fetchall())  # type: ignore[arg-type]
        told[name] = {str(subject): found.get(str(subject)) for subject in wanted}
    return told


def others(conn: psycopg.Connection[Any], names: Iterable[str] = HELD) -> Digests:
    """Rows under ``names`` that are not what the last event tells of them, with the digest that they have now."""
    parts = [
        _OTHERS.format(name=name, digests=_sql(one) if _is_there(conn, one) else _NOTHING, moving=one.moving)
        for name, one in ((name, HELD[name]) for name in names)
    ]
    found: Digests = {}
    for name, subject, digest in conn.execute(_SAID + " union all ".join(parts) + " order by 1, 2"):  # type: ignore[arg-type]
        found.setdefault(name, {})[subject] = digest
    return found


def more(
    now: Mapping[str, Mapping[str, str | None]], before: Mapping[str, Mapping[str, str | None]]
) -> Digests:
    """What an act has changed of what `others` found before it: the event of the act tells it, and no more than that.
    What somebody had altered already stays a problem.
    """
    changed = {
        name: {subject: digest for subject, digest in of.items() if subject not in before.get(name, {})}
        for name, of in now.items()
    }
    return {name: of for name, of in changed.items() if of}


def problems(conn: psycopg.Connection[Any]) -> Iterator[str]:
    """`others`, in both languages."""
    for name, found in others(conn).items():
        relation, _, of = name.partition(" of ")
        for subject, digest in found.items():
            which = f"{relation} of {of} {subject}" if of else f"{relation} {subject}"
            if digest is None:
                yield f"{which}: the ledger tells of rows, and none is there · barisnya hilang"
            else:
                yield f"{which}: not the rows that the ledger tells · barisnya bukan yang dicatat buku peristiwa"


def _is_there(conn: psycopg.Connection[Any], one: Held) -> bool:
    row = conn.execute("select to_regclass(%s) is not null", (one.rows.split()[0],)).fetchone()
    return bool(row and row[0])


def _sql(one: Held, where: str = "true") -> str:
    query = _SUMS if one.is_large else _DIGESTS
    return query.format(key=one.key, told=one.told, rows=one.rows, where=f"{one.where} and {where}")
