"""The Airflow face of the pipeline: assets, the inbox watcher, tasks, retry and deadline policy.

The only module of the package that imports Airflow, with `orchestration_dbt` beside it. It says *when* and *who is
told*; every task calls one step of ``simpul.pipeline`` and passes on paths, file ids and counts, never a value of a
row.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import timedelta
from enum import StrEnum
from typing import Any

import psycopg
from airflow.sdk import (
    Asset,
    AssetAlias,
    AssetOrTimeSchedule,
    AssetWatcher,
    AsyncCallback,
    CronTriggerTimetable,
    DeadlineAlert,
    DeadlineReference,
    ExceptionRetryPolicy,
    Param,
    RetryAction,
    RetryRule,
    TaskGroup,
    TriggerRule,
    get_current_context,
    get_parsing_context,
    task,
)
from airflow.sdk.exceptions import AirflowSkipException
from airflow.triggers.base import BaseEventTrigger, TriggerEvent

from simpul.clock import WIB
from simpul.contract import load_contracts
from simpul.errors import ContractBreach, DatabaseTransient, StackError
from simpul.ledger import Decision
from simpul.settings import get_settings

log = logging.getLogger(__name__)

# Tasks that give a dict give one value: taken apart, every key would be a value of its own, each a call of the API.

TIMEZONE = WIB.key


class Tag(StrEnum):
    """The closed list of DAG tags; ``tests/dags/test_policy.py`` refuses any other."""

    BPS = "agency:bps"
    DINSOS = "agency:dinsos"
    BPJS = "agency:bpjs"
    REFERENCE = "agency:reference"
    LANDING = "layer:landing"
    RELEASE = "layer:release"
    UPKEEP = "layer:upkeep"
    TIER_1 = "impact:tier_1"  # no release without it
    TIER_2 = "impact:tier_2"  # a release can wait for it
    TIER_3 = "impact:tier_3"  # nobody outside notices for a day


class Owner(StrEnum):
    """Who is called when a DAG fails."""

    DATA_ENGINEERING = "data-engineering"


# --- policy ---------------------------------------------------------------------------------------------------------

# A retry helps when the world was busy, never when the data or the code is wrong. A killed process raises nothing:
# Airflow then retries by ``retries`` alone, and every step is safe to run again.
RETRY_POLICY = ExceptionRetryPolicy(
    rules=[
        RetryRule(
            exception=ContractBreach, action=RetryAction.FAIL, reason="breaks a contract: a retry cannot help"
        ),
        RetryRule(
            exception=[psycopg.OperationalError, DatabaseTransient, StackError, ConnectionError],
            action=RetryAction.RETRY,
            retry_delay=timedelta(seconds=10),
            reason="the database could not be reached",
        ),
    ],
    default=RetryAction.FAIL,
)

TASK_DEFAULTS: dict[str, Any] = {
    "owner": Owner.DATA_ENGINEERING.value,
    "retries": 2,
    "retry_delay": timedelta(seconds=5),
    "retry_policy": RETRY_POLICY,
    "execution_timeout": timedelta(hours=2),
}


async def deadline_missed(**kwargs: Any) -> None:
    """Tell the triggerer's log, the audit ledger and who wants notices that a run is later than it should be."""
    context = kwargs.get("context") or {}
    run = context.get("dag_run") or {}
    await asyncio.to_thread(_tell_of, "deadline.missed", str(run.get("dag_id")), str(run.get("run_id")))


def tell(context: dict[str, Any]) -> None:
    """Send the notices that wait; of a failed run also that it failed.

    A callback never fails what it tells of: what an address did not take is told with the next notice.
    """
    run = context.get("dag_run")
    if str(getattr(run, "state", "")) == "failed":
        _tell_of("run.failed", run.dag_id, run.run_id)
    else:
        _tell()


def _tell_of(kind: str, dag_id: str, run_id: str) -> None:
    """Write down what happened to a run, then tell it; where nothing can be written, tell it all the same."""
    from simpul import notices, pipeline

    try:
        pipeline.record_run(kind, dag_id, run_id)
    except Exception as error:  # the database is away, or the warehouse is being made anew
        log.warning("%s is not in the ledger: %s", kind, type(error).__name__)
        try:
            notices.cry(*notices.RUNS[kind](f"{dag_id}/{run_id}"))
        except Exception as refused:
            log.warning("nobody was told: %s", type(refused).__name__)
        return
    _tell()


