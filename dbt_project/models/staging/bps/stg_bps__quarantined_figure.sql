-- Headings of columns that a layout does not print are those of the contract.
with source as (

    select
        file.dataset,
        file.period as file_period,
        file.received_at as file_received_at,
        quarantined.raw ->> region_heading.heading as wilayah,
        quarantined.raw ->> 'Nama provinsi dari baris di atasnya' as provinsi,
        quarantined.raw ->> 'Indikator' as indikator,
        quarantined.raw ->> 'Daerah' as daerah,
        quarantined.raw ->> 'Tahun' as tahun,
        quarantined.raw ->> 'Bulan' as bulan,
        null::text as nilai,
        quarantined.file_id as _file_id,
        quarantined.sheet as _sheet,
        quarantined.row as _row,
        quarantined.column as _column
    from {{ source('quarantine', 'row') }} as quarantined
    inner join {{ source('audit', 'release_input') }} as input on quarantined.file_id = input.file_id
    inner join {{ source('audit', 'file') }} as file on quarantined.file_id = file.file_id
    inner join
        lateral jsonb_each_text(
            case when jsonb_typeof(file.structure -> 'columns') = 'object' then file.structure -> 'columns' end
        ) as region_heading (heading, field)
        on region_heading.field = 'wilayah'
    where input.release_id = {{ release_id() }} and file.dataset in ('bps.poverty_province', 'bps.poverty_regency')

),

figures as (

    select
        {{ poverty_figure_columns('dataset', missing_reason="'quarantined'") }}
    from source
    where wilayah is not null

),

deduplicated as (

    select distinct on (province_name, region_name, indicator, area, year, month) *
    from figures
    order by province_name, region_name, indicator, area, year, month, {{ newest_first() }}

)

select * from deduplicated
