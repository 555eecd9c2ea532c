"""The one row that says which release everybody sees."""

from __future__ import annotations

import logging
from typing import Any

import psycopg

from simpul import ledger, ledger_held
from simpul.database import advisory_lock, connect
from simpul.errors import ReleaseError
from simpul.ledger import Decision, whoami
from simpul.release import register
from simpul.release.storing import is_stored, stored_in

log = logging.getLogger("simpul.release")


def current() -> int | None:
    """The published release; None before the first."""
    with connect(application_name="simpul pointer") as conn:
        return _pointed(conn)


def is_shown(conn: psycopg.Connection[Any], file_id: str) -> bool:
    """Whether the published release was built from the file."""
    row = conn.execute(
        "select exists (select from audit.release_input join audit.release_pointer using (release_id)"
        " where file_id = %s)",
        (file_id,),
    ).fetchone()
    return bool(row and row[0])


def flip(release_id: int, *, owner_run: str | None = None, by: str | None = None) -> dict[str, Any]:
    """Publish an attached candidate that passed the gate: every table changes at once. Again = no change.

    Args:
        release_id: the candidate.
        owner_run: the run that builds it, when it must still be that one.
        by: who asked for it, for the ledger; default: the user of this process.

    Returns:
        ``{"release_id", "previous", "content_hash"}``

    Raises:
        ReleaseError: it is no candidate, is not attached, or was not let through by the publication gate.
    """
    with connect(application_name="simpul flip") as conn, advisory_lock(conn, register.LOCK):
        row = conn.execute(
            "select status, content_hash, gate_passed, tables from audit.release where release_id = %s for update",
            (release_id,),
        ).fetchone()
        previous = _pointed(conn)
        if row and row[0] == "published" and previous == release_id:
            return {"release_id": release_id, "previous": previous, "content_hash": row[1]}
        register.require_candidate(conn, release_id, owner_run)
        assert row is not None
        _, content_hash, gate_passed, tables = row
        stored = stored_in(conn, release_id)
        absent = [mart for mart in tables or {} if not is_stored(conn, mart, stored.get(mart, release_id))]
        if not tables or absent:
            raise ReleaseError(
                f"release {release_id} is not attached", code="not_attached", hint="attach it first"
            )
        if not gate_passed:
            said = "has not been asked" if gate_passed is None else "said no"
            raise ReleaseError(
                f"release {release_id}: the publication gate {said}", code="gate", hint="run the gate"
            )
        _point(conn, release_id)
        conn.execute(
            "update audit.release set status = 'published', published_at = clock_timestamp() where release_id = %s",
            (release_id,),
        )
        passed = Decision(by or whoami(), "the publication gate let it through", "lolos gerbang terbit")
        held = ledger_held.digests(conn, ledger_held.RELEASE, [release_id])
        detail = {"previous": previous, "content_hash": content_hash, **passed.as_dict(), "held": held}
        ledger.append(conn, "release.published", str(release_id), detail)
        log.info("release %s is published, before it was %s", release_id, previous)
        return {"release_id": release_id, "previous": previous, "content_hash": content_hash}


def rollback(to: int | None = None, decision: Decision | None = None) -> dict[str, Any]:
    """Show an earlier release again; also forward to a later one that was rolled back.

    The release that is left is not built again from the same inputs, so the next scheduled run does not undo this.

    Args:
        to: a published release; None = the latest before the one shown now that was not itself rolled back.
        decision: who says so and why, for the register and the ledger; default: the user of this process, who gives no
            reason.

    Returns:
        ``{"release_id", "previous"}``

    Raises:
        ReleaseError: there is no such release to go to.
    """
    decision = decision or Decision()
    with connect(application_name="simpul rollback") as conn, advisory_lock(conn, register.LOCK):
        now = _pointed(conn)
        if to is None:
            row = conn.execute(
                """select max(release_id) from audit.release
                where status = 'published' and release_id < %s and reason_code is distinct from 'rolled_back'""",
                (now or 0,),
            ).fetchone()
            to = row[0] if row else None
        if to is None:
            raise ReleaseError(
                "there is no earlier release to go back to",
                code="no_release",
                hint="`simpul releases` lists them",
            )
        row = conn.execute(
            "select status from audit.release where release_id = %s for update", (to,)
        ).fetchone()
        if row is None or row[0] != "published":
            raise ReleaseError(
                f"release {to} is {row[0] if row else 'unknown'}: only a published one can be shown",
                code="no_release",
                hint="`simpul releases` lists them",
            )
        if to == now:
            return {"release_id": to, "previous": now}
        _point(conn, to)
        if to < (now or 0):  # an older one that is left for a newer one again was never wrong
            conn.execute(
                "update audit.release set reason_code = 'rolled_back', reason = %s, reason_id = %s"
                " where release_id = %s",
                (*_reasons(decision, to), now),
            )
        conn.execute(
            "update audit.release set reason_code = null, reason = null, reason_id = null where release_id = %s",
            (to,),
        )
        held = ledger_held.digests(conn, ["audit.release"], [to, *([now] if now else [])])
        ledger.append(conn, "release.rolled_back", str(now), {"to": to, **decision.as_dict(), "held": held})
        log.info("rolled back from release %s to %s", now, to)
        return {"release_id": to, "previous": now}


def _reasons(decision: Decision, to: int) -> tuple[str | None, str | None]:
    """English and Indonesian, as they were given; what was done where no reason was."""
    if decision.why or decision.why_id:
        return decision.why, decision.why_id
    return f"rolled back to release {to}", f"dikembalikan ke rilis {to}"


def _pointed(conn: psycopg.Connection[Any]) -> int | None:
    row = conn.execute("select release_id from audit.release_pointer").fetchone()
    return row[0] if row else None


def _point(conn: psycopg.Connection[Any], release_id: int) -> None:
    conn.execute(
        """insert into audit.release_pointer (release_id) values (%s)
        on conflict (only_row) do update set release_id = excluded.release_id, flipped_at = clock_timestamp()""",
        (release_id,),
    )
