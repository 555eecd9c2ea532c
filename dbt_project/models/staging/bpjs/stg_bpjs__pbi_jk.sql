with source as (

    {{ landed('bpjs', 'pbi_jk') }}

),

renamed as (

    select
        -- person
        {{ unless_missing('bpjs.pbi_jk', 'nik', nik_digits('nik')) }} as nik,
        {{ unless_missing('bpjs.pbi_jk', 'no_kk', nik_digits('no_kk')) }} as no_kk,
        {{ clean_text('nama') }} as name,
        {{ sex('jenis_kelamin') }} as sex,
        {{ parse_indonesian_date('tanggal_lahir') }} as birth_date,
        {{ clean_text('tempat_lahir') }} as birth_place,
        {{ clean_text('nama_ibu_kandung') }} as mother_name,
        {{ clean_text('hubungan_keluarga') }} as family_relation,

        -- residence
        {{ residence_columns() }},

        -- membership
        {{ nik_digits('noka_bpjs') }} as family_card,
        {{ unless_missing('bpjs.pbi_jk', 'psnoka_bpjs', nik_digits('psnoka_bpjs')) }} as person_card,
        {{ clean_text('id_dtks') }} as id_dtks,
        {{ clean_text('keterangan') }} as remark,

        -- delivery
        {{ delivery_columns() }}
    from source

),

{{
    deduplicated_records(
        'renamed', own_number='person_card', told_apart_by=['nik', 'name'],
        otherwise=['nik', 'no_kk', 'name', 'birth_date', 'village_name', 'address']
    )
}}

select * from with_source_key
