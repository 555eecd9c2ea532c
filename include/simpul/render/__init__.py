"""Contract → everything that is derived from it: raw tables, dbt sources and macro, data dictionary, JSON Schema."""

from simpul.render.files import (
    are_dashboards_declared,
    chart_problems,
    check,
    render_all,
    unwritten_assets,
    write_all,
)
from simpul.render.raw import (
    attach_ddl,
    comments,
    ensure_raw_tables,
    parent_name,
    partition_ddl,
    partition_name,
    raw_columns,
    raw_table_ddl,
)

__all__ = [
    "are_dashboards_declared",
    "attach_ddl",
    "chart_problems",
    "check",
    "comments",
    "ensure_raw_tables",
    "parent_name",
    "partition_ddl",
    "partition_name",
    "raw_columns",
    "raw_table_ddl",
    "render_all",
    "unwritten_assets",
    "write_all",
]
