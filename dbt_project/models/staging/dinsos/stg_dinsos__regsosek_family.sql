with source as (

    {{ landed('dinsos', 'regsosek_family') }}

),

renamed as (

    select
        -- family
        {{ unless_missing('dinsos.regsosek_family', 'no_kk', nik_digits('no_kk')) }} as no_kk,
        {{ clean_text('nama_kepala_keluarga') }} as head_name,
        case btrim(kd_kk) when '0' then 'as_registered' when '1' then 'main_family' when '2' then 'split_off' end
            as family_card_status,
        {{ survey_result('hasil_pendataan') }} as interview_result,
        {{ parse_indonesian_date('tanggal_pendataan') }} as interviewed_on,

        -- residence
        {{ region_code_sent() }} as region_code_sent,
        {{ clean_text('nama_sls') }} as hamlet,
        {{ clean_text('alamat') }} as address,

        -- dwelling, by code
        {{ clean_text('status_bangunan') }} as house_ownership,
        {{ clean_text('jenis_atap') }} as roof,
        {{ clean_text('jenis_dinding') }} as walls,
        {{ clean_text('jenis_lantai') }} as floor,
        {{ clean_text('sumber_penerangan') }} as lighting,
        {{ clean_text('daya_terpasang') }} as electric_power,
        {{ clean_text('bahan_bakar_memasak') }} as cooking_fuel,
        {{ clean_text('sumber_air_minum') }} as drinking_water,
        {{ clean_text('fasilitas_bab') }} as toilet,

        -- programmes of the family
        {{ survey_yes_no('kd_bss_bnpt') }} as has_bpnt,
        {{ survey_yes_no('kd_pkh') }} as has_pkh,
        {{ survey_yes_no('kd_blt_dana_desa') }} as has_blt_desa,
        {{ survey_yes_no('kd_subsidi_listrik') }} as has_electricity_subsidy,
        {{ survey_yes_no('kd_bantuan_pemda') }} as has_local_aid,
        {{ survey_yes_no('kd_subsidi_pupuk') }} as has_fertiliser_subsidy,
        {{ survey_yes_no('kd_subsidi_lpg') }} as has_lpg_subsidy,

        -- delivery
        {{ region_code_sent() }} || '/' || {{ clean_text('kode_sls') }}
        || '/' || coalesce({{ clean_text('kode_sub_sls') }}, '')
        || '/' || {{ clean_text('nomor_bangunan') }} || '/' || {{ clean_text('nomor_keluarga') }} as family_number,
        {{ clean_text('nama_responden') }} as respondent_name,
        {{ delivery_columns() }}
    from source

),

{{
    deduplicated_records(
        'renamed', own_number='family_number', told_apart_by=['no_kk', 'head_name', 'respondent_name'],
        otherwise=['region_code_sent', 'no_kk', 'head_name', 'respondent_name', 'address']
    )
}}

select * from with_source_key
