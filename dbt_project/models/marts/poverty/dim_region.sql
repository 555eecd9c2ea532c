with region as (

    select * from {{ ref('seed_region') }}

),

published as (

    select
        {{ release_stamp() }},
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
    from region

)

select * from published
