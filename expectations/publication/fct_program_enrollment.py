"""Money and people of the lists arrive: nothing is lost between a payment list and the programmes."""

from __future__ import annotations

from expectations.check import Check, check

CHECKS: tuple[Check, ...] = (
    check(
        "rupiah_conserved",
        "fail",
        "analytical",
        column="amount_idr",
        en="Per year, the rupiah published are the rupiah of the staged payment lists.",
        id="Per tahun, rupiah yang terbit sama dengan rupiah pada daftar penyaluran di staging.",
        query="""
with staged as (select left(period, 4) as year, sum(amount_idr) as idr from {stg_dinsos__kks_payment} group by 1),
    published as (
        select left(period, 4) as year, sum(coalesce(amount_idr, 0) + coalesce(combined_amount_idr, 0)) as idr
        from {batch} where amount_idr is not null or combined_amount_idr is not null group by 1)
select year from staged full join published using (year) where coalesce(staged.idr, 0) <> coalesce(published.idr, 0)""",
    ),
    check(
        "people_conserved",
        "fail",
        "analytical",
        column="person_id",
        en="Per programme and month, enrolled are exactly the persons whom the lists name.",
        id="Per program dan bulan, peserta tepat orang-orang yang disebut daftar.",
        query="""
with listed as (
    select staged.program_code, staged.period, count(distinct record.person_id) as people
    from {int_program_enrollment} as staged join {person_record} as record using (record_key) group by 1, 2),
    published as (select program_code, period, count(*) as people from {batch} group by 1, 2)
select program_code, period from listed full join published using (program_code, period)
where listed.people is distinct from published.people""",
    ),
    check(
        "no_unlinked_enrollment",
        "fail",
        "structural",
        en="Every staged payment and membership belongs to a person.",
        id="Setiap penyaluran dan kepesertaan di staging milik seseorang.",
        query="""
select distinct program_code, period from {int_program_enrollment} as staged
where not exists (select from {person_record} as record where record.record_key = staged.record_key)""",
        checked="select count(*) from {int_program_enrollment}",
    ),
)
