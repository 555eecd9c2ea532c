"""From files dropped into the inbox to a published release through the live scheduler; and again with nothing new."""

from __future__ import annotations

import os
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench import machine
from bench.figures import Figure, Goal, Say, Section, Table
from bench.home import server_version
from bench.live import Airflow, live_stack, moments, timetable, write_sample
from bench.size import Size
from simpul import landing
from simpul.database import connect
from simpul.demo import FINAL, DemoError, current_release, drop, wait_for_release
from simpul.settings import get_settings

DAGS = ("ingest_bps", "ingest_dinsos", "ingest_bpjs", "build_release")
DROPPED, ASKED, AGAIN = "dropped → published", "nothing new, all DAGs run", "the same files delivered again"
CORRECTED = "one corrected BPS file → published"
CLOCK_SECONDS = 15 * 60
"""Every quarter of an hour the landing DAGs run by the clock (`orchestration.inbox_schedule`)."""
MANY = 1_000_000
"""People of a run whose figures are held against the goals of tier M."""
HOW = """\
Services are up, empty and at rest; the sample (a city, and the BPS tables) is copied into the inbox as agencies
would, and nobody triggers anything: watchers see the files, three DAGs land them, their assets start
`build_release`. Each round has a stack of its own. A round begins where no run by the clock (every quarter of an hour)
falls into its first minutes. *Nothing new*: the three landing DAGs and
`build_release` are asked to run, until all have ended. *Delivered again*: every file gets a new time, so
the watchers see a delivery and find known bytes. Both must write no mart: oid, file and counters of
inserted, updated and deleted rows of every table in the schemas of the marts are compared before and
after. *Corrected*: one table of BPS comes again with one figure changed; only what depends on it may be
built."""

# what a write to any table of a release leaves behind: another table, another file, or moved counters
_STATE = """
select n.nspname || '.' || c.relname, c.oid, c.relfilenode, s.n_tup_ins, s.n_tup_upd, s.n_tup_del
from pg_class c join pg_namespace n on n.oid = c.relnamespace left join pg_stat_all_tables s on s.relid = c.oid
where n.nspname in ('staging', 'intermediate', 'candidate', 'release', 'marts', 'marts_person') order by 1, 2
"""
_STATISTICS_SECONDS = 1.5  # a session tells its counters within a second, or when it ends


def measure(size: Size, say: Say) -> Section:
    """A live stack per round."""
    seconds: dict[str, list[float]] = {DROPPED: [], ASKED: [], AGAIN: [], CORRECTED: []}
    written: list[str] = []
    title = f"pipeline: a city of {size.people:,} people through the live scheduler"
    section = Section("pipeline", title, HOW)
    for number in range(size.rounds):
        with live_stack(say) as airflow:
            folder = write_sample(size.people, seed=1)
            _after_the_clock(airflow, 60 + size.people / 2_500, say)
            say(f"round {number + 1} of {size.rounds}: dropping the sample")
            since, published = _publish(airflow, folder, say)
            seconds[DROPPED].append((published - since).total_seconds())
            section.tables = [_stages(airflow, since), _steps(airflow, since)]
            section.remarks = [_inputs()]
            before = _state()
            seconds[ASKED].append(_ask(airflow))
            seconds[AGAIN].append(_deliver_again(airflow))
            written += _changed(before, _state())
            told, remark = _correct(airflow, say)
            seconds[CORRECTED].append(told)
            section.remarks.append(remark)
            say(", ".join(f"{name}: {found[-1]:.1f} s" for name, found in seconds.items()))
            section.versions = section.versions or machine.versions(server=server_version())
    section.figures = [
        Figure(DROPPED, seconds[DROPPED], goal=Goal(180 if size.people >= MANY else 60, "s")),
        Figure(ASKED, seconds[ASKED], goal=Goal(20, "s")),
        Figure(AGAIN, seconds[AGAIN]),
        Figure(CORRECTED, seconds[CORRECTED], goal=Goal(40, "s")),
        Figure("tables written with nothing new", [len(written)], "", goal=Goal(0, "")),
    ]
    section.remarks += [f"written with nothing new: {', '.join(sorted(set(written)))}"] if written else []
    return section


def _after_the_clock(airflow: Airflow, seconds: float, say: Say) -> None:
    """Wait for the runs by the clock, where they are due within ``seconds``."""
    if (due := CLOCK_SECONDS - time.time() % CLOCK_SECONDS) < seconds:
        say(f"waiting {due:.0f} s for the runs by the clock")
        time.sleep(due + 15)  # the scheduler makes them within seconds
        airflow.rest()


