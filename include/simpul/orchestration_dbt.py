"""dbt under Airflow, model by model: Cosmos' watcher, made to keep three promises.

Cosmos runs one ``dbt build`` per group (the *producer*) and shows each model as a task that follows it. As delivered,
it leaves data tests out of a build whose tests are no tasks of their own; a producer that is tried again skips itself;
and then each task runs its own model alone, again without tests. A killed build could so be published untested. And
following costs more than building: a process for each model, a call of Airflow's API for each event of dbt. Here

- the build runs every data test, exactly what ``transform.run_dbt`` runs, and runs again, all of it, when it is tried
  again; what follows the group follows the build alone;
- a model's task never runs dbt: what is in a candidate was built, and tested, by a whole build;
- the build tells once a second, in one value, how its models ended; the models' tasks start and end in the triggerer,
  where one look serves all of them.

Cosmos takes its operators by name and has no setting for them, so `DbtBuildGroup` changes what it made.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from airflow.sdk import Context
from airflow.sdk.bases.operator import BaseOperator
from airflow.sdk.definitions.param import ParamsDict
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException
from airflow.sdk.execution_time.task_runner import RuntimeTaskInstance
from airflow.sdk.execution_time.xcom import XCom
from airflow.triggers.base import (
    BaseTrigger,
    StartTriggerArgs,
    TaskFailedEvent,
    TaskSkippedEvent,
    TaskSuccessEvent,
    TriggerEvent,
)
from asgiref.sync import sync_to_async
from cosmos import DbtTaskGroup
from cosmos.constants import PRODUCER_WATCHER_TASK_ID
from cosmos.dbt.project import get_partial_parse_path
from cosmos.operators._watcher.base import BaseConsumerSensor
from cosmos.operators.local import DbtLocalBaseOperator
from cosmos.operators.watcher import DbtProducerWatcherOperator

from simpul.clock import repeated

log = logging.getLogger(__name__)

BUILD_ARGUMENTS = {
    "dbt_cmd_flags": [
        # Cosmos adds models, seeds and snapshots; unit tests prove code, not data
        *("--resource-type", "test"),
        # what dbt says is heard event by event; nobody reads what it would print and write
        *("--log-level", "none", "--log-level-file", "none", "--no-write-json"),
    ]
}
"""For the producer alone."""

MODELS = "models"
"""XCom of the producer: how its models ended so far, status by unique id."""
_SHOWN = ("model.", "seed.", "snapshot.")
_TELL_SECONDS = 1.0
_LOOK_SECONDS = 4.0
_SHOWN_LOOKS = 4
"""While a build runs, every so many looks show which models have ended: the DAG processor reads the whole DAG twice,
1.3 s of processor time, for tasks that end together."""
_OVER = {"success", "failed", "skipped", "upstream_failed", "removed"}
_ENDS: dict[str, type[TriggerEvent]] = {"success": TaskSuccessEvent, "skipped": TaskSkippedEvent}
_PATIENCE = 15  # looks in a row that may fail: a minute, longer than a restart of the database


class DbtBuild(DbtProducerWatcherOperator):
    """The one ``dbt build`` of a group, of what has to be built. Tried again, it runs again."""

    part: Sequence[str]
    """Of the project, as dbt selectors."""

    def execute(self, context: Context, **kwargs: Any) -> None:
        """Run dbt; the models' tasks read in XCom how each model ended.

        Not what Cosmos does here: it skips a second try and keeps a copy of all XComs for the sensors to go on from.
        The run gives signs of life meanwhile: who builds from the command line takes a silent candidate over.

        Raises:
            ReleaseError: the candidate is not this run's (any more).
        """
        from simpul import pipeline, release, transform

        self._owner_run = _owner(context)
        with release.at_work(self._owner_run):
            needs = pipeline.settle(self.part)
            self.select, self.exclude = needs.select, None  # of the part, what has to be built
            if needs.models:
                DbtLocalBaseOperator.execute(self, context, **kwargs)
            else:
                log.info("nothing of it has changed")
                context["ti"].xcom_push(key=MODELS, value={})
                pipeline.tell_built(transform.DbtOutcome(True, 0.0, ()), self._owner_run)

    def _handle_partial_parse(self, tmp_dir_path: Path) -> None:
        """Begin with what the DAG's own reading of the project has found; Cosmos knows only of builds before this."""
        from simpul import transform

        transform.begin_from_parsed(get_partial_parse_path(tmp_dir_path).parent)

    def _update_partial_parse_cache(self, tmp_dir_path: Path) -> None:
        """Whoever reads the project anew is `transform.ensure_manifest`."""

    def run_dbt_runner(self, command: list[str], env: dict[str, str], cwd: str, **kwargs: Any) -> Any:
        """Run dbt in this process, saying in the log what it says and telling how models end."""
        from simpul.transform_child import collect_seldom

        collect_seldom()
        ends: dict[str, str] = {}

        def note(unique_id: str, status: Any) -> None:
            if unique_id.startswith(_SHOWN):
                ends[unique_id] = str(getattr(status, "value", status))

        def hear(event: Any) -> None:
            if event.info.name == "NodeFinished":
                note(event.data.node_info.unique_id, event.data.node_info.node_status)
            level = logging.getLevelName(event.info.level.upper())
            if level >= logging.INFO and event.info.msg.strip():
                log.log(level, "%s", event.info.msg)

        self._dbt_runner_callbacks = [hear]
        with _told(kwargs["context"]["ti"], ends):
            result = DbtLocalBaseOperator.run_dbt_runner(self, command, env, cwd, **kwargs)
            # what is skipped never starts, so it never finishes
            results = getattr(result.result, "results", None) or ()
            for one in results:
                note(one.node.unique_id, one.status)
        # not of the context in kwargs: Cosmos keeps the one of its first run, and one process may run several
        _tell_register(result, results, self._owner_run)
        return result


