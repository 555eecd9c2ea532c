with source as (

    {{ landed('bps', 'extreme_poverty') }}

),

renamed as (

    select
        -- region, as sent; a spreadsheet may have taken its code for a number
        replace(btrim(kode_wilayah), ',', '.') as region_code_sent,
        {{ clean_text('wilayah') }} as region_name_sent,
        -- every row has its code, so the file need not say a region for it; codes are those of the year they speak of
        null::text as file_region_code,
        substring(btrim(tahun) from '^[0-9]{4}$') as period,

        -- what is told
        substring(btrim(tahun) from '^[0-9]{4}$')::int as year,
        {{ bps_number('persen', 'file_decimal') }} as extreme_percent,
        {{ bps_missing_reason('persen', 'file_decimal') }} as percent_missing_reason,
        {{ bps_number('jumlah_jiwa', 'file_decimal') }}::bigint as extreme_people,
        {{ bps_missing_reason('jumlah_jiwa', 'file_decimal') }} as people_missing_reason,
        {{ bps_value_status("coalesce(persen, jumlah_jiwa)") }} as value_status,
        case when garis ~ '1[.,]9' then 'ppp_1_90' when garis ~ '2[.,]15' then 'ppp_2_15' end as line_version,

        -- where it stands
        _file_id,
        _sheet,
        _row,
        file_received_at
    from source

),

deduplicated as (

    -- a code without its dot may be two regions: two names beside it are
    select distinct on (region_code_sent, {{ name_key('region_name_sent') }}, year, line_version, _file_id) *
    from renamed
    order by
        region_code_sent, {{ name_key('region_name_sent') }}, year, line_version, _file_id, {{ newest_first() }}

)

select * from deduplicated
