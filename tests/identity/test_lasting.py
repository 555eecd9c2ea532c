"""Numbers of people last over many records: a reload, churn, another order, a merge that is undone.

A cut of each in every run; the whole ones by `make prove`.
"""

from __future__ import annotations

import os
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from psycopg import sql

from bench.identity.populations import records
from simpul.database import connect
from simpul.identity import link, resolving
from simpul.identity.tables import copy_in
from tests.identity.conftest import COLUMNS

CUT, WHOLE = 1_500, 60_000  # people
TURNS = {CUT: 2, WHOLE: 50}
sizes = pytest.mark.parametrize(
    "size", [CUT, pytest.param(WHOLE, marks=pytest.mark.proof)], ids=["cut", "whole"]
)


@pytest.fixture
def delivered(registry, size) -> pa.Table:
    """Records of the village, where people are alike."""
    table = records("village", size, 31).records
    return (
        table
        if "period" in table.column_names
        else table.append_column("period", pa.nulls(len(table), pa.string()))
    )


def relink(table: pa.Table, release_id: int) -> dict[str, int]:
    """Put the records in place of those that were there, link them, and say whose each is."""
    with connect() as conn:
        conn.execute("truncate intermediate.int_person_record")
        copy_in(conn, sql.Identifier("intermediate", "int_person_record"), table.select(COLUMNS))
    link(release_id)
    return persons()


def persons() -> dict[str, int]:
    with connect() as conn:
        return dict(
            conn.execute(
                "select record_key, person_id from identity.link join intermediate.int_person_record using (record_key)"
            ).fetchall()
        )


def shuffled(table: pa.Table, seed: int) -> pa.Table:
    return table.take(pa.array(np.random.default_rng(seed).permutation(len(table))))


@sizes
def test_a_reload_changes_nobody_and_churn_hardly_anybody(registry, delivered):
    before = relink(delivered, 1)
    links = registry.decided()
    assert relink(shuffled(delivered, 1), 2) == before
    assert registry.decided() == links, "not one row was written"

    draw = np.random.default_rng(2).random(len(delivered))
    gone, spelt = pa.array(draw < 0.0025), pa.array((draw >= 0.0025) & (draw < 0.0075))
    names = pc.if_else(
        spelt, pc.replace_substring(delivered["name"], "A", "E", max_replacements=1), delivered["name"]
    )
    keys = pc.if_else(
        pa.array(draw > 0.9975),
        pc.binary_join_element_wise(delivered["record_key"], "new", "|"),
        delivered["record_key"],
    )
    churned = delivered.set_column(delivered.column_names.index("name"), "name", names)
    churned = churned.set_column(delivered.column_names.index("record_key"), "record_key", keys)
    after = relink(churned.filter(pc.invert(gone)), 3)
    stayed = before.keys() & after.keys()
    kept = sum(before[key] == after[key] for key in stayed) / len(stayed)
    assert kept >= 0.999, f"{kept:.5f} of {len(stayed):,} records kept their person"


@sizes
def test_neither_order_nor_threads_matter(size, monkeypatch):
    drawn = records("village", size if size == CUT else size // 6, 32).records
    found = set()
    for turn in range(TURNS[size]):
        monkeypatch.setattr(os, "cpu_count", lambda turn=turn: 1 + turn % 4)
        told = resolving.resolve(shuffled(drawn, turn)).records.sort_by("record_key")
        found.add(hash(told.select(["record_key", "cluster", "compared_with"]).to_pandas().to_csv()))
    assert len(found) == 1


@sizes
def test_merges_that_are_taken_back_leave_everything_as_it_was(registry, delivered):
    before = relink(delivered, 1)
    links = registry.ask(
        "select record_key, person_id, family_id, match_kind, compared_with from identity.link order by 1"
    )
    anchors = registry.ask(
        "select distinct on (person_id) dataset, source_key, person_id from intermediate.int_person_record"
        " join identity.link using (record_key) order by person_id, record_key"
    )
    chosen = [
        anchors[place]
        for place in np.random.default_rng(3).choice(len(anchors), len(anchors) // 20, replace=False)
    ]
    with connect() as conn:
        conn.execute(
            "create table staging.stg_review__link_decision (dataset_a text, source_key_a text, dataset_b text,"
            " source_key_b text, is_same_person boolean)"
        )
        for one, other in list(pairwise(chosen))[::2]:
            conn.execute(
                "insert into staging.stg_review__link_decision values (%s, %s, %s, %s, true)",
                (*one[:2], *other[:2]),
            )
    link(2)
    merged = persons()
    assert sum(before[key] != merged[key] for key in before) > len(chosen) // 4
    with connect() as conn:
        conn.execute("truncate staging.stg_review__link_decision")
    link(3)
    assert persons() == before
    assert links == registry.ask(
        "select record_key, person_id, family_id, match_kind, compared_with from identity.link order by 1"
    )
    newest = max(before.values())  # who had to leave somebody for a while is that person again
    assert registry.ask(f"select count(*) from identity.person_redirect where person_id <= {newest}") == [
        (0,)
    ]
