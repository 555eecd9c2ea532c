"""Filled forms and recaps: figures that are noughts away from their like, offices that were there before.

A form is short and each of its cells may be sound: 77 percent, 500 billion, 1,500 families. What tells is what the
same region, indicator or office says of other years, what stands in the same column, and how much money that is for
each family. Nothing here stops a file.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import median
from typing import Any

import psycopg
from psycopg import sql

from simpul.contract import Contract, Text, load_fields
from simpul.gate.persons import Broken, is_of_persons, to_do
from simpul.gate.verdict import Verdict
from simpul.predicates import clean, money, number
from simpul.regions import name_key
from simpul.render import parent_name, partition_name

SERIES, PEERS, PER_FAMILY = "figure_of_series", "figure_of_peers", "rupiah_per_family"
LOST, MOVED = "delivery_offices_lost", "delivery_offices_moved"

_MOST = 20_000  # records; no form has more
_FILES = 12  # earlier ones that say what is usual
_TIMES = {"integer": 10, "money": 10, "decimal": 8}  # a lost comma, of what falls by a fifth meanwhile
_LEAST = {"integer": 50, "money": 0, "decimal": 2}  # apart; smaller figures jump
_PEERS, _ABOVE_PEERS = 8, 100  # figures of a column; times the second largest of them
_RATES, _RATE_TIMES = 5, 5  # of a recap; times what is usual there
_OFFICES, _SHARE = (
    5,
    0.20,
)  # of an earlier recap; more than a fifth gone or moved is another recap, or a new order

BOUNDS: dict[str, dict[str, float]] = {
    SERIES: {
        "files": _FILES,
        **{f"times_{kind}": times for kind, times in _TIMES.items()},
        **{f"apart_{kind}": least for kind, least in _LEAST.items()},
    },
    PEERS: {"figures": _PEERS, "times_the_second": _ABOVE_PEERS},
    PER_FAMILY: {"rates": _RATES, "times": _RATE_TIMES},
    LOST: {"offices": _OFFICES, "share": _SHARE},
    MOVED: {"offices": _OFFICES},
}
"""Rule → the numbers that decide, for the register of rules."""

_OFFICE, _OF_OFFICE = "nopen", "kabupaten"
_RUPIAH_OF = {"alokasi_uang": "alokasi_kpm", "alokasi_biaya": "alokasi", "realisasi_biaya": "realisasi_kpm"}
"""Fields: rupiah → the families they are for."""
_BATCHES = ("kelompok_salur",)
"""Fields that name the period in other words: they are no part of what is the same in every delivery."""


@dataclass(frozen=True)
class _Record:
    """``place``: its ctid, None of an earlier file. ``subject``: what its figures are about, whatever the period."""

    place: str | None
    period: str
    subject: tuple[str, ...]
    figures: dict[str, Decimal]
    said: dict[str, str | None]


def rules_of(contract: Contract) -> tuple[str, ...]:
    """Codes of the rules; none where the dataset is no form of figures."""
    if not _measures(contract):
        return ()
    fields = {column.field for column in contract.columns}
    # what an office has left may well be a hundred times another's
    return (SERIES, PER_FAMILY, LOST, MOVED) if _OFFICE in fields else (SERIES, PEERS)


def columns_of(contract: Contract) -> dict[str, str]:
    """Rule that tells of records → the columns that it is about."""
    fields = {column.field: column.column for column in contract.columns}
    rupiah = [fields[field] for field in _RUPIAH_OF if field in fields]
    told = {SERIES: [*_measures(contract)], PEERS: [*_counted(contract)], PER_FAMILY: rupiah}
    return {rule: ", ".join(columns) for rule, columns in told.items()}


def judge_forms(
    conn: psycopg.Connection[Any], contract: Contract, file: dict[str, Any], verdict: Verdict
) -> tuple[list[Broken], dict[str, int]]:
    """Put the records into the verdict whose figures stand out; broken rules on the file, and how many each looked at.

    Args:
        conn: autocommit connection that judged the records.
        contract: the file's dataset.
        file: its row of ``audit.file``.
        verdict: of its records.
    """
    asked = rules_of(contract)
    if not asked or verdict.records > _MOST:
        return [], {}
    here = list(_records(conn, contract, file, is_mine=True))
    before = [list(_records(conn, contract, other, is_mine=False)) for other in _others(conn, contract, file)]
    judges = {
        SERIES: lambda: _of_series(here, [one for records in before for one in records], _measures(contract)),
        PEERS: lambda: _of_peers(here, _counted(contract)),
        PER_FAMILY: lambda: _per_family(here, contract),
    }
    looked_at = {}
    for code in judges.keys() & {*asked}:
        looked_at[code], places = judges[code]()
        if places:
            verdict.tell_records(
                conn,
                code,
                partition_name(contract, file["file_id"]),
                sql.SQL("ctid = any(%(places)s::tid[])"),
                {"places": sorted(places)},
            )
    offices = list(_of_offices(here, before[0] if before else [])) if LOST in asked else []
    if LOST in asked:
        known = len({one.subject for one in before[0]}) if before else 0
        looked_at |= {LOST: known, MOVED: known}
    return offices, looked_at


# ------------------------------------------------------------------------------------------------------ what is read
def _measures(contract: Contract) -> dict[str, str]:
    """Column → type of the figures of a form."""
    if contract.is_melted or is_of_persons(contract) or contract.personal_data == "specific":
        return {}
    types = load_fields()
    return {
        column.column: types[column.field].type
        for column in contract.columns
        if types[column.field].type in _TIMES and not column.field.startswith("tahun")
    }


def _counted(contract: Contract) -> dict[str, str]:
    """Those of one unit in all records: percentages of several indicators have nothing in common."""
    return {column: kind for column, kind in _measures(contract).items() if kind != "decimal"}


def _others(conn: psycopg.Connection[Any], contract: Contract, file: dict[str, Any]) -> list[dict[str, Any]]:
    """Landed files of other periods, the newest earlier ones first; of this region, where records name none."""
    rows = conn.execute(
        """
        select file_id, edition, period from audit.file
        where dataset = %(dataset)s and status = 'landed' and file_id <> %(file_id)s
            and (%(names_places)s or region_code is not distinct from %(region)s)
            and (%(in_records)s or period < %(period)s)
        order by period < %(period)s desc nulls last, period desc nulls last, received_at desc limit %(most)s""",
        {
            "dataset": contract.dataset,
            "file_id": file["file_id"],
            "names_places": {"kode_wilayah", _OFFICE} & {*contract.key} != set(),
            "in_records": contract.period.column is not None,
            "region": file["region_code"],
            "period": file["period"],
            "most": _FILES,
        },
    ).fetchall()
    return [dict(zip(("file_id", "edition", "period"), row, strict=True)) for row in rows]


def _records(
    conn: psycopg.Connection[Any], contract: Contract, file: dict[str, Any], *, is_mine: bool
) -> Iterator[_Record]:
    edition = contract.edition(file["edition"])
    measures = _measures(contract)
    fields = {column.column: column.field for column in contract.columns}
    programme = [column.column for column in contract.columns if column.field == "program"]
    names = [name for name in contract.key if name != contract.period.column and fields[name] not in _BATCHES]
    names += programme
    texts = [*names, *(column for column, field in fields.items() if field == _OF_OFFICE)]

    def cell(name: str) -> str:
        return clean(sql.Identifier(name).as_string(conn))

    figures = [
        number(cell(name), edition.decimal, ("%",), edition.thousands)
        if kind == "decimal"
        else money(cell(name))
        for name, kind in measures.items()
    ]
    period = cell(contract.period.column) if contract.period.column else "null::text"
    told = ", ".join([period, *map(cell, texts), *figures])
    source = partition_name(contract, file["file_id"]) if is_mine else parent_name(contract)
    rows = conn.execute(
        sql.SQL("select ctid::text, {} from {} {} limit {}").format(
            sql.SQL(told),  # type: ignore[arg-type]
            source,
            sql.SQL("") if is_mine else sql.SQL("where _file_id = {}").format(sql.Literal(file["file_id"])),
            sql.Literal(_MOST),
        )
    ).fetchall()
    for place, said_period, *cells in rows:
        said = dict(zip(texts, cells, strict=False))
        yield _Record(
            place if is_mine else None,
            said_period or file["period"] or "",
            tuple(_spelt(said[name]) for name in names),
            {
                name: figure
                for name, figure in zip(measures, cells[len(texts) :], strict=True)
                if figure is not None and figure > 0
            },
            {fields[name]: text for name, text in said.items()},
        )


def _spelt(text: str | None) -> str:
    return "".join(char for char in (text or "").lower() if char.isalnum())


# ------------------------------------------------------------------------------------------------------- what is told
def _of_series(
    here: Sequence[_Record], before: Iterable[_Record], measures: dict[str, str]
) -> tuple[int, set[str]]:
    """Figures many times what the same subject has in other periods."""
    others: defaultdict[tuple[Any, ...], dict[str, list[Decimal]]] = defaultdict(lambda: defaultdict(list))
    for one in (*here, *before):
        for name, figure in one.figures.items():
            others[(*one.subject, name)][one.period].append(figure)
    looked_at, wrong = 0, set()
    for one in here:
        known = False
        for name, figure in one.figures.items():
            of_others = [
                other
                for period, told in others[(*one.subject, name)].items()
                if period != one.period
                for other in told
            ]
            known |= bool(of_others)
            if of_others and _is_far(figure, median(of_others), measures[name]):
                wrong.add(one.place or "")
        looked_at += known
    return looked_at, wrong


def _is_far(figure: Decimal, usual: Decimal, kind: str) -> bool:
    most, least = max(figure, usual), min(figure, usual)
    return most >= _TIMES[kind] * least and most - least >= _LEAST[kind]


def _of_peers(here: Sequence[_Record], counted: dict[str, str]) -> tuple[int, set[str]]:
    """The one figure that is a hundred times the next of its column, among regions of one level."""
    looked_at: set[str] = set()
    wrong = set()
    for name in counted:
        by_level: defaultdict[int, list[tuple[Decimal, str]]] = defaultdict(list)
        for one in here:
            if name in one.figures:
                level = len(_spelt(one.said.get("kode_wilayah")))
                by_level[level].append((one.figures[name], one.place or ""))
        for figures in by_level.values():
            if len(figures) < _PEERS:
                continue
            looked_at |= {place for _, place in figures}
            (largest, place), (second, _) = sorted(figures, reverse=True)[:2]
            if largest >= _ABOVE_PEERS * second:
                wrong.add(place)
    return len(looked_at), wrong


def _per_family(here: Sequence[_Record], contract: Contract) -> tuple[int, set[str]]:
    """Offices of which a family gets many times what others give, or a small part of it."""
    columns = {column.field: column.column for column in contract.columns}
    rates = [
        (one.figures[rupiah] / one.figures[families], one.place or "")
        for one in here
        for rupiah, families in ((columns.get(a), columns.get(b)) for a, b in _RUPIAH_OF.items())
        if rupiah in one.figures and families in one.figures
    ]
    if len(rates) < _RATES:
        return 0, set()
    usual = median(rate for rate, _ in rates)
    wrong = {place for rate, place in rates if not usual / _RATE_TIMES < rate < usual * _RATE_TIMES}
    return len({place for _, place in rates}), wrong


def _of_offices(here: Sequence[_Record], before: Sequence[_Record]) -> Iterator[Broken]:
    """Few offices of the recap before that are gone, or that are now in another regency."""
    now = {one.subject: one.said.get(_OF_OFFICE) for one in here}
    was = {one.subject: one.said.get(_OF_OFFICE) for one in before}
    if min(len(now), len(was)) < _OFFICES:
        return
    gone = was.keys() - now.keys()
    if 0 < len(gone) <= _SHARE * len(was):
        yield Broken(LOST, _OFFICE, _reason_lost(len(gone), len(was)))
    both = [(now[office], was[office]) for office in now.keys() & was.keys()]
    moved = sum(bool(one and other) and name_key(one) != name_key(other) for one, other in both)
    if moved:
        yield Broken(MOVED, _OF_OFFICE, _reason_moved(moved, len(both)))


def _reason_lost(gone: int, were: int) -> Text:
    return to_do(
        LOST,
        f"{gone} of {were} post offices of the recap before are not in this one: were their rows lost?",
        f"{gone} dari {were} kantor pos pada rekap sebelumnya tidak ada di sini: apakah barisnya hilang?",
    )


def _reason_moved(moved: int, both: int) -> Text:
    return to_do(
        MOVED,
        f"{moved} of {both} post offices are in another regency than in the recap before: the column may have slid.",
        f"{moved} dari {both} kantor pos berada di kabupaten/kota lain daripada rekap sebelumnya: mungkin bergeser.",
    )
