"""Who is meant: the numbers, the records and their addresses, by what identity decided."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from simpul import vault
from simpul.blanking import Sought, letters
from simpul.blanking.sought import MASK
from simpul.errors import SimpulError
from simpul.files import write_whole
from simpul.release import catalog

# a person may be known by several numbers: each that became part of another
_NUMBERS = """
with recursive up as (
    select %(asked)s::bigint as person_id
    union
    select r.to_person_id from up join identity.person_redirect r using (person_id)),
root as (
    select person_id from up
    where not exists (select from identity.person_redirect r where r.person_id = up.person_id)),
family as (
    select person_id from root
    union
    select r.person_id from family join identity.person_redirect r on r.to_person_id = family.person_id)
select person_id from family order by 1
"""
# what later releases gave to somebody else is not the person's
_KEYS = """
select record_key from identity.link where person_id = any(%(ids)s)
union
select record_key from {records} as told where person_id = any(%(ids)s)
    and not exists (select from identity.link l where l.record_key = told.record_key and l.person_id <> all(%(ids)s))
"""
_NO_NIKS = ("missing", "placeholder", "temporary", "is_kk_number", "rounded", "scientific_notation")

_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True)
class Address:
    """Where a record stands: ``sheet`` is empty in a text file."""

    dataset: str
    file_id: str
    sheet: str
    row: int


@dataclass
class Person:
    """The plan of an erasure. Holds values: kept in the vault while it runs, then forgotten.

    Attributes:
        erasure: number; 0 before it has one.
        ids: numbers of the person.
        keys: record keys.
        items: dataset and source key, as stewards' decisions name them.
        addresses: of the records.
        numbers: NIKs; ``shared``: those that others carry too; ``minor``: those that fewer of the person's records
            carry than another, so each may be a slip, and somebody else's own.
        names: as `letters` gives them.
        cards, births: numbers of family cards and birth dates (ISO) that stand in the person's records.
        files: archived contents that were written anew: sha256 before → after.
        paths: delivered copies whose names hold a number of the person: before → after.
    """

    erasure: int
    ids: list[int]
    keys: list[str] = field(default_factory=list)
    items: list[tuple[str, str]] = field(default_factory=list)
    addresses: list[Address] = field(default_factory=list)
    numbers: list[str] = field(default_factory=list)
    shared: list[str] = field(default_factory=list)
    minor: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    cards: list[str] = field(default_factory=list)
    births: list[str] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)
    paths: dict[str, str] = field(default_factory=dict)

    @property
    def sought(self) -> Sought:
        """For looking into files."""
        return Sought(*map(frozenset, (self.numbers, self.shared, self.names, self.cards, self.births)))

    def learn(self, numbers: Iterable[str | None], names: Iterable[str | None]) -> None:
        """Further spellings that stand in the person's own records."""
        for name in map(letters, filter(None, names)):
            if name and name not in self.names:
                self.names.append(name)
        self.numbers += sorted({n for n in numbers if n} - set(self.numbers))

    def is_named_in(self, text: str) -> bool:
        """Whether a name of at least two words stands in a text."""
        words = set(letters(text).split())
        return any(len(name.split()) > 1 and words.issuperset(name.split()) for name in self.names)

    def unnamed(self, text: str) -> str:
        """A name of a file without the person's own numbers and, where it names them, without the words of the name."""
        text = self.unnumbered(text)
        if self.is_named_in(text):
            words = {word for name in self.names for word in name.split() if len(word) > 2}
            text = _WORD.sub(lambda word: "X" * len(word[0]) if letters(word[0]) in words else word[0], text)
        return text

    def unnumbered(self, text: str) -> str:
        """A text without the person's own numbers, parted or not, also among other digits."""
        text = self.sought.masked(text.encode("utf-8", "surrogateescape")).decode("utf-8", "surrogateescape")
        for number in self.sought.own:
            text = text.replace(number, MASK)
        return text

    def keep(self) -> None:
        """Into the vault, whole or not at all."""
        text = json.dumps(asdict(self), ensure_ascii=False)
        write_whole(_plan(self.erasure), text)

    def forget(self) -> None:
        """The plan is done with."""
        _plan(self.erasure).unlink(missing_ok=True)


def _plan(erasure: int) -> Path:
    return vault.path(f"erasing-{erasure}")


def planned(erasure: int) -> Person | None:
    """The plan of an erasure that was begun."""
    text = vault.read(f"erasing-{erasure}")
    if not text:
        return None
    told = json.loads(text)
    told["addresses"] = [Address(**one) for one in told["addresses"]]
    told["items"] = [(dataset, key) for dataset, key in told["items"]]
    return Person(**told)


