"""Nobody is lost and nobody is doubled between the agencies' lists and the persons."""

# ruff: noqa: S608 — queries are put together from constants of this module and names of contracts
from __future__ import annotations

from expectations.check import Check, check
from simpul.contract import HOUSE, Standing, load_contracts

PEOPLE = sorted(
    (contract.dataset, contract.agency, contract.table)
    for contract in load_contracts().values()
    if contract.personal_data != "none" and "nik" in contract.column_names
)
MOST_REPEATED = 0.05  # a twentieth of a list may be repetitions of the same record; more is no list of people

_STAGED = " union all ".join(
    f"select '{dataset}' as dataset, count(*) as records"
    f" from (select distinct period, source_key from {{stg_{table}}}) as record"
    for dataset, _, table in PEOPLE
)
_DELIVERED = f"""
    select file.file_id, file.dataset, file.rows_loaded
    from audit.release_input as input join audit.file as file using (file_id)
    where input.release_id = {{release_id}} and file.dataset in ({", ".join(f"'{d}'" for d, _, _ in PEOPLE)})"""

STANDING = Standing(owner="Walidata TKPK", basis=HOUSE)

CHECKS: tuple[Check, ...] = (
    check(
        "records_conserved",
        "fail",
        "structural",
        en="Per dataset there are as many person records as staged records: linking loses and doubles none.",
        id="Per kumpulan data, jumlah rekaman orang sama dengan rekaman di staging: penautan tidak menghilangkan atau"
        " menggandakan.",
        query=f"""
with staged as ({_STAGED})
select dataset from staged
left join (select dataset, count(*) as records from {{int_person_record}} group by 1) as prepared using (dataset)
left join (select dataset, count(*) as records from {{batch}} group by 1) as published using (dataset)
where staged.records <> coalesce(prepared.records, 0) or staged.records <> coalesce(published.records, 0)
union
select dataset from {{batch}} where dataset not in (select dataset from staged)""",
    ),
    check(
        "files_represented",
        "fail",
        "structural",
        column="file_id",
        en="Per dataset there are never more records than the release's files hold, and none when no file came.",
        id="Per kumpulan data, rekaman tidak pernah lebih banyak daripada isi berkas rilis ini.",
        query=f"""
with delivered as ({_DELIVERED})
select dataset from (select dataset, count(*) as records from {{batch}} group by 1) as published
left join (select dataset, sum(rows_loaded) as records from delivered group by 1) as loaded using (dataset)
where published.records > coalesce(loaded.records, 0)
union all
select dataset from delivered group by dataset
having sum(rows_loaded) > 0 and dataset not in (select dataset from {{batch}})""",
    ),
    check(
        "few_repetitions",
        "warn",
        "analytical",
        column="file_id",
        en="At most 5 % of a file's records repeat others, in the same file or in a newer one of the same period.",
        id="Paling banyak 5 % rekaman sebuah berkas merupakan pengulangan, dalam berkas itu atau berkas lebih baru.",
        query=f"""
with delivered as ({_DELIVERED})
select file_id from delivered
left join (select file_id, count(*) as records from {{batch}} group by 1) as published using (file_id)
where coalesce(published.records, 0) < {1 - MOST_REPEATED} * rows_loaded""",
        checked=f"select count(*) from ({_DELIVERED}) as delivered",
    ),
    check(
        "record_of_a_person",
        "fail",
        "structural",
        column="person_id",
        en="Every record belongs to a published person, and every person has a record.",
        id="Setiap rekaman milik seorang yang terbit, dan setiap orang punya rekaman.",
        query="""
select person_id from (select distinct person_id from {batch}) as record
full join (select distinct person_id, true as is_person from {person}) as person using (person_id)
where record is null or is_person is null""",
    ),
)
