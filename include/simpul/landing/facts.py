"""What a delivery is about: its period and region, from the cover letter, the content and the file name."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
from psycopg import sql

from simpul import clock, predicates
from simpul.contract import Contract, load_fields
from simpul.landing.region import find_region
from simpul.landing.slice import UNSAID, Slice, content_key, whole_or_digest
from simpul.period import MONTH_NAMES, coarsen, parse_period
from simpul.readers.letter import Letter
from simpul.readers.reasons import Held, listed, printable

_MOST_VALUES = 1000
_FIRST_YEAR = 1976  # BPS has measured poverty since then; no programme or registry is older
_EASTERNMOST = ZoneInfo("Asia/Jayapura")  # where a month begins first in Indonesia
_A_YEAR = re.compile(r"(?<![0-9])(?:19[5-9]|20[0-3])[0-9](?![0-9])")
# a list of June is often made of what was known in May
STALE = 3  # months
_OTHER_DAY = re.compile(
    r"cetak|unduh|tarik|diperbarui|update|nomor|\bno\b|keputusan|peraturan|undang|surat|tanggal|\btgl\b|jatuh tempo",
    re.IGNORECASE,
)
# what a spreadsheet makes of 2024-06 and Juni 2024
_FIRST_DAY = re.compile(r"^(20[0-9]{2}-(?:0[1-9]|1[0-2]))-01$")


@dataclass
class Told:
    """What is said about a delivery from outside its content. The caller's word goes before the letter's."""

    file_name: str
    letter: Letter | None = None
    period: str | None = None
    folder: str = ""  # of the inbox, tells senders apart where nothing else does
    headings: tuple[str, ...] = ()  # that the contract does not know
    titles: tuple[str, ...] = ()  # above the heading

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
        Held: no period or region where one is needed, a period that cannot be, or letter and content contradict each
            other.
    """
    facts = Facts()
    facts.period = _period(conn, table, contract, told, columns, facts.remarks)
    stated = told.letter.region_code if told.letter else None
    region, facts.region_code = find_region(
        conn,
        table,
        contract,
        columns,
        rows,
        stated,
        facts.remarks,
        file_name=told.file_name,
        headings=told.headings,
        titles=told.titles,
    )
    if contract.needs_region and facts.region_code is None:
        raise _no_region(contract, told.file_name, facts.remarks.get("region"))
    content: set[str] = set()
    for name in contract.slice_columns if "content" in contract.slice else ():
        content |= {content_key(value) for value in _distinct(conn, table, name)}
    if "file_name" in contract.slice:
        content.add(content_key(f"{told.folder}/{told.file_name}"))
    facts.slice = Slice(
        facts.period if "period" in contract.slice and facts.period else "",
        # where nobody says it, another folder's delivery must not be replaced by this one
        (region or UNSAID + told.folder) if "region" in contract.slice else "",
        whole_or_digest(content),
    )
    return facts


def _no_region(contract: Contract, file_name: str, named: str | None) -> Held:
    name = printable(file_name)
    en = f"names the region {listed([named])}, which is none" if named else "does not say its region"
    id_ = f"menyebut wilayah {listed([named])}, yang tidak dikenal" if named else "tidak menyebut wilayahnya"
    return Held(
        f"a table of {contract.dataset} that {en}: its records look like those of every other region. Write the region"
        f" into a title row (`Kota Tanjungbalai`), or its code into the cover letter '{name}.yml'"
        " (`region_code: 12.74`)",
        f"tabel {contract.dataset} {id_}: catatannya tampak sama dengan wilayah lain. Tulis wilayahnya pada baris judul"
        f" (`Kota Tanjungbalai`), atau kodenya dalam surat pengantar '{name}.yml': `region_code: 12.74`",
        code="unsaid",
    )


def _distinct(conn: psycopg.Connection[Any], table: sql.Identifier, column: str) -> list[str]:
    rows = conn.execute(
        sql.SQL("select distinct trim({c}) from {t} where trim({c}) <> '' limit {n}").format(
            c=sql.Identifier(column), t=table, n=_MOST_VALUES
        )
    )
    return [row[0] for row in rows]


