{# The rows of a form, each with the region that stands for it today (`region_code`, NULL where nobody can say) and
   `place_key`: that code, or the words that were sent, so that a row without a region has its place too. #}
{% macro placed_form(form) -%}
    select
        form.*,
        region.region_code,
        coalesce(
            region.region_code,
            nullif(concat_ws(' ', form.region_code_sent, form.region_name_sent), ''),
            'not_said'
        ) as place_key
    from {{ form }} as form
    left join {{ ref('int_form_region') }} as region
        on
            -- not `is not distinct from`, for which PostgreSQL compares every row with every other
            coalesce(form.region_code_sent, '') = coalesce(region.region_code_sent, '')
            and coalesce(form.region_name_sent, '') = coalesce(region.region_name_sent, '')
            and coalesce(form.file_region_code, '') = coalesce(region.file_region_code, '')
            and coalesce(form.period, '') = coalesce(region.period, '')
{%- endmacro %}


{# Whether deliveries tell different figures of one thing; what one of them leaves blank is no other figure.
   `window` is a named window without an order. #}
{% macro tell_otherwise(columns, window) -%}
    {%- set differ = [] -%}
    {%- for column in columns -%}
        {%- do differ.append(
            "coalesce(min(" ~ column ~ ") over " ~ window ~ " <> max(" ~ column ~ ") over " ~ window ~ ", false)"
        ) -%}
    {%- endfor -%}
    ({{ differ | join(' or ') }})
{%- endmacro %}


{# The columns of every published form: where the row belongs, and who said so. #}
{% macro form_columns() -%}
    region_code,
        left(region_code, 2) as province_code,
        place_key
{%- endmacro %}


{# What a list calls by one of several names of a kind: Taruna Siaga Bencana → TAGANA; other words stay, letters and
   digits only. `words`: code → the names, as a regular expression over letters and digits. #}
{% macro kind_of(key, words) -%}
    case
    {%- for code, names in words.items() %}
        when {{ key }} ~ '{{ names }}' then '{{ code }}'
    {%- endfor %}
        else {{ key }}
    end
{%- endmacro %}


{# Which part of its kind a row is about: `KUR Mikro` → mikro; '' where it is about the whole of it, however it is
   spelt. Words that tell nothing (`program`, `dana`, `relawan`) make no part. #}
{% macro part_of_kind(key, words, filling) -%}
    case
    {%- for code, names in words.items() %}
        when {{ key }} ~ '{{ names }}'
            then regexp_replace({{ key }}, '{{ names | replace("^", "") }}|{{ filling }}', '', 'g')
    {%- endfor %}
        else ''
    end
{%- endmacro %}


{# CTEs, the last of them `by_kind`: the figures of `rows`, one row for each of `keys` (`kind_code` among them). Of a
   part of a kind (`kind_part`) the newest delivery counts; parts are added, unless one has no number: then nobody knows the
   sum. A row of the whole kind is not added to its parts: the newer of the two counts, of one delivery the larger.
   File, row and the `words` beside them are those of the whole, else of the last part; `counted_rows` has all that was weighed,
   `rows_of_<figure>` those that the figure is made of: where the whole and its parts were weighed one figure may be of either. #}
{% macro figures_by_kind(rows, keys, figures, words=[]) -%}
    weighed as (

        select
            *,
            kind_part = '' as is_whole,
            row_number() over (same_part order by {{ newest_first() }}) as preference,
            {{ tell_otherwise(figures, 'same_part') }} as is_told_otherwise
        from {{ rows }}
        window same_part as (partition by {{ keys | join(', ') }}, kind_part)

    ),

    dated as (

        select
            *,
            max(file_received_at) filter (where is_whole) over same_kind as whole_received_at,
            max(file_received_at) filter (where not is_whole) over same_kind as parts_received_at
        from weighed
        where preference = 1
        window same_kind as (partition by {{ keys | join(', ') }})

    ),

    counted as (

        select
            *,
            _file_id || ':' || _row as address,
            case
                when is_whole then coalesce(whole_received_at >= parts_received_at, true)
                else coalesce(parts_received_at >= whole_received_at, true)
            end as counts
        from dated

    ),

    told_by_kind as (

        select
            {{ keys | join(', ') }},
            max(region_code) as region_code,
            string_agg(distinct kind, '; ' order by kind) filter (where counts) as kind,
    {%- for figure in figures %}
            max({{ figure }}) filter (where is_whole) as whole_{{ figure }},
            case
                when bool_and({{ figure }} is not null) filter (where not is_whole)
                    then sum({{ figure }}) filter (where not is_whole)::bigint
            end as parts_{{ figure }},
    {%- endfor %}
            bool_or(counts and is_whole) as is_whole_counted,
            bool_or(counts and not is_whole) as are_parts_counted,
            bool_or(is_told_otherwise) as is_told_otherwise,
            string_agg(address, ' ' order by _file_id, _row) filter (where counts) as counted_rows,
            string_agg(address, ' ' order by _file_id, _row) filter (where counts and is_whole) as whole_rows,
            string_agg(address, ' ' order by _file_id, _row) filter (where counts and not is_whole) as parts_rows
    {%- for column in words + ['_file_id', '_row'] %},
            (array_agg({{ column }} order by not counts, not is_whole, {{ newest_first() }}))[1] as {{ column }}
    {%- endfor %}
        from counted
        group by {{ keys | join(', ') }}

    ),

    weighed_by_kind as (

        select
            told_by_kind.*,
    {%- for figure in figures %}
            greatest(
                case when is_whole_counted then whole_{{ figure }} end,
                case when are_parts_counted then parts_{{ figure }} end
            ) as {{ figure }}{{ ',' if not loop.last }}
    {%- endfor %}
        from told_by_kind

    ),

    by_kind as (

        select
            {{ keys | join(', ') }},
            region_code,
            kind,
            counted_rows,
    {%- for figure in figures %}
            coalesce(
                case when {{ figure }} = whole_{{ figure }} then whole_rows end,
                case when {{ figure }} = parts_{{ figure }} then parts_rows end,
                counted_rows
            ) as rows_of_{{ figure }},
            {{ figure }},
    {%- endfor %}
            (
                is_told_otherwise
    {%- for figure in figures %}
                or coalesce(whole_{{ figure }} <> parts_{{ figure }}, false)
    {%- endfor %}
            ) as has_conflicting_figures
    {%- for column in words + ['_file_id', '_row'] %},
            {{ column }}
    {%- endfor %}
        from weighed_by_kind

    )
{%- endmacro %}
