"""What a crash can leave behind at the doors: half-built pages, and verdicts of what was decided since."""

from __future__ import annotations

import shutil
import time

from psycopg import sql

from simpul.database import connect, no_values
from simpul.settings import get_settings

_HOURS = 24


def sweep(*, older_than_hours: float = _HOURS) -> list[str]:
    """Remove leftovers; safe beside running gates, which never leave anything for so long.

    Returns:
        What was removed, one phrase each.
    """
    removed = []
    limit = time.time() - 3600 * older_than_hours
    for shelf in ("landing", "releases"):
        for folder in (get_settings().reports / shelf).glob(".*"):
            if folder.is_dir() and folder.stat().st_mtime < limit:
                shutil.rmtree(folder, ignore_errors=True)
                removed.append(f"unfinished pages {shelf}/{folder.name}")
    with no_values("sweeping verdicts"), connect(autocommit=True, application_name="simpul gate") as conn:
        verdicts = conn.execute("""
            select relname from pg_class
            where relnamespace = 'quarantine'::regnamespace and relkind = 'r' and relname ^@ 'verdict__'
                and not exists (
                    select from audit.file where status = 'loaded' and relname = 'verdict__' || file_id)
                and not exists (
                    select from audit.release
                    where status = 'candidate' and relname = 'verdict__release_' || release_id)""").fetchall()
        for (name,) in verdicts:
            conn.execute(sql.SQL("drop table if exists {}").format(sql.Identifier("quarantine", name)))
            removed.append(f"verdict {name}")
    return removed
