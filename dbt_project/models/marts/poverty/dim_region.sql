with region as (

    select
        region_code,
        bps_code,
        name,
        level,
        parent_region_code,
        province_code,
        valid_from,
        valid_to,
        is_current,
        predecessor_code,
        successor_code
    from {{ ref('seed_region') }}

    union all

    select
        region_code,
        null as bps_code,
        name,
        'village' as level,
        parent_region_code,
        province_code,
        valid_from,
        valid_to,
        is_current,
        null as predecessor_code,
        null as successor_code
    from {{ ref('int_village') }}

),

published as (

    select
        {{ release_stamp() }},
        *
    from region

)

select * from published
