"""Nobody writes to a warehouse while it is made anew, and nobody between two tries: who does is told what to do."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from psycopg import Connection
from typer.testing import CliRunner

from simpul import gate, ledger_journal, notices, pipeline, seeds, vault
from simpul import ledger as the_ledger
from simpul.cli import app
from simpul.clock import now
from simpul.database import connect
from simpul.errors import DatabaseTransient, SimpulError
from simpul.gate import waivers
from simpul.ledger import Decision
from simpul.rebuild import check, rebuild, take_over
from simpul.settings import Settings
from simpul.trust import erasure, exports, grants, passwords, retention
from tests.landing.conftest import KKS, as_csv, kks_row
from tests.rebuild.looking import Rows, ledger, query, raw

WHY = Decision("siti", "a test", "sebuah uji")


@pytest.fixture(scope="module")
def lost(cloned_warehouse, tmp_path_factory):
    """The home of a warehouse into which two files came."""
    with cloned_warehouse(tmp_path_factory.mktemp("lost")) as settings:
        (settings.inbox / "dinsos").mkdir(parents=True)
        for month, stage in (("06", 2), ("09", 3)):
            rows = [kks_row(n, stage=f"Tahap {stage} Tahun 2024") for n in range(1, 4)]
            (settings.inbox / "dinsos" / f"KKS 2024-{month}.csv").write_text(as_csv(KKS, rows), newline="")
        assert {one["status"] for one in pipeline.land_inbox()} == {"landed"}
        ledger_journal.seal()
        return settings.home


@pytest.fixture
def copy(lost, fresh_warehouse):
    """An empty warehouse whose home holds a copy of that archive, and a third file in its inbox."""
    take_over(lost / "archive")
    (fresh_warehouse.inbox / "dinsos").mkdir(parents=True)
    rows = [kks_row(n, stage="Tahap 4 Tahun 2024") for n in range(1, 4)]
    (fresh_warehouse.inbox / "dinsos" / "KKS 2024-12.csv").write_text(as_csv(KKS, rows), newline="")
    return fresh_warehouse


# waits before its second gate until somebody lets it go on, and says how it ended
_REBUILD = """
import sys, time
from pathlib import Path
from simpul.rebuild import check, doing, rebuild

judge, judged, folder = doing.gate.gate_file, [], Path(sys.argv[1])

def wait(file_id):
    judged.append(file_id)
    if len(judged) == 2:
        (folder / "arrived").touch()
        while not (folder / "go on").exists():
            time.sleep(0.05)
    return judge(file_id)

