"""Every layout of every contract has a small file that lands and is staged as its folder's ``expected.yml`` says."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest

from simpul import pipeline, release, transform
from simpul.contract import load_contracts
from simpul.database import connect
from simpul.seeds import ensure_reference
from tests.fixtures.expectations import Expected, load_expectations
from tools import layouts_page

EXPECTED = load_expectations()


@pytest.fixture(scope="module")
def landed(cloned_warehouse, tmp_path_factory) -> Iterator[dict[str, dict]]:
    """All fixtures dropped as their agencies would, landed in one go; file name below its dataset → its register."""
    with cloned_warehouse(tmp_path_factory.mktemp("fixtures")) as settings:
        for one in EXPECTED:
            agency, name = one.dataset.split(".")
            folder = settings.inbox / agency / name
            folder.mkdir(parents=True, exist_ok=True)
            for path in (one.path, one.path.with_name(one.path.name + ".yml")):
                if path.exists():
                    shutil.copyfile(path, folder / path.name)
        pipeline.land_inbox()
        with connect(autocommit=True) as conn:
            columns = "dataset, edition, period, region_code, status, reason, rows_read, rows_loaded"
            columns += ", rows_quarantined, file_id"
            rows = conn.execute(f"select source_path, {columns} from audit.file").fetchall()
        yield {
            "/".join(path.split("/")[-3:]): dict(zip(columns.split(", "), values, strict=True))
            for path, *values in rows
        }


@pytest.fixture(scope="module")
def staged(landed) -> dict[str, int]:
    """file_id → records in its staging model."""
    opened = release.open_release("fixtures", force=True)
    assert opened.release_id
    ensure_reference()
    outcome = transform.run_dbt(["path:models/staging"])
    assert outcome.success, outcome.explain()
    counts: dict[str, int] = {}
    with connect(autocommit=True) as conn:
        for dataset in sorted({one.dataset for one in EXPECTED}):
            table = f"staging.stg_{dataset.replace('.', '__')}"
            counts |= dict(conn.execute(f"select _file_id, count(*) from {table} group by 1").fetchall())
    return counts


def _entry(landed: dict[str, dict], one: Expected) -> dict:
    agency, name = one.dataset.split(".")
    return landed[f"{agency}/{name}/{one.path.name}"]


def test_every_layout_has_a_fixture() -> None:
    declared = {(c.dataset, edition.name) for c in load_contracts().values() for edition in c.editions}
    assert declared == {(one.dataset, one.edition) for one in EXPECTED}


@pytest.mark.parametrize("one", EXPECTED, ids=str)
def test_it_is_recognised_and_lands(landed: dict[str, dict], one: Expected) -> None:
    found = _entry(landed, one)
    assert found["status"] == "landed", found["reason"]
    assert (found["dataset"], found["edition"]) == (one.dataset, one.edition)
    assert (found["period"], found["region_code"]) == (one.period, one.region)
    assert (found["rows_read"], found["rows_quarantined"]) == (one.read, one.quarantined)
    assert found["rows_read"] == found["rows_loaded"] + found["rows_quarantined"]


@pytest.mark.slow
@pytest.mark.parametrize("one", EXPECTED, ids=str)
def test_it_is_staged(landed: dict[str, dict], staged: dict[str, int], one: Expected) -> None:
    assert staged.get(_entry(landed, one)["file_id"], 0) == one.staged


def test_the_page_of_layouts_is_up_to_date() -> None:
    assert layouts_page.PAGE.read_text(encoding="utf-8") == layouts_page.page(), "run make render"
