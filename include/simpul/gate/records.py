"""Broken records: their addresses go to ``audit.gate_failure``, the records themselves to ``quarantine.row``.

Everything moves from table to table inside the database; no cell comes into this process.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from simpul.contract import Contract, Rule
from simpul.errors import SimpulError
from simpul.gate.examination import RuleResult
from simpul.gate.persons import Broken
from simpul.gate.verdict import Verdict
from simpul.render import partition_name


def rule_table(contract: Contract, file: dict[str, Any]) -> sql.Composed:
    """The rules as rows of a query: code, severity, column as headed in the file, field, reason in both languages.

    With what is asked of the delivery as a whole, as far as that tells of records.
    """
    from expectations.landing_checks import delivery_checks

    headings = _headings(contract, file)
    rows = [
        sql.SQL("({})").format(
            sql.SQL(", ").join(
                sql.Literal(value)
                for value in (
                    rule.code,
                    rule.severity,
                    ", ".join(headings[name] for name in _columns(rule)) or None,
                    ", ".join(_columns(rule)) or None,
                    rule.reason.en,
                    rule.reason.id,
                )
            )
        )
        for rule in contract.rules
    ]
    rows += [
        sql.SQL("({})").format(
            sql.SQL(", ").join(
                sql.Literal(value)
                for value in (
                    one.code,
                    one.severity,
                    ", ".join(headings[name] for name in one.column.split(", ")),
                    one.column,
                    one.text.en,
                    one.text.id,
                )
            )
        )
        for one in delivery_checks(contract)
        if one.column
    ]
    empty = sql.SQL("(null, null, null, null, null, null)")
    # the first row tells PostgreSQL the types; no rule has its code
    return sql.SQL(
        "(select * from (values (null::text, null::text, null::text, null::text, null::text, null::text), {})"
        " as rule (rule_code, severity, heading, field, reason, reason_id) where rule_code is not null)"
    ).format(sql.SQL(", ").join(rows or [empty]))


def _columns(rule: Rule) -> tuple[str, ...]:
    """What an address points to: the cell the rule is about, or the columns it compares."""
    return (rule.column,) if rule.column else (rule.columns or rule.mentions)


def _headings(contract: Contract, file: dict[str, Any]) -> dict[str, str]:
    """Column → heading, as in the file where it has the column, else as the contract calls it."""
    found = ((file["structure"] or {}).get("columns") or {}).items()
    return {column.column: column.header for column in contract.columns} | {
        name: text for text, name in found
    }


def write_failures(
    conn: psycopg.Connection[Any],
    contract: Contract,
    file_id: str,
    verdict: Verdict,
    rules: sql.Composed,
) -> dict[str, int]:
    """Every address of every broken rule, from table to table; counts by rule."""
    column = "coalesce(record._column, rule.heading)" if contract.is_melted else "rule.heading"
    conn.execute(
        sql.SQL("""
            insert into audit.gate_failure (door, file_id, rule_code, severity, sheet, "row", "column")
            select 'landing', {file_id}, rule.rule_code, rule.severity, record._sheet, record._row, {column}
            from {verdict} as broken
            join {load} as record on record.ctid = broken.record
            join {rules} as rule on rule.rule_code = broken.rule_code
            order by record._row, rule.rule_code""").format(
            file_id=sql.Literal(file_id),
            column=sql.SQL(column),
            verdict=verdict.table,
            load=partition_name(contract, file_id),
            rules=rules,
        )
    )
    counts = conn.execute(
        "select rule_code, count(*) from audit.gate_failure where file_id = %s and door = 'landing' group by 1",
        (file_id,),
    )
    return dict(counts.fetchall())


def write_columns(
    conn: psycopg.Connection[Any],
    contract: Contract,
    file: dict[str, Any],
    results: Sequence[RuleResult],
    columns: Sequence[Broken],
) -> None:
    """The addresses of columns that are broken as wholes: a heading, and a row where that is of no record."""
    severity = {result.rule_code: result.severity for result in results}
    headings = _headings(contract, file)
    columns_of = contract.column_of | {name: name for name in contract.column_names}
    for one in columns:
        column = columns_of[one.field]
        conn.execute(
            'insert into audit.gate_failure (door, file_id, rule_code, severity, "row", "column", address)'
            " values ('landing', %s, %s, %s, %s, %s, %s)",
            (
                file["file_id"],
                one.code,
                severity[one.code],
                one.row,
                headings[column],
                Jsonb(one.counted) if one.counted else None,
            ),
        )


def compare(contract: Contract, results: Sequence[RuleResult], addresses: dict[str, int]) -> None:
    """What Great Expectations counted is what was written down; a difference is a fault of ours."""
    from expectations.landing_checks import delivery_checks, structural_checks

    whole = {
        check.code for check in (*structural_checks(), *delivery_checks(contract))
    }  # of no single record
    for result in results:
        if result.rule_code not in whole and result.failing != addresses.get(result.rule_code, 0):
            raise SimpulError(
                f"rule '{result.rule_code}': {result.failing} records fail,"
                f" {addresses.get(result.rule_code, 0)} addresses were written",
                code="gate",
            )


def set_aside(
    conn: psycopg.Connection[Any],
    contract: Contract,
    file: dict[str, Any],
    verdict: Verdict,
    rules: sql.Composed,
) -> int:
    """Move the records that break a fail-rule out of the load table; returns how many."""
    load = partition_name(contract, file["file_id"])
    column = "coalesce(record._column, rule.heading)" if contract.is_melted else "rule.heading"
    conn.execute(
        sql.SQL("""
            insert into quarantine.row (file_id, sheet, "row", "column", field, rule_code, reason, reason_id, raw)
            select {file_id}, record._sheet, record._row, {column}, rule.field, rule.rule_code, rule.reason,
                rule.reason_id, {raw}
            from {verdict} as broken
            join {rules} as rule on rule.rule_code = broken.rule_code and rule.severity = 'fail'
            join {load} as record on record.ctid = broken.record
            order by record._row, rule.rule_code""").format(
            file_id=sql.Literal(file["file_id"]),
            column=sql.SQL(column),
            raw=_raw(contract, file),
            verdict=verdict.table,
            load=load,
            rules=rules,
        )
    )
    moved = conn.execute(
        sql.SQL("""
            delete from {load} where ctid = any (array(
                select distinct broken.record from {verdict} as broken
                join {rules} as rule on rule.rule_code = broken.rule_code and rule.severity = 'fail'))""").format(
            load=load, verdict=verdict.table, rules=rules
        )
    )
    return moved.rowcount


def _raw(contract: Contract, file: dict[str, Any]) -> sql.Composed:
    """The whole record as read, heading → text; blank cells are left out."""
    headings = _headings(contract, file)
    melted = contract.edition(file["edition"]).melt
    names = [name for name in contract.column_names if not (melted and name == melted.value)]
    record = sql.SQL("jsonb_strip_nulls(jsonb_object(array[{}]::text[], array[{}]::text[]))").format(
        sql.SQL(", ").join(sql.Literal(headings[name]) for name in names),
        sql.SQL(", ").join(sql.Identifier("record", name) for name in names),
    )
    record = sql.SQL("{} || coalesce(record._extra, '{{}}')").format(record)
    if melted:
        figure = sql.SQL(" || jsonb_build_object(coalesce(record._column, {}), {})")
        record += figure.format(sql.Literal(headings[melted.value]), sql.Identifier("record", melted.value))
    return record
