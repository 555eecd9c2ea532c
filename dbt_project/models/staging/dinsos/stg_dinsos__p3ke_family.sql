with source as (

    {{ landed('dinsos', 'p3ke_family') }}

),

renamed as (

    select
        -- the head of the family
        {{ unless_missing('dinsos.p3ke_family', 'nik', nik_digits('nik')) }} as nik,
        {{ clean_text('nama') }} as name,
        {{ sex('jenis_kelamin') }} as sex,
        {{ parse_indonesian_date('tanggal_lahir') }} as birth_date,
        {{ clean_text('pekerjaan') }} as occupation,
        {{ yes_no('padan_dukcapil') }} as is_matched_civil_registry,

        -- residence
        {{ residence_columns(with_address=false) }},
        {{ clean_text('alamat') }} as address,
        {{ clean_text('kode_wilayah') }} as region_code_sent,

        -- welfare
        {{ decile('desil') }} as decile,
        {{ percentile('persentil') }} as percentile,
        {{ clean_text('risiko_stunting') }} as stunting_risk,

        -- dwelling, in the words of the list
        {{ clean_text('kepemilikan_rumah') }} as house_ownership,
        {{ clean_text('simpanan') }} as savings,
        {{ clean_text('jenis_atap') }} as roof,
        {{ clean_text('jenis_dinding') }} as walls,
        {{ clean_text('jenis_lantai') }} as floor,
        {{ clean_text('sumber_penerangan') }} as lighting,
        {{ clean_text('daya_terpasang') }} as electric_power,
        {{ clean_text('bahan_bakar_memasak') }} as cooking_fuel,
        {{ clean_text('sumber_air_minum') }} as drinking_water,
        {{ clean_text('fasilitas_bab') }} as toilet,

        -- what the list says of aid
        {{ yes_no('bansos_bpnt') }} as has_bpnt,
        {{ yes_no('penerima_bpum') }} as has_bpum,
        {{ yes_no('penerima_bst') }} as has_bst,
        {{ yes_no('bansos_pkh') }} as has_pkh,
        {{ yes_no('penerima_sembako') }} as has_sembako,
        {{ yes_no('penerima_prakerja') }} as has_prakerja,
        {{ yes_no('penerima_kur') }} as has_kur,

        -- delivery
        {{ clean_text('id_keluarga_p3ke') }} as family_number,
        {{ delivery_columns() }}
    from source

),

{{
    deduplicated_records(
        'renamed', own_number='family_number', told_apart_by=['nik', 'name'],
        otherwise=['nik', 'name', 'birth_date', 'village_name', 'address']
    )
}}

select * from with_source_key
