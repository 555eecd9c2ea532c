"""The end of landing: the judged table joins its dataset and replaces what it corrects, or the file is held."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg import sql

from simpul import ledger, ledger_contents, ledger_held
from simpul.contract import Contract, load_contracts
from simpul.database import advisory_lock, connect, no_values
from simpul.errors import SimpulError
from simpul.landing import quarantine, register, replace
from simpul.render import attach_ddl, partition_name

log = logging.getLogger("simpul.landing")

_LOCK_TIMEOUT = "10s"  # whoever reads raw now may end; who comes after us waits no longer than this


def settle_file(conn: psycopg.Connection[Any], file_id: str) -> list[str]:
    """Land a judged file, in the caller's transaction: attach its table, supersede what it replaces, close its row.

    Before, in the same transaction, the caller has moved broken records from the load table to ``quarantine.row``. A
    file that has already landed is left as it is.

    Returns:
        Ids of the files that it supersedes.

    Raises:
        Held: it is not clear what it replaces (see `replace.replaced`); nothing was changed.
        SimpulError: the file is not loaded, or records are missing: read ≠ loaded + quarantined.
    """
    row = register.read(conn, file_id, lock=True)
    if row["status"] in ("landed", "superseded"):
        return []
    if row["status"] != "loaded":
        raise SimpulError(
            f"file {file_id} is {row['status']}, not loaded", code="not_loaded", hint="land it again"
        )
    contract = load_contracts()[row["dataset"]]
    loaded, quarantined = count_records(conn, contract.table, file_id, is_melted=contract.is_melted)
    if loaded is None or loaded + quarantined != row["rows_read"]:
        raise SimpulError(
            f"file {file_id}: {row['rows_read']} records read, but {loaded} loaded and {quarantined} set aside",
            code="not_conserved",
            hint="land it again; report this if it stays",
        )
    # in a transaction the lock lasts to its end: of two deliveries of one slice, the later sees the earlier
    with advisory_lock(conn, f"slice:{row['dataset']}"):
        replaced = replace.replaced(conn, contract, row)
        conn.execute(attach_ddl(contract, file_id))
        conn.execute(
            "update audit.file set status = 'superseded', superseded_by = %s where file_id = any(%s)",
            (file_id, replaced),
        )
        # the same bytes were judged anew: what still breaks a rule stands in quarantine under this file
        conn.execute(
            "update quarantine.row set status = 'replayed', resolved_at = clock_timestamp() where status = 'open' and"
            " file_id in (select file_id from audit.file where file_id = any(%s) and sha256 = %s)",
            (replaced, row["sha256"]),
        )
        quarantine.carry_over(conn, file_id, replaced, row["sha256"])
        _drop_altered(conn, contract, replaced, row["sha256"])
        counts = {"rows_loaded": loaded, "rows_quarantined": quarantined}
        register.update(conn, file_id, {"status": "landed", **counts})
        conn.execute("update audit.file set landed_at = clock_timestamp() where file_id = %s", (file_id,))
        detail = {
            "dataset": row["dataset"],
            "slice": row["slice_key"],
            "rows_read": row["rows_read"],
            **counts,
            "stated": register.stated(conn, file_id),
        }
        held = ledger_held.digests(conn, ledger_held.FILE, [file_id])
        for name, of in ledger_held.digests(conn, ("audit.file", "quarantine.row"), replaced).items():
            held[name] |= of
        # of what came through alone: nobody reads the table of a file that is held
        rows = ledger_contents.contents(conn, [f"raw.{contract.table}__{file_id}"])
        ledger.append(
            conn, "file.landed", file_id, {**detail, "supersedes": replaced, "held": held, "contents": rows}
        )
    return replaced


def _drop_altered(
    conn: psycopg.Connection[Any], contract: Contract, replaced: Sequence[str], sha256: str
) -> None:
    """The same bytes were landed once more because somebody had altered their rows: those go, for releases read
    replaced editions of tables too, and what was delivered stands in the new ones.
    """
    if ledger.is_retold():
        return
    tables = {
        f"raw.{contract.table}__{older}": older
        for (older,) in conn.execute(
            "select file_id from audit.file where file_id = any(%s) and sha256 = %s", (list(replaced), sha256)
        )
    }
    for table in ledger_contents.others(conn, tables) if tables else ():
        conn.execute("select set_config('lock_timeout', %s, true)", (_LOCK_TIMEOUT,))
        conn.execute(sql.SQL("drop table if exists {}").format(sql.Identifier(*table.split(".", 1))))
        conn.execute(
            "update audit.file set rows_dropped_at = clock_timestamp() where file_id = %s", (tables[table],)
        )
        held = ledger_held.digests(conn, ["audit.file"], [tables[table]])
        ledger.append(
            conn,
            "file.rows_dropped",
            tables[table],
            {"altered": True, "held": held, "contents": {table: None}},
        )
        log.warning("the rows of file %s had been altered and are dropped", tables[table])


def count_records(
    conn: psycopg.Connection[Any], table: str, file_id: str, *, is_melted: bool, has_table: bool = True
) -> tuple[int | None, int]:
    """(records in the file's table, records set aside). A record that breaks several rules counts once."""
    address = sql.SQL('(sheet, "row", "column")' if is_melted else '(sheet, "row")')
    rows = sql.SQL("select count(*) from {}").format(sql.Identifier("raw", f"{table}__{file_id}"))
    query = sql.SQL("select ({}), (select count(distinct {}) from quarantine.row where file_id = %s)").format(
        rows if has_table else sql.SQL("null"), address
    )
    counts = conn.execute(query, (file_id,)).fetchone()
    assert counts is not None
    return counts[0], counts[1]


def hold(
    file_id: str,
    reason: str,
    reason_id: str,
    *,
    code: str = "gate",
    conn: psycopg.Connection[Any] | None = None,
) -> None:
    """Hold a file as a whole: nothing of it stays loaded or set aside, its bytes stay in the archive.

    Args:
        file_id: a file that has not landed.
        reason: why, in English, without a value of a personal column.
        reason_id: the same in Indonesian.
        code: kind of reason, for the ledger.
        conn: to do it in the caller's transaction; default: one of its own.

    Raises:
        SimpulError: the file has landed.
    """
    if conn is not None:
        hold_in_transaction(conn, file_id, reason, reason_id, code=code)
        return
    with no_values(f"holding file {file_id}"), connect(application_name="simpul land") as own:
        hold_in_transaction(own, file_id, reason, reason_id, code=code)


def hold_in_transaction(
    conn: psycopg.Connection[Any], file_id: str, reason: str, reason_id: str, *, code: str
) -> None:
    """As `hold`."""
    row = register.read(conn, file_id, lock=True)
    if row["status"] in ("landed", "superseded", "duplicate"):
        raise SimpulError(f"file {file_id} is {row['status']} and cannot be held", code="not_loaded")
    register.forget(conn, file_id)
    values = dict.fromkeys(("rows_read", "rows_loaded", "rows_quarantined"), 0)
    values |= {"status": "held", "reason": reason, "reason_id": reason_id}
    if row[
        "rows_read"
    ]:  # nothing of it is kept, so the law of conservation counts none; what was in it is still told
        values["structure"] = {**(row["structure"] or {}), "records_read": row["rows_read"]}
    register.update(conn, file_id, values)
    held = ledger_held.digests(conn, ledger_held.FILE, [file_id])
    ledger.append(conn, "file.held", file_id, {"dataset": row["dataset"], "kind": code, "held": held})


__all__ = ["count_records", "hold", "hold_in_transaction", "partition_name", "settle_file"]
