-- The worklist without persons: what a planner may see of it. A unit stands in one row of each level it lives in.
with counted as (

    select
        region_code,
        program_code,
        unit,
        period,
        reason_code,
        coalesce(decile, 0)::smallint as decile,
        is_eligible,
        reason,
        reason_id,
        count(*) as units
    from {{ ref('worklist_uncovered') }}
    group by region_code, program_code, unit, period, reason_code, coalesce(decile, 0), is_eligible, reason, reason_id

),

upper_region as (

    {{ upper_regions('counted') }}

),

published as (

    select
        {{ release_stamp() }},
        upper_region.upper_code as region_code,
        left(upper_region.upper_code, 2) as province_code,
        counted.program_code,
        counted.period,
        counted.reason_code,
        counted.decile,
        counted.unit,
        counted.is_eligible,
        counted.reason,
        counted.reason_id,
        sum(counted.units)::bigint as uncovered
    from counted
    inner join upper_region on coalesce(counted.region_code, '') = upper_region.region_code
    group by
        upper_region.upper_code,
        counted.program_code,
        counted.period,
        counted.reason_code,
        counted.decile,
        counted.unit,
        counted.is_eligible,
        counted.reason,
        counted.reason_id

)

select * from published
