"""dbt inside Airflow: one ``dbt build`` on the way of a release, its models beside it as tasks that cost nothing.

Cosmos' WATCHER mode runs one ``dbt build`` (the producer) and shows every model as a task that waits for its part of
it. A waiting task would be a process of its own, which parses the DAG before it can look: on two cores fifty lookers
take more time than the build. Here a model's task starts and ends in the triggerer, where it is a coroutine, and
nothing waits for it: what follows the group follows the producer, which succeeds only when every model and every test
did.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Generator, Sequence
from typing import Any

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
from cosmos.operators._watcher.base import BaseConsumerSensor
from cosmos.operators._watcher.triggerer import WatcherTrigger

POLL_SECONDS = 2.0
_ENDS: dict[Any, type[TriggerEvent]] = {
    EventStatus.SUCCESS: TaskSuccessEvent,
    EventStatus.SKIPPED: TaskSkippedEvent,
    EventStatus.FAILED: TaskFailedEvent,
}


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


class DbtBuild(DbtTaskGroup):
    """One ``dbt build`` and its models. What follows the group waits for the producer alone."""

    def __init__(self, **arguments: Any) -> None:
        super().__init__(**arguments)
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
    def models(self) -> Sequence[BaseConsumerSensor]:
        """The tasks that show models."""
        return [task for task in self.children.values() if isinstance(task, BaseConsumerSensor)]

    def get_leaves(self) -> Generator[BaseOperator, None, None]:
        """The producer: it has run every model and every test when it succeeds."""
        yield self.children[f"{self.group_id}.{PRODUCER_WATCHER_TASK_ID}"]
