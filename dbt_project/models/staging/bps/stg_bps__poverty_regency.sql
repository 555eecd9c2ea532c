with source as (

    {{ landed_and_replaced('bps', 'poverty_regency') }}

),

figures as (

    select
        {{ poverty_figure_columns("'bps.poverty_regency'", bps_code='kode_bps', unit='satuan') }}
    from source

),

-- what several files tell is weighed in int_poverty_told
deduplicated as (

    select distinct on (region_code_sent, province_name, region_name, indicator, area, year, month, _file_id) *
    from figures
    order by
        region_code_sent, province_name, region_name, indicator, area, year, month, _file_id, {{ newest_first() }}

)

select * from deduplicated
