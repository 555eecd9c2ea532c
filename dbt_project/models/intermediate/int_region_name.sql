with recursive region as (

    select
        *,
        {{ name_key('name') }} as name_key
    from {{ ref('seed_region') }}

),

-- a withdrawn code is followed to the one that stands for the region today (91.02 → 95.01)
succession as (

    select
        region_code,
        region_code as current_code,
        successor_code
    from region

    union all

    select
        succession.region_code,
        region.region_code as current_code,
        region.successor_code
    from succession
    inner join region on succession.successor_code = region.region_code

),

current_code as (

    select
        region_code,
        current_code
    from succession
    where successor_code is null

),

-- the name of a region of today wins over an alias, an alias over a withdrawn name: after a recoding the old parent may
-- have given the name to another region
every_name as (

    select
        parent_region_code,
        name_key,
        region_code,
        case when is_current then 1 else 3 end as preference
    from region
    where parent_region_code is not null

    union all

    select
        parent_region_code,
        name_key,
        region_code,
        2 as preference
    from {{ ref('seed_region_alias') }}

),

name_in_parent as (

    select distinct on (parent_region_code, name_key)
        parent_region_code,
        name_key,
        region_code
    from every_name
    order by parent_region_code, name_key, preference, region_code

),

-- the regions of a recoded parent are also found under its old code
name_in_recoded_parent as (

    select
        recoded.region_code as parent_region_code,
        name_in_parent.name_key,
        name_in_parent.region_code
    from current_code as recoded
    inner join name_in_parent on recoded.current_code = name_in_parent.parent_region_code
    left join name_in_parent as own
        on recoded.region_code = own.parent_region_code and name_in_parent.name_key = own.name_key
    where recoded.region_code <> recoded.current_code and own.region_code is null

),

region_name as (

    select * from name_in_parent
    union all
    select * from name_in_recoded_parent

),

with_current_code as (

    select
        region_name.parent_region_code,
        region_name.name_key,
        region_name.region_code,
        current_code.current_code,
        region.level,
        region.valid_from
    from region_name
    inner join current_code on region_name.region_code = current_code.region_code
    inner join region on current_code.current_code = region.region_code

)

select * from with_current_code
