with record as (

    select * from {{ ref('int_person_record') }}
    where nik_status <> 'valid'

),

link as (

    select * from {{ source('identity', 'link') }}

),

suggestion as (

    select
        suggested.*,
        basis.reason as basis_reason,
        basis.reason_id as basis_reason_id
    from {{ source('identity', 'nik_suggestion') }} as suggested
    inner join {{ ref('seed_nik_basis') }} as basis on suggested.basis = basis.basis

),

published as (

    select
        {{ release_stamp() }},
        record.record_key,
        link.person_id,
        record.province_code,
        record.regency_region_code as regency_code,
        record.region_code,
        record.dataset,
        record.source_key,
        record.period,
        record.file_id,
        record.sheet,
        record.row,
        record.name,
        record.sex,
        record.birth_date,
        record.nik as nik_as_sent,
        record.nik_status,
        status.reason,
        status.reason_id,
        record.nik_prefix_level,
        suggestion.suggested_nik,
        suggestion.basis,
        suggestion.basis_reason,
        suggestion.basis_reason_id,
        suggestion.confidence
    from record
    inner join link on record.record_key = link.record_key
    inner join {{ ref('seed_nik_status') }} as status
        on
            record.nik_status = status.status
            and status.number = 'nik'
    left join suggestion on record.record_key = suggestion.record_key

)

select * from published
