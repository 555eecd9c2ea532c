{# What the poverty tables of BPS say, in the published names and units: one row per figure. The contracts of melted
   tables have the same columns in every layout, so their staging models share this. All arguments are SQL expressions:
   `province` and `bps_code` of the region where the table has them, `unit` as printed where it tells thousands from
   people, `decimal` the mark by which the file was read, `missing_reason` for rows that hold no figure by nature. #}
{% macro poverty_figure_columns(
    dataset, province='provinsi', bps_code='null::text', unit='null::text', decimal='file_decimal', missing_reason=none
) -%}
    -- region, as printed
        wilayah as region_name,
        {{ province }} as province_name,
        {{ bps_code }} as region_code_sent,

        -- what is told
        case lower(indikator)
            when 'p0' then 'p0_percent'
            when 'p1' then 'p1_index'
            when 'p2' then 'p2_index'
            when 'poor_thousand' then 'poor_people'
            when 'poor' then 'poor_people'
            when 'poverty_line' then 'poverty_line_idr'
        end as indicator,
        daerah as area,
        substring(coalesce(tahun, file_period) from '^[0-9]{4}')::int as year,
        substring(bulan from '^[0-9]{1,2}$')::int as month,

        -- the figure, or why there is none; BPS mostly counts people in thousands
        {{ bps_number('nilai', decimal) }} * case
            when lower(indikator) = 'poor_thousand' then 1000
            when lower(indikator) = 'poor' and {{ unit }} ~* '000|ribu' then 1000
            else 1
        end as figure,
        {{ bps_value_status('nilai') }} as value_status,
        {{ missing_reason or bps_missing_reason('nilai', decimal) }} as missing_reason,

        -- who tells it: a letter may name another than BPS, from whose tables the figures then are quoted
        {{ dataset }} as dataset,
        file_edition as edition,
        file_period,
        {{ clean_text('file_sender') }} as sender,
        coalesce({{ clean_text('file_sender') }} !~* '(^|[^a-z])bps|badan pusat statistik', false) as is_quoted,
        is_replaced,

        -- where it stands
        _file_id,
        _sheet,
        _row,
        _column,
        file_received_at
{%- endmacro %}


{# Raw rows that are about a survey: a column for the year as a whole (`Tahunan`) only holds gaps, see the rule
   figure_of_a_survey. #}
{% macro is_of_a_survey() -%}
    bulan is distinct from 'annual'
{%- endmacro %}


{# Half of the last place that a table prints: within it two figures of different precision are the same. The number of
   decimals outlives the multiplication by which thousands become people. `table_of` is a window: the figures of one
   indicator in one file, for a spreadsheet drops the noughts at their end. #}
{% macro printed_tolerance(figure, indicator, table_of) -%}
    min(
        case
            when {{ indicator }} = 'poor_people' and (scale({{ figure }}) > 0 or {{ figure }} % 1000 = 0) then 1000
            else 1
        end
        * power(10::numeric, -scale({{ figure }}))
    ) over {{ table_of }} / 2
{%- endmacro %}


{# Whether two printed figures are two: they differ by more than the coarser of both leaves open. A gap differs from
   nothing. #}
{% macro is_beyond_rounding(figure, tolerance, other_figure, other_tolerance) -%}
    coalesce(abs({{ figure }} - {{ other_figure }}) > greatest({{ tolerance }}, {{ other_tolerance }}), false)
{%- endmacro %}


{# 1 = least certain. #}
{% macro value_status_rank(status) -%}
    case {{ status }} when 'estimate' then 1 when 'provisional' then 2 when 'revised' then 3 else 4 end
{%- endmacro %}


{# Which figure a row is known by first. #}
{% macro indicator_rank(indicator) -%}
    case {{ indicator }}
        when 'p0_percent' then 1
        when 'poor_people' then 2
        when 'poverty_line_idr' then 3
        when 'p1_index' then 4
        else 5
    end
{%- endmacro %}
