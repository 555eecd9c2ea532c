"""`simpul access`: a caseworker sees nobody until somebody grants a region, and says why."""

from __future__ import annotations

import json

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from typer.testing import CliRunner

from simpul.cli import app
from simpul.database import connect, warehouse_dsn

QUERY = "select count(*) from marts_person.person"
WHY = ("--reason", "verification of May", "--reason-id", "verifikasi Mei")


def access(*words: str, code: int = 0) -> str:
    done = CliRunner().invoke(app, ["access", *words])
    assert done.exit_code == code, done.output
    return done.output


def test_a_region_is_granted_and_taken_back_with_the_reason(shop):
    shop.publish()
    assert "none: sees nobody" in access("list")
    assert shop.ask(QUERY, role="caseworker") == [(0,)]
    access("grant", "caseworker", "12.07", *WHY)
    assert "as before" in access("grant", "caseworker", "12.07", *WHY)
    (seen,) = shop.ask("select count(*), min(region_code) from marts_person.person", role="caseworker")
    assert seen[0] > 0 and seen[1] == "12.07.01"
    (row,) = json.loads(access("list", "--json"))
    assert (row["role_name"], row["region_code"], row["region"]) == (
        "caseworker",
        "12.07",
        "Kabupaten Deli Serdang",
    )
    assert "no such right" in access("revoke", "caseworker", "12", *WHY)
    access("revoke", "caseworker", "12.07", "--reason", "it is done")
    assert shop.ask(QUERY, role="caseworker") == [(0,)]
    told = shop.ask(
        "select kind, subject, detail ->> 'region_code', detail ->> 'why' from audit.ledger"
        " where kind like 'access.%' order by event_id",
        role="auditor",
    )
    assert told == [
        ("access.granted", "caseworker", "12.07", "verification of May"),
        ("access.revoked", "caseworker", "12.07", "it is done"),
    ]


@pytest.mark.parametrize("region", ["12.99", "1274", "Medan", "12.74.", "12.99.01.1001"])
def test_only_a_region_of_today_is_granted(shop, region):
    access("grant", "caseworker", region, *WHY, code=1)
    assert shop.ask("select * from audit.person_region_grant") == []


def test_only_who_reads_persons_is_granted_a_region_and_a_reason_is_needed(shop):
    access("grant", "bi_reader", "12.74", *WHY, code=1)
    access("grant", "nobody_there", "12.74", *WHY, code=1)
    access("grant", "caseworker", "12.74", code=1)
    assert shop.ask("select * from audit.person_region_grant") == []


def test_a_login_of_a_person_has_regions_of_its_own(shop):
    shop.publish()
    with connect(autocommit=True) as conn:
        conn.execute("create role siti_test login password 'x' in role caseworker")
    try:
        access("grant", "siti_test", "12.07", *WHY)
        assert shop.ask(QUERY, role="caseworker") == [(0,)]
        assert "siti_test" in access("list")
        address = make_conninfo(warehouse_dsn("caseworker"), user="siti_test", password="x")
        with psycopg.connect(address) as conn:
            assert conn.execute(QUERY).fetchone() != (0,)
    finally:
        with connect(autocommit=True) as conn:
            conn.execute("drop role siti_test")
