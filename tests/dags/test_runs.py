"""The DAGs run for real, in one process, by ``dag.test()``: real PostgreSQL, real dbt, real Great Expectations."""

from __future__ import annotations

import asyncio
import copy
import functools
import re
import shutil

import pytest

from simpul import ledger, ledger_contents, notices, vault
from simpul.database import connect
from tests.notices.listening import a_webhook

pytestmark = [pytest.mark.dags, pytest.mark.slow]


@pytest.fixture(scope="module")
def run(dagbag, airflow_metadata, cloned_ready, tmp_path_factory):
    """Runs a DAG on a small city of its own; returns the states of its tasks."""
    from airflow.dag_processing import dagbag as dagbag_module
    from airflow.dag_processing.bundles.manager import DagBundlesManager

    from sample import write_sample
    from sample.bps import write_bps_sample

    DagBundlesManager().sync_bundles_to_db()
    with cloned_ready(tmp_path_factory.mktemp("dags")) as settings:
        sample = tmp_path_factory.mktemp("city")
        write_sample(sample, people=1200, seed=5)
        shutil.rmtree(sample / "bps")
        write_bps_sample(sample, years=[2023])
        shutil.copytree(sample, settings.inbox, dirs_exist_ok=True)

        # dag.test() reads all DAGs for every run, which takes seconds: here for the first, with this city's settings
        read_once = functools.cache(dagbag_module.BundleDagBag)
        # … and it leaves the parameters of a run in the DAG for the next one
        defaults = {dag_id: dag.params.dump() for dag_id, dag in dagbag.dags.items()}

        def once(dag_id: str, **conf: object) -> tuple[str, dict[str, list[str]]]:
            dag = dagbag.dags[dag_id]
            one_after_the_other(dag)
            with pytest.MonkeyPatch.context() as patch:  # other tests read the same DAGs
                # Airflow 3.3: only the DAG processor gives an alert the id that dag.test() asks for
                patch.setattr(dag, "deadline", None)
                patch.setattr(dagbag_module, "BundleDagBag", read_once)
                done = dag.test(run_conf={**defaults[dag_id], **conf})
            states: dict[str, list[str]] = {}
            for instance in done.get_task_instances():
                states.setdefault(instance.task_id, []).append(str(instance.state))
            return str(done.state), states

        once.settings = settings  # type: ignore[attr-defined]
        yield once


def one_after_the_other(dag) -> None:
    """``dag.test()`` runs one task at a time, none in a triggerer: models are looked at when their dbt is done."""
    from airflow.sdk import TriggerRule

    for task in list(dag.tasks):
        producer = getattr(task, "producer_task_id", None)
        if producer and producer not in task.upstream_task_ids:
            task.trigger_rule = TriggerRule.ALL_SUCCESS
            task.start_from_trigger, task.deferrable = False, False
            task.set_upstream(dag.get_task(producer))


def query(statement: str) -> list[tuple]:
    with connect(autocommit=True) as conn:
        return conn.execute(statement).fetchall()


def test_landing_building_and_nothing_new(run):
    for agency in ("bps", "dinsos", "bpjs"):
        state, tasks = run(f"ingest_{agency}")
        assert state == "success", tasks
        assert set(tasks["land"]) == {"success"}
    with a_webhook() as heard:
        vault.path(notices.SECRET).write_text(f"json://127.0.0.1:{heard.port}/", encoding="utf-8")
        state, tasks = run("build_release")
        vault.path(notices.SECRET).unlink()
    assert state == "success", tasks
    [notice] = heard.messages
    assert re.search(r"· Rilis 1 .*terbit\.$", notice["message"], re.MULTILINE)
    assert re.search(r"· Release 1 .*is published\.$", notice["message"], re.MULTILINE)
    assert tasks["publish"] == tasks["prepare.stg_dinsos__dtks_run"] == ["success"]
    published = query("select release_id from audit.release_pointer")
    assert query("select count(*) from marts.dim_beneficiary")[0][0] > 100
    # `dag.test` is such a user; where an asset or the clock starts the run, it is `airflow`
    assert query("select detail ->> 'by' from audit.ledger where kind = 'release.published'") == [
        ("dag_test",)
    ]

    state, tasks = run("build_release")
    assert tasks["open_release"] == ["skipped"]
    assert tasks["publish"] == ["skipped"]
    assert query("select release_id from audit.release_pointer") == published


