"""Events are written beside the work that they tell of: they never make it fail, and never without a word."""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg

from simpul.database import connect, no_values
from simpul.settings import get_settings

log = logging.getLogger("simpul.lineage")

Telling = Callable[[psycopg.Connection[Any]], list[Any]]


def tell_files(file_ids: Sequence[str]) -> Path | None:
    """Write the events of files that were loaded and judged just now; where, or None: they are off, or it failed."""
    from_register = [file_id for file_id in file_ids if file_id]
    if not from_register:
        return None
    return _tell("files", lambda conn: _telling().of_files(conn, from_register))


def tell_release(release_id: int, manifest: Mapping[str, Any]) -> Path | None:
    """As `tell_files`, of a release that was published just now; ``manifest`` is dbt's."""
    return _tell(f"release-{release_id}", lambda conn: _telling().of_release(conn, release_id, manifest))


def write_again(folder: Path, release_id: int, manifest: Mapping[str, Any]) -> Path:
    """The events of a release and of all files that it is made from, from the audit tables, into ``folder``.

    Of a release that is not the newest, the models are left out whose tables a later one has built again.
    """
    with no_values("lineage"), connect(autocommit=True, application_name="simpul lineage") as conn:
        telling = _telling()
        files = telling.files_of_release(conn, release_id)
        events = [*telling.of_files(conn, files), *telling.of_release(conn, release_id, manifest)]
    return _write(folder, f"release-{release_id}", events)


def sweep(months: int | None = None) -> list[str]:
    """Remove the folders of months longer ago than releases are kept; their names."""
    settings = get_settings()
    now = datetime.now(UTC)
    oldest = now.year * 12 + now.month - 1 - (settings.keep_months if months is None else months)
    gone = []
    for folder in sorted(settings.lineage_dir.glob("[0-9][0-9][0-9][0-9]-[0-9][0-9]")):
        year, month = map(int, folder.name.split("-"))
        if year * 12 + month - 1 < oldest:
            shutil.rmtree(folder, ignore_errors=True)
            gone.append(folder.name)
    return gone


def _tell(name: str, telling: Telling) -> Path | None:
    settings = get_settings()
    if not settings.lineage:
        return None
    try:
        with no_values("lineage"), connect(autocommit=True, application_name="simpul lineage") as conn:
            return _write(settings.lineage_dir / f"{datetime.now(UTC):%Y-%m}", name, telling(conn))
    except Exception as error:  # whatever it is: the work is done, and its evidence is in the audit tables
        log.error(
            "the lineage events of %s could not be written (%s); `simpul lineage` writes them later",
            name,
            type(error).__name__,
        )
        return None


def _telling() -> Any:
    """The module that knows OpenLineage: its client takes half a second to import."""
    from simpul.trust.lineage import telling

    return telling


def _write(folder: Path, name: str, events: Sequence[Any]) -> Path:
    """One file, one event a line; it has its name when it is whole."""
    from openlineage.client.transport.file import FileConfig, FileTransport

    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"{datetime.now(UTC):%Y%m%dT%H%M%S.%f}-{os.getpid()}-{name}.ndjson"
    unfinished = path.with_name(f".{path.name}")
    transport = FileTransport(FileConfig(log_file_path=str(unfinished), append=True))
    for event in events:
        transport.emit(event)
    if events:
        unfinished.replace(path)
    return path
