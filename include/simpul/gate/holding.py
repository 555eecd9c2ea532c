"""When a file is held as a whole, and in which words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg import sql

from simpul.contract import Contract, Rule, Text
from simpul.gate.examination import RuleResult
from simpul.gate.verdict import Verdict


def reasons_to_hold(
    conn: psycopg.Connection[Any], contract: Contract, verdict: Verdict, results: Sequence[RuleResult]
) -> list[Text]:
    """Why the whole file is held; empty when it lands."""
    from expectations.landing import structural_checks

    by_code = {result.rule_code: result for result in results}
    reasons = [check.text for check in structural_checks() if by_code[check.code].stops]
    reasons = [
        _and_to_do(en=f"does not hold: {text.en}", id_=f"tidak terpenuhi: {text.id}") for text in reasons
    ]
    for rule in contract.rules:
        result = by_code[rule.code]
        share = 100 * result.failing / result.checked if result.checked else 0.0
        if rule.hold_above_percent is not None and share > rule.hold_above_percent:
            reasons.append(_too_many(rule, result, share))
    if not reasons and verdict.records:
        reasons = _nothing_left(conn, contract, verdict)
    return reasons


def _too_many(rule: Rule, result: RuleResult, share: float) -> Text:
    limit = f"{rule.hold_above_percent:g}"
    return _and_to_do(
        en=f"rule {rule.code}: {result.failing} of {result.checked} records ({share:.1f} %) fail, more than {limit} %"
        f" hold the file. {rule.reason.en}",
        id_=f"aturan {rule.code}: {result.failing} dari {result.checked} rekaman ({_comma(share)} %) melanggar;"
        f" lebih dari {limit} % menahan berkas. {rule.reason.id}",
    )


def _nothing_left(conn: psycopg.Connection[Any], contract: Contract, verdict: Verdict) -> list[Text]:
    """Every record breaks a fail-rule: then the file is not what it seems, and nothing of it is taken."""
    fatal = [rule.code for rule in contract.rules if rule.severity == "fail"]
    rows = conn.execute(
        sql.SQL(
            "select count(distinct record), rule_code, count(*) from {} where rule_code = any(%s)"
            " group by grouping sets ((), (rule_code)) order by rule_code nulls first"
        ).format(verdict.table),
        (fatal,),
    ).fetchall()
    if rows[0][0] < verdict.records:
        return []
    told = ", ".join(f"{code} {count}" for _, code, count in rows[1:])
    most = max(rows[1:], key=lambda row: row[2])[1]
    why = next(rule.reason for rule in contract.rules if rule.code == most)
    return [
        _and_to_do(
            en=f"every one of the {verdict.records} records breaks a fail-rule ({told}). {why.en}",
            id_=f"seluruh {verdict.records} rekaman melanggar aturan wajib ({told}). {why.id}",
        )
    ]


def _and_to_do(en: str, id_: str) -> Text:
    """What was found and expected, then what to do."""
    return Text(
        en=f"{en} Correct the records, whose rows stand on the file's page, and deliver the file again.",
        id=f"{id_} Perbaiki rekaman yang barisnya ada pada halaman berkas, lalu kirim ulang berkasnya.",
    )


def _comma(value: float) -> str:
    return f"{value:.1f}".replace(".", ",")
