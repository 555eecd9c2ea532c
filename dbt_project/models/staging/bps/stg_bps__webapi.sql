with source as (

    {{ landed('bps', 'webapi') }}

),

figures as (

    select
        {{ poverty_figure_columns("'bps.webapi'", province='null::text', bps_code='kode_bps', unit='satuan') }}
    from source
    where {{ is_of_a_survey() }}

),

deduplicated as (

    select distinct on (region_code_sent, region_name, indicator, area, year, month) *
    from figures
    order by region_code_sent, region_name, indicator, area, year, month, {{ newest_first() }}

)

select * from deduplicated
