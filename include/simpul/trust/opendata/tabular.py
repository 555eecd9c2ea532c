"""Rows → CSV that spreadsheets, BI tools and Frictionless read alike, to the byte the same for the same rows."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from datetime import date
from typing import Any

from simpul.trust.opendata.declared import Column, Declared
from simpul.trust.opendata.reading import Key, Row, Rows
from simpul.trust.opendata.relations import Cell

SUPPRESSED = "suppressed"
"""Companion column: the columns of the row that are empty because of small groups, parted by a blank."""

_TYPES = {
    "bigint": "integer",
    "integer": "integer",
    "smallint": "integer",
    "numeric": "number",
    "boolean": "boolean",
    "date": "date",
}
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def fields(table: Declared) -> list[Column]:
    """The columns of the file, in order; ``data_type`` is Frictionless' word for it."""
    opened = table.open
    if opened.kind == "as_is":
        return [_field(table, name) for name in opened.columns]
    told = [_field(table, name) for name in (*opened.key, *opened.told, *opened.counts)]
    rests = [
        Column(
            name=name,
            data_type="integer",
            description=f"{whole} without {', '.join(parts)} — {whole} tanpa {', '.join(parts)}",
        )
        for name, (whole, parts) in opened.rest.items()
    ]
    companion = Column(
        name=SUPPRESSED,
        data_type="string",
        description="Columns that are empty here because small groups are not told, parted by a blank — Kolom yang"
        " dikosongkan di baris ini karena kelompok kecil tidak diungkap, dipisah spasi",
    )
    return [*told, *rests, *(_field(table, name) for name in opened.amounts), companion]


def _field(table: Declared, name: str) -> Column:
    column = table.columns[name]
    # values that are put together are words, and the rest of a region has no code
    kind = "string" if name in table.open.groups else _TYPES.get(column.data_type, "string")
    return column.model_copy(update={"data_type": kind})


def csv_of(rows: Rows, hidden: Mapping[Cell, str]) -> tuple[bytes, int, int]:
    """The file, how many rows it has, and how many of its counts are suppressed."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    columns = fields(rows.table)
    writer.writerow([column.name for column in columns])
    suppressed = 0
    for key, row in rows.rows.items():
        told, left_out = _told(rows, key, row, hidden)
        suppressed += left_out
        writer.writerow([_text(told.get(column.name), column.data_type) for column in columns])
    return out.getvalue().encode("utf-8"), len(rows.rows), suppressed


def _told(rows: Rows, key: Key, row: Row, hidden: Mapping[Cell, str]) -> tuple[Row, int]:
    """The row without what is suppressed. An amount is told with the counts it belongs to, or not at all."""
    opened = rows.table.open
    gone = [count for count in opened.all_counts if (rows.table.name, key, count) in hidden]
    also = [name for name in opened.amounts if (rows.table.name, key, name) in hidden]
    # where nobody can say how many, that one was left out would say that there is one
    named = [
        name for name in (*gone, *also) if name not in opened.empty_where or row[opened.empty_where[name]]
    ]
    told = {**row, **dict.fromkeys((*gone, *also))}
    if opened.kind == "aggregate":
        told[SUPPRESSED] = " ".join(named)
    return told, len(gone)


def _text(value: Any, kind: str) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):
        return value.isoformat()
    if kind in ("integer", "number"):
        return f"{value:f}" if kind == "number" and hasattr(value, "as_tuple") else str(value)
    text = " ".join(str(value).split())
    return f"'{text}" if text.startswith(_FORMULA) else text
