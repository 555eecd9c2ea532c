"""The scorecard: a share of checks, for every file of the release, and how much was delivered."""

# ruff: noqa: S608 — queries are put together from constants of this module and names of contracts
from __future__ import annotations

from expectations.check import Check, check
from simpul.contract import KEPT_SHARE, Standing, load_contracts

# a statistical table prints other columns every year; a list of people is as long as last time, more or less
_LISTS = ", ".join(
    f"'{contract.dataset}'" for contract in load_contracts().values() if contract.personal_data != "none"
)
_MOST_LOST = round(100 * (1 - KEPT_SHARE))

STANDING = Standing(owner="Walidata TKPK", basis="Perpres 39/2019 (Satu Data Indonesia)")

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
        "delivery_kept",
        "warn",
        "analytical",
        column="delivered_change_percent",
        en=f"The newest list of each region is at most {_MOST_LOST} % shorter than the one of the period before.",
        id=f"Daftar terbaru tiap wilayah paling banyak {_MOST_LOST} % lebih pendek daripada daftar periode sebelumnya.",
        query=f"""
select distinct dataset, region_code, period from {{batch}} as delivered
where dataset in ({_LISTS}) and delivered_change_percent < -{_MOST_LOST}
    and not exists (
        select from {{batch}} as newer
        where newer.dataset = delivered.dataset and newer.region_code = delivered.region_code
            and newer.period > delivered.period)""",
        checked="select count(distinct (dataset, region_code)) from {batch}",
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
    check(
        "delivered_are_loaded",
        "fail",
        "analytical",
        column="delivered_records",
        en="What was delivered of a dataset for a region and period are the loaded rows of the release's files.",
        id="Kiriman suatu kumpulan data per wilayah dan periode sama dengan baris termuat dari berkas rilis ini.",
        query="""
with loaded as (
    select dataset, coalesce(region_code, '00') as region_code, coalesce(period, 'unknown') as period,
        sum(rows_loaded) as records
    from audit.release_input join audit.file using (file_id) where release_id = {release_id} group by 1, 2, 3)
select distinct dataset, region_code, period from {batch} left join loaded using (dataset, region_code, period)
where delivered_records is distinct from loaded.records""",
    ),
)
