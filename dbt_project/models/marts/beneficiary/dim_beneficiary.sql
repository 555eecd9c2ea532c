with person as (

    select * from {{ ref('person') }}

),

-- ages are those at the end of the newest delivery, not of the day of the build: the same inputs say the same
reference_day as (

    select max({{ period_last_day('period') }}) as day
    from (select distinct period from {{ ref('person_record') }}) as delivered

),

aged as (

    select
        person.*,
        case
            when person.birth_date <= reference_day.day
                then extract(year from age(reference_day.day, person.birth_date))::int
        end as age
    from person
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
        -- DTKS carries no decile; the registries that do (P3KE, DTSEN) have not arrived yet
        null::smallint as decile,
        null::text as decile_scope,
        null::text as decile_registry,
        nik_status,
        is_reported_deceased as is_deceased,
        reported_deceased_in as deceased_since,
        sources_count
    from aged

)

select * from published
