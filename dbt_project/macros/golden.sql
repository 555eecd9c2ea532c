{# Which dataset is believed first about a person when two are of the same time: registries, the later before the
   earlier, then payment lists, which know little more than a name. #}
{% macro dataset_rank(dataset) -%}
    array_position(
        array[
            'dinsos.dtsen',
            'dinsos.dtks',
            'dinsos.regsosek_person',
            'dinsos.p3ke_person',
            'dinsos.p3ke_family',
            'dinsos.pbdt2015',
            'bpjs.pbi_jk',
            'dinsos.kks_payment'
        ],
        {{ dataset }}
    )
{%- endmacro %}


{# The value of the preferred record that has one, and the dataset it comes from. Records that satisfy `above_all` come
   before all others. One order for all attributes: PostgreSQL then sorts once. #}
{% macro best(attribute, above_all=none, with_source=true) -%}
    {{ first_known(attribute, attribute, above_all) }} as {{ attribute }}
    {%- if with_source %},
        {{ first_known('dataset', attribute, above_all) }} as {{ attribute }}_source
    {%- endif -%}
{%- endmacro %}


{% macro first_known(value, attribute, above_all) -%}
    {%- set known = '(array_agg(' ~ value ~ ' order by preference) filter (where ' ~ attribute ~ ' is not null' -%}
    {%- if above_all -%}
        coalesce({{ known }} and {{ above_all }}))[1], {{ known }}))[1])
    {%- else -%}
        {{ known }}))[1]
    {%- endif -%}
{%- endmacro %}


{# Whether the records of a person say different things; a record that says nothing contradicts nothing. #}
{% macro conflicting(attribute, among=none) -%}
    {%- set heard = ' filter (where ' ~ among ~ ')' if among else '' -%}
    coalesce(min({{ attribute }}){{ heard }} <> max({{ attribute }}){{ heard }}, false) as has_conflicting_{{ attribute }}
{%- endmacro %}
