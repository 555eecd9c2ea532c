"""Which exports hold an erased person: named, ruled out, too large to tell, or such that nobody can tell."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from simpul import database
from simpul.identifying import IDENTIFYING, tells_whom
from simpul.trust import export_keys
from simpul.trust.erasure import exported
from simpul.trust.erasure.persons import Person
from simpul.trust.export_cells import known

HERS = "1274014203000001"
PERSON = Person(
    1, [7, 8], keys=["dinsos.dtks|a|2024"], items=[("dinsos.dtks", "6013010000000007")], numbers=[HERS]
)


@pytest.fixture
def conn(fresh_warehouse) -> Iterator[psycopg.Connection[Any]]:
    with database.connect() as conn:
        conn.execute(
            "insert into identity.person_key (person_id, anchor, created_release) values (7, 'a', 1)"
        )
        conn.execute("insert into identity.person_nik values (%s, 7, 2)", (HERS,))
        yield conn
        conn.rollback()


def _hash(value: str) -> bytes:
    return export_keys.hash_of(export_keys.live_keys()[0], known(value))


def _export(
    conn: psycopg.Connection[Any],
    columns: dict[str, list[str]],
    *,
    table: str = "marts_person.person",
    filter: dict[str, str] | None = None,
    release_id: int = 2,
    unkept: tuple[str, ...] = (),
    key_id: str | None = None,
) -> int:
    row = conn.execute(
        "insert into audit.export (exported_by, role_name, application, relation, columns, identity_columns, filter,"
        " release_id, key_id, rows, finished_at) values ('a', 'a', 'a', %s, %s, '{}', %s, %s, %s, 9, now())"
        " returning export_id",
        (
            table, list(columns), Jsonb(filter or {}), release_id,
            key_id or export_keys.name_of(export_keys.live_keys()[0]),
        ),
    ).fetchone()  # fmt: skip
    assert row is not None
    for name, values in columns.items():
        if name not in unkept and tells_whom(table.rpartition(".")[2], name):
            sketch = export_keys.Sketch()
            for value in values:
                sketch.add(_hash(value))
            conn.execute(
                "insert into audit.export_sketch values (%s, %s, %s, %s)", (row[0], name, *sketch.result())
            )
    return int(row[0])


def _asked(conn: psycopg.Connection[Any]) -> exported.Asked:
    return exported.asked(conn, PERSON)


def test_a_large_export_that_does_not_tell_is_named_apart(conn, monkeypatch):
    monkeypatch.setattr(export_keys, "SKETCH", 50)
    # by a key that is another in each run: of many enough there are some before her and more behind
    numbers = sorted((HERS, *(f"1274014203{number:06d}" for number in range(1_000, 21_000))), key=_hash)
    place = numbers.index(HERS)
    numbers = numbers[max(0, place - 30) : place + 60]
    place = numbers.index(HERS)
    monkeypatch.setattr(export_keys, "SKETCH", max(1, place - 5))
    small, above = numbers[place + 1 : place + 3], numbers[place + 1 :]
    assert place > 20 and len(above) > place, "a fair place for the test"
    found = [
        _export(conn, {"nik": values})
        for values in ([HERS, *numbers[:3]], small, [HERS, *above], numbers[: place + 1], above)
    ]
    assert exported.forget(conn, _asked(conn)) == ([found[0], found[2]], [found[3]], [])
    assert exported.forget(conn, _asked(conn)) == ([], [found[3]], []), "they have forgotten her"


@pytest.mark.parametrize(
    ("columns", "value"),
    [
        (("nik", "name"), HERS),
        (("person_id",), "7"),
        (("person_id", "nik"), "8"),
        (("record_key",), "dinsos.dtks|a|2024"),
        (("source_key", "file_id"), "6013010000000007"),
        (("person_id_a", "person_id_b"), "7"),
        (("record_key", "evidence_record_key"), "dinsos.dtks|a|2024"),
        (("record_key", "suggested_nik"), HERS),
    ],
)
def test_whatever_number_of_theirs_an_export_holds_it_is_named_and_forgets_it(conn, columns, value):
    """In the last of them; the others are of somebody else."""
    where = columns[-2] if columns[-1] in ("name", "file_id", "nik") else columns[-1]
    number = _export(conn, {name: ["x", value] if name == where else ["x"] for name in columns})
    assert exported.forget(conn, _asked(conn)) == ([number], [], [])
    kept = conn.execute("select hashes from audit.export_sketch where column_name = %s", (where,)).fetchone()
    assert kept is not None and kept[0] == _hash("x"), "and nobody else's"


@pytest.mark.parametrize(
    ("columns", "options", "is_told"),
    [
        (["name", "address", "birth_date"], {}, False),
        (["source_key"], {}, False),
        (["no_kk"], {}, False),
        (["nik"], {}, True),
        (["nik"], {"release_id": 1}, False),  # before a NIK of hers was known: another may have been shown
        (["person_id", "nik"], {"unkept": ("person_id",)}, True),
        (["person_id", "source_key"], {"unkept": ("person_id", "source_key")}, False),  # of before
        (["record_key", "compared_with"], {"unkept": ("compared_with",)}, False),
        (["name"], {"filter": {"person_id": "9"}}, True),  # of before: kept as it was asked
        (["name"], {"filter": {"region_code": "12.74"}}, False),
        (["person_id_a", "name_b"], {}, False),
        (["person_id_a", "name_b", "record_key_b"], {}, True),
        (["region_code", "sex"], {}, True),  # nobody is named
        (["person_id"], {"key_id": "gone"}, False),
        (["person_id"], {"table": "marts.fct_program_enrollment", "unkept": ("person_id",)}, False),
        (["name"], {"table": "marts.dim_region"}, True),
    ],
)
def test_an_export_is_ruled_out_only_by_what_says_of_each_row_whose_it_is(conn, columns, options, is_told):
    number = _export(conn, {name: ["x"] for name in columns}, **options)
    assert exported.forget(conn, _asked(conn)) == ([], [], [] if is_told else [number])


def test_what_an_export_was_filtered_by_tells_too(conn):
    asked = [
        _export(conn, {"name": ["x"]}, filter={"nik": f"#{_hash(nik).hex()}"}) for nik in (HERS, "1" * 16)
    ]
    plain = _export(conn, {"name": ["x"]}, filter={"person_id": "7"})
    assert exported.forget(conn, _asked(conn)) == ([asked[0], plain], [], [])


def test_a_number_that_others_have_does_not_tell(conn):
    """A NIK that a relative was sent with; the person under whom her record once stood."""
    conn.execute(
        "insert into identity.person_key (person_id, anchor, created_release) values (3, 'b', 1);"
        " insert into identity.person_event (release_id, kind, person_id, other_person_id, records, explanation,"
        " explanation_id) values (1, 'split', 3, 7, 1, 'x', 'x')"
    )
    shared = Person(1, [7], numbers=[HERS], shared=[HERS])
    found = [
        _export(conn, {"nik": [HERS]}),
        _export(conn, {"person_id": ["3"]}),
        _export(conn, {"person_id": ["4"]}),
    ]
    assert exported.forget(conn, exported.asked(conn, shared)) == ([], [], found[:2])


def test_every_kind_of_column_can_be_asked(conn):
    assert {exported.by(name) for name in IDENTIFYING} <= {*_asked(conn).own, exported.By.TEXT}
