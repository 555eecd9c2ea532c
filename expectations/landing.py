"""The landing suite of a file: structure looked at natively, rules through the verdict on each of its records."""

# ruff: noqa: TID253, S608 — imported by the gate only; table and rule codes are names that the house gave
from __future__ import annotations

from great_expectations import ExpectationSuite
from great_expectations.expectations import ExpectTableColumnsToMatchSet, ExpectTableRowCountToBeBetween

from expectations.broken_rows import SEVERITY, broken_rows, description, meta
from expectations.check import Check, check
from simpul.contract import Contract, Rule
from simpul.gate import deliveries
from simpul.render import raw_columns

COLUMNS_MATCH = "columns_match"
HAS_ROWS = "has_rows"

_COLUMNS = check(
    COLUMNS_MATCH,
    "fail",
    "structural",
    en="The load table has every column of the contract.",
    id="Tabel muatan memuat semua kolom kontrak.",
    query="",
)
_ROWS = check(
    HAS_ROWS,
    "fail",
    "structural",
    en="The file holds at least one record.",
    id="Berkas berisi sekurangnya satu rekaman.",
    query="",
)


_DELIVERY = {
    one.code: one
    for one in (
        check(
            deliveries.SHRUNK,
            "warn",
            "analytical",
            en="A correction holds about as many records as what it replaces.",
            id="Berkas perbaikan memuat kurang lebih sebanyak rekaman yang digantikannya.",
            query="",
        ),
        check(
            deliveries.NAMED,
            "warn",
            "logical",
            en="The name of the file says the period that its records say.",
            id="Nama berkas menyebut periode yang sama dengan isinya.",
            query="",
        ),
        check(
            deliveries.SIZE,
            "warn",
            "analytical",
            en="The list is about as long as the last ones, or as those of the same season in earlier years.",
            id="Panjang daftar kurang lebih sama dengan kiriman terakhir, atau dengan musim yang sama tahun lalu.",
            query="",
        ),
        check(
            deliveries.AMOUNT,
            "warn",
            "analytical",
            en="The rupiah of the list are about those of the last ones, or of the same season in earlier years.",
            id="Jumlah rupiah daftar kurang lebih sama dengan kiriman terakhir, atau musim yang sama tahun lalu.",
            query="",
        ),
        check(
            deliveries.REPEATED,
            "warn",
            "analytical",
            en="The rows are not those of the period before once more.",
            id="Barisnya bukan baris periode sebelumnya yang dikirim lagi.",
            query="",
        ),
        check(
            deliveries.GAP,
            "warn",
            "analytical",
            en="No period of the list is left out between the last one and this.",
            id="Tidak ada periode yang terlewat antara kiriman terakhir dan kiriman ini.",
            query="",
        ),
    )
}


def structural_checks() -> tuple[Check, Check]:
    """The checks on a load table as a whole, which stop the file."""
    return _COLUMNS, _ROWS


def delivery_checks(contract: Contract) -> tuple[Check, ...]:
    """The checks on the delivery as a whole, against earlier ones of its list: they only warn."""
    return tuple(_DELIVERY[code] for code in deliveries.rules_of(contract))


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


def suite(contract: Contract, verdict: str, *, name: str | None = None) -> ExpectationSuite:
    """The suite of one file.

    Args:
        contract: the dataset's contract.
        verdict: qualified, quoted name of the verdict table that `simpul.gate.judge` filled for the file.
        name: name of the suite (no dots: pages are put in a folder of this name).
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
            *(broken_rows(c, _judged(c.code, verdict)) for c in delivery_checks(contract)),
        ],
    )
