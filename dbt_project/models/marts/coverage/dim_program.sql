with program as (

    select * from {{ ref('seed_program') }}

),

-- of the newest rule that decides; where it holds for the listed whatever their decile, there is no limit
newest_rule as (

    select
        program_code,
        case when bool_and(max_decile is not null) then max(max_decile) end as max_decile
    from (
        select
            program_code,
            max_decile,
            rank() over (partition by program_code order by valid_from desc) as newest
        from {{ ref('seed_program_rule') }}
        where is_decisive
    ) as rule
    where newest = 1
    group by program_code

),

published as (

    select
        {{ release_stamp() }},
        program.program_code,
        program.name,
        program.name_en,
        program.agency,
        program.strategy,
        program.unit,
        program.scope,
        program.scope_region_code,
        newest_rule.max_decile,
        program.starts_on,
        program.ends_on
    from program
    left join newest_rule on program.program_code = newest_rule.program_code

)

select * from published
