"""Cells of exported files: nothing a spreadsheet would run, and one form in which a cell is known again after it."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import Any

# What a spreadsheet may take for a formula, also behind blanks, and in the wide signs of an Asian keyboard. Leading
# apostrophes belong to it, so that taking one away undoes exactly what was added.
_SIGN = "[=+\\-@＝＋－＠]"
_RUNS = re.compile(rf"'*(?:\s*{_SIGN}|[\t\r\n])")
# Inside a text, too: where the list separator is a semicolon (Indonesia), a line of commas is cut within its quoted
# texts, which then begin a cell behind each semicolon, tab or end of a line. Quotes before the sign fall away there.
_CUT = "[;,|\\t-\\r\\x1c-\\x1e\\x85\u2028\u2029]"
_BEHIND_A_CUT = re.compile(rf"""({_CUT}[\s"]*)('*)(?={_SIGN})""")
_LEADING = re.compile(r"\A['\s]+")
_NUMBER = re.compile(r"-?\d+\.\d+")
_MIDNIGHT = re.compile(r"(\d{4}-\d\d-\d\d)[ T]00:00:00(\.0+)?")
# XML 1.0 cannot hold these at all
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_DIGITS = 15  # what a number of a spreadsheet keeps


def guard(text: str) -> str:
    """The text, with an apostrophe wherever a spreadsheet could begin to run it."""
    text = _BEHIND_A_CUT.sub(r"\1\2'", text)
    return f"'{text}" if _RUNS.match(text) else text


def unguard(text: str) -> str:
    """What `guard` was given."""
    text = text[1:] if text.startswith("'") and _RUNS.match(text) else text
    return _BEHIND_A_CUT.sub(lambda found: found[1] + found[2][1:], text)


def plain(value: Any) -> Any:
    """A value of the database as text, number or date; None stays. Texts are guarded, long numbers become texts."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float | Decimal):
        return (
            value if abs(value) < float("inf") else str(value)
        )  # NaN and infinity are no numbers to a sheet
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value
    if isinstance(value, dt.datetime | dt.time):
        return value.isoformat()  # with its zone, which a cell of a sheet cannot hold
    return guard(str(value))


def for_sheet(value: Any) -> Any:
    """What `plain` gave, as a workbook can keep it."""
    if isinstance(value, str):
        return _NOT_XML.sub("\ufffd", value)
    if isinstance(value, dt.date) and value.year < 1900:  # before a sheet's first day
        return value.isoformat()
    if isinstance(value, int | Decimal) and len(Decimal(value).as_tuple().digits) > _DIGITS:
        return str(value)
    return value


def known(text: str) -> str:
    """The form by which a cell is compared: without guard, case, needless blanks, noughts behind the point."""
    text = _BEHIND_A_CUT.sub(r"\1", text)
    text = " ".join(_LEADING.sub("", text).split()).upper()
    if found := _MIDNIGHT.fullmatch(text):
        return found[1]
    if _NUMBER.fullmatch(text):
        text = text.rstrip("0").rstrip(".")
    return text
