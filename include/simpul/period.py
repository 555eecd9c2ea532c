"""Periods as people write them in file names and cells → ``2024``, ``2024-S1``, ``2024-Q2``, ``2024-06``.

Never guessed: a text that names two different periods, or one that is only half understood, gives None, and the file
is held with a request to say which.
"""

from __future__ import annotations

import re
from typing import Literal

Form = Literal["year", "quarter", "month", "any"]

_MONTHS = (
    "januari january jan",
    "februari pebruari february feb peb",
    "maret march mar mrt",
    "april apr",
    "mei may",
    "juni june jun",
    "juli july jul",
    "agustus august agu agt ags aug",
    "september sept sep",
    "oktober october okt oct",
    "november nopember nov nop",
    "desember december des dec",
)
MONTH_NAMES = {name: number for number, names in enumerate(_MONTHS, start=1) for name in names.split()}
"""Indonesian and English names and abbreviations, lower case → number of the month."""

_ORDINALS = {"1": 1, "2": 2, "3": 3, "4": 4, "i": 1, "ii": 2, "iii": 3, "iv": 4}
_QUARTER_WORDS = r"triwulan|triw|tw|kuartal|quarter|q|tahap|thp"
_SEMESTER_WORDS = r"semester|smtr|smt|sem"

# A letter next to a word would make it another word (`mei` in `meinita`); digits and signs may stand there.
_MONTH = rf"(?<![a-z])(?P<month>{'|'.join(sorted(MONTH_NAMES, key=len, reverse=True))})(?![a-z])"
_GAP = r"[\W_]{0,4}"
_OF_YEAR = rf"{_GAP}(?:tahun anggaran|tahun|thn|th|ta)?{_GAP}"
_YEAR = r"(?P<year>(?:19[789]|20[0-9])[0-9])(?![0-9])"
_YEAR_FIRST = r"(?<![0-9])(?P<year>(?:19[789]|20[0-9])[0-9])"
_NUMBER = r"(?P<number>[1-4]|i{1,3}|iv)(?![a-z0-9])"
_STEP_WORD = (
    rf"(?<![a-z])(?:(?P<quarter>{_QUARTER_WORDS})|(?P<semester>{_SEMESTER_WORDS})){_GAP}(?:ke{_GAP})?"
)
_STEP = _STEP_WORD + _NUMBER

# In this order: what an earlier form has read is not read again.
_FORMS = tuple(
    re.compile(form)
    for form in (
        # a day of the calendar says when a file was made, not what it is about: read, and left aside
        r"(?<![0-9])(?P<day>20[0-9]{2}([-_./]?)(?:0[1-9]|1[0-2])\2(?:0[1-9]|[12][0-9]|3[01]))(?![0-9])",
        r"(?<![0-9])(?P<day>(?:0?[1-9]|[12][0-9]|3[01])([-_./])(?:0?[1-9]|1[0-2])\2(?:20[0-9]{2}))(?![0-9])",
        rf"{_STEP}{_OF_YEAR}{_YEAR}",
        rf"{_YEAR_FIRST}{_GAP}{_STEP}",
        rf"{_YEAR_FIRST}-(?P<semester>s){_NUMBER}",
        rf"{_MONTH}{_OF_YEAR}{_YEAR}",
        rf"{_YEAR_FIRST}{_GAP}{_MONTH}",
        r"(?<![0-9])(?<![0-9][-./])(?P<year>20[0-9]{2})[-_./](?P<mm>0[1-9]|1[0-2])(?![0-9])(?![-./][0-9])",
        r"(?<![0-9])(?<![0-9][-./])(?P<mm>0[1-9]|1[0-2])[-./](?P<year>20[0-9]{2})(?![0-9])(?![-./][0-9])",
        r"(?<![0-9])(?P<year>20(?:1[5-9]|2[0-9]|3[0-5]))(?P<mm>0[1-9]|1[0-2])(?![0-9])",
    )
)


def _bare(years: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![0-9])(?<![0-9][-./])(?P<year>{years})(?![0-9])(?![-./][0-9])")


_RECENT = _bare("20(?:1[5-9]|2[0-9]|3[0-5])")
_ANY_SINCE_1976 = _bare("19(?:7[6-9]|[89][0-9])|20(?:[012][0-9]|3[0-5])")  # statistics of poverty are so old
_SPELT_MONTH = re.compile(_MONTH)
_SPELT_STEP = re.compile(rf"{_STEP_WORD}(?:[0-9]+|[ivx]+)(?![a-z0-9])")
_LONGEST = 300  # longer than any file name
_ONLY_A_YEAR = re.compile(r"\s*((?:19[5-9]|20[0-9])[0-9])(?:[.]0)?\s*")
_SOUND = re.compile(
    r"(?P<year>[0-9]{4})(?:-(?:Q(?P<quarter>[1-4])|S(?P<semester>[12])|(?P<month>0[1-9]|1[0-2])))?"
)


