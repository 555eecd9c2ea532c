"""A waiver takes two people and an end; while it holds the rule warns, and every report says so."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from simpul import gate
from simpul.database import connect
from simpul.errors import SimpulError
from simpul.gate import waivers
from simpul.ledger import Decision
from tests.landing.conftest import KKS, kks_row

TODAY = datetime.now(UTC).date()
SITI = Decision("siti", "the agency mends its form in July", "dinas memperbaiki formulirnya bulan Juli")
BUDI = Decision("budi", "seen", "telah dilihat")
RULE = ("dinsos.kks_payment", "jenis_bansos_known")


def five(kind: str = "BERAS MISKIN", stage: str = "Tahap 2 Tahun 2024") -> list[list[str]]:
    """Five payments, the first of a programme that nobody knows."""
    rows = [
        [nik, f"CONTOH {'ABCDEF'[n]}", *rest]
        for n in range(1, 6)
        for nik, _, *rest in [kks_row(n, stage=stage)]
    ]
    rows[0][3] = kind
    return rows


def waive(days: int = 30, **options: object) -> int:
    with connect() as conn:
        number = waivers.ask(conn, *RULE, TODAY + timedelta(days=days), SITI, **options)  # type: ignore[arg-type]
        waivers.approve(conn, number, BUDI)
    return number


def test_a_waived_rule_warns_and_says_why(load, query, fresh_warehouse):
    number = waive()
    file_id = load("dinsos/KKS 2024-06.csv", KKS, five())
    result = gate.gate_file(file_id)
    assert (result.status, result.rows_loaded, result.rows_quarantined) == ("landed", 5, 0)
    told = "select severity, passed, failing, waiver_id from audit.gate_result where rule_code = %s"
    assert query(told, RULE[1]) == [("warn", False, 1, number)]
    for page in (f"landing/{file_id}/index.html", "index.html"):
        text = (fresh_warehouse.reports / page).read_text(encoding="utf-8")
        assert "Dikecualikan sampai" in text and "siti" in text and "budi" in text, page
    assert query("select kind from audit.ledger where kind ^@ 'waiver.' order by event_id") == [
        ("waiver.asked",),
        ("waiver.approved",),
    ]


def test_what_is_asked_for_expired_ended_or_of_elsewhere_does_not_hold(load, query):
    other = waive(region_code="36.01")
    over = waive()
    with connect() as conn:
        waivers.end(conn, over, BUDI)
        waivers.ask(conn, *RULE, TODAY, SITI)
        conn.execute("insert into audit.waiver (door, scope, rule_code, until, asked_by, why, approved_by, approved_at)"
                     " values ('landing', %s, %s, current_date - 1, 'siti', 'x', 'budi', now())", RULE)  # fmt: skip
    assert gate.gate_file(load("dinsos/KKS 2024-06.csv", KKS, five())).rows_quarantined == 1
    with connect() as conn:
        assert [one["status"] for one in waivers.listed(conn)] == ["expired", "asked", "ended", "in_force"]
        assert waivers.in_force(conn, "landing", [RULE[0]], "36.01.05") == {RULE: other}
        assert waivers.in_force(conn, "landing", [RULE[0]], "36.0") == {}


def test_what_is_asked_for_already_is_not_asked_for_again(fresh_warehouse):
    soon = TODAY + timedelta(days=9)
    with connect() as conn:
        number = waivers.ask(conn, *RULE, TODAY, SITI)
        with pytest.raises(
            SimpulError, match=rf"waiver {number} of .* is not answered yet: siti asked"
        ) as caught:
            waivers.ask(conn, *RULE, soon, BUDI)
        assert f"simpul waivers approve {number}" in str(caught.value)
        assert waivers.ask(conn, *RULE, soon, SITI, region_code="36.01") > number, "of another region"
        waivers.approve(conn, number, BUDI)
        with pytest.raises(SimpulError, match=rf"waiver {number} .* in force.*waivers end {number}"):
            waivers.ask(conn, *RULE, soon, SITI)
        waivers.end(conn, number, BUDI)
        assert waivers.ask(conn, *RULE, soon, SITI) > number
        assert [one["status"] for one in waivers.listed(conn)] == ["asked", "asked", "ended"]


def test_the_same_person_cannot_ask_and_approve(fresh_warehouse):
    with connect() as conn:
        number = waivers.ask(conn, *RULE, TODAY, SITI)
        with pytest.raises(SimpulError, match="was asked for by") as caught:
            waivers.approve(conn, number, Decision(" Siti "))
        assert caught.value.code == "two_people"
        with (
            pytest.raises(psycopg.errors.CheckViolation, match="waiver_takes_two_people"),
            conn.transaction(),
        ):
            conn.execute(
                "update audit.waiver set approved_by = 'SITI ', approved_at = now() where waiver_id = %s",
                (number,),
            )
        waivers.approve(conn, number, BUDI)
        with pytest.raises(SimpulError, match="is in_force"):
            waivers.approve(conn, number, BUDI)


def test_who_states_a_name_may_approve_what_another_stated_but_not_what_the_container_asked(fresh_warehouse):
    stated = "{} (menurut sendiri · as stated; simpul)"
    with connect() as conn:
        asked = waivers.ask(conn, *RULE, TODAY, Decision("simpul", "x"))
        with pytest.raises(SimpulError, match="SIMPUL_PERSON"):
            waivers.approve(conn, asked, Decision(stated.format("Budi")))
        number = waivers.ask(conn, *RULE, TODAY, Decision(stated.format("Siti"), "x"), region_code="36.01")
        with pytest.raises(SimpulError, match="was asked for by"):
            waivers.approve(conn, number, Decision(stated.format("siti")))
        waivers.approve(conn, number, Decision(stated.format("Budi")))
        said = "select detail ->> 'by' from audit.ledger where kind like 'waiver.%' order by event_id"
        assert [by for (by,) in conn.execute(said)] == [
            "simpul",
            stated.format("Siti"),
            stated.format("Budi"),
        ]


@pytest.mark.parametrize(
    ("scope", "rule", "days", "decision", "message"),
    [
        ("dinsos.dtks", "no_such_rule", 5, SITI, "has no rule 'no_such_rule' that stops"),
        ("dinsos.dtks", "nik_sex", 5, SITI, "that stops a record or a file"),
        ("fct_poverty", "p0_step", 5, SITI, "that stops a release"),
        ("fct_nothing", "x", 5, SITI, "neither a dataset nor a published table"),
        (*RULE, -1, SITI, "cannot hold until"),
        (*RULE, 400, SITI, "cannot hold until"),
        (*RULE, 5, Decision("siti"), "needs a reason"),
    ],
)
def test_what_cannot_be_waived_is_said(fresh_warehouse, scope, rule, days, decision, message):
    with connect() as conn, pytest.raises(SimpulError, match=message):
        waivers.ask(conn, scope, rule, TODAY + timedelta(days=days), decision)
