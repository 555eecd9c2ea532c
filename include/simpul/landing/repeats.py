"""The same bytes once more: a copy of what is there, or a delivery of its own because something else is said of it."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg.rows import dict_row

from simpul.contract import load_contracts
from simpul.landing.facts import Told, agree, said_period
from simpul.landing.order import Order, Sealed
from simpul.readers.reasons import Held, printable


def repeated(
    conn: psycopg.Connection[Any], order: Order, sealed: Sealed | None, sha256: str
) -> tuple[str, str, str] | None:
    """The newest earlier receipt of these bytes of which nothing else is said now: (file_id, status, file name).

    Something else is said by a cover letter of other content, another period (stated, or in the file's name where that
    counts), another dataset or another agency's folder. A letter that is missing now says nothing.
    """
    with conn.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(
            "select file_id, status, file_name, dataset, period, agency, structure from audit.file where sha256 = %s"
            " and status in ('loaded', 'landed', 'superseded', 'refused') order by received_at desc, file_id desc",
            (sha256,),
        ).fetchall()
    if not rows:
        return None
    try:
        told = Told(order.path.name, sealed.open() if sealed else None, order.period)
        found = next((row for row in rows if _says_the_same(row, order, sealed, told)), None)
    except Held:  # what is said cannot be understood: the receipt will be held for that
        return None
    return (found["file_id"], found["status"], found["file_name"]) if found else None


def _says_the_same(row: dict[str, Any], order: Order, sealed: Sealed | None, told: Told) -> bool:
    structure = row["structure"] or {}
    if sealed and sealed.sha256 != (structure.get("letter") or {}).get("sha256"):
        return False
    if order.agency not in (None, row["agency"]) or order.dataset not in (None, row["dataset"]):
        return False
    contract = load_contracts().get(row["dataset"])
    if contract is None:
        return False
    # receipts from before `content_period` was kept: where records may name the period, they did
    is_in_records = "content" in contract.period.sources
    content = structure.get("content_period", row["period"] if is_in_records else None)
    period = said_period(contract, told, content)
    return period is None or row["period"] is None or agree(period, row["period"])


def identical(
    conn: psycopg.Connection[Any], file_id: str, dataset: str, period: str | None
) -> dict[str, str]:
    """A note for ``audit.file`` on a file whose bytes were another period's delivery: an unchanged list is possible,
    and so is last month's file under a new name. Empty where there is none.
    """
    twin = conn.execute(
        "select other.file_id, other.file_name, other.period from audit.file as mine join audit.file as other"
        " on other.sha256 = mine.sha256 and other.file_id <> mine.file_id"
        " and (other.source_path, other.mtime_ns) is distinct from (mine.source_path, mine.mtime_ns)"
        " where mine.file_id = %s and other.dataset = %s and other.period <> %s"
        " and other.status in ('loaded', 'landed', 'superseded') order by other.period desc, other.file_id limit 1",
        (file_id, dataset, period),
    ).fetchone()
    if twin is None:
        return {}
    other, name, of = twin[0], printable(twin[1]), twin[2]
    return {
        "reason": f"identical to the delivery of {of} ({other}, '{name}'): if this period's list is another, send it",
        "reason_id": f"isinya sama persis dengan kiriman periode {of} ({other}, '{name}'): bila daftar periode ini"
        " berbeda, kirim yang benar",
    }
