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
        {{ bps_number('nilai', decimal) }} * {{ bps_counted_in('indikator', unit) }} as figure,
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


{# How many people one stands for in a table of BPS: its indicator, or the unit that it prints, says thousands. #}
{% macro bps_counted_in(indicator, unit) -%}
    case
        when lower({{ indicator }}) = 'poor_thousand' then 1000
        when lower({{ indicator }}) = 'poor' and {{ unit }} ~* '000|ribu' then 1000
        else 1
    end
{%- endmacro %}


{# From the names and codes that tables of figures print to the code that stands for the region today: CTEs up to
   `resolved_name` (region_code_sent, province_name, region_name, region_code, region_problem). `figures` is a CTE with
   the first three; a CTE `region_name` holds int_region_name. #}
{% macro resolved_names(figures) -%}
    -- codes of both systems as they may be sent, for the region that the code stands for today
    code_of_region as (

        select distinct
            region.bps_code,
            replace(region.region_code, '.', '') as kemendagri_code,
            coalesce(region_name.current_code, region.region_code) as region_code
        from {{ ref('seed_region') }} as region
        left join region_name on region.region_code = region_name.region_code

    ),

    -- names repeat thousands of times: each is normalised once
    printed_name as (

        select
            printed.*,
            {{ name_key('printed.region_name') }} as region_key,
            {{ name_key('coalesce(printed.province_name, printed.region_name)') }} as province_key,
            -- a province stands in capitals or behind the word, a regency in small letters: GORONTALO, Gorontalo
            printed.region_name !~* '^kab' and (
                printed.province_name is null
                or printed.region_name = upper(printed.region_name)
                or printed.region_name ilike 'prov%'
            ) as is_printed_as_province,
            -- 9999 is a total, named like its region; a province among regencies is 1200
            case
                when printed.region_code_sent = '9999' then null
                when printed.region_code_sent ~ '^(?!0000)[0-9]{2}00$' then left(printed.region_code_sent, 2)
                else printed.region_code_sent
            end as code_sent
        from (select distinct region_code_sent, province_name, region_name from {{ figures }}) as printed

    ),

    by_name as (

        select
            printed_name.*,
            case
                when printed_name.region_key = 'indonesia' then '00'
                when printed_name.region_key <> printed_name.province_key then regency.current_code
                when printed_name.is_printed_as_province then province.current_code
                else coalesce(regency.current_code, province.current_code)
            end as region_code
        from printed_name
        left join region_name as province
            on province.parent_region_code = '00' and printed_name.province_key = province.name_key
        left join region_name as regency
            on province.region_code = regency.parent_region_code and printed_name.region_key = regency.name_key

    ),

    -- a BPS code stands for its region if that is also what the region is called (a table may leave out `Kota`): a code of
    -- the other system is that of another region, 169 times of an existing one
    by_code as (

        select
            printed_name.region_code_sent,
            printed_name.province_name,
            printed_name.region_name,
            bps.region_code,
            bool_or(
                bps_name.name_key is not null or (bps.region_code = '00' and printed_name.region_key = 'indonesia')
            ) as is_called_so,
            bool_or(other_name.name_key is not null) as is_of_other_system
        from printed_name
        left join code_of_region as bps on printed_name.code_sent = bps.bps_code
        left join region_name as bps_name
            on
                bps.region_code = bps_name.current_code
                and bps_name.name_key in (printed_name.region_key, 'kota' || printed_name.region_key)
        left join code_of_region as other on replace(printed_name.code_sent, '.', '') = other.kemendagri_code
        left join region_name as other_name
            on
                other.region_code = other_name.current_code
                and other_name.name_key in (printed_name.region_key, 'kota' || printed_name.region_key)
        where printed_name.code_sent is not null
        group by
            printed_name.region_code_sent, printed_name.province_name, printed_name.region_name, bps.region_code

    ),

    resolved_name as (

        select
            by_name.region_code_sent,
            by_name.province_name,
            by_name.region_name,
            case
                when by_name.code_sent is null then by_name.region_code
                when by_code.is_called_so then by_code.region_code
            end as region_code,
            case
                when by_name.code_sent is null
                    then case when by_name.region_code is null then 'unknown_name' end
                when by_code.is_called_so then null
                when by_code.is_of_other_system then 'code_of_other_system'
                when by_code.region_code is not null then 'code_and_name_disagree'
                else 'unknown_code'
            end as region_problem
        from by_name
        left join by_code
            on
                by_name.region_name = by_code.region_name
                and by_name.region_code_sent = by_code.region_code_sent
                and coalesce(by_name.province_name, '') = coalesce(by_code.province_name, '')

    )
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