def _tell() -> None:
    from simpul import notices

    try:
        notices.send()
    except Exception as error:  # the way out may be closed, or the database away
        log.warning("notices wait to be sent: %s", type(error).__name__)


def deadline(within: timedelta) -> DeadlineAlert:
    """Alert when a run has not ended ``within`` this time of being queued."""
    return DeadlineAlert(
        reference=DeadlineReference.DAGRUN_QUEUED_AT, interval=within, callback=AsyncCallback(deadline_missed)
    )


def dag_policy(*, within: timedelta, tags: Iterable[Tag], **more: Any) -> dict[str, Any]:
    """Arguments that every DAG shares; one run at a time, so overlapping triggers queue instead of racing."""
    return {
        "catchup": False,
        "max_active_runs": 1,
        "default_args": TASK_DEFAULTS,
        "deadline": deadline(within),
        "on_failure_callback": tell,
        "dagrun_timeout": within * 8,
        "tags": [tag.value for tag in tags],
        **more,
    }


def daily(cron: str) -> CronTriggerTimetable:
    """A cron schedule in the time of the people who read the result."""
    return CronTriggerTimetable(cron, timezone=TIMEZONE)


# --- assets ---------------------------------------------------------------------------------------------------------


def dataset_asset(dataset: str) -> Asset:
    """The landed rows of a dataset: its raw table, named the way Airflow and OpenLineage name PostgreSQL tables."""
    host, port, database = get_settings().warehouse_address
    table = load_contracts()[dataset].table
    return Asset(name=dataset, uri=f"postgres://{host}:{port}/{database}/raw/{table}", group="raw")


LANDED = AssetAlias("landed")
"""Every dataset that lands is announced under this name too. Who waits for any of them waits for it: a list of thirty
assets would be hashed hundreds of times whenever the DAG is read, and a new contract would have to be read first."""


def landed_schedule() -> AssetOrTimeSchedule:
    """Run when a dataset has been announced, and every hour: what the command line landed, or a task that failed after
    landing some of its files, announces nothing. Nothing new = skipped.
    """
    return AssetOrTimeSchedule(assets=LANDED, timetable=daily("50 * * * *"))


_REST = 3  # looks; six files land side by side, so a set that no look finds smaller is at rest


class InboxTrigger(BaseEventTrigger):
    """Fires when settled files that nobody has registered yet stand in an inbox.

    The inbox is read by the same ``discover`` that the DAG runs, so what the watcher sees is what the run will land.
    A set of files is announced once; again when one of them, or its cover letter, is saved anew. Of more than one run
    takes, the rest is announced again when the set has become smaller and rests: the run has come to its end, and
    files that do not go are not announced for ever. The DAG's clock is the net under those, and under a triggerer
    that was down.
    """

    def __init__(self, inbox: str, poll_seconds: float = 2.0) -> None:
        super().__init__()
        self.inbox = inbox
        self.poll_seconds = poll_seconds

    def serialize(self) -> tuple[str, dict[str, Any]]:
        return (
            f"{type(self).__module__}.{type(self).__qualname__}",
            {"inbox": self.inbox, "poll_seconds": self.poll_seconds},
        )

    async def run(self) -> AsyncIterator[TriggerEvent]:
        from simpul import pipeline

        watch = pipeline.watch(self.inbox)
        seen: frozenset[tuple[str, int, str | None]] = frozenset()
        looks_alike = 0
        backlog = 0  # how many were announced, if more than one run takes
        while True:
            try:
                waiting = await asyncio.to_thread(watch.look_at_versions)
            except Exception as error:  # the database may be restarting: a watcher outlives that
                log.warning("the inbox %s could not be read: %s", self.inbox, type(error).__name__)
                waiting = seen
            looks_alike = looks_alike + 1 if waiting == seen else 0
            if waiting - seen or (looks_alike >= _REST and 0 < len(waiting) < backlog):
                yield TriggerEvent({"inbox": self.inbox, "files": len(waiting)})
                backlog = len(waiting) if len(waiting) > pipeline.AT_ONCE else 0
            seen = waiting
            await asyncio.sleep(self.poll_seconds)


