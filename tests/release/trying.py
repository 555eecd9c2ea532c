"""What a role reads when it really asks: every column of every relation, as somebody who logged in."""

from __future__ import annotations

import psycopg
from psycopg import sql

from simpul.database import connect
from simpul.trust.matrix import Matrix

READERS = ("bi_reader", "caseworker", "steward", "auditor")
ROLES = (*READERS, "loader", "transformer")
RELATIONS = """
select n.nspname, c.relname, array(select attname::text from pg_attribute
    where attrelid = c.oid and attnum > 0 and not attisdropped order by attnum)
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'v', 'm', 'f') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'"""
SYSTEM = (
    "pg_statistic",
    "pg_statistic_ext_data",
    "pg_authid",
    "pg_shadow",
    "pg_largeobject",
    "pg_hba_file_rules",
)


def may(conn: psycopg.Connection, query: sql.Composable | str) -> bool:
    """Whether the statement runs; it is told by trying, whatever the catalogue says."""
    try:
        conn.execute(query)
        return True
    except psycopg.errors.InsufficientPrivilege:
        return False


def _why_not(conn: psycopg.Connection, query: sql.Composable) -> str | None:
    try:
        conn.execute(query)
        return None
    except psycopg.errors.InsufficientPrivilege as error:
        return str(error)


def tried(role: str) -> dict[str, list[str]]:
    """Relation → columns that the role could select; those it could not are left out.

    Where the schema itself is closed, no column is asked for by itself.
    """
    with connect() as owner:
        relations = owner.execute(RELATIONS).fetchall()
    found = {}
    with connect(role=role, autocommit=True) as conn:
        for schema, table, columns in relations:
            where = sql.Identifier(schema, table)

            def query(names: list[str], where: sql.Identifier = where) -> sql.Composed:
                return sql.SQL("select {} from {} limit 0").format(
                    sql.SQL(", ").join(map(sql.Identifier, names)), where
                )

            refused = _why_not(conn, query(columns))
            if refused and "permission denied for schema" not in refused:
                readable = [c for c in columns if may(conn, query([c]))]
            else:
                readable = [] if refused else columns
            if readable:
                found[f"{schema}.{table}"] = readable
        for name in SYSTEM:
            assert not may(conn, f"select * from {name} limit 0"), f"{role} reads {name}"
    return found


def told(matrix: Matrix, role: str) -> dict[str, list[str]]:
    """The same as the matrix has it."""
    return {
        right.relation: right.columns
        for right in matrix.rights
        if right.role == role and right.may_name and right.rows != "error"
    }


def statistics(role: str) -> set[tuple[str, str, str]]:
    """Columns of ours of which the role sees samples of cells."""
    with connect(role=role) as conn:
        return set(
            conn.execute(
                "select schemaname, tablename, attname from pg_stats"
                " where schemaname not in ('pg_catalog', 'information_schema')"
                " union all select schemaname, tablename, statistics_name from pg_stats_ext"
            ).fetchall()
        )
