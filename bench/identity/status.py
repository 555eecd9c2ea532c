"""``nik_status`` of many records at once, as the macro of that name gives it (dbt_project/macros/nik.sql)."""

from __future__ import annotations

import csv
import re
from functools import cache

import numpy as np

from bench.machine import ROOT
from sample.draws import Integers
from sample.identifiers import day_digits
from sample.words import Texts

MISSING = np.iinfo(np.int64).min
"""A birth date that is not said."""
_SCIENTIFIC = re.compile(r"[0-9][0-9,]*[eE][+]?[0-9]+")
_DAYS = np.array([0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])


def nik_status(nik: Texts, no_kk: Texts, born: Integers, sex: Texts) -> Texts:
    """The status of each NIK beside the family card, birth date and sex of its own record; None is not said."""
    status = np.full(len(nik), "valid", dtype=object)
    texts = np.array([value or "" for value in nik], dtype="U24")
    letters = texts.view(np.uint32).reshape(len(nik), 24)
    digits = letters.astype(np.int64) - ord("0")
    is_number = ((digits[:, :16] >= 0) & (digits[:, :16] <= 9)).all(axis=1) & (letters[:, 16] == 0)
    for row in np.flatnonzero(~is_number).tolist():
        status[row] = _not_a_number(nik[row])
    digits = np.where(is_number[:, None], digits[:, :16], 1)
    day, month = digits[:, 6] * 10 + digits[:, 7], digits[:, 8] * 10 + digits[:, 9]
    year = digits[:, 10] * 10 + digits[:, 11]
    longest = np.where((month == 2) & (year % 4 != 0), 28, _DAYS[np.clip(month, 0, 12)])
    said, known = day_digits(np.where(born == MISSING, 0, born)), born != MISSING
    is_female = np.array([value == "female" for value in sex])
    has_sex = np.array([value is not None for value in sex])
    checks = (
        ("missing", (digits == digits[:, :1]).all(axis=1)),
        ("temporary", digits[:, 0] == 0),
        ("unknown_province", ~np.isin(digits[:, 0] * 10 + digits[:, 1], _provinces())),
        ("is_kk_number", np.array([a is not None and a == b for a, b in zip(nik, no_kk, strict=True)])),
        ("impossible_date", (month < 1) | (month > 12) | (digits[:, 6] > 7)
         | (day % 40 < 1) | (day % 40 > longest)),
        ("serial_zero", (digits[:, 12:] == 0).all(axis=1)),
        ("contradicts_birth_date", known & ((day % 40) * 10_000 + month * 100 + year != said)),
        ("contradicts_sex", has_sex & ((day > 40) != is_female)),
    )  # fmt: skip
    for name, applies in reversed(checks):
        status[is_number & applies] = name
    return status


def _not_a_number(nik: str | None) -> str:
    if not nik:
        return "missing"
    if _SCIENTIFIC.fullmatch(nik):
        return "scientific_notation"
    return "wrong_length" if nik.isdigit() else "not_digits"


@cache
def _provinces() -> tuple[int, ...]:
    with (ROOT / "dbt_project" / "seeds" / "seed_region.csv").open(encoding="utf-8", newline="") as file:
        return tuple(int(r["region_code"]) for r in csv.DictReader(file) if r["level"] == "province")
