"""What a table says, as a hash that does not depend on the order of its rows, its columns or the session's settings."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

import psycopg
from psycopg import sql

from simpul.database import connect
from simpul.errors import ReleaseError
from simpul.release import catalog
from simpul.release.storing import stored_in

# the text of a date or a number must not depend on who asks
_CANONICAL = {
    "TimeZone": "UTC",
    "DateStyle": "ISO, YMD",
    "IntervalStyle": "iso_8601",
    "extra_float_digits": "1",
    "bytea_output": "hex",
}

# Each row → 128 bits of md5; the two halves are summed as exact integers, so neither sorting nor memory is needed.
# A guard against mistakes and crashes, not against a forger: that is the ledger's work. `offset 0` is a fence: without
# it every digest is made twice, once for each half.
_SUMS = """
select count(*), coalesce(sum(('x' || left(digest, 16))::bit(64)::bigint), 0)::text,
    coalesce(sum(('x' || right(digest, 16))::bit(64)::bigint), 0)::text
from (select md5(row({columns})::text) as digest from {table} offset 0) as hashed
"""


def fingerprint(
    conn: psycopg.Connection[Any], schema: str, table: str, columns: Iterable[str]
) -> tuple[int, str]:
    """Rows and hash of a table over ``columns`` (their names are part of the hash, their order is not)."""
    names = sorted(columns)
    with conn.transaction():
        for setting, value in _CANONICAL.items():
            conn.execute("select set_config(%s, %s, true)", (setting, value))
        row = conn.execute(
            sql.SQL(_SUMS).format(
                columns=sql.SQL(", ").join(map(sql.Identifier, names)), table=catalog.name(schema, table)
            )
        ).fetchone()
    assert row is not None
    told = {"columns": names, "rows": row[0], "sums": [row[1], row[2]]}
    return int(row[0]), hashlib.sha256(json.dumps(told).encode()).hexdigest()


def release_hash(tables: Mapping[str, Mapping[str, Any]]) -> str:
    """Hash of a whole release from the hashes of its tables (those with rows or not), without the volatile ones."""
    told = sorted(
        (mart, table["content_hash"]) for mart, table in tables.items() if not table.get("volatile")
    )
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def content_hash(release_id: int) -> str:
    """Hash of a kept release, computed again from its rows; equals ``audit.release.content_hash`` when nothing changed.

    Raises:
        ReleaseError: the release has no tables (never attached, or retired).
    """
    with connect(application_name="simpul content hash") as conn:
        row = conn.execute("select tables from audit.release where release_id = %s", (release_id,)).fetchone()
        tables: dict[str, dict[str, Any]] = (row[0] if row else None) or {}
        stored = stored_in(conn, release_id)
        parts = {mart: catalog.partition(mart, stored.get(mart, release_id)) for mart in tables}
        gone = [mart for mart, part in parts.items() if not catalog.exists(conn, catalog.RELEASE, part)]
        if not tables or gone:
            raise ReleaseError(
                f"release {release_id} has no tables to read",
                hint="it was never attached, or it has been retired",
            )
        fresh = {}
        for mart, table in tables.items():
            rows, digest = fingerprint(conn, catalog.RELEASE, parts[mart], table["columns"])
            fresh[mart] = {**table, "rows": rows, "content_hash": digest}
    return release_hash(fresh)
