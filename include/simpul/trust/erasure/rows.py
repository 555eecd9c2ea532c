"""Rows of a person in ``raw`` and in quarantine, released or not: by address, by number, by number and name."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import sql

from simpul.blanking import letters
from simpul.blanking.columns import is_own_record
from simpul.blanking.sought import anywhere
from simpul.contract import Contract, load_contracts
from simpul.landing.persons import birth_columns, card_columns, number_columns, of_persons
from simpul.landing.refusing import digits, records_where
from simpul.release import catalog
from simpul.trust.erasure.persons import Person

Place = tuple[str, int]
"""Sheet (empty in a text file) and row."""


@dataclass
class Rows:
    """What was found.

    Attributes:
        loaded: file → places in its table.
        aside: file → places in quarantine.
        dropped: file → places that only kept releases tell of: its table is gone.
        texts: (file, sheet, row) → dataset (empty: from quarantine) and all its cells, for its fingerprint.
        others: file → places of rows with one of the person's numbers that are another's, and stay.
        doubtful: (file, sheet, row) → a record in quarantine with such a number; its file decides.
    """

    loaded: dict[str, set[Place]] = field(default_factory=lambda: defaultdict(set))
    aside: dict[str, set[Place]] = field(default_factory=lambda: defaultdict(set))
    dropped: dict[str, set[Place]] = field(default_factory=lambda: defaultdict(set))
    texts: dict[tuple[str, str, int], tuple[str, str]] = field(default_factory=dict)
    others: dict[str, set[Place]] = field(default_factory=lambda: defaultdict(set))
    doubtful: dict[tuple[str, str, int], str] = field(default_factory=dict)

    @property
    def of_others(self) -> int:
        """How many rows with one of the person's numbers stay."""
        return sum(map(len, self.others.values())) + len(self.doubtful)

    def of(self, file_ids: list[str], *, others: bool = False) -> dict[str | None, set[int]]:
        """Sheet → rows of one content, under whatever numbers it was received: the person's, or those of others."""
        found: dict[str | None, set[int]] = defaultdict(set)
        for file_id in file_ids:
            for of_kind in (self.others,) if others else (self.loaded, self.aside, self.dropped):
                for sheet, row in of_kind.get(file_id, ()):
                    found[sheet].add(row)
        return found

    def settle_doubtful(self, file_id: str, blanked: Collection[Place]) -> None:
        """Records in quarantine whose row was blanked in the file are the person's."""
        for place in [one for one in self.doubtful if one[0] == file_id and one[1:] in blanked]:
            self.aside[file_id].add(place[1:])
            self.texts[place] = "", self.doubtful.pop(place)


def find(conn: psycopg.Connection[Any], person: Person) -> Rows:
    """One scan of each table of a dataset about persons. Learns the spellings that stand in the person's rows."""
    rows = Rows()
    known = {(one.file_id, one.sheet, one.row) for one in person.addresses}
    known |= _repeated(conn, person)
    for contract in of_persons().values():
        for table in _tables(conn, contract):
            _search(conn, contract, table, person, known, rows)
    _quarantined(conn, person, known, rows)
    for file_id, sheet, row in known:
        if (sheet, row) not in rows.loaded[file_id] | rows.aside[file_id]:
            rows.dropped[file_id].add((sheet, row))
    return rows


def _tables(conn: psycopg.Connection[Any], contract: Contract) -> list[str]:
    """The table of a dataset, and those of its files that are no part of it (not judged yet, withdrawn)."""
    return [
        name
        for (name,) in conn.execute(
            "select relname from pg_class where relnamespace = 'raw'::regnamespace and not relispartition"
            " and (relname = %(table)s or starts_with(relname, %(table)s || '__')) order by 1",
            {"table": contract.table},
        )
    ]


def _search(
    conn: psycopg.Connection[Any],
    contract: Contract,
    table: str,
    person: Person,
    known: set[tuple[str, str, int]],
    rows: Rows,
) -> None:
    at = [(file_id, row) for file_id, _, row in known]
    tests = [sql.SQL("(_file_id, _row) in (select * from unnest(%(files)s::text[], %(rows)s::bigint[]))")]
    tests += [sql.SQL("{} = any(%(numbers)s)").format(digits(name)) for name in number_columns(contract)]
    if birth_columns(contract):
        tests += [sql.SQL("{} = any(%(cards)s)").format(digits(name)) for name in card_columns(contract)]
    keys = _decision_columns(contract)
    tests += [
        sql.SQL("({}, {}) in (select * from unnest(%(datasets)s::text[], %(keys)s::text[]))").format(
            sql.Identifier(dataset), sql.Identifier(key)
        )
        for dataset, key in keys
    ]
    found = records_where(
        conn,
        sql.Identifier("raw", table),
        contract,
        tests,
        {
            "files": [file_id for file_id, _ in at],
            "rows": [row for _, row in at],
            "numbers": person.numbers,
            "cards": person.cards,
            "datasets": [dataset for dataset, _ in person.items],
            "keys": [key for _, key in person.items],
        },
    )
    others = _of_others(conn, person, [(file_id, row) for file_id, _, row, *_ in found])
    sought = person.sought
    for file_id, sheet, row, told, called, cards, days, text in found:
        is_known = (file_id, sheet, row) in known
        carried = set(told) & set(person.numbers)
        is_told = sought.is_told([*filter(None, [*called, *cards, *days])])
        if not is_known and not carried and not is_told and not keys:
            continue  # the same row number of another sheet, or another of the same card
        is_named = any(letters(name) in person.names for name in called if name)
        is_own = (
            is_told
            or bool(carried - set(person.shared))
            or (bool(carried) and is_named)
            or (bool(keys) and not carried)
        )
        if not is_known and ((file_id, sheet, row) in others or not is_own):
            rows.others[file_id].add((sheet, row))
            continue
        rows.loaded[file_id].add((sheet, row))
        rows.texts[file_id, sheet, row] = contract.dataset, text
        if is_known:
            person.learn((), called)


