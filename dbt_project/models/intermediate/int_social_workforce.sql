with workforce as (

    {{ placed_form(ref('stg_dinsos__social_workforce')) }}

),

named as (

    select
        *,
        {{ workforce_kind('kind_key') }} as kind_code
    from workforce
    where year is not null and kind_key is not null

),

weighed as (

    select
        *,
        row_number() over (same_workers order by {{ newest_first() }}) as preference,
        {{ tell_otherwise(['people'], 'same_workers') }} as has_conflicting_figures
    from named
    window same_workers as (partition by place_key, year, kind_code)

),

newest as (

    select
        region_code,
        place_key,
        year,
        kind_code,
        kind,
        people,
        has_conflicting_figures,
        _file_id,
        _row
    from weighed
    where preference = 1

)

select * from newest
