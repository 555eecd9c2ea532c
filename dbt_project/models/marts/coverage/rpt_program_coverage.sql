{%- set measures = [
    'in_scope', 'eligible', 'enrolled', 'enrolled_where_known', 'eligible_enrolled', 'included_in_error',
    'unknown_eligibility', 'unknown_not_enrolled', 'eligible_where_known'
] -%}
with counted as (

    select * from {{ ref('int_coverage_count') }}

),

receiving_region as (

    select * from {{ ref('int_receiving_region') }}

),

told as (

    {{ coverage_where_known('counted') }}

),

upper_region as (

    {{ upper_regions('counted') }}

),

summed as (

    select
        upper_region.upper_code as region_code,
        told.program_code,
        told.scope_region_code,
        told.decile,
        told.period,
        {% for measure in measures -%}
            sum(told.{{ measure }})::bigint as {{ measure }},
            {{ unallocated('told.' ~ measure) }} as unallocated_{{ measure }},
        {% endfor -%}
        sum(told.all_unknown_receipt)::bigint as unknown_receipt,
        {{ unallocated('told.all_unknown_receipt') }} as unallocated_unknown_receipt,
        bool_or(told.has_registry) as has_registry,
        bool_or(told.has_district_registry) as has_district_registry,
        bool_or(told.has_recipients_list) as has_recipients_list,
        bool_and(told.has_recipients_list) as has_whole_recipients_list
    from told
    inner join upper_region on coalesce(told.region_code, '') = upper_region.region_code
    group by upper_region.upper_code, told.program_code, told.scope_region_code, told.decile, told.period

),

-- A sum over a province or the nation is no more than what the regencies with lists have in it. A regency has them when
-- a registry and a list of recipients speak about the whole of it; only where the programme exists can one be
-- missing. A list of one district is no list of its regency: of a district, 1 says that it has its own.
regency as (

    select
        region_code,
        unnest(array['00', left(region_code, 2), region_code]) as upper_code
    from {{ ref('dim_region') }}
    where level = 'regency' and is_current

),

regencies_with_lists as (

    select
        receiving_region.program_code,
        receiving_region.period,
        regency.upper_code,
        count(distinct regency.region_code)::integer as regencies
    from receiving_region
    inner join regency on receiving_region.regency_code = regency.region_code
    where receiving_region.is_whole_regency and receiving_region.has_regency_registry
    group by receiving_region.program_code, receiving_region.period, regency.upper_code

),

regencies_in_scope as (

    select
        scope.scope_region_code,
        regency.upper_code,
        count(*)::integer as regencies
    from (select distinct scope_region_code from counted) as scope
    inner join regency on {{ is_within('regency.region_code', 'scope.scope_region_code') }}
    group by scope.scope_region_code, regency.upper_code

),

reached as (

    select
        summed.*,
        case
            when length(summed.region_code) = 8
                then (summed.has_district_registry and summed.has_whole_recipients_list)::integer
            else coalesce(regencies_with_lists.regencies, 0)
        end as regencies_with_lists,
        coalesce(regencies_in_scope.regencies, 0) as regencies_total,
        summed.has_registry and (summed.eligible = 0 or summed.eligible_where_known > 0) as has_recipients
    from summed
    left join regencies_with_lists
        on
            summed.program_code = regencies_with_lists.program_code
            and summed.period = regencies_with_lists.period
            and left(summed.region_code, 5) = regencies_with_lists.upper_code
    left join regencies_in_scope
        on
            summed.scope_region_code = regencies_in_scope.scope_region_code
            and left(summed.region_code, 5) = regencies_in_scope.upper_code

),

-- where no registry speaks, who is eligible cannot be said, and where no list of recipients does, who of them receives:
-- NULL, never 0
where_it_can_be_said as (

    select
        region_code,
        program_code,
        decile,
        period,
        has_registry,
        {% for part in ['', 'unallocated_'] -%}
            {{ part }}in_scope,
            {{ part }}enrolled,
            {{ part }}unknown_eligibility,
            case when has_registry then {{ part }}eligible end as {{ part }}eligible,
            case when has_recipients then {{ part }}eligible_enrolled end as {{ part }}eligible_enrolled,
            case when has_recipients then {{ excluded_units(part) }} end as {{ part }}excluded,
            case when has_registry then {{ part }}included_in_error end as {{ part }}included_in_error,
            case when has_registry then {{ part }}unknown_receipt end as {{ part }}unknown_receipt,
            case when has_registry then {{ part }}enrolled_where_known end as {{ part }}enrolled_where_known,
            case when has_registry then {{ part }}unknown_not_enrolled end as {{ part }}unknown_not_enrolled,
            case when has_registry then {{ part }}eligible_where_known end as {{ part }}eligible_where_known,
        {% endfor -%}
        has_recipients_list,
        regencies_with_lists,
        regencies_total
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
        has_recipients_list,
        regencies_with_lists,
        regencies_total,
        regencies_with_lists = regencies_total as is_complete,
        in_scope,
        eligible,
        eligible_where_known,
        enrolled,
        enrolled_where_known,
        eligible_enrolled,
        excluded,
        unknown_receipt,
        included_in_error,
        unknown_eligibility,
        unknown_not_enrolled,
        case when has_recipients_list then {{ metric('coverage_percent') }} end as coverage_percent,
        case when has_recipients_list then {{ metric('exclusion_error_percent') }} end as exclusion_error_percent,
        {{ metric('inclusion_error_percent') }} as inclusion_error_percent,
        unallocated_in_scope,
        unallocated_eligible,
        unallocated_eligible_where_known,
        unallocated_enrolled,
        unallocated_enrolled_where_known,
        unallocated_eligible_enrolled,
        unallocated_excluded,
        unallocated_included_in_error,
        unallocated_unknown_eligibility,
        unallocated_unknown_receipt,
        unallocated_unknown_not_enrolled
    from where_it_can_be_said

)

select * from published
