"""Records → persons, set by set in one transaction: all of it is there afterwards, or nothing.

PostgreSQL hands the records out and keeps what was decided; who is who is decided by `simpul.identity.resolving`. The
result depends on what the records say, never on the order in which they came; running it again changes nothing.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import psycopg
import pyarrow as pa
from psycopg import sql
from pyarrow import csv

from simpul.database import advisory_lock, connect, no_values
from simpul.errors import ContractBreach, SimpulError
from simpul.identity import figures, numbers
from simpul.identity.profiles import FAMILIES
from simpul.identity.resolving import COLUMNS, DECISIONS, Resolution, resolve
from simpul.identity.scoring import MODEL, load_model, model_hash
from simpul.settings import get_settings

log = logging.getLogger("simpul.identity")

BATCH = 32 << 20
"""Bytes of text that are handed on at once."""

_READ = f"copy (select {', '.join(COLUMNS)} from intermediate.int_person_record) to stdout (format csv)"  # noqa: S608
_TYPES = {name: pa.date32() if name == "birth_date" else pa.string() for name in COLUMNS}
_DECISIONS = """
select dataset_a || '|' || source_key_a, dataset_b || '|' || source_key_b, is_same_person
from staging.stg_review__link_decision where is_same_person is not null order by 1, 2
"""
_TABLES = """
create temp table grouped_record (
    record_key text not null, compared_with text, match_kind text not null, match_probability float8,
    sentence_no integer not null, group_no bigint not null, anchor text not null, no_kk text) on commit drop;
create temp table sentence (sentence_no integer not null, explanation text not null, explanation_id text not null)
    on commit drop;
create temp table group_nik (group_no bigint not null, nik text not null) on commit drop
"""
_DECIDED = """
create temp table decided on commit drop as
select r.record_key, a.person_id, r.match_kind, r.match_probability, r.sentence_no, r.compared_with, f.family_id
from grouped_record r join assigned a using (group_no) left join identity.family_key f using (no_kk);
analyze decided
"""
_EVENTS = """
insert into identity.person_event
    (release_id, kind, person_id, other_person_id, records, explanation, explanation_id)
select %s, case when is_merged then 'merge' else 'split' end, m.person_id, other_person_id, records,
    format('%%s of its records now belong(s) to person %%s. First of them: %%s', records, other_person_id,
        d.explanation),
    format('%%s rekamannya kini milik orang nomor %%s. Yang pertama: %%s', records, other_person_id, d.explanation_id)
