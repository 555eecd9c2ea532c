with budget as (

    {{ placed_form(ref('stg_dinsos__verval_budget')) }}

),

named as (

    select
        *,
        {{ registry_key('registry', 'registry_key') }} as registry_code
    from budget
    where year is not null

),

weighed as (

    select
        *,
        row_number() over (same_verval order by {{ newest_first() }}) as preference,
        {{ tell_otherwise(['is_budgeted::int', 'budget_idr', 'is_executed::int'], 'same_verval') }}
            as has_conflicting_figures
    from named
    window same_verval as (partition by place_key, year, registry_code)

),

newest as (

    select
        region_code,
        place_key,
        year,
        registry_code,
        is_budgeted,
        budget_idr,
        is_executed,
        has_conflicting_figures,
        _file_id,
        _row
    from weighed
    where preference = 1

)

select * from newest