# ------------------------------------------------------------------------------------------------------------ period
def said_period(contract: Contract, told: Told, content: str | None) -> str | None:
    """The period of a delivery whose records name ``content``; None when nobody says one.

    Raises:
        Held: what is stated cannot be read.
    """
    stated = _stated(contract, told)
    return stated or _offered(contract, content, _named(contract, told), _of_titles(contract, told))


def agree(one: str, other: str) -> bool:
    """A month agrees with its year, in whichever order."""
    a, b = _months(one), _months(other)
    return a <= b or b <= a


def _period(
    conn: psycopg.Connection[Any],
    table: sql.Identifier,
    contract: Contract,
    told: Told,
    columns: set[str],
    remarks: dict[str, Any],
) -> str | None:
    stated, named = _stated(contract, told), _named(contract, told)
    found = _content_periods(conn, table, contract, columns) if "content" in contract.period.sources else []
    if len(found) > 1 and contract.period.several == "hold":
        raise Held(
            f"the records speak of several periods: {listed(found)}; deliver one file per period",
            f"data memuat beberapa periode: {listed(found)}; kirim satu berkas per periode",
            code="period",
        )
    content = max(found, default=None)
    remarks["content_period"] = content
    if stated and content and not agree(stated, content):
        raise Held(
            f"the period stated is {stated}, the records say {content}: correct whichever is wrong",
            f"periode yang disebutkan {stated}, sedangkan data menyebut {content}: perbaiki yang keliru",
            code="contradiction",
        )
    period = stated or _offered(contract, content, named, _of_titles(contract, told))
    if period is None and "period" in contract.slice:
        year = _A_YEAR.search(
            told.file_name
        )  # which may count anything, and of most lists there is one every month
        alone_en = f" with its month: the file name says {year[0]} only" if year else ""
        alone_id = f" beserta bulannya: nama berkas hanya menyebut {year[0]}" if year else ""
        if half := _half_said(conn, table, contract, columns):
            alone_en = f": the records say {half}, which is not one period with its year"
            alone_id = f": data menyebut {half}, yang bukan satu periode beserta tahunnya"
        example = "2024-Q2" if contract.period.form == "quarter" else "2024-06"
        raise Held(
            f"no period was found{alone_en}; put it in the file name (… {example}.csv), or into a cover letter"
            f" '{printable(told.file_name)}.yml' with a line `period: {example}`, or pass --period",
            f"periode tidak ditemukan{alone_id}; tulis pada nama berkas (… {example}.csv), atau pada surat pengantar"
            f" '{printable(told.file_name)}.yml' dengan baris `period: {example}`, atau gunakan --period",
            code="period",
        )
    _check_plausible([*found, *([period] if period else [])], contract)
    if period and named and not agree(period, named):
        # BPS files are often saved under another year: the content is right
        remarks["file_name_says"] = named
    if period and (titled := _titled(told.titles)) and all(_apart(period, one) > STALE for one in titled):
        remarks["title_says"] = max(titled)
    return period


def _half_said(
    conn: psycopg.Connection[Any], table: sql.Identifier, contract: Contract, columns: set[str]
) -> str:
    """What the column of periods says, which is none: ``'TAHAP 2'``."""
    if contract.period.column not in columns or "content" not in contract.period.sources:
        return ""
    assert contract.period.column is not None
    return listed(sorted(_distinct(conn, table, contract.period.column)), 3)


def _titled(titles: tuple[str, ...]) -> set[str]:
    """Months and quarters that the rows above a heading name, but for days of decrees and downloads."""
    return {one for one in _said_above(titles) if len(one) > len("2024")}


def _said_above(titles: tuple[str, ...]) -> set[str]:
    """The periods that the rows above a heading name, but for days of decrees and downloads."""
    said = {parse_period(text) for text in titles if not _OTHER_DAY.search(text)}
    return {one for one in said if one}


