"""Exports that hold the person: they are named so that their holders can be told, and forget the person's number."""

from __future__ import annotations

from typing import Any, NamedTuple

import psycopg

from simpul.trust import export_keys
from simpul.trust.erasure.persons import Person
from simpul.trust.export_cells import known

_SIZE = 8


class Exports(NamedTuple):
    """Numbers of exports.

    Attributes:
        hold: those that hold the person.
        may_hold: large ones, whose sketch holds the smallest hashes alone and so does not tell.
    """

    hold: list[int]
    may_hold: list[int]


def forget(conn: psycopg.Connection[Any], person: Person) -> Exports:
    """Take the keyed hashes of the person's own numbers and record keys out of the sketches of all exports."""
    texts = {*(set(person.numbers) - set(person.shared)), *person.keys, *(key for _, key in person.items)}
    hashes = {export_keys.hash_of(key, known(text)) for key in export_keys.live_keys() for text in texts}
    hold, may_hold = set(), set()
    for number, column, is_whole, content in conn.execute(
        "select export_id, column_name, is_whole, hashes from audit.export_sketch where column_name <> ''"
    ).fetchall():
        parts = [bytes(content[at : at + _SIZE]) for at in range(0, len(content), _SIZE)]
        left = [part for part in parts if part not in hashes]
        if len(left) < len(parts):
            hold.add(number)
            conn.execute(
                "update audit.export_sketch set hashes = %s where export_id = %s and column_name = %s",
                (b"".join(left), number, column),
            )
        elif not is_whole and any(one > parts[-1] for one in hashes):
            may_hold.add(number)
    return Exports(sorted(hold), sorted(may_hold - hold))
