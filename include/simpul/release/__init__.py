"""Releases: a release is data, not DDL (docs/adr/0003-release-is-data.md).

open → (dbt builds schema ``candidate``) → attach → gate → flip. Each step may run again; a crash between any two loses
nothing and shows nothing.
"""

from simpul.release.altered import Altered, altered, table_hashes
from simpul.release.attaching import attach
from simpul.release.feeding import altered_files
from simpul.release.fingerprint import content_hash
from simpul.release.inputs import hash_by_code_of_today
from simpul.release.kept import Release, list_releases, pin, unpin
from simpul.release.mart import AUDIENCES, Mart, MartColumn, marts_of
from simpul.release.needs import Needs, note_built, reads, settle
from simpul.release.pointer import current, flip, is_shown, rollback
from simpul.release.register import (
    LOCK,
    Opened,
    abandon_with,
    at_work,
    attend,
    close_idle,
    is_building,
    let_go,
    note_trouble,
    open_release,
    record_gate,
    refuse,
    require_candidate,
    trouble,
)
from simpul.release.retention import retire_old
from simpul.release.rows import drop_old_rows
from simpul.release.storing import stored_in

__all__ = [
    "AUDIENCES",
    "LOCK",
    "Altered",
    "Mart",
    "MartColumn",
    "Needs",
    "Opened",
    "Release",
    "abandon_with",
    "altered",
    "altered_files",
    "at_work",
    "attach",
    "attend",
    "close_idle",
    "content_hash",
    "current",
    "drop_old_rows",
    "flip",
    "hash_by_code_of_today",
    "is_building",
    "is_shown",
    "let_go",
    "list_releases",
    "marts_of",
    "note_built",
    "note_trouble",
    "open_release",
    "pin",
    "reads",
    "record_gate",
    "refuse",
    "require_candidate",
    "retire_old",
    "rollback",
    "settle",
    "stored_in",
    "table_hashes",
    "trouble",
    "unpin",
]
