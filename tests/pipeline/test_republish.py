"""The marts that dbt builds, published again and again under readers who hold one against the other."""

from __future__ import annotations

import time

import pytest
from psycopg import sql

from bench.proofs import keep
from bench.publish_readers import REAL, looping_readers
from bench.republish import republish
from sample.bps import write_bps_sample
from simpul import pipeline, release
from simpul.database import warehouse_dsn

PUBLISHES, ROLLBACKS = 20, 10


def again(marts: tuple[release.Mart, ...], source: int, shift: float) -> int:
    """Publish the tables of release ``source`` anew, every percentage moved."""
    return republish(marts, source, {"p0_percent": sql.SQL("p0_percent + {}").format(shift)})


@pytest.mark.proof
def test_marts_as_dbt_built_them(fresh_warehouse, tmp_path):
    write_bps_sample(fresh_warehouse.inbox, years=[2022, 2023])
    assert {file["status"] for file in pipeline.land_inbox()} == {"landed"}
    first = pipeline.build("proof").release_id
    marts = pipeline.published_marts()
    back = []
    with looping_readers(warehouse_dsn("bi_reader"), tmp_path, query=REAL) as seen:
        numbers = [again(marts, first, 0.01 * n) for n in range(1, PUBLISHES + 1)]
        for older in numbers[-2 : -2 - ROLLBACKS : -1]:
            started = time.perf_counter()
            assert release.rollback()["release_id"] == older
            back.append(time.perf_counter() - started)
    keep(
        "publish_real_marts",
        "The same with the marts that dbt built: fct_poverty against rpt_poverty_position",
        [
            (f"publishes of all {len(marts)} tables", str(PUBLISHES)),
            ("looping readers", str(seen["readers"])),
            ("statements that joined the two marts", f"{seen['reads']:,}"),
            ("… that failed", str(len(seen["errors"]))),
            (
                "… that saw two releases at once, or a figure that differs between the marts",
                str(seen["mixed"]),
            ),
            (f"longest of {ROLLBACKS} rollbacks", f"{max(back) * 1000:.0f} ms"),
        ],
    )
    assert seen["reads"] > 100 and (seen["mixed"], seen["errors"]) == (0, [])
    assert max(back) < 1
