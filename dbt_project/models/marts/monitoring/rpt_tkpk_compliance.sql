{#- Permendagri 53/2020 article 13(3): the team meets at least three times a year. -#}
with yearly as (

    select
        {{ form_columns() }},
        year,
        count(*) as meetings,
        min(held_on) as first_held_on,
        max(held_on) as last_held_on
    from {{ ref('fct_tkpk_meeting') }}
    group by region_code, province_code, place_key, year

),

published as (

    select
        {{ release_stamp() }},
        region_code,
        province_code,
        place_key,
        year,
        meetings,
        3 as required_meetings,
        -- the year may not be over
        case when meetings >= 3 then true when make_date(year, 12, 31) < {{ as_of() }} then false end as is_compliant,
        first_held_on,
        last_held_on
    from yearly

)

select * from published