from moved m join decided on record_key = m.first_key join sentence d using (sentence_no)
on conflict do nothing returning kind
"""
_TOLD = "(select * from decided join sentence using (sentence_no))"
_COLUMNS = "person_id, match_kind, match_probability, explanation, explanation_id, compared_with, family_id"


@dataclass(frozen=True)
class Linked:
    """What a run of `link` found; counts only."""

    release_id: int
    records: int
    persons: int
    new_persons: int
    families: int
    shared_niks: int
    doubtful_pairs: int
    merged: int
    split: int

    def as_json(self) -> dict[str, int]:
        """Plain values for a task runner."""
        return asdict(self)


def link(release_id: int) -> Linked:
    """Link every record of ``intermediate.int_person_record`` to a person and, by family card, to a family.

    A record, a register entry or a NIK keeps its person over reloads, reordering and new sources. Decisions of stewards
    (``staging.stg_review__link_decision``) bind. Pairs that somebody should look at are written to
    ``identity.doubtful_pair``. The model is the one of ``SIMPUL_LINK_MODEL``, or the one that comes with the package.

    Args:
        release_id: the open candidate; noted on what is decided now.

    Raises:
        ContractBreach: two records have the same key.
        SimpulError: the model cannot be read, or was trained for other levels or other records.
    """
    chosen = get_settings().link_model or MODEL
    model, named = load_model(chosen), model_hash(chosen)
    if model.profile.name != FAMILIES.name:
        raise SimpulError(
            f"{chosen.name} was learned for records of profile {model.profile.name}; a release needs {FAMILIES.name}",
            hint="train one with a mapping of profile families: simpul identity train",
        )
    with (
        connect(application_name="simpul link") as conn,
        no_values(f"linking the records of release {release_id}"),
        advisory_lock(conn, "identity"),
    ):
        conn.execute("set temp_buffers = '256MB'")  # before the first temporary table
        _check_keys(conn)
        found = resolve(_records(conn), _decisions(conn), model)
        _hand_over(conn, found)
        conn.execute("analyze grouped_record; analyze sentence; analyze group_nik")
        new_persons = numbers.assign_persons(conn, release_id)
        families = numbers.assign_families(conn, release_id)
        merged, split = _write(conn, release_id)
        figures.count_figures(conn, release_id, found.shared_niks, named)
        ((persons,),) = conn.execute("select count(*) from assigned").fetchall()
        linked = Linked(
            release_id, found.records.num_rows, persons, new_persons, families, found.shared_niks,
            found.doubts.num_rows, merged, split,
        )  # fmt: skip
        log.info(
            "release %s: %s records are %s persons, %s of them new",
            release_id, linked.records, persons, new_persons,
        )  # fmt: skip
        return linked


def _check_keys(conn: psycopg.Connection[Any]) -> None:
    ((repeated,),) = conn.execute(
        "select count(*) - count(distinct record_key) from intermediate.int_person_record"
    ).fetchall()
    if repeated:
        raise ContractBreach(
            f"{repeated} records of intermediate.int_person_record repeat the key of another",
            hint="record_key must be unique: look at the source keys of the staging models",
        )


def _records(conn: psycopg.Connection[Any]) -> Iterator[pa.Table]:
    """The records, in parts; one part without rows where there are none."""
    buffer = bytearray()
    with conn.cursor() as cursor, cursor.copy(_READ) as copy:
        for row in copy:
            buffer += row
            if len(buffer) >= BATCH:
                yield _parsed(buffer)
                buffer.clear()
    yield _parsed(buffer)


def _parsed(text: bytearray) -> pa.Table:
    if not text:
        return pa.schema(list(_TYPES.items())).empty_table()
    return csv.read_csv(
        pa.py_buffer(bytes(text)),
        csv.ReadOptions(column_names=COLUMNS, block_size=len(text) + 1),
        csv.ParseOptions(newlines_in_values=True),
        csv.ConvertOptions(
            column_types=_TYPES, null_values=[""], strings_can_be_null=True, quoted_strings_can_be_null=False
        ),
    )


def _decisions(conn: psycopg.Connection[Any]) -> pa.Table:
    """What stewards said; nothing while no such file was ever read."""
    rows = conn.execute(_DECISIONS).fetchall() if figures.has_decisions(conn) else []
    return pa.table(list(zip(*rows, strict=True)) or [()] * len(DECISIONS), schema=DECISIONS)


def _hand_over(conn: psycopg.Connection[Any], found: Resolution) -> None:
    """The resolution as temporary tables, and the doubtful pairs where they stay."""
    conn.execute(_TABLES)
    conn.execute("delete from identity.doubtful_pair")
    for table, content in (
        (sql.Identifier("grouped_record"), found.records.rename_columns({"cluster": "group_no"})),
        (sql.Identifier("sentence"), found.sentences),
        (sql.Identifier("group_nik"), found.numbers.rename_columns({"cluster": "group_no"})),
        (sql.Identifier("identity", "doubtful_pair"), found.doubts),
    ):
        columns = sql.SQL(", ").join(map(sql.Identifier, content.column_names))
        with (
            conn.cursor() as cursor,
            cursor.copy(sql.SQL("copy {} ({}) from stdin (format csv)").format(table, columns)) as copy,
        ):
            for batch in content.to_batches(max_chunksize=100_000):
                text = io.BytesIO()
                csv.write_csv(batch, text, csv.WriteOptions(include_header=False))
                copy.write(text.getbuffer())


def _write(conn: psycopg.Connection[Any], release_id: int) -> tuple[int, int]:
    """Write what changed, and an event for every pair of persons between whom records moved."""
    conn.execute(_DECIDED)
    kinds = [kind for (kind,) in conn.execute(_EVENTS, (release_id,)).fetchall()]
    changed = ", ".join(f"{name} = d.{name}" for name in _COLUMNS.split(", "))
    new, old = (", ".join(f"{table}.{name}" for name in _COLUMNS.split(", ")) for table in "dl")
    # a record stays at home in a person that was merged away, for the merge may be undone
    conn.execute(
        f"""update identity.link l set {changed}, release_id = %s,
            home_person_id = case when l.person_id = d.person_id then l.home_person_id
                when l.home_person_id in (select person_id from assigned) then d.person_id else l.home_person_id end
        from {_TOLD} as d where l.record_key = d.record_key and ({new}) is distinct from ({old})""",  # noqa: S608
        (release_id,),
    )
    conn.execute(
        f"""insert into identity.link (record_key, {_COLUMNS}, home_person_id, release_id)
        select d.record_key, {new}, d.person_id, %s from {_TOLD} as d
        where not exists (select from identity.link l where l.record_key = d.record_key)""",  # noqa: S608
        (release_id,),
    )
    return kinds.count("merge"), kinds.count("split")
