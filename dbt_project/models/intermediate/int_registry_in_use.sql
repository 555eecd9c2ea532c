-- The days on which a rule hears a registry: an older or newer edition of it speaks for nobody.
with registry as (

    select
        registry,
        daterange(
            min(valid_from), case when count(*) = count(valid_to) then max(valid_to) end, '[]'
        ) as days
    from {{ ref('seed_program_rule') }}
    group by registry

)

select * from registry
