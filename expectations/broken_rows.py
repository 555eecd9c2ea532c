"""The one custom expectation: count the rows that break a rule, and never fetch them."""

# ruff: noqa: TID253 — imported by the gate only, when a suite is about to run
from __future__ import annotations

from typing import Any, ClassVar

from great_expectations.expectations import UnexpectedRowsExpectation

from expectations.check import Check
from simpul.contract import Text

# Great Expectations knows three degrees, the project two: fail stops the line, warn is counted and shown.
SEVERITY = {"fail": "critical", "warn": "warning"}


class BrokenRows(UnexpectedRowsExpectation):
    """`UnexpectedRowsExpectation` without its second query, which brings up to 200 failing rows into this process.

    The addresses go from table to table inside the database (`simpul.gate.results`), so no row passes through Great
    Expectations: half the queries, and nothing that a result format could write into a page.
    """

    metric_dependencies: ClassVar[tuple[str, ...]] = ("unexpected_rows_query.row_count",)

    def _validate(
        self,
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any] | None = None,
        execution_engine: Any = None,
    ) -> dict[str, Any]:
        broken = metrics["unexpected_rows_query.row_count"]
        return {"success": broken == 0, "result": {"observed_value": broken}}


def description(rule_code: str, indonesian: str, english: str) -> str:
    """What a page says of a rule: code, then both languages."""
    return f"{rule_code}: {indonesian} — {english}"


def broken_rows(check: Check, query: str, *, answered_in: int | None = None) -> BrokenRows:
    """The expectation for ``check``.

    Args:
        check: the rule.
        query: its query with all names but ``{batch}`` filled in; one without a row where the answer is known.
        answered_in: the release of which the same was asked, for the page.
    """
    told = check.text
    if answered_in:
        told = Text(
            en=f"{told.en} (asked of the same rows in release {answered_in})",
            id=f"{told.id} (ditanyakan atas baris yang sama pada rilis {answered_in})",
        )
    return BrokenRows(
        unexpected_rows_query=query,
        severity=SEVERITY[check.severity],
        description=description(check.code, told.id, told.en),
        meta=meta(check),
    )


def meta(check: Check) -> dict[str, Any]:
    """What the outcome of an expectation must still know of its rule."""
    return {
        "rule_code": check.code,
        "severity": check.severity,
        "dimension": check.dimension,
        "column": check.column,
        "description_en": check.text.en,
        "description_id": check.text.id,
    }
