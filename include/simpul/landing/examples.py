"""Example rows of a form that were left in a file: nobody's records, set aside before anything is read from them."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import sql

from simpul.predicates import cell_of
from simpul.readers.layout import Layout
from simpul.readers.reasons import RECORD_REASONS
from simpul.templates import example_rows

RULE = "template_example"


def set_aside(conn: psycopg.Connection[Any], file_id: str, table: sql.Identifier, layout: Layout) -> int:
    """Move them from the load table to ``quarantine.row``; how many there were.

    A record is one when each cell of a form's column is that of an example row, blanks around it aside.
    """
    rows = example_rows(layout.contract)
    if not rows:
        return 0
    headings = [(layout.headings[position], name) for name, position in layout.map.columns.items()]
    reason, reason_id = RECORD_REASONS[RULE]
    moved = conn.execute(
        sql.SQL("""
            with example as (
                delete from {table} where {is_example}
                returning _sheet, _row, coalesce(_extra, '{{}}')
                    || jsonb_strip_nulls(jsonb_object(array[{headings}]::text[], array[{names}]::text[])) as raw)
            insert into quarantine.row (file_id, sheet, "row", rule_code, reason, reason_id, raw)
            select {file_id}, _sheet, _row, {rule}, {reason}, {reason_id}, raw from example order by _row""").format(
            table=table,
            is_example=sql.SQL(" or ").join(map(_is_row, rows)),
            headings=sql.SQL(", ").join(sql.Literal(heading) for heading, _ in headings),
            names=sql.SQL(", ").join(sql.Identifier(name) for _, name in headings),
            file_id=sql.Literal(file_id),
            rule=sql.Literal(RULE),
            reason=sql.Literal(reason),
            reason_id=sql.Literal(reason_id),
        )
    )
    return moved.rowcount


def _is_row(row: dict[str, tuple[str, ...]]) -> sql.Composable:
    """The longest cell is compared first: it is the rarest."""
    tests = []
    for column, spellings in sorted(row.items(), key=lambda cell: -max(map(len, cell[1]), default=0)):
        cell = cell_of(column)
        values = sql.SQL(", ").join(map(sql.Literal, spellings))
        tests.append(cell + (sql.SQL(" in ({})").format(values) if spellings else sql.SQL(" is null")))
    return sql.SQL("({})").format(sql.SQL(" and ").join(tests))
