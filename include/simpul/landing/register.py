"""audit.file: one row per receipt of a file, from arrival to its end."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from simpul import ledger, ledger_held
from simpul.contract import contract_hash, contracts_stamp, load_contracts
from simpul.errors import SimpulError
from simpul.landing.archive import Archived
from simpul.landing.order import Order, Sealed
from simpul.landing.repeats import repeated
from simpul.landing.result import LandResult
from simpul.readers.reasons import printable
from simpul.stamps import Stamp

LANDING = ("received", "loaded")
_COLUMNS = "file_id, file_name, dataset, status, rows_read, rows_loaded, rows_quarantined, reason"


def path_text(path: Path) -> str:
    """A path as the database can hold it: bytes that are no UTF-8 are spelled out."""
    return str(path).encode("utf-8", "backslashreplace").decode("utf-8")


def contracts_fingerprint() -> str:
    """Changes when any contract does: then files held for their layout deserve another look."""
    return _fingerprint(contracts_stamp())


@lru_cache(maxsize=4)
def _fingerprint(files: Stamp) -> str:
    hashes = "".join(contract_hash(contract) for _, contract in sorted(load_contracts().items()))
    return hashlib.sha256(hashes.encode()).hexdigest()[:16]


def letter_mark(sealed: Sealed | None) -> dict[str, Any]:
    """What ``structure`` keeps of a cover letter that is not understood yet."""
    return {"sha256": sealed.sha256, "name": printable(sealed.name)} if sealed else {"sha256": None}


def receive(
    conn: psycopg.Connection[Any],
    order: Order,
    sealed: Sealed | None,
    archived: Archived,
    *,
    run_id: str | None,
    again: bool = False,
) -> tuple[str, bool]:
    """Register a receipt, or find the one that it repeats. The caller holds the lock on the content.

    The same path, size, time and content is the same receipt: after a crash it goes on, held it is tried anew. Bytes
    that another receipt brought in already, with the same said about them, are a duplicate (see `repeats.repeated`).

    Args:
        conn: autocommit connection.
        order: the file and what is said about it.
        sealed: its cover letter.
        archived: its content.
        run_id: the run that lands it.
        again: take bytes that were landed before as a new delivery.

    Returns:
        (file_id, whether there is work to do).
    """
    source = path_text(order.path)
    with conn.transaction():
        same = conn.execute(
            "select file_id, status, run_id, structure #>> '{letter,sha256}' from audit.file where source_path = %s"
            " and bytes = %s and mtime_ns = %s and sha256 = %s order by received_at desc, file_id desc limit 1",
            (source, archived.size, archived.mtime_ns, archived.sha256),
        ).fetchone()
        if same and same[1] in ("received", "held"):
            reset(conn, same[0], order, run_id)
            return same[0], True
        if same and same[1] == "unpacked" and not again:
            return same[0], False
        is_said_anew = same is not None and sealed is not None and sealed.sha256 != same[3]
        earlier = None if is_said_anew else repeated(conn, order, sealed, archived.sha256)
        if same:
            is_ours = run_id is not None and same[2] == run_id and not is_said_anew
            if run_id and not again and not is_said_anew and same[1] not in LANDING:
                # a run takes what the inbox holds undecided: by now another (a replay from the archive) has decided it
                return same[0], False
            if is_ours or (same[1] == "loaded" and earlier and not again):
                # a run that is repeated, or goes on after a crash, does not repeat its own work
                return same[0], False
            if same[1] == "loaded" and not again:  # not judged yet, and something else is said by now
                reset(conn, same[0], order, run_id)
                return same[0], True
        is_duplicate = earlier is not None and not again
        values: dict[str, Any] = {
            "file_id": _new_id(conn, archived.sha256),
            "file_name": path_text(Path(order.path.name)),
            "source_path": source,
            "sha256": archived.sha256,
            "bytes": archived.size,
            "mtime_ns": archived.mtime_ns,
            "archive_path": archived.relative,
            "agency": order.agency or None,
            "status": "received",
            "run_id": run_id,
        }
        if is_duplicate:
            assert earlier is not None
            said = {"letter": letter_mark(sealed), "overrides": order.overrides}
            values |= _duplicate(*earlier) | {"structure": Jsonb(said)}
        conn.execute(
            sql.SQL("insert into audit.file ({}) values ({})").format(
                sql.SQL(", ").join(map(sql.Identifier, values)),
                sql.SQL(", ").join(sql.Placeholder() * len(values)),
            ),
            list(values.values()),
        )
        if is_duplicate:
            held = ledger_held.digests(conn, ["audit.file"], [values["file_id"]])
            event = {"sha256": archived.sha256, "as": values["duplicate_of"], "held": held}
            ledger.append(conn, "file.repeated", values["file_id"], event)
    return values["file_id"], not is_duplicate


def put(conn: psycopg.Connection[Any], row: Mapping[str, Any]) -> None:
    """Write a whole row as it was told elsewhere (as JSON); one that is there stays."""
    conn.execute(
        sql.SQL(
            "insert into audit.file ({columns}) select {columns} from jsonb_populate_record(null::audit.file, %s)"
            " on conflict (file_id) do nothing"
        ).format(columns=sql.SQL(", ").join(map(sql.Identifier, row))),
        (Jsonb(dict(row)),),
    )


def _duplicate(file_id: str, status: str, name: str) -> dict[str, Any]:
    name = printable(name)
    en = f"the same bytes were received before as {file_id} ('{name}')"
    id_ = f"bita yang sama sudah diterima sebagai {file_id} ('{name}')"
    if status == "superseded":
        en += ", and a newer delivery has replaced them; land with --again to make them current"
        id_ += ", dan sudah digantikan kiriman yang lebih baru; gunakan --again untuk memberlakukannya lagi"
    if status == "refused":
        en += ", and were withdrawn; land with --again to make them current"
        id_ += ", dan sudah ditarik; gunakan --again untuk memberlakukannya lagi"
    zero = dict.fromkeys(("rows_read", "rows_loaded", "rows_quarantined"), 0)
    return {"status": "duplicate", "duplicate_of": file_id, "reason": en, "reason_id": id_, **zero}


def _new_id(conn: psycopg.Connection[Any], sha256: str) -> str:
    """First 16 hex digits; a later receipt counts on from 2."""
    base = sha256[:16]
    taken = {row[0] for row in conn.execute("select file_id from audit.file where file_id ^@ %s", (base,))}
    if base not in taken:
        return base
    return next(name for n in range(2, len(taken) + 3) if (name := f"{base}-{n}") not in taken)


def reset(conn: psycopg.Connection[Any], file_id: str, order: Order, run_id: str | None) -> None:
    """Back to ``received``, as it is ordered now.

    What an earlier attempt was told or found out is forgotten, but for the letters that lie archived.
    """
    forget(conn, file_id)
    conn.execute("delete from audit.gate_failure where file_id = %s and door = 'landing'", (file_id,))
    conn.execute("delete from audit.gate_result where file_id = %s and door = 'landing'", (file_id,))
    conn.execute(
        "update audit.file set status = 'received', dataset = null, edition = null, period = null, region_code = null,"
        " sender = null, letter_number = null, slice_key = null, rows_read = null, rows_loaded = null,"
        " rows_quarantined = null, rows_erased = 0, rows_skipped = null, reason = null, reason_id = null,"
        " structure = case when structure #>> '{letter,sha256}' is not null then jsonb_build_object('earlier_letters',"
        " coalesce(structure -> 'earlier_letters', '[]') || (structure #> '{letter,sha256}'))"
        " when structure ? 'earlier_letters' then jsonb_build_object('earlier_letters', structure -> 'earlier_letters')"
        " end,"
        " contract_hash = null, agency = %s, run_id = coalesce(%s, run_id), received_at = now() where file_id = %s",
        (order.agency or None, run_id, file_id),
    )


def forget(conn: psycopg.Connection[Any], file_id: str) -> None:
    """Remove what was loaded and set aside for a file that is not landed."""
    row = conn.execute("select dataset from audit.file where file_id = %s", (file_id,)).fetchone()
    if row and row[0]:
        table = sql.Identifier("raw", f"{table_name(row[0])}__{file_id}")
        conn.execute(sql.SQL("drop table if exists {}").format(table))
    conn.execute("delete from quarantine.row where file_id = %s", (file_id,))


DISMISSED = "dismissed"
"""In the structure of a held file that nobody will mend: it is looked at no more, unless its cover letter says news."""
STATED = """encode(sha256(convert_to(
    jsonb_build_array(period, region_code, edition, sender, letter_number)::text, 'UTF8')), 'hex')"""
"""SQL for a hash of what a landed file was said to be about and who sent it: the ledger is told it, not the words."""


def stated(conn: psycopg.Connection[Any], file_id: str) -> str:
    """`STATED` of a file."""
    row = conn.execute(f"select {STATED} from audit.file where file_id = %s", (file_id,)).fetchone()  # type: ignore[arg-type]  # noqa: S608
    assert row is not None
    return str(row[0])


def table_name(dataset: str) -> str:
    """Name of a dataset's table in schema ``raw``; that of one file adds ``__<file id>``."""
    return dataset.replace(".", "__")


