"""``marts.restatement(5, 7)``: which published figures differ between two kept releases, read with the asker's rights.

What is compared, and how, is written once: in ``dbt_project/macros/restatement.sql``, from which dbt builds
`rpt_restatement` (this release against the one before it). The function is made of the same text over the permanent
parents. Its body is parsed when it is made, so a reader who may select from the parents need not name them.
"""

# ruff: noqa: S608 — queries are put together from the project's own macros and names of its tables
from __future__ import annotations

from typing import Any

import psycopg
from jinja2 import Environment
from psycopg import sql

from simpul.release import catalog, rights
from simpul.settings import get_settings

NAME = "restatement"
SIGNATURE = f"marts.{NAME}(bigint, bigint)"
_MACROS = ("numbers.sql", "metrics.sql", "restatement.sql")
_COLUMNS = {
    "table_name": "text",
    "region_code": "text",
    "province_code": "text",
    "period": "text",
    "breakdown": "text",
    "measure": "text",
    "kind": "text",
    "explanation": "text",
    "explanation_id": "text",
    "value_before": "numeric",
    "value_now": "numeric",
    "change": "numeric",
    "missing_reason_before": "text",
    "missing_reason_now": "text",
    "source_file_id_before": "text",
    "source_file_id_now": "text",
}
_COMMENT = (
    "One row per published figure that differs between two kept releases; columns as in rpt_restatement"
    " — Satu baris per angka terbit yang berbeda antara dua rilis tersimpan; kolom seperti pada rpt_restatement"
)


def is_current(conn: psycopg.Connection[Any]) -> bool:
    """Whether the function says what the project's macros say, and is everybody's who reads marts."""
    body = _body(conn)
    found = conn.execute(
        "select pg_get_function_sqlbody(oid), obj_description(oid, 'pg_proc'),"
        " (select coalesce(array_agg(distinct case grantee when 0 then 'public' else grantee::regrole::text end), '{}')"
        "  from aclexplode(proacl) where grantee <> proowner)"
        " from pg_proc where oid = to_regprocedure(%s)",
        (SIGNATURE,),
    ).fetchone()
    if body is None or found is None:
        return (body is None) == (found is None)
    # PostgreSQL writes bodies in its own words: that of the function is compared with one made now
    with conn.transaction(force_rollback=True):
        conn.execute(_definition("pg_temp", body))
        expected = conn.execute(
            "select pg_get_function_sqlbody(%s::regprocedure)", (f"pg_temp.{NAME}(bigint, bigint)",)
        ).fetchone()
    assert expected is not None
    return found[:2] == (expected[0], _COMMENT) and set(found[2]) == set(rights.READERS["marts"])


def create(conn: psycopg.Connection[Any]) -> None:
    """Make the function anew, or drop it when no published table has figures to compare."""
    body = _body(conn)
    conn.execute(f"drop function if exists {SIGNATURE}")  # type: ignore[arg-type]
    if body is None:
        return
    conn.execute(_definition("marts", body))
    conn.execute(f"revoke all on function {SIGNATURE} from public")  # type: ignore[arg-type]
    readers = sql.SQL(", ").join(map(sql.Identifier, rights.READERS["marts"]))
    conn.execute(sql.SQL("grant execute on function {} to {}").format(sql.SQL(SIGNATURE), readers))
    conn.execute(sql.SQL("comment on function {} is {}").format(sql.SQL(SIGNATURE), sql.Literal(_COMMENT)))


def _definition(schema: str, body: str) -> str:
    columns = ", ".join(f"{name} {kind}" for name, kind in _COLUMNS.items())
    return (
        f"create function {schema}.{NAME}(release_before bigint, release_now bigint) returns table ({columns})"
        f" language sql stable parallel safe begin atomic {body}; end"
    )


def _body(conn: psycopg.Connection[Any]) -> str | None:
    """The SELECT over the parents that are there; None where there are none."""
    folder = get_settings().dbt_dir / "macros"
    text = "".join((folder / name).read_text(encoding="utf-8") for name in _MACROS)
    macros: Any = Environment(autoescape=False).from_string(text).module  # noqa: S701 - SQL, not HTML
    compared = []
    for mart in str(macros.compared_marts()).split():
        if catalog.exists(conn, catalog.RELEASE, mart):
            before, now = (macros.figures_of(mart, _rows(mart, which)) for which in ("before", "now"))
            compared.append(macros.restated(before, now))
    if not compared:
        return None
    words = {
        "explanation": macros.why_restated("restated"),
        "explanation_id": macros.why_restated("restated", "id"),
    }
    shown = ", ".join(f"{words.get(name, f'restated.{name}')} as {name}" for name in _COLUMNS)
    return f"select {shown} from ({' union all '.join(compared)}) as restated"


def _rows(mart: str, which: str) -> str:
    """Rows that one release shows; the sub-select runs once per query, and only that partition is read."""
    return (
        f"(select * from {catalog.RELEASE}.{mart}"
        f" where _release_id = (select audit.stored_in('{mart}', audit.kept_release({NAME}.release_{which})))"
        ") as told"
    )