def test_what_the_triggerer_is_spared(run):
    """A model that went well asks the DAG processor for no callback, any other task as Airflow does; a DAG that is
    given again is not taken apart again, and one that has changed is.
    """
    from airflow.models.db_callback_request import DbCallbackRequest
    from airflow.models.serialized_dag import SerializedDagModel
    from airflow.models.taskinstance import TaskInstance
    from airflow.models.trigger import handle_event_submit
    from airflow.serialization.serialized_objects import DagSerialization
    from airflow.triggers.base import TaskSuccessEvent
    from airflow.utils.session import create_session
    from sqlalchemy import func, select

    from simpul import orchestration_triggerer

    def requests_of(task_id: str) -> tuple[int, str]:
        with create_session() as session:
            instance = session.scalars(
                select(TaskInstance)
                .where(TaskInstance.task_id == task_id, TaskInstance.dag_id == "build_release")
                .order_by(TaskInstance.start_date.desc())
                .limit(1)
            ).one()
            before = session.scalar(select(func.count()).select_from(DbCallbackRequest))
            instance.state = "deferred"
            handle_event_submit(TaskSuccessEvent(), task_instance=instance, session=session)
            asked = session.scalar(select(func.count()).select_from(DbCallbackRequest)) - before
            state = str(instance.state)
            session.rollback()
            return asked, state

    assert requests_of("marts.dim_region_run") == (0, "success")
    assert requests_of("publish") == (1, "success")
    with create_session() as session:
        data = SerializedDagModel.get("build_release", session=session).data
    assert isinstance(DagSerialization.from_dict, orchestration_triggerer._LastRead)
    read = DagSerialization.from_dict(data)
    assert DagSerialization.from_dict(copy.deepcopy(data)) is read
    changed = copy.deepcopy(data)
    changed["dag"]["tags"] = ["another"]
    assert DagSerialization.from_dict(changed).tags != read.tags


def test_chosen_inputs_are_the_inputs(run):
    """The same files as the published release: nothing new, whatever lands beside them. An unknown one: refused."""
    inputs = [
        file_id
        for (file_id,) in query(
            "select file_id from audit.release_input join audit.release_pointer using (release_id)"
        )
    ]
    state, tasks = run("build_release", inputs=inputs)
    assert (tasks["open_release"], tasks["publish"]) == (["skipped"], ["skipped"])
    state, tasks = run("build_release", inputs=[*inputs, "0000000000000000"])
    assert (tasks["open_release"], state) == (["failed"], "failed")
    assert query("select count(*) from audit.release where status = 'candidate'") == [(0,)]


SEED = "staging.seed_region_alias"


def _tell(conn, table):
    ((form,),) = conn.execute(
        "select subject from audit.ledger where kind = 'seeds.loaded' order by event_id desc limit 1"
    ).fetchall()
    with conn.transaction():
        ledger.append(conn, "seeds.loaded", form, {"contents": ledger_contents.contents(conn, [table])})


def test_what_fails_a_dbt_test_is_not_published(run):
    """Models that build are not enough: an orchestrated build runs the data tests too.

    Nothing is new since the last build: without `force` there would be no build at all.
    """
    published = query("select release_id from audit.release_pointer")
    with connect(autocommit=True) as conn:
        conn.execute("create table kept as table staging.seed_region_alias")
        conn.execute("update staging.seed_region_alias set name_key = null")
        _tell(conn, SEED)  # as if its CSV said so: what was altered by hand is loaded again
        state, tasks = run("build_release", force=True)
        conn.execute("truncate staging.seed_region_alias")
        conn.execute("insert into staging.seed_region_alias table kept")
        _tell(conn, SEED)
    assert state == "failed"
    assert tasks["prepare.dbt_producer_watcher"] == ["failed"], tasks
    assert tasks["attach"] == tasks["publish"] == ["upstream_failed"]
    assert query("select release_id from audit.release_pointer") == published
    [(reason,)] = query("select reason from audit.release where status = 'candidate'")
    assert reason.startswith("dbt: test ") and " rows" in reason and "gate-closed.md" in reason


def test_a_held_file_fails_its_own_task_and_the_others_land(run):
    inbox = run.settings.inbox / "dinsos"
    (inbox / "surat.csv").write_text("perihal,tanggal\nundangan,1 Juni\n")
    good = next(inbox.glob("*Tahap 2*.csv"))
    changed = inbox / "KKS Salur Tahap 2 Tahun 2024 (perbaikan).csv"
    changed.write_bytes(b"".join(good.read_bytes().splitlines(keepends=True)[:-1]))
    state, tasks = run("ingest_dinsos")
    assert sorted(tasks["land"]) == ["failed", "success"]
    assert tasks["gate"] == ["success"]
    assert tasks["report"] == ["failed"]
    assert state == "failed"
    assert query("select status from audit.file where file_name like '%(perbaikan).csv'") == [("landed",)]
    assert query("select status from audit.file where file_name = 'surat.csv'") == [("held",)]


