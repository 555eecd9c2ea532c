-- Built after the linking, so it stands with the marts; it is not published.
{{ config(schema='intermediate', access='protected', contract={'enforced': false}) }}

-- a newer list that says nothing of a wage takes an older one's word back
with told as (

    select
        link.person_id,
        employment.record_key,
        employment.employment,
        employment.told_on
    from {{ ref('int_employment') }} as employment
    inner join {{ source('identity', 'link') }} as link on employment.record_key = link.record_key

),

employed_at_some_time as (

    select distinct person_id from told where employment is not null

),

payment as (

    select payment.*
    from {{ ref('int_payment') }} as payment
    inner join employed_at_some_time as employed on payment.person_id = employed.person_id
    where payment.program_code in (select rule.program_code from {{ ref('seed_program_rule') }} as rule)

),

last_word as (

    select distinct on (payment.record_key, payment.program_code, payment.period)
        {{ payment_columns('payment') }},
        payment.amount_idr,
        told.employment,
        told.record_key as evidence_key
    from payment
    inner join told
        on
            payment.person_id = told.person_id
            and told.told_on between payment.last_day - interval '12 months' and payment.last_day
    order by
        payment.record_key, payment.program_code, payment.period,
        told.told_on desc, told.employment nulls last, told.record_key

),

found as (

    select
        case employment when 'public' then 'PUBLIC_EMPLOYEE' else 'WAGE_EARNER' end as rule_code,
        {{ payment_columns('last_word') }},
        amount_idr,
        evidence_key
    from last_word
    where employment is not null

)

select * from found