def parse_period(text: str, form: Form = "any") -> str | None:
    """The one period that ``text`` (a cell, or a file's name) speaks of.

    Understood: ``2024-06`` ``202406`` ``06-2024`` ``Juni 2024`` ``Jun_2024`` ``2024 June`` → 2024-06;
    ``Triwulan II 2024`` ``TW2 2024`` ``2024-Q2`` and, because a payment stage is a quarter, ``Tahap 2 Tahun 2024``
    → 2024-Q2; ``Semester 1 2024`` → 2024-S1; a bare year 2015..2035 → 2024 (1976..2035 where ``form``
    is a year, because elsewhere `1998` may count anything; any from 1950 when the text is nothing else). A bare year
    beside a finer period of the same year adds nothing. Days (``2024-06-30``) are left aside.

    Returns:
        None when there is no period, more than one, or one that is only half understood (``Tahap 1 - 2 Tahun 2025``).
    """
    if len(text) > _LONGEST:
        return None
    lowered = text.casefold()
    if alone := _ONLY_A_YEAR.fullmatch(lowered):
        return alone[1]
    found, rest = _read(lowered, _ANY_SINCE_1976 if form == "year" else _RECENT)
    if found is None or _is_half_read(rest):
        return None
    finer = {period for period in found if len(period) > 4}
    years = found - finer
    if finer and years <= {period[:4] for period in finer}:
        found = finer
    return found.pop() if len(found) == 1 else None


def coarsen(period: str, form: Form) -> str | None:
    """``period`` in the ``form`` a contract asks for; None when it is coarser than that (a year is no quarter)."""
    parts = _SOUND.fullmatch(period)
    if parts is None:
        return None
    year, quarter, month = parts["year"], parts["quarter"], parts["month"]
    if form == "any" or (form == "month" and month) or (form == "quarter" and quarter):
        return period
    if form == "year":
        return str(year)
    if form == "quarter" and month:
        return f"{year}-Q{(int(month) + 2) // 3}"
    return None


def _read(text: str, bare_year: re.Pattern[str]) -> tuple[set[str] | None, str]:
    """All periods in ``text``, and the text without them; None when one is impossible (``Semester 3``)."""
    found: set[str] = set()
    for form in (*_FORMS, bare_year):
        for match in form.finditer(text):
            period = _period(match)
            if period is None:
                return None, text
            found.add(period)
        text = form.sub(" \x00 ", text)
    return found - {"day"}, text


def _period(match: re.Match[str]) -> str | None:
    parts = match.groupdict()
    if parts.get("day"):
        return "day"
    year = parts["year"]
    if parts.get("mm"):
        return f"{year}-{parts['mm']}"
    if parts.get("month"):
        return f"{year}-{MONTH_NAMES[parts['month']]:02d}"
    if parts.get("quarter"):
        return f"{year}-Q{_ORDINALS[parts['number']]}"
    if parts.get("semester"):
        number = _ORDINALS[parts["number"]]
        return f"{year}-S{number}" if number <= 2 else None
    return str(year)


def _is_half_read(rest: str) -> bool:
    """Words of a period remain: ``Januari - Juni 2024`` is not June, ``Tahap 1 dan 2 Tahun 2025`` not the year.

    Abbreviations may be other words (``Des`` is also short for a village), so only whole names of months count.
    """
    months = (match["month"] for match in _SPELT_MONTH.finditer(rest))
    return bool(_SPELT_STEP.search(rest)) or any(len(month) > 3 or month == "mei" for month in months)


def last_month_sql(period: str) -> str:
    """SQL: the month a period ends with as a number (202412): by it a year, semester, quarter and month compare;
    NULL for what is no period.

    Args:
        period: an SQL expression, such as a column's name.
    """
    return (
        f"case when {period} ~ '^[0-9]{{4}}(-(S[12]|Q[1-4]|0[1-9]|1[0-2]))?$' then left({period}, 4)::int * 100"
        f" + case substr({period}, 6, 1) when '' then 12 when 'S' then right({period}, 1)::int * 6"
        f" when 'Q' then right({period}, 1)::int * 3 else right({period}, 2)::int end end"
    )
