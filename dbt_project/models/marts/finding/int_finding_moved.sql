-- Built after the linking, so it stands with the marts; it is not published.
{{ config(schema='intermediate', access='protected', contract={'enforced': false}) }}

with payment as (

    select * from {{ ref('int_payment') }}

),

-- a registry of the past tells where somebody has come from
registry_in_use as (

    select
        registry,
        min(valid_from) as valid_from,
        max(coalesce(valid_to, 'infinity')) as valid_to
    from {{ ref('seed_program_rule') }}
    group by registry

),

-- the newest registry knows the payee in another region than that of the paying list, and none as new knows him here
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
    inner join {{ ref('fct_registry_membership') }} as membership
        on
            payment.person_id = membership.person_id
            and not {{ was_within('membership.region_code', 'payment.list_region_code', 'payment.first_day') }}
    inner join registry_in_use
        on
            membership.registry = registry_in_use.registry
            and payment.last_day between registry_in_use.valid_from and registry_in_use.valid_to
    where
        membership.status = 'listed'
        and length(membership.region_code) >= length(payment.list_region_code)
        and {{ period_first_day('membership.period') }} <= payment.last_day
    order by
        payment.record_key, payment.program_code, payment.period,
        {{ period_first_day('membership.period') }} desc, membership.registry, membership.period

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
    group by {{ payment_columns('payment') }}, payment.amount_idr

)

select * from lives_elsewhere
