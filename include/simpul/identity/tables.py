"""Arrow tables into tables of PostgreSQL."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import psycopg
import pyarrow as pa
from psycopg import sql
from pyarrow import csv

Rows = pa.Table | pa.RecordBatchReader
"""A table, or a reader that streams one; that is read once."""


def copy_in(
    conn: psycopg.Connection[Any],
    table: sql.Identifier,
    content: Rows,
    named: Mapping[str, str] | None = None,
) -> int:
    """Add the rows of ``content`` to a table that has columns of its names, or of those that ``named`` gives them.

    Returns:
        How many there were.
    """
    names = [(named or {}).get(name, name) for name in content.schema.names]
    columns = sql.SQL(", ").join(map(sql.Identifier, names))
    rows = 0
    with (
        conn.cursor() as cursor,
        cursor.copy(sql.SQL("copy {} ({}) from stdin (format csv)").format(table, columns)) as copy,
    ):
        batches = content.to_batches(max_chunksize=100_000) if isinstance(content, pa.Table) else content
        for batch in batches:
            text = io.BytesIO()
            csv.write_csv(batch, text, csv.WriteOptions(include_header=False))
            copy.write(text.getbuffer())
            rows += batch.num_rows
    return rows
