-- A set is a sum of bits until its members are counted: the largest table is read once, nothing is sorted, and the name
-- of a set is put together once for each set that there is.
with program as (

    select
        program_code,
        -- the 64th programme stops the build: there is no bit for it
        (2 ^ (row_number() over (order by program_code) - 1))::bigint as program_bit
    from {{ ref('dim_program') }}

),

person_set as (

    select
        enrollment.person_id,
        enrollment.period,
        bit_or(program.program_bit) as program_bits
    from {{ ref('fct_program_enrollment') }} as enrollment
    inner join program on enrollment.program_code = program.program_code
    where enrollment.status = 'active'
    group by enrollment.person_id, enrollment.period

),

member_set as (

    select
        coalesce(beneficiary.family_id, -beneficiary.person_id) as family_id,
        beneficiary.region_code,
        person_set.period,
        person_set.program_bits
    from person_set
    inner join {{ ref('dim_beneficiary') }} as beneficiary on person_set.person_id = beneficiary.person_id

),

-- a family receives what any of its members is named for
family_set as (

    select
        family_id,
        period,
        bit_or(program_bits) as program_bits
    from member_set
    group by family_id, period

),

counted as (

    select
        region_code,
        period,
        program_bits,
        count(*) as people,
        0 as families
    from member_set
    group by region_code, period, program_bits

    union all

    select
        family.region_code,
        family_set.period,
        family_set.program_bits,
        0 as people,
        count(*) as families
    from family_set
    inner join {{ ref('int_coverage_unit') }} as family on family_set.family_id = family.unit_id
    where family.unit = 'family'
    group by family.region_code, family_set.period, family_set.program_bits

),

upper_region as (

    {{ upper_regions('counted') }}

),

summed as (

    select
        upper_region.upper_code as region_code,
        counted.period,
        counted.program_bits,
        sum(counted.people)::bigint as people,
        sum(counted.families)::bigint as families,
        {{ unallocated('counted.people') }} as unallocated_people,
        {{ unallocated('counted.families') }} as unallocated_families
    from counted
    inner join upper_region on coalesce(counted.region_code, '') = upper_region.region_code
    group by upper_region.upper_code, counted.period, counted.program_bits

),

-- in the order of their bytes: the same name everywhere, whatever the server's language
named_set as (

    select
        found.program_bits,
        string_agg(program.program_code, '+' order by program.program_code collate "C") as programs,
        count(*)::smallint as programs_count
    from (select distinct program_bits from counted) as found
    inner join program on found.program_bits & program.program_bit > 0
    group by found.program_bits

),

-- who is not in the set of a programme may be so because nobody sent its list
region_with_list as (

    select
        upper_code as region_code,
        period,
        string_agg(program_code, '+' order by program_code collate "C") as programs
    from (
        select distinct
            program_code,
            period,
            unnest(array['00', left(region_code, 2), left(region_code, 5), left(region_code, 8)]) as upper_code
        from {{ ref('int_receiving_region') }}
    ) as listed
    group by upper_code, period

),

published as (

    select
        {{ release_stamp() }},
        summed.region_code,
        left(summed.region_code, 2) as province_code,
        summed.period,
        named_set.programs,
        named_set.programs_count,
        region_with_list.programs as programs_with_lists,
        summed.people,
        summed.families,
        summed.unallocated_people,
        summed.unallocated_families
    from summed
    inner join named_set on summed.program_bits = named_set.program_bits
    left join region_with_list
        on summed.region_code = region_with_list.region_code and summed.period = region_with_list.period

)

select * from published
