with source as (

    {{ landed('dinsos', 'pmks') }}

),

renamed as (

    select
        -- person
        {{ unless_missing('dinsos.pmks', 'nik', nik_digits('nik')) }} as nik,
        {{ clean_text('nama') }} as name,
        {{ clean_text('kode_desa') }} as region_code_sent,

        -- case
        {{ clean_text('jenis_pmks') }} as case_kind,
        {{ letters_and_digits('jenis_pmks') }} as case_kind_key,
        {{ said_yes('tertangani') }} as is_handled,

        -- delivery
        coalesce({{ year_number('tahun') }}::text, file_period) as period,
        file_region_code,
        _file_id,
        _sheet,
        _row,
        file_received_at
    from source

),

with_case_number as (

    select
        *,
        nik || '|' || case_kind_key as case_number
    from renamed

),

{{
    deduplicated_records(
        'with_case_number', own_number='case_number', told_apart_by=['name'],
        otherwise=['name', 'case_kind_key', 'region_code_sent']
    )
}}

select * from with_source_key
