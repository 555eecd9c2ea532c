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

-- of each figure by itself: one wins over a gap, then the newest delivery
weighed as (

    select
        *,
        row_number() over (same_figure order by extreme_percent is null, {{ newest_first() }}) as percent_preference,
        row_number() over (same_figure order by extreme_people is null, {{ newest_first() }}) as people_preference,
        {{ tell_otherwise(['extreme_percent', 'extreme_people'], 'same_figure') }} as has_conflicting_figures
    from by_line
    window same_figure as (partition by place_key, year, line)

),

preferred as (

    select
        percentage.region_code,
        percentage.place_key,
        percentage.year,
        percentage.line as line_version,
        percentage.extreme_percent,
        people.extreme_people,
        -- the mark of the percentage, where there is one
        case when percentage.extreme_percent is null then people.value_status else percentage.value_status end
            as value_status,
        percentage.percent_missing_reason,
        people.people_missing_reason,
        percentage.has_conflicting_figures,
        percentage._file_id,
        percentage._row,
        people._file_id as people_file_id,
        people._row as people_row
    from weighed as percentage
    inner join weighed as people
        on
            percentage.place_key = people.place_key
            and percentage.year = people.year
            and percentage.line = people.line
    where percentage.percent_preference = 1 and people.people_preference = 1

)

select * from preferred
