"""What erasures and retention have left of a file: told as it was, where doing it once more would say otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from simpul.contract import load_contracts
from simpul.database import connect, no_values
from simpul.landing import register
from simpul.ledger_journal import found_at
from simpul.rebuild.fates import FileFate
from simpul.render import attach_ddl, ensure_raw_tables, partition_ddl

_AS_COUNTED = """
update audit.gate_result as now set passed = told.passed, checked = told.checked, failing = told.failing
from jsonb_populate_recordset(null::audit.gate_result, %s) as told
where now.file_id = %s and now.door = 'landing'
    and (now.rule_code, now.column_name) is not distinct from (told.rule_code, told.column_name)
"""


def put(fate: FileFate) -> None:
    """The row of a file from which nothing can be loaded; what an earlier attempt left of it is replaced.

    One that was removed is as it ended; one that held erased persons only has a table without a record, so that it can
    still be replaced or withdrawn.
    """
    file_id, hidden = fate.row["file_id"], ("printable_name", "printable_path")
    row = {name: value for name, value in fate.row.items() if name not in hidden} | {
        "source_path": register.path_text(found_at(fate.place)), "superseded_by": None,
    }  # fmt: skip
    with _at(file_id) as conn:
        ensure_raw_tables(conn)
        register.forget(conn, file_id)
        conn.execute("delete from audit.file where file_id = %s", (file_id,))
        if fate.is_removed:
            register.put(conn, row)
            _insert(conn, "quarantine.row", fate)
        else:
            register.put(conn, row | {"status": "loaded", "landed_at": None})
            conn.execute(partition_ddl(load_contracts()[row["dataset"]], file_id))


def land(fate: FileFate) -> None:
    """It landed then, and replaced what it replaced."""
    file_id = fate.row["file_id"]
    if fate.last != "file.landed":
        return
    with _at(file_id) as conn:
        if not fate.is_removed and register.read(conn, file_id)["status"] == "loaded":
            conn.execute(attach_ddl(load_contracts()[fate.row["dataset"]], file_id))
            conn.execute(
                "update audit.file set status = 'landed', landed_at = %s where file_id = %s",
                (fate.row["landed_at"], file_id),
            )
            _insert(conn, "audit.gate_result", fate)
            _insert(conn, "audit.delivery", fate)
        conn.execute(
            "update audit.file set status = 'superseded', superseded_by = %s where file_id = any(%s)"
            " and status = 'landed'",
            (file_id, fate.supersedes),
        )


def restore(conn: psycopg.Connection[Any], fate: FileFate, names: Sequence[str]) -> None:
    """It was withdrawn: what it had replaced lands again."""
    conn.execute(
        "update audit.file set status = 'landed', superseded_by = null where file_id = any(%s) and superseded_by = %s",
        (list(names), fate.row["file_id"]),
    )


def judged_as_then(fate: FileFate) -> None:
    """Counts of door 1 are those of the day on which it was judged: releases publish them, later lists are held against
    them.
    """
    with _at(fate.row["file_id"]) as conn:
        if results := fate.told.get("audit.gate_result"):
            conn.execute(_AS_COUNTED, (Jsonb(results), fate.row["file_id"]))
        for row in fate.told.get("audit.delivery", ()):
            conn.execute(
                "update audit.delivery set records = %s, amount_idr = %s where file_id = %s",
                (row["records"], row["amount_idr"], row["file_id"]),
            )


@contextmanager
def _at(file_id: str) -> Iterator[psycopg.Connection[Any]]:
    with no_values(f"putting back file {file_id}"), connect(application_name="simpul rebuild") as conn:
        yield conn


def _insert(conn: psycopg.Connection[Any], relation: str, fate: FileFate) -> None:
    """Rows that were told of it, under numbers of today."""
    if told := fate.told.get(relation):
        table = sql.Identifier(*relation.split("."))
        columns = sql.SQL(", ").join(map(sql.Identifier, told[0]))
        conn.execute(sql.SQL("delete from {} where file_id = %s").format(table), (fate.row["file_id"],))
        conn.execute(
            sql.SQL(
                "insert into {table} ({columns}) select {columns} from jsonb_populate_recordset(null::{table}, %s)"
            ).format(table=table, columns=columns),
            (Jsonb(told),),
        )
