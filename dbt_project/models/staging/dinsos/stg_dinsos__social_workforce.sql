with source as (

    {{ landed('dinsos', 'social_workforce') }}

),

renamed as (

    select
        {{ sent_region_columns() }},
        {{ year_number('tahun') }} as year,
        {{ clean_text('jenis') }} as kind,
        {{ letters_and_digits('jenis') }} as kind_key,
        {{ indonesian_number('jumlah') }}::bigint as people,
        {{ delivery_columns() }}
    from source

),

deduplicated as (

    select distinct on (region_key, year, kind_key) *
    from renamed
    order by region_key, year, kind_key, {{ newest_first() }}

)

select * from deduplicated