def _decision_columns(contract: Contract) -> list[tuple[str, str]]:
    """Columns in which a steward's decision names a record: dataset and key."""
    fields = {"dataset_rujukan": [], "kunci_sumber": []}  # type: dict[str, list[str]]
    for column in contract.columns:
        if column.field in fields:
            fields[column.field].append(column.column)
    return list(zip(*fields.values(), strict=True))


def _of_others(
    conn: psycopg.Connection[Any], person: Person, places: list[tuple[str, int]]
) -> set[tuple[str, str, int]]:
    """Those of some places at which identity knows a record of somebody else."""
    if not places or not catalog.exists(conn, "intermediate", "int_person_record"):
        return set()
    return {
        (file_id, sheet, row)
        for file_id, sheet, row in conn.execute(
            "select file_id, coalesce(sheet, ''), row from intermediate.int_person_record"
            " where (file_id, row) in (select * from unnest(%s::text[], %s::bigint[])) and record_key <> all(%s)",
            ([file_id for file_id, _ in places], [row for _, row in places], person.keys),
        )
    }


def _repeated(conn: psycopg.Connection[Any], person: Person) -> set[tuple[str, str, int]]:
    """Rows of a list that say once more what a record of the person says: staging gives them the same key."""
    found: set[tuple[str, str, int]] = set()
    by_dataset: dict[str, list[str]] = defaultdict(list)
    for dataset, key in person.items:
        by_dataset[dataset].append(key)
    for dataset, keys in by_dataset.items():
        table = f"stg_{dataset.replace('.', '__')}"
        if catalog.exists(conn, "staging", table):
            found |= {
                tuple(row)
                for row in conn.execute(
                    sql.SQL(
                        "select _file_id, coalesce(_sheet, ''), _row from {} where source_key = any(%s)"
                    ).format(sql.Identifier("staging", table)),
                    (keys,),
                )
            }
    return found - _of_others(conn, person, [(file_id, row) for file_id, _, row in found])


def _quarantined(
    conn: psycopg.Connection[Any], person: Person, known: set[tuple[str, str, int]], rows: Rows
) -> None:
    sought = person.sought
    for file_id, sheet, row, text, dataset in _aside(conn, person, known):
        if (file_id, sheet, row) in known or is_own_record(json.loads(text), sought, dataset):
            rows.aside[file_id].add((sheet, row))
            rows.texts[file_id, sheet, row] = "", text
        else:
            rows.doubtful[file_id, sheet, row] = text


def _aside(
    conn: psycopg.Connection[Any], person: Person, known: set[tuple[str, str, int]]
) -> Iterator[tuple[str, str, int, str, str | None]]:
    """Rows with one of the numbers, parted or not, or at one of the addresses."""
    at = list(known)
    yield from conn.execute(
        "select distinct file_id, coalesce(sheet, ''), \"row\", raw::text, dataset"
        " from quarantine.row join audit.file using (file_id)"
        " where raw is not null and (raw::text ~ %(numbers)s"
        ' or (file_id, "row") in (select * from unnest(%(files)s::text[], %(rows)s::bigint[])))',
        {
            "numbers": anywhere(person.numbers),
            "files": [file_id for file_id, _, _ in at],
            "rows": [row for _, _, row in at],
        },
    ).fetchall()


def raw_of_others(conn: psycopg.Connection[Any], file_id: str, places: list[Place]) -> list[int]:
    """Row numbers of those places at which the file's table in ``raw`` holds a record."""
    row = conn.execute("select dataset from audit.file where file_id = %s", (file_id,)).fetchone()
    contract = load_contracts().get(row[0] or "") if row else None
    if contract is None or not places or not catalog.exists(conn, "raw", f"{contract.table}__{file_id}"):
        return []
    found = conn.execute(
        sql.SQL(
            "select distinct _row from {} where (coalesce(_sheet, ''), _row) in"
            " (select * from unnest(%s::text[], %s::bigint[])) order by 1"
        ).format(sql.Identifier("raw", f"{contract.table}__{file_id}")),
        ([sheet for sheet, _ in places], [row for _, row in places]),
    ).fetchall()
    return [number for (number,) in found]
