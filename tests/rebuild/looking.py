"""What two warehouses are held against each other by."""

from __future__ import annotations

from simpul.database import connect

Rows = list[tuple]


def query(statement: str, *values: object) -> Rows:
    with connect(autocommit=True) as conn:
        return conn.execute(statement, values).fetchall()


def differing(rows: Rows, others: Rows) -> list[tuple]:
    """(first cell, place, one, other) of each cell that two answers say otherwise: of long rows pytest shows none."""
    return [
        (row[0], place, one, other)
        for row, like in zip(rows, others, strict=False)
        for place, (one, other) in enumerate(zip(row, like, strict=True))
        if one != other
    ]


def files() -> Rows:
    """Of every receipt all that is said of it, but for the folders of the home and who landed it."""
    return query(
        "select file_id, file_name, sha256, bytes, mtime_ns, agency, dataset, edition, period, region_code, sender,"
        " letter_number, slice_key, rows_read, rows_loaded, rows_quarantined, rows_skipped, status, reason, reason_id,"
        " structure, superseded_by, duplicate_of, contract_hash, received_at, landed_at from audit.file order by 1"
    )


def set_aside() -> Rows:
    return query(
        'select file_id, sheet, "row", "column", rule_code, raw, status from quarantine.row order by 1, 2, 3, 4, 5'
    )


def raw() -> Rows:
    """Rows of every delivered table, as one hash each, and whether it counts."""
    tables = query(
        "select relname, relispartition from pg_class where relnamespace = 'raw'::regnamespace and relkind = 'r'"
        " and relname like '%%\\_\\_%%\\_\\_%%' order by 1"
    )
    return [
        (
            name,
            counts,
            query(f'select md5(string_agg(t::text, chr(10) order by _row)) from raw."{name}" as t')[0][0],
        )
        for name, counts in tables
    ]


def ledger() -> Rows:
    return query(
        "select event_id, at, kind, subject, detail, previous_hash, hash from audit.ledger order by 1"
    )