def test_a_file_is_replayed_by_its_id(run):
    file_id = query("select file_id from audit.file where dataset = 'bpjs.pbi_jk' and status = 'landed'")[0][
        0
    ]
    state, tasks = run("ingest_bpjs", file_id=file_id)
    assert state == "success", tasks
    assert sorted(query("select file_id, status from audit.file where dataset = 'bpjs.pbi_jk'")) == [
        (file_id, "superseded"),
        (f"{file_id}-2", "landed"),
    ]


def test_a_run_whose_discovery_failed_is_red(run):
    """`report` is the only leaf and runs whatever happened before it."""
    state, tasks = run("ingest_bpjs", dataset="bpjs.pbi_jk", period="1999-01")
    assert tasks["discover"] == ["failed"]
    assert (tasks["report"], state) == (["failed"], "failed")


def test_a_path_is_landed_whatever_the_inbox_holds(run, tmp_path):
    source = next((run.settings.inbox / "bpjs").glob("*.csv"))
    shutil.copyfile(source, tmp_path / source.name)
    before = query("select count(*) from audit.file")[0][0]
    state, tasks = run("ingest_bpjs", path=str(tmp_path))
    assert (state, tasks["land"]) == ("success", ["success"])
    assert query("select count(*) from audit.file")[0][0] == before + 1
    landed = query("select source_path from audit.file where dataset = 'bpjs.pbi_jk' and status = 'landed'")
    assert landed == [(str(tmp_path / source.name),)]


def test_a_dataset_is_replayed_for_one_period(run):
    landed = (
        "select file_id, period from audit.file where dataset = 'dinsos.kks_payment' and status = 'landed'"
    )
    before = dict(query(landed))
    period = max(before.values())
    state, tasks = run("ingest_dinsos", dataset="dinsos.kks_payment", period=period)
    after = dict(query(landed))
    assert state == "success", tasks
    assert sorted(after.values()) == sorted(before.values())
    assert {after[file_id] for file_id in after.keys() - before.keys()} == {period}
    assert len(tasks["land"]) == len(after.keys() - before.keys())


def test_a_stray_file_is_held_by_the_run_of_everything_else(run):
    (run.settings.inbox / "titipan.csv").write_text("kolom satu,kolom dua\n1,2\n")
    state, tasks = run("ingest_reference")
    assert (tasks["land"], tasks["report"], state) == (["failed"], ["failed"], "failed")
    ((status, reason),) = query("select status, reason from audit.file where file_name = 'titipan.csv'")
    assert status == "held" and "no agency's folder" in reason
    state, tasks = run("ingest_reference")
    assert (tasks["discover"], state) == (["skipped"], "success"), "it is looked at once"


def test_upkeep_calls_once_for_what_is_late_and_for_a_broken_ledger(run):
    state, tasks = run("maintain")
    assert (state, tasks["upkeep"]) == ("failed", ["failed"]), "lists of 2024 are overdue"
    assert query("select count(*) > 0 from audit.ledger where kind = 'delivery.late'") == [(True,)]
    state, tasks = run("maintain")
    assert (state, tasks["upkeep"]) == ("success", ["success"]), "each lateness calls once"
    with connect(autocommit=True) as conn:
        conn.execute("create table kept_event as select * from audit.ledger order by 1 desc limit 1")
        conn.execute("alter table audit.ledger disable trigger user")
        conn.execute(
            "update audit.ledger set subject = 'x' where event_id = (select event_id from kept_event)"
        )
        state, _ = run("maintain")
        conn.execute(
            "update audit.ledger l set subject = k.subject from kept_event k where l.event_id = k.event_id"
        )
        conn.execute("alter table audit.ledger enable trigger user")
    assert state == "failed"


def test_a_missed_deadline_is_in_the_ledger(run):
    """Called as the triggerer calls it: with the simple context that Airflow sends along."""
    from simpul.orchestration import deadline_missed

    context = {"dag_run": {"dag_id": "build_release", "run_id": "manual__2026"}}
    asyncio.run(deadline_missed(context=context))
    assert query("select subject from audit.ledger where kind = 'deadline.missed'") == [
        ("build_release/manual__2026",)
    ]