def inbox_schedule(inbox: str) -> AssetOrTimeSchedule:
    """Run when the watcher sees new files in one of ``pipeline.INBOXES``, and every quarter of an hour whatever."""
    watcher = AssetWatcher(name=f"inbox_{inbox}", trigger=InboxTrigger(inbox))
    asset = Asset(name=f"inbox.{inbox}", uri=f"simpul://inbox/{inbox}", group="inbox", watchers=[watcher])
    return AssetOrTimeSchedule(assets=asset, timetable=daily("*/15 * * * *"))


# --- landing --------------------------------------------------------------------------------------------------------

INGEST_PARAMS = {
    "path": Param(
        None, type=["null", "string"], description="Land this file or folder now, whatever the inbox holds."
    ),
    "file_id": Param(None, type=["null", "string"], description="Replay one archived file by its file_id."),
    "dataset": Param(None, type=["null", "string"], description="Replay the landed files of this dataset."),
    "period": Param(
        None, type=["null", "string"], description="With dataset: only this period, e.g. 2024-06."
    ),
}


def _params() -> dict[str, Any]:
    return dict(get_current_context()["params"])


def _run_id() -> str:
    context = get_current_context()
    return f"{context['dag'].dag_id}/{context['run_id']}"


def _asked_by() -> str:
    """The user who triggered the run; Airflow itself where an asset or the clock did."""
    return getattr(get_current_context()["dag_run"], "triggering_user_name", None) or "airflow"


@task
def fetch() -> list[str]:
    """Ask the BPS WebAPI for new figures, once a day where a key is configured; its files are then found and landed."""
    from simpul import pipeline

    found = pipeline.step_fetch()
    if found is None:
        raise AirflowSkipException("no key is configured, or the last round is less than a day ago")
    return found


@task
def discover(inbox: str) -> list[dict[str, str]]:
    """The files of this run: what is new in the inbox, or what the run's parameters ask for."""
    wanted = {key: value for key, value in _params().items() if value}
    from simpul import pipeline

    found = pipeline.step_select(inbox, **wanted)
    if not found:
        raise AirflowSkipException(f"nothing new in the inbox {inbox}")
    return found


@task(map_index_template="{{ file_name }}", multiple_outputs=False)
def land(file: dict[str, str]) -> dict[str, Any]:
    """Archive, register and load one file; a held file fails here, at once, and says why."""
    from simpul import pipeline

    get_current_context()["file_name"] = file["name"]  # names the mapped task in the UI
    return pipeline.step_land(file, run_id=_run_id())


