"""A landed file turned out wrong: it is taken back, and what it had replaced counts again."""

from __future__ import annotations

import logging
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import psycopg
from psycopg import sql

from simpul import ledger, ledger_held
from simpul.database import advisory_lock
from simpul.errors import SimpulError
from simpul.landing import register
from simpul.landing.slice import Slice
from simpul.ledger import Decision

log = logging.getLogger("simpul.landing")

_LOCK_TIMEOUT = "10s"  # whoever reads raw now may end; who comes after us waits no longer than this


@dataclass(frozen=True)
class Withdrawal:
    """What came of it. ``changed`` False = the file had been withdrawn before."""

    file_id: str
    dataset: str
    changed: bool
    restored: tuple[str, ...] = ()
    """Files that it had superseded and that have landed again."""
    gone: tuple[str, ...] = ()
    """Files that it had superseded and whose rows are no longer kept: `simpul land --file-id` brings them back."""

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def withdraw(conn: psycopg.Connection[Any], file_id: str, decision: Decision) -> Withdrawal:
    """Refuse a landed file after the fact, in the caller's transaction; a held one that nobody will mend waits no more.

    Its table leaves the dataset, so staging no longer reads it; bytes, records, quarantine and verdicts stay for who
    asks later. Every file that it had superseded lands again, unless another file has replaced that one meanwhile.

    Args:
        conn: inside a transaction; the caller has dealt with releases that are being built from the file.
        file_id: a file that has landed or is held; one withdrawn before is left as it is.
        decision: who says so and why, for the register and the ledger.

    Raises:
        SimpulError: the file is unknown, or stands otherwise.
    """
    dataset = register.read(conn, file_id)["dataset"]
    # the lock first, the row after it: `settle_file` takes the rows that it supersedes in this order
    with advisory_lock(conn, f"slice:{dataset}"):
        row = register.read(conn, file_id, lock=True)
        if row["status"] == "refused":
            return Withdrawal(file_id, dataset, changed=False)
        if row["status"] == "held":
            return _dismiss(conn, row, decision)
        if row["status"] != "landed":
            by = f" by {row['superseded_by']}" if row["superseded_by"] else ""
            raise SimpulError(
                f"file {file_id} is {row['status']}{by}: only a landed or a held file can be withdrawn",
                code="not_landed",
                hint="nothing reads the rows of any other",
            )
        _detach(conn, dataset, file_id)
        register.update(
            conn, file_id, {"status": "refused", "reason": decision.why, "reason_id": decision.why_id}
        )
        restored, inherited, gone = _restore(conn, file_id, dataset)
        detail = {
            "dataset": dataset,
            "slice": row["slice_key"],
            **decision.as_dict(),
            "restored": restored,
            "held": ledger_held.digests(conn, ["audit.file"], [file_id, *restored, *inherited]),
        }
        ledger.append(conn, "file.withdrawn", file_id, detail)
        for name in restored:
            ledger.append(conn, "file.restored", name, {"dataset": dataset, "withdrawn": file_id})
    log.info("file %s is withdrawn, %d files have landed again", file_id, len(restored))
    return Withdrawal(file_id, dataset, True, tuple(restored), tuple(gone))


def _dismiss(conn: psycopg.Connection[Any], row: dict[str, Any], decision: Decision) -> Withdrawal:
    """It stays held, with the reason for that: nothing of it ever was in the warehouse."""
    file_id, dataset, structure = row["file_id"], row["dataset"] or "", row["structure"] or {}
    if structure.get(register.DISMISSED):
        return Withdrawal(file_id, dataset, changed=False)
    register.update(conn, file_id, {"structure": structure | {register.DISMISSED: True}})
    detail = {**decision.as_dict(), "held": ledger_held.digests(conn, ["audit.file"], [file_id])}
    ledger.append(conn, "file.dismissed", file_id, detail)
    return Withdrawal(file_id, dataset, changed=True)


def _detach(conn: psycopg.Connection[Any], dataset: str, file_id: str) -> None:
    table = register.table_name(dataset)
    conn.execute("select set_config('lock_timeout', %s, true)", (_LOCK_TIMEOUT,))
    conn.execute(
        sql.SQL("alter table {} detach partition {}").format(
            sql.Identifier("raw", table), sql.Identifier("raw", f"{table}__{file_id}")
        )
    )


def _restore(
    conn: psycopg.Connection[Any], file_id: str, dataset: str
) -> tuple[list[str], list[str], list[str]]:
    """(files that land again, files that another one replaces now, files that would, were their rows still kept)."""
    landed = conn.execute(
        "select file_id, slice_key, landed_at from audit.file where dataset = %s and status = 'landed'",
        (dataset,),
    ).fetchall()
    replaced = conn.execute(
        "select file_id, slice_key, landed_at from audit.file where superseded_by = %s and status = 'superseded'"
        " order by landed_at, file_id for update",
        (file_id,),
    ).fetchall()
    restored, inherited, gone = [], [], []
    for name, key, at in replaced:
        if heir := _heir(landed, key, at):
            register.update(conn, name, {"superseded_by": heir})
            inherited.append(name)
        elif register.has_table(conn, dataset, name):
            register.update(conn, name, {"status": "landed", "superseded_by": None})
            restored.append(name)
        else:
            gone.append(name)
    return restored, inherited, gone


def _heir(landed: list[tuple[str, str, datetime]], key: str, at: datetime) -> str | None:
    """The newest landed file that says everything a slice says and came later."""
    later = [
        (moment, name)
        for name, other, moment in landed
        if moment > at and Slice.parse(other).covers(Slice.parse(key))
    ]
    return max(later)[1] if later else None
