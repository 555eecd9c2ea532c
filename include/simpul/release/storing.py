"""Where the rows of a release are: in its own partitions, or in those of an earlier one that said the same."""

from __future__ import annotations

from typing import Any

import psycopg

from simpul.release import catalog


def stored_in(conn: psycopg.Connection[Any], release_id: int) -> dict[str, int]:
    """Mart → release whose partition holds its rows, for the marts of which that is written down.

    Of the others, and of releases from before it was written down, it is the release's own.
    """
    return dict(
        conn.execute(
            "select mart, stored_in from audit.release_table where release_id = %s", (release_id,)
        ).fetchall()
    )


def is_stored(conn: psycopg.Connection[Any], mart: str, number: int) -> bool:
    """Whether the partition of release ``number`` is attached to the mart."""
    return catalog.parent_of(conn, catalog.RELEASE, catalog.partition(mart, number)) == mart
