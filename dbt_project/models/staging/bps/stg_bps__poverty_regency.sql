with source as (

    {{ landed('bps', 'poverty_regency') }}

),

figures as (

    select
        {{ poverty_figure_columns("'bps.poverty_regency'", bps_code='kode_bps', unit='satuan') }}
    from source

),

deduplicated as (

    select distinct on (region_code_sent, province_name, region_name, indicator, area, year, month) *
    from figures
    order by region_code_sent, province_name, region_name, indicator, area, year, month, {{ newest_first() }}

)

select * from deduplicated
