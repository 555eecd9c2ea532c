"""A rule is mended, and what it set aside is judged again from the archive."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from simpul import gate, landing
from simpul.cli import app
from simpul.landing.verify import verify
from simpul.settings import get_settings
from tests.landing.conftest import KKS, as_csv, kks_row


@pytest.fixture
def contracts(fresh_warehouse, tmp_path, monkeypatch):
    """A folder of contracts to be changed: they are read again when a file of theirs has changed."""
    here = get_settings().project_root
    root = tmp_path / "project"
    shutil.copytree(here / "include" / "contracts", root / "include" / "contracts")
    (root / "dbt_project").symlink_to(here / "dbt_project")
    monkeypatch.setenv("SIMPUL_PROJECT_ROOT", str(root))

    get_settings.cache_clear()

    def mend(name: str, old: str, new: str) -> None:
        path: Path = root / "include" / "contracts" / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")

    yield mend
    monkeypatch.undo()
    get_settings.cache_clear()


STRICT = """
rules:
  - code: wide_enough
    kind: matches
    column: no_kks
    pattern: "9.*"
    reason: {en: A card begins with 9., id: Kartu diawali 9.}"""


def run(*words: str, code: int = 0) -> str:
    found = CliRunner().invoke(app, ["quarantine", *words])
    assert found.exit_code == code, found.output
    return found.output


def test_a_mended_rule_frees_the_records_without_a_new_delivery(contracts, drop, query) -> None:
    contracts("dinsos/kks_payment.yml", "\nrules:", STRICT)
    rows = [kks_row(n) for n in range(1, 6)]
    rows[4][2] = "9000"
    first = landing.land_file(drop("dinsos/KKS Tahap 2 2024.csv", as_csv(KKS, rows)))
    assert (first.status, first.rows_loaded, first.rows_quarantined) == ("landed", 1, 4)

    assert "1 files left alone" in run("replay"), "nothing was mended yet"
    contracts("dinsos/kks_payment.yml", '"9.*"', '"[69].*"')
    told = run("replay")
    assert first.file_id in told and f"{first.file_id}-2" in told

    receipts = query(
        "select file_id, status, rows_read, rows_loaded, rows_quarantined from audit.file order by 1"
    )
    assert receipts == [
        (first.file_id, "superseded", 5, 1, 4),
        (f"{first.file_id}-2", "landed", 5, 5, 0),
    ]
    assert query("select distinct file_id, status from quarantine.row") == [(first.file_id, "replayed")]
    assert query(
        "select count(*) from raw.dinsos__kks_payment where _file_id = %s", f"{first.file_id}-2"
    ) == [(5,)]
    assert "no landed file has an open record" in run("replay")
    assert verify().findings == ()


def test_what_is_still_broken_waits_under_the_new_receipt(contracts, drop, query) -> None:
    contracts("dinsos/kks_payment.yml", "\nrules:", STRICT)
    rows = [kks_row(n) for n in range(1, 4)]
    rows[2][2] = "9000"
    first = landing.land_file(drop("dinsos/KKS Tahap 2 2024.csv", as_csv(KKS, rows)))
    assert first.rows_quarantined == 2
    contracts("dinsos/kks_payment.yml", '"9.*"', '".*(?:01|000)"')
    run("replay", "--rule", "wide_enough")
    assert query('select file_id, "row", status from quarantine.row order by 1, 2') == [
        (first.file_id, 2, "replayed"),
        (first.file_id, 3, "replayed"),
        (f"{first.file_id}-2", 3, "open"),
    ]
    assert verify().findings == ()
    assert "1 files left alone" in run("replay")
    run("replay", "--force", f"{first.file_id}-2")
    assert query("select count(*) from quarantine.row where status = 'open'") == [(1,)]
    assert verify().findings == ()


@pytest.fixture
def one_too_short(contracts, drop, query) -> tuple[str, Path]:
    """A landed file with two records set aside, of which a person has dismissed the first."""
    contracts("dinsos/kks_payment.yml", "\nrules:", STRICT.replace("9.*", "6.*"))
    rows = [kks_row(n) for n in range(1, 9)]
    rows[0][2] = rows[1][2] = "9000"
    path = drop("dinsos/KKS Tahap 2 2024.csv", as_csv(KKS, rows))
    first = landing.land_file(path)
    assert first.rows_quarantined == 2
    ((number,),) = query('select quarantine_id from quarantine.row where "row" = 2')
    run("dismiss", str(number), "--reason", "a test card")
    return first.file_id, path


def test_what_a_person_dismissed_stays_dismissed_when_it_is_judged_again(one_too_short, query) -> None:
    first, _ = one_too_short
    run("replay", "--dataset", "dinsos.kks_payment", "--force")
    assert query('select file_id, "row", status from quarantine.row order by 1, 2') == [
        (first, 2, "dismissed"),
        (first, 3, "replayed"),
        (f"{first}-2", 2, "dismissed"),
        (f"{first}-2", 3, "open"),
    ]
    told = query(
        "select subject, detail ->> 'as_in', detail ->> 'why' from audit.ledger"
        " where kind = 'quarantine.dismissed' order by event_id"
    )
    assert told == [(first, None, "a test card"), (f"{first}-2", first, None)]
    run("replay", "--force")
    assert query('select file_id, status from quarantine.row where "row" = 2 order by 1')[-1] == (
        f"{first}-3",
        "dismissed",
    )


def test_a_dismissal_holds_for_its_rule_only(one_too_short, contracts, query) -> None:
    """Another rule that the record breaks is news."""
    contracts("dinsos/kks_payment.yml", "code: wide_enough", "code: long_enough")
    run("replay")
    told = query("select rule_code, status from quarantine.row where file_id like '%%-2' order by 1, \"row\"")
    assert told == [("long_enough", "open"), ("long_enough", "open")]


def test_closed_records_are_counted_too(one_too_short) -> None:
    first, _ = one_too_short
    run("replay", "--force")
    assert first in run("list", "--status", "replayed"), "of a file that its replay has replaced"
    assert first in run("list", "--status", "dismissed")
    assert first not in run("list").replace(f"{first}-2", ""), "nobody's work any more"
    assert "'bogus' is not one of" in run("list", "--status", "bogus", code=2)


def test_a_run_that_found_the_file_while_it_was_replayed_leaves_it_alone(one_too_short, query) -> None:
    """The inbox is looked at every other second: a receipt under way looks like one that a crash left half done."""
    first, path = one_too_short
    again = landing.reland(first)
    assert landing.discover() == [str(path)]
    gate.gate_file(again.file_id)
    found = landing.land(path, run_id="ingest_dinsos/later")
    assert (found.file_id, found.status) == (again.file_id, "landed")
    assert query("select file_id, status from audit.file order by 1") == [
        (first, "superseded"),
        (again.file_id, "landed"),
    ]
