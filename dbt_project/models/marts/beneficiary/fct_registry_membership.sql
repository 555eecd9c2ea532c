with record as (

    select
        person_record.*,
        case person_record.dataset when 'dinsos.dtks' then 'DTKS' end as registry,
        coalesce(file.region_code, left(person_record.region_code, 5)) as list_region_code
    from {{ ref('person_record') }} as person_record
    left join {{ source('audit', 'file') }} as file on person_record.file_id = file.file_id

),

-- a registry may list somebody twice: once is enough, where the region is known best
membership as (

    select distinct on (person_id, registry, period) *
    from record
    where registry is not null
    order by person_id, registry, period, length(region_code) desc nulls last, record_key

),

published as (

    select
        {{ release_stamp() }},
        person_id,
        registry,
        period,
        null::smallint as decile,
        'listed' as status,
        province_code,
        region_code,
        list_region_code
    from membership

)

select * from published
