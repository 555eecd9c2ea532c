{#- What of a record stands on each side of a doubtful pair. -#}
{% macro review_columns() -%}
    {{ return(['person_id', 'dataset', 'source_key', 'period', 'file_id', 'sheet', 'row', 'name', 'sex', 'birth_date',
        'nik', 'nik_status', 'no_kk', 'mother_name', 'address']) }}
{%- endmacro %}


{#- The finest region that holds both; 00 = the nation. -#}
{% macro common_region(one, other) -%}
    case
        when {{ one }} = {{ other }} then {{ one }}
    {%- for length in [8, 5, 2] %}
        when left({{ one }}, {{ length }}) = left({{ other }}, {{ length }}) then left({{ one }}, {{ length }})
    {%- endfor %}
        else '00'
    end
{%- endmacro %}
