"""The permanent parents: one partitioned table per mart, and the view that shows one release of it.

The database is compared with the candidate and its contract; strong locks are asked for only where something differs,
so publishing an unchanged table waits for nobody.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg import errors as pg
from psycopg import sql

from simpul.errors import ReleaseError
from simpul.release import catalog, restating, rights
from simpul.release.catalog import CANDIDATE, RELEASE
from simpul.release.mart import Mart
from simpul.release.patience import patiently

log = logging.getLogger("simpul.release")

# A sub-select is evaluated once per query, a bare function call once per row: 78 against 128 ms on 1 M of 6 M rows.
_SHOWN = "_release_id = (select audit.stored_in({}, audit.current_release()))"
# of which release a row is shown, not which one stored it
_STAMPS = {"_release_id": "(select audit.current_release())", "_as_of": "(select audit.current_day())"}
_NONE_CHOSEN = (
    "coalesce(current_setting('simpul.release_id', true), '') = ''"  # the one that is published is read
)


def sync(
    conn: psycopg.Connection[Any], marts: Sequence[Mart], *, source: str = CANDIDATE
) -> dict[str, list[str]]:
    """Make parents and views fit the candidate tables: new tables, new columns, comments, rights.

    A column that the candidate has no more stays in the parent and is NULL in the new release: a BI query that names it
    goes on working.

    Args:
        conn: the owner's connection, outside a transaction.
        marts: what is published.
        source: schema that holds the candidate tables.

    Returns:
        mart (or function) → what was changed, for the ledger; where nothing differed is left out.

    Raises:
        ReleaseError: a column changed its type or a table its key; nothing has been altered then.
    """
    unlike = [line for mart in marts for line in _contradictions(conn, mart, source)]
    if unlike:
        raise ReleaseError(
            "published tables keep their types and keys, but " + "; ".join(unlike),
            code="schema",
            hint="cast the column back in the model, or publish the new meaning under a new name",
        )
    changed = {}
    for mart in marts:
        done = _fit(conn, mart, source)
        if done:
            changed[mart.name] = done
            log.info("release.%s: %s", mart.name, ", ".join(done))
    if not restating.is_current(conn):
        patiently(conn, f"creating {restating.SIGNATURE}", lambda: restating.create(conn))
        changed[restating.NAME] = ["renewed"]
    return changed


def missing_columns(
    conn: psycopg.Connection[Any], mart: Mart, source: str = CANDIDATE
) -> list[catalog.Attribute]:
    """Columns that the parent has and the candidate has not."""
    present = {column.name for column in catalog.attributes(conn, source, mart.name)}
    return [column for column in catalog.attributes(conn, RELEASE, mart.name) if column.name not in present]


def _contradictions(conn: psycopg.Connection[Any], mart: Mart, source: str) -> list[str]:
    found = []
    published = {column.name: column.type for column in catalog.attributes(conn, RELEASE, mart.name)}
    for column in catalog.attributes(conn, source, mart.name):
        was = published.get(column.name)
        if was and was != column.type:
            found.append(f"{mart.name}.{column.name} is {column.type} and was {was}")
    key = catalog.primary_key(conn, RELEASE, mart.name)
    if key and key != mart.primary_key:
        found.append(f"the key of {mart.name} is ({', '.join(mart.primary_key)}) and was ({', '.join(key)})")
    audience = next(
        (
            schema
            for schema in rights.READERS
            if schema != mart.audience and catalog.exists(conn, schema, mart.name)
        ),
        None,
    )
    if audience:
        found.append(f"{mart.name} is published to {mart.audience} and was to {audience}")
    return found


def _fit(conn: psycopg.Connection[Any], mart: Mart, source: str) -> list[str]:
    done: list[str] = []
    if not catalog.exists(conn, RELEASE, mart.name):
        patiently(conn, f"creating release.{mart.name}", lambda: _create(conn, mart, source))
        done.append("created")
    else:
        known = {column.name for column in catalog.attributes(conn, RELEASE, mart.name)}
        added = [column for column in catalog.attributes(conn, source, mart.name) if column.name not in known]
        if added:
            patiently(conn, f"adding columns to release.{mart.name}", lambda: _add_columns(conn, mart, added))
            done += [f"added {column.name}" for column in added]
    if not _view_is_current(conn, mart):
        patiently(conn, f"creating {mart.audience}.{mart.name}", lambda: _show(conn, mart))
        done += [] if "created" in done else ["view renewed"]
    if not rights.is_current(conn, mart):
        patiently(conn, f"giving rights on {mart.name}", lambda: rights.give(conn, mart))
        done += [] if "created" in done else ["rights restored"]
    comments = _stale_comments(conn, mart, source)
    if comments:
        patiently(conn, f"commenting on {mart.name}", lambda: [conn.execute(comment) for comment in comments])
        done += [] if "created" in done else ["comments renewed"]
    return done


def _create(conn: psycopg.Connection[Any], mart: Mart, source: str) -> None:
    """Only the key is NOT NULL here: a later release may lack a column, and each partition keeps its own promises."""
    columns = [
        sql.SQL("{} {}").format(sql.Identifier(c.name), sql.SQL(c.type))
        for c in catalog.attributes(conn, source, mart.name)
    ]
    conn.execute(
        sql.SQL(
            "create table {} ({}, constraint {} primary key ({})) partition by list (_release_id)"
        ).format(
            catalog.name(RELEASE, mart.name),
            sql.SQL(", ").join(columns),
            sql.Identifier(f"{mart.name}_pkey"),
            sql.SQL(", ").join(map(sql.Identifier, mart.primary_key)),
        )
    )


def _add_columns(conn: psycopg.Connection[Any], mart: Mart, added: Sequence[catalog.Attribute]) -> None:
    """Reaches every kept release; they show NULL, and no row is rewritten."""
    parts = [
        sql.SQL("add column {} {}").format(sql.Identifier(column.name), sql.SQL(column.type))
        for column in added
    ]
    conn.execute(
        sql.SQL("alter table {} {}").format(catalog.name(RELEASE, mart.name), sql.SQL(", ").join(parts))
    )


def _show(conn: psycopg.Connection[Any], mart: Mart) -> None:
    conn.execute(
        sql.SQL("create or replace view {} with (security_invoker) as {}").format(
            catalog.name(mart.audience, mart.name), _definition(conn, mart)
        )
    )


def _definition(conn: psycopg.Connection[Any], mart: Mart) -> sql.Composed:
    names = [column.name for column in catalog.attributes(conn, RELEASE, mart.name)]
    shown = sql.SQL(_SHOWN).format(sql.Literal(mart.name))
    if mart.audience == "marts_person":
        # as a sub-select it runs once per statement, before the first row, and keeps neither index nor worker away
        shown += sql.SQL(" and (select audit.note_read({}))").format(sql.Literal(mart.name))
    return sql.SQL("select {} from {} where {}").format(
        sql.SQL(", ").join(_shown_column(mart, name) for name in names),
        catalog.name(RELEASE, mart.name),
        shown,
    )


def _shown_column(mart: Mart, name: str) -> sql.Composable:
    column = mart.column(name)
    if name in _STAMPS:
        return sql.SQL("{} as {}").format(sql.SQL(_STAMPS[name]), sql.Identifier(name))
    if column is None or not column.live:
        return sql.Identifier(name)
    return sql.SQL("case when {} then {} else {n} end as {n}").format(
        sql.SQL(_NONE_CHOSEN),
        sql.SQL(column.live),  # type: ignore[arg-type]  # the project's own word, from the manifest
        n=sql.Identifier(name),
    )


def _view_is_current(conn: psycopg.Connection[Any], mart: Mart) -> bool:
    row = conn.execute(
        "select coalesce('security_invoker=true' = any(reloptions), false) from pg_class where oid = %s",
        (catalog.oid(conn, mart.audience, mart.name),),
    ).fetchone()
    return bool(row and row[0]) and shows_what_it_should(conn, mart)


def shows_what_it_should(conn: psycopg.Connection[Any], mart: Mart) -> bool:
    """Whether the view of a published table selects what `sync` would write: nobody altered it by hand.

    Args:
        conn: the owner's; a temporary view is made and taken back.
        mart: name, audience, and of its columns those that are ``live``.
    """
    view = sql.Literal(catalog.oid(conn, mart.audience, mart.name))
    # PostgreSQL writes definitions in its own words: those of the view are compared with those of one made now
    try:
        with conn.transaction(force_rollback=True):
            conn.execute(sql.SQL("create temporary view expected_view as {}").format(_definition(conn, mart)))
            row = conn.execute(
                sql.SQL(
                    "select pg_get_viewdef({}::oid) = pg_get_viewdef('pg_temp.expected_view'::regclass)"
                ).format(view)
            ).fetchone()
    except pg.UndefinedColumn:  # what is live is computed of a column that the table has not yet
        return False
    return bool(row and row[0])


def _stale_comments(conn: psycopg.Connection[Any], mart: Mart, source: str) -> list[sql.Composed]:
    """Statements that make the comments on parent and view the contract's (else those of the candidate)."""
    table = mart.description or catalog.description(conn, source, mart.name)
    words = {c.name: c.comment for c in catalog.attributes(conn, source, mart.name)}
    words |= {c.name: c.description for c in mart.columns if c.description}
    statements = []
    for schema, kind in ((RELEASE, "table"), (mart.audience, "view")):
        name = catalog.name(schema, mart.name)
        if table and catalog.description(conn, schema, mart.name) != table:
            statements.append(
                sql.SQL("comment on {} {} is {}").format(sql.SQL(kind), name, sql.Literal(table))
            )
        statements += [
            sql.SQL("comment on column {}.{} is {}").format(
                name, sql.Identifier(column.name), sql.Literal(words[column.name])
            )
            for column in catalog.attributes(conn, schema, mart.name)
            if words.get(column.name) and column.comment != words[column.name]
        ]
    return statements
