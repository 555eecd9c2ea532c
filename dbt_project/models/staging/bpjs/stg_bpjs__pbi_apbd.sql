with source as (

    {{ landed('bpjs', 'pbi_apbd') }}

),

renamed as (

    select
        -- person
        {{ unless_missing('bpjs.pbi_apbd', 'nik', nik_digits('nik')) }} as nik,
        {{ clean_text('nama') }} as name,

        -- residence, where the list tells it
        {{ residence_columns(with_address=false) }},

        -- membership; a list of those the region pays for need not say so on every record
        {{ unless_missing('bpjs.pbi_apbd', 'psnoka_bpjs', nik_digits('psnoka_bpjs')) }} as person_card,
        coalesce({{ clean_text('segmen') }}, 'PBI APBD') as segment_sent,
        coalesce({{ spelling_key(clean_text('segmen')) }}, 'pbiapbd') as segment_key,

        -- delivery; a file is of one month
        {{ delivery_columns() }}
    from source

),

{{
    deduplicated_records(
        'renamed', own_number='person_card', told_apart_by=['nik', 'name'], otherwise=['nik', 'name']
    )
}}

select * from with_source_key
