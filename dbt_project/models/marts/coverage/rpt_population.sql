-- Counted once here, not by every chart: count(distinct family) over a million people takes half a second.
with counted as (

    select
        region_code,
        decile,
        count(*) filter (where unit = 'person') as people,
        count(*) filter (where unit = 'family') as families
    from {{ ref('int_coverage_unit') }}
    where deceased_since is null
    group by region_code, decile

),

-- who lives nobody knows where counts in the nation only
upper_region as (

    {{ upper_regions('counted', finest=true) }}

),

published as (

    select
        {{ release_stamp() }},
        upper_region.upper_code as region_code,
        left(upper_region.upper_code, 2) as province_code,
        counted.decile,
        sum(counted.people)::bigint as people,
        sum(counted.families)::bigint as families
    from counted
    inner join upper_region on coalesce(counted.region_code, '') = upper_region.region_code
    group by upper_region.upper_code, counted.decile

)

select * from published
