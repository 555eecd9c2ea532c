"""Exports that hold the person: they are named so that their holders can be told, and forget the person's numbers.

The person is asked for in every column that tells whom a row is about. A number that is theirs alone tells; one that
others have too does not. An export is ruled out where a column that says of each row whose it is does not have the
person; of all others it cannot be told, and that is said.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import psycopg

from simpul.identifying import By, by, tells_whom, whose
from simpul.release import catalog
from simpul.trust import export_keys
from simpul.trust.erasure.persons import Person, releases
from simpul.trust.export_cells import known

_SIZE = 8
_SAYS_OF_EACH = re.compile(
    r"(nik|person_id|record_key)(_[ab])?|compared_with|evidence_record_key|other_person_id"
)
"""Columns that say of each row whose it is: whom they do not have is not there. Others may be empty."""
_HASHED = re.compile(r"#([0-9a-f]{16})")
_EXPORTS = """
select export_id, relation, columns, release_id, key_id, filter from audit.export where rows > 0 order by export_id
"""
_SKETCHES = """
select column_name, is_whole, hashes from audit.export_sketch where export_id = %s and column_name <> ''
"""
_PERSONS_OF_THEN = """
select other_person_id from identity.person_event where person_id = any(%(ids)s)
union select person_id from identity.person_event where other_person_id = any(%(ids)s)
"""
_FAMILIES = """
select family_id, bool_or(person_id <> all(%(ids)s)) from identity.link
where family_id in (select family_id from identity.link where person_id = any(%(ids)s)) group by family_id
"""
_CARDS_OF_OTHERS = """
select distinct no_kk from intermediate.int_person_record where no_kk = any(%(texts)s) and record_key <> all(%(keys)s)
"""
_LISTED_OTHERS = """
select distinct source_key from {} where source_key = any(%(texts)s) and record_key <> all(%(keys)s)
"""
_NIKS_OF_THEN = """
select distinct nik from release.person where _release_id = any(%(releases)s) and person_id = any(%(ids)s)
"""
_NIK_SINCE = "select min(since_release) from identity.person_nik where person_id = any(%(ids)s)"


class Exports(NamedTuple):
    """Numbers of exports.

    Attributes:
        hold: those that hold the person.
        large: their sketches hold the smallest hashes alone, and so do not tell.
        unknown: others of which it cannot be told: written before all such columns were kept, with names but without
            numbers, with a number that others have too, or of a key that is gone.
    """

    hold: list[int]
    large: list[int]
    unknown: list[int]


@dataclass(frozen=True)
class Asked:
    """By what a person is asked for.

    Attributes:
        own: what is theirs alone.
        shared: what others have, too.
        nik_since: the first release that knew a NIK of theirs; None: no release did.
    """

    own: dict[By, set[str]]
    shared: dict[By, set[str]]
    nik_since: int | None


@dataclass(frozen=True)
class _Column:
    """What is kept of a column of an export: of few values all hashes, of many the smallest."""

    name: str
    is_whole: bool
    hashes: list[bytes]
    is_filter: bool = False

    def meets(self, texts: set[bytes]) -> bool:
        """Whether one of them is among its values."""
        return not texts.isdisjoint(self.hashes)

    def would_show(self, texts: set[bytes]) -> bool:
        """Whether each of them would be seen if it were there."""
        return self.is_whole or all(one <= self.hashes[-1] for one in texts)


def asked(conn: psycopg.Connection[Any], person: Person) -> Asked:
    """What is known of the person, before it is deleted."""
    values: dict[str, Any] = {"ids": person.ids, "keys": person.keys, "releases": releases(conn)}

    def found(query: str, texts: Iterable[str] = ()) -> set[str]:
        rows = conn.execute(query.encode(), {**values, "texts": sorted(texts)}).fetchall()
        return {str(text) for (text,) in rows if text is not None}

    numbers, sources, cards = set(person.numbers), {key for _, key in person.items}, set(person.cards)
    families = conn.execute(_FAMILIES, values).fetchall()
    shared = {
        By.NIK: set(person.shared),
        By.PERSON: found(_PERSONS_OF_THEN)
        - set(map(str, person.ids)),  # under whom records of theirs once stood
        By.FAMILY: {str(number) for number, has_others in families if has_others},
        By.SOURCE: set(),
        By.CARD: set(),
    }
    if catalog.exists(conn, "intermediate", "int_person_record"):
        shared[By.SOURCE] |= found(_LISTED_OTHERS.format("intermediate.int_person_record"), sources)
        shared[By.CARD] |= found(_CARDS_OF_OTHERS, cards)
    if catalog.exists(conn, "release", "person_record"):
        shared[By.SOURCE] |= found(_LISTED_OTHERS.format("release.person_record"), sources)
        shared[By.NIK] |= found(_NIKS_OF_THEN) - numbers  # no number of theirs, and shown as one
    own = {
        By.NIK: numbers - shared[By.NIK],
        By.PERSON: set(map(str, person.ids)),
        By.FAMILY: {str(number) for number, _ in families} - shared[By.FAMILY],
        By.SOURCE: sources - shared[By.SOURCE],
        By.CARD: cards - shared[By.CARD],
        By.RECORD: set(person.keys),
    }
    row = conn.execute(_NIK_SINCE, values).fetchone()
    return Asked(own, shared, row[0] if row else None)


def forget(conn: psycopg.Connection[Any], asked: Asked) -> Exports:
    """Take the keyed hashes of what is the person's alone out of all sketches; which exports hold the person."""
    told = Exports([], [], [])
    keys = {export_keys.name_of(key): key for key in export_keys.live_keys()}
    for number, relation, columns, release_id, key_id, chosen_by in conn.execute(_EXPORTS).fetchall():
        telling = {name for name in (*columns, *chosen_by) if tells_whom(relation.rpartition(".")[2], name)}
        key = keys.get(key_id)
        if not telling:
            continue
        if key is None:
            told.unknown.append(number)
            continue
        own, shared = (
            {kind: _hashed(key, texts) for kind, texts in of.items()} for of in (asked.own, asked.shared)
        )
        kept = [*_kept(conn, number), *_chosen(key, chosen_by)]
        meeting = [one for one in kept if one.meets(own.get(_kind(one.name), set()))]
        for column in meeting:
            _forget(conn, number, column, own[_kind(column.name)])
        if meeting:
            told.hold.append(number)
            continue
        says = [one for one in kept if _SAYS_OF_EACH.fullmatch(one.name)]
        if not (asked.nik_since and asked.nik_since <= release_id):  # another number may have been shown then
            says = [one for one in says if by(one.name) != By.NIK]
        texts = {kind: own[kind] | shared.get(kind, set()) for kind in own}
        says = [one for one in says if texts[_kind(one.name)] and not one.meets(texts[_kind(one.name)])]
        out = {whose(one.name) for one in says if one.would_show(texts[_kind(one.name)])}
        left = {whose(name) for name in telling} - out
        if left:
            (told.large if left <= {whose(one.name) for one in says} else told.unknown).append(number)
    return told


