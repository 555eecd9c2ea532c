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
        -- only the process table of Kemensos has this column, and a row of it is a household
        kode_gabungan is not null as is_household,

        -- delivery
        {{ clean_text('id_sumber') }} as registry_record_id,
        -- a number alone could be of any registry
        coalesce({{ registry_code('registri') }}, upper({{ clean_text('registri') }})) || '-'
        || {{ clean_text('id_sumber') }} as registry_number,
        {{ delivery_columns() }}
    from source

),

-- Officers of two regencies may number alike, and a number without its region could be of either. It is the region and
-- not the name of the office: what is sent again is of the same region, however the office writes itself, and the
-- province's copy of a regency's list names the village.
of_region as (

    select
        *,
        case
            when length(file_region_code) >= 5 then left(file_region_code, 5)
            when region_code_sent ~ '^[0-9]{2}[.]?[0-9]{2}'
                then regexp_replace(region_code_sent, '^([0-9]{2})[.]?([0-9]{2}).*$', '\1.\2')
            else file_region_code
        end as region_visited
    from renamed

),

numbered_visit as (

    select
        *,
        coalesce(region_visited || '/', '') || registry_number as number_of_region
    from of_region

),

{{
    deduplicated_records(
        'numbered_visit', own_number='number_of_region', told_apart_by=['nik', 'name'],
        otherwise=['registry', 'region_visited', 'nik', 'name', 'region_code_sent', 'address']
    )
}}

select * from with_source_key
