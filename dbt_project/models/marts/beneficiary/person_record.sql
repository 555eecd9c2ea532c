with record as (

    select * from {{ ref('int_person_record') }}

),

link as (

    select * from {{ source('identity', 'link') }}

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
        link.match_kind,
        link.match_probability,
        link.compared_with,
        link.explanation,
        link.explanation_id,
        record.nik_status
    from record
    inner join link on record.record_key = link.record_key

)

select * from published
