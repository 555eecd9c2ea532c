-- Villages are no seeds: there are ten times as many as of all other regions together, and they come as deliveries.
with listed as (

    select
        region_code,
        name,
        parent_region_code,
        left(region_code, 2) as province_code,
        decided_on
    from {{ ref('stg_reference__region') }}
    where level = 'village'

),

-- a list of one province says nothing of the villages of others
decree as (

    select
        province_code,
        decided_on,
        lead(decided_on) over (partition by province_code order by decided_on) as next_decided_on
    from (select distinct province_code, decided_on from listed) as decided

),

-- a code is never used again, so what lies between its first and its last decree is one time
village as (

    select
        region_code,
        (array_agg(name order by decided_on desc))[1] as name,
        (array_agg(parent_region_code order by decided_on desc))[1] as parent_region_code,
        min(decided_on) as valid_from,
        max(decided_on) as last_decided_on
    from listed
    group by region_code

),

-- a village of a district that the seeds do not know yet waits for them (docs/runbooks/new-decree.md); a test counts it
within_known_district as (

    select
        village.region_code,
        village.name,
        village.parent_region_code,
        district.province_code,
        village.valid_from,
        decree.next_decided_on - 1 as valid_to,
        decree.next_decided_on is null as is_current,
        {{ name_key('village.name') }} as name_key
    from village
    inner join decree
        on left(village.region_code, 2) = decree.province_code and village.last_decided_on = decree.decided_on
    inner join {{ ref('seed_region') }} as district
        on village.parent_region_code = district.region_code and district.level = 'district'

),

with_own_name as (

    select
        *,
        is_current
        and count(*) filter (where is_current) over (partition by parent_region_code, name_key) = 1 as has_own_name
    from within_known_district

)

select * from with_own_name
