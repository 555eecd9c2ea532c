"""Who read a table about persons by SQL, and when: from the server's log, where `audit.note_read` writes (ADR 0055)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import psycopg

from simpul.errors import SimpulError
from simpul.files import write_whole
from simpul.settings import get_settings
from simpul.stack import postgres

SHOWN_LINES = 400
_MARK = "LOG:  simpul read "


@dataclass(frozen=True)
class Read:
    """One statement that read one table. ``rows``: what the server fetched of the table, or of its indexes, until its
    next read by anybody (or until now), whoever it was for; None where it cannot be said. It is no count of what the
    statement returned, but no less; a transaction of several statements is counted when it ends.
    """

    at: datetime
    role: str
    relation: str
    release: int | None
    rows: int | None

    def as_dict(self) -> dict[str, Any]:
        """For a program."""
        return asdict(self)


def reads(
    conn: psycopg.Connection[Any], *, since: datetime | None = None, log: Path | None = None
) -> list[Read]:
    """The reads that the log holds, oldest first.

    Args:
        conn: to the warehouse, for how much was fetched until now.
        since: only from this moment on.
        log: the server's log; default: the one that is named (`Settings.server_log`), or of the embedded server.

    Raises:
        SimpulError: the log cannot be read: that of another server has to be named, as text whose lines begin with a
            moment.
    """
    settings = get_settings()
    log = log or settings.server_log
    if log is None and not settings.is_embedded:
        raise SimpulError(
            "the log of the server at SIMPUL_DSN is not here", code="log", hint=f"name it: {_HOW} · {_HOW_ID}"
        )
    path = log or postgres.log_file(settings)
    try:
        with path.open(encoding="utf-8", errors="replace") as lines:
            found, unread = _noted(lines, _zone(conn))
    except OSError as error:
        raise SimpulError(
            f"the server's log {path} cannot be read ({type(error).__name__})",
            code="log",
            hint=f"{_HOW} · {_HOW_ID}",
        ) from error
    if unread and not found:
        raise SimpulError(
            f"{unread} lines of the server's log {path} tell of reads, and of none it can be told when it was",
            code="log", hint=f"{_HOW} · {_HOW_ID}",
        )  # fmt: skip
    told = _with_rows(conn, found)
    return [read for read in told if since is None or read.at >= since]


_HOW = (
    "SIMPUL_SERVER_LOG, or simpul access reads --log FILE; FILE is a copy of the server's log as text"
    " (log_destination = stderr, lc_messages = C) whose log_line_prefix begins with %m"
)
_HOW_ID = "salinan log server berupa teks yang setiap barisnya diawali waktu (%m)"


def _zone(conn: psycopg.Connection[Any]) -> tzinfo:
    """Whose time the server's log tells."""
    row = conn.execute("select current_setting('log_timezone')").fetchone()
    try:
        return ZoneInfo(row[0] if row else "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def _noted(lines: Iterable[str], zone: tzinfo) -> tuple[list[tuple[datetime, dict[str, Any]]], int]:
    """Lines of `audit.note_read`, and how many there are whose moment nobody can tell.

    A name that a client gives itself stands before the mark: the last one counts, and nothing may follow it.
    """
    found, unread = [], 0
    for line in lines:
        prefix, mark, told = line.rpartition(_MARK)
        try:
            if mark and isinstance(one := json.loads(told), dict):
                found.append((_moment(prefix.split(), zone), one))
        except ValueError:
            unread += 1
    return found, unread


def _moment(words: Sequence[str], zone: tzinfo) -> datetime:
    """Day, time and zone as ``%m`` or ``%t`` writes them.

    Raises:
        ValueError: it is none, or of a zone that the log has no longer.
    """
    day, time, label = words[:3]
    told = datetime.fromisoformat(f"{day} {time}")
    for known in (zone, UTC):
        at = told.replace(tzinfo=known)
        if label == at.tzname() or (known is UTC and label == "GMT"):
            return at.astimezone(UTC)
    raise ValueError("another zone")


def _with_rows(conn: psycopg.Connection[Any], found: Sequence[tuple[datetime, dict[str, Any]]]) -> list[Read]:
    """Each read with what was fetched until the next one; counters that were reset in between tell nothing."""
    newest: dict[tuple[str, int | None], int | None] = {}
    told = []
    for at, one in reversed(found):
        key = (one["relation"], one.get("release"))
        after = newest[key] if key in newest else _fetched(conn, *key)
        before = one.get("fetched")
        rows = after - before if after is not None and before is not None and after >= before else None
        newest[key] = before
        told.append(Read(at, one["role"], one["relation"], one.get("release"), rows))
    return told[::-1]


def _fetched(conn: psycopg.Connection[Any], relation: str, release: int | None) -> int | None:
    """As `audit.note_read` counts it, now."""
    if release is None:
        return None
    row = conn.execute(
        """select pg_stat_get_tuples_returned(stored) + pg_stat_get_tuples_fetched(stored) + (
            select coalesce(sum(pg_stat_get_tuples_returned(indexrelid)), 0)::bigint
            from pg_index where indrelid = stored)
        from (select to_regclass(format(
            'release.%%I', %(relation)s || '__r' || audit.stored_in(%(relation)s, %(release)s)
        ))::oid as stored) as told""",
        {"relation": relation, "release": release},
    ).fetchone()
    return row[0] if row else None


def write_page(conn: psycopg.Connection[Any], reports: Path, *, log: Path | None = None) -> Path:
    """``reports/reads/index.html``: by day, role and table how many statements, and how much was fetched at most.

    Raises:
        SimpulError: see `reads`.
    """
    from expectations.site.pages import render

    by_day: dict[tuple[str, str, str], list[int | None]] = {}
    for one in reads(conn, log=log):
        by_day.setdefault((f"{one.at:%Y-%m-%d}", one.role, one.relation), []).append(one.rows)
    days = [
        {
            "day": day,
            "role": role,
            "relation": relation,
            "statements": len(rows),
            "rows": sum(n or 0 for n in rows),
        }
        for (day, role, relation), rows in sorted(by_day.items(), reverse=True)
    ]
    page = reports / "reads" / "index.html"
    page.parent.mkdir(parents=True, exist_ok=True)
    text = render(
        "reads.html.j2", root="../", days=days[:SHOWN_LINES], left_out=max(0, len(days) - SHOWN_LINES)
    )
    write_whole(page, text)
    return page
