with contribution as (

    {{ placed_form(ref('stg_dinsos__contribution')) }}

),

named as (

    select
        *,
        {{ contribution_kind('kind_key') }} as kind_code,
        coalesce(giver_key, 'not_said') as giver_code
    from contribution
    where year is not null and kind_key is not null

),

weighed as (

    select
        *,
        row_number() over (same_gift order by {{ newest_first() }}) as preference,
        {{ tell_otherwise(['recipients', 'amount_idr'], 'same_gift') }} as has_conflicting_figures
    from named
    window same_gift as (partition by place_key, year, kind_code, giver_code)

),

newest as (

    select
        region_code,
        place_key,
        year,
        kind_code,
        giver_code,
        kind,
        giver,
        recipients,
        amount_idr,
        has_conflicting_figures,
        _file_id,
        _row
    from weighed
    where preference = 1

)

select * from newest
