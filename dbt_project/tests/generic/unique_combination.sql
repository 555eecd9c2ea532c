{# Fails on every combination of columns that occurs more than once, and on every column of `filled` that is empty
   somewhere, all in one test: a node of dbt costs more than a scan. Returns what is wrong and a count, never a value. #}
{% test unique_combination(model, columns, filled=[]) %}
    select
        'repeated' as failing,
        count(*) as times
    from {{ model }}
    group by {{ columns | join(', ') }}
    having count(*) > 1
    {%- if filled %}
    union all
    select
        empty_column.name || ' is empty' as failing,
        count(*) as times
    from {{ model }}
    cross join lateral (
        values
        {%- for column in filled %}
        ('{{ column }}', {{ column }} is null){{ ',' if not loop.last }}
        {%- endfor %}
    ) as empty_column (name, is_empty)
    where empty_column.is_empty
    group by empty_column.name
    {%- endif %}
{% endtest %}
