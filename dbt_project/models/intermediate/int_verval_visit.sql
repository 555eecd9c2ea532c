{#- What officers found of each record of a registry in a year: the last visit is the last word. -#}
with visit as (

    select * from {{ ref('stg_dinsos__verval_result') }}
    -- a list may name whom nobody has visited yet
    where num_nonnulls(verified_on, result, remark, is_eligible) > 0

),

-- aggregated early, and read once: only few of the records of people are visits
place as (

    select
        source_key,
        period,
        regency_region_code
    from {{ ref('int_person_record') }}
    where dataset = 'dinsos.verval_result'

),

told as (

    select
        visit.*,
        {{ registry_key('visit.registry', 'visit.registry_key') }} as registry_code,
        coalesce(extract(year from visit.verified_on)::int, left(visit.period, 4)::int) as year,
        place.regency_region_code as region_code
    from visit
    left join place on visit.source_key = place.source_key and visit.period = place.period

),

last_visit as (

    select distinct on (registry_code, source_key, year)
        region_code,
        year,
        registry_code,
        result,
        is_eligible,
        is_household,
        verified_on,
        source_key,
        _file_id,
        _row
    from told
    order by registry_code, source_key, year, verified_on desc nulls last, period desc, {{ newest_first() }}

)

select * from last_visit
