with source as (

    {{ landed('dinsos', 'regsosek_person') }}

),

renamed as (

    select
        -- person
        {{ unless_missing('dinsos.regsosek_person', 'nik', nik_digits('nik')) }} as nik,
        {{ unless_missing('dinsos.regsosek_person', 'no_kk', nik_digits('no_kk')) }} as no_kk,
        {{ clean_text('nama') }} as name,
        {{ sex('jenis_kelamin') }} as sex,
        {{ parse_indonesian_date('tanggal_lahir') }} as birth_date,
        {{ clean_text('hubungan_keluarga') }} as family_relation,
        {{ clean_text('tulis_lapangan_usaha') }} as occupation,
        {{ survey_presence('keberadaan') }} as presence,
        case btrim(keberadaan) when '2' then 'meninggal' end as remark,

        -- residence
        {{ region_code_sent() }} as region_code_sent,

        -- several answers in one number
        {{ survey_flags('kartu_identitas', {1: 'birth_certificate', 2: 'child_card', 4: 'identity_card'}) }}
            as identity_papers,
        {{ survey_flags(
            'jaminan_kesehatan', {1: 'pbi', 2: 'own_premium', 4: 'employer', 8: 'other'}, others={99: 'other'}
        ) }} as health_cover,

        -- programmes
        {{ survey_yes_no('ikut_prakerja') }} as has_prakerja,
        {{ survey_yes_no('ikut_kur') }} as has_kur,
        {{ survey_yes_no('ikut_umi') }} as has_umi,
        {{ survey_yes_no('ikut_pip') }} as has_pip,

        -- delivery
        {{ region_code_sent() }} || '/' || {{ clean_text('kode_sls') }}
        || '/' || coalesce({{ clean_text('kode_sub_sls') }}, '')
        || '/' || {{ clean_text('nomor_bangunan') }} || '/' || {{ clean_text('nomor_keluarga') }}
        || '/' || {{ clean_text('nomor_anggota') }} as member_number,
        {{ delivery_columns() }}
    from source

),

{{
    deduplicated_records(
        'renamed', own_number='member_number', told_apart_by=['nik', 'name'],
        otherwise=['nik', 'no_kk', 'name', 'birth_date', 'region_code_sent']
    )
}}

select * from with_source_key
