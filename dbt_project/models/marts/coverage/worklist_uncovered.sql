-- The planner expects one row where there are many, and would look through all persons for each.
{{ config(pre_hook="set local enable_nestloop = off") }}

-- Who does not receive is looked up unit by unit, never what is left of counts: in the newest month of which the
-- recipients there are known, where a registry speaks about the whole of it (ADR 0011 rule 7).
with program as (

    select
        program_code,
        unit,
        coalesce(scope_region_code, '00') as scope_region_code
    from {{ ref('dim_program') }}
    -- of one that has ended nobody can be proposed for
    where
        ends_on is null
        or ends_on >= (
            select max({{ period_first_day('period') }})
            from (select distinct period from {{ ref('fct_program_enrollment') }}) as enrolled
        )

),

received as (

    select
        program.program_code,
        program.unit,
        {{ counted_unit('program.unit', 'beneficiary') }} as unit_id,
        max(enrollment.period) filter (where enrollment.status = 'active') as last_received,
        max(enrollment.period) as last_named
    from {{ ref('fct_program_enrollment') }} as enrollment
    inner join program on enrollment.program_code = program.program_code
    inner join {{ ref('dim_beneficiary') }} as beneficiary on enrollment.person_id = beneficiary.person_id
    group by
        program.program_code,
        program.unit,
        {{ counted_unit('program.unit', 'beneficiary') }}

),

newest as (

    select
        program_code,
        region_code,
        max(period) as period
    from {{ ref('int_receiving_region') }}
    group by program_code, region_code

),

judged_place as (

    select
        program.program_code,
        program.unit,
        region.region_code,
        newest.period,
        {{ period_last_day('newest.period') }} as day,
        region.denied_in @> {{ period_last_day('newest.period') }} as can_be_denied
    from {{ ref('int_coverage_region') }} as region
    inner join program
        on
            region.program_code = program.program_code
            and {{ is_within('region.region_code', 'program.scope_region_code') }}
    inner join newest
        on program.program_code = newest.program_code and region.region_code = newest.region_code
    where
        region.spoken_in @> {{ period_last_day('newest.period') }}
        and region.regency_spoken_in @> {{ period_last_day('newest.period') }}

),

judged_kind as (

    select distinct
        eligibility.unit,
        eligibility.kind,
        eligibility.program_code,
        judged_day.day,
        eligibility.eligible_in @> judged_day.day as is_eligible,
        eligibility.may_be_eligible_in @> judged_day.day as may_be_eligible,
        eligibility.listed_in @> judged_day.day as is_listed,
        eligibility.met_in @> judged_day.day as may_meet_condition,
        eligibility.poor_elsewhere_in @> judged_day.day as is_poor_elsewhere,
        (
            select lower(span) from unnest(eligibility.eligible_in) as span
            where span @> judged_day.day
        ) as eligible_since,
        upper(eligibility.eligible_in) as eligible_until
    from {{ ref('int_eligibility') }} as eligibility
    inner join (select distinct program_code, day from judged_place) as judged_day
        on eligibility.program_code = judged_day.program_code

),

uncovered_unit as (

    select
        place.program_code,
        place.period,
        unit.unit,
        unit.unit_id,
        unit.region_code,
        nullif(unit.decile, 0) as decile,
        received.last_received,
        judged.eligible_since,
        judged.eligible_until,
        case
            when judged.is_eligible and doubt.state = 'may_be_no_family' then 'family_doubtful'
            when judged.is_eligible and doubt.state = 'may_receive' then 'identity_doubtful'
            when judged.is_eligible and received.last_named is not null then 'stopped'
            when judged.is_eligible then 'not_proposed'
            when judged.may_be_eligible then case when received.last_received is not null then 'condition_unknown' end
            when judged.is_listed or not judged.may_meet_condition or not place.can_be_denied then null
            when judged.eligible_until <= place.day then 'dropped_from_registry'
            when received.last_received is not null or judged.is_poor_elsewhere then 'not_in_registry'
        end as reason_code
    from judged_place as place
    inner join {{ ref('int_coverage_unit') }} as unit
        on place.unit = unit.unit and place.region_code = unit.region_code
    inner join judged_kind as judged
        on
            unit.unit = judged.unit
            and unit.kind = judged.kind
            and place.program_code = judged.program_code
            and place.day = judged.day
    left join {{ ref('int_coverage_receipt') }} as doubt
        on
            place.program_code = doubt.program_code
            and place.period = doubt.period
            and unit.unit = doubt.unit
            and unit.unit_id = doubt.unit_id
            and doubt.state <> 'enrolled'
    left join received
        on
            place.program_code = received.program_code
            and unit.unit = received.unit
            and unit.unit_id = received.unit_id
    where
        coalesce(received.last_received < place.period, true)
        and coalesce(unit.deceased_since > place.day, true)

),

member as (

    select
        'person' as unit,
        person_id as unit_id,
        *
    from {{ ref('person') }}
    union all
    select
        'family' as unit,
        coalesce(family_id, -person_id) as unit_id,
        *
    from {{ ref('person') }}

),

-- of a family the oldest living member stands for it; who is not known to be dead is alive
represented as (

    select distinct on (unit.program_code, unit.unit, unit.unit_id)
        unit.*,
        member.person_id,
        member.family_id,
        member.nik_status,
        bool_or(member.nik_status = 'valid') over (partition by unit.program_code, unit.unit, unit.unit_id)
            as has_valid_nik
    from uncovered_unit as unit
    inner join member on unit.unit = member.unit and unit.unit_id = member.unit_id
    where unit.reason_code is not null
    order by
        unit.program_code,
        unit.unit,
        unit.unit_id,
        member.is_reported_deceased is true,
        member.birth_date nulls last,
        member.person_id

),

explained as (

    select
        *,
        case when reason_code = 'not_proposed' and not has_valid_nik then 'nik_invalid' else reason_code end as code,
        case
            when reason_code = 'dropped_from_registry' then eligible_until
            else greatest({{ period_last_day('last_received') }} + 1, eligible_since)
        end as since
    from represented

),

published as (

    select
        {{ release_stamp() }},
        explained.person_id,
        left(explained.region_code, 2) as province_code,
        {{ regency_of('explained.region_code') }} as regency_code,
        explained.region_code,
        explained.program_code,
        explained.unit,
        explained.family_id,
        explained.period,
        reason.is_eligible,
        explained.code as reason_code,
        reason.reason,
        reason.reason_id,
        explained.since,
        explained.last_received,
        explained.decile,
        explained.nik_status
    from explained
    inner join {{ ref('seed_uncovered_reason') }} as reason on explained.code = reason.reason_code

)

select * from published