def has_table(conn: psycopg.Connection[Any], dataset: str, file_id: str) -> bool:
    """Whether the rows of a file are still kept."""
    row = conn.execute(
        "select to_regclass(format('raw.%%I', %s::text))", (f"{table_name(dataset)}__{file_id}",)
    ).fetchone()
    return bool(row and row[0])


def update(conn: psycopg.Connection[Any], file_id: str, values: Mapping[str, Any]) -> None:
    """Set columns of a receipt; dictionaries become jsonb."""
    fields = sql.SQL(", ").join(
        sql.SQL("{} = {}").format(sql.Identifier(name), sql.Placeholder()) for name in values
    )
    adapted = [Jsonb(value) if isinstance(value, dict) else value for value in values.values()]
    conn.execute(
        sql.SQL("update audit.file set {} where file_id = {}").format(fields, sql.Placeholder()),
        [*adapted, file_id],
    )


def result(conn: psycopg.Connection[Any], file_id: str) -> LandResult:
    """Where a file stands.

    Raises:
        SimpulError: no such file was received.
    """
    row = conn.execute(f"select {_COLUMNS} from audit.file where file_id = %s", (file_id,)).fetchone()  # noqa: S608
    if row is None:
        raise SimpulError(
            f"no file '{file_id}' was received",
            code="unknown_file",
            hint="`simpul files` lists what was",
        )
    return LandResult(*row)


def read(conn: psycopg.Connection[Any], file_id: str, *, lock: bool = False) -> dict[str, Any]:
    """The whole row of a file, locked for the transaction where asked.

    Raises:
        SimpulError: no such file was received.
    """
    with conn.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(
            f"select * from audit.file where file_id = %s{' for update' if lock else ''}",  # noqa: S608
            (file_id,),
        ).fetchone()
    if row is None:
        raise SimpulError(f"no file '{file_id}' was received", code="unknown_file")
    return row
