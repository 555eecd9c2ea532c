-- Built after the linking, so it stands with the marts; it is not published.
{{ config(schema='intermediate', access='protected', contract={'enforced': false}) }}

-- Whom an officer calls not eligible is taken out of the registry that was visited (of all, where that one is not heard
-- any more) from the next month on: until an edition that begins later speaks, or an officer finds otherwise. A list of
-- a part of the registry speaks of those only whom it names.
with mark as (

    {{ marks_of_persons(['ineligible', 'found']) }}

),

struck_off as (

    select
        beneficiary.person_id,
        registry.registry,
        mark.since,
        daterange(
            (mark.since + interval '1 month')::date,
            least(
                min(next_edition.listed_from),
                min({{ period_first_day('named.period') }}),
                (min(found.since) + interval '1 month')::date
            )
        ) as days
    from mark
    inner join {{ ref('dim_beneficiary') }} as beneficiary on mark.person_id = beneficiary.person_id
    left join {{ ref('int_registry_in_use') }} as visited
        on mark.registry = visited.registry and visited.days @> mark.since
    inner join {{ ref('int_registry_in_use') }} as registry
        on registry.registry = coalesce(visited.registry, registry.registry)
    left join {{ ref('int_registry_edition') }} as next_edition
        on
            registry.registry = next_edition.registry
            and mark.since < next_edition.listed_from
            and next_edition.is_partial_list is not true
            and {{ is_within("coalesce(beneficiary.region_code, '?')", 'next_edition.list_region_code') }}
    left join {{ ref('fct_registry_membership') }} as named
        on
            named.is_partial_list
            and mark.person_id = named.person_id
            and registry.registry = named.registry
            and named.status = 'listed'
            and mark.since < {{ period_first_day('named.period') }}
    left join mark as found
        on mark.person_id = found.person_id and found.mark = 'found' and mark.since <= found.since
    where mark.mark = 'ineligible'
    group by beneficiary.person_id, registry.registry, mark.since

)

select * from struck_off where not isempty(days)
