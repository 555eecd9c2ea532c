"""The command line of releases, and a build with nothing to do."""

import json
import time

import pytest
from typer.testing import CliRunner

from simpul import pipeline, release
from simpul.cli import app
from simpul.ledger import whoami


@pytest.fixture
def simpul(shop):
    def run(*words: str, code: int = 0):
        result = CliRunner().invoke(app, list(words))
        assert result.exit_code == code, result.output
        return result.stdout

    return run


def test_releases_are_listed_with_the_one_that_is_shown(shop, simpul):
    first, second = shop.publish(), shop.publish()
    table = simpul("releases").splitlines()
    assert table[1].startswith(f"→        {second}  published") and table[2].startswith(
        f"         {first}  published"
    )
    assert " WIB " in table[1], "a time without its zone is no time"
    told = json.loads(simpul("releases", "--json", "--limit", "1"))
    assert [(r["release_id"], r["is_current"], r["tables"]["person"]["rows"]) for r in told] == [
        (second, True, 500)
    ]


def test_rollback_pin_and_unpin(shop, simpul):
    first, second = shop.publish(), shop.publish()
    done = json.loads(simpul("rollback", "--why", "wrong figures", "--json"))
    assert (done["release_id"], done["previous"]) == (first, second) and done["seconds"] < 1
    assert "wrong figures" in simpul("releases")
    assert json.loads(simpul("rollback", str(second), "--why", "mended", "--json"))["release_id"] == second
    simpul("pin", str(first))
    assert release.list_releases()[1].is_pinned
    simpul("unpin", str(first))
    assert not release.list_releases()[1].is_pinned


def test_a_decision_about_a_release_keeps_who_took_it_and_why(shop, simpul):
    """In the language in which it was said: one is never passed off as the other."""
    first, second = shop.publish(), shop.publish()
    simpul("rollback", "--reason-id", "angka keliru")
    simpul("pin", str(first), "--reason", "what we knew", "--reason-id", "yang kita tahu")
    simpul("unpin", str(first))
    me = whoami()
    told = shop.ask(
        "select kind, subject, detail ->> 'by', detail ->> 'why', detail ->> 'why_id' from audit.ledger"
        " where kind in ('release.rolled_back', 'release.pinned', 'release.unpinned') order by event_id"
    )
    assert told == [
        ("release.rolled_back", str(second), me, None, "angka keliru"),
        ("release.pinned", str(first), me, "what we knew", "yang kita tahu"),
        ("release.unpinned", str(first), me, None, None),
    ]
    assert shop.ask(f"select reason, reason_id from audit.release where release_id = {second}") == [
        (None, "angka keliru")
    ]
    assert "angka keliru" in simpul("releases")


def test_a_rollback_without_a_reason_moves_nothing(shop):
    first, second = shop.publish(), shop.publish()
    refused = CliRunner().invoke(app, ["rollback"])
    assert (
        refused.exit_code == 1 and "no reason is given" in refused.output and "--reason-id" in refused.output
    )
    assert shop.ask("select release_id from audit.release_pointer") == [(second,)]
    idle = CliRunner().invoke(app, ["rollback", str(second), "--reason", "x"])
    assert idle.exit_code == 0 and "the reason is kept nowhere" in idle.stderr
    assert shop.ask("select count(*) from audit.ledger where kind = 'release.rolled_back'") == [(0,)]
    assert first != second


def test_an_unknown_release_is_one_clean_line(shop, simpul):
    shop.publish()
    assert simpul("rollback", "99", "--reason", "x", code=1) == ""
    assert simpul("pin", "99", code=1) == ""


def test_a_build_with_nothing_new_is_quick_and_touches_no_table(shop, simpul, monkeypatch):
    monkeypatch.setattr(pipeline.transform, "run_dbt", lambda *a, **k: pytest.fail("dbt was started"))
    first = shop.publish(force=False)
    tables = "select oid, relfilenode from pg_class where relnamespace::regnamespace::text in ('release', 'candidate')"
    before = shop.ask(tables)
    started = time.perf_counter()
    outcome = pipeline.build("test")
    took = time.perf_counter() - started
    assert (outcome.is_new, outcome.release_id, outcome.status) == (False, first, "published")
    assert shop.ask(tables) == before and took < 2
    told = json.loads(simpul("run", "--json"))
    assert told["files"] == [] and told["release"]["reason"] == f"nothing new since release {first}"


def test_inputs_that_were_refused_make_run_fail_until_they_change(shop, simpul):
    opened = release.open_release("x")
    release.refuse(opened.release_id, "coverage above 100 %")
    told = json.loads(simpul("run", "--json", code=1))
    assert told["release"]["status"] == "refused" and "coverage above 100 %" in told["release"]["reason"]
