with unit as (

    select * from {{ ref('int_coverage_unit') }}

),

enrollment as (

    select
        enrollment.program_code,
        enrollment.period,
        program.unit,
        coalesce(program.scope_region_code, '00') as scope_region_code,
        period.last_day,
        case program.unit
            when 'family' then coalesce(beneficiary.family_id, -beneficiary.person_id)
            else beneficiary.person_id
        end as unit_id,
        enrollment.status = 'active' as is_active,
        beneficiary.nik_status = 'valid' as can_be_matched
    from {{ ref('fct_program_enrollment') }} as enrollment
    inner join {{ ref('dim_program') }} as program on enrollment.program_code = program.program_code
    inner join {{ ref('dim_period') }} as period on enrollment.period = period.period
    inner join {{ ref('dim_beneficiary') }} as beneficiary on enrollment.person_id = beneficiary.person_id

),

program_month as (

    select distinct
        program_code,
        period,
        unit,
        scope_region_code,
        last_day
    from enrollment

),

-- a family with two cards is enrolled once; it can be matched when all its card holders can
enrolled_unit as (

    select
        program_code,
        period,
        unit,
        unit_id,
        scope_region_code,
        last_day,
        bool_and(can_be_matched) as can_be_matched
    from enrollment
    where is_active
    group by program_code, period, unit, unit_id, scope_region_code, last_day

),

-- Listed in the newest edition = eligible. Not listed = not eligible, unless the registry is silent about the place, or
-- the recipient has no usable NIK and may be listed under another. The dead are not eligible, whatever their number.
-- A programme of one region is for those who live there.
judged_unit as (

    select
        enrolled_unit.program_code,
        enrolled_unit.period,
        unit.region_code,
        unit.decile,
        unit.registry_since <= enrolled_unit.last_day as has_registry,
        case
            when
                unit.listed_in @> enrolled_unit.last_day
                and {{ is_within('unit.region_code', 'enrolled_unit.scope_region_code') }}
                then true
            when
                unit.registry_since <= enrolled_unit.last_day
                and (enrolled_unit.can_be_matched or unit.deceased_since <= enrolled_unit.last_day)
                then false
        end as is_eligible
    from enrolled_unit
    inner join unit on enrolled_unit.unit = unit.unit and enrolled_unit.unit_id = unit.unit_id

),

enrolled_by_region as (

    select
        program_code,
        period,
        region_code,
        decile,
        coalesce(bool_or(has_registry), false) as has_registry,
        count(*) as enrolled,
        count(*) filter (where is_eligible) as eligible_enrolled,
        count(*) filter (where not is_eligible) as included_in_error,
        count(*) filter (where is_eligible is null) as unknown_eligibility
    from judged_unit
    group by program_code, period, region_code, decile

),

-- counted before they are multiplied by programmes and months
units_alike as (

    select
        unit,
        region_code,
        decile,
        listed_in,
        deceased_since,
        registry_since,
        count(*) as units
    from unit
    group by unit, region_code, decile, listed_in, deceased_since, registry_since

),

units_of_program as (

    select
        program_month.program_code,
        program_month.period,
        units_alike.region_code,
        units_alike.decile,
        units_alike.units,
        units_alike.registry_since <= program_month.last_day as has_registry,
        units_alike.listed_in @> program_month.last_day as is_listed,
        coalesce(units_alike.deceased_since > program_month.last_day, true)
        and {{ is_within('units_alike.region_code', 'program_month.scope_region_code') }} as is_in_scope
    from units_alike
    inner join program_month on units_alike.unit = program_month.unit

),

eligible_by_region as (

    select
        program_code,
        period,
        region_code,
        decile,
        coalesce(bool_or(has_registry), false) as has_registry,
        sum(units) filter (where is_in_scope) as in_scope,
        sum(units) filter (where is_in_scope and is_listed) as eligible
    from units_of_program
    group by program_code, period, region_code, decile

),

-- district, city, province, nation; a unit whose region is not known counts in the nation only
upper_region as (

    select distinct
        coalesce(region_code, '') as region_code,
        unnest(array['00', left(region_code, 2), left(region_code, 5), left(region_code, 8)]) as upper_code
    from units_alike

),

