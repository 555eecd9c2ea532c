-- Built after the linking, so it stands with the marts; it is not published.
{{ config(schema='intermediate', access='protected', contract={'enforced': false}) }}

with payment as (

    select * from {{ ref('int_payment') }}

),

mark as (

    {{ marks_of_persons() }}

),

-- In the month of the death aid may still be paid. A benefit of a family goes on as long as somebody of it lives:
-- then the card wants another holder. Of a holder without a family card nobody is known who could be that.
paid_to_the_dead as (

    select
        case
            when unit.deceased_since < payment.first_day then 'DECEASED' else 'CARD_HOLDER_DECEASED'
        end as rule_code,
        {{ payment_columns('payment') }},
        payment.amount_idr,
        death.record_key as evidence_key
    from payment
    inner join {{ ref('int_reported_death') }} as death
        on payment.person_id = death.person_id and payment.first_day > death.since
    inner join {{ ref('int_coverage_unit') }} as unit on payment.unit = unit.unit and payment.unit_id = unit.unit_id

),

-- the last word before the month
last_word as (

    select distinct on (payment.record_key, payment.program_code, payment.period)
        {{ payment_columns('payment') }},
        payment.unit,
        payment.unit_id,
        payment.last_day,
        payment.amount_idr,
        mark.mark,
        mark.record_key as evidence_key
    from payment
    inner join mark on payment.person_id = mark.person_id and payment.first_day > mark.since
    where mark.mark not in ('deceased', 'met')
    order by
        payment.record_key, payment.program_code, payment.period,
        mark.since desc, mark.mark = 'found' desc, mark.record_key

),

-- An officer's word about a claim holds until an edition that begins later lists the person: then that one speaks. One
-- of the month (the year) of the visit may have been drawn before it. It is an edition of the registry that was
-- visited, or of one that is heard where that is not any more (DTSEN after DTKS), or is not known.
listed_again as (

    select
        mark.record_key,
        min(edition.listed_from) as since
    from mark
    inner join {{ ref('fct_registry_membership') }} as membership
        on mark.person_id = membership.person_id and membership.status = 'listed'
    inner join {{ ref('int_registry_edition') }} as edition
        on
            membership.registry = edition.registry
            and coalesce(membership.list_region_code, '?') = edition.list_region_code
            and {{ period_first_day('membership.period') }} = edition.listed_from
            and mark.since < edition.listed_from
    left join {{ ref('int_registry_in_use') }} as visited on mark.registry = visited.registry
    left join {{ ref('int_registry_in_use') }} as listing on edition.registry = listing.registry
    where
        mark.mark = 'ineligible'
        and (
            mark.registry = edition.registry
            or (not coalesce(visited.days @> edition.listed_from, false) and listing.days @> edition.listed_from)
        )
    group by mark.record_key

),

-- whom a cleaning took out may be in the next edition again
marked as (

    select
        case last_word.mark
            when 'moved' then 'MOVED_AWAY' when 'not_found' then 'NOT_FOUND' else 'INACTIVE'
        end as rule_code,
        {{ payment_columns('last_word') }},
        last_word.amount_idr,
        last_word.evidence_key
    from last_word
    left join {{ ref('int_coverage_unit') }} as unit
        on
            last_word.mark = 'inactive'
            and last_word.unit = unit.unit
            and last_word.unit_id = unit.unit_id
    left join {{ ref('int_eligibility') }} as judgement
        on unit.unit = judgement.unit and unit.kind = judgement.kind and last_word.program_code = judgement.program_code
    left join listed_again
        on last_word.mark = 'ineligible' and last_word.evidence_key = listed_again.record_key
    where
        last_word.mark <> 'found'
        and not coalesce(judgement.listed_in @> last_word.last_day, false)
        and coalesce(listed_again.since > last_word.last_day, true)

),

-- one list pays for a membership that another one, of the same month, calls ended
ended_elsewhere as (

    select
        'INACTIVE' as rule_code,
        {{ payment_columns('payment') }},
        payment.amount_idr,
        ended.record_key as evidence_key
    from {{ ref('int_program_enrollment') }} as ended
    inner join {{ source('identity', 'link') }} as link on ended.record_key = link.record_key
    inner join payment
        on
            link.person_id = payment.person_id
            and ended.program_code = payment.program_code
            and ended.period = payment.period
            and split_part(ended.record_key, '|', 1) <> payment.dataset
    where ended.status = 'stopped'

),

-- where all registries that decide by a rule in force speak about the place; whom a cleaning or an officer took out is
-- told by that
not_listed as (

    select
        'NOT_IN_REGISTRY' as rule_code,
        {{ payment_columns('payment') }},
        payment.amount_idr,
        null::text as evidence_key
    from payment
    inner join {{ ref('int_coverage_unit') }} as unit on payment.unit = unit.unit and payment.unit_id = unit.unit_id
    inner join {{ ref('int_coverage_region') }} as region
        on unit.region_code = region.region_code and payment.program_code = region.program_code
    left join {{ ref('int_eligibility') }} as judgement
        on unit.unit = judgement.unit and unit.kind = judgement.kind and payment.program_code = judgement.program_code
    where
        payment.is_identified
        and region.denied_in @> payment.last_day
        and not coalesce(judgement.listed_in @> payment.last_day, false)
        and coalesce(unit.deceased_since > payment.last_day, true)
        and not exists (
            select from mark
            where
                mark.mark in ('inactive', 'ineligible')
                and mark.person_id = payment.person_id
                and mark.since <= payment.last_day
        )

),

found as (

    select * from paid_to_the_dead
    union all
    select * from marked
    union all
    select * from ended_elsewhere
    union all
    select * from not_listed

)

select * from found
