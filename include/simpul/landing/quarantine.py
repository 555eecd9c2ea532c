"""Records that were set aside: look at them, and close those that need no repair."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from simpul import ledger, ledger_held
from simpul.errors import SimpulError
from simpul.ledger import Decision

_ADDRESS = (
    'q.quarantine_id, q.file_id, f.file_name, f.dataset, f.period, q.sheet, q."row", q."column", q.field, q.rule_code,'
    " q.reason, q.reason_id, q.status, q.created_at, q.resolved_at"
)


def summary(
    conn: psycopg.Connection[Any], *, status: str = "open", dataset: str | None = None
) -> list[dict[str, Any]]:
    """Records set aside per file and rule, most first.

    Open ones of files that were replaced or withdrawn are nobody's work and left out; closed ones are history, told of
    every file: most replayed records are those of a file that its replay has replaced.
    """
    with conn.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            "select q.file_id, f.file_name, f.dataset, f.period, q.rule_code, count(*) as records,"
            ' min(q."row") as first_row, min(q.reason) as reason, min(q.reason_id) as reason_id'
            " from quarantine.row as q join audit.file as f using (file_id)"
            " where q.status = %s and (q.status <> 'open' or f.status not in ('superseded', 'refused'))"
            " and (%s::text is null or f.dataset = %s)"
            " group by 1, 2, 3, 4, 5 order by records desc, 1, 5",
            (status, dataset, dataset),
        ).fetchall()


def addresses(
    conn: psycopg.Connection[Any],
    *,
    file_id: str | None = None,
    rule: str | None = None,
    ids: list[int] | None = None,
    status: str | None = "open",
    limit: int = 100,
    with_record: bool = False,
) -> list[dict[str, Any]]:
    """Single records with their address. ``raw``, the record itself, only where asked: it is about a person."""
    conditions: list[sql.Composable] = [sql.SQL("true")]
    values: list[Any] = []
    for column, value in (("q.file_id", file_id), ("q.rule_code", rule), ("q.status", status)):
        if value is not None:
            conditions.append(sql.SQL(column + " = %s"))  # type: ignore[arg-type]
            values.append(value)
    if ids is not None:
        conditions.append(sql.SQL("q.quarantine_id = any(%s)"))
        values.append(ids)
    query = sql.SQL(
        "select {} from quarantine.row as q join audit.file as f using (file_id) where {}"
        " order by q.quarantine_id limit %s"
    ).format(sql.SQL(_ADDRESS + (", q.raw" if with_record else "")), sql.SQL(" and ").join(conditions))
    with conn.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query, [*values, limit]).fetchall()


def dismiss(conn: psycopg.Connection[Any], ids: list[int], decision: Decision) -> int:
    """Close open records without repair; the ledger keeps who did it and why.

    Raises:
        SimpulError: some of them do not exist or are not open; then none is closed.
    """
    with conn.transaction():
        closed = conn.execute(
            "update quarantine.row set status = 'dismissed', resolved_at = clock_timestamp()"
            " where quarantine_id = any(%s) and status = 'open' returning quarantine_id, file_id",
            (ids,),
        ).fetchall()
        missing = sorted(set(ids) - {row[0] for row in closed})
        if missing:
            raise SimpulError(
                f"no open record has number {', '.join(map(str, missing))}",
                code="unknown_record",
                hint="see `simpul quarantine list`",
            )
        by_file: dict[str, list[int]] = {}
        for number, file_id in closed:
            by_file.setdefault(file_id, []).append(number)
        for file_id, numbers in by_file.items():
            held = ledger_held.digests(conn, ["quarantine.row"], [file_id])
            told = {"records": numbers, **decision.as_dict(), "held": held}
            ledger.append(conn, "quarantine.dismissed", file_id, told)
    return len(closed)


def carry_over(conn: psycopg.Connection[Any], file_id: str, older: Sequence[str], sha256: str) -> int:
    """Close again what a person had dismissed in an older receipt of the same bytes, in the caller's transaction.

    Judging a file anew decides nothing that a person decided: a record stays dismissed where the same rule finds it at
    the same address. One that breaks another rule now is news and stays open.
    """
    closed = conn.execute(
        "update quarantine.row as mine set status = 'dismissed', resolved_at = before.resolved_at"
        " from quarantine.row as before join audit.file as f using (file_id)"
        " where mine.file_id = %s and mine.status = 'open' and before.status = 'dismissed'"
        " and before.file_id = any(%s) and f.sha256 = %s and before.rule_code = mine.rule_code"
        ' and (before.sheet, before."row", before."column")'
        ' is not distinct from (mine.sheet, mine."row", mine."column")'
        " returning before.file_id, mine.quarantine_id",
        (file_id, list(older), sha256),
    ).fetchall()
    for before in sorted({row[0] for row in closed}):
        numbers = sorted(number for of, number in closed if of == before)
        ledger.append(conn, "quarantine.dismissed", file_id, {"records": numbers, "as_in": before})
    return len(closed)
