"""Linking in a DuckDB of this process: everything, or what has changed since the run before."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from simpul.identity import memory
from simpul.identity.backends import Answer, Question
from simpul.identity.changing import groups_of, resolve_changes
from simpul.identity.resolving import Resolution, resolve
from simpul.settings import get_settings

log = logging.getLogger("simpul.identity")


class DuckDb:
    """Keeps what it knew in ``home/work`` (`simpul.identity.memory`), so that a later run looks at changes only."""

    @contextmanager
    def answer(self, question: Question) -> Iterator[Answer]:
        """See `backends.Backend`."""
        mark = uuid.uuid4().hex
        with memory.recalled(_file(), question.before or "", question.model_hash) as kept:
            if kept and (changes := _changes(kept, mark, question)):
                yield Answer(changes, mark, partial(groups_of, kept), bool(changes.looked_at))
                return
        keep = partial(memory.keeping, path=_file(), mark=mark, model=question.model_hash)
        yield Answer(resolve(question.records(), question.decisions, question.model, keep), mark)

    def forget(self) -> None:
        """The next run links everything; nothing of anybody is left in ``home/work``."""
        memory.forget(_file())
        memory.forget(memory.draft(_file()))


def _file() -> Path:
    return get_settings().work / memory.FILE


def _changes(kept: memory.Memory, mark: str, question: Question) -> Resolution | None:
    """As `resolve_changes`; None also where the memory fails, for everything can still be linked."""
    import duckdb

    try:
        return resolve_changes(kept, mark, question.marks(), question.chosen, question.decisions)
    except duckdb.Error as error:
        log.warning(
            "what the last run kept cannot be used (%s): everything is linked anew", type(error).__name__
        )
        return None
