"""Notices reach a real webhook and a real mail server on this machine; nothing is told twice or forgotten."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from typer.testing import CliRunner

from simpul import ledger, notices, vault
from simpul.cli import app
from simpul.database import connect
from simpul.errors import SimpulError
from tests.notices.listening import Heard, a_mail_server, a_webhook


@pytest.fixture
def webhook() -> Iterator[Heard]:
    with a_webhook() as heard:
        yield heard


@pytest.fixture
def mail() -> Iterator[Heard]:
    with a_mail_server() as heard:
        yield heard


@pytest.fixture
def wanted(fresh_warehouse) -> Iterator:
    """Writes the addresses; the secrets are those of the whole test session."""

    def write(*lines: str) -> None:
        vault.path(notices.SECRET).write_text("\n".join(lines), encoding="utf-8")

    yield write
    vault.path(notices.SECRET).unlink(missing_ok=True)


def happened(event: str, subject: str, **detail: object) -> None:
    with connect() as conn:
        ledger.append(conn, event, subject, detail)


def test_a_webhook_is_told_once_in_both_languages(webhook, wanted):
    wanted("# kantor", f"json://127.0.0.1:{webhook.port}/simpul")
    late = {
        "dataset": "dinsos.dtks",
        "region_code": "12.74",
        "last_period": "2024-12",
        "expected_by": "2025-01-31",
    }
    happened("delivery.late", "dinsos.dtks of 12.74 after 2024-12", **late)
    happened("access.granted", "caseworker 12.74")  # nobody else's business
    assert notices.send() == 1
    [message] = webhook.messages
    told = message["message"]
    assert (
        "Terlambat: Data Terpadu Kesejahteraan Sosial per orang (DTKS), Kota Tanjungbalai, sesudah 2024-12,"
        " seharusnya diterima 2025-01-31." in told
    )
    assert (
        "Late: Social welfare registry, per person (DTKS), Kota Tanjungbalai, after 2024-12, expected by 2025-01-31."
        in told
    )
    assert "caseworker" not in told
    assert notices.send() == 0 and len(webhook.messages) == 1
    happened("deadline.missed", "build_release/1")
    happened("run.failed", "build_release/1")
    assert notices.send() == 2
    message = webhook.messages[1]["message"]
    assert "DTKS" not in message and "Run failed: build_release/1, see Airflow." in message


def test_what_names_a_late_delivery_is_known_to_every_address(webhook, wanted):
    """Of the nation, of what the house has no name for, and of events of before the parts were kept."""
    wanted(f"json://127.0.0.1:{webhook.port}/simpul")
    due = {"expected_by": "2025-01-31"}
    happened("delivery.late", "a", dataset="bps.poverty_province", region_code="00", last_period=None, **due)
    happened(
        "delivery.late", "b", dataset="dinsos.gone", region_code="12.74.01.9999", last_period="2024", **due
    )
    happened("delivery.late", "dinsos.dtks of 12.74", **due)
    assert notices.send() == 3
    indonesian, english = webhook.messages[0]["message"].split("\n\n")
    for part in (
        "Kemiskinan menurut provinsi (BPS), Indonesia, seharusnya",
        "dinsos.gone, 12.74.01.9999, sesudah 2024,",
    ):
        assert part in indonesian
    assert "Poverty by province (BPS), Indonesia, expected by" in english
    assert "dinsos.dtks of 12.74, ditunggu 2025-01-31." in indonesian


def test_what_could_not_be_sent_is_told_with_the_next(webhook, wanted, caplog):
    wanted(f"json://kantor:rahasia@127.0.0.1:{webhook.port}/simpul")
    happened("deadline.missed", "build_release/1")
    webhook.answer = 500
    with pytest.raises(SimpulError, match=r"not taken by address 1 \(json\) of 1") as raised:
        notices.send()
    assert "rahasia" not in str(raised.value) + caplog.text
    webhook.answer = 200
    assert notices.send() == 1 and len(webhook.messages) == 1


def test_an_address_that_takes_nothing_holds_up_no_other(webhook, mail, wanted):
    wanted(
        f"json://kantor:rahasia@127.0.0.1:{webhook.port}/",
        f"mailto://127.0.0.1:{mail.port}?from=simpul@example.invalid&to=tkpk@example.invalid",
    )
    happened("deadline.missed", "build_release/1")
    webhook.answer = 500
    for _ in range(2):
        with pytest.raises(SimpulError, match=r"not taken by address 1 \(json\) of 2"):
            notices.send()
    assert len(mail.messages) == 1  # once
    happened("deadline.missed", "build_release/2")
    webhook.answer = 200
    assert notices.send() == 2
    assert "build_release/1" in webhook.messages[-1]["message"]
    assert "build_release/1" not in mail.messages[-1]["message"]
    with connect() as conn:
        told = conn.execute("select detail from audit.ledger where kind = 'notice.sent'").fetchall()
    assert len(told) == 2 and "rahasia" not in str(told)


def test_what_waited_for_a_new_password_is_told_with_it(webhook, wanted):
    """Also of days ago, and to an address that never took anything."""
    wanted(f"json://kantor:lama@127.0.0.1:{webhook.port}/")
    webhook.answer = 500
    happened("run.failed", "ingest_bps/1")
    with pytest.raises(SimpulError, match="not taken"):
        notices.send()
    with connect() as conn:
        conn.execute("alter table audit.ledger disable trigger user")
        conn.execute("update audit.ledger set at = at - interval '3 days' where kind = 'run.failed'")
        conn.execute("alter table audit.ledger enable trigger user")
    webhook.answer = 200
    wanted(f"json://kantor:baru@127.0.0.1:{webhook.port}/")
    assert notices.send() == 1 and "ingest_bps/1" in webhook.messages[-1]["message"]
    wanted(f"json://lain:baru@127.0.0.1:{webhook.port}/")  # somebody else: three days ago is history
    assert notices.send() == 0


def test_a_ledger_of_before_knew_an_address_with_its_password(webhook, wanted):
    address = f"json://kantor:rahasia@127.0.0.1:{webhook.port}/?a=b@c"
    wanted(address)
    happened("run.failed", "ingest_bps/1")
    with connect() as conn:
        (last,) = conn.execute("select max(event_id) from audit.ledger").fetchone()
        ledger.append(conn, notices.SENT, "notices", {"up_to": last, "took": [notices._keyed(address)]})
    assert notices.send() == 0
    happened("run.failed", "ingest_bps/2")
    assert notices.send() == 1 and "ingest_bps/1" not in webhook.messages[0]["message"]


def test_a_run_that_is_red_for_what_was_told_is_not_told_again(webhook, wanted):
    wanted(f"json://127.0.0.1:{webhook.port}/")
    with connect() as conn:
        conn.execute(
            "insert into audit.release (release_id, label, status, inputs_hash, owner_run, reason_code)"
            " values (1, 'x', 'refused', 'x', 'build_release/1', 'gate')"
        )
    happened("run.held", "ingest_bps/1", files=1)
    for run in ("ingest_bps/1", "build_release/1", "ingest_bps/2"):
        happened("run.failed", run)
    assert notices.send() == 1, "the third failed for another reason"
    assert "ingest_bps/2" in webhook.messages[-1]["message"]


def test_what_is_no_address_is_not_quoted(wanted):
    wanted("hooks.example.id/services/rahasia")
    happened("run.failed", "ingest_bps/1")
    with pytest.raises(SimpulError, match=r"address 1 \(\?\) of 1") as refused:
        notices.send()
    assert "rahasia" not in str(refused.value)
    assert "1 lines wait" in CliRunner().invoke(app, ["notices", "list"]).output, (
        "it was met, and told nothing"
    )


@pytest.mark.parametrize(
    ("address", "other", "is_same"),
    [
        ("mailtos://a:x@h.id?to=b@h.id&pass=1", "mailtos://a:y@h.id?to=b@h.id&pass=2", True),
        ("mailtos://a:x@h.id?to=b@h.id", "mailtos://a:x@h.id?to=c@h.id", False),
        ("jsons://h.id/simpul", "jsons://h.id/lain", False),
        ("jsons://a:x@h.id/", "jsons://b:x@h.id/", False),
        ("json://[::1", "json://[::1", True),
        ("jsons://h.id/?key=1", "jsons://h.id/?key=2", False),
    ],
)
def test_an_address_is_known_without_its_password(fresh_warehouse, address, other, is_same):
    assert (notices._mark(address) == notices._mark(other)) is is_same


def test_a_held_file_and_a_refused_release_are_told_by_mail(mail, wanted):
    wanted(f"mailto://127.0.0.1:{mail.port}?from=simpul@example.invalid&to=tkpk@example.invalid")
    with connect() as conn:
        conn.execute(
            "insert into audit.file (file_id, sha256, agency, file_name, source_path, bytes, status, reason,"
            " reason_id) values ('f1', repeat('a', 64), 'dinsos', 'DTKS 1274011502030001.csv', 'dinsos/x.csv', 1,"
            " 'held', 'no period', 'tanpa periode')"
        )
        conn.execute(
            "insert into audit.release (release_id, status, reason, reason_id)"
            " values (7, 'refused', 'p0_between is broken', 'p0_between dilanggar'), (8, 'refused', 'left', 'tinggal')"
        )
    happened("file.held", "f1", kind="period")
    happened("release.refused", "7", code="gate")
    happened("release.refused", "8", code="abandoned")
    assert notices.send() == 2
    [message] = mail.messages
    for part in ("Berkas ditahan: DTKS", "tanpa periode", "Rilis 7 ditolak", "p0_between dilanggar"):
        assert part in message["message"].replace("=\n", "")
    assert "1274011502030001" not in message["message"] and "Rilis 8" not in message["message"]


def test_history_is_no_mail_and_many_events_are_counted(webhook, wanted):
    wanted(f"json://127.0.0.1:{webhook.port}/")
    for number in range(notices.MOST + 5):
        happened("deadline.missed", f"run {number}")
    assert notices.send() == notices.MOST + 5
    assert "dan 5 lagi" in webhook.messages[0]["message"]


def test_without_addresses_nothing_is_sent_and_the_command_says_what_to_do(wanted):
    happened("deadline.missed", "build_release/1")
    assert notices.send() == 0
    refused = CliRunner().invoke(app, ["notices", "send"])
    assert refused.exit_code != 0 and "secrets/notices" in refused.output.replace("\n", "")
    listed = CliRunner().invoke(app, ["notices", "list"])
    assert listed.exit_code == 0 and "1 lines wait" in listed.output
