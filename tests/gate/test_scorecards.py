"""Scorecards: the score of every delivery, by agency, dataset, region and period, on pages of bounded cost."""

from __future__ import annotations

import re

from expectations.site import scorecards
from simpul import gate
from simpul.database import connect
from tests.landing.conftest import DTKS, KKS, dtks_row, kks_row


def text_of(page) -> str:
    """A page's words."""
    return " ".join(re.sub(r"<[^>]+>", " ", page.read_text(encoding="utf-8")).split())


def test_a_dataset_has_a_score_for_each_period_and_region(load, query, fresh_warehouse):
    good = [dtks_row(n) for n in range(1, 11)]
    bad = [dtks_row(n) for n in range(1, 11)]
    for row in bad[:5]:
        row[row.index("L")] = "X"  # a sex that nobody knows
    for month, rows in ((5, good), (6, bad)):
        assert gate.gate_file(load(f"dinsos/DTKS 2024-{month:02d}.csv", DTKS, rows)).status == "landed"
    home = fresh_warehouse.reports / "scorecards"
    assert {page.name for page in home.iterdir()} == {
        "index.html",
        "dinsos.dtks.html",
        "dinsos.dtks-2024.html",
    }
    checked, failing = query(
        "select sum(checked), sum(failing) from audit.gate_result join audit.file using (file_id) "
        " where period = '2024-06'"
    )[0]
    score = f"{100 * (checked - failing) / checked:.2f}".replace(".", ",")
    assert 99 > 100 * (checked - failing) / checked > 90
    assert f"{score} %" in text_of(home / "index.html")
    page = text_of(home / "dinsos.dtks.html")
    assert page.index("2024-06") < page.index("2024-05"), "the newest first"
    assert "12.74" in page and "Dinas Sosial" in page
    assert "svg" in (home / "dinsos.dtks.html").read_text(encoding="utf-8"), "the course over the periods"


def test_only_pages_of_what_was_judged_are_written(load, fresh_warehouse):
    for year in (2022, 2023, 2024):
        gate.gate_file(load(f"dinsos/DTKS {year}-06.csv", DTKS, [dtks_row(1)]))
    home = fresh_warehouse.reports / "scorecards"
    before = {page.name: page.stat().st_mtime_ns for page in home.iterdir()}
    file_id = load("dinsos/KKS 2024-06.csv", KKS, [kks_row(1)])
    gate.gate_file(file_id)
    changed = {page.name for page in home.iterdir() if before.get(page.name) != page.stat().st_mtime_ns}
    assert changed == {"index.html", "dinsos.kks_payment.html", "dinsos.kks_payment-2024.html"}
    with connect(autocommit=True) as conn:
        assert scorecards.write_scorecards(conn, fresh_warehouse.reports, []) == []
