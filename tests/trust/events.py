"""OpenLineage events as another tool would read them: by the classes of its client, and as a graph."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attr
from openlineage.client import facet_v2
from openlineage.client.event_v2 import InputDataset, Job, OutputDataset, Run, RunEvent

from simpul.trust.lineage import facets

Dataset = tuple[str, str]


def read(folder: Path) -> list[dict[str, Any]]:
    """All events of a folder and those below, in the order in which they were written."""
    files = sorted(folder.rglob("*.ndjson"), key=lambda path: path.name)
    return [json.loads(line) for path in files for line in path.read_text(encoding="utf-8").splitlines()]


def _facet_classes() -> Iterator[type]:
    for module in (facets, *vars(facet_v2).values()):
        if inspect.ismodule(module):
            yield from (
                one for one in vars(module).values() if inspect.isclass(one) and hasattr(one, "_get_schema")
            )


def check(event: dict[str, Any]) -> None:
    """Build the event again by the client's classes, which are made from OpenLineage's schema: they take no key that
    is not theirs, and lack none that they need.
    """
    known = {one._get_schema(): one for one in _facet_classes()}  # type: ignore[attr-defined]

    def facet(told: dict[str, Any]) -> Any:
        own = {name: value for name, value in told.items() if name not in ("_producer", "_schemaURL")}
        made = known[told["_schemaURL"]](**own)
        assert told["_producer"].startswith("urn:simpul:")
        return made

    def dataset(kind: type, told: dict[str, Any]) -> Any:
        parts = {
            part: {name: facet(one) for name, one in told.pop(part, {}).items()}
            for part in ("facets", "inputFacets", "outputFacets")
            if part in attr.fields_dict(kind)
        }
        return kind(**told, **parts)

    told = json.loads(json.dumps(event))
    schema = told.pop("schemaURL")
    for name, kind in (("inputs", InputDataset), ("outputs", OutputDataset)):
        told[name] = [dataset(kind, one) for one in told.get(name, ())]
    for name, part in (("run", Run), ("job", Job)):
        told[name] = part(
            **{**told[name], "facets": {k: facet(v) for k, v in told[name].get("facets", {}).items()}}
        )
    assert RunEvent(**told).schemaURL == schema


def behind(events: list[dict[str, Any]], dataset: Dataset) -> dict[Dataset, dict[str, Any]]:
    """All that a dataset is made from, by name: up the graph, by the newest run that wrote each.

    With each its facets, whether the run that read it told them or the one that wrote it.
    """
    made: dict[Dataset, dict[str, Any]] = {}
    facets: dict[Dataset, dict[str, Any]] = {}
    for event in events:
        if event["eventType"] == "COMPLETE":
            for one in (*event["inputs"], *event["outputs"]):
                facets.setdefault((one["namespace"], one["name"]), {}).update(one.get("facets", {}))
            made |= {(one["namespace"], one["name"]): event for one in event["outputs"]}
    found: dict[Dataset, dict[str, Any]] = {}
    waiting = [dataset]
    while waiting:
        event = made.get(waiting.pop())
        for one in event["inputs"] if event else ():
            name = (one["namespace"], one["name"])
            if name not in found:
                waiting.append(name)
            found[name] = facets[name]
    return found
