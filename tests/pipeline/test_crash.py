"""kill -9 anywhere between the inbox and the pointer: a rerun publishes exactly what an undisturbed run publishes."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from bench.proofs import keep
from simpul.database import connect

pytestmark = pytest.mark.slow

TRIALS = 24
STEPS = ("landing DTKS", "landing gate", "prepare", "link", "marts", "attach", "gate", "publish")


@pytest.fixture(scope="module")
def sample(tmp_path_factory) -> Path:
    from sample import write_sample
    from sample.bps import write_bps_sample

    folder = tmp_path_factory.mktemp("sample")
    write_sample(folder, people=1500, seed=11)
    for path in folder.glob("bps/**/*.csv"):
        path.unlink()
    write_bps_sample(folder, years=[2022, 2023])
    return folder


def fill(inbox: Path, sample: Path) -> None:
    for source in sample.rglob("*"):
        if source.is_file():
            target = inbox / source.relative_to(sample)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(source.read_bytes())


def run(kill_after: str | None = None, delay: float = 0) -> str:
    """Run the child; kill it ``delay`` seconds after it announces ``kill_after``. Returns its last line."""
    child = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("child.py"))],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    last = ""
    for line in child.stdout or ():
        last = line.strip()
        if kill_after and last.startswith(kill_after):
            time.sleep(delay)
            child.send_signal(signal.SIGKILL)
            break
    child.wait()
    if not kill_after:
        assert child.returncode == 0, child.stderr and child.stderr.read()[-3000:]
    return last


def state() -> tuple:
    with connect(autocommit=True) as conn:
        files = conn.execute(
            "select file_name, status, rows_read, rows_loaded, rows_quarantined from audit.file order by 1"
        ).fetchall()
        raw = conn.execute(
            "select c.relname from pg_class c join pg_namespace n on n.oid = relnamespace"
            " where nspname = 'raw' and relkind = 'r' and not relispartition"
        ).fetchall()
    return files, raw


@pytest.fixture(scope="module")
def undisturbed(cloned_warehouse, tmp_path_factory, sample) -> tuple[str, tuple]:
    with cloned_warehouse(tmp_path_factory.mktemp("undisturbed")) as settings:
        fill(settings.inbox, sample)
        return run(), state()


def trial(settings, sample, undisturbed, kills: list[tuple[str, float]]) -> None:
    """Run, killed so many seconds after a step has begun, once for each of ``kills``; then run to the end."""
    fill(settings.inbox, sample)
    for step, delay in kills:
        run(kill_after=step, delay=delay)
    assert run() == undisturbed[0], f"killed {kills}"
    assert state() == undisturbed[1]


def test_killed_while_landing_and_again_while_publishing(fresh_warehouse, sample, undisturbed):
    """… and run again. The build is killed in tests/e2e."""
    chance = random.Random(7)
    kills = [(step, chance.uniform(0, 0.4)) for step in ("landing DTKS", "attach")]
    trial(fresh_warehouse, sample, undisturbed, kills)


@pytest.fixture(scope="module")
def survived():
    """Steps of the trials that ended as if undisturbed; when all did, they are written down together."""
    steps: list[str] = []
    yield steps
    if len(steps) == TRIALS:
        keep(
            "killed_anywhere",
            "kill -9 anywhere between the inbox and the pointer: run again, it publishes what it would have",
            [
                ("trials, each killed once and run again", str(TRIALS)),
                ("… that ended with the same files, counts and content hash", str(len(steps))),
                *((f"killed 0–2.5 s after '{step}' began", str(n)) for step, n in Counter(steps).items()),
            ],
        )


@pytest.mark.proof
@pytest.mark.parametrize("number", range(TRIALS))
def test_killed_anywhere(fresh_warehouse, sample, undisturbed, survived, number):
    chance = random.Random(number)
    step = chance.choice(STEPS)
    trial(fresh_warehouse, sample, undisturbed, [(step, chance.uniform(0, 2.5))])
    survived.append(step)