def _publish(airflow: Airflow, folder: Path, say: Say) -> tuple[datetime, datetime]:
    """Drop the sample; when that was and when its release was published, by the clock of this machine."""
    since = datetime.now(UTC)
    dropped, _ = drop(folder, get_settings().inbox)
    release = wait_for_release(airflow, since, dropped, say=lambda line: say(line.strip()), timeout=900)
    return since, release["published_at"]


def _inputs() -> str:
    """How many of the delivered files the release was made from: all, or it was too early."""
    release = current_release()
    assert release
    with connect() as conn:
        row = conn.execute(
            """select count(*) filter (where status = 'landed'), count(*),
                (select count(*) from audit.release_input where release_id = %(id)s),
                (select count(*) from audit.release) from audit.file""",
            {"id": release["release_id"]},
        ).fetchone()
    assert row
    landed, files, inputs, releases = row
    rows = sum(int(table["rows"]) for table in release["tables"].values())
    said = f"{landed} of {files} files landed, {inputs} are in the release"
    return f"{said}; {releases} releases were made; {rows:,} rows are published"


# --------------------------------------------------------------------------------------------------------- nothing new
def _ask(airflow: Airflow) -> float:
    started = time.perf_counter()
    airflow.wait([(dag, airflow.trigger(dag)) for dag in DAGS])
    return time.perf_counter() - started


def _deliver_again(airflow: Airflow) -> float:
    """Seconds from the new times of the files to the end of the last run that they caused."""
    since = datetime.now(UTC)
    for path in get_settings().inbox.rglob("*"):
        if path.is_file():
            os.utime(path)
    end = time.monotonic() + 300
    while time.monotonic() < end:
        runs = [run for run in airflow.runs_since(since) if run["dag_id"] in DAGS]
        landed = {run["dag_id"] for run in runs if run["state"] in FINAL}
        settled = since + timedelta(seconds=get_settings().settle_seconds)
        if len(landed) >= len(DAGS) - 1 and datetime.now(UTC) > settled and not landing.discover():
            active = [run for run in airflow.runs_since(since) if run["state"] not in FINAL]
            if not active:
                return max((moments(run)[1] - since).total_seconds() for run in runs)
        time.sleep(0.5)
    raise DemoError("the watchers did not take the files that were delivered again")


def _correct(airflow: Airflow, say: Say) -> tuple[float, str]:
    """Seconds from a corrected BPS file in the inbox to its release, and what of that had to be built."""
    corrected = next(path for path in sorted(get_settings().inbox.glob("bps/**/*(P0)*.csv")))
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "bps" / corrected.name
        copy.parent.mkdir()
        lines = corrected.read_text(encoding="utf-8-sig").splitlines()
        region, comma, figure = lines[-1].rpartition(",")
        lines[-1] = f"{region}{comma}{float(figure) + 0.01:.2f}"
        copy.write_text("\n".join(lines), encoding="utf-8-sig")
        since, published = _publish(airflow, Path(folder), say)
    with connect() as conn:
        row = conn.execute(
            """select count(*) filter (where stored_in = release_id), count(*)
            from audit.release_table join audit.release_pointer using (release_id)"""
        ).fetchone()
    assert row
    return (published - since).total_seconds(), f"corrected: {row[0]} of {row[1]} published tables were built"


def _state() -> dict[str, tuple[object, ...]]:
    time.sleep(_STATISTICS_SECONDS)
    with connect(autocommit=True) as conn:
        return {f"{row[0]} {row[1]}": tuple(row[2:]) for row in conn.execute(_STATE)}


def _changed(before: dict[str, tuple[object, ...]], after: dict[str, tuple[object, ...]]) -> list[str]:
    """Tables that are new, gone, or were written to."""
    return [name.split()[0] for name in before.keys() | after.keys() if before.get(name) != after.get(name)]


# -------------------------------------------------------------------------------------------------------------- stages
def _stages(airflow: Airflow, since: datetime) -> Table:
    runs = [run for run in airflow.runs_since(since) if run["dag_id"] in DAGS]
    stages = {f"{run['dag_id']}": airflow.stages(run["dag_id"], run["dag_run_id"]) for run in reversed(runs)}
    order = sorted(stages, key=DAGS.index)
    return timetable("Stage by stage, last round", since, {dag: stages[dag] for dag in order})


def _steps(airflow: Airflow, since: datetime) -> Table:
    """When each DAG ran, and how long: what is between them is waiting for the scheduler."""
    rows = []
    for run in airflow.runs_since(since):
        if run["dag_id"] in DAGS and run.get("end_date"):
            start, end = moments(run)
            told = [f"{(moment - since).total_seconds():.1f}" for moment in (start, end)]
            rows.append((run["dag_id"], run["state"], *told))
    return Table("Runs, last round", ("run", "state", "began at, s", "ended at, s"), rows)
