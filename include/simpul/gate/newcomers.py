"""Who came to a list since its earlier delivery, and who is said to have left it: whole groups at once.

Invented people are sound one by one. What tells is that they all come to one village, or all have numbers of another
regency; that many names say of their people that they are dead; that all of one part of the list died. All of it may
be so, and is for a person to look at.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from math import sqrt
from typing import Any

import psycopg
from psycopg import sql

from simpul.contract import Contract, Text
from simpul.gate import shapes
from simpul.gate.earlier import compared_cell
from simpul.gate.persons import KNOWN, Broken, Other, is_of_persons, nik_of, same_list, sampled, to_do
from simpul.gate.recipients import STATUS, is_stopped
from simpul.predicates import cell_of
from simpul.render import partition_name

GROWN, ELSEWHERE = "delivery_part_grown", "delivery_people_of_elsewhere"
DEAD, STOPPED_TOGETHER = "delivery_names_of_dead", "delivery_block_stopped"

_VILLAGES = 4  # of fewer nobody knows what is usual
_GROWN, _MORE = 0.35, 30  # more people than the growth of the others says, and so many …
_ERRORS = 4  # … and so many times the root of the number, by which it jumps alone
_LEAST = 5  # people; a village of fewer is spelt otherwise, or new
_MANY = 0.25  # of the villages: then the list is another one
_TIMES, _SHARE, _FEW = 3.0, 0.02, 10  # of the earlier share, and of the people more; and so many people
_DEAD_TIMES, _DEAD_SHARE, _DEAD_FEW = 3.0, 0.01, 5
_FIRST_DEAD = 0.05  # of a first delivery
_AT_AN_END = 1.1  # of the rows of all who stopped: there they were sorted

BOUNDS: dict[str, dict[str, float]] = {
    GROWN: {
        "villages": _VILLAGES,
        "grown": _GROWN,
        "more": _MORE,
        "errors": _ERRORS,
        "least": _LEAST,
        "many": _MANY,
    },
    ELSEWHERE: {"known": KNOWN, "times": _TIMES, "share": _SHARE, "few": _FEW},
    DEAD: {
        "known": KNOWN,
        "times": _DEAD_TIMES,
        "share": _DEAD_SHARE,
        "few": _DEAD_FEW,
        "first": _FIRST_DEAD,
    },
    STOPPED_TOGETHER: {**shapes.BLOCK_BOUNDS, "at_an_end": _AT_AN_END},
}
"""Rule → the numbers that decide, for the register of rules."""

_LATE = r"^(alm|almh|almarhum|almarhumah)[.,]?\s|^(alm|almh)[.]"


def rules_of(contract: Contract) -> tuple[str, ...]:
    """Codes of the rules; none where the dataset is no list of persons."""
    if not is_of_persons(contract):
        return ()
    has = {*contract.column_of}
    return (
        *((GROWN,) if "desa" in has else ()),
        *((ELSEWHERE,) if "no_kk" in has else ()),
        *((DEAD,) if "nama" in has else ()),
        *((STOPPED_TOGETHER,) if has & {*STATUS} else ()),
    )


def judge_newcomers(
    conn: psycopg.Connection[Any],
    contract: Contract,
    file: dict[str, Any],
    records: int,
    others: Sequence[Other],
) -> tuple[list[Broken], dict[str, int]]:
    """Which columns say that a group came, or left, at once.

    Args:
        conn: autocommit connection.
        contract: the file's dataset.
        file: its row of ``audit.file``.
        records: how many it has.
        others: `persons.other_deliveries`.

    Returns:
        The broken rules by column, and how many villages or people each rule looked at.
    """
    asked = rules_of(contract)
    looked_at = dict.fromkeys(asked, 0)
    before = same_list(others)
    rows = sampled(contract, file["file_id"], records)
    broken: list[Broken] = []
    if DEAD in asked:
        broken += _dead(conn, contract, rows, before, looked_at)
    if before is None:
        return broken, looked_at
    if GROWN in asked and not _is_part(conn, file, before):
        broken += _grown(conn, contract, file["file_id"], before, looked_at)
    if ELSEWHERE in asked and len(file["region_code"] or "") >= len("12.74"):
        broken += _of_elsewhere(conn, contract, rows, before, looked_at)
    if STOPPED_TOGETHER in asked:
        broken += _stopped_together(conn, contract, rows, before, looked_at)
    return broken, looked_at


# ------------------------------------------------------------------------------------------------ a village that grew
def _grown(
    conn: psycopg.Connection[Any],
    contract: Contract,
    file_id: str,
    before: Other,
    looked_at: dict[str, int],
) -> Iterator[Broken]:
    now, was = _by_village(conn, contract, file_id), _by_village(conn, before.contract, before.file_id)
    looked_at[GROWN] = len(now)
    if found := grown(was, now):
        yield Broken(GROWN, "desa", _grown_reason(len(found), sum(found.values()), before))


def _is_part(conn: psycopg.Connection[Any], file: dict[str, Any], before: Other) -> bool:
    """Whether one of the two is a part of a list: then villages may be anywhere."""
    row = conn.execute(
        "select structure #>> '{letter,part}' from audit.file where file_id = %s", (before.file_id,)
    ).fetchone()
    return bool(((file["structure"] or {}).get("letter") or {}).get("part") or (row and row[0]))


def grown(was: Mapping[str, int], now: Mapping[str, int]) -> dict[str, int]:
    """Village → people whom its growth is above that of the others; none where villages are called otherwise.

    Args:
        was: village → people.
        now: likewise.
    """
    both = was.keys() & now.keys()
    if len(both) < _VILLAGES:
        return {}
    found = {}
    for one in both:
        rest = sum(was[other] for other in both) - was[one]
        usual = was[one] * max(1.0, (sum(now[other] for other in both) - now[one]) / max(1, rest))
        more = now[one] - usual
        if was[one] >= _LEAST and more > max(_MORE, _GROWN * usual, _ERRORS * sqrt(usual)):
            found[one] = round(more)
    # people of a village that is no longer there, or of no village, went to one
    gone = sum(
        max(0, people - now.get(one, 0)) for one, people in was.items() if now.get(one, 0) < people / 2
    )
    return {} if len(found) > _MANY * len(both) or gone > sum(found.values()) / 2 else found


def _by_village(conn: psycopg.Connection[Any], contract: Contract, file_id: str) -> dict[str, int]:
    columns = [column for column in contract.columns if column.field in ("kecamatan", "desa")]
    raw = sql.SQL(", ").join(sql.Identifier(column.column) for column in columns)
    cells = sql.SQL(", ").join(sql.SQL(compared_cell(conn, column)) for column in columns)  # type: ignore[arg-type]
    told: Counter[str] = Counter()
    query = sql.SQL("select people, {} from (select count(*) as people, {} from {} group by {}) as village")
    for people, *cell in conn.execute(
        query.format(cells, raw, partition_name(contract, file_id), raw)
    ).fetchall():
        told["|".join(one or "" for one in cell)] += people
    return dict(told)


# ------------------------------------------------------------------------------------------------- people of elsewhere
def _of_elsewhere(
    conn: psycopg.Connection[Any],
    contract: Contract,
    rows: sql.Composable,
    before: Other,
    looked_at: dict[str, int],
) -> Iterator[Broken]:
    """Number and card of one other regency: who moves gets a new card, so hardly anybody has both of elsewhere."""
    if "no_kk" not in before.contract.column_of:
        return
    now = _of_regencies(conn, contract, rows)
    was = _of_regencies(conn, before.contract, sampled(before.contract, before.file_id, before.records))
    people, were = now.total(), was.total()
    looked_at[ELSEWHERE] = people
    if min(people, were) < KNOWN:
        return
    more = max(
        (
            count
            for regency, count in now.items()
            if regency and count >= _FEW and count / people > _TIMES * was[regency] / were + _SHARE
        ),
        default=0,
    )
    if more:
        yield Broken(ELSEWHERE, "nik", _elsewhere_reason(more, people, before))


def _of_regencies(conn: psycopg.Connection[Any], contract: Contract, rows: sql.Composable) -> Counter[str]:
    """First four digits of NIK and card, where both have the same → people; '' of all others."""
    query = sql.SQL(
        "select case when left(nik, 4) = left(card, 4) then left(nik, 4) else '' end, count(*)"
        " from (select {nik} as nik, substring({card} from '^[1-9][0-9]{{15}}$') as card from {rows}) as told"
        " where nik is not null group by 1"
    )
    card = cell_of(contract.column_of["no_kk"])
    return Counter(
        dict(conn.execute(query.format(nik=nik_of(conn, contract), card=card, rows=rows)).fetchall())
    )


# ------------------------------------------------------------------------------------------------ the dead, and stopped
def _dead(
    conn: psycopg.Connection[Any],
    contract: Contract,
    rows: sql.Composable,
    before: Other | None,
    looked_at: dict[str, int],
) -> Iterator[Broken]:
    dead, people = _late(conn, contract, rows)
    looked_at[DEAD] = people
    if people < KNOWN or dead <= _DEAD_FEW:
        return
    most = _FIRST_DEAD
    if before and "nama" in before.contract.column_of:
        did, were = _late(conn, before.contract, sampled(before.contract, before.file_id, before.records))
        most = _DEAD_SHARE + _DEAD_TIMES * did / max(1, were)
    if dead > most * people:
        yield Broken(DEAD, "nama", _dead_reason(dead, people))


def _late(conn: psycopg.Connection[Any], contract: Contract, rows: sql.Composable) -> tuple[int, int]:
    """People of whom only the name says that they died, and all who have one."""
    name = cell_of(contract.column_of["nama"])
    row = conn.execute(
        sql.SQL(
            "select count(*) filter (where {name} ~* {late} and not ({stopped})), count(nullif({name}, '')) from {rows}"
        ).format(name=name, late=sql.Literal(_LATE), stopped=is_stopped(contract), rows=rows)
    ).fetchone()
    assert row is not None
    return row[0], row[1]


def _stopped_together(
    conn: psycopg.Connection[Any],
    contract: Contract,
    rows: sql.Composable,
    before: Other,
    looked_at: dict[str, int],
) -> Iterator[Broken]:
    if not {*STATUS} & {*before.contract.column_of}:
        return
    told = sql.SQL("select {}, {} from {}")
    mine = conn.execute(
        told.format(nik_of(conn, contract), is_stopped(contract), rows) + sql.SQL(" order by _row")
    ).fetchall()
    number = nik_of(conn, before.contract)
    theirs = partition_name(before.contract, before.file_id)
    was = dict(
        conn.execute(
            told.format(number, is_stopped(before.contract), theirs)
            + sql.SQL(" where {} = any(%s)").format(number),
            ([nik for nik, _ in mine if nik],),
        ).fetchall()
    )
    people = [(now, was[nik]) for nik, now in mine if nik in was]
    looked_at[STOPPED_TOGETHER] = len(people)
    if found := stopped_together(people):
        field = next(name for name in STATUS if name in contract.column_of)
        yield Broken(STOPPED_TOGETHER, field, _stopped_reason(found, len(people), before))


def stopped_together(people: Sequence[tuple[bool, bool]]) -> shapes.Block | None:
    """A part of a list in which all stopped at once; none where the list is in the order of who stopped.

    Args:
        people: in the order of the list, whether they have stopped and whether they had.
    """
    found = shapes.block([now and not before for now, before in people])
    stopped = [number for number, (now, _) in enumerate(people) if now]
    if found is None or shapes.block([now and before for now, before in people]):
        return None
    end = len(people) - _AT_AN_END * len(stopped)
    inner = sum(_AT_AN_END * len(stopped) <= number < end for number in stopped)
    return found if inner > len(stopped) / 2 else None


# ------------------------------------------------------------------------------------------------------- what is told
def _grown_reason(villages: int, more: int, before: Other) -> Text:
    return to_do(
        GROWN,
        f"{villages} village(s) have together {more} people more than in {before.told} and than the others'"
        " growth says: were they verified anew, or were people added?",
        f"{villages} desa/kelurahan bertambah {more} orang dibandingkan {before.told}, melebihi pertambahan yang lain:"
        " apakah diverifikasi ulang, atau ada orang yang ditambahkan?",
    )


def _elsewhere_reason(more: int, people: int, before: Other) -> Text:
    return to_do(
        ELSEWHERE,
        f"{more} of {people} people (of a sample) have a NIK and a family card of one other regency, many more than in"
        f" {before.told}: rows of its list may have got into this one.",
        f"{more} dari {people} orang (dalam sampel) ber-NIK dan ber-KK dari satu kabupaten/kota lain, jauh lebih banyak"
        f" daripada {before.told}: barisnya mungkin terbawa dari daftar lain.",
    )


def _dead_reason(dead: int, people: int) -> Text:
    return to_do(
        DEAD,
        f"the names of {dead} of {people} people (of a sample) begin with ALM. or ALMH., and nothing else says that"
        " they died: are they still to be listed?",
        f"nama {dead} dari {people} orang (dalam sampel) diawali ALM. atau ALMH., sedangkan kolom lain tidak"
        " menyebutnya meninggal: apakah masih perlu terdaftar?",
    )


def _stopped_reason(found: shapes.Block, people: int, before: Other) -> Text:
    return to_do(
        STOPPED_TOGETHER,
        f"of {found.people} people who stand together, {found.differ} are said to be dead, gone or inactive who were"
        f" not in {before.told}, and hardly anybody of the other {people - found.people}: the column was filled down.",
        f"dari {found.people} orang yang berurutan, {found.differ} tercatat meninggal, keluar, atau nonaktif padahal"
        f" tidak pada {before.told}, sedangkan dari {people - found.people} orang lainnya hampir tidak ada: kolomnya"
        " terisi ke bawah.",
    )
