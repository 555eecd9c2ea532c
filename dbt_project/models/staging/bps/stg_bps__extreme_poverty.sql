with source as (

    {{ landed('bps', 'extreme_poverty') }}

),

renamed as (

    select
        -- region, as sent; a spreadsheet may have taken its code for a number
        replace(btrim(kode_wilayah), ',', '.') as region_code_sent,
        {{ clean_text('wilayah') }} as region_name,

        -- what is told
        substring(btrim(tahun) from '^[0-9]{4}$')::int as year,
        {{ bps_number('persen', 'file_decimal') }} as extreme_percent,
        {{ bps_number('jumlah_jiwa', 'file_decimal') }}::bigint as extreme_people,
        case when garis ~ '1[.,]9' then 'ppp_1_90' when garis ~ '2[.,]15' then 'ppp_2_15' end as line_version,

        -- where it stands
        _file_id,
        _sheet,
        _row,
        file_received_at
    from source

),

deduplicated as (

    select distinct on (region_code_sent, year, line_version) *
    from renamed
    order by region_code_sent, year, line_version, {{ newest_first() }}

)

select * from deduplicated
