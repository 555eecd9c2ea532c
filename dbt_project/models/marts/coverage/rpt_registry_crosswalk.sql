-- A set is a sum of bits until its members are counted.
with membership as (

    select * from {{ ref('fct_registry_membership') }}

),

{{ listed_persons() }},

-- everybody who is known, also whom no registry has ever named
person_set as (

    select
        coalesce(beneficiary.family_id, -beneficiary.person_id) as family_id,
        beneficiary.region_code,
        coalesce(listed_person.registry_bits, 0) as registry_bits,
        coalesce(listed_person.is_formerly_listed, false) as is_formerly_listed,
        beneficiary.nik_status = 'valid' as has_valid_nik,
        beneficiary.deceased_since is not null as is_deceased
    from {{ ref('dim_beneficiary') }} as beneficiary
    left join listed_person on beneficiary.person_id = listed_person.person_id

),

-- a family is in a registry with any of its members
family_set as (

    select
        family_id,
        bit_or(registry_bits) as registry_bits
    from person_set
    group by family_id

),

counted as (

    select
        region_code,
        registry_bits,
        count(*) as people,
        count(*) filter (where has_valid_nik) as valid_nik_people,
        count(*) filter (where is_deceased) as deceased_people,
        count(*) filter (where is_formerly_listed) as formerly_listed_people,
        0 as families
    from person_set
    group by region_code, registry_bits

    union all

    select
        family.region_code,
        family_set.registry_bits,
        0 as people,
        0 as valid_nik_people,
        0 as deceased_people,
        0 as formerly_listed_people,
        count(*) as families
    from family_set
    inner join {{ ref('int_coverage_unit') }} as family on family_set.family_id = family.unit_id
    where family.unit = 'family'
    group by family.region_code, family_set.registry_bits

),

upper_region as (

    {{ upper_regions('counted') }}

),

summed as (

    select
        upper_region.upper_code as region_code,
        counted.registry_bits,
        sum(counted.people)::bigint as people,
        sum(counted.families)::bigint as families,
        sum(counted.valid_nik_people)::bigint as valid_nik_people,
        sum(counted.deceased_people)::bigint as deceased_people,
        sum(counted.formerly_listed_people)::bigint as formerly_listed_people,
        {{ unallocated('counted.people') }} as unallocated_people,
        {{ unallocated('counted.families') }} as unallocated_families
    from counted
    inner join upper_region on coalesce(counted.region_code, '') = upper_region.region_code
    group by upper_region.upper_code, counted.registry_bits

),

named_set as (

    select
        found.registry_bits,
        coalesce(string_agg(registry.registry, '+' order by registry.registry collate "C"), 'none') as registries,
        count(registry.registry)::smallint as registries_count
    from (select distinct registry_bits from counted) as found
    left join registry on found.registry_bits & registry.registry_bit > 0
    group by found.registry_bits

),

published as (

    select
        {{ release_stamp() }},
        summed.region_code,
        left(summed.region_code, 2) as province_code,
        named_set.registries,
        named_set.registries_count,
        summed.people,
        summed.families,
        summed.valid_nik_people,
        summed.deceased_people,
        summed.formerly_listed_people,
        summed.unallocated_people,
        summed.unallocated_families
    from summed
    inner join named_set on summed.registry_bits = named_set.registry_bits

)

select * from published