@task(trigger_rule=TriggerRule.ALL_DONE, outlets=[LANDED])
def gate(files: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Door 1 for every loaded file of the run; datasets of which something landed are announced."""
    from simpul import pipeline

    loaded = [file for file in files if file]
    if not loaded:
        raise AirflowSkipException("no file was loaded")
    results = pipeline.step_gate_files(loaded)
    alias = get_current_context()["outlet_events"][LANDED]
    for dataset in sorted({file["dataset"] for file in results if file["status"] == "landed"}):
        alias.add(dataset_asset(dataset))
    return results


@task(trigger_rule=TriggerRule.ALL_DONE)
def report(
    found: list[dict[str, str]] | None, landed: Iterable[dict[str, Any]], judged: Iterable[dict[str, Any]]
) -> None:
    """End of the run: fails, naming each and the reason, when a file that was found did not land or a task failed.

    It is the run's only leaf, so its state is the run's: it must look at everything before it.
    """
    from simpul import pipeline

    context = get_current_context()
    dag, run = context["dag"], context["run_id"]
    # its end is the run's, too, and may be still to come
    beside = ["fetch"] if dag.has_task("fetch") else []
    states = (
        context["ti"]
        .get_task_states(dag_id=dag.dag_id, task_ids=["discover", "gate", *beside], run_ids=[run])
        .get(run, {})
    )
    failed = [name for name, state in states.items() if state == "failed" and name not in beside]
    is_all = all(states.get(name) in ("success", "skipped") for name in beside)
    pipeline.step_report(found or [], list(landed or ()), run_id=_run_id(), failed=failed, is_all=is_all)


# --- release --------------------------------------------------------------------------------------------------------

BUILD_PARAMS = {
    "inputs": Param(
        None, type=["null", "array"], description="Build from these file_ids only (default: all landed)."
    ),
    "force": Param(False, type="boolean", description="Build although nothing is new."),
    "reason": Param(
        None, type=["null", "string"], description="Why, in English: lets a release through that lost much."
    ),
    "reason_id": Param(None, type=["null", "string"], description="The same in Indonesian; either or both."),
}


@task
def open_release() -> int:
    """Freeze the inputs of the next release; skip everything when nothing is new."""
    from simpul import pipeline

    params = _params()
    if not params.get("inputs"):
        pipeline.wait_for_landing()
    # one run of this DAG at a time: another run's candidate is a failed run's (a living `simpul run` is never robbed)
    opened = pipeline.step_open(
        _run_id(),
        inputs=params.get("inputs"),
        force=bool(params.get("force")),
        take_over=True,
        decision=Decision(_asked_by(), params.get("reason"), params.get("reason_id")),
    )
    if opened["status"] == "refused":
        raise ContractBreach(
            opened["reason"], hint="deliver better files or mend the model, or trigger with `force`"
        )
    if not opened["is_new"]:
        raise AirflowSkipException(opened["reason"])
    return opened["release_id"]


@task(multiple_outputs=False)
def link(release_id: int) -> dict[str, Any]:
    """Who is the same person: links every record of the release to a person."""
    from simpul import pipeline

    return pipeline.step_link(release_id, _run_id())


@task(multiple_outputs=False)
def attach(release_id: int) -> dict[str, Any]:
    """Attach the candidate tables to their permanent parents; nobody sees them yet."""
    from simpul import pipeline

    return pipeline.step_attach(release_id, _run_id())


@task(multiple_outputs=False)
def gate_release(release_id: int) -> dict[str, Any]:
    """Door 2: the publication suites. A failing rule refuses the release."""
    from simpul import pipeline

    return pipeline.step_gate_release(release_id, _run_id())


@task(multiple_outputs=False, on_success_callback=tell)
def publish(release_id: int) -> dict[str, Any]:
    """Flip the pointer: all tables change at once."""
    from simpul import pipeline

    return pipeline.step_flip(release_id, _run_id(), by=_asked_by())


# once a day also what an address did not take at first
@task(multiple_outputs=False, on_success_callback=tell)
def upkeep() -> dict[str, Any]:
    """Retire old releases, drop rows of replaced files, sweep what crashes left, check the ledger."""
    from simpul import pipeline

    return pipeline.step_maintain()


def prepare() -> Any:
    """Staging and intermediate models."""
    from simpul import transform

    return _dbt_group("prepare", transform.PREPARE, transform.LISTS)


def marts() -> Any:
    """The candidate marts."""
    from simpul import transform

    return _dbt_group("marts", transform.MARTS)


def _dbt_group(group_id: str, select: Sequence[str], exclude: Sequence[str] = ()) -> Any:
    """One ``dbt build`` of a part of the project, tests included, shown model by model (Cosmos, WATCHER mode).

    A process that runs a task outside the group sees it empty: reading the project's manifest for nothing costs 0.3 s.
    """
    running = get_parsing_context().task_id
    if running and not running.startswith(f"{group_id}."):
        return TaskGroup(group_id)

    from cosmos import ExecutionConfig, ProfileConfig, ProjectConfig, RenderConfig
    from cosmos.constants import ExecutionMode, LoadMode, TestBehavior

    from simpul import transform
    from simpul.orchestration_dbt import BUILD_ARGUMENTS, DbtBuildGroup

    settings = get_settings()
    # dbt runs inside the task's process and reads its profile from the environment; an operator argument would carry
    # the password into the serialized DAG
    os.environ.update(transform.environment())
    return DbtBuildGroup(
        part=select,
        group_id=group_id,
        project_config=ProjectConfig(
            dbt_project_path=settings.dbt_dir,
            manifest_path=transform.manifest_path(),
            install_dbt_deps=False,
        ),
        profile_config=ProfileConfig(
            profile_name=transform.PROFILE,
            target_name=transform.TARGET,
            profiles_yml_filepath=settings.dbt_dir / "profiles.yml",
        ),
        execution_config=ExecutionConfig(
            execution_mode=ExecutionMode.WATCHER, setup_operator_args=BUILD_ARGUMENTS
        ),
        render_config=RenderConfig(
            select=list(select),
            exclude=list(exclude),
            load_method=LoadMode.DBT_MANIFEST,
            test_behavior=TestBehavior.NONE,  # no task per test: each would only wait for the build that runs them all
            emit_datasets=False,
        ),
    )
