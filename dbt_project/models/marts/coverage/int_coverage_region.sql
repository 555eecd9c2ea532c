-- Built after the linking, so it stands with the marts; it is not published.
{{ config(schema='intermediate', access='protected', contract={'enforced': false}) }}

-- Since when a registry speaks about the whole of a region: a list of that region, or of one that it lies in. Of what
-- lies beside a list of one district nobody's eligibility can be said, nor of anybody before the first list. A
-- programme hears the registries of its rules, while they are in force. Any of them may admit somebody; who has no
-- claim can be said only where all that decide in those days speak, not by a list of a part of one alone.
with lived_in as (

    select distinct region_code from {{ ref('int_coverage_unit') }}
    where region_code is not null

),

district as (

    {{ districts_of_regencies() }}

),

region as (

    select region_code from lived_in
    union
    select left(region_code, 8) as region_code from lived_in
    union
    select left(region_code, 5) as region_code from lived_in
    union
    select region_code from district

),

registry_of_region as (

    select
        region.region_code,
        edition.registry,
        min(edition.listed_from) as known_since,
        min(edition.listed_from) filter (where edition.is_partial_list is not true) as whole_since
    from region
    cross join
        unnest(array[
            '00', left(region.region_code, 2), left(region.region_code, 5), left(region.region_code, 8),
            region.region_code
        ]) as upper_region (region_code
        )
    inner join {{ ref('int_registry_edition') }} as edition
        on upper_region.region_code = edition.list_region_code
    group by region.region_code, edition.registry

),

-- lists of all its districts are one of the regency
registry_of_districts as (

    select
        district.regency_code as region_code,
        known.registry,
        max(known.known_since) as known_since
    from registry_of_region as known
    inner join district on known.region_code = district.region_code
    group by district.regency_code, known.registry, district.districts
    having count(*) = district.districts

),

registry_of_regency as (

    select
        region_code,
        registry,
        min(known_since) as known_since
    from (
        select * from registry_of_districts
        union all
        select
            region_code,
            registry,
            known_since
        from registry_of_region
        where length(region_code) = 5
    ) as known
    group by region_code, registry

),

rule as (

    select distinct
        program_code,
        registry,
        is_decisive,
        daterange(valid_from, valid_to, '[]')::datemultirange as days
    from {{ ref('seed_program_rule') }}

),

spoken as (

    select
        known.level,
        known.region_code,
        rule.program_code,
        range_agg(rule.days * daterange(known.known_since, null)::datemultirange) as spoken_in
    from (
        select
            'own' as level,
            region_code,
            registry,
            known_since
        from registry_of_region
        union all
        select
            'regency' as level,
            *
        from registry_of_regency
    ) as known
    inner join rule on known.registry = rule.registry
    group by known.level, known.region_code, rule.program_code

),

denied as (

    select
        lived_in.region_code,
        rule.program_code,
        range_agg(rule.days * known.days) - range_agg(rule.days - known.days) as denied_in
    from lived_in
    cross join rule
    left join registry_of_region
        on lived_in.region_code = registry_of_region.region_code and rule.registry = registry_of_region.registry
    cross join
        lateral (
            select
                case
                    when registry_of_region.whole_since is null then '{}'
                    else daterange(registry_of_region.whole_since, null)::datemultirange
                end as days
        ) as known
    where rule.is_decisive
    group by lived_in.region_code, rule.program_code

),

coverage_region as (

    select
        lived_in.region_code,
        program.program_code,
        coalesce(own.spoken_in, '{}') as spoken_in,
        coalesce(denied.denied_in, '{}') as denied_in,
        case when length(lived_in.region_code) >= 8 then coalesce(district.spoken_in, '{}') else '{}' end
            as district_spoken_in,
        case when length(lived_in.region_code) >= 5 then coalesce(regency.spoken_in, '{}') else '{}' end
            as regency_spoken_in
    from lived_in
    cross join (select distinct program_code from rule) as program
    left join spoken as own
        on own.level = 'own' and lived_in.region_code = own.region_code and program.program_code = own.program_code
    left join denied
        on lived_in.region_code = denied.region_code and program.program_code = denied.program_code
    left join spoken as district
        on
            district.level = 'own'
            and left(lived_in.region_code, 8) = district.region_code
            and program.program_code = district.program_code
    left join spoken as regency
        on
            regency.level = 'regency'
            and left(lived_in.region_code, 5) = regency.region_code
            and program.program_code = regency.program_code

)

select * from coverage_region
