with source as (

    {{ landed('dinsos', 'verval_result') }}

),

renamed as (

    select
        -- person
        {{ unless_missing('dinsos.verval_result', 'nik', nik_digits('nik')) }} as nik,
        {{ clean_text('nama') }} as name,
        {{ clean_text('alamat') }} as address,
        {{ clean_text('kode_desa') }} as region_code_sent,

        -- what was found
        {{ registry_code('registri') }} as registry,
        {{ spelling_key('registri') }} as registry_key,
        {{ parse_indonesian_date('tanggal_verval') }} as verified_on,
        {{ verification_result('hasil') }} as result,
        {{ clean_text('hasil') }} as remark,
        case lower(btrim(kelayakan)) when 'layak' then true when 'tidak layak' then false end as is_eligible,
        {{ clean_text('petugas') }} as officer,

        -- delivery
        {{ clean_text('id_sumber') }} as registry_record_id,
        -- a number alone could be of any registry
        coalesce({{ registry_code('registri') }}, upper({{ clean_text('registri') }})) || '-'
        || {{ clean_text('id_sumber') }} as registry_number,
        {{ delivery_columns() }}
    from source

),

{{
    deduplicated_records(
        'renamed', own_number='registry_number', told_apart_by=['nik', 'name'],
        otherwise=['registry', 'nik', 'name', 'region_code_sent', 'address']
    )
}}

select * from with_source_key
