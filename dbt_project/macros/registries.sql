{# A welfare decile as a number 1..10: '1', '01', '4.0', 'Desil 3'. Ranges ('6-10'), '0' and '11' say none: NULL. #}
{% macro decile(text) -%}
    case
        when {{ text }} ~* '^\s*(desil *)?0*([1-9]|10)([.,]0+)?\s*$'
            then regexp_replace({{ text }}, '^\D*0*|[.,]0+\s*$|\s+$', '', 'g')::smallint
    end
{%- endmacro %}


{# A percentile (0..100, decimal comma or point) as numeric; NULL for anything else. #}
{% macro percentile(text) -%}
    case
        when {{ text }} ~ '^\s*0*([0-9]{1,2}([.,][0-9]{1,6})?|100([.,]0{1,6})?)\s*$'
            then replace(btrim({{ text }}), ',', '.')::numeric
    end
{%- endmacro %}


{# The decile of a percentile by the rule of the unified database: 0-10 = 1, 11-20 = 2, 21-30 = 3, 31-40 = 4. Above 40
   it only says "4+": no decile. `percentile` is a numeric expression. #}
{% macro percentile_decile(percentile) -%}
    case when {{ percentile }} <= 40 then greatest(1, ceil({{ percentile }} / 10))::smallint end
{%- endmacro %}


{# An answer of the surveys of 2015 and 2022: 1 = yes, 2 = no; 8 = does not know, and everything else, is NULL. #}
{% macro survey_yes_no(text) -%}
    case btrim({{ text }}) when '1' then true when '2' then false end
{%- endmacro %}


{# Whether somebody lives where the survey of 2022 looked for them (question 404). #}
{% macro survey_presence(text) -%}
    case btrim({{ text }})
        when '1' then 'living_together'
        when '2' then 'died'
        when '3' then 'moved_within_indonesia'
        when '4' then 'moved_abroad'
        when '5' then 'new_member'
        when '6' then 'not_found'
    end
{%- endmacro %}


{# How an interview of the survey of 2022 ended (question 205). #}
{% macro survey_result(text) -%}
    case btrim({{ text }})
        when '1' then 'complete'
        when '2' then 'incomplete'
        when '3' then 'no_respondent'
        when '4' then 'refused'
        when '5' then 'moved_or_gone'
    end
{%- endmacro %}


{# Several answers in one number, the sum of their bits, as their names: 3 → 'first, second'; 0 → 'none'.

   `flags`: bit → name, smallest first; `others`: numbers that are no sum, with the names they stand for. A number that no
   sum gives, or no number at all, is NULL. (Text and not an array: dbt's unit tests have no arrays.) #}
{% macro survey_flags(text, flags, others={}) -%}
    {%- set names, whens = [], [] -%}
    {%- for bit, name in flags.items() -%}
        {%- do names.append("case when btrim(" ~ text ~ ")::int & " ~ bit ~ " > 0 then '" ~ name ~ "' end") -%}
    {%- endfor -%}
    {%- for number, name in others.items() -%}
        {%- do whens.append("when btrim(" ~ text ~ ") = '" ~ number ~ "' then '" ~ name ~ "'") -%}
    {%- endfor -%}
    case
        {{ whens | join(' ') }}
        when {{ text }} ~ '^\s*[0-9]{1,3}\s*$' and btrim({{ text }})::int <= {{ flags.keys() | sum }}
            then coalesce(nullif(concat_ws(', ', {{ names | join(', ') }}), ''), 'none')
    end
{%- endmacro %}


{# The code of a village as it was sent: whole in its own column, or one part per level, joined by dots. Which system it
   is (BPS or Kemendagri) and what it means is judged where codes are resolved. #}
{% macro region_code_sent() -%}
    case
        when length(btrim(kode_desa)) >= 10 then btrim(kode_desa)
        else
            nullif(
                concat_ws(
                    '.',
                    {{ clean_text('kode_provinsi') }},
                    {{ clean_text('kode_kabupaten') }},
                    {{ clean_text('kode_kecamatan') }},
                    {{ clean_text('kode_desa') }}
                ),
                ''
            )
    end
{%- endmacro %}


{# What a list of fct_registry_membership speaks about, and since when: `list_region_code`, of a whole edition only (a
   list that names some members, a cleaning, is none; one of an unknown region may be); `place`, what a later edition
   must speak about to be the next word on this person; `listed_from`; `is_partial_list`, of a list of a part of the
   registry. #}
{% macro what_a_list_speaks_about() -%}
    coalesce(list_region_code, case when region_code is null then '?' end) as list_region_code,
        case
            when list_region_code is null or {{ was_within('region_code', 'list_region_code', period_first_day('period')) }}
                then coalesce(region_code, '?')
            else list_region_code
        end as place,
        {{ period_first_day('period') }} as listed_from,
        is_partial_list is true as is_partial_list
{%- endmacro %}


{# Whether an edition is of a kind that replaces what a list said: a whole one replaces all before it, a list of a part
   (the short list of DTSEN, the heads of families of P3KE) says nothing of those whom only a whole one named. #}
{% macro is_next_word(edition, listed) -%}
    ({{ listed }}.is_partial_list or {{ edition }}.is_partial_list is not true)
{%- endmacro %}


{# A registry is replaced by its next edition for the region that one covers. Of a CTE with what
   `what_a_list_speaks_about` gives: the CTEs `edition` (registry, list_region_code, listed_from) and `listing`, until
   when counts what a registry said of a place (registry, place, listed_from, is_partial_list, listed_until; NULL while it
   does). #}
{% macro editions_of_registries(membership) -%}
    whole_list as (

        select distinct
            registry,
            listed_from,
            is_partial_list,
            list_region_code
        from {{ membership }}
        where list_region_code is not null

    ),

    edition as (

        {{ lists_of_parts_too('whole_list', ['registry', 'listed_from', 'is_partial_list'], 'listed_from') }}

    ),

    listing as (

        select
            listed.registry,
            listed.place,
            listed.listed_from,
            listed.is_partial_list,
            min(next_edition.listed_from) as listed_until
        from (select distinct registry, place, listed_from, is_partial_list from {{ membership }}) as listed
        left join edition as next_edition
            on
                listed.registry = next_edition.registry
                and listed.listed_from < next_edition.listed_from
                and {{ is_next_word('next_edition', 'listed') }}
                and {{ is_within('listed.place', 'next_edition.list_region_code') }}
        group by listed.registry, listed.place, listed.listed_from, listed.is_partial_list

    )
{%- endmacro %}


{# The decile of a listing within the scope that a rule names; a rank within another scope is none (ADR 0039). #}
{% macro decile_within(listing, scope) -%}
    case {{ scope }}
        when 'national' then {{ listing }}.decile_national
        when 'national or unstated' then coalesce({{ listing }}.decile_national, {{ listing }}.decile_unstated)
        when 'province' then {{ listing }}.decile_province
        when 'regency' then {{ listing }}.decile_regency
    end
{%- endmacro %}


{# Of the CTE `membership` (fct_registry_membership): the CTEs up to `listed_person`, in which registries a person is,
   each a bit of `registry_bits`, and `registry`, which bit each has. In a registry = listed by its newest edition for
   the place, and not found inactive since: as int_coverage_unit judges it, but of every registry and decile. #}
{% macro listed_persons() -%}
-- some lists of some places, judged before they meet everybody on them; materialized, or PostgreSQL judges every person
told as materialized (

    select distinct
        registry,
        period,
        region_code,
        list_region_code,
        is_partial_list
    from membership

),

list as (

    select
        registry,
        period,
        region_code,
        list_region_code as sent_list_region_code,
        {{ what_a_list_speaks_about() }}
    from told
    where {{ period_first_day('period') }} is not null

),

{{ editions_of_registries('list') }},

registry as (

    select
        registry,
        (2 ^ (row_number() over (order by registry) - 1))::bigint as registry_bit
    from (select distinct registry from listing) as heard

),

judged_list as materialized (

    select
        list.registry,
        list.period,
        coalesce(list.region_code, '') as region_code,
        coalesce(list.sent_list_region_code, '') as list_region_code,
        list.is_partial_list,
        listing.listed_until is null as is_newest,
        registry.registry_bit
    from list
    inner join listing
        on
            list.registry = listing.registry
            and list.place = listing.place
            and list.listed_from = listing.listed_from
            and list.is_partial_list = listing.is_partial_list
    inner join registry on list.registry = registry.registry

),

last_word as (

    select
        membership.person_id,
        judged_list.registry_bit,
        bool_or(judged_list.is_newest and membership.status = 'listed')
        and not bool_or(judged_list.is_newest and membership.status = 'inactive') as is_listed
    from membership
    inner join judged_list
        on
            membership.registry = judged_list.registry
            and membership.period = judged_list.period
            and coalesce(membership.region_code, '') = judged_list.region_code
            and coalesce(membership.list_region_code, '') = judged_list.list_region_code
            and (membership.is_partial_list is true) = judged_list.is_partial_list
    group by membership.person_id, judged_list.registry_bit

),

listed_person as (

    select
        person_id,
        coalesce(bit_or(registry_bit) filter (where is_listed), 0) as registry_bits,
        bool_or(not is_listed) as is_formerly_listed
    from last_word
    group by person_id

)
{%- endmacro %}
