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
def landed(cloned_ready, tmp_path_factory) -> Iterator[dict[str, dict]]:
    """All fixtures dropped as their agencies would, landed in one go; file name below its dataset → its register."""
    with cloned_ready(tmp_path_factory.mktemp("fixtures")) as settings:
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
    """file_id → records in its staging model; the figures of BPS go on to the observations."""
    opened = release.open_release("fixtures", force=True)
    assert opened.release_id
    ensure_reference()
    figures = "path:models/intermediate,+int_poverty_observation"
    outcome = transform.run_dbt(["path:models/staging", figures])
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


@pytest.mark.slow
def test_the_figures_of_codes_and_portals_reach_the_observations(staged) -> None:
    """From the folder to int_poverty_observation: codes, units and decimal marks of each source."""

    def query(statement: str) -> list[tuple]:
        with connect(autocommit=True) as conn:
            return conn.execute(statement).fetchall()

    found = {
        (region, year, month, area, indicator): (figure, dataset)
        for region, year, month, area, indicator, figure, dataset in query(
            "select region_code, year, month, area, indicator, figure, dataset"
            " from intermediate.int_poverty_observation where figure is not null"
        )
    }
    expected = {
        ("12.74", 2021, 3, "total", "p0_percent", "13.40", "bps.webapi"),
        ("15.07", 2021, 3, "total", "p0_percent", "11.39", "bps.webapi"),  # Kemendagri code of BPS 1506
        ("95.03", 2021, 3, "total", "p0_percent", "37.26", "bps.webapi"),
        ("00", 2020, 3, "total", "p0_percent", "9.78", None),
        ("34.01", 2020, 3, "total", "poverty_line_idr", "360202", "bps.poverty_regency"),
        ("34.01", 2018, 3, "total", "poor_people", "77720", "bps.poverty_regency"),
        ("61.02", 2020, 3, "total", "p0_percent", "5.18", "bps.poverty_regency"),  # Pontianak is Mempawah now
        ("61.71", 2020, 3, "total", "p0_percent", "4.58", "bps.poverty_regency"),
        ("36.01", 2019, 3, "total", "p1_index", "1.34", "bps.poverty_regency"),
        ("36", 2021, 9, "rural", "p0_percent", "7.72", "bps.poverty_province"),
        ("12", 2025, 3, "total", "poor_people", "1140250", "bps.poverty_regency"),
    }
    for *key, figure, dataset in expected:
        value, source = found[tuple(key)]
        assert (float(value), source if dataset else None) == (float(figure), dataset), key
    problems = query(
        "select region_name, region_problem from intermediate.int_poverty_observation where region_code is null"
    )
    assert problems == []
    coded = "select region_code_sent from staging.stg_bps__extreme_poverty where year = 2022 order by 1"
    assert query(coded) == [("36.02",), ("36.03",)]
    assert query("select region_code_sent, extreme_percent::float, extreme_people, line_version"
                 " from staging.stg_bps__extreme_poverty where year = 2023 order by 1") == [
        ("12.74", 1.03, 1890, "ppp_1_90"), ("36.01", 1.34, None, "ppp_1_90")]  # fmt: skip


def test_the_page_of_layouts_is_up_to_date() -> None:
    assert layouts_page.PAGE.read_text(encoding="utf-8") == layouts_page.page(), "run make render"
