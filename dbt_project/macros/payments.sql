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


{# What a finding tells of the payment that it is about. #}
{% macro payment_columns(relation) -%}
    {{ columns_of(relation, [
        'record_key', 'program_code', 'period', 'first_day', 'person_id', 'region_code', 'nik_status', 'amount_basis'
    ]) }}
{%- endmacro %}


{# Whom a programme counts: the person, or the family; who is on no family card is a family of one, with the negative of
   the person's number. `unit`: dim_program's; `beneficiary`: a row of dim_beneficiary. #}
{% macro counted_unit(unit, beneficiary) -%}
    case {{ unit }}
        when 'family' then coalesce({{ beneficiary }}.family_id, -{{ beneficiary }}.person_id)
        else {{ beneficiary }}.person_id
    end
{%- endmacro %}
