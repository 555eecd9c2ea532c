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

{{ resolved_names('figures') }},

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
