"""The landing suite of a file: structure looked at natively, rules through the verdict on each of its records."""

# ruff: noqa: TID253, S608 — imported by the gate only; table and rule codes are names that the house gave
from __future__ import annotations

from collections.abc import Collection

from great_expectations import ExpectationSuite
from great_expectations.expectations import ExpectTableColumnsToMatchSet, ExpectTableRowCountToBeBetween

from expectations.broken_rows import SEVERITY, broken_rows, description, meta
from expectations.check import Check
from expectations.landing_checks import delivery_checks, structural_checks
from simpul.contract import Contract, Rule
from simpul.render import raw_columns


def rule_check(rule: Rule, verdict: str) -> Check:
    """``rule`` as a check on the verdict rows: their addresses only."""
    return Check(
        code=rule.code,
        severity=rule.severity,
        dimension=rule.dimension,
        text=rule.reason,
        query=_judged(rule.code, verdict),
        column=rule.column or ", ".join(rule.columns) or None,
    )


def _judged(code: str, verdict: str) -> str:
    # Great Expectations wants the name of its table in every query; the records are not read a second time
    return f"select record from {verdict} where rule_code = '{code}' /* judged: {{batch}} */"


def suite(
    contract: Contract, verdict: str, *, name: str | None = None, waived: Collection[str] = ()
) -> ExpectationSuite:
    """The suite of one file.

    Args:
        contract: the dataset's contract.
        verdict: qualified, quoted name of the verdict table that `simpul.gate.judge` filled for the file.
        name: name of the suite (no dots: pages are put in a folder of this name).
        waived: rules on the delivery as a whole that only warn; those of the contract say it themselves.
    """
    columns, rows = structural_checks()
    return ExpectationSuite(
        name=name or f"landing_{contract.table}",
        expectations=[
            ExpectTableColumnsToMatchSet(
                column_set=list(raw_columns(contract)),
                exact_match=False,  # a column that left the contract stays in the raw table
                severity=SEVERITY[columns.severity],
                description=description(columns.code, columns.text.id, columns.text.en),
                meta=meta(columns),
            ),
            ExpectTableRowCountToBeBetween(
                min_value=1,
                severity=SEVERITY[rows.severity],
                description=description(rows.code, rows.text.id, rows.text.en),
                meta=meta(rows),
            ),
            *(broken_rows(c, c.query) for c in (rule_check(rule, verdict) for rule in contract.rules)),
            *(broken_rows(c, _judged(c.code, verdict)) for c in delivery_checks(contract, waived)),
        ],
    )
