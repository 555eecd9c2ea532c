{# Fails on every row for which the expression is not true; NULL is not true. Returns a count, never a row. #}
{% test expression_is_true(model, expression) %}
    select 1 as failing
    from {{ model }}
    where ({{ expression }}) is not true
{% endtest %}
