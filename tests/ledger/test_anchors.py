"""Anchors and export of a real warehouse: written at publication, held against the ledger by `simpul verify`."""

from __future__ import annotations

import json
import logging

import pytest
from typer.testing import CliRunner

from simpul import ledger, ledger_anchors, pipeline, release
from simpul.cli import app
from simpul.database import connect
from simpul.errors import ContractBreach, SimpulError
from simpul.landing.verify import verify
from simpul.ledger_verifier import check, read_anchor
from tests.release.conftest import Workshop


@pytest.fixture
def shop(fresh_warehouse):
    """As the tests of releases have it; what the file that they invent lacks is of no interest to `simpul verify`."""
    Workshop.deliver("aaaaaaaaaaaaaaaa")
    with connect() as conn:
        conn.execute("update audit.file set archive_path = 'aa/aa'")
    return Workshop()


@pytest.fixture
def simpul(shop):
    def run(*words: object, code: int = 0) -> str:
        result = CliRunner().invoke(app, [*map(str, words)])
        assert result.exit_code == code, result.output
        return result.output

    return run


def publish(shop) -> int:
    """As the tests of releases do, the last step as a build does it."""
    opened = release.open_release("test", force=True).release_id
    shop.build(opened, batch=opened)
    release.attach(opened, shop.marts, owner_run="test")
    release.record_gate(opened, passed=True)
    pipeline.step_flip(opened, "test")
    return opened


def problems() -> list[str]:
    """What `simpul verify` says of the ledger."""
    return [found.problem for found in verify(hashes=False).findings if not found.file_id]


def rewritten(statement: str) -> None:
    """By somebody who owns the database: events changed, every hash made anew, the trigger as it was."""
    with connect() as conn:
        conn.execute("alter table audit.ledger disable trigger append_only")
        conn.execute("create temp table kept_event as select * from audit.ledger")
        conn.execute(statement)
        conn.execute("truncate audit.ledger")
        for kind, subject, detail in conn.execute(
            "select kind, subject, detail from kept_event order by event_id"
        ):
            ledger.append(conn, kind, subject, detail)
        conn.execute("alter table audit.ledger enable always trigger append_only")
        assert ledger.verify(conn) is None


def test_a_publication_leaves_an_anchor_that_can_be_read(shop, fresh_warehouse):
    first = publish(shop)
    [path] = fresh_warehouse.anchors.glob("ledger-*.txt")
    anchor = read_anchor(path.read_text(encoding="utf-8"))
    with connect() as conn:
        assert conn.execute("select max(event_id), max(hash) from audit.ledger where event_id ="
            " (select max(event_id) from audit.ledger)").fetchone() == (anchor.last, anchor.hash)  # fmt: skip
    assert anchor.release == str(first) and path.name.startswith(f"ledger-{anchor.last:09}-2")
    pipeline.step_flip(first, "test")  # again, as after a crash: nothing new
    assert [*fresh_warehouse.anchors.glob("ledger-*.txt")] == [path] and problems() == []
    publish(shop)
    assert len([*fresh_warehouse.anchors.glob("ledger-*.txt")]) == 2 and problems() == []


def test_an_anchor_that_cannot_be_written_unpublishes_nothing_and_is_loud(
    shop, fresh_warehouse, simpul, caplog
):
    fresh_warehouse.anchors.write_text("a file where the folder should be")
    with caplog.at_level(logging.ERROR, "simpul.pipeline"):
        published = publish(shop)
    assert release.current() == published
    assert "is published, but the ledger has no anchor for it" in caplog.text
    [said] = problems()
    assert said.startswith(f"release {published} was published, and no anchor tells of it")
    assert f"rilis {published} terbit tanpa jangkar" in said
    with pytest.raises(ContractBreach, match="no anchor tells of it"):
        pipeline.step_maintain()
    fresh_warehouse.anchors.unlink()
    assert "ANCHOR OF THE LEDGER" in simpul("ledger", "anchor")
    assert problems() == []
    assert pipeline.step_maintain()["late"] == []


