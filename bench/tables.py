"""What peers load: into a schema of its own, with every row counted."""

from __future__ import annotations

from collections.abc import Callable

from psycopg import sql

from bench.process import Run
from simpul.database import connect


def into_table(name: str, records: int, job: Callable[[str], Run]) -> Run:
    """Run ``job`` on a table in a schema of its own (dlt remembers what it made there), and make sure that every row
    arrived.
    """
    with connect(autocommit=True) as conn:
        conn.execute("create schema bench")
        done = job(f"bench.{name}")
        count = sql.SQL("select count(*) from {}").format(sql.Identifier("bench", name))
        found = conn.execute(count).fetchall()[0][0]
        conn.execute("set client_min_messages = warning; drop schema bench cascade")
    expect(found, records, name)
    return done


def expect(found: int, wanted: int, who: str) -> None:
    """Nobody is measured who leaves rows behind."""
    if found != wanted:
        raise AssertionError(f"{who}: {found:,} rows instead of {wanted:,}")
