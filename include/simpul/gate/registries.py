"""Numbers of a registry that another list repeats: whether they are of the people beside whom they stand, and of that
registry at all.

What officers found of a record is known by its number alone. Where the numbers slid by one row, or are another
registry's, the deceased are other people.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

import psycopg
from psycopg import sql

from simpul.contract import Contract, Text
from simpul.gate.persons import KNOWN, Broken, Other, nik_of, sampled, to_do
from simpul.predicates import cell_of
from simpul.render import partition_name

OTHERS, UNKNOWN = "delivery_ids_of_others", "delivery_ids_unknown"

_FEW = 5
_OF_OTHERS = 0.20  # officers mend numbers of people, but not of so many
_UNKNOWN = 0.80  # people came and left since; of another registry's numbers hardly one is known

BOUNDS: dict[str, dict[str, float]] = {
    OTHERS: {"known": KNOWN, "few": _FEW, "share": _OF_OTHERS},
    UNKNOWN: {"known": KNOWN, "share": _UNKNOWN},
}
"""Rule → the numbers that decide, for the register of rules."""

_ID, _REGISTRY = "id_sumber", "registri"
_NUMBERS: dict[str, dict[str, tuple[str, ...]]] = {
    "DTKS": {"dinsos.dtks": ("id_dtks",)},
    "P3KE": {
        "dinsos.p3ke_person": ("id_individu", "id_keluarga"),
        "dinsos.p3ke_family": ("id_keluarga",),
    },
    "PBDT": {"dinsos.pbdt2015": ("id_keluarga", "id_individu")},
}
"""Registry, as its name begins → the lists that have its numbers, and in which fields; the others have none."""


def rules_of(contract: Contract) -> tuple[str, ...]:
    """Codes of the rules; none where records name no registry."""
    return (OTHERS, UNKNOWN) if {_ID, _REGISTRY, "nik"} <= contract.column_of.keys() else ()


def judge_registry_ids(
    conn: psycopg.Connection[Any],
    contract: Contract,
    file: dict[str, Any],
    records: int,
    others: Sequence[Other],
) -> tuple[list[Broken], dict[str, int]]:
    """Which rules the numbers break, and how many each looked at.

    Args:
        conn: autocommit connection.
        contract: the file's dataset.
        file: its row of ``audit.file``.
        records: how many it has.
        others: `persons.other_deliveries`.
    """
    looked_at = dict.fromkeys(rules_of(contract), 0)
    # a layout that is always of one registry may have the numbers of an older one
    if not looked_at or _REGISTRY not in ((file["structure"] or {}).get("columns") or {}).values():
        return [], looked_at
    broken: list[Broken] = []
    for registry, people in _told(conn, contract, file["file_id"], records).items():
        if len(people) < KNOWN:
            continue
        lists = {
            name: [one for one in others if one.contract.dataset in datasets]
            for name, datasets in _NUMBERS.items()
        }
        own = lists.pop(registry)
        if own:
            broken += _held_against(conn, registry, people, own, file["region_code"], looked_at)
        else:
            broken += _of_another(conn, people, lists, looked_at)
    return broken, looked_at


def _told(
    conn: psycopg.Connection[Any], contract: Contract, file_id: str, records: int
) -> dict[str, dict[str, str | None]]:
    """Registry → number → NIK."""
    registry, number = (cell_of(contract.column_of[name]) for name in (_REGISTRY, _ID))
    rows = conn.execute(
        sql.SQL("select upper({}), {}, {} from {}").format(
            registry, number, nik_of(conn, contract), sampled(contract, file_id, records)
        )
    ).fetchall()
    told: defaultdict[str, dict[str, str | None]] = defaultdict(dict)
    for name, one, nik in rows:
        of = next((known for known in _NUMBERS if (name or "").startswith(known)), None)
        if of and one:
            told[of][one] = nik
    return told


def _held_against(
    conn: psycopg.Connection[Any],
    registry: str,
    people: dict[str, str | None],
    lists: Sequence[Other],
    region: str | None,
    looked_at: dict[str, int],
) -> Iterator[Broken]:
    """Numbers of the registry that is named: beside whom they stand in its lists, and whether these know them."""
    known = _known(conn, registry, lists, [*people])
    both = [(nik, known[number]) for number, nik in people.items() if nik and known.get(number)]
    strange = sum(nik not in niks for nik, niks in both)
    looked_at[OTHERS] += len(both)
    if len(both) >= KNOWN and strange > max(_FEW, _OF_OTHERS * len(both)):
        yield Broken(OTHERS, _ID, _others_reason(strange, len(both), _asked(lists)))
    if any(_is_of(conn, one, region) for one in lists):
        looked_at[UNKNOWN] += len(people)
        unknown = len(people) - len(known)
        if unknown >= _UNKNOWN * len(people):
            yield Broken(UNKNOWN, _REGISTRY, _unknown_reason(unknown, len(people), _asked(lists)))


def _of_another(
    conn: psycopg.Connection[Any],
    people: dict[str, str | None],
    lists: dict[str, list[Other]],
    looked_at: dict[str, int],
) -> Iterator[Broken]:
    """Numbers of a registry that nobody has delivered: whether they are another one's, of these very people."""
    looked_at[UNKNOWN] += len(people)
    for registry, of in lists.items():
        known = _known(conn, registry, of, [*people])
        same = sum(nik in known.get(number, ()) for number, nik in people.items())
        if same >= _UNKNOWN * len(people):
            yield Broken(UNKNOWN, _REGISTRY, _of_another_reason(same, len(people), _asked(of)))
            return


