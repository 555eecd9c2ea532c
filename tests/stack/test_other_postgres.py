"""``SIMPUL_DSN``: somebody else's PostgreSQL ≥ 15, with the rights that its administrator chose to give."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from typer.testing import CliRunner

from sample import write_sample
from sample.bps import write_bps_sample
from simpul import database, pipeline, vault
from simpul import release as releases
from simpul.cli import app
from simpul.errors import ContractBreach, StackError
from simpul.settings import Settings
from simpul.stack import postgres
from simpul.trust import checking
from tests.release.conftest import deliver, publish
from tests.stack.conftest import ROOT, Admin

pytestmark = pytest.mark.stack


def test_with_the_right_to_create_everything_is_made(admin: Admin, home: Settings) -> None:
    admin("create role pemilik login createdb createrole password 'x'")
    database.ensure_database()
    database.ensure_database()
    with database.connect(role="bi_reader") as connection:
        row = connection.execute("select current_user, current_setting('TimeZone')").fetchone()
    assert row == ("bi_reader", "UTC")
    assert postgres.status(home) is None, "the embedded server is not started for it"


def test_a_missing_database_without_the_right_to_make_it(admin: Admin, home: Settings) -> None:
    admin("create role pemilik login password 'x'")
    with pytest.raises(StackError, match=r"'gudang' does not exist and 'pemilik' may not .* create database"):
        database.ensure_database()


def test_missing_roles_without_the_right_to_make_them(admin: Admin, home: Settings) -> None:
    admin("create role pemilik login password 'x'")
    admin("create database gudang owner pemilik")
    with pytest.raises(StackError, match=r"may not make the roles bi_reader.* create role bi_reader login"):
        database.ensure_database()


def test_roles_that_the_administrator_made(admin: Admin, home: Settings) -> None:
    admin("create role pemilik login password 'x'")
    admin("create database gudang owner pemilik")
    for role in database.LOGIN_ROLES:
        admin(f"create role {role} login password 'given'")
    admin("grant loader, transformer to pemilik")
    database.ensure_database()
    with pytest.raises(StackError, match="password of role 'auditor' is not known here"):
        database.warehouse_dsn("auditor")
    vault.path("auditor").write_text("given\n")
    database.connect(role="auditor").close()


def test_a_database_of_somebody_else(admin: Admin, home: Settings) -> None:
    admin("create role pemilik login createrole password 'x'")
    admin("create database gudang")
    with pytest.raises(StackError, match="does not own database 'gudang'"):
        database.ensure_database()


def test_an_old_server_is_refused(admin: Admin, home: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    admin("create role pemilik login createdb password 'x'")
    monkeypatch.setattr(database, "MINIMUM_VERSION", 990000)
    with pytest.raises(StackError, match=r"runs PostgreSQL \d+, Simpul needs"):
        database.ensure_database()


def test_reads_about_persons_are_told_from_the_log_of_another_server(
    admin: Admin, home: Settings, other_server: str, log: Path, eventually
) -> None:
    """In the zone of that server; where it is quiet, once an administrator lets the owner speak; else it is said."""
    admin("alter system set log_timezone = 'Asia/Jakarta'")
    admin("select pg_reload_conf()")
    admin("create role pemilik login createdb createrole password 'x'")
    database.ensure_database()
    deliver("aaaaaaaaaaaaaaaa")
    publish()
    asked = ["access", "reads", "--json", "--since", f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}"]

    def told(log: Path = log) -> list[tuple[str, str]]:
        done = CliRunner().invoke(app, [*asked, "--log", str(log)])
        assert done.exit_code == 0, done.output
        found = json.loads(done.output)
        assert all(one["at"].endswith("+00:00") or one["at"].endswith("Z") for one in found)
        return [(one["role"], one["relation"]) for one in found]

    def look() -> None:
        with database.connect(role="steward", autocommit=True) as steward:
            steward.execute("select * from marts_person.person").fetchall()

    look()
    eventually(lambda: told() == [("steward", "person")])
    nowhere = CliRunner().invoke(app, asked)
    assert nowhere.exit_code == 1 and "is not here" in nowhere.output and "--log FILE" in nowhere.output
    missing = CliRunner().invoke(app, [*asked, "--log", str(home.home / "nothing")])
    assert (
        missing.exit_code == 1
        and "FileNotFoundError" in missing.output
        and "log_line_prefix" in missing.output
    )
    bare = home.home / "bare.log"
    bare.write_text(
        "".join(f"[1] LOG:{line.partition('LOG:')[2]}\n" for line in log.read_text().splitlines())
    )
    unread = CliRunner().invoke(app, [*asked, "--log", str(bare)])
    assert unread.exit_code == 1 and "of none it can be told when" in unread.output

    def silence() -> list[str]:
        with database.connect() as conn:
            return [one.hint for one in checking.check(conn) if "leaves no line" in one.problem]

    assert silence() == []
    admin("alter database gudang set log_min_messages = 'fatal'")
    look()
    (hint,) = silence()
    admin(hint.removeprefix("let an administrator run: "))
    database.ensure_database()
    look()
    assert silence() == []
    eventually(lambda: told() == [("steward", "person")] * 2)
    admin("alter system reset log_timezone")


# ------------------------------------------------------------------------------------------------- the whole pipeline
def simpul(*words: str, code: int = 0) -> str:
    """The command line in this process, whose dbt and whose connections are at hand."""
    done = CliRunner().invoke(app, words)
    assert done.exit_code == code, done.output
    return done.stdout


def simpul_alone(*words: str) -> str:
    """The command line in a process of its own, as a person's shell would run it."""
    done = subprocess.run(
        [sys.executable, "-m", "simpul.cli", *words], cwd=ROOT, text=True, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.slow
def test_a_city_is_published_on_somebody_elses_server(admin: Admin, home: Settings) -> None:
    """Owner is an ordinary login that may make roles and databases, as managed services give it; no superuser."""
    admin("create role pemilik login createdb createrole password 'x'")
    write_sample(home.inbox, people=1000, seed=5)
    shutil.rmtree(home.inbox / "bps")
    write_bps_sample(home.inbox, years=[2022, 2023])
    told = json.loads(simpul_alone("run", "--json"))
    assert {file["status"] for file in told["files"]} == {"landed"}
    release = told["release"]
    assert release["is_new"] and release["rows"]["dim_beneficiary"] > 500
    # what only an administrator may set there, and what `verify` says of it: tests/stack/test_canaries.py
    for wanted in ("alter database", "grant set on parameter log_min_messages"):
        silence = [one["problem"] for one in json.loads(simpul("verify", "--json", code=1))["findings"]]
        assert silence and all(f"let an administrator run: {wanted}" in one for one in silence)
        for problem in silence:
            admin(problem.partition("let an administrator run: ")[2])
    assert json.loads(simpul("verify", "--json"))["findings"] == []
    with database.connect(role="bi_reader") as reader:
        assert reader.execute("select count(*) from marts.rpt_poverty_position").fetchone() == (18,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            reader.execute("select * from marts_person.person")
    with database.connect(role="caseworker") as worker:
        assert worker.execute("select count(*) from marts_person.person").fetchone() == (0,)

    # the ways back: a file, a release, and what upkeep takes away
    withdrawn = next(file for file in told["files"] if file["dataset"] == "dinsos.kks_payment")
    simpul("withdraw", withdrawn["file_id"], "--reason", "test")
    assert json.loads(simpul("run", "--json"))["release"]["is_new"]
    assert (
        json.loads(simpul("rollback", "--reason", "tried", "--json"))["release_id"] == release["release_id"]
    )
    releases.rollback(release["release_id"] + 1)
    assert releases.retire_old(0, 0)["waiting"] == 0
    assert releases.drop_old_rows(0)["files"] == [], "the release before is made from the withdrawn file"
    with pytest.raises(ContractBreach, match="overdue"):  # lists of 2024: each lateness calls once
        pipeline.step_maintain()
    pipeline.step_maintain()
    assert json.loads(simpul("verify", "--json"))["findings"] == []
    with database.connect() as owner:
        assert owner.execute("select usesuper from pg_user where usename = current_user").fetchone() == (
            False,
        )
