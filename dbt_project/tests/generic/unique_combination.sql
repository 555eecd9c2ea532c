{# Fails on every combination of columns that occurs more than once. Returns a count, never a value. #}
{% test unique_combination(model, columns) %}
    select count(*) as times
    from {{ model }}
    group by {{ columns | join(', ') }}
    having count(*) > 1
{% endtest %}
