"""What came out of zips leaves again: its bytes are in the archive, and the zip can be laid out anew from there."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

from simpul.database import connect, no_values
from simpul.landing.inbox import deliveries
from simpul.landing.register import path_text
from simpul.landing.unpack import folders
from simpul.settings import get_settings

_ENDED = ("landed", "superseded", "duplicate", "refused")


def drop_unpacked(days: int | None = None) -> list[Path]:
    """Remove the folders of zips of which nothing waits any more.

    That is: every member has a receipt, the newest of each has ended and lies in the archive, and nothing happened for
    so many days. A held member keeps its folder: a mended contract or letter finds it there.

    Args:
        days: default: the setting ``keep_rows_days``, after which the rows of replaced files go as well.

    Returns:
        The folders that are gone.
    """
    settings = get_settings()
    span = settings.keep_rows_days if days is None else days
    # laid out again for another receipt of the zip: its members' receipts are those of before
    old = [folder for folder in folders() if folder.stat().st_mtime <= time.time() - span * 86_400]
    gone = []
    with no_values("tidying what came out of zips"), connect(application_name="simpul maintain") as conn:
        for folder in old:
            paths = [path_text(path) for path in deliveries(folder)]
            newest = conn.execute(
                "select distinct on (source_path) status, archive_path,"
                " received_at <= clock_timestamp() - make_interval(days => %s) from audit.file"
                " where source_path = any(%s) order by source_path, received_at desc, file_id desc",
                (span, paths),
            ).fetchall()
            if len(newest) == len(paths) and all(
                status in _ENDED and archived and (settings.archive / archived).exists() and is_old
                for status, archived, is_old in newest
            ):
                shutil.rmtree(folder)
                gone.append(folder)
    for folder in gone:
        _remove_empty(folder.parent, settings.unpacked)
    return gone


def _remove_empty(folder: Path, root: Path) -> None:
    """The folders above, up to ``root``, in which nothing is left."""
    while folder != root and folder.is_relative_to(root):
        try:
            folder.rmdir()
        except OSError:  # not empty, or just filled again
            return
        folder = folder.parent
