"""One row per person."""

from __future__ import annotations

from expectations.check import Check, check
from simpul.contract import Standing

STANDING = Standing(owner="Walidata TKPK", basis="UU 23/2006 jo. UU 24/2013 (Adminduk): satu orang, satu NIK")

CHECKS: tuple[Check, ...] = (
    check(
        "person_once",
        "fail",
        "structural",
        column="person_id",
        en="A person stands once.",
        id="Satu orang satu baris.",
        query="select person_id from {batch} group by person_id having count(*) > 1",
    ),
    check(
        "nik_of_one_person",
        "warn",
        "logical",
        column="nik",
        en="A usable NIK is the NIK of one person.",
        id="Satu NIK yang dapat dipakai dimiliki satu orang.",
        query="""
select person_id from (
    select person_id, count(*) over (partition by nik) as holders from {batch} where nik_status = 'valid') as holder
where holders > 1""",
        checked="select count(*) from {batch} where nik_status = 'valid'",
    ),
    check(
        "records_counted",
        "fail",
        "structural",
        column="records_count",
        en="The number of a person's records is the number of its person_record rows.",
        id="Jumlah rekaman seseorang sama dengan jumlah barisnya di person_record.",
        query="""
select person_id from {batch} as person
left join (select person_id, count(*) as records from {person_record} group by 1) as record using (person_id)
where records_count <> coalesce(records, 0)""",
    ),
)
