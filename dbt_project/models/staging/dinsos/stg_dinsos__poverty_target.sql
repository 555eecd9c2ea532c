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
        {{ letters_and_digits('indikator') }} as indicator_key,
        -- one figure is a range without width
        coalesce(lower_end, upper_end) as target_low,
        coalesce(upper_end, lower_end) as target_high,
        {{ clean_text('dokumen') }} as document,
        {{ delivery_columns() }}
    from figures

),

deduplicated as (

    select distinct on (region_key, year, indicator_key, document) *
    from renamed
    order by region_key, year, indicator_key, document, {{ newest_first() }}

)

select * from deduplicated
