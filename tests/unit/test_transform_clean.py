"""Messages of dbt and PostgreSQL without what they quote."""

from __future__ import annotations

import pytest

from simpul.transform_child import clean

RAISED = """Database Error in model person (models/marts/beneficiary/person.sql)
  null value in column "person_id" of relation "person__dbt_tmp" violates not-null constraint
  DETAIL:  Failing row contains (1, 2024-07-01, null, 1274015203900001, SITI AMINAH).
  compiled code at /tmp/x/run/simpul/models/person.sql"""

CAST = '''Database Error in model stg_dinsos__dtks (models/staging/dinsos/stg_dinsos__dtks.sql)
  invalid input syntax for type integer: "SITI AMINAH"
  LINE 12:     'SITI AMINAH'::int
               ^
  CONTEXT:  COPY raw, line 3, column nama: "SITI AMINAH"'''

TWICE = """Database Error in model x (models/x.sql)
  duplicate key value violates unique constraint "person_pkey"
  DETAIL:  Key (nik)=(1274015203900001) already exists."""


@pytest.mark.parametrize("message", [RAISED, CAST, TWICE])
def test_no_value_is_left(message):
    told = clean(message)
    for value in ("SITI", "AMINAH", "1274015203900001"):
        assert value not in told


def test_what_helps_is_kept():
    assert 'null value in column "person_id" of relation "person__dbt_tmp" violates' in clean(RAISED)
    assert "invalid input syntax for type integer: …" in clean(CAST)
    assert 'unique constraint "person_pkey"' in clean(TWICE)
    assert clean('relation "staging.nowhere" does not exist') == 'relation "staging.nowhere" does not exist'


def test_a_long_number_is_hidden_even_when_nothing_quotes_it():
    assert (
        clean("value 1274015203900001 is out of range for type integer")
        == "value … is out of range for type integer"
    )


def test_nothing_to_say():
    assert clean(None) == clean("") == ""
