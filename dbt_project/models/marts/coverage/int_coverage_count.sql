-- Built after the linking, so it stands with the marts; it is not published.
{{ config(schema='intermediate', access='protected', contract={'enforced': false}) }}

with unit as (

    select * from {{ ref('int_coverage_unit') }}

),

enrollment as (

    select
        enrollment.program_code,
        enrollment.period,
        program.unit,
        coalesce(program.scope_region_code, '00') as scope_region_code,
        {{ period_last_day('enrollment.period') }} as last_day,
        case program.unit
            when 'family' then coalesce(beneficiary.family_id, -beneficiary.person_id)
            else beneficiary.person_id
        end as unit_id,
        enrollment.status = 'active' as is_active,
        beneficiary.nik_status = 'valid' as can_be_matched
    from {{ ref('fct_program_enrollment') }} as enrollment
    inner join {{ ref('dim_program') }} as program on enrollment.program_code = program.program_code
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

-- Where no registry speaks about the place nobody can say, not even of who is on the list of another place: what is
-- published of a region is what the lists of that region say. Else: listed in the newest edition = eligible. Not
-- listed = not eligible, unless the recipient has no usable NIK and may be listed under another. The dead are not
-- eligible, whatever their number.
-- A programme of one region is for those who live there.
judged_unit as (

    select
        enrolled_unit.program_code,
        enrolled_unit.period,
        unit.region_code,
        unit.decile,
        case
            when coalesce(unit.registry_since > enrolled_unit.last_day, true) then null
            when
                unit.listed_in @> enrolled_unit.last_day
                and {{ is_within('unit.region_code', 'enrolled_unit.scope_region_code') }}
                then true
            when enrolled_unit.can_be_matched or unit.deceased_since <= enrolled_unit.last_day then false
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
        district_registry_since,
        regency_registry_since,
        count(*) as units
    from unit
    group by
        unit, region_code, decile, listed_in, deceased_since,
        registry_since, district_registry_since, regency_registry_since

),

units_of_program as (

    select
        program_month.program_code,
        program_month.period,
        units_alike.region_code,
        units_alike.decile,
        units_alike.units,
        units_alike.registry_since <= program_month.last_day as has_registry,
        units_alike.district_registry_since <= program_month.last_day as has_district_registry,
        units_alike.regency_registry_since <= program_month.last_day as has_regency_registry,
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
        coalesce(bool_or(has_district_registry), false) as has_district_registry,
        coalesce(bool_or(has_regency_registry), false) as has_regency_registry,
        sum(units) filter (where is_in_scope) as in_scope,
        sum(units) filter (where is_in_scope and is_listed and has_registry) as eligible
    from units_of_program
    group by program_code, period, region_code, decile

),

counted as (

    select
        program_month.program_code,
        program_month.period,
        program_month.scope_region_code,
        eligible.region_code,
        eligible.decile,
        eligible.has_registry,
        eligible.has_district_registry,
        eligible.has_regency_registry,
        coalesce(eligible.in_scope, 0)::bigint as in_scope,
        coalesce(eligible.eligible, 0)::bigint as eligible,
        coalesce(enrolled.enrolled, 0)::bigint as enrolled,
        coalesce(enrolled.eligible_enrolled, 0)::bigint as eligible_enrolled,
        coalesce(enrolled.included_in_error, 0)::bigint as included_in_error,
        coalesce(enrolled.unknown_eligibility, 0)::bigint as unknown_eligibility
    from eligible_by_region as eligible
    inner join program_month
        on
            eligible.program_code = program_month.program_code
            and eligible.period = program_month.period
    left join enrolled_by_region as enrolled
        on
            eligible.program_code = enrolled.program_code
            and eligible.period = enrolled.period
            and coalesce(eligible.region_code, '') = coalesce(enrolled.region_code, '')
            and eligible.decile = enrolled.decile

)

select * from counted
