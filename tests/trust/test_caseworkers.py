"""A caseworker leaves: by the warehouse's owner, who is no superuser, and with a session still open."""

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from simpul import vault
from simpul.database import connect, warehouse_dsn
from simpul.errors import SimpulError, StackError
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
    vault.read_or_create(f"superset_{NAME}")  # as `simpul bi user` has it
    with psycopg.connect(warehouse_dsn(NAME)) as named:
        assert named.info.user == NAME, "as `simpul dsn --role` says it"
    assert caseworkers.close(NAME, WHY) == ["12.74"]
    with pytest.raises(psycopg.OperationalError):
        inside.execute("select 1")
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(**caseworker)
    with pytest.raises(StackError, match="no role"):
        warehouse_dsn(NAME)
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


@pytest.mark.parametrize(
    "name",
    [
        "admin",
        "secret_key",
        "superset_admin",
        "superset_siti",
        "airflow_admin",
        "pg_siti",
        "notices",
        "erasure_key",  # before anything was erased there is no such secret yet
        "stack_token",
        "bi_reader",
        "Siti",
    ],
)
def test_a_name_that_something_else_has_is_no_caseworkers(ready_warehouse, name):
    """`superset_admin` would be the password of the role and of Superset's administrator."""
    before = {path.name: path.read_text() for path in vault.path("any").parent.iterdir() if path.is_file()}
    with pytest.raises(SimpulError) as refused:
        caseworkers.ensure(name)
    assert refused.value.code == "role_name" and name in str(refused.value)
    assert before == {
        path.name: path.read_text() for path in vault.path("any").parent.iterdir() if path.is_file()
    }
    with connect() as conn:
        made = conn.execute("select from pg_roles where rolname = %s", (name,)).fetchall()
    assert len(made) == (name == "bi_reader")


def test_a_secret_of_something_else_becomes_no_password(ready_warehouse):
    """The owner is a role that is there; of another's there is only the secret."""
    with connect() as conn:
        (owner,) = conn.execute("select current_user").fetchone()
    vault.read_or_create("somebody_elses")
    for name in (owner, "somebody_elses"):
        kept = vault.read(name)
        with pytest.raises(SimpulError) as refused:
            caseworkers.ensure(name)
        assert refused.value.code == "role_taken" and vault.read(name) == kept
    vault.remove("somebody_elses")


@pytest.mark.parametrize("name", ["admin", "superset_admin"])
def test_superset_s_own_secrets_stay_whoever_leaves(ready_warehouse, name):
    """An earlier version took any name, and closing such a role removed the administrator's password."""
    kept = vault.read_or_create("superset_admin")
    with connect() as conn:
        conn.execute(f"create role {name} login in role caseworker")
    try:
        assert caseworkers.close(name, WHY) == []
        assert vault.read("superset_admin") == kept
    finally:
        with connect(autocommit=True) as conn:
            conn.execute(f"drop role {name}")
