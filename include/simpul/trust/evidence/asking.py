"""One question, one answer: figure, rows, files, gates and release as plain values, for page, terminal and program."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import psycopg

from simpul.database import connect, no_values
from simpul.errors import SimpulError
from simpul.ledger import whoami
from simpul.render.metrics import load_metrics
from simpul.settings import get_settings
from simpul.trust.evidence import cells, releases, sources
from simpul.trust.evidence.declared import declared, words
from simpul.trust.evidence.figure import Figure, find
from simpul.trust.evidence.rows import list_rows
from simpul.trust.where import read_where

ROLE = "auditor"
LIMIT = 50


@dataclass(frozen=True)
class Asked:
    """A question. ``columns``: only what is behind these of the row, none: all; ``release`` None: the one that is
    shown; ``limit``: of the addresses that are listed and read, and of the files that are shown.
    """

    mart: str
    where: dict[str, str]
    columns: tuple[str, ...] = ()
    release: int | None = None
    role: str = ROLE
    limit: int = LIMIT


def asked_of(mart: str, where: Sequence[str], *columns: str, **options: Any) -> Asked:
    """A question as it is typed."""
    return Asked(mart, read_where(where), columns, **options)


def evidence_of(asked: Asked, progress: Callable[[str], None] | None = None) -> dict[str, Any]:
    """Everything that stands behind the figure; nothing is written, and no value of a person is in it.

    The figure is read as ``asked.role``: who may not see it gets no evidence of it. What stands behind it is read as
    the warehouse's owner, and told as addresses only.

    Args:
        asked: the question.
        progress: is told what is looked for next.

    Raises:
        SimpulError: the question names no figure (see `figure.find`), no such release, or the database fails.
    """
    with opened(asked.release, asked.role) as (asker, conn, release_id):
        figure = find(asker, asked.mart, asked.where, asked.role)
        if unknown := [column for column in asked.columns if column not in figure.types]:
            raise SimpulError(
                f"{asked.mart} has no column '{unknown[0]}'",
                code="column",
                hint=f"it has {', '.join(figure.types)}",
            )
        tell = progress or (lambda _: None)
        parts = []
        for part in declared()[asked.mart]:
            tell(words(part.title or part.none or "")[0])
            parts.append(list_rows(conn, part, figure, asked.columns, asked.limit, release_id))
        tell("the files, read again from the archive")
        addresses = [address for part in parts for address in part["addresses"]]
        named = {address["file_id"] for address in addresses}
        others = sorted({file_id for part in parts for file_id in part["file_ids"]} - named)
        shown = others[: max(asked.limit - len(named), 0)]  # of a nation's figure there are thousands
        files = sources.files_of(conn, addresses, shown)
        cells.read_again(conn, files, addresses, figure)
        differs = any(one["difference"] for part in parts for one in part["checks"])
        return {
            "asked": {
                "mart": asked.mart,
                "where": asked.where,
                "columns": list(asked.columns),
                "role": asked.role,
                "by": whoami(),
                "at": datetime.now(UTC),
            },
            "figure": _told(figure, asked.columns),
            "release": releases.release_of(conn, release_id, asked.mart, figure.values, differs=differs),
            "parts": parts,
            "files": list(files.values()),
            "more_files": len(others) - len(shown),
        }


@contextmanager
def opened(
    release: int | None, role: str, name: str = "simpul evidence", doing: str = "looking for evidence"
) -> Iterator[tuple[psycopg.Connection[Any], psycopg.Connection[Any], int]]:
    """A release to be read: as ``role``, as the owner, and its number. Both see one moment, and neither can write.

    Args:
        release: number; None: the one that is shown.
        role: of the first connection.
        name: by which the server knows both.
        doing: what an error says that it came from.

    Raises:
        SimpulError: no such release, or the database fails in the block.
    """
    with (
        no_values(doing),
        connect(role=role, application_name=name) as asker,
        connect(application_name=name) as conn,
    ):
        for one in (asker, conn):
            one.execute("set transaction isolation level repeatable read, read only")
        yield asker, conn, _choose(release, conn, asker)


def _choose(wanted: int | None, conn: psycopg.Connection[Any], asker: psycopg.Connection[Any]) -> int:
    """Let both read the asked release, in this transaction only; its number. Readers have no way to ask for it."""
    if wanted is not None:
        for one in (conn, asker):
            one.execute("select set_config('simpul.release_id', %s, true)", (str(wanted),))
    try:
        row = conn.execute("select audit.current_release()").fetchone()
    except psycopg.errors.InvalidParameterValue:
        raise SimpulError(
            f"release {wanted} cannot be read: it was never published, or it has been retired",
            code="release",
            hint="`simpul releases` lists those that are kept",
        ) from None
    if row is None or row[0] is None:
        raise SimpulError("nothing is published yet", code="release", hint="`simpul run` builds a release")
    return int(row[0])


def _told(figure: Figure, columns: Sequence[str]) -> dict[str, Any]:
    """The row; where one column was asked for, that is the figure."""
    column = columns[0] if len(columns) == 1 else None
    metrics = load_metrics(get_settings().dbt_dir / "metrics.yml")
    metric = metrics.get(column or "")
    return {
        "mart": figure.mart,
        "audience": figure.audience,
        "description": figure.description,
        "row": dict(figure.shown),
        "comments": dict(figure.comments),
        "column": column,
        "value": figure.shown.get(column) if column else None,
        "formula": metric.equation if metric else None,
        "source": metric.source if metric else None,
    }
