"""Registers are as the migrations made them: each way around a register that needs no right is told by `simpul access
check`.
"""

from __future__ import annotations

import json
import re

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from simpul import database
from simpul.database import connect
from simpul.stack import postgres
from simpul.trust import shape

WAYS = {
    "create rule r as on insert to audit.gate_result do instead nothing": ("audit.gate_result", "rule r does"),
    "alter table audit.waiver drop constraint waiver_takes_two_people":
        ("audit.waiver", "constraint waiver_takes_two_people is gone"),
    "alter table audit.waiver alter column asked_by drop not null": ("audit.waiver", "column asked_by is gone"),
    "alter table audit.ledger enable trigger append_only":
        ("audit.ledger", "trigger append_only is not as its migration made it"),
    "drop trigger keep on audit.export": ("audit.export", "trigger keep is gone"),
    "alter table audit.release_input disable trigger all": ("audit.release_input", "check of references was added"),
    "create policy z on audit.gate_result for select to auditor using (false)":
        ("audit.gate_result", "policy z was added"),
    "create function raw.tg() returns trigger language plpgsql as 'begin new.nama := null; return new; end';"
    " create table raw.dinsos__dtks__x (nama text);"
    " create trigger tg before insert on raw.dinsos__dtks__x for each row execute function raw.tg()":
        ("raw.dinsos__dtks__x", "trigger tg was put on it by hand"),
    "create or replace function audit.keep_export() returns trigger language plpgsql as 'begin return new; end'":
        ("audit.keep_export()", "body is not as its migration made it"),
    "grant execute on all functions in schema audit to bi_reader":
        ("audit.keep_export()", "caller bi_reader was added"),
    "grant select on audit.gate_result to auditor with grant option":
        ("audit.gate_result", "auditor may give select on"),
    "alter default privileges in schema audit grant execute on functions to public":
        ("default privileges in audit", "everybody will be given execute on functions made there"),
    "alter default privileges grant execute on functions to public":
        ("default privileges", "everybody will be given execute on functions that the owner makes"),
    "alter role bi_reader in database {database} set simpul.release_id = '1'":
        ("sessions of bi_reader", "simpul.release_id is set, and nobody declared it"),
    "alter database {database} set simpul.release_id = '1'":
        ("sessions of everybody", "simpul.release_id is set, and nobody declared it"),
    "alter role bi_reader in database {database} set log_min_duration_statement = 0":
        ("sessions of bi_reader", "log_min_duration_statement is set, and nobody declared it"),
}  # fmt: skip


@pytest.fixture(scope="module")
def migrated(cloned_warehouse, tmp_path_factory):
    with cloned_warehouse(tmp_path_factory.mktemp("shape")) as settings:
        yield settings


@pytest.fixture
def conn(migrated):
    with connect() as conn:
        yield conn
        conn.rollback()


@pytest.fixture
def administrator(migrated):
    with database._open(postgres.dsn(database=conninfo_to_dict(migrated.dsn)["dbname"])) as conn:
        yield conn
        conn.rollback()


def found(conn: psycopg.Connection) -> list[tuple[str, str]]:
    return [(one.subject, one.problem) for one in shape.found(conn)]


def test_the_declared_shape_is_that_of_a_migrated_warehouse(conn, tmp_path):
    now = shape.shape(conn)
    written = tmp_path / "shape.json"
    written.write_text(json.dumps(now, indent=1, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8")
    assert now == shape.declared(), f"after a new migration: cp {written} include/simpul/trust/shape.json"
    assert found(conn) == []


@pytest.mark.parametrize("statement", WAYS)
def test_every_way_around_a_register_is_told(conn, administrator, statement):
    subject, problem = WAYS[statement]
    if statement.startswith(("alter role", "alter database")) or "trigger all" in statement:
        conn = administrator
    for one in re.sub(r"\{database\}", conn.info.dbname, statement).split("; create "):
        conn.execute(one if one.startswith(("create", "alter", "drop", "grant")) else f"create {one}")
    told = found(conn)
    assert any(of == subject and said.startswith(problem) for of, said in told), told


def test_a_setting_that_only_makes_a_session_slower_is_nobodys_business(administrator):
    conn = administrator
    conn.execute(f"alter role bi_reader in database {conn.info.dbname} set work_mem = '1MB'")
    assert found(conn) == []
