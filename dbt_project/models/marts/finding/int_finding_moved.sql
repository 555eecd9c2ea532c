-- Built after the linking, so it stands with the marts; it is not published.
{{ config(schema='intermediate', access='protected', contract={'enforced': false}) }}

with payment as (

    select * from {{ ref('int_payment') }}

),

-- few: who is listed nowhere but in the region of the paying list has not moved, whatever the months
listed_somewhere_else as (

    select distinct payee.person_id
    from (
        select distinct
            person_id,
            list_region_code
        from payment
    ) as payee
    inner join {{ ref('fct_registry_membership') }} as membership
        on
            payee.person_id = membership.person_id
            and not {{ is_within('membership.region_code', 'payee.list_region_code') }}
    where membership.status = 'listed'

),

-- the newest registry of those in use knows the payee in another region than that of the paying list, and none as new
-- knows him here
listed_elsewhere as (

    select distinct on (payment.record_key, payment.program_code, payment.period)
        {{ payment_columns('payment') }},
        payment.last_day,
        payment.list_region_code,
        payment.amount_idr,
        membership.registry,
        membership.period as listed_period,
        membership.region_code as listed_region_code,
        {{ period_first_day('membership.period') }} as listed_from
    from payment
    inner join listed_somewhere_else on payment.person_id = listed_somewhere_else.person_id
    inner join {{ ref('fct_registry_membership') }} as membership
        on
            payment.person_id = membership.person_id
            and not {{ was_within('membership.region_code', 'payment.list_region_code', 'payment.first_day') }}
    -- a registry of the past tells where somebody has come from
    inner join {{ ref('int_registry_in_use') }} as registry_in_use
        on membership.registry = registry_in_use.registry and registry_in_use.days @> payment.last_day
    where
        membership.status = 'listed'
        and length(membership.region_code) >= length(payment.list_region_code)
        and {{ period_first_day('membership.period') }} <= payment.last_day
    order by
        payment.record_key, payment.program_code, payment.period,
        {{ period_first_day('membership.period') }} desc, membership.registry, membership.period

),

met_here as (

    select
        record.person_id,
        record.region_code,
        mark.since
    from {{ ref('int_recipient_mark') }} as mark
    inner join {{ ref('person_record') }} as record on mark.record_key = record.record_key
    where mark.mark = 'met'

),

-- the row that tells is the one of that registry, not any row about the payee in a list of that time
lives_elsewhere as (

    select
        'MOVED_AWAY' as rule_code,
        {{ payment_columns('payment') }},
        payment.amount_idr,
        min(record.record_key) as evidence_key
    from listed_elsewhere as payment
    inner join {{ ref('person_record') }} as record
        on
            payment.person_id = record.person_id
            and payment.listed_period = record.period
            and payment.listed_region_code = record.region_code
    inner join {{ ref('int_registry_listing') }} as listing
        on
            record.record_key = listing.record_key
            and payment.registry = listing.registry
            and listing.status = 'listed'
    where
        not exists (
            select from {{ ref('fct_registry_membership') }} as here
            where
                payment.person_id = here.person_id
                and here.status = 'listed'
                and {{ was_within('here.region_code', 'payment.list_region_code', 'payment.first_day') }}
                and {{ period_first_day('here.period') }} between payment.listed_from and payment.last_day
        )
        -- an officer who met the payee here since then knows better
        and not exists (
            select from met_here as met
            where
                payment.person_id = met.person_id
                and met.since between payment.listed_from and payment.last_day
                and {{ was_within('met.region_code', 'payment.list_region_code', 'payment.first_day') }}
        )
    group by {{ payment_columns('payment') }}, payment.amount_idr

)

select * from lives_elsewhere