def _owner(context: Context) -> str:
    """The run, as it opened the candidate."""
    return f"{context['dag'].dag_id}/{context['run_id']}"


def _tell_register(result: Any, results: Sequence[Any], owner_run: str) -> None:
    """What `pipeline` says of a build that ran in its own process."""
    from simpul import pipeline, transform
    from simpul.transform_child import clean, told_of

    nodes = (told_of(one.node.unique_id, one.node.resource_type, one) for one in results)
    pipeline.tell_built(
        transform.DbtOutcome(
            bool(result.success),
            0.0,
            tuple(transform.NodeResult(**node) for node in nodes),
            clean(str(result.exception)) if result.exception else None,
        ),
        owner_run,
    )


@contextmanager
def _told(ti: Any, ends: dict[str, str]) -> Iterator[None]:
    """Tell what is new in ``ends`` every second, from a thread: dbt never waits for it. All of it at the end."""
    told = 0

    def tell() -> None:
        """A failure is nothing to end a build for: the next value says it all again."""
        try:
            ti.xcom_push(key=MODELS, value=dict(ends))
        except Exception as error:
            log.warning("Airflow was not told how models ended: %s", type(error).__name__)

    def tell_news() -> None:
        nonlocal told
        if len(ends) > told:
            told = len(ends)
            tell()

    try:
        with repeated(tell_news, _TELL_SECONDS, "models"):
            yield
    finally:
        tell()


class DbtModel(BaseConsumerSensor):
    """Shows how one model of a build ended; it starts and ends in the triggerer.

    Where there is none (``dag.test()``), it looks once, and belongs behind the build.
    """

    def execute(self, context: Context, **kwargs: Any) -> None:
        """End as the model did."""
        ends = context["ti"].xcom_pull(task_ids=self.producer_task_id, key=MODELS) or {}
        told = f"{self.model_unique_id}: {ends.get(self.model_unique_id, 'not built')}"
        match ending(self.model_unique_id, "success", ends):
            case TaskSkippedEvent():
                raise AirflowSkipException(told)
            case TaskFailedEvent():
                raise AirflowFailException(told)


class ModelTrigger(BaseTrigger):
    """Waits for a model's end in the producer's ``dbt build`` and ends the model's task with it, without a worker."""

    def __init__(self, model_unique_id: str, producer_task_id: str) -> None:
        super().__init__()
        self.model_unique_id = model_unique_id
        self.producer_task_id = producer_task_id

    def serialize(self) -> tuple[str, dict[str, Any]]:
        named = {"model_unique_id": self.model_unique_id, "producer_task_id": self.producer_task_id}
        return f"{type(self).__module__}.{type(self).__qualname__}", named

    async def run(self) -> AsyncIterator[TriggerEvent]:
        assert self.task_instance
        build = (self.task_instance.dag_id, self.task_instance.run_id, self.producer_task_id)
        at_once, failed = True, 0
        while True:
            try:
                state, ends = await _look(*build, at_once=at_once)
                failed = 0
            except Exception as error:
                # the API or its database may be restarting: the build goes on meanwhile
                failed += 1
                if failed > _PATIENCE:
                    raise
                log.warning("the build cannot be looked at: %s", type(error).__name__)
                await asyncio.sleep(_LOOK_SECONDS)
                continue
            if event := ending(self.model_unique_id, state, ends):
                yield event
                return
            at_once = False


