"""The register of releases as people look at it; and which of them are kept for ever."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from psycopg.rows import dict_row

from simpul import ledger
from simpul.database import advisory_lock, connect
from simpul.errors import ReleaseError
from simpul.ledger import Decision
from simpul.release.register import LOCK


@dataclass(frozen=True)
class Release:
    """A row of the register."""

    release_id: int
    label: str | None
    status: str
    is_current: bool
    is_pinned: bool
    is_chosen: bool
    created_at: datetime
    published_at: datetime | None
    content_hash: str | None
    inputs_hash: str | None
    reason: str | None
    reason_id: str | None
    reason_code: str | None
    owner_run: str | None
    files: int
    tables: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """Rows of all its tables."""
        return sum(int(table["rows"]) for table in self.tables.values())


def list_releases() -> list[Release]:
    """All releases, newest first."""
    with connect(application_name="simpul releases") as conn, conn.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(
            """select r.release_id, r.label, r.status, coalesce(p.release_id = r.release_id, false) as is_current,
                r.is_pinned, r.is_chosen, r.created_at, r.published_at, r.content_hash, r.inputs_hash, r.reason,
                r.reason_id, r.reason_code, r.owner_run, coalesce(r.tables, '{}') as tables,
                (select count(*) from audit.release_input i where i.release_id = r.release_id) as files
            from audit.release r cross join audit.release_pointer p order by r.release_id desc"""
        ).fetchall()
    return [Release(**row) for row in rows]


def pin(release_id: int, decision: Decision | None = None) -> None:
    """Keep a published release for ever: "what we knew in May". The ledger keeps whose decision it was, and why."""
    _set_pin(release_id, True, decision or Decision())


def unpin(release_id: int, decision: Decision | None = None) -> None:
    """Let a release be retired again when its time comes."""
    _set_pin(release_id, False, decision or Decision())


def _set_pin(release_id: int, pinned: bool, decision: Decision) -> None:
    with connect(application_name="simpul pin") as conn, advisory_lock(conn, LOCK):
        row = conn.execute(
            "select status, is_pinned from audit.release where release_id = %s for update", (release_id,)
        ).fetchone()
        if row is None or row[0] != "published":
            raise ReleaseError(
                f"release {release_id} is {row[0] if row else 'unknown'}: only a published one can be pinned",
                hint="`simpul releases` lists them",
            )
        if row[1] != pinned:
            conn.execute(
                "update audit.release set is_pinned = %s where release_id = %s", (pinned, release_id)
            )
            kind = "release.pinned" if pinned else "release.unpinned"
            ledger.append(conn, kind, str(release_id), decision.as_dict())
