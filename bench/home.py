"""A home of its own for every benchmark: nothing of the developer's is touched; and what is asked of its server."""

from __future__ import annotations

import os

import psycopg

from simpul import database
from simpul.stack import postgres
from simpul.stack.apart import free_port, own_home

__all__ = ["checkpoint", "free_port", "own_home", "server_version"]


def checkpoint() -> None:
    """Write out what earlier runs left in memory, so that no run pays for another."""
    with psycopg.connect(postgres.dsn(), autocommit=True) as conn:
        conn.execute("checkpoint")
    os.sync()  # files beside the server's, too


def server_version() -> str:
    """PostgreSQL's version, without its builder's remarks."""
    with database.connect(application_name="simpul bench") as conn:
        return str(conn.info.parameter_status("server_version")).split()[0]
