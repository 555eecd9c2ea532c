with program as (

    select * from {{ ref('seed_program') }}

),

published as (

    select
        {{ release_stamp() }},
        program_code,
        name,
        name_en,
        agency,
        strategy,
        unit,
        scope,
        scope_region_code,
        max_decile::smallint as max_decile,
        starts_on,
        ends_on
    from program

)

select * from published
