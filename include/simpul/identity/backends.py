"""What links is a parameter: an engine is asked who is who among the records, and answers with tables.

DuckDB on this machine is one (`simpul.identity.one_machine`). Another, of many machines, takes the same model file and
changes nothing else: ``SIMPUL_LINK_BACKEND=package.module:Class``. Numbers of persons, redirects, events, decisions
and reports are PostgreSQL's and the same for all (`simpul.identity.linking`).
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import pyarrow as pa

from simpul.errors import SimpulError
from simpul.identity.numbers import GroupsOf
from simpul.identity.resolving import Resolution
from simpul.identity.scoring import Model
from simpul.settings import get_settings

DUCKDB = "simpul.identity.one_machine:DuckDb"
"""The engine that comes with us."""


@dataclass(frozen=True)
class Question:
    """What is to be linked.

    Attributes:
        records: gives all records (`resolving.COLUMNS` and `MARKS`), part by part.
        query: the same as SQL, for an engine whose machines read the warehouse themselves; what it reads is committed.
        marks: gives `MARKS` of every record, to see which have changed.
        chosen: numbers of keys (key_no) → these records, part by part.
        decisions: stewards' words on items, see `resolving.DECISIONS`. They bind.
        model: what was learned.
        model_hash: of its file.
        before: mark of the answer that stands in the warehouse. None = link everything, whatever is remembered.
    """

    records: Callable[[], Iterable[pa.Table]]
    query: str
    marks: Callable[[], pa.Table]
    chosen: Callable[[pa.Table], Iterable[pa.Table]]
    decisions: pa.Table
    model: Model
    model_hash: str
    before: str | None


@dataclass(frozen=True)
class Answer:
    """Who is who.

    Attributes:
        found: of all records; or of those that changes can touch, then with ``looked_at`` and ``groups_of``.
        mark: names this answer: it comes back as ``before`` once the warehouse holds it.
        groups_of: where not all were looked at, tells of the groups of the others.
        has_changed: any record is another than before.
    """

    found: Resolution
    mark: str
    groups_of: GroupsOf | None = None
    has_changed: bool = True


@runtime_checkable
class Backend(Protocol):
    """An engine that links. The same records, decisions and model have the same answer, in whatever order they come."""

    def answer(self, question: Question) -> AbstractContextManager[Answer]:
        """Who is who. The answer is used up before the context ends, but for ``found.counts``.

        It ends in another thread: what the engine holds is let go while the warehouse goes on.

        Tables of the answer may be readers that stream: they are read once.

        Raises:
            SimpulError: the model was learned for something that this engine does not compare.
        """
        ...

    def forget(self) -> None:
        """Remove whatever is remembered of anybody: somebody was erased, or the tables were written by hand."""
        ...


def backend(name: str | None = None) -> Backend:
    """The engine of that name (``package.module:Class``), of ``SIMPUL_LINK_BACKEND`` where none is given.

    Raises:
        SimpulError: there is none.
    """
    name = name or get_settings().link_backend
    try:
        made = pkgutil.resolve_name(name)()
    except (ImportError, AttributeError, ValueError, TypeError) as error:
        raise SimpulError(
            f"no engine for linking can be made of {name!r}: {error}",
            code="config",
            hint="SIMPUL_LINK_BACKEND names a class as package.module:Class (docs/linkage.md); unset it for DuckDB",
        ) from None
    if not isinstance(made, Backend):
        raise SimpulError(
            f"{name!r} is no engine for linking: it has no answer() and forget()",
            code="config",
            hint="see simpul.identity.backends.Backend, and docs/linkage.md",
        )
    return made


def forget() -> None:
    """As `Backend.forget`, of the engine that links and of the one that comes with us."""
    for name in {DUCKDB, get_settings().link_backend}:
        backend(name).forget()