counted as (

    select
        upper_region.upper_code as region_code,
        eligible.program_code,
        eligible.decile,
        eligible.period,
        bool_or(eligible.has_registry) as has_registry,
        coalesce(sum(eligible.in_scope), 0)::bigint as in_scope,
        coalesce(sum(eligible.eligible), 0)::bigint as eligible,
        coalesce(sum(enrolled.enrolled), 0)::bigint as enrolled,
        coalesce(sum(enrolled.eligible_enrolled), 0)::bigint as eligible_enrolled,
        coalesce(sum(enrolled.included_in_error), 0)::bigint as included_in_error,
        coalesce(sum(enrolled.unknown_eligibility), 0)::bigint as unknown_eligibility
    from eligible_by_region as eligible
    inner join upper_region on coalesce(eligible.region_code, '') = upper_region.region_code
    left join enrolled_by_region as enrolled
        on
            eligible.program_code = enrolled.program_code
            and eligible.period = enrolled.period
            and coalesce(eligible.region_code, '') = coalesce(enrolled.region_code, '')
            and eligible.decile = enrolled.decile
    where upper_region.upper_code is not null
    group by upper_region.upper_code, eligible.program_code, eligible.decile, eligible.period

),

-- A sum over a province or the nation is no more than what the regencies with lists have in it. A regency has them when
-- a registry speaks about it and somebody there receives; only where the programme exists can one be missing.
regency as (

    select
        region_code,
        unnest(array['00', left(region_code, 2), region_code]) as upper_code
    from {{ ref('dim_region') }}
    where level = 'regency' and is_current

),

regency_with_lists as (

    select distinct
        program_code,
        period,
        left(region_code, 5) as region_code
    from enrolled_by_region
    where has_registry

),

regencies_with_lists as (

    select
        program_month.program_code,
        program_month.period,
        regency.upper_code,
        count(*)::integer as regencies
    from regency_with_lists
    inner join regency on regency_with_lists.region_code = regency.region_code
    inner join program_month
        on
            regency_with_lists.program_code = program_month.program_code
            and regency_with_lists.period = program_month.period
            and {{ is_within('regency.region_code', 'program_month.scope_region_code') }}
    group by program_month.program_code, program_month.period, regency.upper_code

),

regencies_in_scope as (

    select
        scope.scope_region_code,
        regency.upper_code,
        count(*)::integer as regencies
    from (select distinct scope_region_code from program_month) as scope
    inner join regency on {{ is_within('regency.region_code', 'scope.scope_region_code') }}
    group by scope.scope_region_code, regency.upper_code

),

reached as (

    select
        counted.*,
        coalesce(regencies_with_lists.regencies, 0) as regencies_with_lists,
        coalesce(regencies_in_scope.regencies, 0) as regencies_total
    from counted
    inner join program_month
        on
            counted.program_code = program_month.program_code
            and counted.period = program_month.period
    left join regencies_with_lists
        on
            counted.program_code = regencies_with_lists.program_code
            and counted.period = regencies_with_lists.period
            and left(counted.region_code, 5) = regencies_with_lists.upper_code
    left join regencies_in_scope
        on
            program_month.scope_region_code = regencies_in_scope.scope_region_code
            and left(counted.region_code, 5) = regencies_in_scope.upper_code

),

-- where no registry speaks, who is eligible cannot be said: NULL, never 0
where_it_can_be_said as (

    select
        region_code,
        program_code,
        decile,
        period,
        has_registry,
        regencies_with_lists,
        regencies_total,
        in_scope,
        enrolled,
        unknown_eligibility,
        case when has_registry then eligible end as eligible,
        case when has_registry then eligible_enrolled end as eligible_enrolled,
        case when has_registry then eligible - eligible_enrolled end as excluded,
        case when has_registry then included_in_error end as included_in_error
    from reached

),

published as (

    select
        {{ release_stamp() }},
        region_code,
        left(region_code, 2) as province_code,
        program_code,
        decile,
        period,
        has_registry,
        regencies_with_lists,
        regencies_total,
        regencies_with_lists = regencies_total as is_complete,
        in_scope,
        eligible,
        enrolled,
        eligible_enrolled,
        excluded,
        included_in_error,
        unknown_eligibility,
        {{ percent('eligible_enrolled', 'eligible') }} as coverage_percent,
        {{ percent('excluded', 'eligible') }} as exclusion_error_percent,
        {{ percent('included_in_error', '(eligible_enrolled + included_in_error)') }} as inclusion_error_percent
    from where_it_can_be_said

)

select * from published
