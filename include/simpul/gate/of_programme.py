"""Whether a list is of the programme that it says: its file is named after another, or its people are another's.

Nothing in the cells tells that the recipients of KJP stand under KPDJ. What tells is the name that somebody gave the
file, and whom the newest lists of the two programmes had.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

import psycopg
from psycopg import sql

from simpul.contract import Contract, Telling, Text, load_contracts
from simpul.gate import amounts
from simpul.gate.persons import KNOWN, Broken, Other, Paid, is_of_persons, nik_of, sampled, to_do
from simpul.predicates import cell_of
from simpul.programmes import programme_codes
from simpul.render import partition_name

NAMED, OTHERS = "delivery_programme_named", "delivery_of_other_programme"

_OTHERS = 0.80  # of the people were in another programme's newest list …
_OWN = 0.20  # … and so few in its own
_MIXED = 0.30  # of the people were in a list of another programme, which this one no longer names, and not in its own

BOUNDS: dict[str, dict[str, float]] = {
    NAMED: {},
    OTHERS: {"known": KNOWN, "others": _OTHERS, "own": _OWN, "mixed": _MIXED},
}
"""Rule → the numbers that decide, for the register of rules."""


def rules_of(contract: Contract) -> tuple[str, ...]:
    """Codes of the rules, where each record says its programme."""
    return (NAMED, OTHERS) if is_of_persons(contract) and programme_field(contract) else ()


def programme_field(contract: Contract) -> str | None:
    """The field in which each record says its programme; None where none does."""
    return next((name for name in amounts.PROGRAMME if name in contract.column_of), None)


def judge_programme(
    conn: psycopg.Connection[Any],
    contract: Contract,
    file: dict[str, Any],
    records: int,
    others: Sequence[Other],
    paid: Paid,
) -> tuple[list[Broken], dict[str, int]]:
    """Whether name and people are of the programme; how many programmes and people were looked at.

    Args:
        conn: autocommit connection.
        contract: the file's dataset.
        file: its row of ``audit.file``.
        records: how many it has.
        others: `persons.other_deliveries`.
        paid: whom of the sample they pay.
    """
    field = programme_field(contract)
    if not rules_of(contract) or field is None:
        return [], {}
    looked_at = dict.fromkeys(rules_of(contract), 0)
    here = _people(conn, contract, field, sampled(contract, file["file_id"], records))
    mine = {*here}
    broken = []
    named = programmes_named(file["file_name"])
    if named and mine:
        looked_at[NAMED] = len(mine)
        if named.isdisjoint(mine):
            broken.append(Broken(NAMED, field, _named_reason(named, mine)))
    broken += _of_others(conn, field, here, others, paid, looked_at)
    return broken, looked_at


def programmes_named(file_name: str) -> frozenset[str]:
    """Codes of the programmes after which a file is named; empty where it is a list of somebody else than recipients.

    Args:
        file_name: with or without its ending.
    """
    said = (telling.read(file_name.rpartition(".")[0] or file_name) for telling in _tellings())
    return frozenset(code for told in said if told for code in programme_codes(told["program"]))


@lru_cache(maxsize=1)
def _tellings() -> tuple[Telling, ...]:
    """What a title or a name says of a programme, as the layouts declare it that have no column of programmes."""
    return tuple(
        telling
        for edition in load_contracts()["dinsos.program_recipient"].editions
        for telling in edition.titles
        if "program" in telling.set
    )


def _people(
    conn: psycopg.Connection[Any], contract: Contract, field: str, rows: sql.Composable
) -> dict[str, set[str]]:
    """Programme → NIKs of its people; what is no programme is nobody's."""
    cell = cell_of(contract.column_of[field])
    people: defaultdict[str, set[str]] = defaultdict(set)
    for programme, nik in conn.execute(
        sql.SQL("select distinct {}, {} from {}").format(cell, nik_of(conn, contract), rows)
    ):
        for code in programme_codes(programme or ""):
            people[code] |= {nik} - {None}
    return people


def _of_others(
    conn: psycopg.Connection[Any],
    field: str,
    here: dict[str, set[str]],
    others: Sequence[Other],
    paid: Paid,
    looked_at: dict[str, int],
) -> Iterator[Broken]:
    """People of another programme's newest list: nearly all, where hardly any was in this one's; three in ten who were
    not in this one's, where the others were.
    """
    looked_at[OTHERS] = len(set().union(*paid.values()) & set().union(*here.values()))
    for code, niks in here.items():
        if len(niks) < KNOWN:
            continue
        own = niks & paid.get(code, set())
        is_its_list = len(own) > _OWN * len(niks)
        asked = niks - own if is_its_list else niks
        most, other = max(
            ((len(asked & known), one) for one, known in paid.items() if one not in here), default=(0, "")
        )
        least = max(KNOWN, _MIXED * len(niks)) if is_its_list else _OTHERS * len(niks)
        if most >= least and (is_its_list or _has_a_list(conn, code, others)):
            yield Broken(OTHERS, field, _others_reason(code, other, most, len(own), len(niks)))
            return


def _has_a_list(conn: psycopg.Connection[Any], code: str, others: Sequence[Other]) -> bool:
    """Whether anybody is paid by a programme, in a list whose people these are not."""
    for one in (one for one in others if programme_field(one.contract)):
        column = sql.Identifier(one.contract.column_of[programme_field(one.contract) or ""])
        rows = conn.execute(
            sql.SQL("select distinct {} from {}").format(column, partition_name(one.contract, one.file_id))
        )
        if any(code in programme_codes(text or "") for (text,) in rows):
            return True
    return False


# ------------------------------------------------------------------------------------------------------- what is told
def _named_reason(named: frozenset[str], mine: set[str]) -> Text:
    one, other = ", ".join(sorted(named)), ", ".join(sorted(mine))
    return to_do(
        NAMED,
        f"the file is named after {one}, its records say {other}.",
        f"nama berkas menyebut {one}, sedangkan isinya {other}.",
    )


def _others_reason(code: str, other: str, most: int, own: int, people: int) -> Text:
    return to_do(
        OTHERS,
        f"of {people} people of {code}, {most} were in the newest list of {other} and {own} in that of {code}: it may"
        f" be the list of {other}.",
        f"dari {people} orang {code}, {most} ada pada daftar {other} terbaru dan {own} pada daftar {code}: mungkin ini"
        f" daftar {other}.",
    )
