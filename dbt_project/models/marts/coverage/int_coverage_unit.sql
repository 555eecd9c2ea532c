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
-- `place`: what a later list must speak about to be the next word on this person.
membership as (

    select
        person_id,
        registry,
        status,
        status = 'listed' and coalesce(decile <= 4, registry <> 'PBDT2015') as is_target,
        -- a list that names some members only (a cleaning) is no edition; one of an unknown region may be
        coalesce(list_region_code, case when region_code is null then '?' end) as list_region_code,
        case
            when list_region_code is null or {{ is_within('region_code', 'list_region_code') }}
                then coalesce(region_code, '?')
            else list_region_code
        end as place,
        {{ period_first_day('period') }} as listed_from
    from {{ ref('fct_registry_membership') }}
    where
        {{ period_first_day('period') }} is not null
        and registry <> 'REGSOSEK'
        and (registry <> 'DTSEN' or decile is not null)

),

edition as (

    select distinct
        registry,
        list_region_code,
        listed_from
    from membership
    where list_region_code is not null

),

-- a registry is replaced by its next edition for the region that one covers
listing as (

    select
        listed.registry,
        listed.place,
        listed.listed_from,
        min(next_edition.listed_from) as listed_until
    from (select distinct registry, place, listed_from from membership) as listed
    left join edition as next_edition
        on
            listed.registry = next_edition.registry
            and listed.listed_from < next_edition.listed_from
            and {{ is_within('listed.place', 'next_edition.list_region_code') }}
    group by listed.registry, listed.place, listed.listed_from

),

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

-- since when a registry speaks about a regency, or a part of it: before that nobody's eligibility can be said
registry_of_regency as (

    select
        regency.regency_code,
        min(edition.listed_from) as known_since
    from (select distinct left(region_code, 5) as regency_code from unit) as regency
    inner join edition
        on
            {{ is_within('regency.regency_code', 'edition.list_region_code') }}
            or {{ is_within('edition.list_region_code', 'regency.regency_code') }}
    group by regency.regency_code

),

coverage_unit as (

    select
        unit.unit,
        unit.unit_id,
        unit.region_code,
        coalesce(unit.decile, 0)::smallint as decile,
        unit.listed_in,
        unit.deceased_since,
        registry_of_regency.known_since as registry_since
    from unit
    left join registry_of_regency on left(unit.region_code, 5) = registry_of_regency.regency_code

)

select * from coverage_unit
