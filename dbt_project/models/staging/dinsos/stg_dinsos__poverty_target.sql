with source as (

    {{ landed('dinsos', 'poverty_target') }}

),

figures as (

    select
        *,
        {{ indonesian_number('target_bawah') }} as lower_end,
        {{ indonesian_number('target_atas') }} as upper_end
    from source

),

renamed as (

    select
        {{ sent_region_columns() }},
        {{ year_number('tahun') }} as year,
        {{ clean_text('indikator') }} as indicator,
        {{ spelling_key('indikator') }} as indicator_key,
        -- one figure is a range without width
        coalesce(lower_end, upper_end) as target_low,
        coalesce(upper_end, lower_end) as target_high,
        {{ clean_text('dokumen') }} as document,
        {{ delivery_columns() }}
    from figures

),

-- a later row of a file is its last word; what files say of each other is weighed where their regions are known
deduplicated as (

    select distinct on (region_key, year, indicator_key, document, _file_id) *
    from renamed
    order by region_key, year, indicator_key, document, _file_id, {{ newest_first() }}

)

select * from deduplicated
