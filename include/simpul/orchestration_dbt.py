"""dbt under Airflow, model by model: Cosmos' watcher, made to keep three promises.

Cosmos runs one ``dbt build`` per group (the *producer*) and shows each model as a task that follows it. As delivered,
it leaves data tests out of a build whose tests are no tasks of their own; a producer that is tried again skips itself;
and then each task runs its own model alone, again without tests. A killed build could so be published untested. And a
task that follows is a process that parses the DAG before it can look: on two cores fifty of them take more time than
the build. Here

- the build runs every data test, exactly what ``transform.run_dbt`` runs, and runs again, all of it, when it is tried
  again; what follows the group follows the build alone;
- a model's task never runs dbt: what is in a candidate was built, and tested, by a whole build;
- a model's task starts and ends in the triggerer, where it is a coroutine and costs nothing.

Cosmos takes its operators by name and has no setting for them, so `DbtBuildGroup` changes what it made.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Generator, Sequence
from typing import Any

from airflow.sdk import Context
from airflow.sdk.bases.operator import BaseOperator
from airflow.triggers.base import (
    StartTriggerArgs,
    TaskFailedEvent,
    TaskSkippedEvent,
    TaskSuccessEvent,
    TriggerEvent,
)
from cosmos import DbtTaskGroup
from cosmos.constants import PRODUCER_WATCHER_TASK_ID
from cosmos.listeners.dag_run_listener import EventStatus
from cosmos.operators._watcher.base import BaseConsumerSensor, _log_dbt_msg
from cosmos.operators._watcher.triggerer import WatcherTrigger
from cosmos.operators.local import DbtLocalBaseOperator
from cosmos.operators.watcher import DbtProducerWatcherOperator

BUILD_ARGUMENTS = {"dbt_cmd_flags": ["--resource-type", "test"]}
"""For the producer alone: Cosmos adds models, seeds and snapshots; unit tests prove code, not data."""

POLL_SECONDS = 2.0
_ON_THE_WAY = {"NodeStart", "NodeCompiling", "NodeExecuting"}
_ENDS: dict[Any, type[TriggerEvent]] = {
    EventStatus.SUCCESS: TaskSuccessEvent,
    EventStatus.SKIPPED: TaskSkippedEvent,
    EventStatus.FAILED: TaskFailedEvent,
}


class DbtBuild(DbtProducerWatcherOperator):
    """The one ``dbt build`` of a group. Tried again, it runs again."""

    def execute(self, context: Context, **kwargs: Any) -> None:
        """Run dbt; the models' tasks read in XCom how each model ended.

        Not what Cosmos does here: it skips a second try and keeps a copy of all XComs for the sensors to go on from.
        """
        self._upstream_failure_skipped_ids.clear()
        DbtLocalBaseOperator.execute(self, context, **kwargs)

    def _make_parse_callable(self) -> Callable[[str, Any], None]:
        """Tell what is read: how a model ended. All else is a call of Airflow's API that nobody reads."""
        tell = super()._make_parse_callable()

        def follow(line: str, extra: Any) -> None:
            try:
                event = json.loads(line)
            except json.JSONDecodeError:
                return tell(line, extra)
            node = event.get("data", {}).get("node_info") or {}
            if event.get("info", {}).get("name") in _ON_THE_WAY or node.get("resource_type") == "test":
                return _log_dbt_msg(event)
            return tell(line, extra)

        return follow


class ModelTrigger(WatcherTrigger):
    """Waits for a model's end in the producer's ``dbt build`` and ends the model's task with it, without a worker."""

    def __init__(self, model_unique_id: str, producer_task_id: str) -> None:
        super().__init__(model_unique_id, producer_task_id, "", "", -1, poke_interval=POLL_SECONDS)

    def serialize(self) -> tuple[str, dict[str, Any]]:
        named = {"model_unique_id": self.model_unique_id, "producer_task_id": self.producer_task_id}
        return f"{type(self).__module__}.{type(self).__qualname__}", named

    async def run(self) -> AsyncIterator[TriggerEvent]:
        assert self.task_instance
        self.dag_id, self.run_id = self.task_instance.dag_id, self.task_instance.run_id
        async for event in super().run():
            yield _ENDS[event.payload["status"]]()

    async def _log_startup_events(self) -> None:
        """The producer's log says which dbt it is; fifty triggers need not ask for it."""


class DbtBuildGroup(DbtTaskGroup):
    """One ``dbt build`` and its models. What follows the group waits for the build alone."""

    def __init__(self, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.build.__class__ = DbtBuild
        for task in self.models:
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
