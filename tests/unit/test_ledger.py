from __future__ import annotations

import os
import pwd
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from simpul import ledger
from simpul.database import LOGIN_ROLES, connect
from simpul.errors import SimpulError
from simpul.settings import Settings
from simpul.stack import postgres


def test_events_form_a_chain(fresh_warehouse: Settings) -> None:
    with connect() as conn:
        assert (
            ledger.append(
                conn, "file.landed", "ab12", {"rows": 3, "share": 0.10, "ünïcode": "é", "none": None}
            )
            == 1
        )
        assert ledger.append(conn, "release.published", "1") == 2
    with connect() as conn:
        rows = conn.execute("select event_id, previous_hash, hash from audit.ledger order by 1").fetchall()
        assert rows[0][1] is None
        assert rows[1][1] == rows[0][2]
        assert ledger.verify(conn) is None


def test_an_event_lives_and_dies_with_the_work_it_tells_of(fresh_warehouse: Settings) -> None:
    with connect() as conn:
        ledger.append(conn, "kept", "x")
        conn.commit()
        ledger.append(conn, "undone", "x")
        conn.rollback()
        assert ledger.append(conn, "next", "x") == 2
        assert ledger.verify(conn) is None


def test_writers_at_the_same_moment_leave_no_gap(fresh_warehouse: Settings) -> None:
    def write(number: int) -> None:
        with connect(autocommit=number % 2 == 0) as conn:
            for _ in range(5):
                ledger.append(conn, "busy", str(number))
                if not conn.autocommit:
                    conn.commit()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(write, range(6)))
    with connect() as conn:
        assert conn.execute("select count(*), max(event_id) from audit.ledger").fetchone() == (30, 30)
        assert ledger.verify(conn) is None


@pytest.mark.parametrize(
    "change", ["update audit.ledger set subject = 'y'", "delete from audit.ledger", "truncate audit.ledger"]
)
@pytest.mark.parametrize("role", [None, *LOGIN_ROLES, "superuser"])
def test_the_ledger_refuses_changes(fresh_warehouse: Settings, change: str, role: str | None) -> None:
    """Roles have no right to; the owner is refused by a trigger, which no session can switch off as a whole."""
    with connect() as conn:
        ledger.append(conn, "x", "x")
    if role == "superuser":
        database = fresh_warehouse.warehouse_address[2]
        conn = psycopg.connect(postgres.dsn(database=database))
        conn.execute("set session_replication_role = replica")
    else:
        conn = connect(role=role)
        conn.execute("set transaction read write")  # readers' sessions begin read-only, by their own choice
    with (
        conn,
        pytest.raises((psycopg.errors.RaiseException, psycopg.errors.InsufficientPrivilege)) as refused,
    ):
        conn.execute(change)
    assert ("append-only" in str(refused.value)) == (role in (None, "superuser"))
    with connect() as conn:
        assert ledger.verify(conn) is None and ledger.is_closed(conn)


@pytest.mark.parametrize(
    ("forgery", "found"),
    [
        ("update audit.ledger set detail = '{\"rows\": 4}' where event_id = 2", 2),
        ("update audit.ledger set at = at + interval '1 microsecond' where event_id = 3", 3),
        ("delete from audit.ledger where event_id = 2", 3),
        ("delete from audit.ledger where event_id = 1", 2),
        ("update audit.ledger set kind = 'ab', subject = 'c' where kind = 'a' and subject = 'bc'", 1),
    ],
)
def test_a_forgery_behind_the_trigger_is_found(fresh_warehouse: Settings, forgery: str, found: int) -> None:
    with connect() as conn:
        ledger.append(conn, "a", "bc")
        ledger.append(conn, "x", "y", {"rows": 3})
        ledger.append(conn, "x", "z")
        conn.execute("alter table audit.ledger disable trigger append_only")
        conn.execute(forgery)
        assert ledger.verify(conn) == found


