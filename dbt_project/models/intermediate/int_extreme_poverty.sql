with figure as (

    {{ placed_form(ref('stg_bps__extreme_poverty')) }}

),

-- 2.15 dollars replaced 1.90: what is told by both lines of one year is two figures
by_line as (

    select
        *,
        coalesce(line_version, 'not_stated') as line
    from figure
    where year is not null

),

-- a figure wins over a gap, then the newest delivery
weighed as (

    select
        *,
        row_number() over (
            same_figure order by extreme_percent is null, extreme_people is null, {{ newest_first() }}
        ) as preference,
        {{ tell_otherwise(['extreme_percent', 'extreme_people'], 'same_figure') }} as has_conflicting_figures
    from by_line
    window same_figure as (partition by place_key, year, line)

),

preferred as (

    select
        region_code,
        place_key,
        year,
        line as line_version,
        extreme_percent,
        extreme_people,
        value_status,
        percent_missing_reason,
        people_missing_reason,
        has_conflicting_figures,
        _file_id,
        _row
    from weighed
    where preference = 1

)

select * from preferred
