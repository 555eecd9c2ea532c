"""What a door found, written to the audit tables: one row per rule, one row per address that breaks it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

import psycopg
from psycopg import sql

from simpul.gate.examination import RuleResult

Door = Literal["landing", "publication"]

_SUBJECT: dict[Door, str] = {"landing": "file_id", "publication": "release_id"}


def forget(conn: psycopg.Connection[Any], door: Door, subject: str | int) -> None:
    """Remove what an earlier try of this door said about a file or release."""
    for table in ("gate_failure", "gate_result"):
        conn.execute(
            sql.SQL("delete from audit.{} where door = %s and {} = %s").format(
                sql.Identifier(table), sql.Identifier(_SUBJECT[door])
            ),
            (door, subject),
        )


def write_results(
    conn: psycopg.Connection[Any],
    door: Door,
    subject: str | int,
    results: Iterable[RuleResult],
    *,
    report: str,
    dataset: str | None = None,
    versions: Mapping[tuple[str, str], int],
) -> None:
    """One row of ``audit.gate_result`` per rule.

    Args:
        conn: in the transaction that decides about the file or release.
        door: which door.
        subject: the file id or the release id.
        results: what the rules found.
        report: page that shows them, relative to the folder of reports.
        dataset: of the file.
        versions: dataset or table, and code → the form of the rule that was asked (`simpul.gate.rules`).
    """
    statement = sql.SQL("""
        insert into audit.gate_result (door, dataset, {subject}, table_name, column_name, rule_code, severity,
            dimension, passed, checked, failing, description_en, description_id, report,
            rule_version_id, question_hash, answered_in)
        values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)""").format(
        subject=sql.Identifier(_SUBJECT[door])
    )
    rows = [
        (door, dataset, subject, r.table, r.column, r.rule_code, r.severity, r.dimension, r.passed, r.checked,
         r.failing, r.description_en, r.description_id, report, versions.get((dataset or r.table, r.rule_code)),
         r.question_hash, r.answered_in)
        for r in results
    ]  # fmt: skip
    with conn.cursor() as cursor:
        cursor.executemany(statement, rows)


def stored_results(conn: psycopg.Connection[Any], door: Door, subject: str | int) -> list[RuleResult]:
    """What the door said when it was last asked."""
    statement = sql.SQL("""
        select table_name, rule_code, severity, dimension, column_name, passed, failing, description_en, description_id,
            checked
        from audit.gate_result where door = %s and {} = %s order by gate_result_id""").format(
        sql.Identifier(_SUBJECT[door])
    )
    names = (
        "table", "rule_code", "severity", "dimension", "column", "passed", "failing", "description_en",
        "description_id", "checked",
    )  # fmt: skip
    return [
        RuleResult(**dict(zip(names, row, strict=True))) for row in conn.execute(statement, (door, subject))
    ]
