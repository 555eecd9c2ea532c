{# Which list is believed first about who was paid, when two tell of the same month: payments, then lists of members,
   then lists of recipients; NULL for a dataset that pays nobody. #}
{% macro paying_list_rank(dataset) -%}
    array_position(
        array[
            'dinsos.kks_payment',
            'bpjs.pbi_jk',
            'bpjs.pbi_apbd',
            'bpjs.member',
            'dinsos.program_recipient'
        ],
        {{ dataset }}
    )
{%- endmacro %}
