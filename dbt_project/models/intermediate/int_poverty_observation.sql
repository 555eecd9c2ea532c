with figures as (

    select * from {{ ref('stg_bps__poverty_province') }}
    union all
    select * from {{ ref('stg_bps__poverty_regency') }}
    union all
    select * from {{ ref('stg_bps__quarantined_figure') }}

),

region_name as (

    select * from {{ ref('int_region_name') }}

),

-- names repeat thousands of times: each is normalised once
printed_name as (

    select
        printed.*,
        {{ name_key('printed.region_name') }} as region_key,
        {{ name_key('coalesce(printed.province_name, printed.region_name)') }} as province_key,
        -- a province stands in capitals or behind the word, a regency in small letters: GORONTALO, Gorontalo
        printed.province_name is null
        or printed.region_name = upper(printed.region_name)
        or printed.region_name ilike 'prov%' as is_printed_as_province
    from (select distinct province_name, region_name from figures) as printed

),

resolved_name as (

    select
        printed_name.province_name,
        printed_name.region_name,
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

observed as (

    select
        resolved_name.region_code,
        figures.*
    from figures
    left join resolved_name
        on
            figures.region_name = resolved_name.region_name
            and coalesce(figures.province_name, '') = coalesce(resolved_name.province_name, '')

),

-- Several tables may tell the same figure. A figure wins over a gap; then the table made for the region's level: the
-- province table for provinces and the nation (the regency table repeats them as subtotals, March only), the regency
-- table for regencies; then the newest delivery.
ranked as (

    select
        observed.*,
        row_number() over told as preference,
        count(observed.figure) over same_figure > 1
        and min(observed.figure) over same_figure <> max(observed.figure) over same_figure as has_conflicting_figures
    from observed
    window
        same_figure as (partition by region_code, year, month, area, indicator, coalesce(region_code, region_name)),
        told as (
            same_figure
            order by
                (figure is null),
                (dataset = 'bps.poverty_province') <> (length(region_code) = 2),
                {{ newest_first() }}
        )

),

-- `-` also stands for "the region did not exist": the seeds know the regions made since 2015, not those before
preferred as (

    select
        ranked.region_code,
        ranked.region_name,
        ranked.province_name,
        ranked.year,
        ranked.month,
        ranked.area,
        ranked.indicator,
        ranked.figure,
        ranked.value_status,
        case
            when
                ranked.missing_reason in ('not_applicable', 'not_published')
                and make_date(ranked.year, ranked.month, 1) < region.valid_from
                and region.first_vintage > first_seed.vintage
                then 'region_did_not_exist'
            else ranked.missing_reason
        end as missing_reason,
        ranked.has_conflicting_figures,
        ranked.dataset,
        ranked._file_id,
        ranked._sheet,
        ranked._row,
        ranked._column
    from ranked
    left join {{ ref('seed_region') }} as region on ranked.region_code = region.region_code
    cross join (select min(first_vintage) as vintage from {{ ref('seed_region') }}) as first_seed
    where ranked.preference = 1

)

select * from preferred
