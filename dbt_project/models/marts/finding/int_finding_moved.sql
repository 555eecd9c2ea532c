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

    select
        {{ payment_columns('payment') }},
        payment.last_day,
        payment.list_region_code,
        payment.amount_idr,
        max({{ period_first_day('membership.period') }}) as listed_from
    from payment
    inner join {{ ref('fct_registry_membership') }} as membership
        on
            payment.person_id = membership.person_id
            and not {{ is_within('membership.region_code', 'payment.list_region_code') }}
    inner join registry_in_use
        on
            membership.registry = registry_in_use.registry
            and payment.last_day between registry_in_use.valid_from and registry_in_use.valid_to
    where
        membership.status = 'listed'
        and length(membership.region_code) >= length(payment.list_region_code)
        and {{ period_first_day('membership.period') }} <= payment.last_day
    group by
        {{ payment_columns('payment') }}, payment.last_day, payment.list_region_code, payment.amount_idr

),

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
            and payment.listed_from = {{ period_first_day('record.period') }}
            and not {{ is_within('record.region_code', 'payment.list_region_code') }}
    where
        not exists (
            select from {{ ref('fct_registry_membership') }} as here
            where
                payment.person_id = here.person_id
                and here.status = 'listed'
                and {{ is_within('here.region_code', 'payment.list_region_code') }}
                and {{ period_first_day('here.period') }} between payment.listed_from and payment.last_day
        )
    group by {{ payment_columns('payment') }}, payment.amount_idr

)

select * from lives_elsewhere
