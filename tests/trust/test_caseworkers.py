"""A caseworker leaves: by the warehouse's owner, who is no superuser, and with a session still open."""

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from simpul import vault
from simpul.database import connect, warehouse_dsn
from simpul.errors import SimpulError
from simpul.ledger import Decision
from simpul.trust import caseworkers, grants

NAME = "petugas_pindah"
WHY = Decision("tester", "moved", "pindah")


@pytest.fixture
def caseworker(ready_warehouse):
    assert caseworkers.ensure(NAME)
    with connect() as conn:
        grants.grant(conn, NAME, "12.74", WHY)
    yield conninfo_to_dict(warehouse_dsn()) | {"user": NAME, "password": vault.read(NAME)}
    with connect(autocommit=True) as conn:
        conn.execute(f"drop role {NAME}")
    for secret in (NAME, f"superset_{NAME}"):
        vault.remove(secret)


def test_nothing_is_left_open(caseworker):
    inside = psycopg.connect(**caseworker, autocommit=True)
    inside.execute("select 1")
    assert caseworkers.close(NAME, WHY) == ["12.74"]
    with pytest.raises(psycopg.OperationalError):
        inside.execute("select 1")
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(**caseworker)
    assert vault.read(NAME) is None
    with connect() as conn:
        members = conn.execute(
            "select count(*) from pg_auth_members where roleid = %s::regrole and inherit_option", (NAME,)
        ).fetchone()
        told = conn.execute("select subject from audit.ledger where kind = 'access.revoked'").fetchall()
    assert (members, told) == ((0,), [(NAME,)]), "the owner is no member afterwards"
    assert caseworkers.close(NAME, WHY) == [], "again: no change"
    assert caseworkers.ensure(NAME) and not caseworkers.ensure(NAME)
    with psycopg.connect(**caseworker | {"password": vault.read(NAME)}) as back:
        back.execute("select 1")


def test_nobody_else_is_closed(ready_warehouse):
    for name in ("steward", "nobody_known"):
        with pytest.raises(SimpulError):
            caseworkers.close(name, WHY)
