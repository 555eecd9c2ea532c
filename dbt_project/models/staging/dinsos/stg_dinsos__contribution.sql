with source as (

    {{ landed('dinsos', 'contribution') }}

),

renamed as (

    select
        {{ sent_region_columns() }},
        {{ year_number('tahun') }} as year,
        {{ clean_text('jenis') }} as kind,
        {{ letters_and_digits('jenis') }} as kind_key,
        {{ clean_text('pemberi') }} as giver,
        {{ letters_and_digits('pemberi') }} as giver_key,
        {{ indonesian_number('penerima') }}::bigint as recipients,
        {{ rupiah('nominal_rp') }} as amount_idr,
        {{ delivery_columns() }}
    from source

),

deduplicated as (

    select distinct on (region_key, year, kind_key, giver_key) *
    from renamed
    order by region_key, year, kind_key, giver_key, {{ newest_first() }}

)

select * from deduplicated
