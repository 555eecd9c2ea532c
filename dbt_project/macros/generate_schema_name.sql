{# Schemas are exactly what a folder says (staging, intermediate, candidate), the same on every machine. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ (custom_schema_name or target.schema) | trim }}
{%- endmacro %}
