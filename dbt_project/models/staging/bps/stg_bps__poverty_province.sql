with source as (

    {{ landed('bps', 'poverty_province') }}

),

figures as (

    select
        {{ poverty_figure_columns("'bps.poverty_province'") }}
    from source
    where {{ is_of_a_survey() }}

),

deduplicated as (

    select distinct on (province_name, region_name, indicator, area, year, month) *
    from figures
    order by province_name, region_name, indicator, area, year, month, {{ newest_first() }}

)

select * from deduplicated
