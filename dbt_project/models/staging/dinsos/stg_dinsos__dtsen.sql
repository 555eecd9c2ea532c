with source as (

    {{ landed('dinsos', 'dtsen') }}

),

renamed as (

    select
        -- person
        {{ unless_missing('dinsos.dtsen', 'nik', nik_digits('nik')) }} as nik,
        {{ unless_missing('dinsos.dtsen', 'no_kk', nik_digits('no_kk')) }} as no_kk,
        {{ clean_text('nama') }} as name,
        {{ sex('jenis_kelamin') }} as sex,
        {{ parse_indonesian_date('tanggal_lahir') }} as birth_date,
        {{ clean_text('hubungan_keluarga') }} as family_relation,
        {{ clean_text('pekerjaan_ktp') }} as occupation,

        -- residence
        {{ residence_columns(with_address=false) }},
        coalesce({{ clean_text('alamat') }}, {{ clean_text('alamat_ktp') }}) as address,

        -- welfare: three deciles of the family, and the one of the short list, which does not say within what
        {{ decile('desil_nasional') }} as decile_national,
        {{ decile('desil_provinsi') }} as decile_province,
        {{ decile('desil_kabupaten') }} as decile_regency,
        {{ decile('desil') }} as decile_unscoped,

        -- what the registry says of aid
        {{ yes_no('pbi_nasional') }} as has_pbi_jkn,
        {{ yes_no('pbi_pemda') }} as has_pbi_apbd,

        -- dwelling, by code or in words as sent
        {{ clean_text('kepemilikan_rumah') }} as house_ownership,
        {{ clean_text('jenis_atap') }} as roof,
        {{ clean_text('jenis_dinding') }} as walls,
        {{ clean_text('jenis_lantai') }} as floor,
        {{ clean_text('sumber_penerangan') }} as lighting,
        {{ clean_text('daya_terpasang') }} as electric_power,
        {{ clean_text('bahan_bakar_memasak') }} as cooking_fuel,
        {{ clean_text('sumber_air_minum') }} as drinking_water,
        {{ clean_text('fasilitas_bab') }} as toilet,

        -- delivery; the registry has no number of its own, a person may stand on both of its lists
        coalesce({{ clean_text('jenis_daftar') }}, 'orang') as list_kind,
        {{ clean_text('jenis_daftar') }}
        || '-' || {{ unless_missing('dinsos.dtsen', 'nik', nik_digits('nik')) }} as list_number,
        {{ delivery_columns() }}
    from source

),

{{
    deduplicated_records(
        'renamed', own_number='list_number', told_apart_by=['name'],
        otherwise=['list_kind', 'nik', 'no_kk', 'name', 'birth_date', 'village_name', 'address']
    )
}}

select * from with_source_key
