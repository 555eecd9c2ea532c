"""The scorecard: a share of checks, for every file of the release."""

from __future__ import annotations

from expectations.check import Check, check

CHECKS: tuple[Check, ...] = (
    check(
        "score_between_0_and_100",
        "fail",
        "logical",
        column="score",
        en="A score is a share of checks: 0–100.",
        id="Skor adalah bagian dari pemeriksaan: 0–100.",
        query="select dataset, region_code, period, dimension from {batch} where score not between 0 and 100",
    ),
    check(
        "every_dataset_scored",
        "fail",
        "structural",
        column="dataset",
        en="Every dataset of the release's files has a score.",
        id="Setiap kumpulan data dari berkas rilis ini punya skor.",
        query="""
select distinct file.dataset from audit.release_input join audit.file as file using (file_id)
where release_id = {release_id} and file.dataset not in (select dataset from {batch})""",
        checked="select count(*) from audit.release_input where release_id = {release_id}",
    ),
)
