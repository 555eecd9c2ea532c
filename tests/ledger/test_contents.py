"""Rows that landed, and reference data, are what the ledger tells: altered by whoever owns the database, `simpul
verify` tells it, and nothing is built from them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

import psycopg
import pytest
from psycopg import sql
from typer.testing import CliRunner

from simpul import erased, gate, landing, ledger_contents, pipeline, release, seeds, vault
from simpul.cli import app
from simpul.database import connect
from simpul.errors import SimpulError
from simpul.ledger import Decision
from simpul.trust import erasure
from tests.city import City

pytestmark = pytest.mark.slow

WHY = Decision("siti", "a test", "sebuah uji")
DATASETS = {"paid": "dinsos.kks_payment", "people": "dinsos.dtks", "poverty": "bps.poverty_regency"}


@pytest.fixture(scope="module")
def there(city) -> Iterator[City]:
    with city(1) as there:
        yield there


@pytest.fixture
def conn(there) -> Iterator[psycopg.Connection]:
    """What is altered by it is as it was after the test."""
    with connect() as conn:
        yield conn
        conn.rollback()


def file_of(conn: psycopg.Connection, dataset: str) -> str:
    (file_id,) = conn.execute(
        "select min(file_id) from audit.file where dataset = %s and status = 'landed'", (dataset,)
    ).fetchone()
    return file_id


def tables(conn: psycopg.Connection) -> dict[str, str]:
    return {
        name: f"raw.{dataset.replace('.', '__')}__{file_of(conn, dataset)}"
        for name, dataset in DATASETS.items()
    }


def named(conn: psycopg.Connection, statement: str) -> sql.Composed:
    return sql.SQL(statement).format(
        **{name: sql.Identifier(*table.split(".", 1)) for name, table in tables(conn).items()}
    )


def told(conn: psycopg.Connection) -> list[str]:
    return [one.split(" · ")[0] for one in ledger_contents.problems(conn)]


ROW = "ctid = (select min(ctid) from {people})"
EDITS = {
    "update {paid} set nominal = 'Rp 1.250.000' where nominal = (select min(nominal) from {paid})": "paid",
    "update {people} set \"nama\" = 'ORANG LAIN' where " + ROW: "people",
    "update {people} set _row = _row + 1": "people",
    "update {people} as a set nik = b.nik from {people} as b where a._row <> b._row and a._row in (2, 3)"
    " and b._row in (2, 3)": "people",
    "update {people} set _extra = '{{\"Catatan\": \"x\"}}' where " + ROW: "people",
    "delete from {people} where " + ROW: "people",
    "insert into {people} select * from {people} limit 1": "people",
    "with gone as (delete from {people} where _row = 3) insert into {people} select * from {people} where _row = 2":
        "people",
    "update {poverty} set nilai = '1.5' where ctid = (select min(ctid) from {poverty} where nilai is not null)":
        "poverty",
}  # fmt: skip


def test_nothing_is_told_of_a_warehouse_that_nobody_altered(conn):
    assert told(conn) == []
    landed = {
        f"raw.{dataset.replace('.', '__')}__{file_id}"
        for dataset, file_id in conn.execute(
            "select dataset, file_id from audit.file where status in ('landed', 'superseded')"
        )
    }
    held = ledger_contents.said(conn).keys()
    assert landed <= held and {"staging.seed_program_rule", "staging.seed_region"} <= held


@pytest.mark.parametrize("statement", EDITS)
def test_delivered_rows_that_were_altered_are_told_by_their_table(conn, statement):
    assert conn.execute(named(conn, statement)).rowcount > 0, "nothing was altered"
    table = tables(conn)[EDITS[statement]]
    found = told(conn)
    assert [one.split(":")[0] for one in found] == [table], found


def test_the_order_of_rows_and_the_session_do_not_count(conn):
    conn.execute(named(conn, "with gone as (delete from {people} returning *) insert into {people}"
                             " select * from gone order by nik desc"))  # fmt: skip
    conn.execute("set datestyle = 'German, DMY'; set timezone = 'Asia/Jakarta'; set extra_float_digits = 0")
    assert told(conn) == []


def test_a_column_that_a_contract_gained_is_no_alteration_until_somebody_fills_it(conn):
    conn.execute("alter table raw.dinsos__dtks add column baru text")
    assert told(conn) == []
    conn.execute(named(conn, "update {people} set baru = 'x' where " + ROW))
    assert told(conn) == [f"{tables(conn)['people']}: says something else than the ledger tells"]


def test_what_no_event_tells_of_is_held_by_nothing(conn):
    """A ledger from before contents were told."""
    conn.execute("alter table audit.ledger disable trigger append_only")
    conn.execute("update audit.ledger set detail = detail - 'contents'")
    conn.execute(named(conn, "update {people} set nama = 'ORANG LAIN'"))
    assert told(conn) == []


def test_nothing_is_built_of_altered_rows_until_the_file_is_landed_again(there):
    """The finding: 600,000 became 1,200,000 in raw, a build was forced, and the sum was published."""
    amounts = "select sum(amount_idr) from marts.fct_program_enrollment"
    with connect() as conn:
        before = conn.execute(amounts).fetchone()
        file_id = file_of(conn, DATASETS["paid"])
        conn.execute(named(conn, next(iter(EDITS))))
        shown = release.current()
    with pytest.raises(SimpulError, match=f"rows in raw are not those that landed: file {file_id}") as caught:
        pipeline.build("tampered", force=True)
    assert "simpul land --file-id" in caught.value.hint
    with connect() as conn:
        (refused,) = conn.execute(
            "select reason_id from audit.release order by release_id desc limit 1"
        ).fetchone()
        assert refused == f"baris di raw bukan yang mendarat: berkas {file_id}"
        assert conn.execute(amounts).fetchone() == before
    assert release.current() == shown
    found = json.loads(CliRunner().invoke(app, ["verify", "--json"]).stdout)["findings"]
    assert any(f"__{file_id}: says something else" in one["problem"] for one in found)
    assert not any("says something else" in one["problem"] for one in json.loads(
        CliRunner().invoke(app, ["verify", "--json", "--fast"]).stdout)["findings"])  # fmt: skip
    again = landing.reland(file_id)
    assert gate.gate_file(again.file_id).status == "landed"
    _an_altered_table_of_figures_is_landed_again_too()
    assert pipeline.build("mended", force=True).status == "published"
    with connect() as conn:
        assert conn.execute(amounts).fetchone() == before and told(conn) == []
        assert conn.execute(
            "select detail -> 'altered' from audit.ledger where kind = 'file.rows_dropped' and subject = %s",
            (file_id,),
        ).fetchall() == [(True,)]


def _an_altered_table_of_figures_is_landed_again_too() -> None:
    """Of tables of figures a release reads replaced editions, so the altered rows have to go."""
    with connect() as conn:
        file_id = file_of(conn, DATASETS["poverty"])
        conn.execute(named(conn, "update {poverty} set nilai = '1.5' where nilai is not null"))
    with pytest.raises(SimpulError, match=file_id):
        pipeline.build("tampered", force=True)
    assert gate.gate_file(landing.reland(file_id).file_id).status == "landed"


SEEDS = {
    "seed_program_rule": "update staging.seed_program_rule set max_decile = 10",
    "seed_program_alias": "delete from staging.seed_program_alias where program_code = 'SEMBAKO'",
    "seed_region": "update staging.seed_region set name = 'Kota X' where region_code = '32.72'",
    "seed_finding_rule": "update staging.seed_finding_rule set valid_to = '2000-01-01'",
}


@pytest.mark.parametrize("seed", SEEDS)
def test_reference_data_that_was_altered_is_told(conn, seed):
    assert conn.execute(SEEDS[seed]).rowcount > 0
    assert [one.split(":")[0] for one in told(conn)] == [f"staging.{seed}"]


def test_reference_data_that_was_altered_is_loaded_again_before_a_build(there):
    ask = "select md5(string_agg(r::text, '|' order by r::text)) from staging.seed_program_rule as r"
    with connect() as conn:
        before = conn.execute(ask).fetchone()
        conn.execute(SEEDS["seed_program_rule"])
        assert conn.execute(ask).fetchone() != before
    assert seeds.ensure_reference()
    with connect() as conn:
        assert conn.execute(ask).fetchone() == before and told(conn) == []
        (event,) = conn.execute(
            "select detail from audit.ledger where kind = 'seeds.loaded' and subject = 'building'"
            " order by event_id desc limit 1"
        ).fetchone()
    assert event["altered"] == ["staging.seed_program_rule"]
    assert not seeds.ensure_reference()


def test_an_erasure_tells_what_it_took_and_excuses_nobody(there):
    with connect() as conn:
        conn.execute(named(conn, "update {poverty} set nilai = nilai || '0' where nilai is not null"))
        poverty = tables(conn)["poverty"]
        (person,) = conn.execute(
            "select person_id from identity.link where record_key like 'dinsos.dtks|%' order by 1 limit 1"
        ).fetchone()
    try:
        erasure.erase(person, WHY, "Budi", "Ani")
    finally:
        vault.path(erased.MARKS).unlink(missing_ok=True)
    with connect() as conn:
        (rows,) = conn.execute(
            "select detail -> 'contents' from audit.ledger where kind = 'erasure.deleted'"
        ).fetchone()
        assert any(table.startswith("raw.dinsos__dtks__") for table in rows) and poverty not in rows
        assert [one.split(":")[0] for one in told(conn)] == [poverty]