doing.gate.gate_file = wait
print(rebuild(check()).outcome)
"""


@contextmanager
def half_way(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """While the block runs, a rebuild in another process stands before its second gate; then it is killed."""
    process = subprocess.Popen([sys.executable, "-c", _REBUILD, folder], stdout=subprocess.PIPE, text=True)
    try:
        while not (folder / "arrived").exists():
            assert process.poll() is None
            time.sleep(0.05)
        yield process
    finally:
        process.kill()
        process.communicate()


def state() -> list[Rows]:
    """All that somebody might have written."""
    tables = ("file", "release", "waiver", "person_region_grant", "export", "erasure")
    return [ledger(), raw(), *(query(f"select * from audit.{table} order by 1") for table in tables)]


def writers(settings: Settings) -> dict[str, Callable[[], object]]:
    """Who writes, by what."""

    def connected(act: Callable[[Connection], object]) -> Callable[[], object]:
        def do() -> None:
            with connect() as conn:
                act(conn)

        return do

    (waiting,) = (settings.inbox / "dinsos").iterdir()
    (landed, *_) = query("select file_id from audit.file where status = 'landed'")
    return {
        "land": pipeline.land_inbox,
        "a task that lands": lambda: pipeline.step_land(
            {"name": waiting.name, "path": str(waiting)}, run_id="r"
        ),
        "gate": lambda: gate.gate_file(landed[0]),
        "run": lambda: pipeline.build("r"),
        "seeds": seeds.ensure_reference,
        "withdraw": lambda: pipeline.withdraw(landed[0], WHY),
        "erase": lambda: erasure.erase(1, WHY, "ani", "budi"),
        "retention": lambda: retention.remove(WHY),
        "grant": connected(lambda conn: grants.grant(conn, "caseworker", "12.74", WHY)),
        "waiver": connected(
            lambda conn: waivers.ask(
                conn, "dinsos.kks_payment", "jenis_bansos_known", (now() + timedelta(3)).date(), WHY
            )
        ),
        "export": lambda: exports.write("marts.rpt_freshness", settings.home / "out.csv", WHY),
        "password": lambda: passwords.rotate(["auditor"], WHY),
        "notices": notices.send,
        "deadline": lambda: pipeline.record_run("run.failed", "build_release", "r"),
    }


@pytest.fixture
def somebody_wants_notices() -> Iterator[None]:
    """The secrets are those of the whole test session."""
    path = vault.path(notices.SECRET)
    path.write_text("json://127.0.0.1:9/\n")
    yield
    path.unlink()


@pytest.mark.usefixtures("somebody_wants_notices")
def test_who_writes_beside_a_rebuild_is_told_so_and_the_rebuild_goes_on(copy, tmp_path):
    with half_way(tmp_path) as process:
        before, password = state(), vault.read("auditor")
        for what, do in writers(copy).items():
            with pytest.raises(
                DatabaseTransient, match=r"is being made anew.*wait until it has ended"
            ) as told:
                do()
            assert told.value.code == "rebuilding", what
            assert state() == before, what
        assert vault.read("auditor") == password and not (copy.home / "out.csv").exists()
        said = CliRunner().invoke(app, ["land"])
        assert said.exit_code == 1 and "gudang data sedang dibangun ulang" in said.output
        with pytest.raises(SimpulError, match="another rebuild is at work"):
            rebuild(check())
        (tmp_path / "go on").touch()
        assert (process.wait(60), process.stdout.read().strip()) == (0, "the same")
    assert [one["status"] for one in pipeline.land_inbox()] == ["landed"], "and then it is taken"


@pytest.mark.usefixtures("somebody_wants_notices")
def test_nobody_writes_between_two_tries(copy, tmp_path):
    with half_way(tmp_path):
        pass
    before = state()
    for what, do in writers(copy).items():
        with pytest.raises(DatabaseTransient, match="run `simpul rebuild` again"):
            do()
        assert state() == before, what
    assert rebuild(check()).is_same
    assert [one["status"] for one in pipeline.land_inbox()] == ["landed"]


BY_HAND = {
    """insert into audit.ledger (event_id, at, kind, subject, detail, hash)
        select max(event_id) + 1, now(), 'x', 'x', '{}', 'x' from audit.ledger""": (
        "event . of the ledger is not one of the archive's"
    ),
    """insert into audit.file (file_id, file_name, source_path, sha256, bytes, mtime_ns, archive_path, status)
        values ('f', 'f', 'f', 'f', 1, 1, 'f', 'received')""": "file f is not one of the archive's",
    "update audit.rebuild set last_hash = 'x'": "of another archive",
}


@pytest.mark.parametrize(("wrote", "said"), BY_HAND.items(), ids=("event", "file", "archive"))
def test_it_does_not_go_on_with_what_somebody_wrote_by_hand(copy, tmp_path, wrote, said):
    with half_way(tmp_path):
        pass
    with connect() as conn:
        conn.execute(wrote)
    before = state()
    with pytest.raises(SimpulError, match=said):
        rebuild(check())
    assert state() == before


def test_a_rebuild_does_not_begin_while_somebody_writes(copy):
    with (
        connect(autocommit=True) as conn,
        the_ledger.writing(conn),
        pytest.raises(SimpulError, match="somebody writes to this warehouse"),
    ):
        rebuild(check())
    assert rebuild(check()).is_same
