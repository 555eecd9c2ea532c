"""How datasets are called in events: as OpenLineage calls tables of PostgreSQL and files of a machine."""

from __future__ import annotations

from simpul.landing.archive import relative_path
from simpul.settings import get_settings

JOBS = "simpul"
"""Namespace of the jobs."""
Name = tuple[str, str]
"""Namespace and name of a dataset."""


def table(schema: str, name: str) -> Name:
    """A table of the warehouse."""
    host, port, database = get_settings().warehouse_address
    return f"postgres://{host}:{port}", f"{database}.{schema}.{name}"


def archived(sha256: str) -> Name:
    """The archived bytes of a file: the name ends with their sha256."""
    return "file", str(get_settings().archive / relative_path(sha256))
