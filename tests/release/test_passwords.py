"""`simpul access rotate`: new passwords in the database and in the vault, whatever is killed in between."""

from __future__ import annotations

import logging
import signal
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from typer.testing import CliRunner

from simpul import vault
from simpul.cli import app
from simpul.database import LOGIN_ROLES, connect
from simpul.errors import StackError
from simpul.ledger import Decision
from simpul.stack import postgres
from simpul.trust import passwords

WHY = Decision("tester", "once a quarter", "tiap triwulan")


def who(role: str) -> str:
    with connect(role=role) as conn:
        return str(conn.info.user)


def test_every_role_has_a_new_password_and_open_sessions_go_on(fresh_warehouse, caplog):
    caplog.set_level(logging.DEBUG)
    before = {role: vault.read(role) for role in LOGIN_ROLES}
    with connect(role="bi_reader", autocommit=True) as open_before:
        done = CliRunner().invoke(app, ["access", "rotate", "--reason", "once a quarter"])
        assert done.exit_code == 0, done.output
        assert open_before.execute("select 1").fetchone() == (1,)
    after = {role: vault.read(role) for role in LOGIN_ROLES}
    assert all(after[role] and after[role] != before[role] for role in LOGIN_ROLES)
    assert [who(role) for role in LOGIN_ROLES] == list(LOGIN_ROLES)
    old = psycopg.conninfo.make_conninfo(postgres.dsn(), user="bi_reader", password=before["bi_reader"])
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(old)
    said = done.output + caplog.text
    assert not any(str(secret) in said for secret in (*before.values(), *after.values()))
    with connect() as conn:
        events = conn.execute("select subject, detail ->> 'why', detail::text from audit.ledger").fetchall()
    assert [event[:2] for event in events] == [(role, "once a quarter") for role in LOGIN_ROLES]
    assert not any(str(secret) in event[2] for event in events for secret in after.values())
    assert not list(vault.path("x").parent.glob("*.next*"))


@pytest.mark.parametrize(
    ("last", "is_taken"), [("default_transaction_read_only", False), ("alter role", True)]
)
def test_killed_between_two_steps_nobody_is_locked_out(fresh_warehouse, last, is_taken):
    """SIGKILL before the database has taken the new password: the old one opens; after it: the new one is found."""
    before = vault.read("auditor")
    program = [sys.executable, str(Path(__file__).with_name("crash.py")), "auditor", "-", "rotate", last]
    assert subprocess.run(program).returncode == -signal.SIGKILL
    waiting = vault.waiting("auditor")
    assert vault.read("auditor") == before and waiting not in (None, before)
    assert who("auditor") == "auditor"
    # who found the old one refused has put the new one in its place
    assert vault.read("auditor") == (waiting if is_taken else before)
    assert vault.waiting("auditor") == (None if is_taken else waiting)
    assert passwords.rotate(["auditor"], WHY) == ["auditor"]
    assert (vault.read("auditor") == waiting) != is_taken, (
        "what was begun is ended; what was done is done anew"
    )
    assert who("auditor") == "auditor" and vault.waiting("auditor") is None


def test_the_owner_is_rotated_where_the_vault_keeps_it_and_not_where_the_address_tells_it(warehouse):
    before = vault.read(postgres.OWNER)
    passwords.rotate([postgres.OWNER], WHY)
    assert vault.read(postgres.OWNER) != before
    with connect() as conn:
        assert conn.execute("select user").fetchone() == (postgres.OWNER,)


def test_only_what_is_kept_here_is_changed(fresh_warehouse):
    before = vault.read("auditor")
    for names in (["auditor", "postgres"], ["auditor", postgres.OWNER], ["siti"]):
        with pytest.raises(StackError, match="is not kept here"):
            passwords.rotate(names, WHY)
    assert vault.read("auditor") == before


def test_what_is_sent_is_no_password(fresh_warehouse, monkeypatch):
    """A server that logs statements logs a verifier."""
    sent: list[str] = []
    real = psycopg.Connection.execute

    def watched(self, query, *more, **options):
        sent.append(query.as_string(self) if hasattr(query, "as_string") else str(query))
        return real(self, query, *more, **options)

    monkeypatch.setattr(psycopg.Connection, "execute", watched)
    passwords.rotate(["steward"], WHY)
    [statement] = [text for text in sent if "alter role" in text]
    assert "SCRAM-SHA-256$" in statement and str(vault.read("steward")) not in "".join(sent)
