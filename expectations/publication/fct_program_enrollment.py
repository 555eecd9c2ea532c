"""Money and people of the lists arrive: nothing is lost between a payment list and the programmes."""

# ruff: noqa: S608 — queries are put together from constants of this module
from __future__ import annotations

from expectations.check import Check, check
from simpul.contract import HOUSE, Standing

# The landing gate lets only readable amounts through (nominal_money); read here once more, not as staging reads them.
_LANDED_RUPIAH = (
    r"""regexp_replace(regexp_replace(nominal, '[.,]([0-9][0-9]?|--?)[^0-9]*$', ''), '[^0-9]', '', 'g')"""
)

STANDING = Standing(owner="Walidata TKPK", basis=HOUSE)

CHECKS: tuple[Check, ...] = (
    check(
        "payments_arrive",
        "fail",
        "analytical",
        column="amount_idr",
        en="Per file, the landed payments and their rupiah are all in staging.",
        id="Per berkas, semua penyaluran yang mendarat beserta rupiahnya ada di staging.",
        query=f"""
with landed as (
        select _file_id as file_id, count(*) as payments, sum(nullif({_LANDED_RUPIAH}, '')::numeric) as idr
        from raw.dinsos__kks_payment join audit.release_input on file_id = _file_id
        where release_id = {{release_id}} group by 1),
    staged as (
        select _file_id as file_id, count(*) as payments, sum(amount_idr) as idr
        from {{stg_dinsos__kks_payment}} group by 1)
select file_id from landed full join staged using (file_id)
where landed.payments is distinct from staged.payments or coalesce(landed.idr, 0) <> coalesce(staged.idr, 0)""",
        checked="select count(*) from {stg_dinsos__kks_payment}",
    ),
    check(
        "repeated_payment_is_told_elsewhere",
        "fail",
        "structural",
        en="A staged payment that does not count is told by another file that does.",
        id="Penyaluran di staging yang tidak dihitung dimuat oleh berkas lain yang dihitung.",
        query="""
select _file_id as file_id, _sheet as sheet, _row as "row" from {stg_dinsos__kks_payment} as repeated
where is_repeated and not exists (
    select from {stg_dinsos__kks_payment} as counted
    where not counted.is_repeated and counted._file_id <> repeated._file_id
        and (counted.period, counted.source_key) = (repeated.period, repeated.source_key))""",
        checked="select count(*) from {stg_dinsos__kks_payment}",
    ),
    check(
        "rupiah_conserved",
        "fail",
        "analytical",
        column="amount_idr",
        en="Per year, the rupiah published are those of the payments that count and of the recipients, each once.",
        id="Per tahun, rupiah yang terbit sama dengan rupiah penyaluran yang dihitung dan daftar penerima di staging,"
        " masing-masing sekali.",
        query="""
with unit_month as (
    select record.dataset, month.program_code, month.period,
        case program.unit when 'family' then coalesce(beneficiary.family_id, -person_id) else person_id end as unit_id,
        coalesce(month.amount_idr, 0) + coalesce(month.combined_amount_idr, 0) as idr
    from {int_program_enrollment} as month join {person_record} as record using (record_key)
    join {dim_beneficiary} as beneficiary using (person_id) join {dim_program} as program using (program_code)),
    told as (
    select period, amount_idr as idr from {stg_dinsos__kks_payment} where not is_repeated
    union all
    select period, amount_idr from {stg_dinsos__program_recipient}
    where programmes_key in (select alias_key from {seed_program_alias})
    union all
    -- what stands in a list of recipients and was paid to a card is told twice
    select period, -idr from unit_month as listed
    where dataset = 'dinsos.program_recipient' and idr <> 0 and exists (
        select from unit_month as paid where paid.dataset = 'dinsos.kks_payment'
            and (paid.unit_id, paid.program_code, paid.period)
            = (listed.unit_id, listed.program_code, listed.period))),
    staged as (select left(period, 4) as year, sum(idr) as idr from told group by 1),
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
