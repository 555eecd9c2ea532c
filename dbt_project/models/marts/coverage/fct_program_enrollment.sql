with enrollment as (

    select
        *,
        split_part(record_key, '|', 1) = 'dinsos.kks_payment' as is_paid
    from {{ ref('int_program_enrollment') }}

),

-- Two cards, or a card and a correction: a person is enrolled once, and gets the sum. What was paid to a card and is in
-- a list of recipients too is one sum told twice: the payment is the one that counts.
per_person as (

    select
        link.person_id,
        enrollment.program_code,
        enrollment.period,
        {{ told_once('enrollment.amount_idr', 'enrollment.is_paid') }} as amount_idr,
        {{ told_once('enrollment.combined_amount_idr', 'enrollment.is_paid') }} as combined_amount_idr,
        case when bool_or(enrollment.status = 'active') then 'active' else 'stopped' end as status,
        min(enrollment.segment) as segment
    from enrollment
    inner join {{ source('identity', 'link') }} as link on enrollment.record_key = link.record_key
    group by link.person_id, enrollment.program_code, enrollment.period

),

published as (

    select
        {{ release_stamp() }},
        per_person.person_id,
        per_person.program_code,
        per_person.period,
        per_person.amount_idr,
        per_person.combined_amount_idr,
        per_person.status,
        per_person.segment,
        beneficiary.province_code,
        beneficiary.region_code
    from per_person
    inner join {{ ref('dim_beneficiary') }} as beneficiary on per_person.person_id = beneficiary.person_id

)

select * from published
