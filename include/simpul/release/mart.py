"""What dbt promised about each published table, read from its manifest: columns, key, words, audience."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from simpul.errors import ReleaseError

STAMPS = ("_release_id", "_as_of")
"""Columns that say which release a row is of; never part of what the release says."""

AUDIENCES = ("marts", "marts_person")


@dataclass(frozen=True)
class MartColumn:
    """A column of the contract.

    ``volatile``: may differ between two builds of the same inputs, so it is not hashed. ``live``: SQL that the view
    computes on the columns of the row, instead of what the build stored, for what turns true without any delivery; a
    release that is chosen by its number shows what was stored.
    """

    name: str
    description: str = ""
    volatile: bool = False
    live: str = ""


@dataclass(frozen=True)
class Mart:
    """A published table: ``name`` in the schemas candidate, release and ``audience`` (marts or marts_person).

    ``volatile``: what it says depends on what was published before, so it has no part in the hash of its release.
    """

    name: str
    audience: str
    columns: tuple[MartColumn, ...]
    primary_key: tuple[str, ...]
    description: str = ""
    volatile: bool = False

    def column(self, name: str) -> MartColumn | None:
        """The contract's words on a column, None when the contract does not know it."""
        return next((column for column in self.columns if column.name == name), None)


def marts_of(manifest: Mapping[str, Any]) -> tuple[Mart, ...]:
    """The published tables of a parsed ``manifest.json``: every model with ``meta: {publish: …}``, by name.

    Raises:
        ReleaseError: a model publishes to an unknown schema, has no primary key, or leaves the release out of it.
    """
    nodes = manifest.get("nodes", {}).values()
    models = [node for node in nodes if node.get("resource_type") == "model" and _meta(node).get("publish")]
    return tuple(sorted((_mart(node) for node in models), key=lambda mart: mart.name))


def _mart(node: Mapping[str, Any]) -> Mart:
    name, audience = node.get("alias") or node["name"], _meta(node)["publish"]
    if audience not in AUDIENCES:
        raise ReleaseError(
            f"model {name} publishes to '{audience}'",
            code="contract",
            hint=f"meta.publish is one of {', '.join(AUDIENCES)}",
        )
    columns = tuple(
        MartColumn(
            name=column["name"],
            description=(column.get("description") or "").strip(),
            volatile=bool(_meta(column).get("volatile")),
            live=str(_meta(column).get("live") or ""),
        )
        for column in node.get("columns", {}).values()
    )
    key = _primary_key(node)
    if "_release_id" not in key:
        raise ReleaseError(
            f"the primary key of model {name} is {', '.join(key) or 'not declared'}",
            code="contract",
            hint="declare a primary_key constraint that starts with _release_id: releases share one table",
        )
    return Mart(
        name,
        audience,
        columns,
        key,
        (node.get("description") or "").strip(),
        volatile=bool(_meta(node).get("volatile")),
    )


def _meta(thing: Mapping[str, Any]) -> dict[str, Any]:
    """Model or column ``meta``: dbt keeps it beside and, since 1.10, inside ``config``."""
    return {**(thing.get("meta") or {}), **((thing.get("config") or {}).get("meta") or {})}


def _primary_key(node: Mapping[str, Any]) -> tuple[str, ...]:
    for constraint in node.get("constraints") or ():
        if constraint.get("type") == "primary_key":
            return tuple(constraint.get("columns") or ())
    return tuple(
        column["name"]
        for column in node.get("columns", {}).values()
        if any(constraint.get("type") == "primary_key" for constraint in column.get("constraints") or ())
    )
