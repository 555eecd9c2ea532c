"""From tables in schema ``candidate`` to partitions of the published tables, all in one transaction.

Attaching shows nothing to anybody: views show the release that the pointer names, and it moves later
(`simpul.release.pointer`). Doing both at once let 14 of 39 k statements see half of each release.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
from psycopg import errors as pg
from psycopg import sql
from psycopg.types.json import Jsonb

from simpul import ledger, ledger_held
from simpul.database import advisory_lock, connect, no_values
from simpul.errors import ReleaseError
from simpul.release import catalog, parents, register, rights
from simpul.release.catalog import CANDIDATE, RELEASE, partition
from simpul.release.fingerprint import fingerprint, release_hash
from simpul.release.inputs import hash_by_code_of_today
from simpul.release.mart import STAMPS, Mart
from simpul.release.patience import patiently
from simpul.release.storing import is_stored, stored_in

log = logging.getLogger("simpul.release")

_TOLD_OF_RECORDS = """
select told.held from (
    select at, detail -> 'held' -> %(name)s as held from audit.ledger
    where detail -> 'held' ? %(name)s order by event_id desc limit 1) as told
join audit.built_model as built on 'intermediate.' || built.model = %(name)s and built.built_at < told.at"""
_TOLD_OF_IDENTITY = """
select detail -> 'held' -> %(name)s from audit.ledger
where detail -> 'held' ? %(name)s
    and not exists (select from identity.link_memory where changed_release = %(release)s)
