with source as (

    {{ landed_and_replaced('bps', 'poverty_province') }}

),

figures as (

    select
        {{ poverty_figure_columns("'bps.poverty_province'") }}
    from source
    where {{ is_of_a_survey() }}

),

-- what several files tell is weighed in int_poverty_told
deduplicated as (

    select distinct on (province_name, region_name, indicator, area, year, month, _file_id) *
    from figures
    order by
        province_name, region_name, indicator, area, year, month, _file_id, {{ newest_first() }}

)

select * from deduplicated
