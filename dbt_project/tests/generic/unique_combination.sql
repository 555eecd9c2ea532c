{# Fails on every combination of columns that occurs more than once, and on every column of `filled` that is empty
   somewhere, all in one test: a node of dbt costs more than a scan. Returns what is wrong and a count, never a value. #}
{% test unique_combination(model, columns, filled=[]) %}
    select
        'repeated' as failing,
        count(*) as times
    from {{ model }}
    group by {{ columns | join(', ') }}
    having count(*) > 1
    {% for column in filled %}
    union all
    select
        '{{ column }} is empty' as failing,
        count(*) as times
    from {{ model }}
    where {{ column }} is null
    having count(*) > 0
    {% endfor %}
{% endtest %}
