"""kill -9 anywhere between the inbox and the pointer: a rerun publishes exactly what an undisturbed run publishes."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from bench.proofs import keep
from sample import write_sample
from sample.bps import write_bps_sample
from simpul.database import connect

pytestmark = pytest.mark.slow

TRIALS = 24
STEPS = ("landing DTKS", "landing gate", "prepare", "link", "marts", "attach", "gate", "publish")
LONGEST = dict.fromkeys(STEPS, 2.5) | {"attach": 0.8, "gate": 0.4, "publish": 0.05}
"""Seconds after its beginning in which a step is killed: what is left of the run then takes longer, or nearly."""


@pytest.fixture(scope="module")
def sample(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("sample")
    write_sample(folder, people=1500, seed=11)
    for path in folder.glob("bps/**/*.csv"):
        path.unlink()
    write_bps_sample(folder, years=[2022, 2023])
    return folder


def run(kill_after: str | None = None, delay: float = 0) -> None:
    """Run the child; kill it ``delay`` seconds after it announces ``kill_after``."""
    child = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("child.py"))],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    for line in child.stdout or ():
        if kill_after and line.startswith(kill_after):
            time.sleep(delay)
            child.send_signal(signal.SIGKILL)
            break
    child.wait()
    if not kill_after:
        assert child.returncode == 0, child.stderr and child.stderr.read()[-3000:]


def published() -> str | None:
    """The content hash of what readers see."""
    with connect(autocommit=True) as conn:
        row = conn.execute(
            "select content_hash from audit.release join audit.release_pointer using (release_id)"
        ).fetchone()
    return row[0] if row else None


def state() -> tuple:
    """Content hash of the published release, files with their counts, raw tables that belong to nothing."""
    with connect(autocommit=True) as conn:
        files = conn.execute(
            "select file_name, status, rows_read, rows_loaded, rows_quarantined from audit.file order by 1"
        ).fetchall()
        raw = conn.execute(
            "select c.relname from pg_class c join pg_namespace n on n.oid = relnamespace"
            " where nspname = 'raw' and relkind = 'r' and not relispartition"
        ).fetchall()
    return published(), files, raw


@pytest.fixture(scope="module")
def undisturbed(cloned_ready, tmp_path_factory, sample) -> tuple:
    with cloned_ready(tmp_path_factory.mktemp("undisturbed")) as settings:
        shutil.copytree(sample, settings.inbox, dirs_exist_ok=True)
        run()
        return state()


def trial(settings, sample, undisturbed, kills: list[tuple[str, float]]) -> bool:
    """Run, killed so many seconds after a step has begun, once for each of ``kills``; then run to the end.

    Returns:
        Whether every kill came in time: before the release was published.
    """
    shutil.copytree(sample, settings.inbox, dirs_exist_ok=True)
    in_time = True
    for step, delay in kills:
        run(kill_after=step, delay=delay)
        in_time &= published() is None
    run()
    assert state() == undisturbed, f"killed {kills}"
    return in_time


def test_killed_while_landing_and_again_while_publishing(city, tmp_path_factory, cloned_ready, tmp_path):
    """… and run again; in between stopped by hand, which says so, and goes on when asked again.

    The build is killed in tests/e2e. The city was published undisturbed.
    """
    delivered = tmp_path_factory.mktemp("delivered")
    with city(1) as there:
        shutil.copytree(there.settings.inbox, delivered, dirs_exist_ok=True)
        undisturbed = state()
    chance = random.Random(7)
    with cloned_ready(tmp_path) as settings:
        shutil.copytree(delivered, settings.inbox, dirs_exist_ok=True)
        run(kill_after="landing DTKS", delay=chance.uniform(0, 0.4))
        stopped = _command("run")
        for line in stopped.stderr or ():
            if line.strip() == "· prepare":
                time.sleep(1)
                stopped.send_signal(signal.SIGINT)
                break
        _, said = stopped.communicate(timeout=120)
        assert stopped.returncode == 130 and "Say `simpul run` again" in said, said[-2000:]
        assert "Ulangi `simpul run`" in said and "Traceback" not in said
        assert published() is None
        run(kill_after="attach", delay=chance.uniform(0, 0.4))
        again = _command("run")
        _, said = again.communicate(timeout=300)
        assert again.returncode == 0 and published(), said[-2000:]
        assert state() == undisturbed


def _command(*words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "simpul.cli", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        # whoever runs the tests in the background has INT ignored, and a child inherits that
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip


@pytest.fixture(scope="module")
def survived():
    """The step of each trial that ended as if undisturbed, and whether its kill came in time; kept when all did."""
    trials: list[tuple[str, bool]] = []
    yield trials
    if len(trials) == TRIALS:
        steps = [step for step, in_time in trials if in_time]
        late = len(trials) - len(steps)
        assert late <= TRIALS // 4, f"{late} of {TRIALS} kills came too late: shorten `LONGEST`"
        keep(
            "killed_anywhere",
            "kill -9 anywhere between the inbox and the pointer: run again, it publishes what it would have",
            [
                ("trials, each killed once and run again", str(TRIALS)),
                ("… that ended with the same files, counts and content hash", str(len(trials))),
                ("… of which the kill came too late: everything was published", str(late)),
                *(
                    (f"killed 0–{LONGEST[step]:g} s after '{step}' began", str(n))
                    for step, n in Counter(steps).items()
                ),
            ],
        )


@pytest.mark.proof
@pytest.mark.parametrize("number", range(TRIALS))
def test_killed_anywhere(fresh_warehouse, sample, undisturbed, survived, number):
    chance = random.Random(number)
    step = chance.choice(STEPS)
    in_time = trial(fresh_warehouse, sample, undisturbed, [(step, chance.uniform(0, LONGEST[step]))])
    survived.append((step, in_time))