def test_a_chain_that_was_made_anew_is_told_by_the_anchors_alone(shop, fresh_warehouse, simpul, tmp_path):
    publish(shop)
    [old] = fresh_warehouse.anchors.glob("ledger-*.txt")
    publish(shop)
    new = max(fresh_warehouse.anchors.glob("ledger-*.txt"))
    last = read_anchor(new.read_text(encoding="utf-8")).last
    elsewhere = tmp_path / "inspectorate.txt"
    new.rename(elsewhere)
    assert len(problems()) == 1, "the anchor of the second release is gone"
    simpul("ledger", "anchor")
    assert problems() == []
    rewritten(
        "update kept_event set detail = detail || '{\"by\": \"nobody\"}' where kind = 'release.published'"
    )
    said = problems()
    assert [one.split(":")[0] for one in said] == [f"anchor {old.name}", f"anchor {new.name}"]
    assert f"event {last} has another hash" in said[1] and f"sidik peristiwa {last} lain" in said[1]
    assert "has another hash" in simpul("ledger", "anchor", code=1), "no new anchor for a forged ledger"
    with pytest.raises(ContractBreach, match="has another hash"):
        pipeline.step_maintain()
    for anchor in (old, new):  # who owns the database may own this machine as well
        anchor.unlink()
    with connect() as conn:
        ledger_anchors.write(conn)
    assert problems() == []
    found = json.loads(simpul("verify", "--fast", "--json", "--anchor", elsewhere, code=1))["findings"]
    assert [one["problem"] for one in found if not one["file_id"]] == [
        f"anchor inspectorate.txt: event {last} has another hash, the ledger was rewritten up to it"
        f" · sidik peristiwa {last} lain: buku ditulis ulang sampai peristiwa itu",
        # the journal of the archive is a second witness, as long as nobody forges it, too
        f"the journal's event {last} is not that of the ledger · peristiwa {last} pada jurnal bukan milik buku ini",
    ]


def test_a_ledger_that_was_cut_off_and_an_anchor_that_was_altered_are_told(shop, fresh_warehouse):
    publish(shop)
    [path] = fresh_warehouse.anchors.glob("ledger-*.txt")
    last = read_anchor(path.read_text(encoding="utf-8")).last
    rewritten("delete from kept_event where event_id > 2")
    assert problems() == [
        f"anchor {path.name}: event {last} is not in the ledger, which was cut off"
        f" · peristiwa {last} tidak ada lagi: ekor buku dipotong"
    ]
    path.write_text(path.read_text(encoding="utf-8").replace(f": {last}\n", ": 2\n"), encoding="utf-8")
    [said] = problems()
    assert "mistyped, or altered" in said and "salah ketik atau diubah" in said


def test_an_altered_anchor_is_not_written_over(shop, fresh_warehouse):
    publish(shop)
    [path] = fresh_warehouse.anchors.glob("ledger-*.txt")
    altered = path.read_text(encoding="utf-8").replace("release", "release ")
    path.write_text(altered, encoding="utf-8")  # a blank is nothing
    with connect() as conn:
        assert ledger_anchors.write(conn) == path
        for text in (altered.replace(": 1\n", ": 2\n"), "", "nothing"):
            path.write_text(text, encoding="utf-8")
            with pytest.raises(SimpulError, match="says otherwise of event"):
                ledger_anchors.write(conn)
            assert path.read_text(encoding="utf-8") == text


def test_the_export_is_whole_and_its_verifier_lies_beside_it(shop, fresh_warehouse, simpul, tmp_path):
    publish(shop)
    out = tmp_path / "for the auditor" / "ledger.jsonl"
    told = json.loads(simpul("ledger", "export", "--out", out, "--json"))
    lines = out.read_text(encoding="utf-8").splitlines(keepends=True)
    assert told["events"] == len(lines)
    anchors = [
        read_anchor(path.read_text(encoding="utf-8")) for path in fresh_warehouse.anchors.glob("ledger-*")
    ]
    done = check(lines, anchors)
    assert (done.findings, done.events) == ([], len(lines)) and done.anchored == len(lines)
    assert (out.parent / "verify_ledger.py").read_bytes() == (
        fresh_warehouse.project_root / "tools" / "verify_ledger.py"
    ).read_bytes()
    assert {path.suffix for path in fresh_warehouse.anchors.iterdir()} == {".txt"}, "anchors/* are anchors"


def test_an_empty_ledger_has_no_anchor(fresh_warehouse):
    done = CliRunner().invoke(app, ["ledger", "anchor"])
    assert done.exit_code == 1 and "holds no event yet" in done.output
    assert problems() == []
