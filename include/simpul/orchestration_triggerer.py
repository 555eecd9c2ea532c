"""What the triggerer is spared: models' tasks are a hundred in a build, and each of them costs as much as a real one.

Imported by the triggerer alone (`stack.preload`). Where it is not, all goes as well, and costs more (ADR 0022). Here

- a model's task that went well asks for no callback: it has none, and for each request the DAG processor reads the
  whole DAG file;
- the DAG of a run is taken apart once for all its triggers, not twice for each.
"""

from __future__ import annotations

from typing import Any

from airflow.models.taskinstance import TaskInstance
from airflow.models.trigger import handle_event_submit
from airflow.serialization.serialized_objects import DagSerialization
from airflow.triggers.base import BaseTaskEndEvent, TaskSuccessEvent
from sqlalchemy.orm import Session

MODEL = "DbtModel"
"""The class of models' tasks (`simpul.orchestration_dbt`) as the metadata name it; importing it here would cost 2 s."""

_as_airflow_does = handle_event_submit.dispatch(BaseTaskEndEvent)


@handle_event_submit.register(TaskSuccessEvent)
def _end(event: TaskSuccessEvent, *, task_instance: TaskInstance, session: Session) -> None:
    """End a task whose trigger says that it went well."""
    if task_instance.operator != MODEL:
        _as_airflow_does(event, task_instance=task_instance, session=session)
        return
    task_instance.trigger_id = None  # it does not go on in a worker
    task_instance.set_state(event.task_instance_state, session=session)
    session.flush()


class _LastRead:
    """`DagSerialization.from_dict` that knows the last DAG it was given: triggers of a build start together."""

    def __init__(self) -> None:
        self._read = DagSerialization.from_dict
        self._data: Any = None
        self._dag: Any = None

    def __call__(self, data: Any) -> Any:
        if self._data is None or data != self._data:  # some ms; taking it apart takes fifty
            self._dag, self._data = self._read(data), data
        return self._dag


DagSerialization.from_dict = _LastRead()  # type: ignore[method-assign]