def find(conn: psycopg.Connection[Any], person_id: int) -> Person:
    """All that is known of a person by their number.

    Raises:
        SimpulError: there is no such person, or no release was ever built.
    """
    row = conn.execute(
        "select substring(anchor from '^#(erased|removed) ') from identity.person_key where person_id = %s",
        (person_id,),
    ).fetchone()
    if row is None:
        raise SimpulError(
            f"there is no person {person_id}",
            code="unknown_person",
            hint="marts_person.person tells the numbers",
        )
    if row[0] == "removed":
        raise SimpulError(
            f"person {person_id} has left already: nobody spoke of them for longer than anything is kept",
            code="erased", hint="`identity.removed` in the ledger says when: simpul retention",
        )  # fmt: skip
    if row[0]:
        raise SimpulError(
            f"person {person_id} is erased already", code="erased", hint="see `simpul erase --list`"
        )
    ids = [found for (found,) in conn.execute(_NUMBERS, {"asked": person_id}).fetchall()]
    person = Person(0, ids)
    has_release = catalog.exists(conn, "release", "person_record")
    empty = "(select null::text as record_key, null::bigint as person_id where false)"
    records = "release.person_record" if has_release else empty
    keys = conn.execute(sql.SQL(_KEYS.replace("{records}", records)), {"ids": ids}).fetchall()  # type: ignore[arg-type]
    person.keys = sorted(key for (key,) in keys)
    _read_records(conn, person, has_release)
    _read_names(conn, person, has_release)
    return person


def releases(conn: psycopg.Connection[Any]) -> list[int]:
    """All of them: with the release, primary keys find a person without reading their tables."""
    return [number for (number,) in conn.execute("select release_id from audit.release")]


def _read_records(conn: psycopg.Connection[Any], person: Person, has_release: bool) -> None:
    """Addresses and items: as they stand now, and as kept releases tell of files that were replaced since."""
    parts = []
    if catalog.exists(conn, "intermediate", "int_person_record"):
        parts.append(
            "select record_key, dataset, source_key, file_id, sheet, row from intermediate.int_person_record"
        )
    if has_release:
        parts.append(
            "select record_key, dataset, source_key, file_id, sheet, row from release.person_record"
            " where _release_id = any(%(releases)s)"
        )
    if not parts:
        return
    told = sql.SQL(" union all ").join(map(sql.SQL, parts))  # type: ignore[arg-type]
    rows = conn.execute(
        sql.SQL(
            "select distinct dataset, source_key, file_id, coalesce(sheet, ''), row from ({}) as told"
            " where record_key = any(%(keys)s)"
        ).format(told),
        {"keys": person.keys, "releases": releases(conn)},
    ).fetchall()
    person.items = sorted({(dataset, key) for dataset, key, *_ in rows})
    person.addresses = sorted(
        {Address(r[0], r[2], r[3], r[4]) for r in rows}, key=lambda one: (one.file_id, one.sheet, one.row)
    )


def _read_names(conn: psycopg.Connection[Any], person: Person, has_release: bool) -> None:
    numbers = [
        nik
        for (nik,) in conn.execute(
            "select nik from identity.person_nik where person_id = any(%s)", (person.ids,)
        )
    ]
    names: list[str] = []
    if catalog.exists(conn, "intermediate", "int_person_record"):
        told = conn.execute(
            "select distinct case when nik_status <> all(%s) then nik end, name, no_kk, birth_date::text"
            " from intermediate.int_person_record where record_key = any(%s)",
            (list(_NO_NIKS), person.keys),
        ).fetchall()
        numbers += [nik for nik, *_ in told]
        names += [name for _, name, *_ in told]
        person.cards = sorted({card for _, _, card, _ in told if card and len(card) == 16 and card.isdigit()})
        person.births = sorted({day for *_, day in told if day})
    if has_release:
        told = conn.execute(
            "select distinct case when nik_status <> all(%s) then nik end, name from release.person"
            " where _release_id = any(%s) and person_id = any(%s)",
            (list(_NO_NIKS), releases(conn), person.ids),
        ).fetchall()
        numbers += [nik for nik, _ in told]
        names += [name for _, name in told]
    person.learn([nik for nik in numbers if nik and len(nik) == 16 and nik.isdigit()], names)


def mark_shared(conn: psycopg.Connection[Any], person: Person) -> None:
    """Which of the numbers others carry too, by identity and as the number of a family card; and which are minor."""
    shared: set[str] = set()
    carried: dict[str, int] = {}
    if catalog.exists(conn, "intermediate", "int_person_record"):
        shared |= {
            nik
            for (nik,) in conn.execute(
                "select distinct nik from intermediate.int_person_record where nik = any(%(niks)s)"
                " and record_key <> all(%(keys)s)"
                " union select no_kk from intermediate.int_person_record where no_kk = any(%(niks)s)",
                {"niks": person.numbers, "keys": person.keys},
            )
        }
        carried = dict(
            conn.execute(
                "select nik, count(*) from intermediate.int_person_record"
                " where nik = any(%s) and record_key = any(%s) group by nik",
                (person.numbers, person.keys),
            ).fetchall()
        )
    shared |= {
        nik
        for (nik,) in conn.execute(
            "select nik from identity.person_nik where nik = any(%s) and person_id <> all(%s)",
            (person.numbers, person.ids),
        )
    }
    person.shared = sorted(shared)
    most = max(carried.values(), default=0)
    person.minor = sorted(number for number in person.numbers if carried.get(number, 0) < most)