def _of_titles(contract: Contract, told: Told) -> str | None:
    """The one period that the rows above the heading speak of: a month beside its year is one, two years are none."""
    said = _said_above(told.titles)
    one = parse_period(" | ".join(sorted(said))) if said else None
    return coarsen(one, contract.period.form) if one else None


def _apart(one: str, other: str) -> int:
    """Months between two periods."""
    (first, last), (begin, end) = (
        [12 * int(month[:4]) + int(month[5:]) for month in (min(months), max(months))]
        for months in map(_months, (one, other))
    )
    return max(begin - last, first - end, 0)


def _stated(contract: Contract, told: Told) -> str | None:
    """What the caller or the letter says, in the contract's form."""
    if not told.stated_period:
        return None
    form = contract.period.form
    parsed = parse_period(told.stated_period)
    if parsed and (stated := coarsen(parsed, form)):
        return stated
    kind = "" if form == "any" else f" as a {form}"
    raise Held(
        f"the period stated, '{printable(told.stated_period)}', cannot be read{kind}; write 2024, 2024-Q2 or 2024-06",
        f"periode yang disebutkan, '{printable(told.stated_period)}', tidak terbaca; tulis 2024, 2024-Q2 atau 2024-06",
        code="period",
    )


def _named(contract: Contract, told: Told) -> str | None:
    """What the file's name says."""
    parsed = parse_period(told.file_name, contract.period.form)
    return coarsen(parsed, contract.period.form) if parsed else None


def _offered(contract: Contract, content: str | None, named: str | None, titled: str | None) -> str | None:
    """What is not stated: the first that the contract's sources give."""
    offered = {"content": content, "file_name": named, "title": titled}
    return next((offered[source] for source in contract.period.sources if offered[source]), None)


def _check_plausible(periods: list[str], contract: Contract) -> None:
    """Nothing but a plan is delivered about a time that has not begun; the running year, quarter and month have.

    Raises:
        Held: one of ``periods`` begins after today, or lies before the first statistics on poverty.
    """
    now = f"{clock.now().astimezone(_EASTERNMOST):%Y-%m}"
    if not contract.period.future and (
        later := sorted(period for period in periods if min(_months(period)) > now)
    ):
        raise Held(
            f"the period {listed(later)} lies in the future: it is {now}; correct it in the records, the file name or"
            " the cover letter",
            f"periode {listed(later)} belum terjadi: kini {now}; perbaiki pada data, nama berkas, atau surat pengantar",
            code="period",
        )
    if early := sorted(period for period in periods if int(period[:4]) < _FIRST_YEAR):
        raise Held(
            f"the period {listed(early)} lies before {_FIRST_YEAR}, from when on poverty is measured; correct it",
            f"periode {listed(early)} mendahului {_FIRST_YEAR}, awal pengukuran kemiskinan; perbaiki periodenya",
            code="period",
        )


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
        texts = _texts(conn, table, contract, contract.period.column)
    else:
        return []
    parsed = (parse_period(_FIRST_DAY.sub(r"\1", text)) for text in texts)
    return sorted({period for one in parsed if one and (period := coarsen(one, form))})


def _texts(
    conn: psycopg.Connection[Any], table: sql.Identifier, contract: Contract, column: str
) -> list[str]:
    """The distinct periods of a column as written; of a column of dates, their months."""
    field = next(one.field for one in contract.columns if one.column == column)
    if load_fields()[field].type != "date":
        return _distinct(conn, table, column)
    day = predicates.date(predicates.clean(sql.Identifier(column).as_string(conn)))
    rows = conn.execute(
        sql.SQL("select distinct to_char({}, 'YYYY-MM') from {} limit {}").format(
            sql.SQL(day),  # type: ignore[arg-type]
            table,
            _MOST_VALUES,
        )
    )
    return [row[0] for row in rows if row[0]]


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
