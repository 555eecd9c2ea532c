-- Built after the linking, so it stands with the marts; it is not published.
{{ config(schema='intermediate', access='protected', contract={'enforced': false}) }}

with beneficiary as (

    select
        person_id,
        coalesce(family_id, -person_id) as family_id,
        region_code,
        coalesce(decile, 0)::smallint as decile,
        deceased_since
    from {{ ref('dim_beneficiary') }}

),

-- To be listed is to be eligible where the registry lists the poor. REGSOSEK registered everybody and ranks nobody;
-- DTSEN and the database of 2015 rank more than the four poorest deciles, which are the target of the programmes.
membership as (

    select
        person_id,
        registry,
        status,
        status = 'listed' and coalesce(decile <= 4, registry <> 'PBDT2015') as is_target,
        {{ what_a_list_speaks_about() }}
    from {{ ref('fct_registry_membership') }}
    where
        {{ period_first_day('period') }} is not null
        and registry <> 'REGSOSEK'
        and (registry <> 'DTSEN' or decile is not null)

),

{{ editions_of_registries('membership') }},

-- a cleaning ends what the list before it said, until the next edition
listed_in_registry as (

    select
        membership.person_id,
        coalesce(
            range_agg(daterange(listing.listed_from, listing.listed_until)) filter (where membership.is_target), '{}'
        )
        - coalesce(
            range_agg(daterange(listing.listed_from, listing.listed_until))
            filter (where membership.status = 'inactive'),
            '{}'
        ) as listed_in
    from membership
    inner join listing
        on
            membership.registry = listing.registry
            and membership.place = listing.place
            and membership.listed_from = listing.listed_from
    group by membership.person_id, membership.registry

),

listed_person as (

    select
        person_id,
        range_agg(listed_in) as listed_in
    from listed_in_registry
    group by person_id

),

-- who is known to be dead is taken out from the month in which it is known, whatever a later list says
person_unit as (

    select
        'person' as unit,
        beneficiary.person_id as unit_id,
        beneficiary.family_id,
        beneficiary.region_code,
        beneficiary.decile,
        coalesce(listed_person.listed_in, '{}')
        - case
            when beneficiary.deceased_since is null then datemultirange()
            else datemultirange(daterange(beneficiary.deceased_since, null))
        end as listed_in,
        beneficiary.deceased_since
    from beneficiary
    left join listed_person on beneficiary.person_id = listed_person.person_id

),

-- a family lives where the first of its members with a known region lives, and is listed with any of its living members
family_unit as (

    select
        'family' as unit,
        family_id as unit_id,
        (array_agg(region_code order by unit_id) filter (where region_code is not null))[1] as region_code,
        min(nullif(decile, 0)) as decile,
        range_agg(listed_in) as listed_in,
        case when bool_and(deceased_since is not null) then max(deceased_since) end as deceased_since
    from person_unit
    group by family_id

),

unit as (

    select
        unit,
        unit_id,
        region_code,
        decile,
        listed_in,
        deceased_since
    from person_unit
    union all
    select * from family_unit

),

-- Since when a registry speaks about the whole of a region: a list of that region, or of one that it lies in. Of what
-- lies beside a list of one district nobody's eligibility can be said, nor of anybody before the first list.
region as (

    select region_code from unit
    union
    select left(region_code, 8) as region_code from unit
    union
    select left(region_code, 5) as region_code from unit
    union
    select region_code from {{ ref('dim_region') }}
    where level = 'district' and is_current

),

registry_of_region as (

    select
        region.region_code,
        min(edition.listed_from) as known_since
    from region
    cross join
        unnest(array[
            '00', left(region.region_code, 2), left(region.region_code, 5), left(region.region_code, 8),
            region.region_code
        ]) as upper_region (region_code
        )
    inner join edition on upper_region.region_code = edition.list_region_code
    group by region.region_code

),

-- lists of all its districts are one of the regency
registry_of_districts as (

    select
        left(district.region_code, 5) as regency_code,
        case when count(*) = count(known.known_since) then max(known.known_since) end as known_since
    from {{ ref('dim_region') }} as district
    left join registry_of_region as known on district.region_code = known.region_code
    where district.level = 'district' and district.is_current
    group by left(district.region_code, 5)

),

coverage_unit as (

    select
        unit.unit,
        unit.unit_id,
        unit.region_code,
        coalesce(unit.decile, 0)::smallint as decile,
        unit.listed_in,
        unit.deceased_since,
        own.known_since as registry_since,
        case when length(unit.region_code) >= 8 then district.known_since end as district_registry_since,
        case
            when length(unit.region_code) >= 5 then coalesce(registry_of_districts.known_since, regency.known_since)
        end as regency_registry_since
    from unit
    left join registry_of_region as own on unit.region_code = own.region_code
    left join registry_of_region as district on left(unit.region_code, 8) = district.region_code
    left join registry_of_region as regency on left(unit.region_code, 5) = regency.region_code
    left join registry_of_districts on left(unit.region_code, 5) = registry_of_districts.regency_code

)

select * from coverage_unit
