with source as (

    {{ landed('dinsos', 'social_workforce') }}

),

renamed as (

    select
        {{ sent_region_columns() }},
        {{ year_number('tahun') }} as year,
        {{ clean_text('jenis') }} as kind,
        {{ spelling_key('jenis') }} as kind_key,
        {{ indonesian_number('jumlah') }}::bigint as people,
        {{ delivery_columns() }}
    from source

),

-- a later row of a file is its last word; what files say of each other is weighed where their regions are known
deduplicated as (

    select distinct on (region_key, year, kind_key, _file_id) *
    from renamed
    order by region_key, year, kind_key, _file_id, {{ newest_first() }}

)

select * from deduplicated
