with source as (

    {{ landed('dinsos', 'pbdt2015') }}

),

renamed as (

    select
        -- person
        {{ unless_missing('dinsos.pbdt2015', 'nik', nik_digits('nik')) }} as nik,
        {{ unless_missing('dinsos.pbdt2015', 'no_kk', nik_digits('no_kk')) }} as no_kk,
        {{ clean_text('nama') }} as name,
        {{ sex('jenis_kelamin') }} as sex,
        {{ parse_indonesian_date('tanggal_lahir') }} as birth_date,
        {{ clean_text('tempat_lahir') }} as birth_place,
        {{ clean_text('nama_ibu_kandung') }} as mother_name,
        {{ clean_text('hubungan_keluarga') }} as family_relation,
        {{ clean_text('hubungan_krt') }} as household_relation,
        lower({{ clean_text('jenis_cacat') }}) as disability,

        -- residence
        {{ residence_columns(with_address=false) }},
        {{ clean_text('alamat') }} as address,
        {{ region_code_sent() }} as region_code_sent,

        -- welfare
        {{ percentile('persentil') }} as percentile,

        -- programmes, by code or in words as sent
        {{ clean_text('status_kks') }} as kks_status,
        {{ clean_text('status_kis') }} as kis_status,
        {{ clean_text('status_pkh') }} as pkh_status,
        {{ clean_text('status_rastra') }} as rastra_status,

        -- delivery
        {{ clean_text('id_rumah_tangga') }} as household_number,
        coalesce(
            {{ clean_text('id_individu') }},
            {{ clean_text('id_rumah_tangga') }} || '/' || {{ clean_text('nomor_urut_art') }}
        ) as member_number,
        {{ delivery_columns() }}
    from source

),

with_decile as (

    select
        *,
        {{ percentile_decile('percentile') }} as decile,
        percentile > 40 as is_above_decile_4
    from renamed

),

{{
    deduplicated_records(
        'with_decile', own_number='member_number', told_apart_by=['nik', 'name'],
        otherwise=['nik', 'no_kk', 'name', 'birth_date', 'village_name', 'address']
    )
}}

select * from with_source_key