@pytest.mark.parametrize(
    "said", [{"why": "NIK 1274050209667470 is wrong"}, {"why_id": "nomor 12740502096674 keliru"}]
)
def test_a_reason_with_what_may_be_a_nik_is_refused_for_the_ledger_keeps_it(said):
    with pytest.raises(SimpulError, match="may be a NIK") as caught:
        ledger.Decision(**said)
    assert "12740502096674" not in str(caught.value)
    assert ledger.Decision(why="row 12 of 2024-06-30, file 3a45bb0dc1000b19").why


def test_a_function_that_no_longer_refuses_leaves_the_ledger_open(fresh_warehouse: Settings) -> None:
    with connect() as conn:
        assert ledger.is_closed(conn)
        conn.execute(
            "create or replace function audit.refuse_change() returns trigger language plpgsql as"
            " $$ begin return null; end $$"
        )
        assert not ledger.is_closed(conn)
        conn.rollback()
        conn.execute("drop trigger append_only on audit.ledger")
        conn.execute(
            "create trigger append_only before update on audit.ledger for each statement"
            " when (current_user = 'nobody') execute function audit.refuse_change();"
            " alter table audit.ledger enable always trigger append_only"
        )
        assert not ledger.is_closed(conn)
        conn.rollback()


def test_the_environment_does_not_say_who_somebody_is() -> None:
    name = pwd.getpwuid(os.getuid()).pw_name
    others = dict.fromkeys(("LOGNAME", "USER", "LNAME", "USERNAME", "SUDO_USER"), "ani")
    said = subprocess.run(
        [sys.executable, "-c", "from simpul.ledger import whoami; print(whoami())"],
        env={**os.environ, **others}, capture_output=True, text=True, check=True,
    ).stdout.strip()  # fmt: skip
    assert said == ledger.whoami() != "ani" and (ledger._logged_in() is not None or said == name)


def test_a_stated_name_is_marked_and_counts_only_where_nobody_logged_in() -> None:
    name = pwd.getpwuid(os.getuid()).pw_name

    def said(person: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", "from simpul.ledger import whoami; print(whoami())"],
            env={**os.environ, "SIMPUL_PERSON": person}, capture_output=True, text=True, check=False,
        )  # fmt: skip

    is_login = ledger._logged_in() is not None
    stated = f"Ani Lubis (menurut sendiri · as stated; {name})"
    assert said(" Ani  Lubis ").stdout.strip() == (ledger.whoami() if is_login else stated)
    assert said("").stdout.strip() == ledger.whoami()
    for person in ("Ani (root)", "1274010101900001", "a" * 61, "Ani; Budi"):
        refused = said(person)
        assert refused.returncode and "SIMPUL_PERSON" in refused.stderr and person not in refused.stderr


@pytest.mark.parametrize(
    ("one", "other", "are_two"),
    [
        ("ani", "budi", True),
        ("ani", " ANI", False),
        ("Ani (menurut sendiri · as stated; simpul)", "Budi (menurut sendiri · as stated; simpul)", True),
        ("Ani (menurut sendiri · as stated; simpul)", "ani (menurut sendiri · as stated; simpul)", False),
        ("Ani (menurut sendiri · as stated; simpul)", "ani (menurut sendiri · as stated; uid 7)", False),
        ("Ani (menurut sendiri · as stated; simpul)", "simpul", False),
        ("simpul", "Ani (menurut sendiri · as stated; simpul)", False),
        ("simpul (menurut sendiri · as stated; simpul)", "Ani (menurut sendiri · as stated; simpul)", False),
        ("Ani (menurut sendiri · as stated; simpul)", "budi", True),
    ],
)
def test_a_stated_name_is_no_second_person_beside_its_process(one: str, other: str, are_two: bool) -> None:
    assert ledger.are_two(one, other) is ledger.are_two(other, one) is are_two


def test_who_logged_in_stays_who_they_are_behind_sudo(tmp_path) -> None:
    told = tmp_path / "loginuid"
    told.write_text("1000")
    assert ledger._logged_in(told) == 1000
    told.write_text("4294967295")  # a service, a container
    assert ledger._logged_in(told) is None and ledger._logged_in(tmp_path / "none") is None
