with indicator as (

    {{ placed_form(ref('stg_dinsos__lp2kd_indicator')) }}

),

-- the report is of one region: where its title cannot be read, what was registered of the file is it
placed as (

    select
        *,
        coalesce(region_code, nullif(file_region_code, '00')) as report_region_code
    from indicator

),

named as (

    select
        *,
        coalesce(report_region_code, place_key) as report_place_key,
        coalesce(indicator_code, indicator_key) as indicator
    from placed
    where year is not null and indicator_key is not null

),

-- of several years of realisation the latest that was reached tells about the target
weighed as (

    select
        *,
        row_number() over (
            partition by report_place_key, year, indicator
            order by realised is null, realised_year desc, {{ newest_first() }}
        ) as preference,
        {{ tell_otherwise(['target'], 'same_indicator') }}
        or {{ tell_otherwise(['realised'], 'same_realisation') }} as has_conflicting_figures
    from named
    window
        same_indicator as (partition by report_place_key, year, indicator),
        same_realisation as (partition by report_place_key, year, indicator, realised_year)

),

preferred as (

    select
        report_region_code as region_code,
        report_place_key as place_key,
        year,
        indicator,
        indicator_as_printed,
        number_as_printed,
        unit,
        direction,
        target,
        realised,
        case when realised is not null then realised_year end as realised_year,
        has_one_figure_only,
        agencies,
        has_conflicting_figures,
        _file_id,
        _row
    from weighed
    where preference = 1

)

select * from preferred
