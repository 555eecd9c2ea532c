"""Publishing under readers: nobody waits, nobody fails, nobody sees half of two releases."""

import contextlib
import statistics
import time
from pathlib import Path

import psycopg
import pytest

from bench.proofs import keep
from bench.publish_readers import looping_readers
from simpul import release, vault
from simpul.database import connect, warehouse_dsn
from simpul.errors import ReleaseError
from simpul.release import patience


@contextlib.contextmanager
def idle_in_transaction(query: str = "select count(*) from marts.fct_poverty"):
    """A BI tool that ran a query and never ended its transaction."""
    with psycopg.connect(warehouse_dsn("bi_reader")) as conn:
        conn.execute("begin")
        conn.execute(query)
        yield conn


def arguments() -> bytes:
    """What `ps` shows of all processes."""
    told = b""
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):  # it has ended
            told += process.read_bytes()
    return told


def test_eight_readers_see_ten_publishes_and_never_two_at_once(shop, tmp_path):
    shop.publish()
    with looping_readers(warehouse_dsn("bi_reader"), tmp_path) as seen, idle_in_transaction():
        for _ in range(10):
            shop.publish()
        release.rollback()
        told = arguments()
    assert b"bench.publish_readers" in told
    assert vault.read("bi_reader").encode() not in told, "a password there is everybody's to read"
    assert seen["readers"] == 8 and seen["reads"] > 100
    assert (seen["mixed"], seen["errors"]) == (0, [])


@pytest.mark.proof
def test_a_hundred_publishes(shop, tmp_path):
    """The same at full size, with what publishing and rolling back cost meanwhile, and a control that must fail."""
    shop.publish(rows=2000)
    publishing, back = [], []
    with looping_readers(warehouse_dsn("bi_reader"), tmp_path) as seen, idle_in_transaction():
        for _ in range(100):
            started = time.perf_counter()
            shop.publish(rows=2000)
            publishing.append(time.perf_counter() - started)
            release.retire_old(days=0, months=0)
        for number in range(20):
            started = time.perf_counter()
            release.rollback(release.list_releases()[1 - number % 2].release_id)
            back.append(time.perf_counter() - started)
    control = control_with(shop, tmp_path, 100)
    keep(
        "publish_readers",
        "Publishing under readers: nobody sees half of two releases",
        [
            ("publishes, each of 3 tables with 2,000 / 2,000 / 20,000 rows", "100"),
            ("looping readers, and an idle transaction of a BI tool beside them", str(seen["readers"])),
            ("statements that compared two marts", f"{seen['reads']:,}"),
            ("… that failed", str(len(seen["errors"]))),
            ("… that saw two releases at once", str(seen["mixed"])),
            ("one publish (build, attach, hash, flip), median / longest", _times(publishing)),
            ("one rollback, median / longest", _times(back)),
            (
                "control: attach and flip in one transaction, 100 times: statements, mixed, failed",
                f"{control['reads']:,}, {control['mixed']}, {len(control['errors'])}",
            ),
        ],
    )
    assert (seen["mixed"], seen["errors"]) == (0, [])
    assert max(back) < 1


def control_with(shop, tmp_path, publishes: int) -> dict:
    """What the same readers see of the way we did not take."""
    with looping_readers(warehouse_dsn("bi_reader"), tmp_path) as control:
        for _ in range(publishes):
            attach_and_flip_at_once(shop)
    return control


def attach_and_flip_at_once(shop) -> None:
    """What we do not do: a statement may plan before such a transaction and read the pointer after it."""
    opened = release.open_release("control", force=True)
    number = opened.release_id
    shop.build(number, batch=number, rows=2000)
    tables = ("fct_poverty", "rpt_poverty_position")
    with connect() as conn:
        for table in tables:
            made = f"release.{table}__r{number}"
            conn.execute(f"create table {made} (like release.{table} including indexes)")
            conn.execute(f"insert into {made} select * from candidate.{table}")
    with connect() as conn:
        for table in tables:
            parent = f"release.{table}"
            conn.execute(
                f"alter table {parent} attach partition {parent}__r{number} for values in ({number})"
            )
        conn.execute("update audit.release set status = 'published' where release_id = %s", (number,))
        conn.execute("update audit.release_pointer set release_id = %s", (number,))


def _times(seconds: list[float]) -> str:
    return f"{statistics.median(seconds) * 1000:.0f} ms / {max(seconds) * 1000:.0f} ms"


def test_an_idle_transaction_neither_blocks_a_publish_nor_is_blocked(shop):
    first = shop.publish()
    with idle_in_transaction() as idle:
        started = time.perf_counter()
        second = shop.publish()
        assert time.perf_counter() - started < 5
        assert idle.execute("select distinct batch from marts.fct_poverty").fetchall() == [(second,)]
        release.rollback()
        assert idle.execute("select distinct batch from marts.fct_poverty").fetchall() == [(first,)]


def test_a_long_report_keeps_reading_the_release_it_began_with(shop):
    first = shop.publish()
    with psycopg.connect(warehouse_dsn("bi_reader")) as conn:
        conn.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        query = "select distinct batch from marts.fct_poverty"
        assert conn.execute(query).fetchall() == [(first,)]
        for _ in range(3):
            shop.publish()
        outcome = release.retire_old(days=0, months=0)
        assert outcome["waiting"] > 0, "what is being read is not dropped"
        assert conn.execute(query).fetchall() == [(first,)]
    finished = release.retire_old(days=0, months=0)
    assert finished["waiting"] == 0
    left = shop.ask(
        "select count(*) from pg_class where relnamespace = 'release'::regnamespace and relkind = 'r'"
    )
    assert left == [(6,)], "the current one and the one before it"


def test_a_new_column_waits_in_short_tries_and_names_who_is_in_the_way(shop, monkeypatch):
    shop.publish()
    fact = shop.manifest["nodes"]["model.simpul.fct_poverty"]
    wider = {**fact, "columns": {**fact["columns"], "p1_index": shop.column("p1_index", "numeric")}}
    marts = release.marts_of({"nodes": {**shop.manifest["nodes"], "model.simpul.fct_poverty": wider}})
    opened = release.open_release("x", force=True)
    shop.build(opened.release_id, extra={"p1_index": "numeric"})
    monkeypatch.setattr(
        patience.patiently, "__kwdefaults__", {**patience.patiently.__kwdefaults__, "give_up_after": 1.0}
    )
    with idle_in_transaction() as idle:
        with pytest.raises(
            ReleaseError,
            match=rf"adding columns to release\.fct_poverty.*process {idle.info.backend_pid} \(bi_reader",
        ):
            release.attach(opened.release_id, marts)
        # while it waits, other readers get through between two tries
        with connect(role="bi_reader") as conn:
            assert conn.execute("select count(*) from marts.fct_poverty").fetchone() == (50,)
    assert release.attach(opened.release_id, marts)["changed"]["fct_poverty"][0] == "added p1_index"


def test_a_deadlock_is_tried_again(shop):
    from psycopg import errors as pg

    tries = []

    def work() -> str:
        tries.append(1)
        if len(tries) < 3:
            raise pg.DeadlockDetected("deadlock detected")
        return "done"

    with connect(autocommit=True) as conn:
        assert patience.patiently(conn, "test", work) == "done"
    assert len(tries) == 3
