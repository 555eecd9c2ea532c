"""Which exports hold an erased person: named, ruled out, or too large to tell."""

from __future__ import annotations

from simpul import database
from simpul.trust import export_keys
from simpul.trust.erasure import exported
from simpul.trust.erasure.persons import Person


def _sketch(values: list[str]) -> tuple[bool, bytes]:
    (key,) = export_keys.live_keys()
    sketch = export_keys.Sketch()
    for value in values:
        sketch.add(export_keys.hash_of(key, value))
    return sketch.result()


def test_a_large_export_that_does_not_tell_is_named_apart(fresh_warehouse, monkeypatch):
    monkeypatch.setattr(export_keys, "SKETCH", 50)
    (key,) = export_keys.live_keys()
    numbers = [f"1274014203{number:06d}" for number in range(1_000, 1_400)]
    numbers.sort(key=lambda number: export_keys.hash_of(key, number))
    below, hers, above = numbers[:200], numbers[200], numbers[201:]
    sketches = {
        1: _sketch([hers, *below[:20]]),
        2: _sketch(above[:20]),
        3: _sketch([hers, *above]),
        4: _sketch([hers, *below]),  # the smallest hashes, which are kept, are all of others
        5: _sketch(above),
    }
    with database.connect() as conn:
        for export, (is_whole, hashes) in sketches.items():
            conn.execute(
                "insert into audit.export (export_id, exported_by, role_name, application, relation, columns,"
                " identity_columns, filter, release_id, key_id) overriding system value"
                " values (%s, 'a', 'a', 'a', 'marts_person.person', '{nik}', '{nik}', '{}', 1, 'a')",
                (export,),
            )
            conn.execute(
                "insert into audit.export_sketch values (%s, 'nik', %s, %s)", (export, is_whole, hashes)
            )
        assert exported.forget(conn, Person(1, [7], numbers=[hers])) == ([1, 3], [4])
        assert exported.forget(conn, Person(1, [7], numbers=[hers])) == ([], [4])
