with source as (

    {{ landed('dinsos', 'payment_recap') }}

),

renamed as (

    select
        -- office
        {{ clean_text('nopen') }} as office_number,
        {{ clean_text('kantor') }} as office_name,
        {{ clean_text('provinsi') }} as province_name,
        {{ clean_text('kabupaten') }} as regency_name,
        {{ clean_text('kelompok_salur') }} as batch,
        {{ clean_text('program') }} as programmes,
        {{ programme_key('program') }} as programmes_key,

        -- families
        {{ rupiah('alokasi_kpm') }} as allotted_families,
        {{ rupiah('alokasi') }} as due_families,
        {{ rupiah('realisasi_kpm') }} as paid_families,
        {{ rupiah('gagal_bayar') }} as failed_families,
        {{ rupiah('sisa_aktif') }} as remaining_families,

        -- money
        {{ rupiah('alokasi_uang') }} as allotted_idr,
        {{ rupiah('alokasi_biaya') }} as due_idr,
        {{ rupiah('realisasi_biaya') }} as paid_idr,
        {{ rupiah('sisa_biaya') }} as remaining_idr,

        -- delivery
        {{ delivery_columns() }}
    from source

),

with_own_number as (

    select
        *,
        concat_ws('|', office_number, batch, programmes_key) as office_batch
    from renamed

),

{{
    deduplicated_records(
        'with_own_number', own_number="nullif(office_batch, '')", told_apart_by=['office_name'],
        otherwise=['office_name', 'regency_name']
    )
}}

select * from with_source_key