def _is_of(conn: psycopg.Connection[Any], other: Other, region: str | None) -> bool:
    """Whether a list is of all the region: of a part of it many numbers are rightly unknown."""
    row = conn.execute("select region_code from audit.file where file_id = %s", (other.file_id,)).fetchone()
    whole = row[0] if row else None
    return region is None or whole is None or region == whole or region.startswith(f"{whole}.")


def _known(
    conn: psycopg.Connection[Any], registry: str, lists: Sequence[Other], numbers: Sequence[str]
) -> dict[str, set[str]]:
    """Which of the numbers lists of a registry have, and beside whose NIKs."""
    known: defaultdict[str, set[str]] = defaultdict(set)
    for one in lists:
        fields = _NUMBERS[registry][one.contract.dataset]
        for column in (column.column for column in one.contract.columns if column.field in fields):
            cell = cell_of(column)
            for number, nik in conn.execute(
                sql.SQL("select distinct {}, {} from {} where {} = any(%s)").format(
                    cell, nik_of(conn, one.contract), partition_name(one.contract, one.file_id), cell
                ),
                (list(numbers),),
            ):
                known[number] |= {nik} - {None}
    return dict(known)


# ------------------------------------------------------------------------------------------------------- what is told
def _asked(lists: Sequence[Other]) -> str:
    return ", ".join(one.told for one in lists)


def _others_reason(strange: int, both: int, asked: str) -> Text:
    return to_do(
        OTHERS,
        f"of {both} numbers that {asked} knows, {strange} are there somebody else's: a column may have slid.",
        f"dari {both} nomor yang dikenal {asked}, {strange} di sana milik orang lain: satu kolom mungkin bergeser.",
    )


def _unknown_reason(unknown: int, numbers: int, asked: str) -> Text:
    return to_do(
        UNKNOWN,
        f"{unknown} of {numbers} numbers are not in {asked}: they may be another registry's.",
        f"{unknown} dari {numbers} nomor tidak ada dalam {asked}: mungkin nomor registri lain.",
    )


def _of_another_reason(same: int, numbers: int, asked: str) -> Text:
    return to_do(
        UNKNOWN,
        f"{same} of {numbers} numbers are those of the same people in {asked}: the registry named is another one.",
        f"{same} dari {numbers} nomor adalah milik orang yang sama dalam {asked}: registri yang disebut bukan itu.",
    )