order by event_id desc limit 1"""
_LOCK = "release attach"
_SIDE_BY_SIDE = 3
_OF_RELEASE, _OF_REGION = "is_release_{}", "is_regency_of_region"
_ANALYZE_ONLY = 180000  # before, analysing a parent went through every partition again


def attach(release_id: int, marts: Sequence[Mart], *, owner_run: str | None = None) -> dict[str, Any]:
    """Attach the candidate tables of a release to their parents. Running it again changes nothing.

    Args:
        release_id: the open candidate.
        marts: every published table (`marts_of` the manifest).
        owner_run: refuse when another run has taken the candidate over.

    Returns:
        ``{"release_id", "content_hash", "tables": {mart: {"rows", "content_hash", "columns"}}, "changed"}``; a table
        that is ``volatile`` says so

    Raises:
        ReleaseError: a table is missing or was built for another release, a type or key changed, a lock cannot be had;
            or the code is another one than when the release was opened: then it is refused.
    """
    with (
        connect(autocommit=True, application_name="simpul attach") as conn,
        advisory_lock(conn, _LOCK),
        no_values(f"attaching release {release_id}"),
    ):
        register.require_candidate(conn, release_id, owner_run)
        _refuse_other_code(conn, release_id)
        fresh = [mart for mart in marts if catalog.is_table(conn, CANDIDATE, mart.name)]
        stored = stored_in(conn, release_id) | {mart.name: release_id for mart in fresh}
        attached = [mart for mart in marts if is_stored(conn, mart.name, stored.get(mart.name, release_id))]
        _refuse_missing(marts, fresh, attached, release_id)
        changed = parents.sync(conn, [mart for mart in marts if catalog.exists(conn, CANDIDATE, mart.name)])
        _refuse_altered(fresh, release_id)
        with ThreadPoolExecutor(max_workers=1, thread_name_prefix="records") as beside:
            records = beside.submit(_records, release_id)
            tables = _carried(conn, stored, release_id) | _prepare_all(fresh, release_id)
        register.require_candidate(conn, release_id, owner_run)
        tables = patiently(
            conn,
            f"attaching release {release_id}",
            lambda: _attach_all(
                conn, release_id, marts, fresh, attached, stored, tables, changed, records.result()
            ),
        )
        for mart in fresh:
            _analyze_parent(conn, mart)
        return {
            "release_id": release_id,
            "content_hash": release_hash(tables),
            "tables": tables,
            "changed": changed,
        }


def _analyze_parent(conn: psycopg.Connection[Any], mart: Mart) -> None:
    """Statistics over all releases: what the planner asks when a view is joined or grouped. Nobody else makes them."""
    only = sql.SQL("only " if conn.info.server_version >= _ANALYZE_ONLY else "")
    conn.execute(sql.SQL("analyze {}{}").format(only, catalog.name(RELEASE, mart.name)))


def _is_analyzed(conn: psycopg.Connection[Any], mart: Mart) -> bool:
    """Whether the planner knows the table: dbt analyzes what it builds, who made one by hand may not."""
    row = conn.execute(
        "select exists (select from pg_stats where schemaname = %s and tablename = %s)",
        (CANDIDATE, mart.name),
    ).fetchone()
    return bool(row and row[0])


def _refuse_other_code(conn: psycopg.Connection[Any], release_id: int) -> None:
    """Contracts, models, rules or versions that change while a release is built leave tables of both, and no hash tells
    of which: the next build begins anew.
    """
    row = conn.execute(
        "select inputs_hash from audit.release where release_id = %s", (release_id,)
    ).fetchone()
    if row and row[0] == hash_by_code_of_today(conn, release_id):
        return
    register.refuse(
        release_id,
        "the code was changed while it was built",
        "kode program berubah selagi rilis dibangun",
        code="abandoned",
    )
    raise ReleaseError(
        f"release {release_id}: the code was changed while it was built",
        code="changed",
        hint="build again: the next release is made by the code of now alone",
    )


def _refuse_altered(marts: Sequence[Mart], release_id: int) -> None:
    """Rows that somebody wrote after dbt did are told apart by their transaction, those that are gone by the server's
    counters; the hash of ``release.attached`` would be of what they left.

    Whoever puts another table in its place, made in one go, is not told.
    """
    with connect(autocommit=True, application_name="simpul attach") as conn:
        altered = [mart.name for mart in marts if catalog.is_altered(conn, CANDIDATE, mart.name)]
    if not altered:
        return
    told = ", ".join(f"candidate.{name}" for name in altered)
    register.refuse(
        release_id,
        f"{told} was changed by hand after it was built",
        f"{told} diubah dengan tangan sesudah dibangun",
        code="abandoned",
    )
    raise ReleaseError(
        f"release {release_id}: {told} was changed by hand after it was built",
        code="changed",
        hint="ask who did; then build again: the next release is made of tables as dbt leaves them",
    )


def _refuse_missing(
    marts: Sequence[Mart], fresh: Sequence[Mart], attached: Sequence[Mart], release_id: int
) -> None:
    if not marts:
        raise ReleaseError(
            "there is no table to publish", code="missing", hint="mark models with meta: {publish: marts}"
        )
    missing = sorted({mart.name for mart in marts} - {mart.name for mart in (*fresh, *attached)})
    if missing:
        raise ReleaseError(
            f"release {release_id} lacks {', '.join(f'candidate.{name}' for name in missing)}",
            code="missing",
            hint="build the marts again: every published table must be there, with no rows if need be",
        )


def _carried(
    conn: psycopg.Connection[Any], stored: dict[str, int], release_id: int
) -> dict[str, dict[str, Any]]:
    """What is known of the tables that an earlier release stored."""
    return {
        mart: table
        for mart, number in stored.items()
        if number != release_id
        for (table,) in conn.execute(
            "select tables -> %s from audit.release where release_id = %s", (mart, number)
        )
    }


def _prepare_all(marts: Sequence[Mart], release_id: int) -> dict[str, dict[str, Any]]:
    """Each on a connection of its own: nothing of it is shared, and one alone would use one core of the server."""

    def prepare(mart: Mart) -> tuple[str, dict[str, Any]]:
        with (
            connect(autocommit=True, application_name="simpul attach") as conn,
            no_values(f"attaching release {release_id}"),
        ):
            return _prepare(conn, mart, release_id)

    with ThreadPoolExecutor(max_workers=_SIDE_BY_SIDE, thread_name_prefix="attach") as workers:
        return dict(workers.map(prepare, marts))


def _prepare(conn: psycopg.Connection[Any], mart: Mart, release_id: int) -> tuple[str, dict[str, Any]]:
    """All that needs time, before anything is locked: stamp checked, key, names, statistics, content hash."""
    table = catalog.name(CANDIDATE, mart.name)
    conn.execute(sql.SQL("alter table {} owner to current_user").format(table))
    absent = [
        c.name
        for c in mart.columns
        if c.name not in {a.name for a in catalog.attributes(conn, CANDIDATE, mart.name)}
    ]
    if absent:
        raise ReleaseError(
            f"candidate.{mart.name} lacks {', '.join(absent)} of its contract",
            code="missing",
            hint="build it again",
        )
    for column in parents.missing_columns(conn, mart):
        conn.execute(
            sql.SQL("alter table {} add column {} {}").format(
                table, sql.Identifier(column.name), sql.SQL(column.type)
            )
        )
    if not catalog.primary_key(conn, CANDIDATE, mart.name):
        key = sql.SQL(", ").join(map(sql.Identifier, mart.primary_key))
        conn.execute(sql.SQL("alter table {} add primary key ({})").format(table, key))
    _check_rows(conn, mart, release_id)
    _name_indexes(conn, mart, release_id)
    # published rows never change: frozen now, no later vacuum need touch them and index-only scans work at once
    analyze = "" if _is_analyzed(conn, mart) else ", analyze"
    conn.execute(sql.SQL("vacuum (freeze{}) {}").format(sql.SQL(analyze), table))
    volatile = {column.name for column in mart.columns if column.volatile}
    told = [
        a.name for a in catalog.attributes(conn, CANDIDATE, mart.name) if a.name not in volatile.union(STAMPS)
    ]
    rows, digest = fingerprint(conn, CANDIDATE, mart.name, told)
    made = {"rows": rows, "content_hash": digest, "columns": sorted(told)}
    return mart.name, {**made, "volatile": True} if mart.volatile else made


def _records(release_id: int) -> ledger_held.Digests:
    """Where the records of persons stand and whose they are, for the ledger. What it was told of a table before it is
    told again, unless that was built, or linking changed who is whom, since: whoever altered it gets no word of the
    next release.
    """
    with (
        connect(autocommit=True, application_name="simpul attach") as conn,
        no_values(f"attaching release {release_id}"),
    ):
        found: ledger_held.Digests = {}
        for name in (ledger_held.RECORDS, *ledger_held.IDENTITY):
            if not catalog.exists(conn, *name.split(".")):
                continue
            query = _TOLD_OF_RECORDS if name == ledger_held.RECORDS else _TOLD_OF_IDENTITY
            told = None
            if not ledger_held.HELD[name].is_anew:
                told = conn.execute(query, {"name": name, "release": release_id}).fetchone()
            found |= {name: told[0]} if told else ledger_held.digests(conn, [name], ["newest"])
        return found


def _check_rows(conn: psycopg.Connection[Any], mart: Mart, release_id: int) -> None:
    """Every row is of this release: with the check in place attaching reads no row. Where row rights go by the regency
    that a row says, it must be that of its region.
    """
    columns = {column.name for column in catalog.attributes(conn, CANDIDATE, mart.name)}
    held = {_OF_RELEASE.format(release_id): f"_release_id is not null and _release_id = {release_id}"}
    if mart.audience == "marts_person" and rights.of_regencies(columns):
        held[_OF_REGION] = rights.REGENCY_OF_REGION
    changes = [sql.SQL("drop constraint if exists {}").format(sql.Identifier(name)) for name in held]
    changes += [
        sql.SQL("add constraint {} check ({})").format(sql.Identifier(name), sql.SQL(rule))
        for name, rule in held.items()
    ]
    try:
        conn.execute(
            sql.SQL("alter table {} {}").format(
                catalog.name(CANDIDATE, mart.name), sql.SQL(", ").join(changes)
            )
        )
    except pg.CheckViolation as error:
        if error.diag.constraint_name == _OF_REGION:
            raise ReleaseError(
                f"candidate.{mart.name}: {rights.REGENCY} of some rows is not the regency of their"
                f" {rights.REGION}, and row rights show persons by it",
                code="regency",
                hint="give the model regency_of('region_code')",
            ) from None
        raise ReleaseError(
            f"candidate.{mart.name} was built for another release than {release_id}",
            code="stale",
            hint="build the marts again",
        ) from None


def _name_indexes(conn: psycopg.Connection[Any], mart: Mart, release_id: int) -> None:
    """Names are shared by a whole schema, and dbt gives every build the same ones."""
    base = partition(mart.name, release_id)[:50]
    for number, (name, is_key) in enumerate(catalog.indexes(conn, CANDIDATE, mart.name)):
        wanted = f"{base}_pkey" if is_key else f"{base}_{number}_idx"
        if name != wanted:
            conn.execute(
                sql.SQL("alter index {} rename to {}").format(
                    catalog.name(CANDIDATE, name), sql.Identifier(wanted)
                )
            )


def _attach_all(
    conn: psycopg.Connection[Any],
    release_id: int,
    marts: Sequence[Mart],
    fresh: Sequence[Mart],
    attached: Sequence[Mart],
    stored: dict[str, int],
    tables: dict[str, dict[str, Any]],
    changed: dict[str, list[str]],
    held: ledger_held.Digests,
) -> dict[str, dict[str, Any]]:
    row = conn.execute(
        "select coalesce(tables, '{}') from audit.release where release_id = %s and status = 'candidate' for update",
        (release_id,),
    ).fetchone()
    if row is None:
        raise ReleaseError(
            f"release {release_id} is no candidate any more", code="not_candidate", hint="start a new build"
        )
    before: dict[str, dict[str, Any]] = row[0]
    tables = {mart.name: tables.get(mart.name) or before[mart.name] for mart in marts}
    there = {mart.name for mart in attached}
    for mart in fresh:
        if mart.name not in there:
            _attach_one(conn, mart, release_id)
        else:
            if before.get(mart.name, {}).get("content_hash") != tables[mart.name]["content_hash"]:
                _replace_rows(conn, mart, release_id)
            conn.execute(sql.SQL("drop table {}").format(catalog.name(CANDIDATE, mart.name)))
    for mart in marts:
        catalog.drop(conn, CANDIDATE, mart.name)  # what stood for a table that is carried over
        conn.execute(
            """insert into audit.release_table (release_id, mart, stored_in) values (%s, %s, %s)
            on conflict (release_id, mart) do update set stored_in = excluded.stored_in""",
            (release_id, mart.name, stored.get(mart.name, release_id)),
        )
    if fresh or before != tables:
        digest = release_hash(tables)
        conn.execute(
            "update audit.release set tables = %s, content_hash = %s, gate_passed = null where release_id = %s",
            (Jsonb(tables), digest, release_id),
        )
        detail = {
            "content_hash": digest,
            "rows": {mart: table["rows"] for mart, table in tables.items()},
            "hashes": {mart: table["content_hash"] for mart, table in tables.items()},
            "carried": {mart: number for mart, number in sorted(stored.items()) if number != release_id},
            "changed": changed,
            "held": held,
        }
        ledger.append(conn, "release.attached", str(release_id), detail)
    return tables


def _attach_one(conn: psycopg.Connection[Any], mart: Mart, release_id: int) -> None:
    moved = partition(mart.name, release_id)
    conn.execute(
        sql.SQL("alter table {} rename to {}").format(
            catalog.name(CANDIDATE, mart.name), sql.Identifier(moved)
        )
    )
    conn.execute(
        sql.SQL("alter table {} set schema {}").format(
            catalog.name(CANDIDATE, moved), sql.Identifier(RELEASE)
        )
    )
    rights.take_all(conn, RELEASE, moved)  # rights are the parent's; nobody reads a partition by its own name
    conn.execute(
        sql.SQL("alter table {} attach partition {} for values in ({})").format(
            catalog.name(RELEASE, mart.name), catalog.name(RELEASE, moved), sql.Literal(release_id)
        )
    )


def _replace_rows(conn: psycopg.Connection[Any], mart: Mart, release_id: int) -> None:
    """The marts were built again after attaching (somebody cleared a middle task): take the new rows.

    Row by row: swapping the partition would wait for every open transaction of a reader, and nobody reads these yet.
    """
    target = catalog.name(RELEASE, partition(mart.name, release_id))
    columns = sql.SQL(", ").join(
        sql.Identifier(a.name) for a in catalog.attributes(conn, CANDIDATE, mart.name)
    )
    conn.execute(sql.SQL("delete from {}").format(target))
    conn.execute(
        sql.SQL("insert into {} ({}) select {} from {}").format(
            target, columns, columns, catalog.name(CANDIDATE, mart.name)
        )
    )
