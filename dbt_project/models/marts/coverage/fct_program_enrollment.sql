with enrollment as (

    select
        *,
        split_part(record_key, '|', 1) = 'dinsos.kks_payment' as is_paid
    from {{ ref('int_program_enrollment') }}

),

-- Two cards, or a card and a correction: a person is enrolled once, and gets the sum. What was paid to a card and is in
-- a list of recipients too is one sum told twice: the payment is the one that counts. Of a benefit of the family the
-- list may name another of its members than the card does. So are the lists of a month and of its quarter: the one of
-- the shorter period counts, where it tells an amount.
per_person as (

    select
        link.person_id,
        enrollment.program_code,
        enrollment.period,
        {{ told_once('enrollment.amount_idr', 'enrollment.is_paid', 'enrollment.list_months') }}
            as amount_idr,
        {{ told_once('enrollment.combined_amount_idr', 'enrollment.is_paid', 'enrollment.list_months') }}
            as combined_amount_idr,
        case when bool_or(enrollment.status = 'active') then 'active' else 'stopped' end as status,
        min(enrollment.segment) as segment,
        case
            when bool_or(enrollment.is_paid) then 0
            else
                min(enrollment.list_months) filter (
                    where num_nonnulls(enrollment.amount_idr, enrollment.combined_amount_idr) > 0
                )
        end as list_months
    from enrollment
    inner join {{ source('identity', 'link') }} as link on enrollment.record_key = link.record_key
    group by link.person_id, enrollment.program_code, enrollment.period

),

placed as (

    select
        per_person.*,
        beneficiary.province_code,
        beneficiary.region_code,
        per_person.list_months = min(per_person.list_months) over (
            partition by
                {{ counted_unit('program.unit', 'beneficiary') }},
                per_person.program_code,
                per_person.period
        ) as has_its_sum
    from per_person
    inner join {{ ref('dim_beneficiary') }} as beneficiary on per_person.person_id = beneficiary.person_id
    inner join {{ ref('dim_program') }} as program on per_person.program_code = program.program_code

),

published as (

    select
        {{ release_stamp() }},
        person_id,
        program_code,
        period,
        case when has_its_sum then amount_idr end as amount_idr,
        case when has_its_sum then combined_amount_idr end as combined_amount_idr,
        status,
        segment,
        province_code,
        region_code
    from placed

)

select * from published
