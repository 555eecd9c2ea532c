"""Keys and indexes of empty tables are made when the rows are there: the same ones, and they are asked."""

from __future__ import annotations

import psycopg
import pytest

from simpul.database import connect
from simpul.identity.bulk import keys_afterwards
from simpul.identity.writing import FILLED

MADE = """
select conrelid::regclass::text, conname, pg_get_constraintdef(oid) from pg_constraint
where connamespace = 'identity'::regnamespace
union all
select tablename::text, indexname, indexdef from pg_indexes where schemaname = 'identity' order by 1, 2, 3
"""
ROW = "insert into identity.family_key (family_id, no_kk, created_release) values (1, '12', 1)"


@pytest.fixture
def warehouse(fresh_warehouse):
    with connect() as conn:
        yield conn


def made(conn: psycopg.Connection) -> list[tuple]:
    return conn.execute(MADE).fetchall()


def test_keys_and_indexes_are_as_before(warehouse):
    before = made(warehouse)
    with keys_afterwards(warehouse, FILLED):
        assert len(made(warehouse)) < len(before) - 10
        warehouse.execute(ROW)
    assert made(warehouse) == before


def test_a_table_that_has_rows_keeps_its_keys(warehouse):
    warehouse.execute(ROW)
    with (
        pytest.raises(psycopg.errors.UniqueViolation),
        keys_afterwards(warehouse, ["identity.family_key"]),
    ):
        warehouse.execute(ROW)


def test_what_breaks_a_key_is_refused_and_all_is_as_before(warehouse):
    before = made(warehouse)
    warehouse.commit()
    with (
        pytest.raises(psycopg.errors.UniqueViolation),
        keys_afterwards(warehouse, ["identity.family_key"]),
    ):
        warehouse.execute(ROW)
        warehouse.execute(ROW)
    warehouse.rollback()
    assert made(warehouse) == before