def _kind(column: str) -> By:
    found = by(column)
    assert found is not None
    return found


def _hashed(key: bytes, texts: Iterable[str]) -> set[bytes]:
    return {export_keys.hash_of(key, known(text)) for text in texts}


def _kept(conn: psycopg.Connection[Any], number: int) -> Iterator[_Column]:
    for name, is_whole, content in conn.execute(_SKETCHES, (number,)).fetchall():
        yield _Column(
            name, is_whole, [bytes(content[at : at + _SIZE]) for at in range(0, len(content), _SIZE)]
        )


def _chosen(key: bytes, chosen_by: dict[str, str]) -> Iterator[_Column]:
    """What an export was filtered by is a column of one value; before it was hashed it was kept as it is."""
    for name, value in chosen_by.items():
        if by(name):
            hashed = _HASHED.fullmatch(value)
            one = bytes.fromhex(hashed[1]) if hashed else export_keys.hash_of(key, known(value))
            yield _Column(name, True, [one], is_filter=True)


def _forget(conn: psycopg.Connection[Any], number: int, column: _Column, texts: set[bytes]) -> None:
    if not column.is_filter:  # which is part of the register, and is only added to
        conn.execute(
            "update audit.export_sketch set hashes = %s where export_id = %s and column_name = %s",
            (b"".join(one for one in column.hashes if one not in texts), number, column.name),
        )
