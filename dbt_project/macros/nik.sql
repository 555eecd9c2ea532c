{# A NIK or family card number without what spreadsheets and people add: blanks, no-break and zero-width ones,
   apostrophes, dots, dashes, a trailing '.0'. Other characters stay: a letter O is not repaired to a 0.
   NULL when nothing but noughts is left ('0' and '-' stand for "has none"). #}
{% macro nik_digits(text) -%}
    case
        when {{ has_sixteen_digits(text) }} then {{ text }}
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


{# Whether a text is a number of 16 digits that begins with none of the noughts of a village's own number; NULL of NULL.
   Not `{15}`: PostgreSQL unrolls a counted repetition, and needs four times as long for every text. #}
{% macro has_sixteen_digits(text) -%}
    (length({{ text }}) = 16 and {{ text }} ~ '^[1-9][0-9]+$')
{%- endmacro %}


{# The number of a card, or NULL where a spreadsheet has ruined it: `6,03299E+15` is what it made of many. #}
{% macro number_of_one_card(text) -%}
    case when {{ text }} !~ '[^0-9]' then {{ text }} end
{%- endmacro %}


{# A family card number that may stand for one family, or NULL. #}
{% macro card_of_one_family(no_kk, status) -%}
    case when {{ has_sixteen_digits(no_kk) }} and {{ status }} not in ('placeholder', 'rounded') then {{ no_kk }} end
{%- endmacro %}


{# What is wrong with a NIK, the first of these that applies; `valid` = may be used to link records.
   `nik` and `no_kk` come from nik_digits, `birth_date` and `sex` are those of the same record (NULL = cannot contradict),
   `in_rounded_file`: looks_rounded says so of the NIKs of its file. simpul.identity.grammar says the same in Python,
   tests/golden/nik.csv holds both to one truth; seed_nik_status has the sentences.

   missing              empty, '-', '0', words without a digit
   placeholder          one digit over and over, or counted upwards
   scientific_notation  3,67E+15: a spreadsheet dropped the last digits, nothing can bring them back
   not_digits           letters
   wrong_length         not 16 digits
   temporary            begins with 0: a village system's number for people without a NIK
   unknown_province     its first two digits were never a province, in no vintage (withdrawn districts are fine)
   is_kk_number         the family card number stands in the NIK column
   impossible_date      its date of birth does not exist (women: day + 40)
   rounded              its file's last digits are noughts: a spreadsheet keeps 15 digits
   serial_zero          ends with 0000: never given out; often the mark of a destroyed number
   contradicts_birth_date
   contradicts_sex      the date fits when 40 is added or taken away

   The district in a NIK is where the person was first registered, not where they live: it is never compared. #}
{% macro nik_status(nik, no_kk='null', birth_date='null', sex='null', in_rounded_file='false') -%}
    case
        {{ number_form(nik) }}
        when {{ nik }} = {{ no_kk }} and not ({{ is_a_persons(nik, birth_date) }}) then 'is_kk_number'
        when not ({{ has_real_date(nik, women=true) }}) then 'impossible_date'
        when right({{ nik }}, 1) = '0' and {{ in_rounded_file }} then 'rounded'
        when right({{ nik }}, 4) = '0000' then 'serial_zero'
        when not ({{ tells_birth_date(nik, birth_date) }}) then 'contradicts_birth_date'
        when (substr({{ nik }}, 7, 2) > '40') <> ({{ sex }} = 'female') then 'contradicts_sex'
        else 'valid'
    end
{%- endmacro %}


{# What is wrong with a family card number, the first that applies: as of a NIK, but its date is the day it was given
   out, so there is no + 40, and

   is_nik   a person's NIK stands in its column: the day is a woman's, or it is in the NIK column too and tells the
            birth date of the record #}
{% macro kk_status(no_kk, nik='null', birth_date='null', in_rounded_file='false') -%}
    case
        {{ number_form(no_kk) }}
        when substr({{ no_kk }}, 7, 1) > '3' and {{ has_real_date(no_kk, women=true) }} then 'is_nik'
        when not ({{ has_real_date(no_kk, women=false) }}) then 'impossible_date'
        when {{ no_kk }} = {{ nik }} and {{ is_a_persons(no_kk, birth_date) }} then 'is_nik'
        when right({{ no_kk }}, 1) = '0' and {{ in_rounded_file }} then 'rounded'
        when right({{ no_kk }}, 4) = '0000' then 'serial_zero'
        else 'valid'
    end
{%- endmacro %}


{# Branches of a CASE: what is wrong with any 16-digit number, whatever it is the number of. Nearly all have 16 digits:
   those meet one regular expression only. #}
{% macro number_form(number) -%}
    when {{ number }} is null then 'missing'
        when length({{ number }}) <> 16 or {{ number }} ~ '[^0-9]'
            then
                case
                    when {{ number }} !~ '[0-9]' then 'missing'
                    when length({{ number }}) >= 4 and {{ is_placeholder(number) }} then 'placeholder'
                    when {{ number }} ~* '^[0-9][0-9,]*e[+]?[0-9]+$' then 'scientific_notation'
                    when {{ number }} ~ '[^0-9]' then 'not_digits'
                    else 'wrong_length'
                end
        when {{ is_placeholder(number) }} then 'placeholder'
        when left({{ number }}, 1) = '0' then 'temporary'
        when
            left({{ number }}, 2) not in (
                select known_province.region_code
                from {{ ref('seed_region') }} as known_province
                where known_province.level = 'province'
            )
            then 'unknown_province'
{%- endmacro %}


{# One digit over and over, or counted upwards: typed to get past a form. #}
{% macro is_placeholder(number) -%}
    {{ number }} in (
                repeat(left({{ number }}, 1), length({{ number }})),
                left('12345678901234567890', length({{ number }})),
                left('01234567890123456789', length({{ number }}))
            )
{%- endmacro %}


{# Whether a number that stands for a person and for a family is the person's: no card is given out on day 41. #}
{% macro is_a_persons(number, birth_date) -%}
    coalesce(
                substr({{ number }}, 7, 2) between '41' and '71' or {{ tells_birth_date(number, birth_date) }}, false
            )
{%- endmacro %}


{# Whether a NIK has this birth date, be it a man's or a woman's; NULL when there is none. #}
{% macro tells_birth_date(nik, birth_date) -%}
    substr({{ nik }}, 9, 4) = to_char({{ birth_date }}, 'MMYY')
            and substr({{ nik }}, 7, 2)::int % 40 = extract(day from {{ birth_date }})
{%- endmacro %}


{# Whether digits 7 to 12 are a date. #}
{% macro has_real_date(number, women) -%}
    {%- set day = 'substr(' ~ number ~ ', 7, 2)::int' ~ (' % 40' if women else '') -%}
    substr({{ number }}, 9, 2) in ('01', '02', '03', '04', '05', '06', '07', '08', '09', '10', '11', '12')
            and substr({{ number }}, 7, 1) not in ('8', '9')
            and {{ day }} >= 1
            and ({{ day }} <= 28 or {{ day }} <= {{ nik_days_in_month(number) }})
{%- endmacro %}


{# Whether a spreadsheet has kept 15 digits of the numbers of a file and put a 0 for the last one: `numbers` different
   16-digit ones, of which `ending` end in 0. Why these limits: simpul.identity.grammar.looks_rounded. #}
{% macro looks_rounded(numbers, ending) -%}
    {{ ending }} * 10 > {{ numbers }} * 3 and ({{ ending }} * 10 - {{ numbers }}) ^ 2 > 324 * {{ numbers }}
{%- endmacro %}


{# CTEs file_with_rounded_nik and file_with_rounded_no_kk: the files of `records` whose numbers a spreadsheet has
   rounded. Looked at are only files of which a fifth of the rows end in 0, and those are few. #}
{% macro rounded_files(records) -%}
    file_ending as (

    select
        _file_id,
        count(*) filter (where right(nik, 1) = '0') * 5 > count(nik) as is_nik_suspected,
        count(*) filter (where right(no_kk, 1) = '0') * 5 > count(no_kk) as is_no_kk_suspected
    from {{ records }}
    group by _file_id

),

file_with_rounded_nik as (

    {{ files_rounded_in(records, 'nik') }}

),

file_with_rounded_no_kk as (

    {{ files_rounded_in(records, 'no_kk') }}

)
{%- endmacro %}


{# Different numbers are counted, for a list of payments names the same people often. #}
{% macro files_rounded_in(records, column) -%}
    select _file_id
    from (
        select distinct
            _file_id,
            {{ column }} as number
        from {{ records }}
        where
            _file_id in (select ending._file_id from file_ending as ending where ending.is_{{ column }}_suspected)
            and {{ has_sixteen_digits(column) }}
    ) as different
    group by _file_id
    having {{ looks_rounded('count(*)', "count(*) filter (where right(number, 1) = '0')") }}
{%- endmacro %}


{# How fine the area in front of a number of 16 characters is known, in any vintage: district, regency, province, or
   NULL. Information, not a fault. #}
{% macro prefix_level(number) -%}
    case
        when length({{ number }}) <> 16 then null
        when left({{ number }}, 6) in ({{ known_prefixes('district') }}) then 'district'
        when left({{ number }}, 4) in ({{ known_prefixes('regency') }}) then 'regency'
        when left({{ number }}, 2) in ({{ known_prefixes('province') }}) then 'province'
    end
{%- endmacro %}


{% macro known_prefixes(level) -%}
    select replace(known.region_code, '.', '') from {{ ref('seed_region') }} as known where known.level = '{{ level }}'
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
