"""House rules of the DAGs, policed by test rather than by review."""

from __future__ import annotations

import ast
from datetime import timedelta
from pathlib import Path

import pytest

pytestmark = pytest.mark.dags

DAGS = Path(__file__).parents[2] / "dags"
EXPECTED = {"ingest_bps", "ingest_dinsos", "ingest_bpjs", "ingest_reference", "build_release", "maintain"}


def test_every_dag_parses_and_nothing_else_is_there(dagbag):
    assert dagbag.import_errors == {}
    assert set(dagbag.dags) == EXPECTED


def test_the_page_of_the_odd_inbox_says_what_is_declared(dagbag):
    from simpul.contract import load_contracts

    declared = {contract.agency for contract in load_contracts().values()} & {"reference", "review"}
    page = dagbag.dags["ingest_reference"].doc_md or ""
    assert declared == {agency for agency in ("reference", "review") if f"`<inbox>/{agency}/` (" in page}


def test_the_process_of_a_task_reads_no_more_models_than_the_task_needs(dagbag, monkeypatch):
    """… and the task and what it depends on are the same as in the whole DAG."""
    from airflow.dag_processing.dagbag import DagBag

    whole = dagbag.dags["build_release"]
    for task_id, has_models in (("attach", False), ("marts.dbt_producer_watcher", True)):
        monkeypatch.setenv("_AIRFLOW_PARSING_CONTEXT_DAG_ID", "build_release")
        monkeypatch.setenv("_AIRFLOW_PARSING_CONTEXT_TASK_ID", task_id)
        bag = DagBag(dag_folder=str(DAGS / "build_release.py"), bundle_name="dags-folder")
        assert bag.import_errors == {}
        groups = {name.partition(".")[0] for name in bag.dags["build_release"].task_ids if "." in name}
        assert groups == ({"marts"} if has_models else set())
        seen, there = bag.dags["build_release"].get_task(task_id), whole.get_task(task_id)
        assert type(seen) is type(there) and seen.trigger_rule == there.trigger_rule


def test_tags_and_owners_come_from_the_closed_lists(dagbag):
    from simpul.orchestration import Owner, Tag

    for dag in dagbag.dags.values():
        assert set(dag.tags) <= {tag.value for tag in Tag}, dag.dag_id
        assert sum(tag.startswith("impact:") for tag in dag.tags) == 1, dag.dag_id
        assert sum(tag.startswith("layer:") for tag in dag.tags) == 1, dag.dag_id
        for task in dag.tasks:
            assert task.owner in {owner.value for owner in Owner}, task.task_id


def test_every_dag_has_a_page_with_triage_notes_a_deadline_and_one_run_at_a_time(dagbag):
    for dag in dagbag.dags.values():
        assert "Triage notes" in (dag.doc_md or ""), dag.dag_id
        assert dag.deadline, dag.dag_id
        assert dag.dagrun_timeout and dag.dagrun_timeout > timedelta(0), dag.dag_id
        assert dag.max_active_runs == 1, dag.dag_id
        assert dag.catchup is False, dag.dag_id


def test_clocks_are_in_jakarta_time(dagbag):
    for dag in dagbag.dags.values():
        timetable = getattr(dag.timetable, "timetable", dag.timetable)
        zone = getattr(timetable, "timezone", None)
        assert zone is None or str(zone) == "Asia/Jakarta", dag.dag_id


def test_breaches_fail_at_once_and_lost_connections_are_retried(dagbag):
    import psycopg

    from simpul.errors import DatabaseTransient, HeldFile
    from simpul.orchestration import RETRY_POLICY

    assert RETRY_POLICY.evaluate(DatabaseTransient("x", code="rebuilding"), 1, 2).action.value == "retry"
    assert RETRY_POLICY.evaluate(HeldFile("x"), 1, 2).action.value == "fail"
    assert RETRY_POLICY.evaluate(psycopg.OperationalError("x"), 1, 2).action.value == "retry"
    assert RETRY_POLICY.evaluate(KeyError("x"), 1, 2).action.value == "fail"
    for dag in dagbag.dags.values():
        for task in dag.tasks:
            assert task.retries >= 1, f"{dag.dag_id}.{task.task_id}: a killed process must be tried again"


@pytest.mark.parametrize("path", sorted(DAGS.glob("*.py")), ids=lambda path: path.name)
def test_dag_files_are_thin(path):
    source = path.read_text()
    assert len(source.splitlines()) <= 60
    assert not path.name.startswith("dbt_"), "dbt imports any dbt_*.py it finds on the path"
    tree = ast.parse(source)
    allowed = {"airflow.sdk", "simpul.orchestration", "datetime", "__future__"}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            assert node.module in allowed, f"{path.name} imports {node.module}"
        elif isinstance(node, ast.Import):
            raise AssertionError(f"{path.name}: import names from airflow.sdk or simpul.orchestration")
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    assert len(functions) == 1, "one DAG and no helper in a DAG file"