def ending(model: str, state: str | None, ends: dict[str, str]) -> TriggerEvent | None:
    """How a model's task ends; None = not yet.

    While the build runs, only what went well is told: what it said when it was tried before is cleared just after it
    starts, and a model that failed then may go well now. What failed is told when the build is over.

    Args:
        model: its unique id.
        state: of the build's task.
        ends: how its models ended so far, by unique id.
    """
    end = ends.get(model)
    if state == "running":
        return TaskSuccessEvent() if end == "success" else None
    if state not in _OVER:
        return None
    if end:
        return _ENDS.get(end, TaskFailedEvent)()
    return TaskSkippedEvent() if state == "success" else TaskFailedEvent()  # it was never run


_LOOKS: dict[tuple[str, str, str, bool], asyncio.Task[tuple[str | None, dict[str, str]]]] = {}


async def _look(
    dag_id: str, run_id: str, task_id: str, *, at_once: bool = False
) -> tuple[str | None, dict[str, str]]:
    """State of a build's task, and how its models ended: now, or at the next full `_LOOK_SECONDS`.

    All triggers of a build look at the same time and share one look, so that tasks end together. While the build runs,
    most looks only ask whether it still does, and say of no model how it ended.
    """
    wanted = (dag_id, run_id, task_id, at_once)
    if wanted not in _LOOKS:
        _LOOKS[wanted] = asyncio.ensure_future(_read(*wanted))
        _LOOKS[wanted].add_done_callback(lambda _: _LOOKS.pop(wanted))
    return await asyncio.shield(_LOOKS[wanted])  # one trigger that is cancelled must not end the others' look


async def _read(dag_id: str, run_id: str, task_id: str, at_once: bool) -> tuple[str | None, dict[str, str]]:
    if not at_once:
        await asyncio.sleep(_LOOK_SECONDS - time.monotonic() % _LOOK_SECONDS)
    is_shown = at_once or int(time.monotonic() // _LOOK_SECONDS) % _SHOWN_LOOKS == 0
    # the state first: when it is final, the value read after it is the last one
    states = await sync_to_async(RuntimeTaskInstance.get_task_states)(
        dag_id=dag_id, task_ids=[task_id], run_ids=[run_id]
    )
    found = states.get(run_id, {}).get(task_id)
    state = None if found is None else str(found)
    if state == "running" and not is_shown:
        return state, {}
    ends = await sync_to_async(XCom.get_one)(
        run_id=run_id, key=MODELS, task_id=task_id, dag_id=dag_id, map_index=-1
    )
    return state, ends or {}


class DbtBuildGroup(DbtTaskGroup):
    """One ``dbt build`` and its models. What follows the group waits for the build alone."""

    def __init__(self, part: Sequence[str], **arguments: Any) -> None:
        super().__init__(**arguments)
        self.build.__class__ = DbtBuild
        self.build.part = part
        for task in self.models:
            task.__class__ = DbtModel
            task.params = (
                ParamsDict()
            )  # of the DAG, for each: two thirds of what is read of it again and again
            task.start_from_trigger = True
            task.start_trigger_args = StartTriggerArgs(
                trigger_cls=f"{ModelTrigger.__module__}.{ModelTrigger.__qualname__}",
                trigger_kwargs={
                    "model_unique_id": task.model_unique_id,
                    "producer_task_id": task.producer_task_id,
                },
                next_method="execute_complete",
            )

    @property
    def build(self) -> BaseOperator:
        """The task that runs dbt."""
        return self.children[f"{self.group_id}.{PRODUCER_WATCHER_TASK_ID}"]

    @property
    def models(self) -> Sequence[BaseConsumerSensor]:
        """The tasks that show models."""
        return [task for task in self.children.values() if isinstance(task, BaseConsumerSensor)]

    def get_leaves(self) -> Generator[BaseOperator, None, None]:
        """The build: every model and every test went well when it succeeds."""
        yield self.build
