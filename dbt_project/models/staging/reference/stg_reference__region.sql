with source as (

    {{ landed('reference', 'region') }}

),

renamed as (

    select
        btrim(kode) as region_code,
        {{ clean_text('nama') }} as name,
        tingkat as level,
        coalesce(kode_kecamatan, kode_kabupaten, kode_provinsi, '00') as parent_region_code,
        {{ clean_text('keputusan') }} as decree,
        {{ parse_indonesian_date('tanggal_keputusan') }} as decided_on,
        _file_id,
        _sheet,
        _row,
        file_received_at
    from source

),

deduplicated as (

    select distinct on (region_code, decree) *
    from renamed
    order by region_code, decree, {{ newest_first() }}

)

select * from deduplicated
