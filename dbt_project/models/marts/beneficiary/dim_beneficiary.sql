with person as (

    select * from {{ ref('person') }}

),

-- ages are those at the end of the newest delivery, not of the day of the build: the same inputs say the same
reference_day as (

    select max({{ period_last_day('period') }}) as day
    from (select distinct period from {{ ref('person_record') }}) as delivered

),

-- the newest list that ranks them; of one time, a rank within the nation before any other
ranked as (

    select distinct on (record.person_id)
        record.person_id,
        listing.decile,
        listing.decile_scope,
        listing.registry
    from {{ ref('int_registry_listing') }} as listing
    inner join {{ ref('person_record') }} as record on listing.record_key = record.record_key
    where listing.decile is not null
    order by
        record.person_id,
        {{ period_last_day('record.period') }} desc nulls last,
        listing.decile_scope = 'national' desc nulls last,
        {{ dataset_rank('record.dataset') }},
        record.record_key

),

aged as (

    select
        person.*,
        ranked.decile,
        ranked.decile_scope,
        ranked.registry as decile_registry,
        case
            when person.birth_date <= reference_day.day
                then extract(year from age(reference_day.day, person.birth_date))::int
        end as age
    from person
    left join ranked on person.person_id = ranked.person_id
    cross join reference_day

),

published as (

    select
        {{ release_stamp() }},
        person_id,
        family_id,
        sex,
        extract(year from birth_date)::int as birth_year,
        case
            when age is null then 'unknown'
            when age <= 6 then '0-6'
            when age <= 12 then '7-12'
            when age <= 15 then '13-15'
            when age <= 18 then '16-18'
            when age <= 21 then '19-21'
            when age <= 59 then '22-59'
            else '60+'
        end as age_group,
        province_code,
        region_code,
        decile,
        decile_scope,
        decile_registry,
        nik_status,
        is_reported_deceased as is_deceased,
        reported_deceased_in as deceased_since,
        sources_count
    from aged

)

select * from published
