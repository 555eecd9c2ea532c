"""What the rules mean, said a second time in plain Python, to hold the SQL against."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal

from simpul.contract import Edition, Rule
from simpul.period import MONTH_NAMES
from simpul.predicates import BLANKS


def lower(text: str) -> str:
    """Only A to Z change, as under collation "C"."""
    return re.sub("[A-Z]", lambda match: match[0].lower(), text)


def cell(text: str | None) -> str | None:
    """Trimmed; None when nothing is left."""
    return (text or "").strip(BLANKS) or None


def to_number(
    text: str | None, decimal: str, suffixes: tuple[str, ...], thousands: str | None = None
) -> Decimal | None:
    """Sign, up to 18 digits, perhaps all in groups of three, up to 18 decimals, perhaps one mark behind."""
    text = text or ""
    for suffix in sorted(suffixes, key=len, reverse=True):
        if text.endswith(suffix) and text != suffix:
            text = text[: -len(suffix)].removesuffix(" ")
            break
    sign, digits = (text[0], text[1:]) if text[:1] in ("+", "-") else ("", text)
    whole, mark, part = digits.partition(decimal)
    if thousands and thousands in whole:
        first, *groups = whole.split(thousands)
        if not (1 <= len(first) <= 3 and all(len(group) == 3 for group in groups) and len(groups) <= 5):
            return None
        whole = first + "".join(groups)
    if not (_digits(whole) and len(whole) <= 18) or (mark and not (_digits(part) and len(part) <= 18)):
        return None
    return Decimal(f"{sign}{whole}.{part or 0}")


def to_money(text: str | None) -> Decimal | None:
    """Rp, groups of three or none, then cents, a dash or nothing. A mark before three digits parts thousands."""
    amount = re.sub(r"\A[Rr][Pp]\.? ?", "", text or "")
    cents = "0"
    if found := re.search(r"[.,](-{1,2}|[0-9]{1,2})\Z", amount):
        mark, amount, cents = found[0][0], amount[: found.start()], found[1].strip("-") or "0"
    else:
        mark = ""
    thousands = {char for char in amount if char in ".,"}
    groups = re.split("[.,]", amount)
    if not all(map(_digits, groups)) or len(thousands) > 1 or len(groups) > 5:
        return None
    if len(groups) == 1:
        return Decimal(f"{amount}.{cents}") if len(amount) <= 18 else None
    if len(groups[0]) > 3 or any(len(group) != 3 for group in groups[1:]):
        return None
    if mark in thousands and cents != "0":  # 600.000.50
        return None
    if mark in thousands and not (text or "").endswith("-"):
        return None
    return Decimal(f"{''.join(groups)}.{cents}")


def to_date(text: str | None) -> dt.date | None:
    """Day first, ISO, or with the month's name; a time behind numbers is left aside."""
    text = text or ""
    if found := re.fullmatch(r"([0-9]{1,2})[-/. ]?([A-Za-z]+)[-/. ]?([0-9]{4})", text):
        day, name, year = found.groups()
        month = MONTH_NAMES.get(lower(name))
        return _calendar(year, month, day) if month else None
    text = re.sub(r"[ T][0-9]{1,2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?\Z", "", text)
    if found := re.fullmatch(r"([0-9]{1,2})[-/.]([0-9]{1,2})[-/.]([0-9]{4})", text):
        return _calendar(found[3], found[2], found[1])
    if found := re.fullmatch(r"([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})", text):
        return _calendar(*found.groups())
    return None


def is_sound(record: dict[str, str | None], edition: Edition, rule: Rule) -> bool | None:
    """None for kinds that only SQL can tell (``unique`` needs the file, ``sql`` is its own definition)."""
    for column, values in rule.when.items():
        if lower(cell(record[column]) or "") not in [lower(value) for value in values]:
            return True
    if rule.kind in ("unique", "within", "sql"):
        return None
    text = cell(record[rule.column or ""])
    absent = text is None or lower(text) in [lower(spelling) for spelling in rule.missing]
    if rule.kind == "required":
        return not absent
    if absent:
        return True
    assert text is not None
    return _test(text, edition, rule)


def _test(text: str, edition: Edition, rule: Rule) -> bool:
    low = Decimal(str(rule.minimum)) if rule.minimum is not None else Decimal("-Infinity")
    high = Decimal(str(rule.maximum)) if rule.maximum is not None else Decimal("Infinity")
    match rule.kind:
        case "matches":
            flags = re.ASCII | re.DOTALL | (re.IGNORECASE if rule.ignore_case else 0)
            return re.fullmatch(rule.pattern or "", text, flags) is not None
        case "in":
            return lower(text) in [lower(value) for value in rule.values]
        case "number":
            return _number(text, edition, rule) is not None
        case "between":
            value = _number(text, edition, rule)
            return value is None or low <= value <= high
        case "money":
            value = to_money(text)
            return value is not None and low <= value <= high
        case "date":
            day = to_date(text)
            return day is not None and (rule.minimum or 1000) <= day.year <= (rule.maximum or 9999)
    raise AssertionError(rule.kind)


def _number(text: str, edition: Edition, rule: Rule) -> Decimal | None:
    thousands = None if rule.decimal and rule.decimal != edition.decimal else edition.thousands
    return to_number(text, rule.decimal or edition.decimal, rule.suffixes, thousands)


def _digits(text: str) -> bool:
    return re.fullmatch("[0-9]+", text) is not None


def _calendar(year: str, month: str | int, day: str) -> dt.date | None:
    try:
        return dt.date(int(year), int(month), int(day)) if int(year) >= 1000 else None
    except ValueError:
        return None
