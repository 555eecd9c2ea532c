-- Built after the linking, so it stands with the marts; it is not published.
{{ config(schema='intermediate', access='protected', contract={'enforced': false}) }}

with payee as (

    select
        record.record_key,
        record.dataset,
        record.nik,
        coalesce(record.nik_status, 'missing') as nik_status,
        {{ paying_list_rank('record.dataset') }} as dataset_rank,
        record.file_region_code as list_region_code,
        beneficiary.person_id,
        coalesce(beneficiary.family_id, -beneficiary.person_id) as family_id,
        beneficiary.region_code as residence_code,
        beneficiary.nik_status = 'valid' as is_identified
    from {{ ref('int_person_record') }} as record
    inner join {{ source('identity', 'link') }} as link on record.record_key = link.record_key
    inner join {{ ref('dim_beneficiary') }} as beneficiary on link.person_id = beneficiary.person_id
    where {{ paying_list_rank('record.dataset') }} is not null

),

told as (

    select
        enrollment.record_key,
        enrollment.program_code,
        enrollment.period,
        case
            when num_nonnulls(enrollment.amount_idr, enrollment.combined_amount_idr) > 0
                then coalesce(enrollment.amount_idr, 0) + coalesce(enrollment.combined_amount_idr, 0)
        end as paid_idr,
        enrollment.is_in_combined_sum,
        enrollment.repeated_amount_idr,
        enrollment.second_row,
        payee.dataset,
        payee.nik,
        payee.nik_status,
        -- of two lists of recipients that speak of a month the one of the shorter period is believed: 12 months at most
        payee.dataset_rank * 13
        + case payee.dataset when 'dinsos.program_recipient' then coalesce(enrollment.list_months, 1) else 0 end
            as list_rank,
        payee.list_region_code,
        payee.person_id,
        payee.family_id,
        payee.residence_code,
        payee.is_identified
    from {{ ref('int_program_enrollment') }} as enrollment
    inner join payee on enrollment.record_key = payee.record_key
    where enrollment.status = 'active'

),

program_month as (

    select
        program.program_code,
        program.unit,
        paid.period,
        {{ period_first_day('paid.period') }} as first_day,
        {{ period_last_day('paid.period') }} as last_day
    from (select distinct program_code, period from told) as paid
    inner join {{ ref('dim_program') }} as program on paid.program_code = program.program_code

),

unit_told as (

    select
        told.*,
        program_month.first_day,
        program_month.last_day,
        program_month.unit,
        case program_month.unit when 'family' then told.family_id else told.person_id end as unit_id
    from told
    inner join program_month on told.program_code = program_month.program_code and told.period = program_month.period

),

-- what a payment list and a list of recipients both tell, or the lists of a month and of its quarter, is one payment,
-- told twice: of a family maybe under two names
told_by_several as (

    select
        unit_id,
        program_code,
        period,
        min(list_rank) as list_rank
    from unit_told
    group by unit_id, program_code, period
    having min(list_rank) < max(list_rank)

),

-- what one recipient gets, where that does not hang on who lives in the family
expected as (

    select
        program_month.program_code,
        program_month.period,
        {{ per_month('min(amount.amount_idr)', 'min(amount.per)') }} as expected_idr
    from program_month
    inner join {{ ref('seed_program_amount') }} as amount
        on
            program_month.program_code = amount.program_code
            and program_month.first_day >= amount.valid_from
            and program_month.first_day <= coalesce(amount.valid_to, 'infinity')
    group by program_month.program_code, program_month.period
    having count(*) = 1 and min(amount.per) in ('month', 'year')

),

payment as (

    select
        told.record_key,
        told.program_code,
        told.period,
        told.first_day,
        told.last_day,
        told.unit,
        told.unit_id,
        told.person_id,
        told.dataset,
        told.nik,
        told.nik_status,
        told.is_identified,
        told.list_region_code,
        -- where the payee lives, as far as that is where the list is of, or was of then
        case
            when
                told.list_region_code is null
                or {{ was_within('told.residence_code', 'told.list_region_code', 'told.first_day') }}
                then told.residence_code
            else told.list_region_code
        end as region_code,
        case
            when told.is_in_combined_sum then told.paid_idr
            else coalesce(told.paid_idr, expected.expected_idr)
        end as amount_idr,
        case
            when told.paid_idr is not null then 'paid'
            when told.is_in_combined_sum then 'combined'
            when expected.expected_idr is not null then 'expected'
            else 'unknown'
        end as amount_basis,
        expected.expected_idr as due_idr,
        told.is_in_combined_sum,
        told.repeated_amount_idr,
        told.second_row
    from unit_told as told
    left join expected on told.program_code = expected.program_code and told.period = expected.period
    left join told_by_several as several
        on
            told.unit_id = several.unit_id
            and told.program_code = several.program_code
            and told.period = several.period
    where told.list_rank = coalesce(several.list_rank, told.list_rank)

)

select * from payment
