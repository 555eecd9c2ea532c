-- Built after the linking, so it stands with the marts; it is not published.
{{ config(schema='intermediate', access='protected', contract={'enforced': false}) }}

-- A list that ranks nobody says nothing of who is poor: no edition of a registry that ranks. A list of an unknown
-- region may be one of any. A list of a part of the registry is an edition of its kind.
with edition as (

    select
        registry,
        coalesce(list_region_code, '?') as list_region_code,
        {{ period_first_day('period') }} as listed_from,
        is_partial_list is true as is_partial_list
    from {{ ref('fct_registry_membership') }}
    where
        (list_region_code is not null or region_code is null)
        and registry <> 'REGSOSEK'
        and (registry <> 'DTSEN' or decile is not null)
        and {{ period_first_day('period') }} is not null
    group by registry, list_region_code, {{ period_first_day('period') }}, is_partial_list is true

),

edition_of_its_time as (

    {{ lists_of_parts_too('edition', ['registry', 'listed_from', 'is_partial_list'], 'listed_from') }}

)

select * from edition_of_its_time
