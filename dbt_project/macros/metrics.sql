{# written by `simpul contracts render` from dbt_project/metrics.yml; do not edit #}
{% macro metric(name) -%}
    {%- set known = {
        'coverage_percent': ('eligible_enrolled', 'eligible_where_known'),
        'exclusion_error_percent': ('excluded', 'eligible_where_known'),
        'inclusion_error_percent': ('included_in_error', 'enrolled_where_known'),
        'score': ('(sum(checks) - sum(failing))', 'sum(checks)'),
        'delivered_change_percent': ('(delivered_records - delivered_before)', 'delivered_before'),
        'verified_percent': ('verified', 'target_records'),
        'valid_percent': ('(sum(records) filter (where is_valid))', 'sum(records)'),
        'records_percent': ('records', '(sum(records) over (partition by region_code, dataset, period))')
    } -%}
    {{ percent(known[name][0], known[name][1]) }}
{%- endmacro %}
