with counted as (

    select
        regency_region_code as region_code,
        dataset,
        period,
        coalesce(nik_status, 'missing') as nik_status,
        count(*) as records
    from {{ ref('int_person_record') }}
    group by 1, 2, 3, 4

),

published as (

    select
        {{ release_stamp() }},
        region_code,
        left(region_code, 2) as province_code,
        coalesce(region_code, 'not_said') as place_key,
        dataset,
        period,
        nik_status,
        nik_status = 'valid' as is_valid,
        records,
        {{ metric('records_percent') }} as records_percent
    from counted

)

select * from published
