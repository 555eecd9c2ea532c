with source as (

    {{ landed('dinsos', 'dtks') }}

),

renamed as (

    select
        -- person
        {{ unless_missing('dinsos.dtks', 'nik', nik_digits('nik')) }} as nik,
        {{ unless_missing('dinsos.dtks', 'no_kk', nik_digits('no_kk')) }} as no_kk,
        {{ clean_text('nama') }} as name,
        {{ sex('jenis_kelamin') }} as sex,
        {{ parse_indonesian_date('tanggal_lahir') }} as birth_date,
        {{ clean_text('tempat_lahir') }} as birth_place,
        {{ clean_text('nama_ibu_kandung') }} as mother_name,
        {{ clean_text('hubungan_keluarga') }} as family_relation,
        {{ clean_text('pekerjaan') }} as occupation,

        -- residence
        {{ residence_columns() }},

        -- what the registry says of aid
        {{ yes_no('keterangan_padan') }} as is_matched_civil_registry,
        {{ yes_no('bansos_bpnt') }} as has_bpnt,
        {{ yes_no('bansos_pkh') }} as has_pkh,
        {{ yes_no('bansos_bpnt_ppkm') }} as has_bpnt_ppkm,
        {{ yes_no('pbi_jkn') }} as has_pbi_jkn,

        -- which of its lists: members, or what a cleaning found of them
        coalesce({{ clean_text('jenis_daftar') }}, 'anggota') as list_kind,
        upper(replace({{ clean_text('keterangan_tambahan') }}, ' ', '')) as cleaning_result,

        -- delivery
        {{ unless_missing('dinsos.dtks', 'id_dtks', clean_text('id_dtks')) }} as id_dtks,
        -- a cleaning list numbers members as the database of 2015 did; its record must not pass for that of the member
        coalesce(
            {{ unless_missing('dinsos.dtks', 'id_dtks', clean_text('id_dtks')) }},
            'pembersihan-' || {{ clean_text('id_art_bdt') }}
        ) as own_number_of_list,
        {{ delivery_columns() }}
    from source

),

{{
    deduplicated_records(
        'renamed', own_number='own_number_of_list', told_apart_by=['nik', 'name'],
        otherwise=['nik', 'no_kk', 'name', 'birth_date', 'village_name', 'address']
    )
}}

select * from with_source_key
