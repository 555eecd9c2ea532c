"""Who a list says is paid: by a programme that nobody knows, twice under two names of one, many by one card, people
whom the age rules exclude, and none who still gets anything.

The money is the same however programme and stage are spelt (`seed_program_alias`, `parse_period`). The ages are those
of `seed_program_rule`, where a programme is for persons of an age and nobody else.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

import psycopg
from psycopg import sql

from simpul.contract import Contract, Text
from simpul.gate import amounts
from simpul.gate.persons import KNOWN, Broken, Other, is_of_persons, nik_of, same_list, sampled, to_do
from simpul.gate.verdict import Verdict
from simpul.period import parse_period
from simpul.predicates import cell_of, date
from simpul.programmes import programme_codes, seed_rows
from simpul.render import partition_name

UNKNOWN, TWICE, COLLECTED = "program_known", "paid_once_however_spelt", "card_of_few"
AGED, BORN, STOPPED = "delivery_ages_of_programme", "delivery_ages_of_births", "delivery_people_stopped"

_HOLDERS = 5  # people on one card; more are the card of somebody who collects for them
_FEW = 5
_TOO_YOUNG_OR_OLD = 0.10  # of the people of a programme; births are wrong of fewer
_YEARS = 1  # a birthday within the year
_OTHERWISE = 0.10  # of the people: ages that are not as far from the births as everybody's
_APART = 2  # years
_STALE = 7  # years that a whole list's ages may be old
_MORE_STOPPED = 0.25  # of the people, above what the earlier delivery says
_ALL = 0.95  # of a list that has no earlier one

BOUNDS: dict[str, dict[str, float]] = {
    UNKNOWN: {},
    TWICE: {},
    COLLECTED: {"holders": _HOLDERS},
    AGED: {"known": KNOWN, "few": _FEW, "share": _TOO_YOUNG_OR_OLD, "years": _YEARS},
    BORN: {"known": KNOWN, "few": _FEW, "share": _OTHERWISE, "years": _APART, "stale": _STALE},
    STOPPED: {"known": KNOWN, "more": _MORE_STOPPED, "first": _ALL},
}
"""Rule → the numbers that decide, for the register of rules."""

_UNSAID = ("-", "NULL", "null")  # `program_required` tells those
_STAGE = ("tahap_salur", "periode")
STATUS = ("status_penerima", "keterangan")
"""Fields that say whether somebody still gets something."""
# as the dbt macro `membership_status` reads a remark
_STOP = (
    r"non\s*-?\s*aktif|tidak aktif|meninggal|keluar(kan)?\M|hapus|pindah|\mganda\M|graduasi|berhenti|dicabut|mundur"
    r"|\mstop"
)


def rules_of(contract: Contract) -> tuple[str, ...]:
    """Codes of the rules; none where the dataset is no list of persons."""
    if not is_of_persons(contract):
        return ()
    found = contract.column_of
    has = {*found}
    programme = bool(has & {*amounts.PROGRAMME})
    return (
        *((UNKNOWN,) if "program" in has else ()),
        *((TWICE,) if programme else ()),
        *((COLLECTED,) if programme and "no_kks" in has else ()),
        *((AGED,) if programme and "tanggal_lahir" in has else ()),
        *((BORN,) if {"usia", "tanggal_lahir"} <= has else ()),
        *((STOPPED,) if has & {*STATUS} else ()),
    )


def _cells(contract: Contract, *fields: Sequence[str]) -> list[sql.Composable]:
    """Of each choice of fields the first that the dataset has, trimmed; NULL where it has none."""
    found = contract.column_of
    names = [next((found[field] for field in choice if field in found), None) for choice in fields]
    return [cell_of(name) if name else sql.SQL("null::text") for name in names]


def is_stopped(contract: Contract) -> sql.Composable:
    """Whether a record says of its person that nothing is given any more; false where it says nothing."""
    found = contract.column_of
    said = [
        sql.SQL("coalesce({} ~* {}, false)").format(cell_of(found[name]), sql.Literal(_STOP))
        for name in STATUS
        if name in found
    ]
    return sql.SQL(" or ").join(said) if said else sql.SQL("false")


# --------------------------------------------------------------------------------------------------- record by record
def judge_payees(
    conn: psycopg.Connection[Any], contract: Contract, file: dict[str, Any], verdict: Verdict
) -> dict[str, int]:
    """Put the records into the verdict of who is paid by an unknown programme, twice, or by a card of many; how many
    were asked.

    Args:
        conn: autocommit connection that judged the records.
        contract: the file's dataset.
        file: its row of ``audit.file``.
        verdict: of its records.
    """
    asked = [code for code in rules_of(contract) if code in (UNKNOWN, TWICE, COLLECTED)]
    load = partition_name(contract, file["file_id"])
    if UNKNOWN in asked:
        _unknown(conn, contract, load, verdict)
    if TWICE in asked:
        _twice(conn, contract, load, verdict)
    if COLLECTED in asked:
        _collected(conn, contract, load, verdict)
    return dict.fromkeys(asked, verdict.records)


def _unknown(
    conn: psycopg.Connection[Any], contract: Contract, load: sql.Composable, verdict: Verdict
) -> None:
    """Who is paid by a programme that `seed_program_alias` does not know counts as a recipient of none."""
    raw = sql.Identifier(contract.column_of["program"])
    cells = {"raw": raw, "programme": cell_of(contract.column_of["program"]), "load": load}
    spelt = conn.execute(
        sql.SQL("select {raw}, {programme} from (select distinct {raw} from {load}) as spelt").format(**cells)
    ).fetchall()
    unknown = [cell for cell, said in spelt if said and said not in _UNSAID and not programme_codes(said)]
    if unknown:
        verdict.tell_records(
            conn, UNKNOWN, load, sql.SQL("{raw} = any(%(unknown)s)").format(**cells), {"unknown": unknown}
        )


def _twice(conn: psycopg.Connection[Any], contract: Contract, load: sql.Composable, verdict: Verdict) -> None:
    """Only what is spelt in several ways can hide from the rules that compare cells."""
    programme, stage = _cells(contract, amounts.PROGRAMME, _STAGE)
    cells = {"programme": programme, "stage": stage, "load": load, "nik": nik_of(conn, contract)}
    found = contract.column_of
    # the cells as they are, of which there are few kinds; only these are cleaned
    raw = sql.SQL(", ").join(
        sql.Identifier(found[name]) for name in (*amounts.PROGRAMME, *_STAGE) if name in found
    )
    spelt = conn.execute(
        sql.SQL(
            "select distinct {programme}, coalesce({stage}, '') from (select distinct {raw} from {load}) as spelt"
            " where {programme} <> ''"
        ).format(**cells, raw=raw)
    ).fetchall()
    means: defaultdict[str, set[tuple[str, str]]] = defaultdict(set)
    for one, of in spelt:
        for code in programme_codes(one):
            means[f"{code} {parse_period(of) or of.upper()}"].add((one, of))
    told = [
        (one, of, key)
        for key, spellings in means.items()
        if len({(one.upper(), of.upper()) for one, of in spellings}) > 1
        for one, of in spellings
    ]
    if not told:
        return
    verdict.tell_records(
        conn,
        TWICE,
        load,
        sql.SQL("""ctid = any(array(
            select place
            from (
                select place, min(spelt) over person <> max(spelt) over person as is_twice
                from (
                    select mine.ctid as place, {nik} collate "C" as nik, meant.key collate "C" as key,
                        upper({programme} || ' ' || coalesce({stage}, '')) collate "C" as spelt
                    from {load} as mine
                    join unnest(%(programmes)s::text[], %(stages)s::text[], %(keys)s::text[]) as meant (one, of, key)
                        on meant.one = {programme} and meant.of = coalesce({stage}, '')) as paid
                where nik is not null
                window person as (partition by nik, key)) as told
            where is_twice))""").format(**cells),
        dict(zip(("programmes", "stages", "keys"), map(list, zip(*told, strict=True)), strict=True)),
    )


def _collected(
    conn: psycopg.Connection[Any], contract: Contract, load: sql.Composable, verdict: Verdict
) -> None:
    (card,) = _cells(contract, ("no_kks",))
    cells = {"card": card, "load": load, "nik": nik_of(conn, contract)}
    # the cells as they are first, which are cleaned once each; numbers that a spreadsheet rounded are nobody's
    many = conn.execute(
        sql.SQL(
            "select {card} from (select {raw}, count(*) as records from {load} group by 1) as told"
            " group by 1 having sum(records) > %s and {card} ~ '[1-9][0-9]{{9}}' and {card} !~ '0000$'"
        ).format(**cells, raw=sql.Identifier(contract.column_of["no_kks"])),
        (_HOLDERS,),
    ).fetchall()
    if not many:
        return
    verdict.tell_records(
        conn,
        COLLECTED,
        load,
        sql.SQL(
            "{card} in (select {card} from {load} where {card} = any(%(cards)s) group by 1"
            " having count(distinct {nik}) > %(holders)s)"
        ).format(**cells),
        {"cards": [one for (one,) in many], "holders": _HOLDERS},
    )


# ---------------------------------------------------------------------------------------------------- column by column
def judge_people(
    conn: psycopg.Connection[Any],
    contract: Contract,
    file: dict[str, Any],
    records: int,
    others: Sequence[Other],
) -> tuple[list[Broken], dict[str, int]]:
    """Which columns say that these are not the people of the list.

    Args:
        conn: autocommit connection.
        contract: the file's dataset.
        file: its row of ``audit.file``.
        records: how many it has.
        others: `persons.other_deliveries`.

    Returns:
        The broken rules by column, and how many people each rule looked at.
    """
    asked = rules_of(contract)
    looked_at = {code: 0 for code in (AGED, BORN, STOPPED) if code in asked}
    rows, year = sampled(contract, file["file_id"], records), int((file["period"] or "0")[:4])
    broken: list[Broken] = []
    if AGED in asked and year:
        broken += _aged(conn, contract, rows, file["period"], looked_at)
    if BORN in asked and year:
        broken += _born(conn, contract, rows, year, looked_at)
    if STOPPED in asked:
        broken += _stopped(conn, contract, rows, others, looked_at)
    return broken, looked_at


def _aged(
    conn: psycopg.Connection[Any],
    contract: Contract,
    rows: sql.Composable,
    period: str,
    looked_at: dict[str, int],
) -> Iterator[Broken]:
    """Programmes whose people are too young or too old."""
    programme, born = _cells(contract, amounts.PROGRAMME, ("tanggal_lahir",))
    people = conn.execute(
        sql.SQL(
            "select {programme}, {year} - extract(year from {born})::int as age, count(*) from {rows} group by 1, 2"
        ).format(
            programme=programme,
            born=sql.SQL(date(born.as_string(conn))),  # type: ignore[arg-type]
            rows=rows,
            year=sql.Literal(int(period[:4])),
        )
    ).fetchall()
    of: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0])
    for spelt, age, count in people:
        limits = [ages_of(code, period) for code in programme_codes(spelt or "")]
        if age is None or not limits or None in limits:
            continue
        fits = any(one and one[0] - _YEARS <= age <= one[1] + _YEARS for one in limits)
        of[spelt][0] += count
        of[spelt][1] += 0 if fits else count
    looked_at[AGED] = sum(known for known, _ in of.values())
    for known, wrong in of.values():
        if known >= KNOWN and wrong > max(_FEW, _TOO_YOUNG_OR_OLD * known):
            yield Broken(AGED, "tanggal_lahir", _aged_reason(wrong, known))
            return


def ages_of(code: str, period: str) -> tuple[int, int] | None:
    """From and to what age a programme is for persons in a period; None where it is for others, too, or families.

    Args:
        code: of the programme.
        period: ``2024-06``, ``2024-Q2``, ``2024``.
    """
    year = period[:4]
    rows = [
        row
        for row in seed_rows("seed_program_rule", "program_code").get(code, ())
        if row["valid_from"][:4] <= year <= row.get("valid_to", "9999")[:4]
    ]
    if not rows or any(row["unit"] != "person" or not {"min_age", "max_age"} & row.keys() for row in rows):
        return None
    return min(int(row.get("min_age", 0)) for row in rows), max(int(row.get("max_age", 999)) for row in rows)


def _born(
    conn: psycopg.Connection[Any],
    contract: Contract,
    rows: sql.Composable,
    year: int,
    looked_at: dict[str, int],
) -> Iterator[Broken]:
    """Ages that are not those of the births beside them."""
    age, born = _cells(contract, ("usia",), ("tanggal_lahir",))
    apart = conn.execute(
        sql.SQL("""
            select {year} - extract(year from born)::int - age::int as apart, count(*)
            from (select {age} as age, {born} as born from {rows}) as told
            where age ~ '^[0-9]{{1,3}}$' and born is not null group by 1 order by 2 desc""").format(
            age=age,
            born=sql.SQL(date(born.as_string(conn))),  # type: ignore[arg-type]
            rows=rows,
            year=sql.Literal(year),
        )
    ).fetchall()
    looked_at[BORN] = people = sum(count for _, count in apart)
    if people < KNOWN:
        return
    usual = apart[0][0]
    other = sum(count for years, count in apart if abs(years - usual) > _APART)
    if abs(usual) > _STALE or other > max(_FEW, _OTHERWISE * people):
        yield Broken(BORN, "usia", _born_reason(people if abs(usual) > _STALE else other, people))


def _stopped(
    conn: psycopg.Connection[Any],
    contract: Contract,
    rows: sql.Composable,
    others: Sequence[Other],
    looked_at: dict[str, int],
) -> Iterator[Broken]:
    """Whether many more people are said to get nothing any more than when the list last came."""
    before = same_list(others)
    for field in (name for name in STATUS if name in contract.column_of):
        stopped, people = _counted(conn, contract, field, rows)
        looked_at[STOPPED] = max(looked_at[STOPPED], people)
        if people < KNOWN:
            continue
        if before is None:
            is_told = stopped > _ALL * people
        else:
            were, of = _counted(
                conn, contract, field, sampled(before.contract, before.file_id, before.records)
            )
            is_told = stopped / people > _MORE_STOPPED + (were / of if of else 0)
        if is_told:
            yield Broken(STOPPED, field, _stopped_reason(stopped, people, before))


def _counted(
    conn: psycopg.Connection[Any], contract: Contract, field: str, rows: sql.Composable
) -> tuple[int, int]:
    """People who are said to have stopped, and all of whom something is said."""
    (status,) = _cells(contract, (field,))
    row = conn.execute(
        sql.SQL(
            "select count(*) filter (where {status} ~* {stop}), count(nullif({status}, '')) from {rows}"
        ).format(status=status, stop=sql.Literal(_STOP), rows=rows)
    ).fetchone()
    assert row is not None
    return row[0], row[1]


# ------------------------------------------------------------------------------------------------------- what is told
def _aged_reason(wrong: int, people: int) -> Text:
    return to_do(
        AGED,
        f"{wrong} of {people} people are too young or too old for the programme that pays them: the list, or a part of"
        " it, is another programme's, or the births are wrong.",
        f"{wrong} dari {people} orang terlalu muda atau terlalu tua untuk programnya: daftar ini, atau sebagiannya,"
        " milik program lain, atau tanggal lahirnya salah.",
    )


def _born_reason(other: int, people: int) -> Text:
    return to_do(
        BORN,
        f"the ages of {other} of {people} people are not those of the births beside them.",
        f"usia {other} dari {people} orang tidak sesuai dengan tanggal lahir di sampingnya.",
    )


def _stopped_reason(stopped: int, people: int, before: Other | None) -> Text:
    beside = (
        (f", many more than in {before.told}", f", jauh lebih banyak dari {before.told}")
        if before
        else ("", "")
    )
    return to_do(
        STOPPED,
        f"{stopped} of {people} people are said to be dead, gone or no longer active{beside[0]}.",
        f"{stopped} dari {people} orang tercatat meninggal, keluar, atau nonaktif{beside[1]}.",
    )
