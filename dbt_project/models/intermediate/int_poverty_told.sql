with figures as (

    select * from {{ ref('stg_bps__poverty_province') }}
    union all
    select * from {{ ref('stg_bps__poverty_regency') }}
    union all
    select * from {{ ref('stg_bps__webapi') }}
    union all
    select * from {{ ref('stg_bps__quarantined_figure') }}

),

region_name as (

    select * from {{ ref('int_region_name') }}

),

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
    from (select distinct region_code_sent, province_name, region_name from figures) as printed

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

),

observed as (

    select
        resolved_name.region_code,
        resolved_name.region_problem,
        figures.*
    from figures
    left join resolved_name
        on
            figures.region_name = resolved_name.region_name
            and coalesce(figures.region_code_sent, '') = coalesce(resolved_name.region_code_sent, '')
            and coalesce(figures.province_name, '') = coalesce(resolved_name.province_name, '')

),

weighed as (

    select
        observed.region_code,
        observed.region_problem,
        observed.region_name,
        observed.province_name,
        observed.region_code_sent,
        observed.indicator,
        observed.area,
        observed.year,
        observed.month,
        observed.figure,
        observed.value_status,
        -- `-` also stands for "the region did not exist": the seeds know the regions made since 2015, not those before
        case
            when
                observed.missing_reason in ('not_applicable', 'not_published')
                and make_date(observed.year, observed.month, 1) < region.valid_from
                and region.first_vintage > first_seed.vintage
                then 'region_did_not_exist'
            else observed.missing_reason
        end as missing_reason,
        observed.dataset,
        observed.edition,
        observed.file_period,
        observed.sender,
        observed.is_quoted,
        observed.is_replaced,
        observed._file_id,
        observed._sheet,
        observed._row,
        observed._column,
        observed.file_received_at,
        observed.dataset <> 'bps.webapi'
        and (observed.dataset = 'bps.poverty_province') <> (length(observed.region_code) = 2) as is_of_other_level,
        {{ printed_tolerance('observed.figure', 'observed.indicator', 'same_table') }} as tolerance
    from observed
    left join {{ ref('seed_region') }} as region on observed.region_code = region.region_code
    cross join (select min(first_vintage) as vintage from {{ ref('seed_region') }}) as first_seed
    window same_table as (partition by observed._file_id, observed.indicator)

),

-- Several tables may tell the same figure. A figure wins over a gap; what BPS delivered over what others quote of it;
-- then the table made for the region's level: the province table for provinces and the nation (the regency table tells
-- them as subtotals, March only), the regency table for regencies (the WebAPI, which is BPS itself, counts as made for
-- every level); then the later edition, which reaches to a later year; then the newest delivery.
believed as (

    select
        *,
        coalesce(region_code, region_name) as place_key,
        first_value(figure) over told as believed_figure,
        first_value(tolerance) over told as believed_tolerance
    from weighed
    window told as (
        partition by region_code, year, month, area, indicator, coalesce(region_code, region_name)
        order by is_replaced, (figure is null), is_quoted, is_of_other_level, file_period desc, {{ newest_first() }}
    )

),

-- … which may only be coarser: of those that round to the same, the one with most decimals is published
ranked as (

    select
        *,
        row_number() over (
            partition by region_code, year, month, area, indicator, place_key
            order by
                is_replaced, (figure is null), is_quoted, is_of_other_level,
                {{ is_beyond_rounding('figure', 'tolerance', 'believed_figure', 'believed_tolerance') }},
                tolerance, file_period desc, {{ newest_first() }}
        ) as preference
    from believed

),

-- beside the figure that is published; of a replaced edition alone nothing is
compared as (

    select
        ranked.*,
        published.dataset as published_dataset,
        published.file_period as published_file_period,
        ranked.figure - published.figure as difference,
        {{ is_beyond_rounding('ranked.figure', 'ranked.tolerance', 'published.figure', 'published.tolerance') }}
            as is_contradicting,
        case
            when ranked.preference = 1 then 'published'
            when ranked.is_replaced then 'replaced'
            when ranked.figure is null and published.figure is not null then 'gap'
            when ranked.is_quoted and not published.is_quoted then 'quoted'
            when ranked.is_of_other_level and not published.is_of_other_level then 'table_of_other_level'
            when ranked.file_period < published.file_period then 'earlier_edition'
            when ranked.tolerance > published.tolerance then 'coarser'
            else 'older_delivery'
        end as standing
    from ranked
    inner join ranked as published
        on
            published.preference = 1
            and published.is_replaced is not true
            and ranked.place_key = published.place_key
            and coalesce(ranked.region_code, '') = coalesce(published.region_code, '')
            and ranked.year = published.year
            and ranked.month = published.month
            and ranked.area = published.area
            and ranked.indicator = published.indicator

)

select * from compared
