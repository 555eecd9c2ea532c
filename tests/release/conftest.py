"""Three small hand-made marts with the contract dbt would write for them: releases are tested without running dbt."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from simpul import release
from simpul.database import connect
from simpul.release import Mart, marts_of
from simpul.settings import Settings


def column(name: str, kind: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "data_type": kind, "description": f"{name} — kolom {name}", **more}


def model(name: str, publish: str, key: tuple[str, ...], *columns: dict[str, Any]) -> dict[str, Any]:
    stamps = (column("_release_id", "bigint"), column("_as_of", "date"))
    return {
        "resource_type": "model",
        "name": name,
        "alias": name,
        "description": f"One row per key of {name} — Satu baris per kunci {name}",
        "config": {"meta": {"publish": publish}},
        "constraints": [{"type": "primary_key", "columns": ["_release_id", *key]}],
        "columns": {c["name"]: c for c in (*stamps, *columns)},
    }


FACT = model(
    "fct_poverty",
    "marts",
    ("region_code", "year"),
    column("region_code", "text"),
    column("year", "integer"),
    column("p0_percent", "numeric"),
    column("batch", "bigint"),
    column("measured_at", "timestamp with time zone", config={"meta": {"volatile": True}}),
)
REPORT = model(
    "rpt_poverty_position",
    "marts",
    ("region_code",),
    column("region_code", "text"),
    column("batch", "bigint"),
)
PERSON = model(
    "person",
    "marts_person",
    ("person_id",),
    column("person_id", "bigint"),
    column("name", "text"),
    column("regency_code", "text"),
    column("region_code", "text"),
)
MANIFEST = {"nodes": {f"model.simpul.{m['name']}": m for m in (FACT, REPORT, PERSON)}}


def code(number: str) -> str:
    """SQL for a region's code: 12.01, 12.02 … 12.100."""
    return f"'12.' || lpad(({number})::text, greatest(2, length(({number})::text)), '0')"


def build(release_id: int, *, batch: int = 1, rows: int = 50, extra: dict[str, str] | None = None) -> None:
    """What dbt leaves in schema ``candidate``: the three tables with their keys and an index, all saying ``batch``.

    Args:
        release_id: stamp of the rows.
        batch: what both marts say; a reader who sees two values saw two releases at once.
        rows: regions; persons are ten times as many.
        extra: column → type added to fct_poverty.
    """
    more = "".join(f", null::{kind} as {name}" for name, kind in (extra or {}).items())
    with connect(autocommit=True) as conn:
        conn.execute(
            f"""
            drop table if exists candidate.fct_poverty, candidate.rpt_poverty_position, candidate.person;
            create table candidate.fct_poverty as
                select {release_id}::bigint as _release_id, date '2025-03-01' as _as_of,
                    {code("g")} as region_code, 2024 as year, (g % 30)::numeric as p0_percent,
                    {batch}::bigint as batch, clock_timestamp() as measured_at{more}
                from generate_series(1, {rows}) g;
            alter table candidate.fct_poverty add primary key (_release_id, region_code, year);
            create index on candidate.fct_poverty (batch);
            create table candidate.rpt_poverty_position as
                select {release_id}::bigint as _release_id, date '2025-03-01' as _as_of,
                    {code("g")} as region_code, {batch}::bigint as batch
                from generate_series(1, {rows}) g;
            alter table candidate.rpt_poverty_position add primary key (_release_id, region_code);
            create table candidate.person as
                select {release_id}::bigint as _release_id, date '2025-03-01' as _as_of, g::bigint as person_id,
                    'ORANG ' || g as name,
                    case when g % 10 <> 0 then {code(f"g % {rows} + 1")} end as regency_code,
                    case when g % 10 <> 0 then {code(f"g % {rows} + 1")} || '.01' end as region_code
                from generate_series(1, {rows * 10}) g;
            alter table candidate.person add primary key (_release_id, person_id);
            """
        )


def deliver(*file_ids: str, status: str = "landed") -> None:
    """Register files as if the gate had let them in."""
    with connect() as conn:
        for file_id in file_ids:
            conn.execute(
                """insert into audit.file (file_id, file_name, source_path, sha256, bytes, dataset, period, status)
                values (%s, %s, '/inbox', %s, 1, 'bps.poverty_province', '2024', %s)""",
                (file_id, f"{file_id}.csv", file_id * 4, status),
            )


def publish(
    *,
    owner: str = "test",
    marts: tuple[Mart, ...] | None = None,
    force: bool = True,
    inputs: list[str] | None = None,
    **build_options: Any,
) -> int:
    """Open, build, attach, pass the gate, flip."""
    opened = release.open_release(owner, force=force, inputs=inputs)
    assert opened.is_new and opened.release_id
    build(opened.release_id, **{"batch": opened.release_id, **build_options})
    release.attach(opened.release_id, marts or marts_of(MANIFEST), owner_run=owner)
    release.record_gate(opened.release_id, passed=True)
    release.flip(opened.release_id, owner_run=owner)
    return opened.release_id


def ask(query: str, *, role: str | None = None, release_id: int | None = None) -> list[tuple[Any, ...]]:
    """Rows of a query as ``role`` sees them."""
    with connect(role=role) as conn:
        if release_id is not None:
            conn.execute("select set_config('simpul.release_id', %s, false)", (str(release_id),))
        return conn.execute(query).fetchall()


class Workshop:
    """The helpers above behind one fixture: test modules cannot import from conftest."""

    manifest = MANIFEST
    marts = marts_of(MANIFEST)
    column = staticmethod(column)
    model = staticmethod(model)
    build = staticmethod(build)
    deliver = staticmethod(deliver)
    publish = staticmethod(publish)
    ask = staticmethod(ask)


@pytest.fixture
def shop(fresh_warehouse: Settings) -> Iterator[Workshop]:
    """An empty warehouse with one landed file."""
    deliver("aaaaaaaaaaaaaaaa")
    yield Workshop()
