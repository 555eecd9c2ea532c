"""When a file is held as a whole, and in which words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg import sql

from simpul.contract import Contract, Rule, Text
from simpul.gate.examination import RuleResult
from simpul.gate.persons import Broken
from simpul.gate.verdict import Verdict
from simpul.predicates import clean, number, only_day_first, only_month_first
from simpul.readers.reasons import printable
from simpul.render import partition_name

_FEW_LOST = 5  # so many broken records are set aside however small the file is …
_LOST_SHARE = 0.20  # … more of them than this share, and what is left is not what was delivered
_FEW_DATES = 3  # so many dates with the month first may be slips whatever the number of all …
_DATES_SHARE = 0.10  # … and so may this share of them


def reasons_to_hold(
    conn: psycopg.Connection[Any],
    contract: Contract,
    file: dict[str, Any],
    verdict: Verdict,
    results: Sequence[RuleResult],
    columns: Sequence[Broken],
) -> list[Text]:
    """Why the whole file is held; empty when it lands.

    Args:
        conn: in the transaction that decides.
        contract: the file's dataset.
        file: its row of ``audit.file``.
        verdict: what judging found.
        results: what Great Expectations says of it, with the records that each rule looked at.
        columns: that are broken as wholes.
    """
    from expectations.landing_checks import structural_checks

    by_code = {result.rule_code: result for result in results}
    reasons = [check.text for check in structural_checks() if by_code[check.code].stops]
    reasons = [
        _and_to_do(en=f"does not hold: {text.en}", id_=f"tidak terpenuhi: {text.id}") for text in reasons
    ]
    reasons += [one.told for one in columns if by_code[one.code].stops]
    for rule in contract.rules:
        result = by_code[rule.code]
        share = 100 * result.failing / result.checked if result.checked else 0.0
        if rule.hold_above_percent is not None and share > rule.hold_above_percent:
            reasons.append(_too_many(rule, result, share))
        elif rule.kind == "date" and result.failing > _FEW_DATES:
            reasons += _month_first(conn, contract, file, verdict, rule, result)
    if not reasons and verdict.records:
        reasons = _too_little_left(conn, contract, file, verdict)
    return reasons


def _too_many(rule: Rule, result: RuleResult, share: float) -> Text:
    limit = f"{rule.hold_above_percent:g}"
    return _and_to_do(
        en=f"rule {rule.code}: {result.failing} of {result.checked} records ({share:.1f} %) fail, more than {limit} %"
        f" hold the file. {rule.reason.en}",
        id_=f"aturan {rule.code}: {result.failing} dari {result.checked} rekaman ({_comma(share)} %) melanggar;"
        f" lebih dari {limit} % menahan berkas. {rule.reason.id}",
    )


def _month_first(
    conn: psycopg.Connection[Any],
    contract: Contract,
    file: dict[str, Any],
    verdict: Verdict,
    rule: Rule,
    result: RuleResult,
) -> list[Text]:
    """Dates are read day first, so 02/01/1990 of a file that puts the month first would be another day, and look sound.

    Such a file shows itself by the dates whose second number is no month: they break the rule, and no file that puts
    the day first has many of them.
    """
    load = partition_name(contract, file["file_id"])
    text = clean(sql.Identifier(rule.column or "").as_string(conn))
    month = sql.SQL(only_month_first(text))  # type: ignore[arg-type]
    day = sql.SQL(only_day_first(text))  # type: ignore[arg-type]
    broken = sql.SQL(
        "select count(*) from {} as broken join {} as record on record.ctid = broken.record"
        " where rule_code = {} and {}"
    ).format(verdict.table, load, sql.Literal(rule.code), month)
    found = _row(conn, broken)[0]
    if found <= _FEW_DATES or found * 100 <= (result.checked or 0):
        return []  # slips: not worth reading all records once more
    counts = sql.SQL("select count({}), count(*) filter (where {}) from {}").format(
        sql.SQL(text),  # type: ignore[arg-type]
        day,
        load,
    )
    dates, day_first = _row(conn, counts)
    if found <= day_first or found <= dates * _DATES_SHARE:
        return []
    return [
        Text(
            en=f"rule {rule.code}: month first? {found} of {dates} dates can only be read with the month first"
            f" (12/31/1990), {day_first} only with the day first (31/12/1990). Dates are read day first, so the others"
            " would become other days without a sign. Write them day first or as 1990-12-31, then deliver it again.",
            id=f"aturan {rule.code}: bulan di depan? {found} dari {dates} tanggal hanya dapat dibaca dengan bulan di"
            f" depan (12/31/1990), {day_first} hanya dengan hari di depan (31/12/1990). Tanggal dibaca dengan hari di"
            " depan, sehingga yang lain akan menjadi hari lain tanpa tanda. Tulis dengan hari di depan atau sebagai"
            " 1990-12-31, lalu kirim ulang berkasnya.",
        )
    ]


def _too_little_left(
    conn: psycopg.Connection[Any], contract: Contract, file: dict[str, Any], verdict: Verdict
) -> list[Text]:
    """So many records break fail-rules that the rest would stand for a delivery that it is not.

    A cover letter may say that it does (``incomplete: yes``); of a file without one sound record nothing is taken.
    """
    fatal = {rule.code: rule for rule in contract.rules if rule.severity == "fail"}
    rows = conn.execute(
        sql.SQL(
            "select count(distinct record), rule_code, count(*) from {} where rule_code = any(%s)"
            " group by grouping sets ((), (rule_code)) order by rule_code nulls first"
        ).format(verdict.table),
        (list(fatal),),
    ).fetchall()
    lost = rows[0][0]
    letter = (file["structure"] or {}).get("letter") or {}
    is_all = lost == verdict.records
    if not is_all and (lost <= max(_FEW_LOST, verdict.records * _LOST_SHARE) or letter.get("incomplete")):
        return []
    told = ", ".join(f"{code} {count}" for _, code, count in rows[1:])
    most, failing = max((row[1:] for row in rows[1:]), key=lambda row: row[1])
    why = _other_mark(conn, contract, file, verdict, fatal[most], failing) or fatal[most].reason
    if is_all:
        return [
            _and_to_do(
                en=f"every one of the {lost} records breaks a fail-rule ({told}). {why.en}",
                id_=f"seluruh {lost} rekaman melanggar aturan wajib ({told}). {why.id}",
            )
        ]
    beside = f"'{printable(file['file_name'])}.yml'"
    todo = _and_to_do(
        en=f"{lost} of the {verdict.records} records break fail-rules ({told}), more than {_LOST_SHARE:.0%} hold the"
        f" file. {why.en}",
        id_=f"{lost} dari {verdict.records} rekaman melanggar aturan wajib ({told}); lebih dari {_LOST_SHARE:.0%}"
        f" menahan berkas. {why.id}",
    )
    return [
        Text(
            en=f"{todo.en} Where they cannot be corrected, say in a cover letter {beside} that the rest counts without"
            " them (`incomplete: yes`).",
            id=f"{todo.id} Bila tidak dapat diperbaiki, sebutkan dalam surat pengantar {beside} bahwa sisanya berlaku"
            " tanpa rekaman itu (`incomplete: ya`).",
        )
    ]


def _other_mark(
    conn: psycopg.Connection[Any],
    contract: Contract,
    file: dict[str, Any],
    verdict: Verdict,
    rule: Rule,
    failing: int,
) -> Text | None:
    """That most of what is no number is one with the other decimal mark: a spreadsheet saves its own country's."""
    if rule.kind != "number" or rule.decimal:
        return None
    decimal = contract.edition(file["edition"]).as_read(file["structure"] or {}).decimal
    other, name_en, name_id = (",", "comma", "koma") if decimal == "." else (".", "point", "titik")
    text = clean(sql.Identifier(rule.column or "").as_string(conn))
    query = sql.SQL(
        "select count({}) from {} as broken join {} as record on record.ctid = broken.record where rule_code = {}"
    ).format(
        sql.SQL(number(text, other, rule.suffixes)),  # type: ignore[arg-type]
        verdict.table,
        partition_name(contract, file["file_id"]),
        sql.Literal(rule.code),
    )
    found = _row(conn, query)[0]
    if found * 2 <= failing:
        return None
    return Text(
        en=f"{found} of these figures are numbers with a decimal {name_en}: if the file is written so, say it in the"
        f' cover letter (`decimal: "{other}"`).',
        id=f"{found} di antaranya angka dengan desimal {name_id}: bila berkas memang ditulis demikian, sebutkan dalam"
        f' surat pengantar (`decimal: "{other}"`).',
    )


def _row(conn: psycopg.Connection[Any], query: sql.Composed) -> tuple[Any, ...]:
    row = conn.execute(query).fetchone()
    assert row is not None
    return row


def _and_to_do(en: str, id_: str) -> Text:
    """What was found and expected, then what to do."""
    return Text(
        en=f"{en} Correct the records, whose rows stand on the file's page, and deliver the file again.",
        id=f"{id_} Perbaiki rekaman yang barisnya ada pada halaman berkas, lalu kirim ulang berkasnya.",
    )


def _comma(value: float) -> str:
    return f"{value:.1f}".replace(".", ",")
