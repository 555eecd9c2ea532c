with record as (

    select
        person_record.*,
        listing.registry,
        listing.status,
        listing.decile,
        listing.decile_scope,
        listing.decile_national,
        listing.decile_province,
        listing.decile_regency,
        listing.is_partial,
        case
            when listing.is_whole or listing.is_partial
                then coalesce(listing.file_region_code, left(person_record.region_code, 5))
        end as list_region_code
    from {{ ref('person_record') }} as person_record
    inner join {{ ref('int_registry_listing') }} as listing on person_record.record_key = listing.record_key

),

-- a cleaning takes out whom it names of the list of its month, too, but who is on that with more records than it found
-- inactive
told as (

    select
        *,
        bool_and(is_partial) over same as is_partial_list,
        sum(case status when 'listed' then 1 else -1 end) over same > 0 as is_listed
    from record
    window same as (partition by person_id, registry, period)

),

-- a registry may list somebody twice: once is enough, where it says most
membership as (

    select distinct on (person_id, registry, period) *
    from told
    order by
        person_id,
        registry,
        period,
        (status = 'listed') = is_listed desc,
        decile is null,
        decile_national is null,
        list_region_code is null,
        length(region_code) desc nulls last,
        record_key

),

published as (

    select
        {{ release_stamp() }},
        person_id,
        registry,
        period,
        decile,
        decile_scope,
        decile_national,
        decile_province,
        decile_regency,
        status,
        province_code,
        region_code,
        list_region_code,
        is_partial_list
    from membership

)

select * from published
