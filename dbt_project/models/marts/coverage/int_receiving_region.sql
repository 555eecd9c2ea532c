-- Built after the linking, so it stands with the marts; it is not published.
{{ config(schema='intermediate', access='protected', contract={'enforced': false}) }}

-- Whose recipients are known: where a list speaks about the place (one of it, of a region that it lies in, or lists of
-- all districts of its regency) and somebody of the regency receives. That one who lives here is on the list of
-- another place says nothing of the others. A list of an unknown region may be one of any.
with told_list as (

    select distinct
        enrollment.program_code,
        enrollment.period,
        coalesce(record.file_region_code, '00') as list_region_code
    from {{ ref('int_program_enrollment') }} as enrollment
    inner join {{ ref('int_person_record') }} as record on enrollment.record_key = record.record_key
    where enrollment.status = 'active'

),

list as (

    {{ lists_of_parts_too('told_list', ['program_code', 'period'], period_first_day('period')) }}

),

district as (

    {{ districts_of_regencies() }}

),

-- lists of all its districts are one of the regency
list_of_districts as (

    select
        list.program_code,
        list.period,
        district.regency_code as list_region_code
    from list
    inner join district on list.list_region_code = district.region_code
    group by list.program_code, list.period, district.regency_code, district.districts
    having count(*) = district.districts

),

known_list as (

    select
        program_code,
        period,
        list_region_code
    from list
    union
    select * from list_of_districts

),

lived_in as (

    select
        program_code,
        period,
        region_code,
        left(region_code, 5) as regency_code,
        bool_or(has_regency_registry) as has_regency_registry,
        sum(sum(enrolled)) over (partition by program_code, period, left(region_code, 5)) as enrolled_in_regency
    from {{ ref('int_coverage_count') }}
    where region_code is not null and {{ is_within('left(region_code, 5)', 'scope_region_code') }}
    group by program_code, period, region_code

),

receiving_region as (

    select
        lived_in.program_code,
        lived_in.period,
        lived_in.region_code,
        lived_in.regency_code,
        bool_or({{ is_within('lived_in.regency_code', 'known_list.list_region_code') }}) as is_whole_regency,
        bool_or(lived_in.has_regency_registry) as has_regency_registry
    from lived_in
    inner join known_list
        on
            lived_in.program_code = known_list.program_code
            and lived_in.period = known_list.period
            and {{ is_within('lived_in.region_code', 'known_list.list_region_code') }}
    where lived_in.enrolled_in_regency > 0
    group by lived_in.program_code, lived_in.period, lived_in.region_code, lived_in.regency_code

)

select * from receiving_region
