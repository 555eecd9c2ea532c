"""The register, read for people: which files came, how each stands, and which of them wait for somebody."""

# ruff: noqa: S608 — queries are put together from constants of this module

from __future__ import annotations

from typing import Any

import psycopg
from psycopg.rows import dict_row

from simpul.landing.register import DISMISSED
from simpul.readers.reasons import printable

_IS_DISMISSED = f"coalesce(f.structure ? '{DISMISSED}', false)"
# withdrawn, or a later receipt of the path or of the bytes: whoever was told the reason has done what it says
_MENDED = f"""({_IS_DISMISSED} or exists (select from audit.file as other
    where other.status in ('landed', 'superseded') and (other.sha256 = f.sha256
        or (other.source_path = f.source_path and other.received_at > f.received_at))))"""


def files(
    conn: psycopg.Connection[Any],
    *,
    status: str | None = None,
    dataset: str | None = None,
    limit: int = 100,
) -> list[dict[str, Any]]:
    """Receipts, newest first: what each was taken for, how it stands, and why.

    ``is_waiting``: it is held, nobody has withdrawn it, and nothing better has come in its place since. ``file_name``
    is made safe to print.
    """
    with conn.cursor(row_factory=dict_row) as cursor:
        found = cursor.execute(
            "select file_id, file_name, agency, dataset, period, region_code, status, rows_loaded,"
            " coalesce((structure ->> 'records_read')::bigint, rows_read) as rows_read,"
            f" rows_quarantined, reason, reason_id, received_at, status = 'held' and not {_MENDED} as is_waiting,"
            f" {_IS_DISMISSED} as is_dismissed"
            " from audit.file as f where (%(status)s::text is null or status = %(status)s)"
            " and (%(dataset)s::text is null or dataset = %(dataset)s)"
            " order by received_at desc, file_id desc limit %(limit)s",
            {"status": status, "dataset": dataset, "limit": limit},
        ).fetchall()
    return [{**row, "file_name": printable(row["file_name"], 255)} for row in found]


def count_waiting(conn: psycopg.Connection[Any]) -> int | None:
    """How many held files wait for somebody; None in a warehouse that has no register yet."""
    there = conn.execute("select to_regclass('audit.file')").fetchone()
    if not there or there[0] is None:
        return None
    row = conn.execute(
        f"select count(*) from audit.file as f where status = 'held' and not {_MENDED}"
    ).fetchone()
    return row[0] if row else None
