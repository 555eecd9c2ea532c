{#- For each attribute the best record that has it; which dataset that was stands beside it. -#}
with delivery as (

    select
        dataset,
        period,
        date_trunc('month', {{ period_last_day('period') }})::date as reported_in,
        row_number() over (
            order by {{ period_last_day('period') }} desc nulls last, {{ dataset_rank('dataset') }}, dataset, period
        ) as recency
    from (select distinct dataset, period from {{ ref('int_person_record') }}) as delivered

),

-- a card that nobody else bears may be one that was renewed, or mistyped
shared_card as (

    select family_id
    from {{ source('identity', 'link') }}
    where family_id is not null
    group by family_id
    having min(person_id) <> max(person_id)

),

record as (

    select
        source_record.*,
        link.person_id,
        link.family_id,
        delivery.reported_in,
        source_record.nik_status = 'valid' as has_valid_nik,
        shared_card.family_id is not null
        and delivery.reported_in > (select max(reported_in) from delivery) - interval '1 year' as has_shared_card,
        upper(source_record.name) as name_in_capitals,
        row_number() over (
            partition by link.person_id order by delivery.recency, source_record.record_key
        ) as preference
    from {{ ref('int_person_record') }} as source_record
    inner join {{ source('identity', 'link') }} as link on source_record.record_key = link.record_key
    inner join delivery on source_record.dataset = delivery.dataset and source_record.period = delivery.period
    left join shared_card on link.family_id = shared_card.family_id

),

golden as (

    select
        person_id,

        -- a NIK that may be used beats one that may not, whatever is newer
        {{ best('nik', above_all='has_valid_nik') }},
        {{ best('nik_status', above_all='has_valid_nik', with_source=false) }},
        -- of the cards of the last year one of several people beats one that nobody else bears
        {{ best('no_kk', above_all='has_shared_card') }},
        {{ best('family_id', above_all='has_shared_card', with_source=false) }},
        {{ best('name') }},
        {{ best('sex') }},
        {{ best('birth_date') }},
        {{ best('mother_name') }},
        {{ best('address') }},
        {{ best('village_name') }},
        -- a district beats a whole city, whatever is newer
        {{ best('region_code', above_all='length(region_code) >= 8') }},

        -- records that contradict each other
        {{ conflicting('nik', among='has_valid_nik') }},
        {{ conflicting('no_kk') }},
        coalesce(min(name_in_capitals) <> max(name_in_capitals), false) as has_conflicting_name,
        {{ conflicting('sex') }},
        {{ conflicting('birth_date') }},
        {{ conflicting('district_region_code') }},

        count(*) as records_count,
        count(distinct dataset) as sources_count
    from record
    group by person_id

),

told as (

    select
        golden.*,
        -- true or not said
        case when death.since is not null then true end as is_reported_deceased,
        death.since as reported_deceased_in
    from golden
    left join {{ ref('int_reported_death') }} as death on golden.person_id = death.person_id

),

-- payment lists know neither sex nor birth date; a valid NIK does
published as (

    select
        {{ release_stamp() }},
        person_id,
        family_id,
        left(region_code, 2) as province_code,
        {{ regency_of('region_code') }} as regency_code,
        region_code,
        nik,
        nik_status,
        no_kk,
        name,
        case when sex is null and nik_status = 'valid' then {{ nik_sex('nik') }} else sex end as sex,
        case
            when birth_date is null and nik_status = 'valid' then {{ nik_birth_date('nik') }} else birth_date
        end as birth_date,
        mother_name,
        address,
        village_name,
        nik_source,
        no_kk_source,
        name_source,
        case when sex is null and nik_status = 'valid' then 'nik' else sex_source end as sex_source,
        case
            when birth_date is null and nik_status = 'valid' then 'nik' else birth_date_source
        end as birth_date_source,
        mother_name_source,
        address_source,
        region_code_source,
        has_conflicting_nik,
        has_conflicting_no_kk,
        has_conflicting_name,
        has_conflicting_sex,
        has_conflicting_birth_date,
        has_conflicting_district_region_code as has_conflicting_region,
        is_reported_deceased,
        reported_deceased_in,
        records_count,
        sources_count
    from told

)

select * from published
