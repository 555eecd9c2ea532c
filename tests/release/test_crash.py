"""kill -9 at any step of publishing, then again: the same content as if nothing had happened."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from simpul import ledger, release
from simpul.database import connect


def kill_in(step: str, fragment: str, release_id: int, manifest: dict, tmp_path: Path) -> None:
    file = tmp_path / "manifest.json"
    file.write_text(json.dumps(manifest))
    program = [
        sys.executable,
        str(Path(__file__).with_name("crash.py")),
        str(release_id),
        str(file),
        step,
        fragment,
    ]
    done = subprocess.run(program, capture_output=True, text=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr


@pytest.mark.parametrize(
    "fragment",
    [
        "vacuum (freeze, analyze)",  # candidate prepared, nothing moved
        'alter index "candidate"',
        'create table "release"."person"',
        'create policy "caseworker_own_regions"',
        'set schema "release"',  # in the middle of the moving transaction
        "attach partition",
        "update audit.release set tables",
    ],
)
def test_killed_while_attaching(shop, tmp_path, fragment):
    undisturbed = shop.publish(batch=5)
    with connect() as conn:  # the parents, too, are made again by the killed run
        conn.execute("drop view marts_person.person; drop table release.person")
    opened = release.open_release("airflow/1", force=True)
    shop.build(opened.release_id, batch=5)
    kill_in("attach", fragment, opened.release_id, shop.manifest, tmp_path)

    assert shop.ask("select distinct batch, count(*) from marts.fct_poverty group by 1") == [(5, 50)]
    again = release.open_release("airflow/1", force=True)
    assert again.release_id == opened.release_id and again.is_resumed
    waiting = shop.ask("select count(*) from pg_tables where schemaname = 'candidate'")
    assert waiting == [(3,)], "the moving transaction was cut off, so all tables are where they were"
    outcome = release.attach(opened.release_id, shop.marts)
    release.record_gate(opened.release_id, passed=True)
    release.flip(opened.release_id)
    assert (
        outcome["content_hash"]
        == {r.release_id: r.content_hash for r in release.list_releases()}[undisturbed]
    )
    assert release.content_hash(opened.release_id) == outcome["content_hash"]


@pytest.mark.parametrize(
    "fragment", ["insert into audit.release_pointer", "status = 'published', published_at"]
)
def test_killed_while_flipping(shop, tmp_path, fragment):
    first = shop.publish(batch=5)
    opened = release.open_release("airflow/1", force=True)
    shop.build(opened.release_id, batch=6)
    attached = release.attach(opened.release_id, shop.marts)
    release.record_gate(opened.release_id, passed=True)
    kill_in("flip", fragment, opened.release_id, shop.manifest, tmp_path)

    assert release.current() == first
    assert shop.ask("select distinct batch from marts.fct_poverty") == [(5,)]
    assert release.flip(opened.release_id)["content_hash"] == attached["content_hash"]
    assert release.flip(opened.release_id)["release_id"] == opened.release_id
    assert shop.ask("select distinct batch from marts.fct_poverty") == [(6,)]
    with connect() as conn:
        assert ledger.verify(conn) is None
        assert conn.execute(
            "select count(*) from audit.ledger where kind = 'release.published'"
        ).fetchone() == (2,)
