"""What is kept beyond its time is told; nothing goes but what a person removes, and what is in use stays."""

from __future__ import annotations

import zipfile

import pytest
from pydantic import ValidationError
from typer.testing import CliRunner

from simpul import landing
from simpul.cli import app
from simpul.contract import Contract, Retention, Text, load_contracts
from simpul.database import connect
from simpul.errors import SimpulError
from simpul.landing import tidy
from simpul.landing.verify import verify
from simpul.ledger import Decision
from simpul.settings import get_settings
from simpul.trust import retention
from tests.erasure.conftest import WHY, drop, land, pbi_rows
from tests.landing.conftest import PBI, as_csv

GROUND = Text(en="ten years", id="sepuluh tahun")


def kept(**months: int) -> dict[str, Contract]:
    contract = load_contracts()["bpjs.pbi_jk"]
    return {contract.dataset: contract.model_copy(update={"retention": Retention(ground=GROUND, **months)})}


def test_every_dataset_about_persons_says_how_long_and_why() -> None:
    for contract in load_contracts().values():
        told = contract.retention
        assert told.ground.en and told.ground.id
        if contract.personal_data != "none":
            assert told.rows_months and told.files_months and told.releases_months, contract.dataset
    with pytest.raises(ValidationError, match="rows cannot be kept"):
        Retention(rows_months=60, files_months=12, ground=GROUND)


def test_what_is_due_is_told_and_only_what_nobody_needs_is_removed(fresh_warehouse) -> None:
    used = land(drop("bpjs/PBI JK 2024-06.csv", as_csv(PBI, pbi_rows(9))))
    gone = land(drop("bpjs/PBI JK 2024-07.csv", as_csv(PBI, pbi_rows(10))))
    with connect() as conn:
        landing.withdraw(conn, gone, WHY)
        conn.execute("update audit.file set received_at = received_at - interval '70 months'")
    contracts = kept(rows_months=60, files_months=72, releases_months=24)
    with connect() as conn:
        found = retention.due(conn, contracts)
        told = {(one.kind, one.subject): one.blocked for one in found}
        assert told == {("rows", used): retention._USED, ("rows", gone): None}, "files have two months left"
        conn.execute("update audit.file set received_at = received_at - interval '5 months'")
    with pytest.raises(SimpulError, match="no reason"):
        retention.remove(Decision(), contracts=contracts)
    ready = retention.remove(Decision(), dry_run=True, contracts=contracts)
    assert [(one.kind, one.subject) for one in ready] == [("rows", gone), ("file", gone)]
    assert retention.remove(WHY, contracts=contracts) == ready
    assert retention.remove(WHY, contracts=contracts) == [], "again: no change"
    with connect() as conn:
        kinds = conn.execute(
            "select kind from audit.ledger where subject = %s order by event_id desc limit 2", (gone,)
        )
        assert [kind for (kind,) in kinds] == ["file.bytes_dropped", "file.rows_dropped"]
    assert verify().findings == ()
    assert len(list(get_settings().archive.glob("??/*"))) == 1


def test_zips_copies_and_what_nobody_recognised_go_as_well(fresh_warehouse) -> None:
    """A zip with its last member; what has no dataset after the longest time; copies in the inbox and laid out."""
    packed = drop("bpjs/kiriman.zip", b"")
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("PBI JK 2024-06.csv", as_csv(PBI, pbi_rows(9)))
        archive.writestr("PBI JK 2024-07.csv", as_csv(PBI, pbi_rows(10)))
    zipped = land(packed, "unpacked")
    members = {land(path): path for path in landing.members(zipped)}
    unknown = land(drop("dinsos/entah.csv", "Nomor;Siapa\n1;SITI\n"), "held")
    letter = drop("dinsos/entah.csv.yml", "sender: Dinsos\n")
    contracts = kept(rows_months=60, files_months=72, releases_months=24)
    first, second = members
    with connect() as conn:
        landing.withdraw(conn, first, WHY)
        landing.withdraw(conn, second, WHY)
        conn.execute(
            "update audit.file set received_at = received_at - interval '75 months' where file_id = any(%s)",
            ([first, zipped, unknown],),
        )
    with connect() as conn:
        told = {one.subject: one.dataset for one in retention.due(conn, contracts) if one.kind == "file"}
    assert told == {first: "bpjs.pbi_jk", zipped: retention.UNKNOWN, unknown: retention.UNKNOWN}
    with connect() as conn:  # the zip alone is younger, as one that was received once more
        conn.execute("update audit.file set received_at = clock_timestamp() where file_id = %s", (zipped,))
    retention.remove(WHY, contracts=contracts)
    assert packed.exists() and not members[first].exists() and members[second].exists(), "one member is left"
    assert not (fresh_warehouse.inbox / "dinsos/entah.csv").exists() and not letter.exists()
    with connect() as conn:
        conn.execute(
            "update audit.file set received_at = received_at - interval '75 months' where file_id = %s",
            (second,),
        )
    retention.remove(WHY, contracts=contracts)
    assert not packed.exists() and not any(path.exists() for path in members.values())
    assert not list(get_settings().archive.glob("??/*")) and verify().findings == ()
    assert tidy.drop_unpacked(0) and not list(get_settings().unpacked.rglob("*.csv"))
    assert landing.discover() == []


def test_the_command_says_so(fresh_warehouse) -> None:
    land(drop("bpjs/PBI JK 2024-06.csv", as_csv(PBI, pbi_rows(9))))
    assert "nothing is kept beyond" in CliRunner().invoke(app, ["retention"]).output
    with connect() as conn:
        conn.execute("update audit.file set received_at = received_at - interval '70 months'")
    told = CliRunner().invoke(app, ["retention", "--json"])
    assert told.exit_code == 0 and '"kind": "rows"' in told.output and "masih dipakai" in told.output
    assert "nothing is ready" in CliRunner().invoke(app, ["retention", "--remove", "--dry-run"]).output
