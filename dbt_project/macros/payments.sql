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


{# What is paid in a month of an amount that seed_program_amount gives per month or per year. #}
{% macro per_month(amount, per) -%}
    ({{ amount }} / case {{ per }} when 'year' then 12 else 1 end)::bigint
{%- endmacro %}
