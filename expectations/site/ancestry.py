"""Which delivered datasets a published table is made of: dbt's graph of models, with what the graph cannot tell.

Two things stand in ``meta`` of the dbt project. ``answers_each_alone``: a model that knows the places of all forms, and
is asked by each for its own, so no form reaches another's table through it. ``made_from``: what is read for a source
that is written beside dbt (who is the same person).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

_STAGED = "model.simpul.stg_"
_REGISTER = "source.simpul.audit."


def parents_of(manifest: Mapping[str, Any]) -> dict[str, list[str]]:
    """Node → what its rows are made of."""
    parents = {node: list(of) for node, of in manifest["parent_map"].items()}
    for name, node in {**manifest["nodes"], **manifest["sources"]}.items():
        meta = (node.get("config") or {}).get("meta") or {}
        if meta.get("answers_each_alone"):
            parents[name] = [one for one in parents[name] if not one.startswith(_STAGED)]
        if made_from := meta.get("made_from"):
            parents[name] = [f"model.simpul.{one}" for one in made_from]
    return parents


def ancestors(parents: Mapping[str, Sequence[str]], node: str, stop: Collection[str] = ()) -> set[str]:
    """What a node is made of; behind the models named in ``stop`` nobody looks on."""
    found: set[str] = set()
    waiting = list(parents.get(node, ()))
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            if one.rpartition(".")[2] not in stop:
                waiting += parents.get(one, ())
    return found


def is_of_register(found: Collection[str]) -> bool:
    """Whether something is made of what the warehouse writes about its own work."""
    return any(one.startswith(_REGISTER) for one in found)
