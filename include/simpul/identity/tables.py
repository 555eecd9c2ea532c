"""Arrow tables into tables of PostgreSQL."""

from __future__ import annotations

import io
from typing import Any

import psycopg
import pyarrow as pa
from psycopg import sql
from pyarrow import csv


def copy_in(conn: psycopg.Connection[Any], table: sql.Identifier, content: pa.Table) -> None:
    """Add the rows of ``content`` to a table that has columns of its names."""
    columns = sql.SQL(", ").join(map(sql.Identifier, content.column_names))
    with (
        conn.cursor() as cursor,
        cursor.copy(sql.SQL("copy {} ({}) from stdin (format csv)").format(table, columns)) as copy,
    ):
        for batch in content.to_batches(max_chunksize=100_000):
            text = io.BytesIO()
            csv.write_csv(batch, text, csv.WriteOptions(include_header=False))
            copy.write(text.getbuffer())
