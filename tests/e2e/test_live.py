"""From files dropped into the inbox to a published release, through the live scheduler."""

from __future__ import annotations

import shutil
import time

import psycopg
import pytest

from tests.e2e import leaks
from tests.e2e.killing import kill

pytestmark = [pytest.mark.stack, pytest.mark.slow]

MART_TABLES = (
    "select count(*) from pg_class c join pg_namespace n on n.oid = relnamespace"
    " where nspname in ('release', 'candidate')"
)


@pytest.fixture(scope="module")
def published(live):
    """The demonstration with a small city; nobody triggers anything, files are only dropped."""
    done = live.simpul("demo", "--people", "4000", "--seed", "3", "--timeout", "600")
    assert "published" in done.stdout
    return live


def test_every_mart_is_there_and_the_articles_figures_stand(published):
    tables = {
        name
        for (name,) in published.query(
            "select table_name from information_schema.views where table_schema = 'marts'"
        )
    }
    assert tables >= {
        "dim_region", "dim_program", "dim_period", "fct_poverty", "rpt_poverty_position", "dim_beneficiary",
        "fct_registry_membership", "fct_program_enrollment", "rpt_program_coverage", "rpt_freshness",
        "rpt_data_quality",
    }  # fmt: skip
    above = published.query(
        "select region_code, p0_percent from marts.rpt_poverty_position"
        " where province_code = '36' and year = 2023 and month = 3 and is_above_province order by 2 desc"
    )
    assert [(code, float(value)) for code, value in above] == [
        ("36.01", 9.27), ("36.02", 8.68), ("36.03", 6.93), ("36.73", 6.20),
    ]  # fmt: skip


def test_counts_are_conserved(published):
    broken = published.query(
        "select file_name from audit.file where status = 'landed' and rows_read <> rows_loaded + rows_quarantined"
    )
    assert broken == []
    assert published.simpul("verify").returncode == 0


def test_a_bi_tool_sees_marts_and_nothing_else(published):
    with psycopg.connect(published.dsn("--role", "bi_reader")) as connection:
        assert connection.execute("select count(*) from marts.dim_beneficiary").fetchone()[0] > 1000
        for table in (
            "marts_person.person",
            "audit.file",
            "release.dim_beneficiary",
            "staging.stg_dinsos__dtks",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(f"select * from {table} limit 1")
            connection.rollback()


def test_a_second_demo_looks_and_finds_everything_published(published):
    done = published.simpul("demo", "--people", "4000", "--seed", "3")
    assert "is it published?" in done.stdout and "is published:" in done.stdout


def test_killed_tasks_run_again_and_the_same_is_published(published):
    """Two in one build, of the same inputs as before; `make prove` kills every task (`test_killed.py`)."""
    airflow = published.airflow()
    content = "select content_hash from audit.release join audit.release_pointer using (release_id)"
    before = published.query(content)
    run_id = airflow.trigger("build_release", force=True)
    kills = [
        kill(airflow, "build_release", run_id, "marts.dbt_producer_watcher", after=1),
        kill(airflow, "build_release", run_id, "attach"),
    ]
    airflow.wait([("build_release", run_id)])
    assert all(one.hit for one in kills), kills
    assert max(one.noticed for one in kills) < 30, "at once, not when a heartbeat is missed"
    assert published.query(content) == before
    assert published.query("select max(release_id) from audit.release_pointer")[0][0] == 2


def test_nothing_new_is_quick_and_writes_no_mart(published):
    before = published.query("select release_id, flipped_at from audit.release_pointer")
    parts = published.query(MART_TABLES)
    started = time.monotonic()
    published.simpul("run")
    assert time.monotonic() - started < 60  # the goal is 20 s and is measured by `make bench`
    assert published.query("select release_id, flipped_at from audit.release_pointer") == before
    assert published.query(MART_TABLES) == parts


def test_the_same_bytes_under_another_name_are_a_recorded_no_op(published):
    source = next((published.home / "inbox" / "bpjs").rglob("*.csv"))
    copy = source.with_name("copy of " + source.name)
    shutil.copyfile(source, copy)
    assert wait(
        lambda: published.query(
            "select duplicate_of from audit.file where file_name = %s and status = 'duplicate'", copy.name
        )
    )


def test_a_demo_that_is_not_published_fails_and_names_task_and_reason(published, tmp_path):
    """Also the second time, when nothing is new in the inbox."""
    (tmp_path / "dinsos").mkdir()
    (tmp_path / "dinsos" / "catatan.csv").write_text("kolom satu,kolom dua\n1,2\n")
    for _ in range(2):
        done = published.simpul("demo", "--deliveries", str(tmp_path), check=False)
        assert done.returncode == 1
        assert "ingest_dinsos.land catatan.csv: HeldFile: 'catatan.csv' is held: " in done.stderr
    assert published.query("select status from audit.file where file_name = 'catatan.csv'") == [("held",)]


def test_no_personal_value_anywhere_a_person_may_look(published):
    from simpul.stack import postgres

    numbers, names = leaks.personal_values(published.home / "work" / "sample")
    password = (published.home / "secrets" / "airflow").read_text().strip()
    server = published.dsn().rsplit("@", 1)[1].split("/")[0]
    airflow_dsn = f"postgresql://airflow:{password}@{server}/airflow"
    assert len(numbers) > 1000
    found = leaks.leaks(leaks.files([published.home / "logs", published.home / "reports"]), numbers, names)
    found += leaks.leaks(leaks.database(airflow_dsn, postgres.binaries() / "pg_dump"), numbers, names)
    gates = published.query(
        " union all ".join(
            f"select row_to_json(t)::text from audit.{table} t"
            for table in ("gate_result", "gate_failure", "file", "ledger")
        )
    )
    found += leaks.leaks([("audit tables", "\n".join(text for (text,) in gates).encode())], numbers, names)
    assert found == []


def wait(look, seconds: float = 180):
    """What ``look`` returns as soon as it is something; None when the time is over."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := look():
            return found
        time.sleep(1)
    return None
