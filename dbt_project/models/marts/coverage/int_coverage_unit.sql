-- Built after the linking, so it stands with the marts; it is not published.
{{ config(schema='intermediate', access='protected', contract={'enforced': false}) }}

with beneficiary as (

    select
        person_id,
        coalesce(family_id, -person_id) as family_id,
        region_code,
        coalesce(decile, 0)::smallint as decile
    from {{ ref('dim_beneficiary') }}

),

membership as (

    select
        person_id,
        left(region_code, 5) as regency_code,
        {{ period_first_day('period') }} as listed_since
    from {{ ref('fct_registry_membership') }}

),

listed_person as (

    select
        person_id,
        min(listed_since) as listed_since
    from membership
    group by person_id

),

person_unit as (

    select
        'person' as unit,
        beneficiary.person_id as unit_id,
        beneficiary.region_code,
        beneficiary.decile,
        listed_person.listed_since
    from beneficiary
    left join listed_person on beneficiary.person_id = listed_person.person_id

),

-- a family lives where the first of its members with a known region lives, and is listed with any of its members
family_unit as (

    select
        'family' as unit,
        beneficiary.family_id as unit_id,
        (
            array_agg(beneficiary.region_code order by beneficiary.person_id)
            filter (where beneficiary.region_code is not null)
        )[1] as region_code,
        min(nullif(beneficiary.decile, 0)) as decile,
        min(listed_person.listed_since) as listed_since
    from beneficiary
    left join listed_person on beneficiary.person_id = listed_person.person_id
    group by beneficiary.family_id

),

unit as (

    select * from person_unit
    union all
    select * from family_unit

),

-- since when a registry speaks about a regency at all: before that nobody's eligibility can be said
registry_of_regency as (

    select
        regency_code,
        min(listed_since) as known_since
    from membership
    group by regency_code

),

coverage_unit as (

    select
        unit.unit,
        unit.unit_id,
        unit.region_code,
        coalesce(unit.decile, 0)::smallint as decile,
        unit.listed_since,
        registry_of_regency.known_since as registry_since
    from unit
    left join registry_of_regency on left(unit.region_code, 5) = registry_of_regency.regency_code

)

select * from coverage_unit
