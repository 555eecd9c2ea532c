{# A BPS figure as numeric, or NULL where it is missing or not a number in the given convention (never guessed per
   cell). `decimal` is a SQL expression ('.' or ','). Marks of estimate, revision and precision after the figure are dropped
   here and read by bps_value_status; '~0' (negligible) is a value, not a gap. #}
{% macro bps_number(text, decimal="'.'") -%}
    (
        select
            case
                when figure.plain ~ '^-?([0-9]+|[0-9]{1,3}(,[0-9]{3})+)([.][0-9]+)?$' then replace(figure.plain, ',', '')::numeric
            end
        from (
            select
                regexp_replace(
                    -- Indonesian marks become English ones: 1.250,5 → 1,250.5
                    case when {{ decimal }} = ',' then translate(cell.bare, ',.', '.,') else cell.bare end,
                    '(\*+|[abcer])[)]?$', ''
                ) as plain
            from (
                select ltrim(replace(translate(lower({{ text }}), E' %\u00a0', ''), 'rp', ''), '~') as bare
            ) as cell
        ) as figure
    )
{%- endmacro %}


{# Why a BPS cell holds no figure: NULL when it does hold one. Symbols as in the notes of BPS tables. #}
{% macro bps_missing_reason(text, decimal="'.'") -%}
    case
        when coalesce(btrim({{ text }}, E' \u00a0'), '') = '' then 'blank'
        when btrim({{ text }}, E' \u00a0') in ('...', '…', '..') then 'not_published'
        when btrim({{ text }}, E' \u00a0') in ('-', '–', '—') then 'not_applicable'
        when lower(btrim({{ text }}, E' \u00a0')) in ('na', 'n/a') then 'not_shown'
        when {{ bps_number(text, decimal) }} is null then 'unreadable'
    end
{%- endmacro %}


{# final, estimate (e), revised (r) or provisional (*, **, ***), from the mark after a BPS figure. #}
{% macro bps_value_status(text) -%}
    case
        when btrim({{ text }}) ~ '[0-9]\s*\*+[)]?$' then 'provisional'
        when btrim({{ text }}) ~* '[0-9]\s*e[)]?$' then 'estimate'
        when btrim({{ text }}) ~* '[0-9]\s*r[)]?$' then 'revised'
        else 'final'
    end
{%- endmacro %}


{# An amount of money in whole rupiah: 'Rp 600.000', 'Rp1.250.000,-', '600,000', '600000.0', '1,5 jt'.
   A comma or dot before three digits separates thousands: rupiah have no three decimals. NULL when it is none. #}
{% macro rupiah(text) -%}
    (
        select
            case
                when amount.bare ~ '^[0-9]+([.,][0-9]+)?(jt|juta)$'
                    then (replace(regexp_replace(amount.bare, '(jt|juta)$', ''), ',', '.')::numeric * 1000000)::bigint
                when amount.plain ~ '^([0-9]{1,15}|[0-9]{1,3}([.][0-9]{3}){1,4}|[0-9]{1,3}(,[0-9]{3}){1,4})$'
                    then translate(amount.plain, '.,', '')::bigint
            end
        from (
            select
                stripped.bare,
                regexp_replace(stripped.bare, '([.,](-+|[0-9]{1,2}))$', '') as plain
            from (
                select regexp_replace(translate(lower({{ text }}), E' \u00a0', ''), '^(rp|idr)[.]?', '') as bare
            ) as stripped
        ) as amount
    )
{%- endmacro %}


{# part / whole in percent, two decimals; NULL when the whole is 0 or unknown: never 0 % for "cannot be said". #}
{% macro percent(part, whole) -%}
    round(100.0 * {{ part }} / nullif({{ whole }}, 0), 2)
{%- endmacro %}


{# The part of an amount that falls to one of several months: whole rupiah, what is left over with the last month. #}
{% macro month_share(amount, number, months) -%}
    {{ amount }} / {{ months }} + case when {{ number }} = {{ months }} then {{ amount }} % {{ months }} else 0 end
{%- endmacro %}


{# Sum of an amount over the records of a group; where some of them are payments, of those alone, else of those whose
   list is of the shortest period (`list_months`: of a month, a quarter, half a year, a year) that tells an amount. #}
{% macro told_once(amount, is_payment, list_months) -%}
    (
        case
            when bool_or({{ is_payment }}) then sum({{ amount }}) filter (where {{ is_payment }})
            else coalesce(
                {% for months in [1, 3, 6, 12] -%}
        sum({{ amount }}) filter (where {{ list_months }} = {{ months }}){{ ',' if not loop.last }}
    {% endfor -%}
            )
        end
    )::bigint
{%- endmacro %}


{# A number as Indonesian offices print it, or NULL: '2,9', '1.250', '83,32 %'. A comma stands before decimals, a dot
   before groups of three; one or two digits behind a dot are decimals too (a spreadsheet's 81.31), for no thousands are
   written so. The percent sign is dropped. Never guessed per cell: '360.202' is a whole number here. #}
{% macro indonesian_number(text) -%}
    (
        select
            case
                when figure.bare ~ '^-?([0-9]{1,12}|[0-9]{1,3}([.][0-9]{3}){1,4})(,[0-9]{1,9})?$'
                    then replace(replace(figure.bare, '.', ''), ',', '.')::numeric
                when figure.bare ~ '^-?[0-9]{1,12}[.][0-9]{1,2}$' then figure.bare::numeric
            end
        from (select regexp_replace(btrim({{ text }}, E' \t\u00a0'), '[ \u00a0]?%$', '') as bare) as figure
    )
{%- endmacro %}


{# A figure of an indicator: a number, or 1 and 0 for "there is" and "there is not". #}
{% macro indicator_figure(text) -%}
    coalesce(
        {{ indonesian_number(text) }},
        case
            when lower(btrim({{ text }})) in ('ada', 'ya', 'tersedia') then 1
            when lower(btrim({{ text }})) in ('tidak ada', 'belum ada', 'tidak', 'belum tersedia', 'tidak tersedia') then 0
        end
    )
{%- endmacro %}


{# A year of four digits, or NULL. #}
{% macro year_number(text) -%}
    case when btrim({{ text }}) ~ '^(19|20)[0-9]{2}$' then btrim({{ text }})::int end
{%- endmacro %}


{# How many units fulfil a condition, in rows that stand for several. #}
{% macro units(condition) -%}
    coalesce(sum(units) filter (where {{ condition }}), 0)::bigint
{%- endmacro %}
