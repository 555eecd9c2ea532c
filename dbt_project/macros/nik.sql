{# A NIK or family card number without what spreadsheets and people add: blanks, no-break and zero-width ones,
   apostrophes, dots, dashes, a trailing '.0'. Other characters stay: a letter O is not repaired to a 0.
   NULL when nothing but noughts is left ('0' and '-' stand for "has none"). #}
{% macro nik_digits(text) -%}
    case
        when {{ text }} ~ '^[1-9][0-9]{15}$' then {{ text }}
        else
            nullif(
                ltrim(
                    translate(
                        case when {{ text }} like '%.0' then left({{ text }}, -2) else {{ text }} end,
                        E' \t\n\r\u00a0\u200b\ufeff''`’.-', ''
                    ),
                    case when {{ text }} ~ '[1-9]' then '' else '0' end
                ),
                ''
            )
    end
{%- endmacro %}


{# What is wrong with a NIK, the first of these that applies; `valid` = may be used to link records.
   `nik` and `no_kk` come from nik_digits, `birth_date` and `sex` are those of the same record (NULL = cannot contradict).

   missing              empty, '-', '0', one digit sixteen times
   scientific_notation  3,67E+15: a spreadsheet dropped the last digits, nothing can bring them back
   not_digits           letters
   wrong_length         not 16 digits
   temporary            begins with 0: a village system's number for people without a NIK
   unknown_province     its first two digits were never a province, in no vintage (withdrawn districts are fine)
   is_kk_number         the family card number stands in the NIK column
   impossible_date      its date of birth does not exist (women: day + 40)
   serial_zero          ends with 0000: never given out; often the mark of a destroyed number
   contradicts_sex      the date fits when 40 is added or taken away
   contradicts_birth_date

   The district in a NIK is where the person was first registered, not where they live: it is never compared. #}
{% macro nik_status(nik, no_kk='null', birth_date='null', sex='null') -%}
    case
        when {{ nik }} is null then 'missing'
        when {{ nik }} !~ '^[0-9]{16}$'
            then
                case
                    when {{ nik }} ~* '^[0-9][0-9,]*e[+]?[0-9]+$' then 'scientific_notation'
                    when {{ nik }} ~ '[^0-9]' then 'not_digits'
                    else 'wrong_length'
                end
        when {{ nik }} = repeat(left({{ nik }}, 1), 16) then 'missing'
        when left({{ nik }}, 1) = '0' then 'temporary'
        when
            left({{ nik }}, 2) not in (
                select known_province.region_code
                from {{ ref('seed_region') }} as known_province
                where known_province.level = 'province'
            )
            then 'unknown_province'
        when {{ nik }} = {{ no_kk }} then 'is_kk_number'
        when substr({{ nik }}, 9, 2) not between '01' and '12' then 'impossible_date'
        when
            substr({{ nik }}, 7, 2)::int % 40 not between 1 and {{ nik_days_in_month(nik) }}
            or substr({{ nik }}, 7, 1) > '7'
            then 'impossible_date'
        when right({{ nik }}, 4) = '0000' then 'serial_zero'
        when
            substr({{ nik }}, 9, 4) <> to_char({{ birth_date }}, 'MMYY')
            or substr({{ nik }}, 7, 2)::int % 40 <> extract(day from {{ birth_date }})
            then 'contradicts_birth_date'
        when (substr({{ nik }}, 7, 2) > '40') <> ({{ sex }} = 'female') then 'contradicts_sex'
        else 'valid'
    end
{%- endmacro %}


{# Days in the month of a NIK. 29 February counts as real in any year divisible by 4: the only two-digit year whose
   century matters is 00, and nobody born in 1900 is alive. #}
{% macro nik_days_in_month(nik) -%}
    case
        when substr({{ nik }}, 9, 2) in ('04', '06', '09', '11') then 30
        when substr({{ nik }}, 9, 2) <> '02' then 31
        when substr({{ nik }}, 11, 2)::int % 4 = 0 then 29
        else 28
    end
{%- endmacro %}


{# Date of birth written in a valid NIK; the two-digit year lies in the hundred years up to now. #}
{% macro nik_birth_date(nik) -%}
    make_date(
        {{ four_digit_year('substr(' ~ nik ~ ', 11, 2)::int') }},
        substr({{ nik }}, 9, 2)::int,
        substr({{ nik }}, 7, 2)::int % 40
    )
{%- endmacro %}


{# Sex written in a valid NIK. #}
{% macro nik_sex(nik) -%}
    case when substr({{ nik }}, 7, 2) > '40' then 'female' else 'male' end
{%- endmacro %}
