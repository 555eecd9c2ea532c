with target as (

    {{ placed_form(ref('stg_dinsos__poverty_target')) }}

),

-- an indicator that nobody knows keeps the words of its document
named as (

    select
        target.*,
        coalesce(alias.indicator_code, target.indicator_key) as indicator_code,
        indicator.unit
    from target
    left join {{ ref('seed_indicator_alias') }} as alias on target.indicator_key = alias.alias_key
    left join {{ ref('seed_indicator') }} as indicator on alias.indicator_code = indicator.indicator_code
    where target.year is not null and target.indicator_key is not null

),

-- of several documents the newest delivered counts: a plan that was revised, a yearly plan after that of five years
weighed as (

    select
        *,
        row_number() over (same_target order by {{ newest_first() }}) as preference,
        {{ tell_otherwise(['target_low', 'target_high'], 'same_target') }} as has_conflicting_figures
    from named
    window same_target as (partition by place_key, year, indicator_code)

),

newest as (

    select
        region_code,
        place_key,
        year,
        indicator_code,
        indicator as indicator_as_printed,
        unit,
        target_low,
        target_high,
        document,
        has_conflicting_figures,
        _file_id,
        _row
    from weighed
    where preference = 1

)

select * from newest
