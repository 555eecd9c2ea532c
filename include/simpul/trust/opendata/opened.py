"""The steps of opening a release, in order."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from simpul.database import advisory_lock, connect, no_values
from simpul.errors import SimpulError
from simpul.ledger import Decision
from simpul.settings import get_settings
from simpul.trust.opendata import history, package, protecting, reading, relations
from simpul.trust.opendata.declared import declared

log = logging.getLogger("simpul.opendata")

K = 5
_LOCK = "open data"


@dataclass(frozen=True)
class Opened:
    """What was opened: how many counts, and how many of them are suppressed; ``is_new`` False = written again."""

    release_id: int
    k: int
    folder: str
    tables: dict[str, dict[str, int]]
    cells: int
    suppressed: int
    is_new: bool


def open_cut(
    out: Path, release_id: int | None = None, k: int | None = None, decision: Decision | None = None
) -> Opened:
    """Write the open cut of a release as a data package to ``out``, and keep what it tells.

    A release is cut once: asked again, the same bytes are written.

    Args:
        out: a folder that is not there, is empty, or holds a package of ours.
        release_id: a kept release; default: the one that is shown.
        k: counts of 1 … k−1 are suppressed; default 5, or what the release was cut with.
        decision: who opens it, and why; a release that was opened before keeps who opened it then.

    Raises:
        SimpulError: the release cannot be read; it was cut with another k; it was never cut, and no reason is given;
            or a cell cannot be protected.
    """
    package.require_free(out)
    tables = declared(get_settings().dbt_dir / "models" / "marts")
    with (
        no_values("opening data"),
        connect(application_name="simpul opendata") as conn,
        advisory_lock(conn, _LOCK),
    ):
        number, day = _release(conn, release_id)
        k_before = conn.execute(
            "select k from audit.open_data_cut where release_id = %s", (number,)
        ).fetchone()
        wanted = k or (k_before[0] if k_before else K)
        if k_before and k_before[0] != wanted:
            raise SimpulError(
                f"release {number} was opened with k = {k_before[0]}",
                code="open_data",
                hint="two cuts of one release would tell what each of them hides: leave --k out",
            )
        if k_before is None and not (decision and (decision.why or decision.why_id)):
            raise SimpulError(
                f"release {number} was never opened: a cut is made once and for good, and needs a reason",
                code="no_reason",
                hint="say it: --reason TEXT, --reason-id TEKS",
            )
        if wanted < 2:
            raise SimpulError("k is at least 2: below that nothing is suppressed", code="open_data")
        rows = reading.read(conn, number, tables, wanted)
        cuts = history.kept_cuts(conn, rows)
        cut = next((kept.cut for kept in cuts if kept.cut.release_id == number), None)
        fresh = relations.cut_of(number, wanted, rows)
        if cut is None:
            cut = fresh
            cut.hidden.update(protecting.protect(cut, [kept.cut for kept in cuts]))
            history.keep(conn, cut, tables, decision or Decision())
        elif cut.values != fresh.values:
            raise SimpulError(
                f"release {number} no longer says what it said when it was opened",
                code="open_data",
                hint="open the next release instead",
            )
    # what leaves the house is written down by now
    counted = package.write(out, package.Package(number, day, wanted, rows, cut.hidden))
    log.info("release %s is opened: %s of %s counts suppressed", number, len(cut.hidden), len(cut.values))
    return Opened(
        number, wanted, str(out), counted, len(cut.values), len(cut.hidden), is_new=k_before is None
    )


def _release(conn: psycopg.Connection[Any], release_id: int | None) -> tuple[int, str]:
    row = conn.execute(
        """select release_id, (created_at at time zone 'Asia/Jakarta')::date::text from audit.release
        where status = 'published'
            and release_id = coalesce(%s, (select p.release_id from audit.release_pointer p))""",
        (release_id,),
    ).fetchone()
    if row is None:
        which = "no release" if release_id is None else f"release {release_id}: it"
        raise SimpulError(
            f"{which} is published and kept", code="no_release", hint="`simpul releases` lists them"
        )
    return int(row[0]), str(row[1])
