"""Orchestrated build beside one ``dbt build`` of the same models on the same data, from a shell."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from psycopg import sql

from bench import machine
from bench.figures import Figure, Goal, Say, Section
from bench.home import checkpoint, server_version
from bench.live import Airflow, Stage, live_stack, timetable, write_sample
from bench.process import RunFailed
from bench.size import Size
from simpul import pipeline, release, transform
from simpul.database import connect
from simpul.demo import drop, wait_for_release
from simpul.settings import get_settings

DBT, SHELL = "dbt build", "simpul run"
BUILD, PART, WHOLE = "Airflow, the dbt build", "Airflow, open → attach", "Airflow, start → published"
HOW = """\
*dbt build* = one `dbt build` of staging, intermediate and marts from a shell, unit tests left out, its
last parse at hand, on an open candidate release. *Airflow, the dbt build* = what `build_release` needs for
the same on the live scheduler: from the end of `open_release` to the start of `attach`, two dbt groups in
Cosmos' WATCHER mode with all waiting for the scheduler, without the seconds of the task between them that
links records to persons, for that is no part of dbt; *open → attach* = with it. *Airflow,
start → published* = the whole run: opening, attaching, publication gate (Great Expectations) and flip
included. *simpul run* = the same steps without Airflow, in one process. Airflow stands idle beside the
others. A round forces a new release on unchanged inputs each time."""


def measure(size: Size, say: Say) -> Section:
    """Land the sample once, then build it again and again, by turns."""
    seconds: dict[str, list[float]] = {name: [] for name in (DBT, SHELL, BUILD, PART, WHOLE)}
    section = Section("build", f"build: a city of {size.people:,} people", HOW)
    with live_stack(say) as airflow:
        _first_release(airflow, size, say)
        _dbt_build()  # parses: later runs find that done, as Airflow does
        for number in range(size.rounds):
            checkpoint()
            seconds[DBT].append(_dbt_build())
            checkpoint()
            seconds[SHELL].append(_simpul_run(number))
            checkpoint()
            since, stages = _orchestrated(airflow)
            at = {stage.name: stage for stage in stages}
            seconds[PART].append((at["attach"].start - at["open_release"].end).total_seconds())
            seconds[BUILD].append(seconds[PART][-1] - at["link"].seconds)
            seconds[WHOLE].append((at["publish"].end - since).total_seconds())
            told = ", ".join(f"{name} {found[-1]:.1f} s" for name, found in seconds.items())
            say(f"round {number + 1} of {size.rounds}: {told}")
        section.tables.append(timetable("Airflow's run of the last round", since, {"build_release": stages}))
        section.versions = machine.versions(server=server_version())
    beside = (DBT, seconds[DBT])
    section.figures = [
        Figure(BUILD, seconds[BUILD], against=beside, goal=Goal(1.3)),
        Figure(PART, seconds[PART], against=beside),
        Figure(WHOLE, seconds[WHOLE], against=beside),
        Figure(SHELL, seconds[SHELL], against=beside),
        Figure(WHOLE, seconds[WHOLE], against=(SHELL, seconds[SHELL])),
    ]
    return section


def _first_release(airflow: Airflow, size: Size, say: Say) -> None:
    folder = write_sample(size.people, seed=1)
    since = datetime.now(UTC)
    dropped, _ = drop(folder, get_settings().inbox)
    say("the sample is dropped; waiting for its first release")
    wait_for_release(airflow, since, dropped, say=lambda line: None, timeout=900)


def _dbt_build() -> float:
    """Seconds of one ``dbt build`` on a candidate that is refused afterwards; its tables are dropped."""
    opened = release.open_release("bench dbt", force=True)
    assert opened.is_new and opened.release_id
    target = get_settings().work / "bench-target"
    command = [
        str(Path(sys.executable).parent / "dbt"), "--quiet", "build", "--select", *transform.PREPARE, *transform.MARTS,
        "--exclude", *transform.LISTS,  # built only when they have changed
        "--exclude-resource-type", "unit_test", "--target-path", str(target), "--log-path", str(target / "logs"),
    ]  # fmt: skip
    started = time.perf_counter()
    done = subprocess.run(
        command,
        env={**os.environ, **transform.environment()},
        cwd=get_settings().dbt_dir,
        capture_output=True,
        text=True,
        check=False,
    )
    seconds = time.perf_counter() - started
    release.refuse(opened.release_id, "measured by bench, never meant to be published", code="abandoned")
    _empty_candidate()
    if done.returncode:
        raise RunFailed(f"dbt build ended {done.returncode}\n{done.stdout[-3000:]}")
    return seconds


def _empty_candidate() -> None:
    with connect() as conn:
        tables = conn.execute("select tablename from pg_tables where schemaname = 'candidate'").fetchall()
        for (table,) in tables:
            conn.execute(sql.SQL("drop table {}").format(sql.Identifier("candidate", table)))


def _simpul_run(number: int) -> float:
    started = time.perf_counter()
    outcome = pipeline.build(f"bench run {number}", force=True)
    assert outcome.is_new
    return time.perf_counter() - started


def _orchestrated(airflow: Airflow) -> tuple[datetime, list[Stage]]:
    """When the run began, and its stages."""
    run_id = airflow.trigger("build_release", force=True)
    (run,) = airflow.wait([("build_release", run_id)])
    return datetime.fromisoformat(run["start_date"]), airflow.stages("build_release", run_id)
