-- A record set aside keeps its cells under the headings of its file, or under those of the contract where the file
-- prints none: which heading is whose, the file's structure says.
with quarantined as (

    select
        record.*,
        file.dataset,
        file.period,
        file.received_at,
        file.sender,
        file.edition,
        coalesce(file.structure ->> 'decimal', '.') as file_decimal,
        (
            select coalesce(jsonb_object_agg(heading.value, record.raw -> heading.key), '{}')
            from
                jsonb_each_text(
                    case when jsonb_typeof(file.structure -> 'columns') = 'object' then file.structure -> 'columns' end
                ) as heading
        ) as printed
    from {{ source('quarantine', 'row') }} as record
    inner join {{ source('audit', 'release_input') }} as input on record.file_id = input.file_id
    inner join {{ source('audit', 'file') }} as file on record.file_id = file.file_id
    where
        input.release_id = {{ release_id() }}
        and file.dataset in ('bps.poverty_province', 'bps.poverty_regency', 'bps.webapi')

),

source as (

    select
        dataset,
        period as file_period,
        received_at as file_received_at,
        sender as file_sender,
        edition as file_edition,
        false as is_replaced,
        file_decimal,
        printed ->> 'wilayah' as wilayah,
        coalesce(printed ->> 'provinsi', raw ->> 'Nama provinsi dari baris di atasnya') as provinsi,
        printed ->> 'kode_bps' as kode_bps,
        raw ->> 'Indikator' as indikator,
        coalesce(printed ->> 'daerah', raw ->> 'Daerah', raw ->> 'turvar') as daerah,
        coalesce(printed ->> 'tahun', raw ->> 'Tahun', raw ->> 'tahun') as tahun,
        coalesce(printed ->> 'bulan', raw ->> 'Bulan', raw ->> 'turtahun') as bulan,
        null::text as nilai,
        file_id as _file_id,
        sheet as _sheet,
        row as _row,
        "column" as _column
    from quarantined

),

figures as (

    select
        {{ poverty_figure_columns('dataset', bps_code='kode_bps', missing_reason="'quarantined'") }}
    from source
    where wilayah is not null

),

deduplicated as (

    select distinct on (region_code_sent, province_name, region_name, indicator, area, year, month, _file_id) *
    from figures
    -- what cannot be placed is no gap: a figure without an indicator, a year or a survey
    where indicator is not null and year is not null and month is not null
    order by
        region_code_sent, province_name, region_name, indicator, area, year, month, _file_id, {{ newest_first() }}

)

select * from deduplicated
