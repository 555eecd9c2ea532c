"""A delivery against the earlier ones of its list: its size, its money, the same rows again, a period left out.

Nothing here stops a file; all of it is for a person to look at. What is compared with is only what was delivered of
*earlier* periods and still counts, so a point is never judged by itself, and a correction is judged as its first form
was. Lists swing with the calendar (paid by the quarter, no school in July): see `is_unusual`.

How far is too far is learned from the list itself: six times the error that is usual for it, at least 10 % and at most
the 40 % of FAULTS 39 (`KEPT_SHARE`), which is also the measure of a fall while a list is young. A young list may rise
threefold: its first season is a rise that nobody can know of, and records that stand twice are told by their own rule.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log
from statistics import fmean, median
from typing import Any

import psycopg
from psycopg import sql

from simpul.contract import KEPT_SHARE, Contract, load_fields
from simpul.gate import figures
from simpul.gate.verdict import Verdict
from simpul.landing import facts
from simpul.landing.slice import Slice
from simpul.predicates import clean, money
from simpul.regions import NATION
from simpul.render import partition_name

SIZE, AMOUNT, REPEATED, GAP = "delivery_size", "delivery_amount", "delivery_repeated", "delivery_gap"
SHRUNK, NAMED, TITLED = "delivery_shrunk", "delivery_period_named", "delivery_period_titled"
FIGURES, ROUNDED = "delivery_figures_repeated", "delivery_figures_rounded"
OTHER_DATASET, WIDER = "delivery_of_other_dataset", "delivery_of_wider_region"

_LEARNED_FROM = 12  # periods that say what is usual
_ERRORS = 4  # fewer say nothing
_STEPS = 2  # between deliveries; fewer do not say how often a list comes
_FEW = 30  # records: of a shorter list a third more is nothing to speak of
_USUAL = 6.0  # times the median error
_SEEN = 1.25  # times the largest: what has come within a year is no surprise
_LEAST = log(1.10)
_MOST = log(1 / KEPT_SHARE)
_RISE = log(3)  # of a list that nobody has known for a year: paid by the quarter, or doubled in December
_SAME_ROWS = 0.002  # of the rows may differ from an earlier period's: a list that is alive changes more …
_SAME_OF = 12  # … than any of so many periods before it
_LONG = 20_000  # rows; of a longer list one person in 64 is asked first
_SHARES = 64
_CORRECTED = 0.95  # of what it replaces, a correction holds so much, or somebody is asked

_SWING = {
    "learned_from": _LEARNED_FROM,
    "errors": _ERRORS,
    "usual": _USUAL,
    "seen": _SEEN,
    "least": _LEAST,
    "most": _MOST,
    "rise": _RISE,
}
BOUNDS: dict[str, dict[str, float]] = {
    SIZE: {"few": _FEW, **_SWING},
    AMOUNT: _SWING,
    REPEATED: {"differing": _SAME_ROWS, "periods": _SAME_OF},
    GAP: {"learned_from": _LEARNED_FROM, "steps": _STEPS},
    SHRUNK: {"corrected": _CORRECTED},
    NAMED: {},
    TITLED: {"months": facts.STALE},
    OTHER_DATASET: {},
    WIDER: {},
    FIGURES: figures.BOUNDS,
    ROUNDED: figures.ROUNDED_BOUNDS,
}
"""Rule → the numbers that decide, for the register of rules."""

_SAME_PERIOD = """
select slice_key, rows_read from audit.file
where dataset = %(dataset)s and period is not distinct from %(period)s and status = 'landed'
    and file_id <> %(file_id)s and slice_key is not null"""

# the name without its numbers and what stands in brackets; a list may lose the heading that tells it from another
_NAME = r"lower(regexp_replace({}, '\([^)]*\)|[^[:alpha:]]', '', 'g'))"
_NAMED_ALIKE = f"""
select dataset, region_code from audit.file
where agency = %(agency)s and status = 'landed' and file_id <> %(file_id)s and file_name ~ '[[:alpha:]]'
    and {_NAME.format("file_name")} = {_NAME.format("%(file_name)s")}
