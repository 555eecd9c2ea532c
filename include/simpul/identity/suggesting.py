"""Suggestions for the broken NIKs of a release, record by record, for the marts to show (`worklist_nik_repair`)."""

from __future__ import annotations

import logging
from functools import cache

from simpul.database import advisory_lock, connect, no_values
from simpul.identity.repair import REPAIRABLE, suggest

log = logging.getLogger("simpul.identity")


def suggest_niks(release_id: int) -> int:
    """Write ``identity.nik_suggestion`` anew from ``intermediate.int_person_record``; returns how many there are.

    Args:
        release_id: the open candidate; only told in the log.
    """
    once = cache(suggest)  # lists of many months carry the same slip
    with (
        connect(application_name="simpul nik repair") as conn,
        no_values(f"suggesting NIKs for the records of release {release_id}"),
        advisory_lock(conn, "identity"),
    ):
        broken = conn.execute(
            "select record_key, nik, no_kk, birth_date, sex from intermediate.int_person_record"
            " where nik_status = any(%s)",
            ([status.value for status in REPAIRABLE],),
        ).fetchall()
        conn.execute("delete from identity.nik_suggestion")
        count = 0
        with (
            conn.cursor() as cursor,
            cursor.copy(
                "copy identity.nik_suggestion (record_key, suggested_nik, basis, confidence) from stdin"
            ) as copy,
        ):
            for record_key, nik, no_kk, birth_date, sex in broken:
                found = once(nik, no_kk, birth_date, sex)
                if found:
                    copy.write_row((record_key, found.nik, found.basis.value, found.confidence))
                    count += 1
        log.info("release %s: %s of %s broken NIKs have a suggestion", release_id, count, len(broken))
        return count
