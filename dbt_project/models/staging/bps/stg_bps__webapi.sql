with source as (

    {{ landed_and_replaced('bps', 'webapi') }}

),

figures as (

    select
        {{ poverty_figure_columns("'bps.webapi'", province='null::text', bps_code='kode_bps', unit='satuan') }}
    from source
    where {{ is_of_a_survey() }}

),

-- what several files tell is weighed in int_poverty_told
deduplicated as (

    select distinct on (region_code_sent, region_name, indicator, area, year, month, _file_id) *
    from figures
    order by
        region_code_sent, region_name, indicator, area, year, month, _file_id, {{ newest_first() }}

)

select * from deduplicated
