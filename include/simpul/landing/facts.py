"""What a delivery is about: its period and region, from the cover letter, the content and the file name."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import sql

from simpul.contract import Contract
from simpul.landing.region import find_region
from simpul.landing.slice import UNSAID, Slice, content_key, whole_or_digest
from simpul.period import MONTH_NAMES, coarsen, parse_period
from simpul.readers.letter import Letter
from simpul.readers.reasons import Held, listed

_MOST_VALUES = 1000


@dataclass
class Told:
    """What is said about a delivery from outside its content. The caller's word goes before the letter's."""

    file_name: str
    letter: Letter | None = None
    period: str | None = None
    folder: str = ""  # of the inbox, tells senders apart where nothing else does

    @property
    def stated_period(self) -> str | None:
        return self.period or (self.letter.period if self.letter else None)


@dataclass
class Facts:
    """Period, region and slice of a delivery, and remarks for the register."""

    period: str | None = None
    region_code: str | None = None
    slice: Slice = field(default_factory=Slice)
    remarks: dict[str, Any] = field(default_factory=dict)


def find(
    conn: psycopg.Connection[Any],
    table: sql.Identifier,
    contract: Contract,
    told: Told,
    columns: set[str],
    rows: int,
) -> Facts:
    """Find them for a loaded table.

    Args:
        conn: in the transaction that loads.
        table: the load table.
        contract: of the dataset.
        told: what the letter, the caller and the file name say.
        columns: contract columns that the file has.
        rows: records in the table.

    Raises:
        Held: no period where one is needed, or letter and content contradict each other.
    """
    facts = Facts()
    facts.period = _period(conn, table, contract, told, columns, facts.remarks)
    stated = told.letter.region_code if told.letter else None
    region, facts.region_code = find_region(conn, table, contract, columns, rows, stated, facts.remarks)
    content: set[str] = set()
    for name in contract.slice_columns if "content" in contract.slice else ():
        content |= {content_key(value) for value in _distinct(conn, table, name)}
    facts.slice = Slice(
        facts.period if "period" in contract.slice and facts.period else "",
        # where nobody says it, another folder's delivery must not be replaced by this one
        (region or UNSAID + told.folder) if "region" in contract.slice else "",
        whole_or_digest(content),
    )
    return facts


def _distinct(conn: psycopg.Connection[Any], table: sql.Identifier, column: str) -> list[str]:
    rows = conn.execute(
        sql.SQL("select distinct trim({c}) from {t} where trim({c}) <> '' limit {n}").format(
            c=sql.Identifier(column), t=table, n=_MOST_VALUES
        )
    )
    return [row[0] for row in rows]


# ------------------------------------------------------------------------------------------------------------ period
def _period(
    conn: psycopg.Connection[Any],
    table: sql.Identifier,
    contract: Contract,
    told: Told,
    columns: set[str],
    remarks: dict[str, Any],
) -> str | None:
    form = contract.period.form
    stated = None
    if told.stated_period:
        parsed = parse_period(told.stated_period)
        stated = coarsen(parsed, form) if parsed else None
        if stated is None:
            kind = "" if form == "any" else f" as a {form}"
            raise Held(
                f"the period stated, '{told.stated_period}', cannot be read{kind}; write 2024, 2024-Q2 or 2024-06",
                f"periode yang disebutkan, '{told.stated_period}', tidak terbaca; tulis 2024, 2024-Q2 atau 2024-06",
                code="period",
            )
    named = parse_period(told.file_name)
    named = coarsen(named, form) if named else None
    found = _content_periods(conn, table, contract, columns) if "content" in contract.period.sources else []
    if len(found) > 1 and contract.period.several == "hold":
        raise Held(
            f"the records speak of several periods: {listed(found)}; deliver one file per period",
            f"data memuat beberapa periode: {listed(found)}; kirim satu berkas per periode",
            code="period",
        )
    content = max(found, default=None)
    if stated and content and not _agree(stated, content):
        raise Held(
            f"the period stated is {stated}, the records say {content}",
            f"periode yang disebutkan {stated}, sedangkan data menyebut {content}",
            code="contradiction",
        )
    offered = {"content": content, "file_name": named}
    period = stated or next((offered[source] for source in contract.period.sources if offered[source]), None)
    if period is None and "period" in contract.slice:
        raise Held(
            "no period was found; put it in the file name (… 2024-06.csv), or into a cover letter"
            f" '{told.file_name}.yml' with a line `period: 2024-06`, or pass --period",
            "periode tidak ditemukan; tulis pada nama berkas (… 2024-06.csv), atau pada surat pengantar"
            f" '{told.file_name}.yml' dengan baris `period: 2024-06`, atau gunakan --period",
            code="period",
        )
    if period and named and not _agree(period, named):
        remarks["file_name_says"] = (
            named  # BPS files are often saved under another year: the content is right
        )
    return period


def _content_periods(
    conn: psycopg.Connection[Any], table: sql.Identifier, contract: Contract, columns: set[str]
) -> list[str]:
    """Periods that the records name, in the contract's form, sorted. What cannot be read is left to the rules."""
    form = contract.period.form
    if pair := contract.period.columns_year_month:
        if not set(pair) <= columns:
            return []
        rows = conn.execute(
            sql.SQL("select distinct trim({}), lower(trim({})) from {} limit {}").format(
                *map(sql.Identifier, pair), table, _MOST_VALUES
            )
        )
        texts = [
            f"{year}-{MONTH_NAMES.get(month) or int(month):02d}"
            for year, month in rows
            if _is_month(year, month)
        ]
    elif contract.period.column in columns:
        assert contract.period.column is not None
        texts = _distinct(conn, table, contract.period.column)
    else:
        return []
    parsed = (parse_period(text) for text in texts)
    return sorted({period for one in parsed if one and (period := coarsen(one, form))})


def _is_month(year: str | None, month: str | None) -> bool:
    return bool(year and month and (month in MONTH_NAMES or re.fullmatch(r"0?[1-9]|1[0-2]", month)))


def _months(period: str) -> set[str]:
    year, _, part = period.partition("-")
    if part.startswith("Q"):
        first, count = int(part[1]) * 3 - 2, 3
    elif part.startswith("S"):
        first, count = int(part[1]) * 6 - 5, 6
    else:
        first, count = (int(part), 1) if part else (1, 12)
    return {f"{year}-{month:02d}" for month in range(first, first + count)}


def _agree(one: str, other: str) -> bool:
    """A month agrees with its year, in whichever order."""
    a, b = _months(one), _months(other)
    return a <= b or b <= a