group by dataset, region_code
order by count(*) desc, max(received_at) desc"""  # noqa: S608 - SQL of ours

_LANDED_BEFORE = """
    select told.period, sum(told.records) as records, sum(told.amount_idr) as amount,
        array_agg(told.file_id order by told.file_id) as files
    from audit.delivery as told join audit.file on told.file_id = file.file_id
    where told.dataset = %(dataset)s and told.scope = %(scope)s and told.period < %(period)s
        and length(told.period) = length(%(period)s) and file.status = 'landed' and told.file_id <> %(file_id)s
    group by told.period order by told.period desc limit 60"""

_PER_YEAR = {"monthly": 12, "quarterly": 4, "semester": 2, "yearly": 1}


@dataclass(frozen=True)
class Delivery:
    """What a file came to. ``scope``: region and content of the list, whatever its period."""

    file_id: str
    dataset: str
    scope: str
    period: str
    records: int
    amount_idr: Any


@dataclass(frozen=True)
class Before:
    """An earlier period of the list: all its parts together."""

    period: str
    records: int
    amount: Any
    files: list[str]


def rules_of(contract: Contract) -> tuple[str, ...]:
    """Codes of the rules that a delivery of this dataset is asked as a whole."""
    always = (SHRUNK, NAMED, TITLED, OTHER_DATASET, WIDER)
    if contract.is_melted:
        return (*always, FIGURES, *((ROUNDED,) if "indikator" in contract.column_of else ()))
    if contract.cadence not in _PER_YEAR:
        return always
    return (*always, SIZE, REPEATED, GAP, *((AMOUNT,) if _amount_column(contract) else ()))


def judge_delivery(
    conn: psycopg.Connection[Any], contract: Contract, file: dict[str, Any], verdict: Verdict
) -> tuple[Delivery | None, dict[str, int]]:
    """Put what is unusual about the file as a whole into the verdict: a row without a record for each rule it breaks.

    Args:
        conn: autocommit connection that judged the records.
        contract: the file's dataset.
        file: its row of ``audit.file``.
        verdict: of its records.

    Returns:
        What `keep` writes when the file lands (None: it is one of no row of deliveries), and how many earlier
        deliveries each rule looked at.
    """
    looked_at = dict.fromkeys(rules_of(contract), 0)
    broken: list[str] = []
    mine = Slice.parse(file["slice_key"]) if file["slice_key"] else None
    for key, records in conn.execute(_SAME_PERIOD, {**file, "dataset": contract.dataset}).fetchall():
        theirs = Slice.parse(key)
        # what is cut off may say less of itself, too
        if mine and (mine.covers(theirs) or theirs.covers(mine)):
            looked_at[SHRUNK] += 1
            if (file["rows_read"] or 0) < _CORRECTED * (records or 0) and SHRUNK not in broken:
                broken.append(SHRUNK)
    if FIGURES in looked_at:
        looked_at[FIGURES], repeated = figures.sets_of_another_year(conn, contract, file)
        broken += [FIGURES] if repeated else []
    if ROUNDED in looked_at:
        looked_at[ROUNDED], whole = figures.rounded(conn, contract, file)
        broken += [ROUNDED] if whole else []
    if file["period"]:
        looked_at[NAMED] = looked_at[TITLED] = 1
        said = file["structure"] or {}
        broken += [code for code, of in ((NAMED, "file_name_says"), (TITLED, "title_says")) if said.get(of)]
    alike = conn.execute(_NAMED_ALIKE, file).fetchall()
    looked_at[OTHER_DATASET] = looked_at[WIDER] = len(alike)
    # which most of them were of: one that was widened before is not the measure
    region = next((region for dataset, region in alike if dataset == contract.dataset), None)
    broken += [OTHER_DATASET] if alike and contract.dataset not in {dataset for dataset, _ in alike} else []
    # a few rows of another city make a city's list that of the province
    broken += [WIDER] if _is_part(region, file["region_code"]) else []
    made = _in_a_row(conn, contract, file, verdict, looked_at, broken)
    verdict.tell(conn, broken)
    return made, looked_at


def _is_part(region: str | None, whole: str | None) -> bool:
    """Whether a region is a true part of another; a list of no region is of any."""
    if region in (None, NATION) or region == whole:
        return False
    return whole in (None, NATION) or str(region).startswith(f"{whole}.")


def _in_a_row(
    conn: psycopg.Connection[Any],
    contract: Contract,
    file: dict[str, Any],
    verdict: Verdict,
    looked_at: dict[str, int],
    broken: list[str],
) -> Delivery | None:
    """Hold the list against its earlier periods; a part of a list and a table of figures are not."""
    letter = (file["structure"] or {}).get("letter") or {}
    if SIZE not in looked_at or not file["period"] or not file["slice_key"] or letter.get("part"):
        return None
    key = Slice.parse(file["slice_key"])
    scope = Slice("", key.region, key.content).key
    asked = {
        "dataset": contract.dataset,
        "scope": scope,
        "period": file["period"],
        "file_id": file["file_id"],
    }
    before = [Before(*row) for row in conn.execute(_LANDED_BEFORE, asked)]
    made = Delivery(**asked, records=verdict.records, amount_idr=_amount(conn, contract, file))
    for code, is_broken in _questions(conn, contract, made, before, verdict):
        looked_at[code] = len(before)
        broken += [code] if is_broken else []
    return made


def keep(conn: psycopg.Connection[Any], delivery: Delivery | None) -> None:
    """Write it down, in the transaction in which the file lands."""
    if delivery is not None:
        conn.execute(
            "insert into audit.delivery (file_id, dataset, scope, period, records, amount_idr)"
            " values (%(file_id)s, %(dataset)s, %(scope)s, %(period)s, %(records)s, %(amount_idr)s)"
            " on conflict (file_id) do update set records = excluded.records, amount_idr = excluded.amount_idr",
            vars(delivery),
        )


def is_unusual(value: float, period: str, earlier: list[tuple[str, float]]) -> bool:
    """Whether ``value`` is further from what was to be expected than such a list has been before.

    Two expectations are known: the period before, and the same season a year before, as much larger or smaller as the
    last periods were than theirs. Which of them the list keeps better is learned from its past, and how well it does;
    while there is not enough of it, only what is unlike both is unusual.

    Args:
        value: of this period.
        period: ``2024-06``, ``2024-Q2``, ``2024``.
        earlier: (period, value), newest first; periods before this one only.
    """
    told = {when: float(amount) for when, amount in earlier if amount and amount > 0}
    if not told or value <= 0:
        return bool(told)
    judged: list[tuple[list[float], float]] = []  # errors so far, and this one
    young: list[bool] = []  # whether it is too far for a list that nobody has known for long
    for expected in (_as_before, _as_a_year_ago):
        mine = expected(period, told)
        if mine is None:
            continue
        errors = [
            abs(log(amount / theirs))
            for when, amount in told.items()
            if (theirs := expected(when, {p: v for p, v in told.items() if p < when})) is not None
        ][:_LEARNED_FROM]
        judged.append((errors, abs(log(value / mine))))
        most = max(_RISE if value > mine else _MOST, _SEEN * max(errors, default=0.0))
        young.append(judged[-1][1] > most)
    if any(len(errors) < _ERRORS for errors, _ in judged):
        return all(young)
    # the mean decides between them: it feels the few months in which only one of them is right
    errors, error = min(judged, key=lambda one: fmean(one[0]))
    usual = max(_LEAST, min(_USUAL * median(errors), _MOST), _SEEN * max(errors))
    # of a season that was never seen a rise is no surprise; a fall is, for families may be missing
    is_first = period[4:] and len(judged) == 1 and value > max(told.values())
    return error > (max(usual, _RISE) if is_first else usual)


def _as_before(period: str, told: dict[str, float]) -> float | None:
    """The value of the newest period."""
    return told[max(told)] if told else None


def _as_a_year_ago(period: str, told: dict[str, float]) -> float | None:
    """The value of the same season, times what the last periods are of those a year before them."""
    year, season = int(period[:4]), period[4:]
    before = told.get(f"{year - 1}{season}")
    if not season or before is None:
        return None
    grown = [
        told[when] / told[old]
        for when in sorted(told, reverse=True)[:_LEARNED_FROM]
        if (old := f"{int(when[:4]) - 1}{when[4:]}") in told
    ]
    return before * (median(grown) if grown else 1.0)


def skips_a_period(period: str, earlier: list[str], cadence: str) -> bool:
    """Whether a longer time has passed since the newest of ``earlier`` than ever between two of them.

    A monthly list that comes every third month skips nothing: what is usual is learned, once two steps are known.

    Args:
        period: of this delivery.
        earlier: periods of the list before it, newest first.
        cadence: of the dataset.
    """
    places = [_number(one, cadence) for one in (period, *earlier[:_LEARNED_FROM])]
    steps = [newer - older for newer, older in pairwise(places)]
    return len(steps) > _STEPS and steps[0] > max(steps[1:])


def _number(period: str, cadence: str) -> int:
    """The place of a period among all of its cadence: months, quarters, semesters or years since year 0."""
    per_year = _PER_YEAR[cadence]
    year, part = int(period[:4]), period[5:].lstrip("QS")
    if not part:
        return year * per_year
    unit = 12 if period[5:].isdigit() else {"Q": 4, "S": 2}[period[5]]
    return year * per_year + (int(part) - 1) * per_year // unit


def _questions(
    conn: psycopg.Connection[Any],
    contract: Contract,
    made: Delivery,
    before: list[Before],
    verdict: Verdict,
) -> list[tuple[str, bool]]:
    if not before:
        return []
    sizes = [(one.period, float(one.records)) for one in before]
    money_before = [(one.period, float(one.amount)) for one in before if one.amount is not None]
    asked = [
        (SIZE, max(made.records, before[0].records) >= _FEW and is_unusual(made.records, made.period, sizes)),
        (GAP, skips_a_period(made.period, [one.period for one in before], contract.cadence)),
        (REPEATED, _repeats(conn, contract, made, before, verdict)),
    ]
    if made.amount_idr is not None and money_before:
        asked.append((AMOUNT, is_unusual(float(made.amount_idr), made.period, money_before)))
    return asked


def _amount_column(contract: Contract) -> str | None:
    kinds = load_fields()
    return next((c.column for c in contract.columns if kinds[c.field].type == "money"), None)


def _amount(conn: psycopg.Connection[Any], contract: Contract, file: dict[str, Any]) -> Any:
    """Sum of the column of rupiah; None where there is none."""
    column = _amount_column(contract)
    if column is None:
        return None
    text = clean(sql.Identifier(column).as_string(conn))
    row = conn.execute(
        sql.SQL("select coalesce(sum({}), 0) from {}").format(
            sql.SQL(money(text)),  # type: ignore[arg-type]
            partition_name(contract, file["file_id"]),
        )
    ).fetchone()
    return row[0] if row else None


_OF_THE_PERIOD = frozenset(
    {"bulan_iuran", "id_baris", "nomor_urut", "periode", "tahap_salur", "tahun", "tahun_data", "tahun_iuran", "urutan",
     "usia", "waktu_input", "waktu_pembaruan"}
)  # fmt: skip
"""Fields that say something else each time of a list that is sent again: periods, row numbers, ages."""


def _repeats(
    conn: psycopg.Connection[Any],
    contract: Contract,
    made: Delivery,
    before: Sequence[Before],
    verdict: Verdict,
) -> bool:
    """Whether the rows are those of an earlier period but for what names the period, and two in a thousand.

    Held against each other are the records that count: what was set aside there is not looked for here, nor the other
    way round. A list that has always changed by no more than that is told only where nothing at all has changed.
    """
    last, *older = before[:_SAME_OF]
    for one in (last, *older):
        aside, tables = _rows_of(conn, contract, one)
        # nothing is read where the numbers say it already
        if not tables or abs(made.records - one.records) > _may_differ(made.records) + aside:
            continue
        mine = _counting(contract, made.file_id, verdict)
        differing = _differing(conn, contract, [mine], tables, made.records)
        if differing > _may_differ(made.records):
            continue
        return differing == 0 or not _hardly_changes(conn, contract, before, made.records)
    return False


def _may_differ(records: int) -> float:
    return _SAME_ROWS * records if records else -1


def _hardly_changes(
    conn: psycopg.Connection[Any], contract: Contract, before: Sequence[Before], records: int
) -> bool:
    """Whether the last delivery, too, was the one before it once more."""
    tables = [_rows_of(conn, contract, one)[1] for one in before[:2]]
    return (
        len(tables) == 2
        and all(tables)
        and _differing(conn, contract, tables[0], tables[1], records) <= _may_differ(records)
    )


def _rows_of(
    conn: psycopg.Connection[Any], contract: Contract, one: Before
) -> tuple[int, list[sql.Composable]]:
    """Records that were set aside in an earlier period, and the tables of all others; none where some are gone."""
    aside, dropped = conn.execute(
        "select coalesce(sum(rows_quarantined), 0)::int, count(rows_dropped_at) from audit.file"
        " where file_id = any(%s)",
        (one.files,),
    ).fetchone() or (0, 1)
    return aside, [] if dropped else [partition_name(contract, file_id) for file_id in one.files]


def _counting(contract: Contract, file_id: str, verdict: Verdict) -> sql.Composable:
    """The records of a file at the gate that no rule is going to set aside."""
    fail = [rule.code for rule in contract.rules if rule.severity == "fail"]
    return sql.SQL(
        "(select * from {} as record where not exists (select from {} as broken"
        " where broken.record = record.ctid and rule_code = any({}::text[])))"
    ).format(partition_name(contract, file_id), verdict.table, sql.Literal(fail))


def _differing(
    conn: psycopg.Connection[Any],
    contract: Contract,
    mine: Sequence[sql.Composable],
    theirs: Sequence[sql.Composable],
    records: int,
) -> int:
    """How many rows the one has more than the other has, at the side where they are more."""
    told = [column.column for column in contract.columns if column.field not in _OF_THE_PERIOD]
    told = [name for name in told if name not in {contract.period.column, *_year_and_month(contract)}]
    whole = sql.SQL("true")
    shares = [whole]
    key = contract.column_of.get("nik")
    if (
        records > _LONG and key
    ):  # most lists are another already in a part of them, which costs next to nothing
        of_one = sql.SQL("mod(hashtext({})::bigint, {}) = 0").format(
            sql.Identifier(key), sql.Literal(_SHARES)
        )
        shares = [of_one, whole]
    differing = 0
    for share in shares:
        sides = sql.SQL(" union all ").join(
            sql.SQL(
                "select hashtextextended(row({})::text, 0) as content, {} as side from {} as list where {}"
            ).format(sql.SQL(", ").join(map(sql.Identifier, told)), sql.Literal(side), table, share)
            for side, tables in ((1, mine), (-1, theirs))
            for table in tables
        )
        row = conn.execute(
            sql.SQL(
                "select coalesce(greatest(sum(more) filter (where more > 0),"
                " -sum(more) filter (where more < 0)), 0)::int"
                " from (select sum(side) as more from ({}) as told group by content) as counted"
            ).format(sides)
        ).fetchone()
        assert row is not None
        differing = row[0]
        if differing > _may_differ(records):
            break
    return differing


def _year_and_month(contract: Contract) -> tuple[str, ...]:
    return tuple(contract.period.columns_year_month or ())
