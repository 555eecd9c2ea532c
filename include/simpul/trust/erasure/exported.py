"""Exports that hold the person: they are named so that their holders can be told, and forget the person's number."""

from __future__ import annotations

from typing import Any

import psycopg

from simpul.trust import export_keys
from simpul.trust.erasure.persons import Person
from simpul.trust.export_cells import known

_SIZE = 8


def forget(conn: psycopg.Connection[Any], person: Person) -> list[int]:
    """Take the keyed hashes of the person's own numbers and record keys out of the sketches of all exports.

    A sketch of a large export is a sample: an export that is not named may hold the person, too.

    Returns:
        Numbers of the exports that had one.
    """
    texts = {*(set(person.numbers) - set(person.shared)), *person.keys, *(key for _, key in person.items)}
    hashes = {export_keys.hash_of(key, known(text)) for key in export_keys.live_keys() for text in texts}
    exports = set()
    for number, column, content in conn.execute(
        "select export_id, column_name, hashes from audit.export_sketch where column_name <> ''"
    ).fetchall():
        parts = [bytes(content[at : at + _SIZE]) for at in range(0, len(content), _SIZE)]
        left = [part for part in parts if part not in hashes]
        if len(left) < len(parts):
            exports.add(number)
            conn.execute(
                "update audit.export_sketch set hashes = %s where export_id = %s and column_name = %s",
                (b"".join(left), number, column),
            )
    return sorted(exports)
