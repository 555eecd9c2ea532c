"""dbt's own process: imported once, forked for every run, gone with whoever asked for it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from simpul import transform
from simpul.database import connect
from simpul.settings import get_settings

pytestmark = pytest.mark.slow

SLEEPING = (
    "select count(*) from pg_stat_activity where datname = current_database() and application_name = 'simpul_dbt'"
    " and query like '%pg_sleep(120)%'"
)
DESCRIBED = """
models:
  - name: described
    description: it's "said" — $1, 100%
    config: {persist_docs: {relation: true, columns: true}}
    columns: [{name: plain, description: satu — one}, {name: Order, quote: true, description: dua — two}]
  - name: lacking
    config: {persist_docs: {columns: true}}
    columns: [{name: gone, description: tiga — three}]
"""
THREADS = 8  # at most, whatever the machine


@pytest.fixture(scope="module")
def project(cloned_warehouse, tmp_path_factory) -> Iterator[Path]:
    """A project of many small models, and one that sleeps."""
    root = tmp_path_factory.mktemp("root")
    folder = root / "dbt_project"
    (folder / "models").mkdir(parents=True)
    (folder / "dbt_project.yml").write_text("{name: tiny, profile: simpul, models: {+materialized: table}}\n")
    for number in range(3 * THREADS):
        (folder / "models" / f"small_{number}.sql").write_text("select pg_backend_pid() as session")
    (folder / "models" / "told.sql").write_text("select '{{ env_var('TOLD', 'nothing') }}' as told")
    (folder / "models" / "hooked.sql").write_text(
        "{{ config(pre_hook='set local enable_nestloop = off') }} select current_setting('enable_nestloop') as told"
    )
    (folder / "models" / "slow.sql").write_text("select 1 as n from pg_sleep(120)")
    for name in ("described", "lacking"):
        (folder / "models" / f"{name}.sql").write_text('select 1 as plain, 2 as "Order"')
    (folder / "models" / "described.yml").write_text(DESCRIBED)
    with (
        cloned_warehouse(tmp_path_factory.mktemp("process")) as settings,
        pytest.MonkeyPatch.context() as patch,
    ):
        shutil.copy(settings.dbt_dir / "profiles.yml", folder)
        (folder / "macros").mkdir()
        shutil.copy(settings.dbt_dir / "macros" / "persist_docs.sql", folder / "macros")
        (root / "include").symlink_to(settings.project_root / "include")
        patch.setenv("SIMPUL_PROJECT_ROOT", str(root))
        get_settings.cache_clear()
        yield folder


def ask(statement: str) -> list[tuple]:
    with connect(autocommit=True) as conn:
        return conn.execute(statement).fetchall()


def test_runs_share_what_was_imported_and_nothing_else(project, monkeypatch):
    monkeypatch.setenv("TOLD", "something")
    assert transform.run_dbt(["told"]).success
    ((key, process),) = [(key, one) for key, one in transform._IDLE.items() if key[1] == project.parent]
    assert ask("select told from staging.told") == [("something",)]
    monkeypatch.delenv("TOLD")
    assert transform.run_dbt(["told"]).success
    assert transform._IDLE[key] is process and process.poll() is None
    assert ask("select told from staging.told") == [("nothing",)]
    process.kill()  # between two runs
    process.wait()
    assert transform.run_dbt(["told"]).success
    assert transform._IDLE[key] is not process


def test_what_a_model_sets_for_itself_holds_for_it(project):
    assert transform.run_dbt(["small_*", "hooked"]).success
    assert ask("select told from staging.hooked") == [("off",)]


def test_tables_and_columns_say_what_is_described_and_nothing_else_is(project):
    assert transform.run_dbt(["described"]).success
    table = "'staging.described'::regclass"
    assert ask(
        f"select obj_description({table}), col_description({table}, 1), col_description({table}, 2)"
    ) == [('it\'s "said" — $1, 100%', "satu — one", "dua — two")]
    outcome = transform.run_dbt(["lacking"])
    assert [one.name for one in outcome.failing] == ["lacking"]
    assert 'column "gone"' in outcome.explain()


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_it_ends_with_who_asked_for_it(project, how):
    transform.ensure_manifest()
    asker = subprocess.Popen(
        # a shell's background job ignores INT, and hands that on to all that it starts
        [
            sys.executable,
            "-c",
            "import signal; signal.signal(signal.SIGINT, signal.default_int_handler);"
            " from simpul import transform; transform.run_dbt(['slow'])",
        ],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stderr=subprocess.DEVNULL,
    )
    try:
        wait(lambda: ask(SLEEPING) == [(1,)])
        below = psutil.Process(asker.pid).children(recursive=True)
        assert len(below) >= 2
        asker.send_signal(how)
        asker.wait(120)  # as `wait`: beside other work
    finally:
        asker.kill()
    assert psutil.wait_procs(below, 120)[1] == []
    wait(lambda: ask(SLEEPING) == [(0,)])


def wait(condition) -> None:
    end = time.monotonic() + 120  # beside other work; a few seconds alone
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.1)
