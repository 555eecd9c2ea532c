"""The register of rules: every rule has who answers for it, every form stays, and every verdict names its form."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from expectations.site.rules import write_rules
from simpul import gate, ledger
from simpul.cli import app
from simpul.contract import Contract, contract_hash, load_contracts
from simpul.database import connect
from simpul.gate import rules
from simpul.settings import elsewhere, get_settings
from simpul.trust.evidence import sources
from tests.gate.test_waivers import RULE, five, waive
from tests.landing.conftest import KKS

DATASET, CODE = RULE


def changed(contract: Contract, code: str, **update: object) -> Contract:
    """The contract as if somebody had written its rule otherwise."""
    told = [rule.model_copy(update=update) if rule.code == code else rule for rule in contract.rules]
    return contract.model_copy(update={"rules": tuple(told)})


def test_every_rule_has_an_owner_and_a_basis():
    assert rules.unaccounted() == []
    everything = rules.everything()
    assert {rule.door for rule in everything} == {"landing", "publication", "finding", "eligibility"}
    assert len({(rule.door, *rule.key) for rule in everything}) == len(everything)
    # nobody has read a law for them yet; whoever does says so where the rule is declared
    assert not any(rule.is_basis_read for rule in everything)


def test_a_rule_without_an_owner_fails_the_check(tmp_path, monkeypatch):
    """On a project that is this one, but for a line of one contract."""
    here = get_settings().project_root
    (tmp_path / "include").mkdir()
    for source in (*here.iterdir(), *(here / "include").iterdir()):
        place = tmp_path / source.relative_to(here)
        if place.name not in ("include", "contracts"):
            place.symlink_to(source)
    shutil.copytree(here / "include" / "contracts", tmp_path / "include" / "contracts")
    contract = tmp_path / "include" / "contracts" / "dinsos" / "kks_payment.yml"
    contract.write_text(
        re.sub("(?m)^standing: .*$", "", contract.read_text(encoding="utf-8")), encoding="utf-8"
    )
    with elsewhere(project_root=str(tmp_path)):
        own = [rule for rule in load_contracts()[DATASET].rules if rule.standing is None]
        assert own
        result = CliRunner().invoke(app, ["contracts", "check", "--json"])
    assert result.exit_code == 1
    assert json.loads(result.output)["unaccounted"] == [f"landing {DATASET}.{rule.code}" for rule in own]


def test_the_nearest_standing_counts_and_is_no_part_of_how_a_file_is_judged():
    contract = load_contracts()["dinsos.dtks"]
    of = {rule.code: rule.standing for rule in contract.rules}
    assert of["nik_serial"].basis.startswith("PP 37/2007")  # of the field
    assert of["no_kk_sixteen_digits"].basis.startswith("UU 23/2006")  # of its theme
    other = changed(contract, "nik_serial", standing=None).model_copy(update={"standing": None})
    assert contract_hash(other) == contract_hash(contract)
    assert contract_hash(changed(contract, "nik_serial", severity="fail")) != contract_hash(contract)


def test_a_verdict_names_the_form_of_each_rule_and_a_change_is_another(load, query, fresh_warehouse):
    waive()
    file_id = load("dinsos/KKS 2024-06.csv", KKS, five())
    gate.gate_file(file_id)
    told = rules.of_dataset(load_contracts()[DATASET])
    assert query("select count(*), count(rule_version_id) from audit.gate_result") == [(len(told), len(told))]
    # what is waived is another severity of the verdict, not of the rule
    assert query(
        "select result.severity, version.severity, version.version, version.first_subject"
        " from audit.gate_result as result join audit.rule_version as version using (rule_version_id)"
        " where result.rule_code = %s",
        CODE,
    ) == [("warn", "fail", 1, file_id)]

    contract = changed(load_contracts()[DATASET], CODE, severity="warn", hold_above_percent=None)
    gone = contract.model_copy(update={"rules": tuple(r for r in contract.rules if r.code != "nik_serial")})
    with connect(autocommit=True) as conn:
        before = rules.register(conn, told, "again")
        after = rules.register(conn, rules.of_dataset(gone), "next")
        assert after[RULE] != before[RULE] and (DATASET, "nik_serial") not in after
        assert rules.register(conn, rules.of_dataset(gone), "later") == after
        history = rules.history(conn, *RULE)
        event = conn.execute(
            "select subject, detail from audit.ledger where kind = 'rules.changed' order by event_id desc limit 1"
        ).fetchone()
        assert ledger.verify(conn) is None
        # back to what it was: a third form of the same words, not the first once more
        assert rules.register(conn, told, "back")[RULE] not in (before[RULE], after[RULE])
        (shown,) = sources.files_of(
            conn, [{"file_id": file_id, "row": None, "sheet": None, "column": None}]
        ).values()
    assert [(one["version"], one["severity"], one["ended_at"] is None) for one in history] == [
        (2, "warn", True),
        (1, "fail", False),
    ]
    assert history[0]["changed"]["severity"] == ["fail", "warn"] and history[1]["last_subject"] == file_id
    assert event[0] == DATASET and event[1]["changed"][CODE]["severity"] == ["fail", "warn"]
    assert event[1]["removed"] == ["nik_serial"] and event[1]["added"] == [] and event[1]["by"]
    # the file was judged by the first form, whatever stands now
    (waived,) = [one for one in shown["gates"] if one["rule_code"] == CODE]
    assert (waived["version"], waived["owner"]) == (1, "Dinas Sosial")
    assert waived["version_hash"] == history[1]["version_hash"]


@pytest.mark.parametrize("name", ["owner", "basis", "severity", "text_id", "declaration"])
def test_whatever_is_declared_makes_the_form(name):
    rule = rules.of_dataset(load_contracts()[DATASET])[0]
    assert replace(rule, **{name: {} if name == "declaration" else "other"}).version_hash != rule.version_hash


def test_bounds_of_rules_that_are_no_query_are_declared():
    told = {rule.code: rule.declaration for rule in rules.of_dataset(load_contracts()[DATASET])}
    assert told["delivery_size"]["bounds"]["usual"] == 6.0
    assert told["delivery_shrunk"]["bounds"] == {"corrected": 0.95}


def test_pages_and_command_tell_the_register_and_pages_are_written_when_it_changes(load, fresh_warehouse):
    file_id = load("dinsos/KKS 2024-06.csv", KKS, five())
    gate.gate_file(file_id)
    home = fresh_warehouse.reports / "rules"
    assert {path.name for path in home.iterdir()} == {"index.html", "state.json", f"landing-{DATASET}.html"}
    page = home / f"landing-{DATASET}.html"
    assert all(rule.code in page.read_text() for rule in load_contracts()[DATASET].rules)
    own = (fresh_warehouse.reports / f"landing/{file_id}/index.html").read_text(encoding="utf-8")
    with connect(autocommit=True) as conn:
        assert rules.history(conn, *RULE)[0]["version_hash"][:12] in own
        assert write_rules(conn, fresh_warehouse.reports) == []
        other = changed(load_contracts()[DATASET], CODE, severity="warn")
        rules.register(conn, rules.of_dataset(other), file_id)
        assert {path.name for path in write_rules(conn, fresh_warehouse.reports)} == {"index.html", page.name}
    assert '"fail" → "warn"' in page.read_text() or "fail → warn" in page.read_text()
    shown = json.loads(CliRunner().invoke(app, ["rules", "show", *RULE, "--json"]).output)
    assert [one["version"] for one in shown] == [2, 1] and shown[0]["changed"] == {
        "severity": ["fail", "warn"]
    }
    listed = CliRunner().invoke(app, ["rules", "list", DATASET])
    assert listed.exit_code == 0 and f"{DATASET}.{CODE}" in listed.output
    assert CliRunner().invoke(app, ["rules", "show", DATASET, "nothing"]).exit_code == 1
