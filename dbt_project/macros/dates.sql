{# Text → date, or NULL; never raises. Takes dd/mm/yyyy and dd-mm-yyyy (day first, as everywhere in Indonesia), ISO,
   a time after the date ('0:00:00'), month names ('17 Agustus 1990', 'Peb', 'Nopember'), two-digit years
   (later than this year = the last century) and Excel serials of the 1900 system. 31-02-1990 is NULL. #}
{% macro parse_indonesian_date(text) -%}
    case
        -- nearly all: a third of the time of the subquery, which takes what is left
        when
            ({{ text }} like '__-__-____' or {{ text }} like '__/__/____')
            and translate({{ text }}, '0123456789', '') in ('--', '//')
            and left({{ text }}, 2) between '01' and '28'
            and substr({{ text }}, 4, 2) between '01' and '12'
            and right({{ text }}, 4) between '1850' and '2150'
            then make_date(right({{ text }}, 4)::int, substr({{ text }}, 4, 2)::int, left({{ text }}, 2)::int)
        else {{ parse_any_date(text) }}
    end
{%- endmacro %}


{# The same by one expression for all forms. #}
{% macro parse_any_date(text) -%}
    (
        select
            case
                when written.serial is not null then date '1899-12-30' + written.serial
                when
                    written.year between 1850 and 2150
                    and written.month between 1 and 12
                    and written.day between 1 and {{ days_in_month('written.year', 'written.month') }}
                    then make_date(written.year, written.month, written.day)
            end
        from (
            select
                parts.serial,
                parts.day,
                case
                    when length(parts.year_text) = 2
                        then {{ four_digit_year('parts.year_text::int') }}
                    else parts.year_text::int
                end as year,
                case
                    when parts.month_text ~ '^[0-9]' then parts.month_text::int
                    else {{ month_of_name('parts.month_text') }}
                end as month
            from (
                select
                    case
                        when {{ text }} ~ '^\s*[1-7][0-9]{4}([.]0+)?\s*$' then left(btrim({{ text }}), 5)::int
                    end as serial,
                    -- a first part of four digits is a year
                    case when length(found.part[1]) = 4 then found.part[1] else found.part[3] end as year_text,
                    found.part[2] as month_text,
                    case when length(found.part[1]) = 4 then found.part[3]::int else found.part[1]::int end as day
                from (
                    select
                        case
                            -- nearly all: PostgreSQL is twenty times faster without capturing
                            when {{ text }} ~ '^[0-9]{2}[-/][0-9]{2}[-/][0-9]{4}( |$)'
                                then array[substr({{ text }}, 1, 2), substr({{ text }}, 4, 2), substr({{ text }}, 7, 4)]
                            else regexp_match(
                                lower({{ text }}),
                                '^[\s'']*([0-9]{4}|[0-9]{1,2})[-/. ]+([0-9]{1,2}|[a-z]{3,9})[-/., ]+([0-9]{4}|[0-9]{1,2})(?![0-9])'
                            )
                        end as part
                    limit 1  -- a fence: the planner would repeat the expression for every use of it
                ) as found
                where found.part is null or length(found.part[1]) <> 4 or length(found.part[3]) <= 2
                limit 1
            ) as parts
            limit 1
        ) as written
    )
{%- endmacro %}


{# The first day of this century that a remark tells ('graduasi per 15 Maret 2024'); NULL where it tells none. #}
{% macro date_within(text) -%}
    {%- set day -%}
        substring(
            lower({{ text }})
            from '(?:[0-9]{1,2}[-/. ]+(?:[0-9]{1,2}|[a-z]{3,9})[-/., ]+20[0-9]{2}|20[0-9]{2}-[0-9]{2}-[0-9]{2})(?![0-9])'
        )
    {%- endset -%}
    {{ parse_any_date(day) }}
{%- endmacro %}


{# Number of the month of an Indonesian or English name, full or short. #}
{% macro month_of_name(name) -%}
    case left(lower(btrim({{ name }})), 3)
        when 'jan' then 1
        when 'feb' then 2
        when 'peb' then 2
        when 'mar' then 3
        when 'mrt' then 3
        when 'apr' then 4
        when 'mei' then 5
        when 'may' then 5
        when 'jun' then 6
        when 'jul' then 7
        when 'agu' then 8
        when 'ags' then 8
        when 'agt' then 8
        when 'aug' then 8
        when 'sep' then 9
        when 'okt' then 10
        when 'oct' then 10
        when 'nov' then 11
        when 'nop' then 11
        when 'des' then 12
        when 'dec' then 12
    end
{%- endmacro %}


{% macro days_in_month(year, month) -%}
    case
        when {{ month }} in (4, 6, 9, 11) then 30
        when {{ month }} <> 2 then 31
        when ({{ year }} % 4 = 0 and {{ year }} % 100 <> 0) or {{ year }} % 400 = 0 then 29
        else 28
    end
{%- endmacro %}


{# A two-digit year lies in the hundred years up to this one: nobody is born in the future. #}
{% macro four_digit_year(two_digits) -%}
    {{ two_digits }} + case when {{ two_digits }} <= extract(year from {{ as_of() }})::int % 100 then 2000 else 1900 end
{%- endmacro %}


{# First and last day of a period as this warehouse writes it: 2024, 2024-S1, 2024-Q2, 2024-06. NULL for other text. #}
{% macro period_first_day(period) -%}
    case
        -- one expression for all forms: it is asked of every row of a list
        when {{ period }} ~ '^[0-9]{4}(-(S[12]|Q[1-4]|0[1-9]|1[0-2]))?$'
            then make_date(
                left({{ period }}, 4)::int,
                case substr({{ period }}, 6, 1)
                    when '' then 1
                    when 'S' then right({{ period }}, 1)::int * 6 - 5
                    when 'Q' then right({{ period }}, 1)::int * 3 - 2
                    else right({{ period }}, 2)::int
                end,
                1
            )
    end
{%- endmacro %}


{% macro period_last_day(period) -%}
    (
        {{ period_first_day(period) }}
        + case substr({{ period }}, 6, 1)
            when '' then interval '12 months'
            when 'S' then interval '6 months'
            when 'Q' then interval '3 months'
            else interval '1 month'
        end
        - interval '1 day'
    )::date
{%- endmacro %}


{# Tahap 2 Tahun 2025, TAHAP II 2025, Triwulan 2/2025 → 2025-Q2; NULL for what is not a stage of a year. #}
{% macro payment_stage(text) -%}
    case
        -- nearly all: PostgreSQL is twenty times faster without capturing
        when {{ text }} ~* '^tahap [1-4] tahun 20[0-9]{2}$' then right({{ text }}, 4) || '-Q' || substr({{ text }}, 7, 1)
        else (
            select
                stage.part[2] || '-Q'
                || case stage.part[1]
                    when 'i' then '1'
                    when 'ii' then '2'
                    when 'iii' then '3'
                    when 'iv' then '4'
                    else stage.part[1]
                end
            from (
                select
                    regexp_match(
                        lower({{ text }}),
                        '(?:tahap|triwulan|tw)\s*([1-4]|i{1,3}|iv)\M[^0-9a-z]*(?:tahun|th)?[^0-9a-z]*(20[0-9]{2})'
                    ) as part
                limit 1
            ) as stage
        )
    end
{%- endmacro %}
