{#- How many records each edition of a registry holds of a regency: what a verification has to visit. -#}
-- only of those that somebody verifies: mostly none, and then nothing large is read
with verified as (

    select registry_code from {{ ref('int_verval_budget') }}
    union
    select registry_code from {{ ref('int_verval_visit') }}

),

listing as (

    select
        record_key,
        registry
    from {{ ref('int_registry_listing') }}
    -- a list of changes is no edition
    where is_whole and status = 'listed' and registry in (select verified.registry_code from verified)

),

record as (

    select
        record_key,
        dataset,
        period,
        regency_region_code
    from {{ ref('int_person_record') }}

),

-- the long list of DTSEN and the short one hold the same people under keys of their own
dtsen as (

    select
        {{ record_key("'dinsos.dtsen'") }} as record_key,
        list_kind
    from {{ ref('stg_dinsos__dtsen') }}
    where 'DTSEN' in (select verified.registry_code from verified)

),

by_list as (

    select
        listing.registry,
        record.dataset,
        dtsen.list_kind,
        record.period,
        record.regency_region_code as region_code,
        count(*) as records
    from listing
    inner join record on listing.record_key = record.record_key
    left join dtsen on listing.record_key = dtsen.record_key
    where record.regency_region_code is not null
    group by listing.registry, record.dataset, dtsen.list_kind, record.period, record.regency_region_code

),

-- P3KE comes as families and as their members: the longer list holds the other
edition as (

    select
        registry,
        period,
        region_code,
        {{ period_first_day('period') }} as first_day,
        max(records) as records
    from by_list
    group by registry, period, region_code

)

select * from edition
